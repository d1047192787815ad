use serde_json::json;

use super::*;
use crate::ask::testing::{Ledger, justification};

/// A quarter with nine key results, with confidences whose means are known.
fn quarter() -> Ledger {
    let mut ledger = Ledger::new();
    ledger.open("q2", "2026-03-20T09:00:00Z");
    for n in 1..=3 {
        let objective = format!("o{n}");
        ledger.objective("q2", &objective, "2026-03-21T09:00:00Z");
        for k in 1..=3 {
            ledger.key_result(&objective, &format!("k{n}{k}"), ("increase", "%"), (10, 20), "2026-03-22T09:00:00Z");
        }
    }
    ledger.note("2026-04-01T07:00:00Z", "cycle.started", "q2", json!({}));
    // Mondays of weeks 1, 3, 5, 7 and 9, with the statements for three key results of each objective.
    for (monday, stated) in [
        ("2026-04-06", [[7, 7, 7], [5, 6, 7], [7, 8, 6]]),
        ("2026-04-20", [[6, 6, 6], [7, 7, 7], [7, 7, 7]]),
        ("2026-05-04", [[4, 5, 6], [8, 8, 8], [8, 8, 8]]),
        ("2026-05-18", [[7, 7, 7], [8, 8, 8], [7, 7, 7]]),
        ("2026-06-01", [[7, 7, 7], [7, 7, 7], [8, 8, 8]]),
    ] {
        for (n, objective) in (1..).zip(stated) {
            for (k, confidence) in (1..).zip(objective) {
                let time = format!("{monday}T08:00:00Z");
                ledger.check_in(&time, &format!("k{n}{k}"), json!({"confidence": confidence}));
            }
        }
    }
    ledger
}

fn asked(ledger: &Ledger, at: &str) -> ConfidenceReport {
    let rows = ledger.rows(ledger.last());
    confidence_of_cycle(&ledger.asked(&rows, ledger.last(), at), "q2").unwrap().unwrap()
}

fn figures(line: &ConfidenceLine) -> Vec<String> {
    line.weeks.iter().map(|week| week.confidence.map_or("–".into(), |confidence| confidence.to_string())).collect()
}

#[test]
fn the_weekly_table_of_the_method_comes_out_to_the_figure() {
    let report = asked(&quarter(), "2026-07-10T09:00:00Z");
    let table: Vec<Vec<String>> = report.subject.parts.iter().map(figures).collect();
    assert_eq!(table[0], ["7", "–", "6", "–", "5", "–", "7", "–", "7", "–", "–", "–", "–"]);
    assert_eq!(table[1], ["6", "–", "7", "–", "8", "–", "8", "–", "7", "–", "–", "–", "–"]);
    assert_eq!(table[2], ["7", "–", "7", "–", "8", "–", "7", "–", "8", "–", "–", "–", "–"]);
    assert_eq!(figures(&report.subject)[..5], ["6.7", "–", "6.7", "–", "7"]);
    assert_eq!((report.history.len(), report.subject.this_week.clone()), (45, None));
    let first = &report.subject.weeks[0];
    assert_eq!((first.from.to_string(), first.to.to_string()), ("2026-04-01".into(), "2026-04-07".into()));
}

#[test]
fn this_week_and_last_week_go_by_the_moment_asked_at_and_nothing_is_carried_forward() {
    let report = asked(&quarter(), "2026-05-06T09:00:00Z");
    let line = &report.subject.parts[0];
    assert_eq!(line.weeks.len(), 9, "weeks with statements are shown even if they lie ahead");
    let week = |week: &Option<ConfidenceWeek>| week.as_ref().map(|week| (week.week, week.confidence));
    assert_eq!(
        (week(&line.this_week), week(&line.last_week)),
        (Some((6, None)), Some((5, Some("5".parse().unwrap()))))
    );
    let before = asked(&Ledger::quarter(), "2026-03-31T09:00:00Z").subject;
    assert_eq!((before.weeks.len(), before.this_week, before.last_week), (0, None, None));
}

#[test]
fn a_week_holds_the_last_statement_of_each_key_result_and_ends_at_its_own_midnight() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"confidence": 3}));
    // 23:30 in Berlin on day 7, then 00:30 on day 8.
    ledger.check_in("2026-04-07T21:30:00Z", "paid", json!({"confidence": 6}));
    ledger.check_in("2026-04-07T22:30:00Z", "paid", json!({"confidence": 9}));
    ledger.check_in("2026-04-03T09:00:00Z", "cac", json!({"confidence": 7}));
    ledger.check_in("2026-04-10T09:00:00Z", "cac", json!({"value": 1000}));
    let report = asked(&ledger, "2026-04-12T09:00:00Z");
    let objective = &report.subject.parts[0];
    assert_eq!(figures(objective), ["6.5", "9"]);
    assert_eq!(figures(&objective.parts[0]), ["6", "9"]);
    assert_eq!(figures(&objective.parts[1]), ["7", "–"]);
}

#[test]
fn a_retirement_leaves_the_weeks_as_they_were_told_and_a_correction_mends_them() {
    let mut ledger = quarter();
    let before = figures(&asked(&ledger, "2026-07-10T09:00:00Z").subject);
    ledger.note("2026-06-02T09:00:00Z", "key_result.retired", "k11", json!({"justification": justification()}));
    assert_eq!(figures(&asked(&ledger, "2026-07-10T09:00:00Z").subject), before);

    let wrong = ledger
        .events
        .iter()
        .find(|event| event.subject.as_str() == "k12" && event.fact.kind() == events::Kind::CheckInRecorded);
    let correction = json!({"corrects": wrong.unwrap().id, "confidence": null, "reason": "nobody said so"});
    let seq = ledger.note("2026-06-03T09:00:00Z", "check_in.corrected", "k12", correction);
    let rows = ledger.rows(ledger.last());
    let known = ledger.asked(&rows, ledger.last(), "2026-07-10T09:00:00Z");
    let report = confidence_of_key_result(&known, "k12").unwrap().unwrap();
    assert_eq!((figures(&report.subject)[0].as_str(), &report.history[0].corrected_by), ("–", &vec![seq]));
    let objective = confidence_of_objective(&known, "O-1").unwrap().unwrap();
    assert_eq!(figures(&objective.subject)[..3], ["7", "–", "6"]);
    assert_eq!(objective.subject.parts.len(), 3);
}
