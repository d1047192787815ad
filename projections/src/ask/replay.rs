//! The replay: a cycle as frames, each with the board as known at its end and the events recorded in it.
//!
//! Frames follow `recorded_at`: a replay shows information as it became visible, so late records appear late. Frames by
//! week or day follow the cycle's calendar:
//!
//! ```text
//! first event        starts_on                                          ends_on      last event
//!      ├─ planning ──────┼── week 1 ──┼── week 2 ──┼── … ──┼── week 13 ────┼── after ────┤
//! ```
//!
//! The first and last frames exist only if something was recorded in them; frames before the cycle's first event or
//! after the query's moment do not exist. A frame in progress ends at that moment. By event, there is one frame for
//! each event of the cycle.
//!
//! Each frame lists its events and their effect: scores and confidences at the end of the previous frame and at its own
//! end.

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

/// The length of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Seven days, counted from the cycle's first day.
    Week,
    /// A day in the cycle's time zone.
    Day,
    /// A single event.
    Event,
}

impl Step {
    /// Returns the name used in JSON and parameters.
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
    /// The length of a frame.
    pub step: Step,
    /// The frames, in order.
    pub frames: Vec<Frame>,
}

/// A period of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The first moment of the period.
    pub from: Moment,
    /// The last moment of the period, by which the board's dates are judged.
    pub to: Moment,
    /// The last event recorded by the end of the period.
    pub as_of: AsOf,
    /// The board at the end of the period.
    pub board: BoardSummary,
    /// The cycle's events recorded in the period, exactly as recorded.
    pub happened: Vec<JsonText>,
    /// The events as sentences. Check-ins share one sentence with their number, except in frames by event.
    pub says: Vec<Saying>,
    /// Scores and confidences that differ from the end of the previous frame: of the cycle, its objectives and their
    /// key results.
    pub moved: Vec<Moved>,
}

/// Maximum number of frames in a replay: each has a board of its own.
pub const FRAMES_MAX: usize = 1_000;

/// The answer to a request for a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayAnswer<T = Replay> {
    /// The cycle as frames.
    Told(T),
    /// The replay would have this many frames, more than [`FRAMES_MAX`]: ask for longer steps.
    TooLong(usize),
}

/// Returns a cycle as frames; `None` if there is no such cycle.
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

/// Returns an iterator that builds each frame on demand, because the events of a large cycle do not fit in memory
/// together. `None` if there is no such cycle.
pub fn replay_frames<'a, H: History, R: Rows + ?Sized>(
    history: &'a H,
    asked: &Asked<'a, R>,
    cycle_id: &str,
    step: Step,
) -> Result<Option<ReplayAnswer<Frames<'a, H, R>>>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    // By event, each check-in has a frame of its own.
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

/// The lowest level at which changes are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Objectives,
    KeyResults,
}

/// Returns the frames of a cycle by week for the retrospective: without event bytes, and with changes of the cycle and
/// its objectives only; `None` if there are too many. `briefs` are the known check-ins, ordered by seq.
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

/// First moment, last moment, and last event of a frame.
type Bounds = (Moment, Moment, u64);

/// Returns the bounds of the frames, or, as the inner error, their number if it exceeds [`FRAMES_MAX`].
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
        // Events of one entry have the same recording time, so their frames are separated by seq.
        Step::Event => happenings.iter().map(|one| (one.recorded_at, one.recorded_at, one.seq)).collect(),
    };
    Ok(if bounds.len() > FRAMES_MAX { Err(bounds.len()) } else { Ok(bounds) })
}

/// An iterator over the frames of a cycle.
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

    /// Returns the maximum number of frames left.
    pub fn ahead(&self) -> usize {
        self.ahead.len()
    }

    /// Sets whether further frames contain the event bytes, which are most of the work. The default is true.
    pub fn tell_events(&mut self, tells: bool) {
        self.walk.with_events = tells;
    }

    /// Returns the id of the replayed cycle.
    pub fn cycle_id(&self) -> &SubjectId {
        &self.cycle
    }

    /// Builds a frame; `None` if the cycle does not exist yet.
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

/// Returns the first and last moment of each calendar frame, or, as the error, their number if it exceeds
/// [`FRAMES_MAX`]. A cycle may be planned for a very long time, so only frames between its first event and now are
/// built.
fn calendar_frames(
    cycle: &CycleRow,
    days: u64,
    happenings: &[Happened],
    at: Moment,
) -> Result<Vec<(Moment, Moment)>, usize> {
    let (Some(first), Some(last)) = (happenings.first(), happenings.last()) else { return Ok(Vec::new()) };
    let (first, last) = (first.recorded_at, last.recorded_at);
    // Recording times increase strictly and may be slightly ahead of the clock.
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
