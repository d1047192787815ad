use serde_json::json;

use super::*;
use crate::ask::testing::{Ledger, justification};

const MAY: &str = "2026-05-04T12:00:00Z";

fn ledger() -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.check_in(MAY, "cac", json!({"value": 900, "confidence": 8}));
    ledger.adjust(MAY, "cac", 850);
    let amended = json!({"changes": {"title": {"to": "Other"}}, "justification": justification()});
    ledger.note(MAY, "objective.amended", "trial", amended);
    ledger
}

fn types(audit: &Audit) -> Vec<&str> {
    audit.trail.iter().map(|item| item.kind.as_str()).collect()
}

#[test]
fn a_key_results_trail_holds_its_changes_and_what_each_did_to_its_score() {
    let ledger = ledger();
    let rows = ledger.rows(ledger.last());
    let audit = audit_key_result(&ledger.asked(&rows, ledger.last(), MAY), "KR-2").unwrap().unwrap();
    let adjusted = ["okr.key_result.drafted", "okr.key_result.baseline_set", "okr.key_result.adjusted"];
    assert_eq!((audit.subject.as_str(), types(&audit)), ("cac", adjusted.to_vec()));
    let item = &audit.trail[2];
    assert!(item.adjustment && !audit.trail[1].adjustment);
    assert_eq!(
        item.summary,
        "target 800 → 850 USD, eased, external change: Advertising prices rose for everyone in May"
    );
    let json = serde_json::to_value(item).unwrap();
    assert_eq!(json["changes"], json!([{"field": "target", "from": 800, "to": 850}]));
    assert_eq!(json["effect"], json!({"computed_score_before": 0.6667, "computed_score_after": 0.8}));
    assert_eq!(json["justification"]["cause"], "external_change");
    assert_eq!(serde_json::from_value::<TrailItem>(json).unwrap(), *item);
}

#[test]
fn an_objectives_trail_holds_its_key_results_and_a_cycles_holds_all() {
    let ledger = ledger();
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), MAY);
    let objective = audit_objective(&asked, "trial").unwrap().unwrap();
    assert_eq!(types(&objective).len(), 7);
    assert!(objective.trail.is_sorted_by_key(|item| item.seq));
    let cycle = audit_cycle(&asked, "q2").unwrap().unwrap();
    assert_eq!(types(&cycle).len(), 9);
    assert_eq!(audit_cycle(&asked, "trial").unwrap(), None);
    assert_eq!(audit_objective(&asked, "cac").unwrap(), None);
    assert_eq!(audit_key_result(&asked, "O-1").unwrap(), None);
}

#[test]
fn a_change_is_worded_in_the_metric_that_stood_then() {
    let mut ledger = ledger();
    let changes = json!({"metric": {"to": {"name": "CAC", "unit": "EUR", "kind": "decrease"}}, "target": {"to": 700}});
    let data = json!({"changes": changes, "justification": justification()});
    ledger.note(MAY, "key_result.adjusted", "cac", data);
    let rows = ledger.rows(ledger.last());
    let audit = audit_key_result(&ledger.asked(&rows, ledger.last(), MAY), "cac").unwrap().unwrap();
    assert!(audit.trail[2].summary.starts_with("target 800 → 850 USD, eased"), "{}", audit.trail[2].summary);
    assert!(audit.trail[3].summary.starts_with("target 850 → 700 EUR, hardened"), "{}", audit.trail[3].summary);
}
