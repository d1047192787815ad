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
    let wanted = "target 850 → 700 EUR, metric cac → CAC, measured another way, external change";
    assert!(audit.trail[3].summary.starts_with(wanted), "{}", audit.trail[3].summary);
    assert_eq!(audit.trail[3].direction, Some(Direction::Remeasured));
}

#[test]
fn a_change_is_listed_with_all_an_auditor_needs() {
    let mut ledger = ledger();
    ledger.note("2026-05-02T09:00:00Z", "policy.adopted", "policy", json!({"cadence": {"days": 14}}));
    ledger.note("2026-05-18T09:00:00Z", "key_result.reassigned", "cac", json!({"owner": "Cem", "reason": "Ben left"}));
    let adjusted = ledger.adjust("2026-05-19T09:00:00Z", "cac", 900);
    ledger.check_in("2026-05-25T09:00:00Z", "cac", json!({"value": 950, "note": "better"}));
    let again = ledger.adjust("2026-06-01T09:00:00Z", "cac", 920);
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), MAY);
    let audit = audit_cycle(&asked, "q2").unwrap().unwrap();
    let of = |seq: u64| audit.trail.iter().find(|item| item.seq == seq).unwrap();
    let item = of(adjusted);
    assert_eq!((item.direction, item.policy_version), (Some(Direction::Eased), 1));
    let answers: Vec<&str> = item.questions.iter().map(|one| one.answer.as_str()).collect();
    let reason = "external change: Advertising prices rose for everyone in May";
    assert_eq!(answers, ["The auction price went up by a tenth", reason, "yes"]);
    let around = item.check_ins.as_ref().unwrap();
    assert_eq!(around.last_before.as_ref().unwrap().value, Some("900".parse().unwrap()));
    assert_eq!(around.first_after.as_ref().unwrap().note.as_ref().unwrap().as_str(), "better");
    let owners = |seq| of(seq).owners.as_ref().unwrap().key_result.as_ref().unwrap().to_string();
    let first = audit.trail.iter().find(|item| item.kind == Kind::KeyResultAdjusted).unwrap().seq;
    assert_eq!((owners(first), owners(adjusted)), ("Ben".into(), "Cem".into()));
    // A later change set the target again, so removing this one makes no difference.
    let without = of(adjusted).without.unwrap().key_result.unwrap();
    assert_eq!(without.score_without, without.score);
    // 150 of 180 with the last change, 150 of 200 without it.
    let without = serde_json::to_value(of(again).without.unwrap()).unwrap();
    assert_eq!(
        without["cycle"],
        json!({"score": 0.8333, "score_without": 0.75, "computed_score": 0.8333, "computed_score_without": 0.75})
    );
}

#[test]
fn a_trail_can_be_narrowed_and_a_reopened_cycle_says_why() {
    let mut ledger = ledger();
    ledger.note("2026-07-01T09:00:00Z", "cycle.closed", "q2", json!({"note": "done"}));
    ledger.note("2026-07-02T09:00:00Z", "cycle.reopened", "q2", json!({"reason": "a figure came late"}));
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), MAY);
    let all = audit_cycle(&asked, "q2").unwrap().unwrap();
    let seqs = |ask: AuditAsk| all.clone().narrowed(&ask).trail.iter().map(|item| item.seq).collect::<Vec<_>>();
    let none = AuditAsk::default();
    assert_eq!(seqs(none.clone()).len(), all.trail.len());
    assert_eq!(seqs(AuditAsk { directions: vec![Direction::Eased], ..none.clone() }), [9]);
    assert_eq!(seqs(AuditAsk { causes: vec![events::Cause::ExternalChange], ..none.clone() }), [9, 10]);
    assert_eq!(seqs(AuditAsk { actor: Some(Text::new("nobody").unwrap()), ..none.clone() }), [0; 0]);
    let since = Some(crate::ask::testing::moment("2026-07-01T00:00:00Z"));
    assert_eq!(seqs(AuditAsk { since, ..none.clone() }), [11, 12]);
    assert_eq!(seqs(AuditAsk { until: since, ..none }).len(), all.trail.len() - 2);
    let goal = audit_key_result(&asked, "cac").unwrap().unwrap();
    let reasons: Vec<&str> = goal.reopened.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!((reasons, goal.reopened.clone()), (vec!["a figure came late"], all.reopened));
}
