use events::{Confidence, Text};
use serde_json::{Value, json};

use super::*;
use crate::ask::testing::{Ledger, justification};

const MAY: &str = "2026-05-04T12:00:00Z";

fn number(text: &str) -> Option<Number> {
    Some(text.parse().unwrap())
}

fn shown(ledger: &Ledger, at: &str, ask: &BoardAsk) -> Board {
    let rows = ledger.rows(ledger.last());
    board(&ledger.asked(&rows, ledger.last(), at), "q2", ask).unwrap().unwrap()
}

fn whole(ledger: &Ledger, at: &str) -> Board {
    shown(ledger, at, &BoardAsk::default())
}

fn key_result<'a>(board: &'a Board, id: &str) -> &'a BoardKeyResult {
    board.objectives.iter().flat_map(|one| &one.key_results).find(|one| one.id.as_str() == id).unwrap()
}

fn ids(board: &Board) -> Vec<&str> {
    board.objectives.iter().flat_map(|one| &one.key_results).map(|one| one.id.as_str()).collect()
}

#[test]
fn a_falling_key_result_scores_by_its_fall_and_the_objective_is_the_mean() {
    let mut ledger = Ledger::quarter();
    ledger.check_in(MAY, "cac", json!({"value": 840, "confidence": 7}));
    ledger.check_in(MAY, "paid", json!({"value": 20, "confidence": 8}));
    ledger.note(MAY, "key_result.scored", "cac", json!({"score": 0.7, "rationale": "prices helped"}));
    let board = whole(&ledger, MAY);
    let cac = key_result(&board, "cac");
    assert_eq!(cac.score, Scores { computed: number("0.8667"), graded: number("0.7"), last: number("0.7") });
    let objective = &board.objectives[0];
    // (0.7 + 0.75) / 2, and (0.86666… + 0.75) / 2 from unrounded parts.
    assert_eq!((objective.score, objective.computed_score), (number("0.725"), number("0.8083")));
    assert_eq!((objective.confidence, objective.status), (number("7.5"), Standing::OnTrack));
    assert_eq!((board.score, board.grade.as_ref().map(Text::as_str)), (number("0.725"), Some("strong")));
}

#[test]
fn unknown_values_are_null_and_never_zero() {
    let board = whole(&Ledger::quarter(), "2026-04-02T12:00:00Z");
    let json: Value = serde_json::to_value(&board).unwrap();
    for field in ["score", "computed_score", "grade", "confidence"] {
        assert_eq!(json[field], Value::Null, "{field}");
        assert_eq!(json["objectives"][0][field], Value::Null, "{field} of the objective");
    }
    let key_result = &json["objectives"][0]["key_results"][0];
    for field in ["current", "progress", "confidence", "previous_confidence", "last_check_in_on"] {
        assert_eq!(key_result.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(key_result["score"], json!({"computed": null, "graded": null, "final": null}));
    assert_eq!(key_result["status"], "unknown");
}

#[test]
fn the_fields_are_those_of_the_design_in_its_order() {
    let mut ledger = Ledger::quarter();
    ledger.check_in(MAY, "cac", json!({"value": 900}));
    let json = serde_json::to_string(&whole(&ledger, MAY)).unwrap();
    let order = [
        "ledger",
        "cycle",
        "id",
        "title",
        "state",
        "starts_on",
        "ends_on",
        "elapsed",
        "as_of",
        "seq",
        "recorded_at",
        "score",
        "computed_score",
        "grade",
        "confidence",
        "counts",
        "objectives",
        "key_results",
        "on_track",
        "at_risk",
        "behind",
        "unknown",
        "stale",
        "adjusted",
        "retired",
        "objectives",
        "id",
        "ref",
        "title",
        "level",
        "team",
        "owner",
        "ambition",
        "supports",
        "score",
        "computed_score",
        "grade",
        "confidence",
        "status",
        "state",
        "key_results",
        "id",
        "ref",
        "title",
        "owner",
        "metric",
        "baseline",
        "target",
        "original_target",
        "current",
        "progress",
        "score",
        "computed",
        "graded",
        "final",
        "confidence",
        "previous_confidence",
        "status",
        "last_check_in_on",
        "stale",
        "blockers",
        "adjustments",
        "state",
    ];
    let mut at = 0;
    for name in order {
        let found = json[at..].find(&format!("\"{name}\":")).unwrap_or_else(|| panic!("{name} after {}", &json[..at]));
        at += found + 1;
    }
    assert_eq!(serde_json::from_str::<Board>(&json).unwrap(), whole(&ledger, MAY));
}

#[test]
fn retired_goals_stay_in_sight_and_out_of_every_mean_and_status_count() {
    let mut ledger = Ledger::quarter();
    ledger.check_in(MAY, "paid", json!({"value": 22, "confidence": 9}));
    ledger.check_in(MAY, "cac", json!({"value": 1100, "confidence": 1}));
    ledger.objective("q2", "other", MAY);
    ledger.key_result("other", "calls", ("increase", "calls"), (8, 15), MAY);
    ledger.check_in(MAY, "calls", json!({"value": 8, "confidence": 2}));
    let retired = json!({"justification": justification()});
    ledger.note(MAY, "key_result.retired", "cac", retired.clone());
    ledger.note(MAY, "objective.retired", "other", retired);
    let board = whole(&ledger, MAY);
    assert_eq!((board.score, board.confidence), (number("1"), number("9")));
    let states: Vec<GoalState> = ["paid", "cac", "calls"].map(|id| key_result(&board, id).state).into();
    assert_eq!(states, [GoalState::Standing, GoalState::Retired, GoalState::Retired]);
    let counts = Counts { objectives: 1, key_results: 1, on_track: 1, retired: 3, ..Counts::default() };
    assert_eq!(board.counts, counts);
    // The result of the retired objective is still shown.
    assert_eq!((board.objectives[1].score, board.objectives[1].state), (number("0"), GoalState::Retired));
}

#[test]
fn status_is_stated_else_derived_from_confidence_else_from_pace() {
    let mut ledger = Ledger::quarter();
    // 33 of 91 days elapsed: 0.3626…; progress 0.25 leaves a gap of 0.11.
    ledger.check_in(MAY, "paid", json!({"value": 16}));
    assert_eq!(key_result(&whole(&ledger, MAY), "paid").status, Standing::AtRisk);
    ledger.check_in("2026-05-05T12:00:00Z", "paid", json!({"confidence": 8}));
    assert_eq!(key_result(&whole(&ledger, MAY), "paid").status, Standing::OnTrack);
    ledger.check_in("2026-05-06T12:00:00Z", "paid", json!({"status": "behind", "confidence": 8}));
    assert_eq!(key_result(&whole(&ledger, MAY), "paid").status, Standing::Behind);
    // A newer confidence replaces an older status.
    ledger.check_in("2026-05-07T12:00:00Z", "paid", json!({"confidence": 5}));
    assert_eq!(key_result(&whole(&ledger, MAY), "paid").status, Standing::AtRisk);
}

#[test]
fn a_key_result_is_stale_after_cadence_and_grace_counted_in_days_of_its_time_zone() {
    let mut ledger = Ledger::quarter();
    // 23:30 on 3 May in Berlin.
    ledger.check_in("2026-05-03T21:30:00Z", "paid", json!({"value": 16}));
    let stale = |at: &str| key_result(&whole(&ledger, at), "paid").stale;
    assert_eq!(key_result(&whole(&ledger, MAY), "paid").last_check_in_on.unwrap().to_string(), "2026-05-03");
    assert!(!stale("2026-05-12T21:59:00Z"));
    assert!(stale("2026-05-12T22:01:00Z"));
    // Without a check-in, days are counted from the first day of the cycle.
    let never = |at: &str| key_result(&whole(&ledger, at), "cac").stale;
    assert!(!never("2026-04-10T12:00:00Z"));
    assert!(never("2026-04-10T22:01:00Z"));
}

#[test]
fn a_filter_changes_the_boards_figures_and_never_an_objectives() {
    let mut ledger = Ledger::quarter();
    ledger.check_in(MAY, "paid", json!({"value": 22, "confidence": 9}));
    ledger.check_in(MAY, "cac", json!({"value": 1100, "confidence": 3}));
    ledger.objective("q2", "other", MAY);
    ledger.key_result("other", "calls", ("increase", "calls"), (8, 15), MAY);
    ledger.check_in(MAY, "calls", json!({"value": 15, "confidence": 9}));
    ledger.note(MAY, "key_result.reassigned", "calls", json!({"owner": "Cem", "reason": "new role"}));

    let unsure = Confidence::new("5".parse().unwrap()).unwrap();
    let board = shown(&ledger, MAY, &BoardAsk { max_confidence: Some(unsure), ..BoardAsk::default() });
    assert_eq!(ids(&board), ["cac"]);
    assert_eq!((board.objectives[0].score, board.score), (number("0.5"), number("0.5")));
    assert_eq!((board.counts.objectives, board.counts.key_results, board.counts.behind), (1, 1, 1));

    let of = |owner: &str| BoardAsk { owner: Some(Text::new(owner).unwrap()), ..BoardAsk::default() };
    assert_eq!(ids(&shown(&ledger, MAY, &of("Cem"))), ["calls"]);
    assert_eq!(ids(&shown(&ledger, MAY, &of("Ben"))), ["paid", "cac"]);
    assert_eq!(ids(&shown(&ledger, MAY, &of("Ada"))), ["paid", "cac", "calls"]);
    let team = BoardAsk { level: Some(Level::Team), ..BoardAsk::default() };
    assert_eq!(shown(&ledger, MAY, &team).objectives, []);
    assert_eq!(shown(&ledger, MAY, &team).score, None);
}

#[test]
fn weights_count_in_both_means() {
    let mut ledger = Ledger::quarter();
    let metric = json!({"name": "m", "kind": "increase"});
    let data =
        json!({"objective": "trial", "title": "Heavy", "owner": "Ben", "metric": metric, "target": 10, "weight": 3});
    ledger.note(MAY, "key_result.drafted", "heavy", data);
    let measured = json!({"value": 0, "measured_on": "2026-03-15", "method": "counted"});
    ledger.note(MAY, "key_result.baseline_set", "heavy", measured);
    ledger.check_in(MAY, "heavy", json!({"value": 10, "confidence": 10}));
    ledger.check_in(MAY, "paid", json!({"value": 14, "confidence": 0}));
    // `cac` has no value yet: it is left out, not counted as 0.
    let board = whole(&ledger, MAY);
    assert_eq!((board.objectives[0].score, board.objectives[0].confidence), (number("0.75"), number("7.5")));
}

#[test]
fn a_closed_cycle_keeps_the_policy_it_was_closed_under() {
    let mut ledger = Ledger::quarter();
    ledger.check_in(MAY, "cac", json!({"value": 840}));
    ledger.note("2026-07-01T08:00:00Z", "cycle.closed", "q2", json!({}));
    ledger.note("2026-07-02T08:00:00Z", "policy.adopted", "policy", json!({"formula": "ratio-1"}));
    let scored = |ledger: &Ledger| key_result(&whole(ledger, "2026-07-03T08:00:00Z"), "cac").score.computed;
    assert_eq!(scored(&ledger), number("0.8667"));
    ledger.note("2026-07-03T08:00:00Z", "cycle.reopened", "q2", json!({"reason": "late figures"}));
    assert_eq!(scored(&ledger), number("0.9524"));
}

#[test]
fn milestones_show_the_share_done() {
    let mut ledger = Ledger::quarter();
    let milestones = json!([{"name": "drafted", "weight": 1}, {"name": "signed", "weight": 2}]);
    let data = json!({"objective": "trial", "title": "Contract", "owner": "Ben",
        "metric": {"name": "contract", "kind": "milestones", "milestones": milestones}});
    ledger.note(MAY, "key_result.drafted", "contract", data);
    ledger.check_in(MAY, "contract", json!({"milestones_done": ["signed"]}));
    let board = whole(&ledger, MAY);
    let contract = key_result(&board, "contract");
    assert_eq!((contract.current, contract.score.computed), (number("0.6667"), number("0.6667")));
}

#[test]
fn there_is_no_board_of_a_cycle_nobody_opened() {
    let ledger = Ledger::quarter();
    let rows = ledger.rows(ledger.last());
    assert_eq!(board(&ledger.asked(&rows, 1, MAY), "q3", &BoardAsk::default()).unwrap(), None);
}
