use serde_json::{Value, json};

use super::*;
use crate::ask::testing::{Ledger, justification};
use crate::ask::{StepsAsk, audit_key_result, lineage_of_cycle};

const LATER: &str = "2026-07-10T12:00:00Z";

fn answer(ledger: &Ledger) -> Goalposts {
    let rows = ledger.rows(ledger.last());
    goalposts(&ledger.asked(&rows, ledger.last(), LATER), "q2").unwrap().unwrap()
}

fn number(text: &str) -> Option<Number> {
    Some(text.parse().unwrap())
}

fn why(cause: &str) -> Value {
    let mut why = justification();
    why["cause"] = cause.into();
    why
}

#[test]
fn a_move_tells_which_way_how_far_how_late_and_what_it_brought() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 950}));
    ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"value": 18}));
    ledger.adjust("2026-05-19T09:00:00Z", "cac", 890);
    let hardened = json!({"changes": {"target": {"to": 24}}, "justification": why("new_information")});
    ledger.note("2026-06-20T09:00:00Z", "key_result.adjusted", "paid", hardened);
    let answer = answer(&ledger);
    let [eased, hardened] = &answer.moves[..] else { panic!("{:?}", answer.moves) };
    // 90 of 300 USD; the score went from 150/300 to 150/210, and the cycle's by half of the difference.
    assert_eq!((eased.direction, eased.share, eased.days_left), (Some(Direction::Eased), number("0.3"), 42));
    assert_eq!(eased.lift, number("0.1071"));
    // 2 of 8 points: from 4/8 to 4/10.
    assert_eq!((hardened.direction, hardened.share), (Some(Direction::Hardened), number("-0.25")));
    assert_eq!(hardened.lift, number("-0.05"));
    assert_eq!((answer.ladder.original, answer.ladder.final_wording), (number("0.5"), number("0.5571")));
    assert_eq!((answer.lift, answer.total.lift), (number("0.0571"), number("0.0571")));
    assert_eq!(
        (answer.total.eased_by.to_string(), answer.total.hardened_by.to_string()),
        ("0.3".into(), "0.25".into())
    );
    assert_eq!((answer.total.days_left_least, answer.by_objective.len(), answer.by_team.len()), (Some(10), 1, 1));
    let causes: Vec<_> = answer.by_cause.iter().map(|one| (one.cause.unwrap(), one.moved.lift)).collect();
    assert_eq!(causes, [(Cause::ExternalChange, number("0.1071")), (Cause::NewInformation, number("-0.05"))]);
}

#[test]
fn a_target_split_in_two_is_a_retirement_and_both_halves_take_its_place() {
    let mut ledger = Ledger::new();
    ledger.open("q2", "2026-03-20T09:00:00Z");
    ledger.objective("q2", "trial", "2026-03-21T09:00:00Z");
    ledger.key_result("trial", "repositories", ("increase", "repositories"), (0, 200), "2026-03-22T09:00:00Z");
    ledger.note("2026-04-01T07:00:00Z", "cycle.started", "q2", json!({}));
    ledger.check_in("2026-05-04T09:00:00Z", "repositories", json!({"value": 20}));
    ledger.key_result("trial", "cpp", ("increase", "repositories"), (0, 25), "2026-05-11T09:00:00Z");
    ledger.key_result("trial", "java", ("increase", "repositories"), (0, 25), "2026-05-11T09:01:00Z");
    let retired = json!({"justification": why("scope_change"), "replaced_by": ["cpp", "java"]});
    let seq = ledger.note("2026-05-11T09:02:00Z", "key_result.retired", "repositories", retired);
    let answer = answer(&ledger);
    let counts = answer.scope.key_results;
    assert_eq!((counts.set_at_start, counts.vanished, counts.appeared, counts.standing), (1, 1, 2, 2));
    let [vanished] = &answer.scope.vanished[..] else { panic!("{:?}", answer.scope.vanished) };
    assert_eq!((vanished.id.as_str(), vanished.justification.cause), ("repositories", Cause::ScopeChange));
    let halves: Vec<&str> = vanished.replaced_by.iter().map(Replacement::name).collect();
    assert_eq!(halves, ["Key result cpp", "Key result java"]);
    let appeared: Vec<_> = answer.scope.appeared.iter().map(|one| (one.id.as_str(), one.replaces.len())).collect();
    assert_eq!(appeared, [("cpp", 1), ("java", 1)]);
    assert_eq!((answer.total.retired, answer.total.appeared), (1, 2));

    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), "2026-07-10T12:00:00Z");
    let trail = audit_key_result(&asked, "repositories").unwrap().unwrap().trail;
    let says = &trail.iter().find(|item| item.seq == seq).unwrap().summary;
    assert!(says.contains("replaced by cpp, java"), "{says}");
    let lineage = lineage_of_cycle(&ledger, &asked, "q2", StepsAsk::ALL).unwrap().unwrap();
    assert!(lineage.steps.iter().any(|step| step.seq == seq && step.summary.contains("replaced by cpp, java")));
}

#[test]
fn a_key_result_goes_with_its_objective_and_says_so() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 950}));
    ledger.note("2026-05-20T09:00:00Z", "objective.retired", "trial", json!({"justification": justification()}));
    let answer = answer(&ledger);
    let gone: Vec<_> = answer.scope.vanished.iter().map(|one| (one.id.as_str(), one.with_objective)).collect();
    assert_eq!(gone, [("trial", false), ("paid", true), ("cac", true)]);
    assert_eq!((answer.scope.key_results.standing, answer.ladder.final_wording, answer.lift), (0, None, None));
}

#[test]
fn a_measurement_correction_is_measured_anew_and_a_new_title_moves_nothing() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 950}));
    let measured = json!({"changes": {"baseline": {"to": 1000}}, "justification": why("measurement_correction")});
    ledger.note("2026-05-11T09:00:00Z", "key_result.adjusted", "cac", measured);
    let titled = json!({"changes": {"title": {"to": "Other"}}, "justification": justification()});
    ledger.note("2026-05-12T09:00:00Z", "key_result.adjusted", "cac", titled);
    ledger.note("2026-05-13T09:00:00Z", "key_result.reassigned", "cac", json!({"owner": "Cem", "reason": "Ben left"}));
    let answer = answer(&ledger);
    assert_eq!((answer.total.moves, answer.total.remeasured, answer.total.reworded), (2, 1, 1));
    assert_eq!((answer.moves[0].share, answer.moves[0].lift), (None, number("-0.25")));
    assert_eq!(answer.moves[1].lift, number("0"));
}

#[test]
fn before_the_start_nothing_is_a_move() {
    let mut ledger = Ledger::new();
    ledger.open("q2", "2026-03-20T09:00:00Z");
    ledger.objective("q2", "trial", "2026-03-21T09:00:00Z");
    ledger.key_result("trial", "paid", ("increase", "%"), (14, 22), "2026-03-22T09:00:00Z");
    ledger.note("2026-03-23T09:00:00Z", "key_result.target_set", "paid", json!({"value": 20}));
    let answer = answer(&ledger);
    assert_eq!((answer.total, answer.started, answer.scope.key_results.set_at_start), (Moves::default(), None, 0));
}
