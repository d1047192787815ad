use serde_json::{Value, json};

use super::*;
use crate::ask::testing::{Ledger, justification};

const LATER: &str = "2026-07-10T12:00:00Z";

fn answer(lineage: &Lineage) -> Vec<Value> {
    let step = |step: &LineageStep| {
        let moves: Vec<Value> = step.moves.iter().map(|one| json!([one.id, one.from, one.to, one.by])).collect();
        json!([step.seq, step.summary, moves])
    };
    lineage.steps.iter().map(step).collect()
}

#[test]
fn every_step_tells_what_it_moved_at_every_level_up() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 950}));
    ledger.check_in("2026-05-04T10:00:00Z", "cac", json!({"confidence": 7}));
    ledger.check_in("2026-05-05T09:00:00Z", "paid", json!({"value": 16}));
    ledger.adjust("2026-05-19T09:00:00Z", "cac", 900);
    ledger.note("2026-06-29T09:00:00Z", "key_result.retired", "paid", json!({"justification": justification()}));
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), LATER);
    let cycle = lineage_of_cycle(&ledger, &asked, "q2", StepsAsk::ALL).unwrap().unwrap();
    let reason = "external change: Advertising prices rose for everyone in May";
    let mut steps = answer(&cycle);
    let retired = steps.pop().unwrap();
    assert_eq!(
        steps,
        [
            json!([
                8,
                "check-in: value 950",
                [["cac", null, 0.5, 0.5], ["trial", null, 0.5, 0.5], ["q2", null, 0.5, 0.5]]
            ]),
            json!([
                10,
                "check-in: value 16",
                [["paid", null, 0.25, 0.25], ["trial", 0.5, 0.375, -0.125], ["q2", 0.5, 0.375, -0.125]]
            ]),
            json!([
                11,
                format!("target 800 → 900 USD, eased, {reason}"),
                [["cac", 0.5, 0.75, 0.25], ["trial", 0.375, 0.5, 0.125], ["q2", 0.375, 0.5, 0.125]]
            ]),
        ]
    );
    assert_eq!(retired[2], json!([["trial", 0.5, 0.75, 0.25], ["q2", 0.5, 0.75, 0.25]]));
    assert_eq!(cycle.score, Some("0.75".parse().unwrap()));
    // Changes of other goals are not steps of this one.
    let paid = lineage_of_key_result(&ledger, &asked, "KR-1", StepsAsk::ALL).unwrap().unwrap();
    assert_eq!(paid.steps.iter().map(|step| step.seq).collect::<Vec<_>>(), [10, 12]);
    assert_eq!(lineage_of_objective(&ledger, &asked, "cac", StepsAsk::ALL).unwrap(), None);
    assert_eq!(lineage_of_key_result(&ledger, &asked, "trial", StepsAsk::ALL).unwrap(), None);
    assert_eq!(lineage_of_cycle(&ledger, &asked, "trial", StepsAsk::ALL).unwrap(), None);
}

#[test]
fn another_formula_and_a_closed_cycle_are_steps_too() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 1000}));
    ledger.note("2026-07-01T09:00:00Z", "cycle.closed", "q2", json!({}));
    ledger.note("2026-07-02T09:00:00Z", "policy.adopted", "policy", json!({"formula": "ratio-1"}));
    ledger.note("2026-07-03T09:00:00Z", "cycle.reopened", "q2", json!({"reason": "a figure came late"}));
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), LATER);
    let steps = answer(&lineage_of_cycle(&ledger, &asked, "q2", StepsAsk::ALL).unwrap().unwrap());
    assert_eq!(steps.len(), 2, "{steps:?}");
    assert_eq!(steps[1][1], "cycle reopened: a figure came late");
    assert_eq!(steps[1][2][2], json!(["q2", 0.3333, 0.8, 0.4667]));
}
