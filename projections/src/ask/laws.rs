//! Laws that hold for any history, as properties over random ones.

mod goals;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::testing::{Ledger, justification};
use super::*;
use crate::rows::{CheckIn, CycleRow, Happening, KeyResult, Latest, Memory, all};

const NOW: &str = "2026-08-01T00:00:00Z";

/// The last event of planning.
const DRAFTED: u64 = 13;

/// An event: hours after the previous one, days between event and recording, its kind, the key result, and a figure.
type Action = (u32, u32, u8, usize, u32);

fn actions() -> impl Strategy<Value = Vec<Action>> {
    prop::collection::vec((0..72u32, 0..20u32, 0..10u8, 0..4usize, 0..25u32), 1..40)
}

fn ledger(actions: &[Action]) -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.open("other", "2026-04-01T08:00:00Z");
    ledger.objective("other", "elsewhere", "2026-04-01T09:00:00Z");
    ledger.key_result("elsewhere", "calls", ("increase", "calls"), (8, 15), "2026-04-01T10:00:00Z");
    ledger.key_result("trial", "nps", ("at_least", "points"), (5, 20), "2026-04-01T11:00:00Z");
    append(&mut ledger, "2026-04-02T09:00:00Z".to_owned(), actions);
    ledger
}

/// Appends events from `from` on.
fn append(ledger: &mut Ledger, from: String, actions: &[Action]) {
    let mut now = testing::moment(&from).utc();
    for (hours, days_late, what, key_result, figure) in actions {
        now += chrono::TimeDelta::hours(i64::from(*hours));
        let time = Moment::from(now - chrono::TimeDelta::days(i64::from(*days_late))).to_string();
        let recorded_at = Moment::from(now).to_string();
        let subject = ["paid", "cac", "nps", "calls"][*key_result];
        let (kind, subject, data) = match what {
            0..=2 => ("check_in.recorded", subject, json!({"value": figure, "note": words(*figure)})),
            3..=4 => {
                let blockers = if figure.is_multiple_of(4) { vec![] } else { vec![words(*figure), words(figure + 1)] };
                (
                    "check_in.recorded",
                    subject,
                    json!({"value": figure, "confidence": figure % 11, "blockers": blockers}),
                )
            }
            5 => correction(ledger, subject, *figure),
            6 => {
                let changes = json!({"target": {"to": figure}, "weight": {"to": figure + 1}, "title": {"to": words(figure - figure % 3 + figure % 2)}});
                ("key_result.adjusted", subject, json!({"changes": changes, "justification": justification()}))
            }
            7 => ("key_result.scored", subject, json!({"score": 0.7, "rationale": "we decided so"})),
            8 => ("key_result.retired", subject, json!({"justification": justification()})),
            _ => ("policy.adopted", "policy", json!({"cadence": {"days": figure}})),
        };
        ledger.late(&recorded_at, &time, kind, subject, data);
    }
}

fn correction<'a>(ledger: &Ledger, subject: &'a str, figure: u32) -> (&'static str, &'a str, Value) {
    let stated = ledger
        .events
        .iter()
        .rev()
        .find(|event| event.subject.as_str() == subject && event.fact.kind() == events::Kind::CheckInRecorded);
    match stated {
        None => ("check_in.recorded", subject, json!({"confidence": figure % 11})),
        Some(event) => {
            let states_confidence =
                matches!(&event.fact, events::Fact::CheckInRecorded(said) if said.confidence.is_some());
            let data = match figure % 4 {
                0 => json!({"corrects": event.id, "value": null, "blockers": [words(figure + 1)], "reason": "a slip"}),
                // In hindsight, a confidence that was never stated is not a forecast and not counted.
                1 if states_confidence => {
                    json!({"corrects": event.id, "confidence": figure % 11, "blockers": null, "reason": "a slip"})
                }
                2 => json!({"corrects": event.id, "note": words(figure + 1), "reason": "a slip"}),
                _ => json!({"corrects": event.id, "value": figure, "reason": "a slip"}),
            };
            ("check_in.corrected", subject, data)
        }
    }
}

/// Returns a short text, or one long enough for a row of its own.
fn words(figure: u32) -> String {
    match figure % 3 {
        0 => format!("words {figure}"),
        1 => format!("words {figure} ").repeat(40).trim_end().to_owned(),
        _ => format!("more {} ", figure % 5).repeat(250).trim_end().to_owned(),
    }
}

fn whole(asked: &Asked<'_, impl Rows>) -> Board {
    board(asked, "q2", &BoardAsk::default()).unwrap().unwrap()
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(answer: &T) {
    let json = serde_json::to_string(answer).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), answer);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_fed_anew_is_what_stood_at_every_moment(actions in actions()) {
        let ledger = ledger(&actions);
        for seq in [8, ledger.last() / 2, ledger.last()] {
            let rows = ledger.rows(seq);
            let asked = ledger.asked(&rows, seq, NOW);
            let fed = feed(&ledger, &asked, "q2", |_| true).unwrap();
            let actual = serde_json::to_vec(&whole(&asked)).unwrap();
            prop_assert_eq!(actual, serde_json::to_vec(&whole(&asked.of(&fed))).unwrap());
            let supposed = what_if(&ledger, &asked, "q2", &WhatIfAsk::default()).unwrap().unwrap();
            let WhatIfAnswer::Answered(supposed) = supposed else { panic!("{supposed:?}") };
            prop_assert_eq!(&supposed.actual, &supposed.what_if);
            prop_assert_eq!((supposed.omitted.len(), supposed.differences.len()), (0, 0));
            // Assuming the policy actually in force changes nothing either, whatever else is assumed.
            for ask in [WhatIfAsk::default(), WhatIfAsk { without_adjustments: true, without_grades: true, ..WhatIfAsk::default() }] {
                let supposed = what_if(&ledger, &asked, "q2", &ask).unwrap().unwrap();
                let WhatIfAnswer::Answered(supposed) = supposed else { panic!("{supposed:?}") };
                let same = under_policy(&ledger, &asked, "q2", &PolicyAsk::Version(policy(&asked).unwrap().version), &ask).unwrap().unwrap();
                let UnderPolicyAnswer::Answered(same) = same else { panic!("{same:?}") };
                if same.findings.iter().all(|one| !one.left_out) {
                    let bytes = |board: &BoardSummary| serde_json::to_vec(board).unwrap();
                    prop_assert_eq!(bytes(&same.what_if), bytes(&supposed.what_if));
                    prop_assert_eq!(same.omitted, supposed.omitted);
                }
            }
            // All events are past by then, so the board on that day is the current board.
            prop_assert_eq!(board_on(&ledger, &asked, "q2", "2026-12-31".parse().unwrap(), &BoardAsk::default()).unwrap(), Some(whole(&asked)));
            let same = changes(&asked, &asked, &ledger, "q2").unwrap().unwrap();
            prop_assert!(same.board.is_empty() && same.objectives.is_empty() && same.events.is_empty());
        }
    }

    #[test]
    fn omitted_events_are_left_out_of_every_answer(actions in actions(), left_out in prop::collection::btree_set(2_u64..60, 0..6)) {
        let ledger = ledger(&actions);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let mut known: BTreeSet<u64> = feed::happenings(&asked, "q2").unwrap().iter().map(|one| one.seq).collect();
        known.extend(feed::ledger_wide(&asked).unwrap());
        let without_events = left_out.intersection(&known).copied().collect();
        let ask = WhatIfAsk { without_events, ..WhatIfAsk::default() };
        let answer = what_if(&ledger, &asked, "q2", &ask).unwrap().unwrap();
        let WhatIfAnswer::Answered(answer) = answer else { panic!("{answer:?}") };
        // The remaining events, folded one by one into separate rows.
        let mut others = Memory::new();
        for event in ledger.events.iter().filter(|event| !answer.omitted.contains(&event.seq)) {
            crate::apply(&mut others, event).unwrap();
        }
        prop_assert_eq!(&answer.what_if, &whole(&asked.of(&others)).summary());
        let fed = feed(&ledger, &asked, "q2", |event| !answer.omitted.contains(&event.seq)).unwrap();
        let (fed, others) = (asked.of(&fed), asked.of(&others));
        prop_assert_eq!(whole(&fed), whole(&others));
        prop_assert_eq!(confidence_of_cycle(&fed, "q2").unwrap(), confidence_of_cycle(&others, "q2").unwrap());
        prop_assert_eq!(calibration(&fed, "q2").unwrap(), calibration(&others, "q2").unwrap());
        prop_assert_eq!(audit_cycle(&fed, "q2").unwrap(), audit_cycle(&others, "q2").unwrap());
        let happened = |rows: &dyn Rows| all::<Happening>(rows, &CycleRow::happenings("q2")).unwrap();
        // Events of a goal that was never drafted belong to no cycle.
        if answer.omitted.iter().all(|seq| *seq > DRAFTED) {
            prop_assert_eq!(happened(fed.rows), happened(others.rows));
        }
    }

    #[test]
    fn a_board_report_never_changes_and_is_restated_only_by_what_was_so_by_then(before in actions(), after in actions()) {
        let mut reported = ledger(&before);
        let time = reported.events.last().unwrap().recorded_at.to_string();
        let issued = reported.note(&time, "board_report.issued", "reported", json!({"cycle": "q2", "title": "Reported"}));
        let answer = |reported: &Ledger, seq: u64, at: &str| {
            let rows = reported.rows(seq);
            serde_json::to_vec(&board_report(reported, &reported.asked(&rows, seq, at), "reported").unwrap().unwrap()).unwrap()
        };
        let bytes = answer(&reported, issued, &time);
        append(&mut reported, time, &after);
        for seq in [issued + 1, (issued + reported.last()) / 2 + 1, reported.last()] {
            prop_assert_eq!(&answer(&reported, seq, NOW), &bytes);
        }
        let rows = reported.rows(reported.last());
        let asked = reported.asked(&rows, reported.last(), NOW);
        let report = board_report(&reported, &asked, "reported").unwrap().unwrap();
        let restated = restatements(&reported, &asked, "reported").unwrap().unwrap();
        comes_back(&report);
        comes_back(&restated);
        comes_back(&board_reports(&asked, None).unwrap());
        for event in &restated.events {
            prop_assert!(event.seq > issued);
            prop_assert!(event.time <= report.report.time || event.kind == events::Kind::CheckInCorrected);
        }
        // Without late recording there are no restatements.
        let in_time = |action: &Action| (action.0, 0, if action.2 == 5 { 0 } else { action.2 }, action.3, action.4);
        let mut prompt = ledger(&before);
        prompt.note(&report.report.time.to_string(), "board_report.issued", "reported", json!({"cycle": "q2", "title": "Reported"}));
        append(&mut prompt, Moment::from_micros(report.report.time.micros() + 1_000_000).unwrap().to_string(), &after.iter().map(in_time).collect::<Vec<_>>());
        let rows = prompt.rows(prompt.last());
        let restated = restatements(&prompt, &prompt.asked(&rows, prompt.last(), NOW), "reported").unwrap().unwrap();
        prop_assert_eq!((restated.figures, restated.events), (vec![], vec![]));
    }

    #[test]
    fn every_confidence_is_a_forecast_or_hindsight_and_scores_stay_within_bounds(actions in actions()) {
        let ledger = ledger(&actions);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let calibrated = calibration(&asked, "q2").unwrap().unwrap();
        let stated = |of: &str| {
            let report = confidence_of_key_result(&asked, of).unwrap().unwrap();
            report.history.iter().filter(|stated| stated.confidence.is_some()).count()
        };
        for one in &calibrated.key_results {
            prop_assert_eq!((one.forecasts + one.hindsight) as usize, stated(one.id.as_str()));
        }
        for group in &calibrated.groups {
            prop_assert_eq!(group.table.iter().map(|row| row.forecasts).sum::<u32>(), group.forecasts);
            prop_assert!(group.brier.is_some_and(|brier| events::Score::new(brier).is_ok()));
        }
    }

    #[test]
    fn counts_add_up_and_scores_stay_within_bounds(actions in actions()) {
        let ledger = ledger(&actions);
        let rows = ledger.rows(ledger.last());
        let board = whole(&ledger.asked(&rows, ledger.last(), NOW));
        let counts = board.counts;
        prop_assert_eq!(counts.on_track + counts.at_risk + counts.behind + counts.unknown, counts.key_results);
        prop_assert_eq!(counts.key_results + counts.retired, 3);
        for score in [board.score, board.computed_score, board.objectives[0].score].into_iter().flatten() {
            prop_assert!(events::Score::new(score).is_ok());
        }
    }

    #[test]
    fn a_replay_tells_every_event_once_and_shows_each_moment_as_it_stood(actions in actions()) {
        let ledger = ledger(&actions);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let events = feed::happenings(&asked, "q2").unwrap().len();
        for step in [Step::Week, Step::Day, Step::Event] {
            let answer = replay(&ledger, &asked, "q2", step).unwrap().unwrap();
            let ReplayAnswer::Told(replayed) = answer else { panic!("{answer:?}") };
            prop_assert_eq!(replayed.frames.iter().map(|frame| frame.happened.len()).sum::<usize>(), events);
            // Each frame is the board of its moment, however it was computed.
            for frame in &replayed.frames {
                let rows = ledger.rows(frame.as_of.seq);
                let then = Asked { at: frame.to, ..ledger.asked(&rows, frame.as_of.seq, NOW) };
                if let Some(board) = board(&then, "q2", &BoardAsk::default()).unwrap() {
                    prop_assert_eq!(&frame.board, &board.summary());
                }
            }
            // Moves between frames match the change of the board.
            for (one, next) in replayed.frames.iter().zip(replayed.frames.iter().skip(1)) {
                let of_cycle = next.moved.iter().find(|moved| moved.kind == LineKind::Cycle);
                let score = of_cycle.and_then(|moved| moved.changes.iter().find(|change| change.field == "score"));
                prop_assert_eq!(one.board.score != next.board.score, score.is_some());
            }
            comes_back(&replayed);
        }
    }

    #[test]
    fn what_was_said_last_is_what_all_check_ins_come_to(actions in actions()) {
        let ledger = ledger(&actions);
        for seq in DRAFTED..=ledger.last() {
            let rows = ledger.rows(seq);
            for one in KeyResult::under(&rows, &CycleRow::key_results("q2")).unwrap() {
                let check_ins = CheckIn::of(&rows, &one.place()).unwrap();
                prop_assert_eq!(&one.latest, &Latest::of(&check_ins));
                for at in check_ins.iter().map(|check_in| check_in.at.time) {
                    let until = check_ins.iter().filter(|check_in| check_in.at.time <= at);
                    prop_assert_eq!(Latest::up_to(&rows, &one.place(), at).unwrap(), Latest::of(until));
                }
            }
        }
    }

    #[test]
    fn every_answer_comes_back_from_its_json(actions in actions()) {
        let ledger = ledger(&actions);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let before = ledger.rows(9);
        comes_back(&whole(&asked));
        comes_back(&whole(&asked).summary());
        comes_back(&audit_cycle(&asked, "q2").unwrap());
        comes_back(&confidence_of_cycle(&asked, "q2").unwrap());
        comes_back(&attention(&asked, "q2").unwrap());
        comes_back(&changes(&ledger.asked(&before, 9, NOW), &asked, &ledger, "q2").unwrap());
        comes_back(&cycles(&asked).unwrap());
        comes_back(&cycle(&asked, "q2").unwrap());
        comes_back(&objective(&asked, "trial").unwrap());
        comes_back(&key_result(&asked, "cac").unwrap());
        comes_back(&policy(&asked).unwrap());
        comes_back(&retrospective(&ledger, &asked, "q2").unwrap());
        comes_back(&calibration(&asked, "q2").unwrap());
        // The trail of a cycle consists of its goals' trails and its own lines.
        let of_cycle = audit_cycle(&asked, "q2").unwrap().unwrap().trail;
        let of_goal = audit_objective(&asked, "trial").unwrap().unwrap().trail;
        let mut own = of_cycle.into_iter().filter(|item| item.subject.as_str() != "q2").collect::<Vec<_>>();
        // The cycle's score without a change is answered for the whole cycle only.
        own.iter_mut().filter_map(|item| item.without.as_mut()).for_each(|without| without.cycle = None);
        prop_assert_eq!(own, of_goal);
    }
}
