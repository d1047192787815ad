//! Laws that hold whatever was recorded, over random histories.

mod goals;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::testing::{Ledger, justification};
use super::*;
use crate::rows::Memory;

const NOW: &str = "2026-08-01T00:00:00Z";

/// One thing that happens: how many hours after what came before, how many days late it is recorded, what, to which key
/// result, and a figure.
type Deed = (u32, u32, u8, usize, u32);

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    prop::collection::vec((0..72u32, 0..20u32, 0..10u8, 0..4usize, 0..25u32), 1..40)
}

fn ledger(deeds: &[Deed]) -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.open("other", "2026-04-01T08:00:00Z");
    ledger.objective("other", "elsewhere", "2026-04-01T09:00:00Z");
    ledger.key_result("elsewhere", "calls", ("increase", "calls"), (8, 15), "2026-04-01T10:00:00Z");
    ledger.key_result("trial", "nps", ("at_least", "points"), (5, 20), "2026-04-01T11:00:00Z");
    let mut now = testing::moment("2026-04-02T09:00:00Z").utc();
    for (hours, days_late, what, key_result, figure) in deeds {
        now += chrono::TimeDelta::hours(i64::from(*hours));
        let time = Moment::from(now - chrono::TimeDelta::days(i64::from(*days_late))).to_string();
        let recorded_at = Moment::from(now).to_string();
        let subject = ["paid", "cac", "nps", "calls"][*key_result];
        let (kind, subject, data) = match what {
            0..=2 => ("check_in.recorded", subject, json!({"value": figure})),
            3..=4 => ("check_in.recorded", subject, json!({"value": figure, "confidence": figure % 11})),
            5 => correction(&ledger, subject, *figure),
            6 => {
                let changes = json!({"target": {"to": figure}, "weight": {"to": figure + 1}});
                ("key_result.adjusted", subject, json!({"changes": changes, "justification": justification()}))
            }
            7 => ("key_result.scored", subject, json!({"score": 0.7, "rationale": "we decided so"})),
            8 => ("key_result.retired", subject, json!({"justification": justification()})),
            _ => ("policy.adopted", "policy", json!({"cadence": {"days": figure}})),
        };
        ledger.late(&recorded_at, &time, kind, subject, data);
    }
    ledger
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
            ("check_in.corrected", subject, json!({"corrects": event.id, "value": figure, "reason": "a slip"}))
        }
    }
}

fn whole(asked: &Asked<'_, Memory>) -> Board {
    board(asked, "q2", &BoardAsk::default()).unwrap().unwrap()
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(answer: &T) {
    let json = serde_json::to_string(answer).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), answer);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_fed_anew_is_what_stood_at_every_moment(deeds in deeds()) {
        let ledger = ledger(&deeds);
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
            // All of it had happened by now: on this day is as it stands.
            prop_assert_eq!(board_on(&ledger, &asked, "q2", "2026-12-31".parse().unwrap(), &BoardAsk::default()).unwrap(), Some(whole(&asked)));
            let same = changes(&asked, &asked, &ledger, "q2").unwrap().unwrap();
            prop_assert!(same.board.is_empty() && same.objectives.is_empty() && same.events.is_empty());
        }
    }

    #[test]
    fn counts_add_up_and_scores_stay_within_bounds(deeds in deeds()) {
        let ledger = ledger(&deeds);
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
    fn a_replay_tells_every_event_once_and_ends_where_things_stand(deeds in deeds()) {
        let ledger = ledger(&deeds);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let events = feed::happenings(&asked, "q2").unwrap().len();
        for step in [Step::Week, Step::Event] {
            let answer = replay(&ledger, &asked, "q2", step).unwrap().unwrap();
            let ReplayAnswer::Told(told) = answer else { panic!("{answer:?}") };
            prop_assert_eq!(told.frames.iter().map(|frame| frame.happened.len()).sum::<usize>(), events);
            let last = told.frames.last().unwrap();
            let rows = ledger.rows(last.as_of.seq);
            let then = Asked { at: last.to, ..ledger.asked(&rows, last.as_of.seq, NOW) };
            prop_assert_eq!(&last.board, &whole(&then).summary());
            comes_back(&told);
        }
    }

    #[test]
    fn every_answer_comes_back_from_its_json(deeds in deeds()) {
        let ledger = ledger(&deeds);
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
        // The trail of a cycle is that of its goals and its own.
        let of_cycle = audit_cycle(&asked, "q2").unwrap().unwrap().trail;
        let of_goal = audit_objective(&asked, "trial").unwrap().unwrap().trail;
        let mut own = of_cycle.into_iter().filter(|item| item.subject.as_str() != "q2").collect::<Vec<_>>();
        // What the cycle's score would be without a change is told of the whole cycle only.
        own.iter_mut().filter_map(|item| item.without.as_mut()).for_each(|without| without.cycle = None);
        prop_assert_eq!(own, of_goal);
    }
}
