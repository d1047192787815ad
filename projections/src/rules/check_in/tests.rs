use serde_json::json;

use crate::rules::No;
use crate::rules::given::*;

#[test]
fn a_check_in_needs_a_started_cycle_and_an_active_key_result() {
    let one = || check_in("paid", json!({"value": 15}));
    under_way().when(one()).then_recorded();
    planned().when(one()).then_refused(No::Conflict, [("/subject", "cycle_not_started")]);
    closed().when(one()).then_refused(No::Conflict, [("/subject", "cycle_closed")]);
    let retire = |kind: &str, id: &str| submitted(kind, id, json!({"justification": justification()}));
    let says = under_way()
        .and(retire("key_result.retired", "paid"))
        .when(one())
        .then_refused(No::Conflict, [("/subject", "already_retired")]);
    assert_eq!(says, ["the key result `paid` (KR-1) is retired"]);
    let says = under_way()
        .and(retire("objective.retired", "trial"))
        .when(one())
        .then_refused(No::Conflict, [("/subject", "already_retired")]);
    assert_eq!(says, ["the objective `trial` (O-1) is retired"]);
    under_way().when(check_in("trial", json!({"value": 1}))).then_refused(No::Invalid, [("/subject", "wrong_subject")]);
    under_way().when(check_in("x", json!({"value": 1}))).then_refused(No::Invalid, [("/subject", "unknown_subject")]);
}

#[test]
fn a_check_in_is_for_a_day_of_the_cycle_in_its_own_time_zone() {
    let on = |time: &str| under_way().when(check_in("paid", json!({"value": 15})).at(time));
    // Midnight of 1 April in Berlin.
    on("2026-03-31T22:00:00Z").then_recorded();
    on("2026-03-31T21:59:59Z").then_refused(No::Invalid, [("/time", "check_in_before_start")]);
}

#[test]
fn check_ins_are_accepted_until_the_end_of_the_grace_period_in_every_time_zone() {
    let quarter = |zone: &str| {
        given([opened("q2", zone), submitted("objective.drafted", "o", objective("q2"))])
            .and(submitted("key_result.drafted", "kr", key_result("o", json!({"name": "m", "kind": "increase"}), 9)))
            .and(submitted("key_result.drafted", "other", key_result("o", json!({"name": "m", "kind": "increase"}), 9)))
            .and(baseline("kr", 1))
            .and(baseline("other", 1))
            .and(submitted("cycle.started", "q2", json!({})).at("2026-04-01T12:00:00Z"))
            .at("2026-09-01T00:00:00Z")
    };
    let late = |zone: &str, time: &str| quarter(zone).when(check_in("kr", json!({"value": 2})).at(time));
    let refused = [("/time", "check_in_after_end")];
    // The quarter ends on 30 June, and its grace period includes all of 14 July.
    late("America/Los_Angeles", "2026-07-14T23:59:59-07:00").then_recorded();
    late("America/Los_Angeles", "2026-07-15T00:00:00-07:00").then_refused(No::Invalid, refused);
    late("Europe/Berlin", "2026-07-14T23:59:59+02:00").then_recorded();
    late("Europe/Berlin", "2026-07-14T23:59:59-07:00").then_refused(No::Invalid, refused);
    in_each_severity(
        "check_in_after_end",
        &quarter("America/Los_Angeles"),
        &check_in("kr", json!({"value": 2})).at("2026-07-15T08:00:00-07:00"),
        "/time",
    );
}

#[test]
fn the_time_of_a_check_in_counts_not_that_of_its_recording() {
    let long_after = under_way().at("2027-01-01T00:00:00Z");
    long_after.clone().when(check_in("paid", json!({"value": 15})).at("2026-06-30T20:00:00Z")).then_recorded();
    // Without a stated time, the time of recording counts.
    long_after
        .when(check_in("paid", json!({"value": 15})))
        .then_refused(No::Invalid, [("/time", "check_in_after_end")]);
}

#[test]
fn a_grace_period_of_thousands_of_years_does_not_overflow() {
    under_way()
        .and_policy(json!({"limits": {"check_in_grace_days": u32::MAX}}))
        .at("2026-12-01T00:00:00Z")
        .when(check_in("paid", json!({"value": 15})))
        .then_recorded();
    let no_grace = under_way().and_policy(json!({"limits": {"check_in_grace_days": 0}})).at("2026-12-01T00:00:00Z");
    no_grace.clone().when(check_in("paid", json!({"value": 1})).at("2026-06-30T12:00:00Z")).then_recorded();
    no_grace
        .when(check_in("paid", json!({"value": 1})).at("2026-07-01T12:00:00Z"))
        .then_refused(No::Invalid, [("/time", "check_in_after_end")]);
}

#[test]
fn milestones_are_listed_by_name_for_milestone_metrics_only() {
    let metric = json!({"name": "steps", "kind": "milestones", "milestones": [{"name": "plan"}, {"name": "trial"}]});
    let ledger = under_way().and(submitted(
        "key_result.drafted",
        "steps",
        json!({"objective": "trial", "title": "Reach the steps", "owner": "Ben", "metric": metric}),
    ));
    let done = |list: serde_json::Value| check_in("steps", json!({"milestones_done": list}));
    ledger.clone().when(done(json!(["trial", "plan"]))).then_recorded();
    ledger.clone().when(done(json!([]))).then_recorded();
    ledger.clone().when(done(json!(["plan", "rollout", "plan"]))).then_refused(
        No::Invalid,
        [("/data/milestones_done/1", "unknown_milestone"), ("/data/milestones_done/2", "repeated")],
    );
    ledger
        .clone()
        .when(check_in("steps", json!({"value": 1, "confidence": 5})))
        .then_refused(No::Invalid, [("/data/value", "out_of_place")]);
    ledger
        .clone()
        .when(check_in("paid", json!({"milestones_done": ["plan"]})))
        .then_refused(No::Invalid, [("/data/milestones_done", "out_of_place")]);
    let correct = json!({"corrects": "c", "milestones_done": ["rollout"], "value": 3, "reason": "a slip"});
    ledger
        .and(done(json!(["plan"])).named("c"))
        .when(submitted("check_in.corrected", "steps", correct))
        .then_refused(No::Invalid, [("/data/value", "out_of_place"), ("/data/milestones_done/0", "unknown_milestone")]);
}

#[test]
fn a_correction_names_a_check_in_on_the_same_key_result() {
    let ledger = under_way()
        .and(check_in("paid", json!({"value": 15})).named("of-paid"))
        .and(check_in("cac", json!({"value": 1000})).named("of-cac"));
    let correct =
        |id: &str| submitted("check_in.corrected", "paid", json!({"corrects": id, "value": 16, "reason": "typo"}));
    ledger.clone().when(correct("of-paid")).then_recorded();
    let unknown = [("/data/corrects", "unknown_check_in")];
    for other in ["of-cac", "nothing", "g1"] {
        ledger.clone().when(correct(other)).then_refused(No::Invalid, unknown);
    }
    // A correction cannot be corrected; the check-in itself is corrected again.
    let ledger = ledger.and(correct("of-paid").named("correction"));
    ledger.clone().when(correct("correction")).then_refused(No::Invalid, unknown);
    ledger.clone().when(correct("of-paid")).then_recorded();
    // A withdrawn field counts as never stated, whatever the metric.
    let withdrawn = json!({"corrects": "of-paid", "value": null, "milestones_done": null, "reason": "not ours"});
    ledger.clone().when(submitted("check_in.corrected", "paid", withdrawn)).then_recorded();
    ledger
        .and(submitted("cycle.closed", "q2", json!({})))
        .when(correct("of-paid"))
        .then_refused(No::Conflict, [("/subject", "cycle_closed")]);
}

#[test]
fn a_check_in_can_still_be_corrected_when_its_key_result_is_retired() {
    under_way()
        .and(check_in("paid", json!({"value": 15})).named("c"))
        .and(submitted("key_result.retired", "paid", json!({"justification": justification()})))
        .when(submitted("check_in.corrected", "paid", json!({"corrects": "c", "value": 16, "reason": "typo"})))
        .then_recorded();
}

#[test]
fn an_entry_can_correct_the_check_in_it_records() {
    under_way()
        .when_all([
            check_in("paid", json!({"value": 15})).named("c"),
            submitted("check_in.corrected", "paid", json!({"corrects": "c", "value": 16, "reason": "typo"})),
        ])
        .then_recorded();
}
