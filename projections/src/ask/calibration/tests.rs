use serde_json::json;

use super::*;
use crate::ask::testing::Ledger;

const AFTER: &str = "2026-07-20T12:00:00Z";

fn asked(ledger: &Ledger, at: &str) -> Calibration {
    let rows = ledger.rows(ledger.last());
    calibration(&ledger.asked(&rows, ledger.last(), at), "q2").unwrap().unwrap()
}

fn weekly(ledger: &mut Ledger, key_result: &str, confidences: &[u32]) {
    for (week, confidence) in confidences.iter().enumerate() {
        let time = testing_day(week);
        ledger.check_in(&time, key_result, json!({"value": 16, "confidence": confidence}));
    }
}

/// Returns the Monday of a week of the quarter, counted from 6 April.
fn testing_day(week: usize) -> String {
    let first = crate::ask::testing::moment("2026-04-06T09:00:00Z").micros();
    Moment::from_micros(first + week as i64 * 7 * 86_400_000_000).unwrap().to_string()
}

fn signals(answer: &Calibration) -> Vec<(SignalKind, &str)> {
    answer.signals.iter().map(|signal| (signal.signal, signal.says.as_str())).collect()
}

#[test]
fn forecasts_are_held_against_what_is_expected_of_the_goal() {
    let mut ledger = Ledger::quarter();
    for (week, paid) in [8, 9, 6].into_iter().enumerate() {
        ledger.check_in(&testing_day(week), "paid", json!({"confidence": paid}));
        ledger.check_in(&testing_day(week), "cac", json!({"confidence": 2 * paid - 10}));
    }
    let scored = |score: &str| json!({"score": score.parse::<f64>().unwrap(), "rationale": "we decided so"});
    ledger.note("2026-06-29T09:00:00Z", "key_result.scored", "paid", scored("1"));
    // Not graded yet, so its forecasts have no outcome.
    assert_eq!(asked(&ledger, "2026-06-29T12:00:00Z").key_results[1].outcome, Outcome::Open);
    ledger.note("2026-06-29T10:00:00Z", "key_result.scored", "cac", scored("0.9"));
    let answer = asked(&ledger, "2026-06-29T12:00:00Z");
    // 0.9 is below the 1.0 expected of a committed goal.
    let listed: Vec<(&str, Outcome, String)> =
        answer.key_results.iter().map(|one| (one.id.as_str(), one.outcome, one.brier.unwrap().to_string())).collect();
    assert_eq!(listed, [("cac", Outcome::Missed, "0.3467".to_owned()), ("paid", Outcome::Reached, "0.07".to_owned())]);
    let whole = &answer.groups[0];
    assert_eq!((whole.by, whole.forecasts, whole.brier), (GroupKind::Cycle, 6, Some("0.2083".parse().unwrap())));
    assert_eq!(
        whole.says,
        "The cycle: 1 of 2 key results reached the expected score; Brier score 0.21 over 6 forecasts."
    );
    let table: Vec<(String, u32, u32)> =
        whole.table.iter().map(|row| (row.confidence.to_string(), row.forecasts, row.reached)).collect();
    let row = |confidence: &str, forecasts, reached| (confidence.to_owned(), forecasts, reached);
    assert_eq!(table, [row("2", 1, 0), row("6", 2, 1), row("8", 2, 1), row("9", 1, 1)]);
    assert_eq!(answer.groups.len(), 2);
    assert_eq!(answer.groups[1].name.as_deref(), Some("company"));
}

/// From a public history: the mid-quarter, projected and final scores were all entered after the quarter.
#[test]
fn what_is_filled_in_after_the_quarter_is_hindsight_and_left_out() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-13T09:00:00Z", "cac", json!({"value": 1000, "confidence": 4}));
    for (time, value, confidence) in
        [("2026-05-15T09:00:00Z", 18, 7), ("2026-06-15T09:00:00Z", 20, 8), ("2026-06-30T09:00:00Z", 22, 10)]
    {
        let said = json!({"value": value, "confidence": confidence});
        ledger.late("2026-07-06T09:00:00Z", time, "check_in.recorded", "paid", said);
    }
    let data = json!({"score": 1.0, "rationale": "done"});
    ledger.late("2026-07-06T10:00:00Z", "2026-06-30T10:00:00Z", "key_result.scored", "paid", data);
    let answer = asked(&ledger, AFTER);
    assert_eq!(answer.groups[0].forecasts, 1, "only what was forecast of cac counts: {:?}", answer.groups);
    let says: Vec<&str> = answer.hindsight.iter().map(|one| one.says.as_str()).collect();
    assert_eq!(
        says,
        [
            "Confidence 7 for 2026-05-15 was recorded on 2026-07-06: after the end on 2026-06-30, 52 days late.",
            "Confidence 8 for 2026-06-15 was recorded on 2026-07-06: after the end on 2026-06-30, 21 days late.",
            "Confidence 10 for 2026-06-30 was recorded on 2026-07-06: after the end on 2026-06-30.",
        ]
    );
    let paid = answer.key_results.iter().find(|one| one.id.as_str() == "paid").unwrap();
    assert_eq!((paid.forecasts, paid.hindsight, paid.brier, paid.outcome), (0, 3, None, Outcome::Reached));
    assert_eq!(
        signals(&answer),
        [(SignalKind::Burst, "3 of its 3 check-ins were recorded in the last 7 days or after the end.")]
    );
}

#[test]
fn backdated_ones_those_after_the_grade_and_later_corrections_are_hindsight_too() {
    let mut ledger = Ledger::quarter();
    let first = ledger.check_in("2026-04-13T09:00:00Z", "paid", json!({"confidence": 3}));
    // Two days late is within the cadence, two weeks is not.
    ledger.late("2026-04-22T09:00:00Z", "2026-04-20T09:00:00Z", "check_in.recorded", "paid", json!({"confidence": 4}));
    ledger.late("2026-05-11T09:00:00Z", "2026-04-27T09:00:00Z", "check_in.recorded", "paid", json!({"confidence": 5}));
    let known = json!({"corrects": format!("e{first}"), "confidence": 2, "reason": "misread"});
    ledger.note("2026-05-12T09:00:00Z", "check_in.corrected", "paid", known);
    ledger.note("2026-06-20T09:00:00Z", "key_result.scored", "paid", json!({"score": 0.4, "rationale": "as it is"}));
    ledger.check_in("2026-06-22T09:00:00Z", "paid", json!({"confidence": 1}));
    let hindsight = json!({"corrects": format!("e{first}"), "confidence": 0, "reason": "we knew it"});
    ledger.note("2026-06-23T09:00:00Z", "check_in.corrected", "paid", hindsight);
    let answer = asked(&ledger, AFTER);
    let reasons: Vec<(&str, &[HindsightReason])> =
        answer.hindsight.iter().map(|one| (one.says.as_str(), one.reasons.as_slice())).collect();
    assert_eq!(
        reasons,
        [
            (
                "Confidence 5 for 2026-04-27 was recorded on 2026-05-11: 14 days late.",
                [HindsightReason::Backdated].as_slice()
            ),
            (
                "Confidence 1 for 2026-06-22 was recorded on 2026-06-22: after it was graded.",
                &[HindsightReason::AfterGrading]
            ),
            (
                "The correction of a confidence to 0 was recorded on 2026-06-23: after it was graded.",
                &[HindsightReason::AfterGrading]
            ),
        ]
    );
    // The first one counts with its timely correction.
    let table: Vec<String> = answer.groups[0].table.iter().map(|row| row.confidence.to_string()).collect();
    assert_eq!(table, ["2", "4"]);
    // As of a moment before the grade, there is no outcome yet.
    let rows = ledger.rows(11);
    let then = calibration(&ledger.asked(&rows, 11, "2026-05-12T12:00:00Z"), "q2").unwrap().unwrap();
    assert_eq!((then.groups.len(), then.key_results[0].outcome), (0, Outcome::Open));
}

#[test]
fn signals_say_what_is_worth_asking_about() {
    let mut ledger = Ledger::quarter();
    weekly(&mut ledger, "paid", &[7, 7, 5, 5, 5, 5, 5, 9, 4]);
    ledger.check_in("2026-06-22T09:00:00Z", "cac", json!({"value": 1070, "confidence": 9}));
    ledger.adjust("2026-06-23T09:00:00Z", "cac", 1080);
    ledger.check_in("2026-06-24T09:00:00Z", "cac", json!({"value": 1070, "confidence": 9}));
    assert_eq!(
        signals(&asked(&ledger, AFTER)),
        [
            (SignalKind::SameValue, "Confidence 5 in 5 check-ins in a row, from 2026-04-20 to 2026-05-18."),
            (SignalKind::GreenWhileBehind, "Stated confidence 9 on 2026-05-25, 35 points behind pace."),
            (
                SignalKind::Swing,
                "Confidence went from 9 on 2026-05-25 to 4 on 2026-06-01. It is the widest of 2 such swings."
            ),
            // Judged by the target in force that day, not by the one it was eased to the next day.
            (SignalKind::GreenWhileBehind, "Stated confidence 9 on 2026-06-22, 81 points behind pace."),
        ]
    );
}

#[test]
fn a_retired_goal_has_no_outcome_and_nobody_is_named() {
    let mut ledger = Ledger::quarter();
    weekly(&mut ledger, "paid", &[7, 7, 7, 7]);
    let why = json!({"justification": crate::ask::testing::justification()});
    ledger.note("2026-06-01T09:00:00Z", "key_result.retired", "paid", why);
    let answer = asked(&ledger, AFTER);
    assert_eq!((answer.key_results[0].outcome, answer.groups.len(), answer.signals.len()), (Outcome::None, 0, 0));
    let text = serde_json::to_string(&answer).unwrap();
    assert!(!text.contains("Ben") && !text.contains("Ada") && !text.contains("owner"), "{text}");
}
