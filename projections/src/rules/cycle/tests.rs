use serde_json::json;

use crate::rows::{Closing, CycleRow, CycleState, Reopening, all, policy_of, row};
use crate::rules::No;
use crate::rules::given::*;

fn event(kind: &str) -> Submitted {
    let data = if kind == "cycle.reopened" { json!({"reason": "we forgot a check-in"}) } else { json!({}) };
    submitted(kind, "q2", data)
}

#[test]
fn a_cycle_goes_from_open_to_started_to_closed_and_back_to_started() {
    planned().when(event("cycle.started")).then_recorded();
    under_way().when(event("cycle.closed")).then_recorded();
    closed().when(event("cycle.reopened")).then_recorded();
    for (ledger, kind, rule) in [
        (under_way(), "cycle.started", "already_started"),
        (closed(), "cycle.started", "cycle_closed"),
        (planned(), "cycle.closed", "cycle_not_started"),
        (closed(), "cycle.closed", "cycle_closed"),
        (planned(), "cycle.reopened", "not_closed"),
        (under_way(), "cycle.reopened", "not_closed"),
    ] {
        ledger.when(event(kind)).then_refused(No::Conflict, [("/subject", rule)]);
    }
    for kind in ["cycle.started", "cycle.closed", "cycle.reopened"] {
        given([]).when(event(kind)).then_refused(No::Invalid, [("/subject", "unknown_subject")]);
    }
    let says = planned()
        .when(submitted("cycle.started", "paid", json!({})))
        .then_refused(No::Invalid, [("/subject", "wrong_subject")]);
    assert_eq!(says, ["`paid` is a key result; expected a cycle"]);
}

#[test]
fn a_reopening_keeps_the_closing_its_note_and_its_policy() {
    let reopened = closed().and_policy(json!({"formula": "ratio-1"})).and(event("cycle.reopened"));
    let cycle = |rows: &_| row::<CycleRow>(rows, &CycleRow::key_of("q2")).unwrap().unwrap();
    let stands = cycle(&reopened.rows);
    assert_eq!(stands.state, CycleState::Started);
    let closings = |rows: &_| all::<Closing>(rows, &Closing::of_cycle("q2")).unwrap();
    let closing = closings(&reopened.rows).remove(0);
    assert_eq!(closing.note.as_ref().map(|note| note.as_str()), Some("a good one"));
    assert_eq!(closing.under.policy_version, 0);
    let reopening = all::<Reopening>(&reopened.rows, &Reopening::of_cycle("q2")).unwrap().remove(0);
    assert_eq!(reopening.reason.as_str(), "we forgot a check-in");
    // A closed cycle keeps the formula of its closing; a reopened one uses the formula in force.
    assert_eq!(policy_of(&reopened.rows, &stands).unwrap().version, 1);
    let again = reopened.and(event("cycle.closed")).and_policy(json!({"formula": "linear-1"}));
    let stands = cycle(&again.rows);
    assert_eq!((closings(&again.rows).len(), policy_of(&again.rows, &stands).unwrap().version), (2, 1));
}

#[test]
fn an_id_names_one_thing_whatever_its_kind() {
    let ledger = planned().and(submitted("team.formed", "core", json!({"name": "Core"}))).and(submitted(
        "theme.declared",
        "growth",
        json!({"cycle": "q2", "title": "Growth"}),
    ));
    let metric = json!({"name": "m", "kind": "increase"});
    for id in ["q2", "trial", "paid", "core", "growth"] {
        for (kind, data) in [
            ("team.formed", json!({"name": "T"})),
            ("theme.declared", json!({"cycle": "q2", "title": "T"})),
            ("objective.drafted", with(objective("q2"), json!({"themes": ["growth"]}))),
            ("key_result.drafted", key_result("trial", metric.clone(), 3)),
        ] {
            let drafted = ledger.clone().when(submitted(kind, id, data));
            drafted.then_refused(No::Conflict, [("/subject", "id_taken")]);
        }
        ledger.clone().when(opened(id, "UTC")).then_refused(No::Conflict, [("/subject", "id_taken")]);
    }
}

#[test]
fn reserved_ids_are_refused() {
    for reserved in ["policy", "O-12", "KR-1"] {
        given([]).when(opened(reserved, "UTC")).then_refused(No::Invalid, [("/subject", "reserved_id")]);
    }
    for fine in ["o-12", "O-012", "kr-1", "KR-x", "O-0", "policies"] {
        given([]).when(opened(fine, "UTC")).then_recorded();
    }
}

#[test]
fn a_longer_cycle_is_a_cycle() {
    let part = |parent: &str| {
        let data = json!({"title": "Q3", "kind": "quarter", "starts_on": "2026-07-01", "ends_on": "2026-09-30",
            "time_zone": "UTC", "parent": parent});
        planned().when(submitted("cycle.opened", "q3", data))
    };
    part("q2").then_recorded();
    part("q3").then_refused(No::Invalid, [("/data/parent", "unknown_subject")]);
    part("trial").then_refused(No::Invalid, [("/data/parent", "wrong_subject")]);
}

#[test]
fn a_start_needs_a_baseline_and_a_target_for_every_active_key_result() {
    let metric = json!({"name": "m", "kind": "increase"});
    let steps = json!({"name": "steps", "kind": "milestones", "milestones": [{"name": "plan"}]});
    let drafted = |id: &str, metric: serde_json::Value| {
        submitted("key_result.drafted", id, with(key_result("trial", metric, 1), json!({"target": null})))
    };
    let ledger = planned().and(drafted("steps", steps));
    ledger.clone().when(event("cycle.started")).then_recorded();

    let ledger = ledger.and(drafted("bare", metric));
    let says = ledger
        .clone()
        .and_rule("baseline_and_target", "refuse")
        .when(event("cycle.started"))
        .then_refused(No::Invalid, [("/subject", "baseline_and_target")]);
    assert!(says[0].contains("`bare` (KR-4)") && says[0].contains("and a target"), "{says:?}");
    in_each_severity("baseline_and_target", &ledger, &event("cycle.started"), "/subject");
    // By default the rule refuses; retired goals need neither baseline nor target.
    ledger.clone().when(event("cycle.started")).then_refused(No::Invalid, [("/subject", "baseline_and_target")]);
    let retired = |kind: &str, id: &str| submitted(kind, id, json!({"justification": justification()}));
    ledger.clone().and(retired("key_result.retired", "bare")).when(event("cycle.started")).then_recorded();
    ledger.and(retired("objective.retired", "trial")).when(event("cycle.started")).then_recorded();
}

#[test]
fn a_start_advises_on_objectives_with_too_few_or_too_many_key_results() {
    let lonely = planned().and(submitted("objective.drafted", "lonely", objective("q2")));
    in_each_severity("key_result_count", &lonely, &event("cycle.started"), "/subject");
    let crowded = planned().and_policy(json!({"limits": {"key_results_min": 1, "key_results_max": 1}}));
    crowded.when(event("cycle.started")).then_warned(["key_result_count"]);
}

#[test]
fn a_theme_belongs_to_a_cycle_that_is_not_closed() {
    let theme = |cycle: &str| submitted("theme.declared", "growth", json!({"cycle": cycle, "title": "Growth"}));
    planned().when(theme("q2")).then_recorded();
    under_way().when(theme("q2")).then_recorded();
    closed().when(theme("q2")).then_refused(No::Conflict, [("/subject", "cycle_closed")]);
    planned().when(theme("q9")).then_refused(No::Invalid, [("/data/cycle", "unknown_subject")]);
}

#[test]
fn a_retrospective_looks_back_on_a_cycle_or_an_objective_even_after_its_end() {
    let of = |id: &str| submitted("retrospective.recorded", id, json!({"learnings": ["check in weekly"]}));
    closed().when(of("q2")).then_recorded();
    closed().when(of("O-1")).then_recorded();
    under_way()
        .and(submitted("objective.retired", "trial", json!({"justification": justification()})))
        .when(of("trial"))
        .then_recorded();
    closed().when(of("paid")).then_refused(No::Invalid, [("/subject", "wrong_subject")]);
    closed().when(of("policy")).then_refused(No::Invalid, [("/subject", "unknown_subject")]);
}
