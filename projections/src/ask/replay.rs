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
//!
//! Each frame says what happened in it, and what that moved: scores and confidences as they were at the end of the frame
//! before and as they are at its own.

mod moved;
mod walk;

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate};
use events::{Moment, SubjectId};
use serde::{Deserialize, Serialize};

use super::feed::{Happened, happenings};
use super::resolve::find_cycle;
use super::{AsOf, Asked, Board, BoardSummary, History};
use crate::calendar::{before, day_of, end_of, start_of};
use crate::rows::{Brief, CycleRow, Error, JsonText, Rows};

pub use moved::Moved;
pub use walk::Saying;
pub(super) use walk::check_in;

use walk::Walk;

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
    /// They in sentences. Check-ins are counted in one, but in a frame that is an event.
    pub says: Vec<Saying>,
    /// The scores and confidences that were others at the end of the frame before: the cycle's, its objectives', and those
    /// of their key results.
    pub moved: Vec<Moved>,
}

/// The most frames one replay has: each is a board of its own.
pub const FRAMES_MAX: usize = 1_000;

/// What a replay comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayAnswer<T = Replay> {
    /// The cycle as frames.
    Told(T),
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
    let Some(answer) = replay_frames(history, asked, cycle_id, step)? else { return Ok(None) };
    Ok(Some(match answer {
        ReplayAnswer::TooLong(frames) => ReplayAnswer::TooLong(frames),
        ReplayAnswer::Told(frames) => {
            let cycle = frames.cycle_id().clone();
            ReplayAnswer::Told(Replay { cycle, step, frames: frames.collect::<Result<_, Error>>()? })
        }
    }))
}

/// The frames of a cycle one after the other, each put together when it is asked for: the events of a large cycle do not fit
/// into memory together. `None` where there is no such cycle.
pub fn replay_frames<'a, H: History, R: Rows + ?Sized>(
    history: &'a H,
    asked: &Asked<'a, R>,
    cycle_id: &str,
    step: Step,
) -> Result<Option<ReplayAnswer<Frames<'a, H, R>>>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    // By event each check-in is told.
    let briefs = match step {
        Step::Week | Step::Day => Brief::under(asked.rows, &CycleRow::check_ins(cycle_id))?,
        Step::Event => Vec::new(),
    };
    let happenings = happenings(asked, cycle_id)?;
    Ok(Some(match bounds(history, asked, &cycle, &happenings, step)? {
        Err(frames) => ReplayAnswer::TooLong(frames),
        Ok(bounds) => {
            let walk = Walk::through(history, asked, &cycle.id, happenings, briefs, true)?;
            ReplayAnswer::Told(Frames::of(history, asked, &cycle, bounds, walk, Depth::KeyResults))
        }
    }))
}

/// How far down it is told what moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Objectives,
    KeyResults,
}

/// The frames of a cycle by week, as a story tells them: without the events themselves, and what moved told of the cycle and
/// its objectives alone; `None` where there would be too many. `briefs` are the check-ins that were known, in the order of
/// seq.
pub(super) fn weeks<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle: &CycleRow,
    briefs: Vec<Brief>,
) -> Result<Option<Vec<Frame>>, Error> {
    let happenings = happenings(asked, cycle.id.as_str())?;
    let Ok(bounds) = bounds(history, asked, cycle, &happenings, Step::Week)? else { return Ok(None) };
    let walk = Walk::through(history, asked, &cycle.id, happenings, briefs, false)?;
    Frames::of(history, asked, cycle, bounds, walk, Depth::Objectives).collect::<Result<_, _>>().map(Some)
}

/// A frame's first and last moment, and the last event known at its end.
type Bounds = (Moment, Moment, u64);

/// Where the frames begin and end; or how many they would be, where that is too many.
fn bounds<R: ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle: &CycleRow,
    happenings: &[Happened],
    step: Step,
) -> Result<Result<Vec<Bounds>, usize>, Error> {
    let bounds: Vec<Bounds> = match step {
        Step::Week | Step::Day => {
            let days = if step == Step::Week { 7 } else { 1 };
            let frames = match calendar_frames(cycle, days, happenings, asked.at) {
                Ok(frames) => frames,
                Err(frames) => return Ok(Err(frames)),
            };
            let seq = |to| Ok(history.seq_at(to)?.min(asked.as_of.seq));
            frames.into_iter().map(|(from, to)| Ok((from, to, seq(to)?))).collect::<Result<_, Error>>()?
        }
        // The events of one entry were recorded at one moment: their frames go by seq.
        Step::Event => happenings.iter().map(|one| (one.recorded_at, one.recorded_at, one.seq)).collect(),
    };
    Ok(if bounds.len() > FRAMES_MAX { Err(bounds.len()) } else { Ok(bounds) })
}

/// The frames of a cycle, put together one after the other.
pub struct Frames<'a, H, R: ?Sized> {
    history: &'a H,
    asked: Asked<'a, R>,
    cycle: SubjectId,
    ahead: std::vec::IntoIter<Bounds>,
    walk: Walk<'a, H, R>,
    depth: Depth,
    before: Option<Board>,
}

impl<'a, H: History, R: Rows + ?Sized> Frames<'a, H, R> {
    fn of(
        history: &'a H,
        asked: &Asked<'a, R>,
        cycle: &CycleRow,
        bounds: Vec<Bounds>,
        walk: Walk<'a, H, R>,
        depth: Depth,
    ) -> Self {
        let (cycle, asked, ahead) = (cycle.id.clone(), asked.of(asked.rows), bounds.into_iter());
        Frames { history, asked, cycle, ahead, walk, depth, before: None }
    }

    /// How many are to come, at most.
    pub fn ahead(&self) -> usize {
        self.ahead.len()
    }

    /// Whether those to come tell the events themselves too, which is most of the work; they do where nothing else is said.
    pub fn tell_events(&mut self, tells: bool) {
        self.walk.tells_events = tells;
    }

    /// The cycle's id.
    pub fn cycle_id(&self) -> &SubjectId {
        &self.cycle
    }

    /// A frame; none where the cycle is not there yet.
    fn frame(&mut self, (from, to, seq): Bounds) -> Result<Option<Frame>, Error> {
        let (happened, says) = self.walk.up_to(seq)?;
        let as_of = AsOf { seq, recorded_at: self.history.recorded_at(seq)? };
        let known = Asked { as_of, at: to, ..self.asked.of(self.asked.rows) };
        let Some(board) = self.walk.replay_state.board(&known)? else { return Ok(None) };
        let moved = moved::between(self.before.as_ref(), &board, self.depth);
        let frame = Frame { from, to, as_of, board: board.summary(), happened, says, moved };
        self.before = Some(board);
        Ok(Some(frame))
    }
}

impl<H: History, R: Rows + ?Sized> Iterator for Frames<'_, H, R> {
    type Item = Result<Frame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let bounds = self.ahead.next()?;
            match self.frame(bounds) {
                Ok(None) => {}
                Ok(Some(frame)) => return Some(Ok(frame)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The frames of a cycle's calendar, each with its first and last moment; or just how many days or weeks it would be, where
/// that is too many. A cycle may be planned to last for ages: only those between its first event and now are laid out.
fn calendar_frames(
    cycle: &CycleRow,
    days: u64,
    happenings: &[Happened],
    at: Moment,
) -> Result<Vec<(Moment, Moment)>, usize> {
    let (Some(first), Some(last)) = (happenings.first(), happenings.last()) else { return Ok(Vec::new()) };
    let (first, last) = (first.recorded_at, last.recorded_at);
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

#[cfg(test)]
mod tests;
