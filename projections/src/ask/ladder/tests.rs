use serde_json::{Value, json};

use super::*;
use crate::ask::testing::{Ledger, justification};
use crate::ask::{BoardAsk, board};

const LATER: &str = "2026-07-10T12:00:00Z";

fn answer(ledger: &Ledger, at: &str) -> Ladder {
    let rows = ledger.rows(ledger.last());
    ladder(&ledger.asked(&rows, ledger.last(), at), "q2").unwrap().unwrap()
}

fn rungs(of: Rungs) -> Value {
    let json = serde_json::to_value(of).unwrap();
    json!([json["original"], json["time_weighted"], json["final_wording"], json["as_graded"]])
}

#[test]
fn the_same_values_are_judged_by_each_wording() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 950}));
    // Half of the quarter to the hour: noon of 16 May in Berlin, less half a day.
    ledger.adjust("2026-05-16T10:00:00Z", "cac", 900);
    ledger.note("2026-06-29T09:00:00Z", "key_result.scored", "cac", json!({"score": 0.6, "rationale": "we say so"}));
    let answer = answer(&ledger, LATER);
    let cac = &answer.objectives[0].key_results[1];
    assert_eq!((cac.id.as_str(), cac.wordings), ("cac", 2));
    // 150 of 300, then 150 of 200.
    let shown = rungs(cac.rungs);
    assert_eq!((&shown[0], &shown[2], &shown[3]), (&json!(0.5), &json!(0.75), &json!(0.6)));
    let half = shown[1].as_f64().unwrap();
    assert!((0.624..0.626).contains(&half), "{half}");
    // The other key result has no check-in: it has no figure and no weight.
    assert_eq!(rungs(answer.objectives[0].key_results[0].rungs), json!([null, null, null, null]));
    assert_eq!(rungs(answer.objectives[0].rungs)[0], json!(0.5));
    assert_eq!(answer.cycle.lift(), Some("0.25".parse().unwrap()));
}

#[test]
fn reworded_reverted_and_reworded_again_leaves_the_ladder_as_it_was() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 950}));
    ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"value": 18}));
    let before = answer(&ledger, LATER);
    let reworded = |title: &str| json!({"changes": {"title": {"to": title}}, "justification": justification()});
    ledger.note("2026-05-11T09:00:00Z", "key_result.adjusted", "cac", reworded("Lower the blended CAC"));
    ledger.note("2026-05-12T09:00:00Z", "key_result.adjusted", "cac", reworded("Key result cac"));
    ledger.note("2026-05-12T09:05:00Z", "key_result.adjusted", "cac", reworded("Lower the blended CAC"));
    let after = answer(&ledger, LATER);
    assert_eq!((after.cycle, after.objectives[0].rungs), (before.cycle, before.objectives[0].rungs));
    let cac = &after.objectives[0].key_results[1];
    assert_eq!((cac.wordings, cac.rungs), (4, before.objectives[0].key_results[1].rungs));
    assert_eq!(cac.rungs.original, cac.rungs.time_weighted);
}

#[test]
fn what_was_retired_counts_by_the_original_and_what_came_later_does_not() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"value": 22}));
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 1100}));
    ledger.note("2026-05-20T09:00:00Z", "key_result.retired", "cac", json!({"justification": justification()}));
    ledger.key_result("trial", "nps", ("increase", "points"), (0, 10), "2026-05-20T10:00:00Z");
    ledger.check_in("2026-05-21T09:00:00Z", "nps", json!({"value": 8}));
    let answer = answer(&ledger, LATER);
    let shown = rungs(answer.cycle);
    // (1 + 0) ÷ 2 as agreed; (1 + 0.8) ÷ 2 at the end.
    assert_eq!((&shown[0], &shown[2]), (&json!(0.5), &json!(0.9)));
    let nps = &answer.objectives[0].key_results[2];
    assert_eq!((nps.rungs.original, nps.rungs.final_wording), (None, Some("0.8".parse().unwrap())));
    let cac = &answer.objectives[0].key_results[1];
    assert_eq!((cac.state, cac.rungs.original), (GoalState::Retired, Some("0".parse().unwrap())));
}

#[test]
fn an_old_wording_is_judged_in_its_own_unit() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 950}));
    let changes = json!({"metric": {"to": {"name": "CAC", "unit": "EUR", "kind": "decrease"}},
        "baseline": {"to": 1000}, "target": {"to": 700}});
    let data = json!({"changes": changes, "justification": justification()});
    ledger.note("2026-05-11T09:00:00Z", "key_result.adjusted", "cac", data);
    ledger.check_in("2026-05-12T09:00:00Z", "cac", json!({"value": 760}));
    let answer = answer(&ledger, LATER);
    let shown = rungs(answer.objectives[0].key_results[1].rungs);
    assert_eq!((&shown[0], &shown[2]), (&json!(0.5), &json!(0.8)));
}

#[test]
fn the_last_rungs_are_those_of_the_board_also_before_the_start() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 950}));
    ledger.adjust("2026-05-16T10:00:00Z", "cac", 870);
    for seq in [4, ledger.last()] {
        let rows = ledger.rows(seq);
        let asked = ledger.asked(&rows, seq, "2026-05-20T12:00:00Z");
        let (ladder, board) =
            (ladder(&asked, "q2").unwrap().unwrap(), board(&asked, "q2", &BoardAsk::default()).unwrap().unwrap());
        assert_eq!((ladder.cycle.final_wording, ladder.cycle.as_graded), (board.computed_score, board.score));
    }
    assert_eq!(ladder(&ledger.asked(&ledger.rows(1), 1, LATER), "trial").unwrap(), None);
}
