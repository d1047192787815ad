use serde_json::json;

use super::*;
use crate::ask::testing::{Ledger, justification};
use crate::ask::{ReportChanges, report_changes};

const NOW: &str = "2026-07-20T12:00:00Z";

/// Returns a ledger with a report issued on the afternoon of 18 May.
fn reported() -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-11T09:00:00Z", "paid", json!({"value": 160, "confidence": 8}));
    ledger.check_in("2026-05-11T09:30:00Z", "cac", json!({"value": 980, "confidence": 6}));
    ledger.note("2026-05-18T14:00:00Z", "board_report.issued", "may", json!({"cycle": "q2", "title": "May board"}));
    ledger
}

fn bytes(ledger: &Ledger, seq: u64, at: &str) -> Vec<u8> {
    let rows = ledger.rows(seq);
    let report = board_report(ledger, &ledger.asked(&rows, seq, at), "may").unwrap().unwrap();
    serde_json::to_vec(&report).unwrap()
}

fn restated(ledger: &Ledger) -> Restatements {
    let rows = ledger.rows(ledger.last());
    restatements(ledger, &ledger.asked(&rows, ledger.last(), NOW), "may").unwrap().unwrap()
}

#[test]
fn a_report_shows_what_was_known_before_it_at_the_time_it_was_issued() {
    let ledger = reported();
    let rows = ledger.rows(ledger.last());
    let report = board_report(&ledger, &ledger.asked(&rows, ledger.last(), NOW), "may").unwrap().unwrap();
    assert_eq!((report.report.stands_on, report.report.seq), (ledger.last() - 1, ledger.last()));
    assert_eq!((report.board.as_of.seq, report.policy_version), (ledger.last() - 1, 0));
    assert_eq!(report.board.cycle.elapsed, "0.5238".parse().unwrap());
    let list = board_reports(&ledger.asked(&rows, ledger.last(), NOW), Some("q2")).unwrap().unwrap();
    assert_eq!(list.board_reports, [report.report]);
    assert_eq!(board_reports(&ledger.asked(&rows, ledger.last(), NOW), Some("q9")).unwrap(), None);
}

#[test]
fn nothing_that_is_recorded_afterwards_reaches_it() {
    let mut ledger = reported();
    let issued = bytes(&ledger, ledger.last(), "2026-05-18T14:00:00Z");
    ledger.adjust("2026-05-19T09:00:00Z", "cac", 900);
    ledger.note("2026-05-19T10:00:00Z", "policy.adopted", "policy", json!({"formula": "ratio-1"}));
    ledger.late("2026-05-20T09:00:00Z", "2026-05-12T09:00:00Z", "check_in.recorded", "cac", json!({"value": 900}));
    ledger.note("2026-07-02T09:00:00Z", "cycle.closed", "q2", json!({}));
    assert_eq!(bytes(&ledger, ledger.last(), NOW), issued);
    // Later policies restate nothing; only the late check-in does.
    let cited: Vec<u64> = restated(&ledger).events.iter().map(|event| event.seq).collect();
    assert_eq!(cited, [ledger.last() - 1]);
}

#[test]
fn what_was_so_by_then_and_learnt_later_restates_it_with_the_reason() {
    let mut ledger = reported();
    let slip = ledger.events.len() as u64 - 2;
    assert_eq!((restated(&ledger).figures, restated(&ledger).events), (vec![], vec![]));
    // Neither later events nor corrections of later check-ins restate anything.
    let later = ledger.check_in("2026-05-18T16:00:00Z", "paid", json!({"value": 17, "confidence": 5}));
    let slipped = json!({"corrects": format!("e{later}"), "confidence": 4, "reason": "misread"});
    ledger.note("2026-05-19T09:00:00Z", "check_in.corrected", "paid", slipped);
    ledger.adjust("2026-05-19T10:00:00Z", "cac", 850);
    assert_eq!(restated(&ledger).figures, []);

    let slipped = json!({"corrects": format!("e{slip}"), "value": 16, "reason": "a slip of the finger"});
    let correction = ledger.note("2026-05-25T09:00:00Z", "check_in.corrected", "paid", slipped);
    let said = json!({"value": 960, "note": "the books of May are closed"});
    let backdated = ledger.late("2026-05-26T09:00:00Z", "2026-05-15T09:00:00Z", "check_in.recorded", "cac", said);
    let measured = json!({"changes": {"baseline": {"to": 1060}}, "justification": {"cause": "measurement_correction",
        "statement": "two invoices were counted twice", "circumstances": "the audit", "preserves_objective": true}});
    let measured = ledger.note("2026-05-27T09:00:00Z", "key_result.adjusted", "cac", measured);

    let answer = restated(&ledger);
    let of = |id: &str, figure: &str| {
        let found = answer.figures.iter().find(|one| one.id.as_str() == id && one.figure == figure).unwrap();
        (found.says.as_str(), found.events.clone())
    };
    assert_eq!(
        of("paid", "current"),
        ("KR-1 “Key result paid”: current was reported as 160 %; it is now known to have been 16 %.", vec![correction])
    );
    let (says, events) = of("cac", "baseline");
    assert_eq!(
        says,
        "KR-2 “Key result cac”: baseline was reported as 1100 USD; it is now known to have been 1060 USD."
    );
    assert_eq!(events, [backdated, measured]);
    assert_eq!(of("q2", "score").1, [correction, backdated, measured]);
    assert!(answer.figures.iter().all(|one| one.figure != "target"), "the adjustment came later: {:?}", answer.figures);
    let events: Vec<(RestatingCause, &str, &str)> = answer
        .events
        .iter()
        .map(|event| (event.cause, event.says.as_str(), event.why.as_ref().unwrap().as_str()))
        .collect();
    assert_eq!(
        events,
        [
            (
                RestatingCause::Correction,
                "Check-in e8 of paid was corrected on 2026-05-25 (event 14).",
                "a slip of the finger"
            ),
            (
                RestatingCause::Backdated,
                "cac: check in recorded for 2026-05-15, recorded on 2026-05-26, 11 days late (event 15).",
                "the books of May are closed"
            ),
            (
                RestatingCause::MeasurementCorrection,
                "The measurement of cac was corrected on 2026-05-27 (event 16).",
                "two invoices were counted twice"
            ),
        ]
    );
}

#[test]
fn what_changed_between_two_reports_is_described_in_sentences() {
    let mut ledger = reported();
    ledger.adjust("2026-05-19T10:00:00Z", "cac", 850);
    ledger.check_in("2026-05-25T09:00:00Z", "cac", json!({"value": 960, "confidence": 3, "blockers": ["No budget"]}));
    let retired = json!({"justification": justification()});
    ledger.note("2026-06-01T09:00:00Z", "key_result.retired", "paid", retired);
    ledger.note("2026-06-15T14:00:00Z", "board_report.issued", "june", json!({"cycle": "q2", "title": "June board"}));
    ledger.check_in("2026-06-22T09:00:00Z", "cac", json!({"value": 940, "confidence": 4}));
    ledger.open("q3", "2026-06-23T09:00:00Z");
    ledger.note("2026-06-23T14:00:00Z", "board_report.issued", "plan", json!({"cycle": "q3", "title": "Plan"}));

    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), NOW);
    let between = |from: &str, to: Option<&str>| {
        let to = to.map(|to| SubjectId::new(to).unwrap());
        report_changes(&ledger, &asked, from, to.as_ref()).unwrap().unwrap()
    };
    let ReportChanges::Told(answer) = between("may", Some("june")) else { panic!() };
    assert_eq!(
        answer.says,
        [
            "The cycle: score fell from 0.70 to 0.56; confidence fell from 7 to 3; number of key results 2 → 1; number of \
             key results on track 1 → 0; number of key results at risk 1 → 0; number of key results behind 0 → 1; number of \
             retired goals 0 → 1.",
            "O-1 “Objective trial”: score fell from 0.70 to 0.56; confidence fell from 7 to 3; now behind (was at risk).",
            "KR-1 “Key result paid” was retired.",
            "KR-2 “Key result cac”: target 800 USD → 850 USD; current 980 USD → 960 USD; score rose from 0.40 to 0.56; \
             confidence fell from 6 to 3; now behind (was at risk); no check-in for too long; blocked by: No budget.",
        ]
    );
    assert_eq!((answer.from.seq, answer.to.seq, answer.events.len()), (9, 13, 4));
    let ReportChanges::Told(since) = between("june", None) else { panic!() };
    assert!(since.says.iter().any(|says| says.contains("confidence rose from 3 to 4")), "{:?}", since.says);
    assert_eq!(between("june", Some("may")), ReportChanges::NotLater);
    assert_eq!(between("may", Some("may")), ReportChanges::NotLater);
    assert!(matches!(between("may", Some("plan")), ReportChanges::OtherCycle(cycle) if cycle.as_str() == "q3"));
    assert!(matches!(between("may", Some("no")), ReportChanges::Unknown(_)));
}
