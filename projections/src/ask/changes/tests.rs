use serde_json::{Value, json};

use super::*;
use crate::ask::testing::{Ledger, justification};

fn between(ledger: &Ledger, from: (u64, &str), to: (u64, &str)) -> Option<Changes> {
    let (before, after) = (ledger.rows(from.0), ledger.rows(to.0));
    let (before, after) = (ledger.asked(&before, from.0, from.1), ledger.asked(&after, to.0, to.1));
    changes(&before, &after, ledger, "q2").unwrap()
}

#[test]
fn each_field_that_differs_is_listed_with_the_events_behind_it() {
    let mut ledger = Ledger::quarter();
    let before = ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 980, "confidence": 8}));
    ledger.adjust("2026-05-19T09:00:00Z", "cac", 900);
    ledger.note("2026-05-20T09:00:00Z", "policy.adopted", "policy", json!({"cadence": {"days": 14}}));
    let after = ledger.check_in("2026-05-21T09:00:00Z", "cac", json!({"confidence": 5, "blockers": ["prices"]}));
    let at = "2026-05-21T12:00:00Z";
    let answer = between(&ledger, (before, "2026-05-04T12:00:00Z"), (after, at)).unwrap();
    let json: Value = serde_json::to_value(&answer).unwrap();
    let changed = &json["objectives"][0]["key_results"];
    assert_eq!(changed.as_array().unwrap().len(), 1, "nothing changed about paid: {changed}");
    let field = |name: &str| {
        let fields = changed[0]["changes"].as_array().unwrap();
        fields.iter().find(|field| field["field"] == name).map(|field| (field["from"].clone(), field["to"].clone()))
    };
    assert_eq!((&changed[0]["ref"], &changed[0]["change"]), (&json!("KR-2"), &json!("changed")));
    assert_eq!(field("target"), Some((json!(800), json!(900))));
    assert_eq!(field("score.computed"), Some((json!(0.4), json!(0.6))));
    assert_eq!(field("confidence"), Some((json!(8), json!(5))));
    assert_eq!(field("status"), Some((json!("on_track"), json!("at_risk"))));
    assert_eq!(field("blockers"), Some((json!([]), json!(["prices"]))));
    assert_eq!((field("title"), field("current"), field("original_target")), (None, None, None));
    // The policy does not belong to the cycle; its two own events are returned byte for byte.
    let listed: Vec<&str> = answer.events.iter().map(JsonText::as_str).collect();
    let stored = |seq: u64| String::from_utf8(ledger.events[usize::try_from(seq).unwrap() - 1].encode()).unwrap();
    assert_eq!(listed, [stored(after - 2), stored(after)]);
    let board: Vec<&str> = answer.board.iter().map(|change| change.field.as_str()).collect();
    assert!(
        board.contains(&"score") && board.contains(&"counts.at_risk") && !board.contains(&"counts.retired"),
        "{board:?}"
    );
}

#[test]
fn goals_appear_and_are_retired() {
    let mut ledger = Ledger::quarter();
    let before = ledger.last();
    ledger.objective("q2", "new", "2026-04-02T09:00:00Z");
    ledger.note("2026-04-03T09:00:00Z", "key_result.retired", "paid", json!({"justification": justification()}));
    let at = "2026-04-03T12:00:00Z";
    let answer = between(&ledger, (before, at), (ledger.last(), at)).unwrap();
    let listed: Vec<(&str, GoalChange)> =
        answer.objectives.iter().map(|objective| (objective.id.as_str(), objective.change)).collect();
    assert_eq!(listed, [("trial", GoalChange::Unchanged), ("new", GoalChange::Appeared)]);
    assert_eq!(answer.objectives[0].key_results[0].change, GoalChange::Retired);
    assert_eq!(answer.objectives[0].key_results.len(), 1);
}

#[test]
fn between_a_moment_and_itself_nothing_differs_and_before_the_opening_all_does() {
    let ledger = Ledger::quarter();
    let at = "2026-04-03T12:00:00Z";
    let same = between(&ledger, (ledger.last(), at), (ledger.last(), at)).unwrap();
    assert_eq!((same.board.len(), same.objectives.len(), same.events.len()), (0, 0, 0));
    let all = between(&ledger, (0, at), (ledger.last(), at)).unwrap();
    assert_eq!(all.objectives[0].change, GoalChange::Appeared);
    assert_eq!(all.events.len(), ledger.events.len());
    assert_eq!(between(&ledger, (0, at), (0, at)), None);
}
