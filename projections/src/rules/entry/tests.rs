use serde_json::json;

use crate::rules::No;
use crate::rules::given::*;

#[test]
fn every_objection_to_an_event_is_named_at_once() {
    let metric = json!({"name": "m", "kind": "increase"});
    let drafted = json!({"objective": "trial", "title": "Raise it", "owner": "Ben", "metric": metric, "target": 5,
        "thresholds": {"1.0": 4, "0.5": 6}, "due_on": "2026-07-01"});
    closed().when(submitted("key_result.drafted", "paid", drafted).at("2026-05-04T09:05:01Z")).then_refused(
        No::Invalid,
        [
            ("/time", "time_in_future"),
            ("/subject", "id_taken"),
            ("/data/thresholds", "wrong_direction"),
            ("/data/thresholds", "thresholds_miss_target"),
            ("/subject", "cycle_closed"),
            ("/data/due_on", "due_outside_cycle"),
        ],
    );
}

#[test]
fn every_event_of_an_entry_is_judged_and_pointers_begin_with_its_place() {
    under_way()
        .when_all([
            check_in("paid", json!({"milestones_done": ["a"]})),
            check_in("cac", json!({"value": 1000})),
            submitted("cycle.started", "q2", json!({})),
            submitted("team.dissolved", "none", json!({})),
        ])
        .then_refused(
            No::Invalid,
            [
                ("/0/data/milestones_done", "out_of_place"),
                ("/2/subject", "already_started"),
                ("/3/subject", "unknown_subject"),
            ],
        );
}

#[test]
fn an_event_is_checked_after_the_earlier_events_of_its_entry() {
    let metric = json!({"name": "calls", "kind": "increase"});
    let events = given([])
        .when_all([
            opened("q3", "Europe/Berlin"),
            submitted("objective.drafted", "o", objective("q3")),
            submitted("key_result.drafted", "a", key_result("o", metric.clone(), 9)),
            submitted("key_result.drafted", "b", key_result("o", metric, 9)),
            baseline("a", 1),
            baseline("b", 1),
            submitted("cycle.started", "q3", json!({})),
            check_in("a", json!({"value": 4})),
            adjusted("a", json!({"target": {"to": 8}})),
            submitted("cycle.closed", "q3", json!({})),
        ])
        .then_recorded();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    let refs: Vec<String> = events.iter().filter_map(|event| event.given).map(|given| given.to_string()).collect();
    assert_eq!(refs, ["O-1", "KR-1", "KR-2"]);
}

#[test]
fn a_fault_is_reported_once_even_if_later_events_depend_on_the_refused_one() {
    let metric = json!({"name": "calls", "kind": "increase"});
    given([])
        .when_all([
            opened("policy", "UTC"),
            submitted("theme.declared", "growth", json!({"cycle": "policy", "title": "Growth"})),
            submitted("objective.drafted", "o", with(objective("policy"), json!({"themes": ["growth"]}))),
            submitted("key_result.drafted", "a", key_result("o", metric, 9)),
            submitted("cycle.started", "policy", json!({})),
            check_in("a", json!({"value": 4})),
            submitted("objective.scored", "o", json!({"score": 0.7, "rationale": "so"})),
        ])
        .then_refused(No::Invalid, [("/0/subject", "reserved_id")]);
}

#[test]
fn a_refused_start_does_not_make_later_check_ins_faulty() {
    given([
        opened("q2", "UTC"),
        submitted("objective.drafted", "o", objective("q2")),
        submitted("key_result.drafted", "bare", key_result("o", json!({"name": "m", "kind": "increase"}), 3)),
    ])
    .when_all([
        submitted("cycle.started", "q2", json!({})),
        check_in("bare", json!({"value": 1})),
        submitted("key_result.scored", "bare", json!({"score": 1, "rationale": "so"})),
        submitted("cycle.closed", "q2", json!({})),
    ])
    .then_refused(No::Invalid, [("/0/subject", "baseline_and_target")]);
}

#[test]
fn a_refused_baseline_does_not_count_as_missing_at_the_start_but_others_do() {
    let metric = json!({"name": "m", "kind": "increase"});
    let planning = given([opened("q2", "UTC"), submitted("objective.drafted", "o", objective("q2"))])
        .and(submitted("key_result.drafted", "one", key_result("o", metric.clone(), 3)))
        .and(submitted("key_result.drafted", "bare", key_result("o", metric, 3)))
        .and_rule("key_result_count", "refuse");
    let entry = [baseline("one", 3), submitted("cycle.started", "q2", json!({}))];
    let says = planning.clone().when_all(entry).then_refused(
        No::Invalid,
        [("/0/data/value", "target_equals_baseline"), ("/1/subject", "baseline_and_target")],
    );
    assert!(says[1].contains("`bare`"), "{says:?}");

    let other = key_result("o", json!({"name": "m", "kind": "increase"}), 3);
    planning
        .and(submitted("key_result.retired", "bare", json!({"justification": justification()})))
        .and(baseline("one", 1))
        .when_all([submitted("key_result.drafted", "O-9", other), submitted("cycle.started", "q2", json!({}))])
        .then_refused(No::Invalid, [("/0/subject", "reserved_id")]);
}

#[test]
fn each_bad_check_in_of_a_list_is_reported_and_one_closed_cycle_only_once() {
    let entry = || {
        [
            check_in("paid", json!({"milestones_done": ["a"]})).named("first"),
            check_in("paid", json!({"value": 3})).at("2026-01-01T00:00:00Z"),
            submitted("check_in.corrected", "paid", json!({"corrects": "first", "value": 4, "reason": "a slip"})),
            check_in("paid", json!({"value": 5})),
        ]
    };
    under_way()
        .when_all(entry())
        .then_refused(No::Invalid, [("/0/data/milestones_done", "out_of_place"), ("/1/time", "check_in_before_start")]);
    closed()
        .when_all(entry().into_iter().skip(3).chain([check_in("paid", json!({"value": 6}))]))
        .then_refused(No::Conflict, [("/0/subject", "cycle_closed")]);
    under_way()
        .when_all([check_in("nobody", json!({"value": 3})), check_in("nobody", json!({"value": 4}))])
        .then_refused(No::Invalid, [("/0/subject", "unknown_subject")]);
}

#[test]
fn an_amendment_that_names_a_refused_subject_is_not_checked() {
    planned()
        .when_all([
            submitted("theme.declared", "O-7", json!({"cycle": "q2", "title": "Growth"})),
            submitted("objective.amended", "trial", json!({"changes": {"themes": {"to": ["O-7"]}}})),
        ])
        .then_refused(No::Invalid, [("/0/subject", "reserved_id")]);
    planned()
        .and(submitted("team.formed", "all", json!({"name": "All"})))
        .and(submitted("team.formed", "part", json!({"name": "Part", "parent": "all"})))
        .when_all([
            submitted("team.changed", "part", json!({"name": "Part", "parent": "part"})),
            submitted("team.dissolved", "all", json!({})),
        ])
        .then_refused(No::Invalid, [("/0/data/parent", "loop")]);
}

#[test]
fn an_id_that_occurs_twice_in_an_entry_is_refused() {
    under_way()
        .when_all([
            check_in("paid", json!({"value": 3})).named("twice"),
            check_in("cac", json!({"value": 4})).named("twice"),
        ])
        .then_refused(No::Invalid, [("/1/id", "repeated_id")]);
}

#[test]
fn a_ref_is_accepted_wherever_an_id_is() {
    let events = under_way()
        .and(check_in("KR-1", json!({"value": 15})))
        .and(submitted("key_result.drafted", "new", key_result("O-1", json!({"name": "m", "kind": "increase"}), 3)))
        .and(submitted("objective.drafted", "upper", objective("q2")))
        .when_all([
            submitted(
                "objective.amended",
                "O-1",
                json!({"changes": {"supports": {"to": "O-2"}},
                "justification": justification()}),
            ),
            submitted("key_result.retired", "KR-2", json!({"replaced_by": "KR-3", "justification": justification()})),
            submitted("objective.drafted", "lower", with(objective("q2"), json!({"supports": "KR-1"}))),
            submitted("objective.retired", "O-2", json!({"replaced_by": "O-1", "justification": justification()})),
        ])
        .then_recorded();
    let subjects: Vec<&str> = events.iter().map(|event| event.subject.as_str()).collect();
    assert_eq!(subjects, ["trial", "cac", "lower", "upper"]);
    let stored: Vec<String> = events.iter().map(|event| String::from_utf8(event.encode()).unwrap()).collect();
    for (event, named) in stored.iter().zip(["upper", "new", "paid", "trial"]) {
        assert!(event.contains(&format!("\"{named}\"")), "{event}");
    }
    under_way()
        .when(check_in("KR-3", json!({"value": 15})))
        .then_refused(No::Invalid, [("/subject", "unknown_subject")]);
}

#[test]
fn an_if_match_is_compared_with_the_last_event_of_every_subject() {
    let ledger = under_way().and(check_in("paid", json!({"value": 15})));
    let last = ledger.last();
    let adjust = adjusted("paid", json!({"target": {"to": 20}}));
    ledger.clone().having_seen(last).when(adjust.clone()).then_recorded();
    ledger.clone().having_seen(last - 1).when(adjust.clone()).then_refused(No::Precondition, [("", "if_match")]);
    // The check-in touched only `paid`: the last event about `cac` is its baseline.
    ledger.clone().having_seen(6).when(check_in("cac", json!({"value": 1}))).then_recorded();
    ledger
        .having_seen(last)
        .when_all([adjust, check_in("cac", json!({"value": 1}))])
        .then_refused(No::Precondition, [("", "if_match")]);
}

#[test]
fn an_if_match_of_0_matches_a_new_subject() {
    planned().having_seen(0).when(opened("q3", "UTC")).then_recorded();
    planned()
        .having_seen(0)
        .when(opened("q2", "UTC"))
        .then_refused(No::Precondition, [("", "if_match"), ("/subject", "id_taken")]);
    let adopted = submitted("policy.adopted", "policy", json!({"limits": {"objectives_max": 4}}));
    planned().having_seen(0).when(adopted.clone()).then_recorded();
    let ledger = planned().and(adopted.clone());
    let last = ledger.last();
    ledger.clone().having_seen(0).when(adopted.clone()).then_refused(No::Precondition, [("", "if_match")]);
    ledger.having_seen(last).when(adopted).then_recorded();
}

#[test]
fn an_outdated_if_match_is_reported_whatever_else_is_wrong() {
    under_way()
        .having_seen(1)
        .when(adjusted("paid", json!({"target": {"to": 14}})))
        .then_refused(No::Precondition, [("", "if_match"), ("/data/changes/target/to", "target_equals_baseline")]);
}

#[test]
fn a_time_may_be_at_most_five_minutes_ahead_of_the_clock() {
    let stated = |time: &str| under_way().when(check_in("paid", json!({"value": 15})).at(time));
    stated("2026-05-04T09:05:00Z").then_recorded();
    stated("2026-05-04T09:05:00.000001Z").then_refused(No::Invalid, [("/time", "time_in_future")]);
    stated("9999-12-31T00:00:00Z")
        .then_refused(No::Invalid, [("/time", "time_in_future"), ("/time", "check_in_after_end")]);
}

#[test]
fn a_clock_set_back_does_not_prevent_recording() {
    // The ledger's own time is then ahead of its clock, which is not the submitter's fault.
    let ledger = under_way().recording_at("2026-05-04T10:00:00Z");
    let events = ledger.when(check_in("paid", json!({"value": 15}))).then_recorded();
    assert_eq!(events[0].time, moment("2026-05-04T10:00:00Z"));
}

#[test]
fn a_policy_governs_what_follows_it_in_its_own_entry() {
    let short = json!({"changes": {"target": {"to": 20}}, "justification":
        with(justification(), json!({"statement": "prices"}))});
    let adjust = |name: &str| submitted("key_result.adjusted", "paid", short.clone()).named(name);
    let lenient = submitted("policy.adopted", "policy", json!({"limits": {"statement_chars_min": 5}}));
    let events = under_way().when_all([lenient.clone(), adjust("a")]).then_recorded();
    assert_eq!(context(&events[1]).policy_version, 1);
    under_way()
        .when_all([adjust("a"), lenient.clone()])
        .then_refused(No::Invalid, [("/0/data/justification/statement", "statement_length")]);
    // A refused policy is not judged by the policy it was to replace.
    let too_early = lenient.at("2026-05-05T09:00:00Z");
    under_way().when_all([too_early, adjust("a")]).then_refused(No::Invalid, [("/0/time", "time_in_future")]);
}

#[test]
fn the_last_ref_can_be_assigned_and_the_next_draft_is_refused() {
    let drafted = || submitted("objective.drafted", "last", objective("q2"));
    let full = planned().and_copied_as("O-4294967295", drafted());
    full.clone()
        .when(submitted("objective.drafted", "one-more", objective("q2")))
        .then_refused(No::Conflict, [("/subject", "refs_exhausted")]);
    full.when(submitted("key_result.drafted", "fine", key_result("last", json!({"name": "m", "kind": "increase"}), 3)))
        .then_recorded();
}
