use events::{Fact, SubjectId};
use serde_json::{Value, json};

use crate::rules::No;
use crate::rules::given::*;

fn rising() -> Value {
    json!({"name": "m", "kind": "increase"})
}

fn drafted(fields: Value) -> Submitted {
    submitted("key_result.drafted", "new", with(key_result("trial", rising(), 3), fields))
}

fn retired(kind: &str, id: &str) -> Submitted {
    submitted(kind, id, json!({"justification": justification()}))
}

fn target(value: u32) -> Submitted {
    submitted("key_result.target_set", "paid", json!({"value": value}))
}

/// Returns the started quarter with a key result measured by milestones.
fn with_steps() -> Given {
    let metric = json!({"name": "steps", "kind": "milestones", "milestones": [{"name": "plan"}]});
    under_way().and(submitted(
        "key_result.drafted",
        "steps",
        with(key_result("trial", metric, 1), json!({"target": null})),
    ))
}

#[test]
fn a_key_result_needs_an_active_objective_in_a_cycle_that_is_not_closed() {
    under_way().when(drafted(json!({}))).then_recorded();
    closed().when(drafted(json!({}))).then_refused(No::Conflict, [("/subject", "cycle_closed")]);
    let objective = |id: &str| planned().when(drafted(json!({"objective": id})));
    objective("paid").then_refused(No::Invalid, [("/data/objective", "wrong_subject")]);
    objective("none").then_refused(No::Invalid, [("/data/objective", "unknown_subject")]);
}

#[test]
fn a_key_result_is_due_within_its_cycle() {
    for day in ["2026-04-01", "2026-06-30"] {
        planned().when(drafted(json!({"due_on": day}))).then_recorded();
    }
    for day in ["2026-03-31", "2026-07-01", "9999-12-31"] {
        let outside = [("/data/due_on", "due_outside_cycle")];
        planned().when(drafted(json!({"due_on": day}))).then_refused(No::Invalid, outside);
        planned()
            .when(adjusted("paid", json!({"due_on": {"to": day}})))
            .then_refused(No::Invalid, [("/data/changes/due_on/to", "due_outside_cycle")]);
    }
    planned()
        .and(drafted(json!({"due_on": "2026-05-01"})))
        .when(adjusted("new", json!({"due_on": {"to": null}})))
        .then_recorded();
}

#[test]
fn a_sixth_key_result_is_advised_against() {
    let five = ["a", "b", "c"].iter().fold(planned(), |ledger, id| {
        ledger.and(submitted("key_result.drafted", id, key_result("trial", rising(), 3)))
    });
    in_each_severity("key_result_count", &five, &drafted(json!({})), "");
    five.and(retired("key_result.retired", "a")).when(drafted(json!({}))).then_recorded();
}

#[test]
fn a_key_result_is_an_outcome_and_not_a_task() {
    for title in [
        "Launch the new onboarding",
        "launches of things",
        "Shipped the app",
        "Shipping the app",
        "Releasing weekly",
        "Created a hub",
        "“Build” a team",
        "PUBLISH: four posts",
    ] {
        planned().when(drafted(json!({"title": title}))).then_warned(["output_worded"]);
    }
    for title in ["Raise the launch rate", "Shipments rise", "Shape the market", "Creation of value", "Buildings sold"]
    {
        planned().when(drafted(json!({"title": title}))).then_recorded();
    }
    in_each_severity("output_worded", &planned(), &drafted(json!({"title": "Launch it"})), "/data/title");
    let renamed = adjusted("paid", json!({"title": {"to": "Launch it"}}));
    in_each_severity("output_worded", &planned(), &renamed, "/data/changes/title/to");
    let german = planned().and_policy(json!({"output_words": [" Baue "]}));
    german.clone().when(drafted(json!({"title": "Launch it"}))).then_recorded();
    german.when(drafted(json!({"title": "Baue es"}))).then_warned(["output_worded"]);
}

#[test]
fn before_the_start_a_target_is_set_and_after_it_adjusted() {
    planned().when_all([target(30), target(31)]).then_recorded();
    under_way().when(target(30)).then_refused(No::Conflict, [("/subject", "adjust_instead")]);
    closed().when(target(30)).then_refused(No::Conflict, [("/subject", "cycle_closed")]);
    let reopened = closed().and(submitted("cycle.reopened", "q2", json!({"reason": "a slip"})));
    reopened.when(target(30)).then_refused(No::Conflict, [("/subject", "adjust_instead")]);
}

#[test]
fn a_target_must_differ_from_its_baseline() {
    let refused = |pointer| [(pointer, "target_equals_baseline")];
    planned().when(target(14)).then_refused(No::Invalid, refused("/data/value"));
    planned().when(baseline("paid", 22)).then_refused(No::Invalid, refused("/data/value"));
    planned().when(baseline("cac", 800)).then_refused(No::Invalid, refused("/data/value"));
    let adjust = |changes| under_way().when(adjusted("paid", changes));
    adjust(json!({"target": {"to": 14.0}})).then_refused(No::Invalid, refused("/data/changes/target/to"));
    adjust(json!({"baseline": {"to": 22}})).then_refused(No::Invalid, refused("/data/changes/baseline/to"));
    adjust(json!({"baseline": {"to": 22}, "target": {"to": 30}})).then_recorded();
}

#[test]
fn a_value_to_be_held_may_start_at_its_target() {
    for kind in ["at_least", "at_most"] {
        let metric = json!({"name": "m", "kind": kind});
        let held = planned().and(drafted(json!({"metric": metric, "target": 99})));
        for value in [98, 99, 100] {
            held.clone().when(baseline("new", value)).then_recorded();
        }
    }
}

#[test]
fn a_target_lies_in_the_direction_of_its_metric() {
    let refused = |pointer| [(pointer, "wrong_direction")];
    planned().when(target(13)).then_refused(No::Invalid, refused("/data/value"));
    planned().when(baseline("cac", 700)).then_refused(No::Invalid, refused("/data/value"));
    let falling = json!({"name": "m", "kind": "decrease"});
    under_way()
        .when(adjusted("paid", json!({"metric": {"to": falling}})))
        .then_refused(No::Invalid, refused("/data/changes"));
    let points = json!({"value": 30, "thresholds": {"0.5": 20, "1": 10}});
    planned().when(submitted("key_result.target_set", "paid", points)).then_refused(
        No::Invalid,
        [("/data/thresholds", "wrong_direction"), ("/data/thresholds", "thresholds_miss_target")],
    );
}

#[test]
fn current_thresholds_must_match_a_new_target() {
    let ledger = planned().and(drafted(json!({"target": null, "thresholds": {"0.5": 10, "1.0": 20}})));
    let set = |data| submitted("key_result.target_set", "new", data);
    let missed = |pointer| [(pointer, "thresholds_miss_target")];
    ledger.clone().when(set(json!({"value": 25}))).then_refused(No::Invalid, missed("/data/value"));
    ledger.clone().when(set(json!({"value": 25, "thresholds": {"0.5": 10, "1": 25}}))).then_recorded();
    let started = ledger.and(baseline("new", 2)).and(submitted("cycle.started", "q2", json!({})));
    let adjust = |changes| started.clone().when(adjusted("new", changes));
    adjust(json!({"target": {"to": 25}})).then_refused(No::Invalid, missed("/data/changes/target/to"));
    adjust(json!({"thresholds": {"to": {"0.7": 30}}})).then_refused(No::Invalid, missed("/data/changes/thresholds/to"));
    adjust(json!({"target": {"to": 25}, "thresholds": {"to": null}})).then_recorded();
    adjust(json!({"target": {"to": 25}, "thresholds": {"to": {"0.7": 20}}})).then_recorded();
    adjust(json!({"baseline": {"to": 12}}))
        .then_refused(No::Invalid, [("/data/changes/baseline/to", "wrong_direction")]);
}

#[test]
fn a_baseline_is_a_past_measurement_and_changes_only_with_a_reason() {
    planned().when(baseline("paid", 15)).then_recorded();
    under_way().when(baseline("paid", 15)).then_refused(No::Conflict, [("/subject", "adjust_instead")]);
    // A missing baseline can still be set.
    let late = under_way().and(drafted(json!({})));
    late.clone().when(baseline("new", 1)).then_recorded();
    // Today in Berlin may be tomorrow in Greenwich, but no later.
    let measured = |day: &str| {
        let data = json!({"value": 1, "measured_on": day, "method": "the books"});
        late.clone().at("2026-05-04T22:30:00Z").when(submitted("key_result.baseline_set", "new", data))
    };
    measured("2026-05-05").then_recorded();
    measured("2026-05-06").then_refused(No::Invalid, [("/data/measured_on", "time_in_future")]);
}

#[test]
fn milestones_have_no_measures() {
    with_steps().when(baseline("steps", 1)).then_refused(No::Invalid, [("/subject", "out_of_place")]);
    with_steps()
        .when(submitted("key_result.target_set", "steps", json!({"value": 1})))
        .then_refused(No::Invalid, [("/subject", "out_of_place"), ("/subject", "adjust_instead")]);
    let all = json!({"target": {"to": 1}, "baseline": {"to": 0}, "thresholds": {"to": {"1": 1}}});
    with_steps().when(adjusted("steps", all)).then_refused(
        No::Invalid,
        [
            ("/data/changes/target", "out_of_place"),
            ("/data/changes/baseline", "out_of_place"),
            ("/data/changes/thresholds", "out_of_place"),
        ],
    );
}

#[test]
fn an_adjustment_that_changes_nothing_is_refused() {
    for changes in [
        json!({"target": {"to": 22.0}}),
        json!({"baseline": {"to": 14}, "weight": {"to": null}, "expected_score": {"to": null}}),
        json!({"title": {"to": "Raise the share who pay"}, "due_on": {"to": null}, "thresholds": {"to": null}}),
        json!({"metric": {"to": {"name": "metric", "unit": "%", "kind": "increase"}}}),
    ] {
        let same = under_way().when(adjusted("paid", changes));
        same.then_refused(No::Invalid, [("/data/changes", "nothing_changes")]);
    }
    under_way().when(adjusted("paid", json!({"target": {"to": 22}, "weight": {"to": 2}}))).then_recorded();
}

#[test]
fn retired_goals_and_goals_under_them_accept_no_changes() {
    let events = || {
        [
            target(30),
            baseline("paid", 15),
            adjusted("paid", json!({"target": {"to": 30}})),
            submitted("key_result.reassigned", "paid", json!({"owner": "Eve", "reason": "Ben left"})),
            submitted("key_result.scored", "paid", json!({"score": 1, "rationale": "so"})),
            retired("key_result.retired", "paid"),
        ]
    };
    let own = planned().and(retired("key_result.retired", "paid"));
    let upper = planned().and(retired("objective.retired", "trial"));
    for ledger in [own, upper] {
        for (n, event) in events().into_iter().enumerate() {
            let then = ledger.clone().when(event);
            if n == 4 {
                let both = [("/subject", "cycle_not_started"), ("/subject", "already_retired")];
                then.then_refused(No::Conflict, both);
            } else {
                then.then_refused(No::Conflict, [("/subject", "already_retired")]);
            }
        }
    }
}

#[test]
fn a_key_result_is_replaced_by_an_active_one_under_an_active_objective() {
    let replaced = |ledger: Given, by: &str| {
        ledger.when(submitted(
            "key_result.retired",
            "paid",
            json!({"replaced_by": by, "justification": justification()}),
        ))
    };
    let pointer = "/data/replaced_by";
    replaced(under_way(), "cac").then_recorded();
    replaced(under_way(), "KR-1").then_refused(No::Invalid, [(pointer, "replaces_itself")]);
    replaced(under_way(), "trial").then_refused(No::Invalid, [(pointer, "wrong_subject")]);
    replaced(under_way(), "none").then_refused(No::Invalid, [(pointer, "unknown_subject")]);
    let gone = under_way().and(retired("key_result.retired", "cac"));
    replaced(gone, "cac").then_refused(No::Conflict, [(pointer, "already_retired")]);
    let elsewhere = under_way()
        .and(submitted("objective.drafted", "other", objective("q2")))
        .and(drafted(json!({"objective": "other"})))
        .and(retired("objective.retired", "other"));
    replaced(elsewhere, "new").then_refused(No::Conflict, [(pointer, "already_retired")]);
    under_way()
        .when_all([
            drafted(json!({})),
            submitted("key_result.retired", "paid", json!({"replaced_by": "new", "justification": justification()})),
        ])
        .then_recorded();
}

#[test]
fn a_key_result_is_split_into_several_each_of_which_could_take_its_place() {
    let split = |into: Value| {
        let data = json!({"replaced_by": into, "justification": justification()});
        under_way().and(drafted(json!({}))).when(submitted("key_result.retired", "paid", data))
    };
    let events = split(json!(["KR-2", "new"])).then_recorded();
    let Fact::KeyResultRetired(data) = &events[0].fact else { panic!("{events:?}") };
    assert_eq!(data.replaced_by.iter().map(SubjectId::as_str).collect::<Vec<_>>(), ["cac", "new"]);
    split(json!(["cac", "paid", "trial", "none", "KR-2"])).then_refused(
        No::Invalid,
        [
            ("/data/replaced_by/1", "replaces_itself"),
            ("/data/replaced_by/2", "wrong_subject"),
            ("/data/replaced_by/3", "unknown_subject"),
            ("/data/replaced_by/4", "named_twice"),
        ],
    );
}

#[test]
fn a_key_result_is_reassigned_to_someone_else() {
    let to = |owner: &str| submitted("key_result.reassigned", "paid", json!({"owner": owner, "reason": "new roles"}));
    under_way().when(to("Eve")).then_recorded();
    under_way().when(to("Ben")).then_refused(No::Invalid, [("/data/owner", "nothing_changes")]);
    closed().when(to("Eve")).then_refused(No::Conflict, [("/subject", "cycle_closed")]);
}

#[test]
fn a_grade_is_given_while_the_cycle_is_under_way() {
    let grade = || submitted("key_result.scored", "paid", json!({"score": 0.7, "rationale": "we decided so"}));
    under_way().and(grade()).when(grade()).then_recorded();
    planned().when(grade()).then_refused(No::Conflict, [("/subject", "cycle_not_started")]);
    closed().when(grade()).then_refused(No::Conflict, [("/subject", "cycle_closed")]);
}
