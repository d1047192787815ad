use serde_json::json;

use super::*;
use crate::ask::testing::Ledger;
use crate::ask::{GoalState, resolve};

const MAY: &str = "2026-05-04T12:00:00Z";

#[test]
fn a_reopening_keeps_the_note_of_the_closing() {
    let mut ledger = Ledger::quarter();
    ledger.note("2026-07-01T08:00:00Z", "cycle.closed", "q2", json!({"note": "Done, and well done"}));
    ledger.note("2026-07-02T08:00:00Z", "cycle.reopened", "q2", json!({"reason": "late figures"}));
    let learnt = json!({"learnings": ["Measure first"]});
    ledger.note("2026-07-03T08:00:00Z", "retrospective.recorded", "q2", learnt);
    let rows = ledger.rows(ledger.last());
    let stands = cycle(&ledger.asked(&rows, ledger.last(), MAY), "q2").unwrap().unwrap();
    assert_eq!(stands.closings[0].note.as_ref().map(Text::as_str), Some("Done, and well done"));
    assert_eq!(stands.reopenings[0].reason.as_str(), "late figures");
    assert_eq!(stands.retrospectives[0].learnings[0].as_str(), "Measure first");
    assert_eq!(
        (stands.objectives[0].given.to_string(), stands.objectives[0].state),
        ("O-1".into(), GoalState::Standing)
    );
}

#[test]
fn a_correction_is_applied_and_marked() {
    let mut ledger = Ledger::quarter();
    let wrong = ledger.check_in(MAY, "paid", json!({"value": 61, "confidence": 7}));
    ledger.check_in("2026-05-02T09:00:00Z", "paid", json!({"value": 15}));
    let correction = json!({"corrects": format!("e{wrong}"), "value": 16, "reason": "a slip"});
    let correction = ledger.note(MAY, "check_in.corrected", "paid", correction);
    let rows = ledger.rows(ledger.last());
    let stands = key_result(&ledger.asked(&rows, ledger.last(), MAY), "KR-1").unwrap().unwrap();
    let values: Vec<String> = stands.check_ins.iter().map(|one| one.value.unwrap().to_string()).collect();
    assert_eq!(values, ["15", "16"]);
    assert_eq!(stands.check_ins[1].corrected_by, [correction]);
    assert_eq!(stands.board.current, Some("16".parse().unwrap()));
    assert_eq!(stands.baseline.unwrap().method.unwrap().as_str(), "the books");
}

#[test]
fn an_id_is_found_before_a_ref() {
    let mut ledger = Ledger::quarter();
    ledger.objective("q2", "O-1", MAY);
    let rows = ledger.rows(ledger.last());
    assert_eq!(resolve(&rows, "O-1").unwrap().unwrap().id.as_str(), "O-1");
    assert_eq!(resolve(&rows, "O-2").unwrap().unwrap().id.as_str(), "O-1");
    assert_eq!(resolve(&rows, "KR-2").unwrap().unwrap().id.as_str(), "cac");
    assert_eq!(resolve(&rows, "KR-9").unwrap(), None);
    let stands = objective(&ledger.asked(&rows, ledger.last(), MAY), "trial").unwrap().unwrap();
    assert_eq!(stands.key_results.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["paid", "cac"]);
}

#[test]
fn the_policy_says_what_each_rule_does_and_why() {
    let mut ledger = Ledger::quarter();
    let rows = ledger.rows(ledger.last());
    let stands = policy(&ledger.asked(&rows, ledger.last(), MAY)).unwrap();
    assert_eq!((stands.version, stands.adopted_by, stands.rules.len()), (0, None, events::Rule::ALL.len()));
    let adopted = json!({"rules": {"late_adjustment": "refuse"}, "limits": {"late_adjustment_days": 21}});
    let seq = ledger.note(MAY, "policy.adopted", "policy", adopted);
    let rows = ledger.rows(ledger.last());
    let stands = policy(&ledger.asked(&rows, ledger.last(), MAY)).unwrap();
    assert_eq!((stands.version, stands.adopted_by), (1, Some(seq)));
    let late = stands.rules.iter().find(|one| one.rule == events::Rule::LateAdjustment).unwrap();
    assert_eq!(late.severity, events::Severity::Refuse);
    let does = "A change to a goal with fewer than 21 days of its cycle left, or after its end, is refused.";
    assert_eq!(late.does, does);
    assert_eq!(serde_json::to_value(&late.figures).unwrap(), json!({"limits.late_adjustment_days": 21}));
    assert!(stands.approval.does.contains("may be changed directly"), "{}", stands.approval.does);
    ledger.note(MAY, "policy.adopted", "policy", json!({"approval": "required", "owner_may_approve": true}));
    let rows = ledger.rows(ledger.last());
    let stands = policy(&ledger.asked(&rows, ledger.last(), MAY)).unwrap();
    let does = "After the start of a cycle, goals change only through proposals, which anyone except the proposer may approve.";
    assert_eq!(stands.approval.does, does);
}

#[test]
fn teams_and_cycles_are_listed() {
    let mut ledger = Ledger::quarter();
    ledger.note(MAY, "team.formed", "sales", json!({"name": "Sales"}));
    ledger.open("q1", MAY);
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), MAY);
    assert_eq!(teams(&asked).unwrap().teams[0].name.as_str(), "Sales");
    let listed: Vec<String> = cycles(&asked).unwrap().cycles.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(listed, ["q2", "q1"]);
}
