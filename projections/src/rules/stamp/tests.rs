use serde_json::{Value, json};

use crate::rules::given::*;

/// Returns the `data` of an event's stored bytes.
fn data(event: &events::Recorded) -> Value {
    let stored: Value = serde_json::from_slice(&event.encode()).unwrap();
    stored["data"].clone()
}

/// On 4 May `cac` is at 950, with a confidence of 6.
fn checked_in() -> Given {
    under_way()
        .and(check_in("cac", json!({"value": 1000, "confidence": 7})).at("2026-04-20T08:00:00Z"))
        .and(check_in("cac", json!({"value": 950, "confidence": 6})).at("2026-05-04T08:00:00Z"))
}

#[test]
fn an_adjustment_is_stamped_with_the_previous_values_and_the_figures() {
    // Noon of 16 May in Berlin: 45.5 of the quarter's 91 days have passed, and 45 follow this day.
    let events = checked_in()
        .at("2026-05-16T10:00:00Z")
        .when(adjusted("cac", json!({"target": {"to": 850}, "weight": {"to": 2}, "baseline": {"to": 1150}})))
        .then_recorded();
    let stamped = data(&events[0]);
    assert_eq!(
        stamped["changes"],
        json!({"target": {"from": 800, "to": 850}, "weight": {"from": null, "to": 2},
            "baseline": {"from": 1100, "to": 1150}})
    );
    // Half of the 300 USD is achieved in half of the quarter.
    assert_eq!(
        stamped["context"],
        json!({"progress": 0.5, "computed_score": 0.5, "confidence": 6, "elapsed": 0.5, "days_left": 45,
            "pace_gap": 0, "policy_version": 0})
    );
}

#[test]
fn figures_that_cannot_be_computed_are_null_and_never_0() {
    let events = under_way().when(adjusted("paid", json!({"target": {"to": 20}}))).then_recorded();
    let context = context(&events[0]);
    assert_eq!(
        (context.progress, context.computed_score, context.confidence, context.pace_gap),
        (None, None, None, None)
    );
    assert_eq!(context.days_left, Some(57));
}

#[test]
fn an_adjustment_recorded_late_is_stamped_as_of_its_own_time() {
    let events = checked_in()
        .and_policy(json!({"cadence": {"days": 14}}))
        .at("2026-05-16T10:00:00Z")
        .when(adjusted("cac", json!({"target": {"to": 850}})).at("2026-05-01T10:00:00Z"))
        .then_recorded();
    let context = context(&events[0]);
    // On 1 May the check-in of 20 April was the latest: 100 of 300 USD in 30.5 of 91 days.
    let figures = [context.progress, context.confidence, context.elapsed, context.pace_gap];
    assert_eq!(figures.map(|figure| figure.unwrap().to_string()), ["0.3333", "7", "0.3352", "0.0018"]);
    assert_eq!((context.days_left, context.policy_version), (Some(60), 1));
}

#[test]
fn after_the_end_no_days_are_left_and_the_whole_cycle_has_elapsed() {
    let events = checked_in()
        .at("2026-07-03T10:00:00Z")
        .when(adjusted("cac", json!({"target": {"to": 850}})))
        .then_warned(["late_adjustment"]);
    let context = context(&events[0]);
    let figures = [context.elapsed, context.pace_gap].map(|figure| figure.unwrap().to_string());
    assert_eq!((figures, context.days_left), (["1".into(), "0.5".into()], Some(-3)));
}

#[test]
fn an_amendment_is_stamped_with_the_means_of_its_active_key_results() {
    let ledger = checked_in()
        .and(adjusted("cac", json!({"weight": {"to": 3}})))
        .and(check_in("paid", json!({"value": 24, "confidence": 9})).at("2026-05-04T08:30:00Z"))
        .and(submitted("key_result.drafted", "gone", key_result("trial", json!({"name": "m", "kind": "increase"}), 5)))
        .and(baseline("gone", 1))
        .and(check_in("gone", json!({"value": 1, "confidence": 0})))
        .and(submitted("key_result.retired", "gone", json!({"justification": justification()})));
    let amend = json!({"changes": {"title": {"to": "Win the trial"}, "themes": {"to": []}, "ambition":
        {"to": "aspirational"}}, "justification": justification()});
    let events = ledger.at("2026-05-16T10:00:00Z").when(submitted("objective.amended", "O-1", amend)).then_recorded();
    let stamped = data(&events[0]);
    assert_eq!(
        stamped["changes"],
        json!({"title": {"from": "Make the trial frictionless", "to": "Win the trial"}, "themes": {"from": [], "to": []},
            "ambition": {"from": "committed", "to": "aspirational"}})
    );
    // `paid` moved 10 of its 8 points: 1.25 by progress, 1 by score. With cac at 0.5 and a weight of 3: (1.25 + 3 ×
    // 0.5) / 4, (1 + 3 × 0.5) / 4 and (9 + 3 × 6) / 4 = 6.75, to one decimal.
    assert_eq!(
        stamped["context"],
        json!({"progress": 0.6875, "computed_score": 0.625, "confidence": 6.8, "elapsed": 0.5, "days_left": 45,
            "pace_gap": -0.1875, "policy_version": 0})
    );
}

#[test]
fn figures_too_large_to_compute_are_left_out_and_the_event_is_recorded() {
    let most: Value = serde_json::from_str("79228162514264337593543950335").unwrap();
    let least: Value = serde_json::from_str("-79228162514264337593543950335").unwrap();
    let events = under_way()
        .and(adjusted("paid", json!({"baseline": {"to": least}, "target": {"to": most}, "weight": {"to": 1000}})))
        .and(check_in("paid", json!({"value": most})))
        .when(adjusted("paid", json!({"target": {"to": 5}})))
        .then_recorded();
    let context = context(&events[0]);
    assert_eq!((context.progress, context.computed_score, context.pace_gap), (None, None, None));
}

#[test]
fn a_change_before_the_start_is_stamped_too() {
    let amend = json!({"changes": {"title": {"to": "Win the trial"}}});
    let events =
        planned().at("2026-03-25T10:00:00Z").when(submitted("objective.amended", "trial", amend)).then_recorded();
    let context = context(&events[0]);
    assert_eq!((context.elapsed.unwrap().to_string(), context.days_left), ("0".into(), Some(97)));
}
