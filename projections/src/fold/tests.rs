use events::{Confidence, Status};
use serde_json::{Value, json};

use crate::ask::testing::{Ledger, justification};
use crate::rows::{
    CheckIn, Closing, CycleRow, CycleState, KeyResult, Memory, ObjectiveRow, Reopening, RetrospectiveRow, SubjectKind,
    TrailRow, all, policy_in_force, policy_of, row,
};

fn key_result(ledger: &Ledger, id: &str) -> KeyResult {
    let rows = ledger.rows(ledger.last());
    let Some(SubjectKind::KeyResult(place)) = super::subject(&rows, &id.to_owned().try_into().unwrap()).unwrap() else {
        panic!("there is no {id}");
    };
    KeyResult::at(&rows, &place).unwrap().unwrap()
}

fn trail(rows: &Memory) -> Vec<TrailRow> {
    all(rows, &CycleRow::trail("q2")).unwrap()
}

fn open() -> Ledger {
    let mut ledger = Ledger::new();
    ledger.open("q2", "2026-03-20T09:00:00Z");
    ledger.objective("q2", "trial", "2026-03-21T09:00:00Z");
    ledger.key_result("trial", "paid", ("increase", "%"), (14, 22), "2026-03-22T09:00:00Z");
    ledger
}

fn drafted_bare(ledger: &mut Ledger, time: &str, id: &str) {
    let data = json!({"objective": "trial", "title": id, "owner": "Ben", "metric": {"name": id, "kind": "increase"}});
    ledger.note(time, "key_result.drafted", id, data);
}

fn targets(ledger: &Ledger, id: &str) -> [Option<String>; 2] {
    let row = key_result(ledger, id);
    [row.target, row.original_target].map(|target| target.map(|target| target.to_string()))
}

fn some(target: &str) -> Option<String> {
    Some(target.to_owned())
}

#[test]
fn the_original_target_is_the_one_at_the_start() {
    let mut ledger = open();
    ledger.note("2026-03-23T09:00:00Z", "key_result.target_set", "paid", json!({"value": 25}));
    ledger.adjust("2026-03-24T09:00:00Z", "paid", 24);
    assert_eq!(targets(&ledger, "paid"), [some("24"), some("24")]);
    assert_eq!(key_result(&ledger, "paid").adjustments, 0);
    ledger.note("2026-04-01T07:00:00Z", "cycle.started", "q2", json!({}));
    ledger.adjust("2026-05-04T09:00:00Z", "paid", 20);
    ledger.adjust("2026-05-05T09:00:00Z", "paid", 18);
    assert_eq!(targets(&ledger, "paid"), [some("18"), some("24")]);
    assert_eq!(key_result(&ledger, "paid").adjustments, 2);
    ledger.note("2026-07-02T09:00:00Z", "cycle.closed", "q2", json!({}));
    ledger.note("2026-07-03T09:00:00Z", "cycle.reopened", "q2", json!({"reason": "a slip"}));
    ledger.adjust("2026-07-04T09:00:00Z", "paid", 19);
    assert_eq!(targets(&ledger, "paid"), [some("19"), some("24")]);
}

#[test]
fn a_key_result_drafted_without_a_target_or_late_has_its_first_target_as_original() {
    let mut ledger = open();
    drafted_bare(&mut ledger, "2026-03-23T09:00:00Z", "early");
    ledger.note("2026-04-01T07:00:00Z", "cycle.started", "q2", json!({}));
    drafted_bare(&mut ledger, "2026-04-02T09:00:00Z", "late");
    ledger.key_result("trial", "whole", ("increase", "%"), (1, 9), "2026-04-02T10:00:00Z");
    for id in ["early", "late"] {
        assert_eq!(targets(&ledger, id), [None, None]);
    }
    for (id, first) in [("early", 5), ("late", 6), ("whole", 8)] {
        ledger.adjust("2026-04-03T09:00:00Z", id, first);
        ledger.adjust("2026-04-04T09:00:00Z", id, 7);
    }
    assert_eq!(targets(&ledger, "early"), [some("7"), some("5")]);
    assert_eq!(targets(&ledger, "late"), [some("7"), some("6")]);
    assert_eq!(targets(&ledger, "whole"), [some("7"), some("9")]);
}

#[test]
fn a_target_may_be_given_by_the_threshold_of_a_full_score() {
    let mut ledger = open();
    let data = json!({"objective": "trial", "title": "n", "owner": "Ben", "metric": {"name": "n", "kind": "increase"},
        "thresholds": {"0.5": 4, "1.0": 10}});
    ledger.note("2026-03-23T09:00:00Z", "key_result.drafted", "n", data);
    assert_eq!(targets(&ledger, "n"), [some("10"), some("10")]);
}

#[test]
fn repeating_the_current_baseline_keeps_its_measurement() {
    let mut ledger = Ledger::quarter();
    let adjust = |baseline: Value| json!({"changes": {"target": {"to": 20}, "baseline": {"to": baseline}}, "justification": justification()});
    ledger.note("2026-05-04T09:00:00Z", "key_result.adjusted", "paid", adjust(json!(14.0)));
    let stands = key_result(&ledger, "paid").agreed.baseline.unwrap();
    assert_eq!(stands.method.map(|method| method.to_string()), some("the books"));
    ledger.note("2026-05-05T09:00:00Z", "key_result.adjusted", "paid", adjust(json!(15)));
    let stands = key_result(&ledger, "paid").agreed.baseline.unwrap();
    assert_eq!((stands.value.to_string(), stands.method, stands.measured_on), ("15".into(), None, None));
    let fields: Vec<Vec<String>> = trail(&ledger.rows(ledger.last()))
        .iter()
        .rev()
        .take(2)
        .map(|line| line.changes.iter().map(|change| change.field.clone()).collect())
        .collect();
    // The second adjustment repeated the current target; the first repeated the current baseline.
    assert_eq!(fields, [["baseline"], ["target"]]);
}

#[test]
fn an_adjustment_recorded_late_shows_its_effect_on_the_score_of_its_own_day() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-20T09:00:00Z", "paid", json!({"value": 16}));
    ledger.check_in("2026-05-18T09:00:00Z", "paid", json!({"value": 22}));
    let changes = json!({"changes": {"target": {"to": 18}}, "justification": justification()});
    ledger.late("2026-05-19T09:00:00Z", "2026-04-27T09:00:00Z", "key_result.adjusted", "paid", changes);
    let rows = ledger.rows(ledger.last());
    let effect = trail(&rows).pop().unwrap().effect.unwrap();
    let scores = [effect.computed_score_before, effect.computed_score_after];
    assert_eq!(scores.map(|score| score.unwrap().to_string()), ["0.25", "0.5"]);
}

fn confidences(ledger: &Ledger) -> [Option<String>; 2] {
    let latest = key_result(ledger, "paid").latest;
    [latest.confidence, latest.previous_confidence].map(|stated| stated.map(|stated| stated.what.to_string()))
}

#[test]
fn the_last_two_confidences_are_ordered_by_check_in_time() {
    let mut ledger = Ledger::quarter();
    let mut late = |time: &str, data: Value| {
        ledger.late("2026-06-01T09:00:00Z", time, "check_in.recorded", "paid", data);
        confidences(&ledger)
    };
    assert_eq!(late("2026-05-04T09:00:00Z", json!({"confidence": 5})), [some("5"), None]);
    // Backdated: first before all known check-ins, then between two of them.
    assert_eq!(late("2026-04-06T09:00:00Z", json!({"confidence": 8})), [some("5"), some("8")]);
    assert_eq!(late("2026-04-20T09:00:00Z", json!({"confidence": 7})), [some("5"), some("7")]);
    assert_eq!(late("2026-04-13T09:00:00Z", json!({"confidence": 1})), [some("5"), some("7")]);
    // A check-in without a confidence changes neither; of two at the same time, the one recorded later wins.
    assert_eq!(late("2026-05-11T09:00:00Z", json!({"value": 20})), [some("5"), some("7")]);
    assert_eq!(late("2026-05-04T09:00:00Z", json!({"confidence": 6})), [some("6"), some("5")]);
}

#[test]
fn a_correction_changes_the_latest_values_but_not_the_time_of_the_check_in() {
    let mut ledger = Ledger::quarter();
    let first = ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": 15, "confidence": 8}));
    let second = ledger.check_in("2026-04-13T09:00:00Z", "paid", json!({"value": 16, "confidence": 6, "note": "so"}));
    let mut correct = |seq: u64, fields: Value| {
        let mut data = json!({"corrects": format!("e{seq}"), "reason": "a slip"});
        data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        ledger.note("2026-04-14T09:00:00Z", "check_in.corrected", "paid", data);
        (confidences(&ledger), key_result(&ledger, "paid").latest.value.unwrap().what.to_string())
    };
    // Correcting the first check-in does not make it the latest.
    assert_eq!(correct(first, json!({"value": 99, "confidence": 3})), ([some("6"), some("3")], "16".into()));
    assert_eq!(correct(second, json!({"confidence": null})), ([some("3"), None], "16".into()));
    assert_eq!(correct(second, json!({"value": null})), ([some("3"), None], "99".into()));
    assert_eq!(correct(second, json!({"confidence": 10, "value": 17})), ([some("10"), some("3")], "17".into()));
    let rows = ledger.rows(ledger.last());
    let check_ins = CheckIn::of(&rows, &key_result(&ledger, "paid").place()).unwrap();
    assert_eq!(check_ins.iter().map(|check_in| check_in.corrected_by.len()).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(check_ins[1].says.note.as_ref().map(|note| note.as_str()), Some("so"));
    assert_eq!(key_result(&ledger, "paid").latest, crate::rows::Latest::of(&check_ins));
}

#[test]
fn a_status_does_not_outlive_a_newer_confidence() {
    let mut ledger = Ledger::quarter();
    let mut late = |time: &str, data: Value| {
        ledger.late("2026-06-01T09:00:00Z", time, "check_in.recorded", "paid", data);
        key_result(&ledger, "paid").latest.status.and_then(|stated| stated.what)
    };
    assert_eq!(late("2026-04-06T09:00:00Z", json!({"status": "on_track"})), Some(Status::OnTrack));
    assert_eq!(late("2026-04-13T09:00:00Z", json!({"value": 3})), Some(Status::OnTrack));
    assert_eq!(late("2026-04-20T09:00:00Z", json!({"confidence": 2})), None);
    // Backdated to before the latest confidence.
    assert_eq!(late("2026-04-14T09:00:00Z", json!({"status": "at_risk"})), None);
    assert_eq!(late("2026-04-27T09:00:00Z", json!({"confidence": 2, "status": "behind"})), Some(Status::Behind));
}

#[test]
fn a_check_in_without_blockers_clears_them() {
    let mut ledger = Ledger::quarter();
    let blockers = |ledger: &Ledger| key_result(ledger, "paid").latest.blockers.unwrap().what.len();
    ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": 15, "blockers": ["a", "b"]}));
    assert_eq!(blockers(&ledger), 2);
    ledger.check_in("2026-04-13T09:00:00Z", "paid", json!({"value": 15}));
    assert_eq!(blockers(&ledger), 0);
    ledger.late(
        "2026-04-14T09:00:00Z",
        "2026-04-08T09:00:00Z",
        "check_in.recorded",
        "paid",
        json!({"blockers": ["c"]}),
    );
    assert_eq!(blockers(&ledger), 0);
}

#[test]
fn the_last_grade_counts_and_every_grade_stays_in_the_trail() {
    let mut ledger = Ledger::quarter();
    for (id, kind) in [("paid", "key_result.scored"), ("trial", "objective.scored")] {
        ledger.note("2026-06-29T09:00:00Z", kind, id, json!({"score": 0.7, "rationale": "first"}));
        ledger.note("2026-06-30T09:00:00Z", kind, id, json!({"score": 0.8, "rationale": "second"}));
    }
    let rows = ledger.rows(ledger.last());
    let objective: ObjectiveRow = all(&rows, &CycleRow::objectives("q2")).unwrap().pop().unwrap();
    for grade in [key_result(&ledger, "paid").agreed.graded, objective.graded] {
        let grade = grade.unwrap();
        assert_eq!((grade.score.to_string(), grade.rationale.as_str()), ("0.8".into(), "second"));
    }
    let grades: Vec<(String, String)> = trail(&rows)
        .into_iter()
        .flat_map(|line| line.changes)
        .filter(|change| change.field == "graded")
        .map(|change| (change.from.as_str().into(), change.to.as_str().into()))
        .collect();
    let twice = [("null".to_owned(), "0.7".to_owned()), ("0.7".into(), "0.8".into())];
    assert_eq!(grades, [twice.clone(), twice].concat());
}

#[test]
fn a_retirement_keeps_the_check_ins() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": 15, "confidence": 8}));
    let because = || json!({"justification": justification()});
    ledger.note("2026-04-13T09:00:00Z", "key_result.retired", "paid", because());
    ledger.note("2026-04-14T09:00:00Z", "objective.retired", "trial", because());
    let row = key_result(&ledger, "paid");
    let rows = ledger.rows(ledger.last());
    assert_eq!(CheckIn::of(&rows, &row.place()).unwrap().len(), 1);
    let confidence = Confidence::new(8.into()).unwrap();
    assert_eq!(row.latest.confidence.map(|stated| stated.what), Some(confidence));
    let last = trail(&rows).pop().unwrap();
    assert_eq!((last.changes[0].field.as_str(), last.changes[0].to.as_str()), ("state", "\"retired\""));
    assert!(last.context.is_some() && last.justification.is_some());
}

#[test]
fn closings_and_reopenings_are_kept_in_order_with_their_notes() {
    let mut ledger = Ledger::quarter();
    ledger.note("2026-07-01T09:00:00Z", "cycle.closed", "q2", json!({"note": "one"}));
    ledger.note("2026-07-02T09:00:00Z", "cycle.reopened", "q2", json!({"reason": "a slip"}));
    ledger.note("2026-07-03T09:00:00Z", "policy.adopted", "policy", json!({"formula": "ratio-1"}));
    ledger.note("2026-07-04T09:00:00Z", "cycle.closed", "q2", json!({"note": "two"}));
    ledger.note("2026-07-05T09:00:00Z", "policy.adopted", "policy", json!({"formula": "linear-1"}));
    let looked_back = json!({"learnings": ["check in weekly"]});
    let seq = ledger.note("2026-07-06T09:00:00Z", "retrospective.recorded", "q2", looked_back);
    let rows = ledger.rows(ledger.last());
    let cycle: CycleRow = row(&rows, &CycleRow::key_of("q2")).unwrap().unwrap();
    let closings: Vec<Closing> = all(&rows, &Closing::of_cycle("q2")).unwrap();
    let reopenings: Vec<Reopening> = all(&rows, &Reopening::of_cycle("q2")).unwrap();
    let notes: Vec<String> = closings.iter().filter_map(|one| one.note.as_ref()).map(|note| note.to_string()).collect();
    assert_eq!((notes, reopenings.len(), cycle.state), (vec!["one".into(), "two".into()], 1, CycleState::Closed));
    assert_eq!((policy_of(&rows, &cycle).unwrap().version, policy_in_force(&rows).unwrap().version), (1, 2));
    assert_eq!((cycle.formula(&events::Policy::default()), cycle.touched), (events::Formula::Ratio1, seq));
    let of_each = closings.iter().map(|one| (one.under.policy_version, one.under.formula));
    assert!(of_each.eq([(0, events::Formula::Linear1), (1, events::Formula::Ratio1)]));
    let said: Vec<Option<String>> = trail(&rows)
        .iter()
        .filter(|line| line.objective_no.is_none())
        .map(|line| line.remark.as_ref().map(|it| it.to_string()))
        .collect();
    assert_eq!(said, [None, None, some("one"), some("a slip"), some("two")]);
    assert_eq!(all::<RetrospectiveRow>(&rows, &RetrospectiveRow::of_subject("q2")).unwrap().len(), 1);
}
