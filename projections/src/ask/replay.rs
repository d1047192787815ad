//! The replay: a cycle as frames, each with the board as the ledger knew it then and what happened in it.
//!
//! Frames go by `recorded_at`: a replay shows what people could see, so that what was recorded late turns up late. By week
//! or by day they are laid over the cycle's calendar:
//!
//! ```text
//! first event        starts_on                                          ends_on      last event
//!      ├─ planning ──────┼── week 1 ──┼── week 2 ──┼── … ──┼── week 13 ────┼── after ────┤
//! ```
//!
//! The first and the last are there only where something happened in them; a frame before the cycle's first event, or after
//! the moment asked at, is not. A frame under way ends at that moment. By event there is one frame an event of the cycle.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate};
use events::{Moment, SubjectId};
use serde::{Deserialize, Serialize};

use super::feed::{bytes_of, decode, happenings, ledger_wide};
use super::resolve::find_cycle;
use super::{AsOf, Asked, BoardAsk, BoardSummary, History, board};
use crate::apply;
use crate::calendar::{before, day_of, end_of, start_of};
use crate::rows::{CycleRow, Error, Happening, JsonText, Memory, Rows};

/// How long a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Seven days, from the cycle's first day on.
    Week,
    /// A day in the cycle's time zone.
    Day,
    /// One event.
    Event,
}

impl Step {
    /// The word as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Week => "week",
            Step::Day => "day",
            Step::Event => "event",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Step {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Step::Week, Step::Day, Step::Event]
            .into_iter()
            .find(|step| step.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not one of week, day, event"))
    }
}

/// A cycle as frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// The cycle's id.
    pub cycle: SubjectId,
    /// How long a frame is.
    pub step: Step,
    /// The frames, in order.
    pub frames: Vec<Frame>,
}

/// A stretch of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Its first moment.
    pub from: Moment,
    /// Its last moment, by which the board's dates are judged.
    pub to: Moment,
    /// What the ledger knew at its end.
    pub as_of: AsOf,
    /// The board at its end.
    pub board: BoardSummary,
    /// The events of the cycle that were recorded in it, as they were recorded.
    pub happened: Vec<JsonText>,
}

/// The most frames one replay has: each is a board of its own.
pub const FRAMES_MAX: usize = 1_000;

/// What a replay comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayAnswer {
    /// The cycle as frames.
    Told(Replay),
    /// It would have this many frames, more than [`FRAMES_MAX`]: ask for longer steps.
    TooLong(usize),
}

/// A cycle as frames; `None` where there is no such cycle.
pub fn replay<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle_id: &str,
    step: Step,
) -> Result<Option<ReplayAnswer>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let happenings = happenings(asked, cycle_id)?;
    let recorded = |happening: &Happening| happening.recorded_at;
    let bounds: Vec<Bounds> = match step {
        Step::Week | Step::Day => {
            let days = if step == Step::Week { 7 } else { 1 };
            let recorded: Vec<Moment> = happenings.iter().map(recorded).collect();
            let frames = match calendar_frames(&cycle, days, &recorded, asked.at) {
                Ok(frames) => frames,
                Err(frames) => return Ok(Some(ReplayAnswer::TooLong(frames))),
            };
            let seq = |to| Ok(history.seq_at(to)?.min(asked.as_of.seq));
            frames.into_iter().map(|(from, to)| Ok((from, to, seq(to)?))).collect::<Result<_, Error>>()?
        }
        // The events of one entry were recorded at one moment: their frames go by seq.
        Step::Event => happenings.iter().map(|one| (one.recorded_at, one.recorded_at, one.seq)).collect(),
    };
    if bounds.len() > FRAMES_MAX {
        return Ok(Some(ReplayAnswer::TooLong(bounds.len())));
    }
    let mut walk = Walk::through(history, asked, happenings)?;
    let mut frames = Vec::new();
    for (from, to, seq) in bounds {
        let happened = walk.up_to(seq)?;
        let as_of = AsOf { seq, recorded_at: history.recorded_at(seq)? };
        let known = Asked { as_of, at: to, ..asked.of(&walk.rows) };
        if let Some(board) = board(&known, cycle_id, &BoardAsk::default())? {
            frames.push(Frame { from, to, as_of, board: board.summary(), happened });
        }
    }
    Ok(Some(ReplayAnswer::Told(Replay { cycle: cycle.id, step, frames })))
}

/// A frame's first and last moment, and the last event known at its end.
type Bounds = (Moment, Moment, u64);

/// The frames of a cycle's calendar, each with its first and last moment; or just how many days or weeks it would be, where
/// that is too many. A cycle may be planned to last for ages: only those between its first event and now are laid out.
fn calendar_frames(
    cycle: &CycleRow,
    days: u64,
    recorded: &[Moment],
    at: Moment,
) -> Result<Vec<(Moment, Moment)>, usize> {
    let (Some(first), Some(last)) = (recorded.first().copied(), recorded.last().copied()) else {
        return Ok(Vec::new());
    };
    // Recording times rise strictly, so that they may run a little ahead of the clock.
    let now = at.max(last);
    let zone = cycle.time_zone;
    let (start, end) = (start_of(cycle.starts_on, zone), end_of(cycle.ends_on, zone));
    let since_start = |day: NaiveDate| day.signed_duration_since(cycle.starts_on).num_days();
    let begin = since_start(day_of(first, zone)).max(0).unsigned_abs() / days;
    let today = since_start(day_of(now, zone).min(cycle.ends_on));
    let count = u64::try_from(today).map_or(0, |today| (today / days + 1).saturating_sub(begin));
    if count > FRAMES_MAX as u64 {
        return Err(usize::try_from(count).unwrap_or(usize::MAX));
    }
    let mut frames = Vec::new();
    if first < start {
        frames.push((first, before(start)));
    }
    for number in begin..begin + count {
        let Some(day) = cycle.starts_on.checked_add_days(Days::new(number * days)) else { break };
        let Some(next) = day.checked_add_days(Days::new(days)) else { break };
        frames.push((start_of(day, zone), before(start_of(next, zone)).min(end)));
    }
    if last > end {
        frames.push((Moment::from_micros(end.micros() + 1).unwrap_or(end), last));
    }
    if let Some((_, to)) = frames.last_mut() {
        *to = (*to).min(now);
    }
    Ok(frames)
}

/// One walk through the events of a cycle and of the whole ledger, folding each once.
struct Walk<'h, H> {
    history: &'h H,
    /// The events to come, the next one last; with whether they are the cycle's.
    ahead: Vec<(u64, bool)>,
    rows: Memory,
}

impl<'h, H: History> Walk<'h, H> {
    fn through<R: Rows + ?Sized>(
        history: &'h H,
        asked: &Asked<'_, R>,
        happenings: Vec<Happening>,
    ) -> Result<Self, Error> {
        let mut ahead: Vec<(u64, bool)> = ledger_wide(asked)?.into_iter().map(|seq| (seq, false)).collect();
        ahead.extend(happenings.into_iter().map(|happening| (happening.seq, true)));
        ahead.sort_unstable_by(|a, b| b.cmp(a));
        Ok(Walk { history, ahead, rows: Memory::new() })
    }

    /// Folds the events up to a seq; answers the cycle's events among them.
    fn up_to(&mut self, last: u64) -> Result<Vec<JsonText>, Error> {
        let mut happened = Vec::new();
        while let Some((seq, of_cycle)) = self.ahead.pop_if(|(seq, _)| *seq <= last) {
            let bytes = bytes_of(self.history, seq)?;
            apply(&mut self.rows, &decode(&bytes)?)?;
            if of_cycle {
                happened.push(JsonText::written(bytes)?);
            }
        }
        Ok(happened)
    }
}

#[cfg(test)]
mod tests {
    use events::Fact;
    use serde_json::json;

    use super::*;
    use crate::ask::testing::{Ledger, moment};

    fn shown(ledger: &Ledger, seq: u64, at: &str, step: Step) -> Vec<Frame> {
        let rows = ledger.rows(seq);
        match replay(ledger, &ledger.asked(&rows, seq, at), "q2", step).unwrap().unwrap() {
            ReplayAnswer::Told(told) => told.frames,
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
        // Berlin's April begins at ten in the evening of March's last day in Greenwich.
        assert_eq!(
            (frames[0].to, frames[1].from),
            (moment("2026-03-31T21:59:59.999999Z"), moment("2026-03-31T22:00:00Z"))
        );
        assert_eq!((frames[14].from, frames[14].to), (moment("2026-06-30T22:00:00Z"), moment("2026-07-02T09:00:00Z")));
        assert!(frames.windows(2).all(|pair| pair[0].to.micros() + 1 == pair[1].from.micros()));
        // The late check-in turns up when the ledger learnt it.
        let scores: Vec<Option<String>> =
            frames[1..7].iter().map(|frame| frame.board.score.map(|score| score.to_string())).collect();
        assert_eq!(
            scores,
            [Some("0.25"), Some("0.25"), Some("0.25"), Some("0.25"), Some("0.5"), Some("0.5")]
                .map(|score| score.map(String::from))
        );
    }

    #[test]
    fn a_frame_shows_the_board_the_ledger_would_have_shown_then() {
        let ledger = quarter();
        for step in [Step::Week, Step::Day, Step::Event] {
            let frames = shown(&ledger, ledger.last(), "2026-08-01T00:00:00Z", step);
            for frame in &frames {
                let rows = ledger.rows(frame.as_of.seq);
                let asked = Asked { at: frame.to, ..ledger.asked(&rows, frame.as_of.seq, "2026-08-01T00:00:00Z") };
                let then = board(&asked, "q2", &BoardAsk::default()).unwrap().unwrap();
                assert_eq!(frame.board, then.summary(), "{step} to {}", frame.to);
            }
            let all: Vec<&str> = frames.iter().flat_map(|frame| &frame.happened).map(JsonText::as_str).collect();
            let told: Vec<String> = ledger
                .events
                .iter()
                .filter(|event| event.subject.as_str() != "policy")
                .map(|event| String::from_utf8(event.encode()).unwrap())
                .collect();
            assert_eq!(all, told, "{step}");
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
        // No such cycle can be submitted, but a copy can bring one.
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
}
