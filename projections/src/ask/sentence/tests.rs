use events::{Context, EventId, Kind, SubjectId, Text};
use serde_json::{Value, json};

use super::*;
use crate::ask::testing::{justification, moment};
use crate::rows::Stamp;

fn line(kind: Kind, changes: &[(&str, Value, Value)], context: Option<Value>) -> TrailRow {
    let field = |(field, from, to): &(&str, Value, Value)| FieldChange {
        field: (*field).into(),
        from: JsonText::of(from),
        to: JsonText::of(to),
    };
    let at = moment("2026-05-19T09:00:00Z");
    TrailRow {
        cycle: SubjectId::new("q2").unwrap(),
        subject: SubjectId::new("cac").unwrap(),
        objective_no: Some(1),
        key_result: None,
        event_id: EventId::new("e1").unwrap(),
        kind,
        actor: Text::new("Founder").unwrap(),
        at: Stamp { seq: 1, time: at, recorded_at: at },
        after_start: context.is_some(),
        changes: changes.iter().map(field).collect(),
        justification: context.is_some().then(|| serde_json::from_value(justification()).unwrap()),
        remark: Some(Text::new("said so").unwrap()),
        context: context.map(|context| serde_json::from_value::<Context>(context).unwrap()),
        effect: None,
        proposal: None,
        approval: None,
    }
}

fn context(days_left: i64, gap: Value, confidence: Value) -> Option<Value> {
    Some(json!({"progress": null, "computed_score": 0.8667, "confidence": confidence, "elapsed": 0.5,
        "days_left": days_left, "pace_gap": gap, "policy_version": 0}))
}

fn metric(kind: &str) -> Metric {
    serde_json::from_value(json!({"name": "CAC", "unit": "USD", "kind": kind})).unwrap()
}

#[test]
fn an_adjustment_says_what_changed_which_way_and_how_things_stood() {
    let target = [("target", json!(750), json!(800))];
    let eased = line(Kind::KeyResultAdjusted, &target, context(42, json!(0.0751), json!(8)));
    assert_eq!(
        summary(&eased, Some(&metric("decrease"))),
        "target 750 → 800 USD, eased, 42 days left, 8 points behind pace, confidence 8, external change: Advertising prices rose for everyone in May"
    );
    let hardened = line(Kind::KeyResultAdjusted, &target, context(1, json!(-0.01), json!(null)));
    assert_eq!(
        summary(&hardened, Some(&metric("increase"))),
        "target 750 → 800 USD, hardened, 1 day left, 1 point ahead of pace, external change: Advertising prices rose for everyone in May"
    );
    let over = line(Kind::KeyResultAdjusted, &target, context(-3, json!(0.001), json!(null)));
    assert_eq!(
        summary(&over, Some(&metric("at_most"))),
        "target 750 → 800 USD, eased, 3 days after the end, on pace, external change: Advertising prices rose for everyone in May"
    );
}

#[test]
fn a_sign_of_money_stands_before_each_figure() {
    let dollars: Metric = serde_json::from_value(json!({"name": "CAC", "unit": "$", "kind": "decrease"})).unwrap();
    let eased = line(Kind::KeyResultAdjusted, &[("target", json!(750), json!(800))], None);
    assert!(summary(&eased, Some(&dollars)).starts_with("target $750 → $800, eased"));
    let measured = line(Kind::KeyResultBaselineSet, &[("baseline", json!(null), json!(1100))], None);
    assert_eq!(summary(&measured, Some(&dollars)), "baseline set to $1100");
}

#[test]
fn the_unit_follows_measured_figures_only() {
    let fields = [
        ("title", json!("Old"), json!("New")),
        ("due_on", json!("2026-06-15"), json!("2026-06-30")),
        ("weight", json!(null), json!(2)),
        ("expected_score", json!(0.7), json!(null)),
        ("thresholds", json!(null), json!({"0.3": 5, "1.0": 25})),
    ];
    assert_eq!(
        summary(&line(Kind::KeyResultAdjusted, &fields, None), Some(&metric("increase"))),
        "title “Old” → “New”, due on 2026-06-15 → 2026-06-30, eased, weight set to 2, \
         expected score cleared, was 0.7, thresholds set to 0.3: 5, 1.0: 25"
    );
}

#[test]
fn every_other_change_is_said_in_a_few_words() {
    for (kind, changes, says) in [
        (Kind::KeyResultBaselineSet, vec![("baseline", json!(null), json!(1100))], "baseline set to 1100 USD"),
        (Kind::KeyResultTargetSet, vec![("target", json!(800), json!(750))], "target 800 → 750 USD, hardened"),
        (Kind::KeyResultReassigned, vec![("owner", json!("Ben"), json!("Cem"))], "owner Ben → Cem"),
        (Kind::CheckInCorrected, vec![("value", json!(9), json!(90))], "check-in corrected: value 9 → 90 USD"),
        (Kind::KeyResultScored, vec![("graded", json!(null), json!(0.7))], "graded 0.7"),
        (Kind::ObjectiveScored, vec![("graded", json!(0.7), json!(0.8))], "graded 0.7 → 0.8"),
        (
            Kind::KeyResultRetired,
            vec![("replaced_by", json!(null), json!("kr-2"))],
            "key result retired, replaced by kr-2",
        ),
        (Kind::CycleReopened, vec![("state", json!("closed"), json!("started"))], "cycle reopened: said so"),
        (Kind::KeyResultTargetSet, vec![], "key result target set"),
        (
            Kind::KeyResultDrafted,
            vec![("title", json!(null), json!("Lower CAC")), ("target", json!(null), json!(750))],
            "key result drafted: “Lower CAC”, target 750 USD",
        ),
    ] {
        assert_eq!(summary(&line(kind, &changes, None), Some(&metric("decrease"))), says);
    }
}

#[test]
fn a_grade_is_said_beside_what_was_computed() {
    let graded = line(Kind::KeyResultScored, &[("graded", json!(null), json!(0.7))], context(0, json!(null), json!(8)));
    assert_eq!(summary(&graded, None), "graded 0.7, computed 0.8667");
}
