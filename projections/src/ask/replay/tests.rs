use events::Fact;
use serde_json::json;

use super::*;
use crate::ask::testing::{Ledger, moment};
use crate::ask::{BoardAsk, board};

fn shown(ledger: &Ledger, seq: u64, at: &str, step: Step) -> Vec<Frame> {
    let rows = ledger.rows(seq);
    match replay(ledger, &ledger.asked(&rows, seq, at), "q2", step).unwrap().unwrap() {
        ReplayAnswer::Told(replay) => replay.frames,
        ReplayAnswer::TooLong(frames) => panic!("{frames} frames"),
    }
}

fn quarter() -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": 16}));
    ledger.note("2026-04-07T09:00:00Z", "policy.adopted", "policy", json!({"cadence": {"days": 14}}));
    ledger.late("2026-05-04T09:00:00Z", "2026-04-20T09:00:00Z", "check_in.recorded", "paid", json!({"value": 18}));
    ledger.note("2026-07-02T09:00:00Z", "cycle.closed", "q2", json!({}));
    ledger
}

#[test]
fn a_quarter_is_its_planning_thirteen_weeks_and_what_came_after() {
    let ledger = quarter();
    let frames = shown(&ledger, ledger.last(), "2026-08-01T00:00:00Z", Step::Week);
    assert_eq!(frames.len(), 15);
    let happened: Vec<usize> = frames.iter().map(|frame| frame.happened.len()).collect();
    assert_eq!(happened, [6, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    // April begins in Berlin at 22:00 UTC on the last day of March.
    assert_eq!((frames[0].to, frames[1].from), (moment("2026-03-31T21:59:59.999999Z"), moment("2026-03-31T22:00:00Z")));
    assert_eq!((frames[14].from, frames[14].to), (moment("2026-06-30T22:00:00Z"), moment("2026-07-02T09:00:00Z")));
    assert!(frames.windows(2).all(|pair| pair[0].to.micros() + 1 == pair[1].from.micros()));
    // The late check-in appears in the week it was recorded.
    let scores: Vec<Option<String>> =
        frames[1..7].iter().map(|frame| frame.board.score.map(|score| score.to_string())).collect();
    assert_eq!(
        scores,
        [Some("0.25"), Some("0.25"), Some("0.25"), Some("0.25"), Some("0.5"), Some("0.5")]
            .map(|score| score.map(String::from))
    );
}

/// A history in which changes of goals come between check-ins, refer to them and correct them.
fn changed() -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": 16, "confidence": 7}));
    let slip = ledger.check_in("2026-04-13T09:00:00Z", "paid", json!({"value": 61}));
    ledger.check_in("2026-04-13T10:00:00Z", "cac", json!({"value": 1000, "confidence": 5}));
    let corrects = json!({"corrects": format!("e{slip}"), "value": 16.1, "reason": "digits swapped"});
    ledger.note("2026-04-14T09:00:00Z", "check_in.corrected", "paid", corrects);
    ledger.late("2026-04-15T09:00:00Z", "2026-04-08T09:00:00Z", "check_in.recorded", "paid", json!({"value": 15}));
    // The change happened between check-ins that were already known.
    ledger.check_in("2026-04-27T09:00:00Z", "cac", json!({"value": 950, "blockers": ["Prices"]}));
    let eased = json!({"changes": {"target": {"to": 900}}, "justification": crate::ask::testing::justification()});
    ledger.late("2026-04-28T09:00:00Z", "2026-04-20T09:00:00Z", "key_result.adjusted", "cac", eased);
    ledger.check_in("2026-04-28T10:00:00Z", "cac", json!({"confidence": 4}));
    ledger.note("2026-05-05T09:00:00Z", "policy.adopted", "policy", json!({"confidence": {"on_track": 5}}));
    ledger.key_result("trial", "late", ("increase", "%"), (0, 10), "2026-05-06T09:00:00Z");
    ledger.check_in("2026-05-11T09:00:00Z", "late", json!({"value": 5, "confidence": 9}));
    let why = json!({"justification": crate::ask::testing::justification()});
    ledger.note("2026-05-12T09:00:00Z", "key_result.retired", "paid", why);
    ledger.check_in("2026-05-13T09:00:00Z", "cac", json!({"value": 940}));
    ledger.note("2026-07-02T09:00:00Z", "cycle.closed", "q2", json!({}));
    ledger
}

#[test]
fn a_frame_shows_the_board_the_ledger_would_have_shown_then() {
    each_frame_is_right(&quarter());
    each_frame_is_right(&changed());
}

#[test]
fn moves_are_as_of_the_frame_whatever_was_changed_around_the_check_ins() {
    let ledger = changed();
    let weeks = shown(&ledger, ledger.last(), "2026-08-01T00:00:00Z", Step::Week);
    let says: Vec<Vec<&str>> =
        weeks[1..8].iter().map(|frame| frame.says.iter().map(|one| one.says.as_str()).collect()).collect();
    assert_eq!(
        says[1],
        ["KR-1 “Key result paid”: check-in corrected: value 61 → 16.1 %.", "2 check-ins on 2 key results."]
    );
    assert_eq!(says[3][0].split(", external").next(), Some("KR-2 “Key result cac”: target 800 → 900 USD, eased"));
}

fn each_frame_is_right(ledger: &Ledger) {
    for step in [Step::Week, Step::Day, Step::Event] {
        let frames = shown(ledger, ledger.last(), "2026-08-01T00:00:00Z", step);
        for frame in &frames {
            let rows = ledger.rows(frame.as_of.seq);
            let asked = Asked { at: frame.to, ..ledger.asked(&rows, frame.as_of.seq, "2026-08-01T00:00:00Z") };
            let then = board(&asked, "q2", &BoardAsk::default()).unwrap().unwrap();
            assert_eq!(frame.board, then.summary(), "{step} to {}", frame.to);
        }
        let all: Vec<&str> = frames.iter().flat_map(|frame| &frame.happened).map(JsonText::as_str).collect();
        let expected: Vec<String> = ledger
            .events
            .iter()
            .filter(|event| event.subject.as_str() != "policy")
            .map(|event| String::from_utf8(event.encode()).unwrap())
            .collect();
        assert_eq!(all, expected, "{step}");
    }
}

#[test]
fn the_events_of_one_entry_have_a_frame_each() {
    let mut ledger = quarter();
    let entry = ledger.events.last().unwrap().recorded_at;
    for event in &mut ledger.events[3..] {
        event.recorded_at = entry;
    }
    let frames = shown(&ledger, ledger.last(), "2026-08-01T00:00:00Z", Step::Event);
    assert!(frames.iter().all(|frame| frame.happened.len() == 1));
    assert!(frames.is_sorted_by(|a, b| a.as_of.seq < b.as_of.seq));
}

#[test]
fn a_replay_of_too_many_frames_is_not_begun() {
    let mut ledger = Ledger::quarter();
    for n in 0..FRAMES_MAX {
        ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": n}));
    }
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), "2026-08-01T00:00:00Z");
    let answer = replay(&ledger, &asked, "q2", Step::Event).unwrap();
    assert!(matches!(answer, Some(ReplayAnswer::TooLong(frames)) if frames > FRAMES_MAX));
    assert!(matches!(replay(&ledger, &asked, "q2", Step::Week).unwrap(), Some(ReplayAnswer::Told(_))));
}

#[test]
fn a_replay_of_ages_has_the_frames_between_its_first_event_and_now() {
    let mut ledger = Ledger::new();
    ledger.open("q2", "2026-03-20T09:00:00Z");
    // Such a cycle cannot be submitted, but a copied ledger may contain one.
    let Fact::CycleOpened(opened) = &mut ledger.events[0].fact else { panic!() };
    (opened.starts_on, opened.ends_on) = (NaiveDate::MIN, "9999-12-31".parse().unwrap());
    let frames = shown(&ledger, 1, "2026-03-22T02:00:00Z", Step::Day);
    let days: Vec<String> = frames.iter().map(|frame| frame.from.to_string()).collect();
    assert_eq!(days, ["2026-03-19T23:00:00Z", "2026-03-20T23:00:00Z", "2026-03-21T23:00:00Z"]);
    assert_eq!(frames[2].to, moment("2026-03-22T02:00:00Z"));
    let rows = ledger.rows(1);
    let later = ledger.asked(&rows, 1, "9999-12-31T12:00:00Z");
    let days = "9999-12-31".parse::<NaiveDate>().unwrap() - "2026-03-20".parse::<NaiveDate>().unwrap();
    let answer = replay(&ledger, &later, "q2", Step::Day).unwrap();
    assert_eq!(answer, Some(ReplayAnswer::TooLong(days.num_days() as usize + 1)));
}

#[test]
fn a_replay_ends_where_it_is_asked() {
    let ledger = quarter();
    let known = 7;
    let frames = shown(&ledger, known, "2026-04-10T12:00:00Z", Step::Week);
    assert_eq!(frames.len(), 3);
    assert_eq!(frames[2].to, moment("2026-04-10T12:00:00Z"));
    assert_eq!(shown(&ledger, known, "2026-04-10T12:00:00Z", Step::Event).len(), 7);
    assert_eq!(shown(&ledger, 1, "2026-03-20T12:00:00Z", Step::Day).len(), 1);
}

#[test]
fn a_cycle_recorded_when_it_was_over_has_one_frame_after_it() {
    let mut ledger = Ledger::new();
    let data = json!({"title": "Q2", "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30",
        "time_zone": "UTC"});
    ledger.late("2026-09-01T09:00:00Z", "2026-03-20T09:00:00Z", "cycle.opened", "q2", data);
    assert_eq!(shown(&ledger, 1, "2026-10-01T00:00:00Z", Step::Week).len(), 1);
}

#[test]
fn a_frame_says_what_happened_and_what_it_moved() {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": 16, "confidence": 8}));
    ledger.check_in("2026-04-06T10:00:00Z", "cac", json!({"value": 1100}));
    let said = json!({"value": 15, "confidence": 4, "blockers": ["Billing is down"]});
    ledger.check_in("2026-04-13T09:00:00Z", "paid", said);
    let frames = shown(&ledger, ledger.last(), "2026-04-14T12:00:00Z", Step::Event);
    let last = frames.last().unwrap();
    let says = |frame: &Frame| frame.says.iter().map(|saying| saying.says.clone()).collect::<Vec<_>>();
    let moved = |frame: &Frame| frame.moved.iter().map(|moved| moved.says.clone()).collect::<Vec<_>>();
    assert_eq!(says(last), ["KR-1 “Key result paid”: checked in, 15 %, confidence 4, blocked by: Billing is down."]);
    assert_eq!(
        moved(last),
        [
            "The cycle: score fell from 0.13 to 0.06; confidence fell from 8 to 4.",
            "O-1 “Objective trial”: score fell from 0.13 to 0.06; confidence fell from 8 to 4.",
            "KR-1 “Key result paid”: score fell from 0.25 to 0.13; confidence fell from 8 to 4.",
        ]
    );
    let weeks = shown(&ledger, ledger.last(), "2026-04-14T12:00:00Z", Step::Week);
    assert_eq!(says(&weeks[1]), ["cycle started.", "2 check-ins on 2 key results."]);
    assert_eq!(moved(&weeks[1]).len(), 4, "{:?}", weeks[1].moved);
    // Subjects without a statement have not moved.
    assert_eq!(moved(&weeks[2]).len(), 3);
}
