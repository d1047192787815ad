//! Lineage: which event moved a score from what to what, at every level up, so that any figure on a board can be traced to
//! the facts under it.
//!
//! A score is the one that counts: the grade where there is one, else what is computed. A key result moves its objective, and
//! an objective its cycle; what an objective supports is not made of it. Figures are those of the board, rounded as there: a
//! step that moves none of them is left out. The steps of a figure add up to it, from nothing.

mod order;
mod walk;

use events::{EventId, Kind, Moment, Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::resolve::{find_key_result, find_objective};
use super::tally::Whole;
use super::{AsOf, Asked, History};
use crate::rows::{Error, Rows};

/// How a score came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The id of the cycle, objective or key result.
    pub subject: SubjectId,
    /// Its ref, where it has one.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// Its title.
    pub title: Text,
    /// What was known.
    pub as_of: AsOf,
    /// Its score, as it stands on the board.
    pub score: Option<Number>,
    /// The events that moved it, in the order in which the ledger learnt them; of an objective and a cycle also those that
    /// moved a goal under it and left it as it was.
    pub steps: Vec<LineageStep>,
    /// What `after` is for the next page of steps; none where there are no more.
    #[serde(skip)]
    pub next_after: Option<u64>,
}

/// Which of the steps are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepsAsk {
    /// Only those of events with a greater seq.
    pub after: u64,
    /// At most so many.
    pub limit: usize,
    /// At most so many bytes of them in JSON, unless the first is longer: a step of a new formula moves every score.
    pub bytes_max: usize,
}

impl StepsAsk {
    /// All of them.
    pub const ALL: StepsAsk = StepsAsk { after: 0, limit: usize::MAX, bytes_max: usize::MAX };
}

/// An event that moved scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageStep {
    /// The event's number.
    pub seq: u64,
    /// The event's id.
    pub event_id: EventId,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When it happened.
    pub time: Moment,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
    /// What it was about.
    pub subject: SubjectId,
    /// One line that says it for people.
    pub summary: String,
    /// What it moved, from the goal up to the cycle.
    pub moves: Vec<ScoreMove>,
}

/// What has a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scored {
    /// A key result.
    KeyResult,
    /// An objective.
    Objective,
    /// A cycle.
    Cycle,
}

/// A score before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreMove {
    /// What it is the score of.
    pub of: Scored,
    /// The id of that.
    pub id: SubjectId,
    /// Its ref, where it has one.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// The score before; null where there was none.
    pub from: Option<Number>,
    /// The score after.
    pub to: Option<Number>,
    /// The difference, no score being taken for 0.
    pub by: Number,
}

/// Whose lineage is wanted: the places in a cycle's tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Cycle,
    Objective(usize),
    KeyResult(usize),
}

/// How a cycle's score came about; `None` where there is no such cycle.
pub fn lineage_of_cycle<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle: &str,
    steps: StepsAsk,
) -> Result<Option<Lineage>, Error> {
    let Some(whole) = Whole::of(asked, cycle)? else { return Ok(None) };
    walk::lineage(history, asked, &whole, Wanted::Cycle, steps).map(Some)
}

/// How an objective's score came about; `None` where there is no such objective.
pub fn lineage_of_objective<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    id_or_ref: &str,
    steps: StepsAsk,
) -> Result<Option<Lineage>, Error> {
    let Some(objective) = find_objective(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(whole) = Whole::of(asked, objective.cycle.as_str())? else { return Ok(None) };
    let at = whole.objectives.binary_search_by_key(&objective.no, |one| one.no);
    let lineage = at.map(|at| walk::lineage(history, asked, &whole, Wanted::Objective(at), steps));
    lineage.ok().transpose()
}

/// How a key result's score came about; `None` where there is no such key result.
pub fn lineage_of_key_result<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    id_or_ref: &str,
    steps: StepsAsk,
) -> Result<Option<Lineage>, Error> {
    let Some(key_result) = find_key_result(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(whole) = Whole::of(asked, key_result.cycle.as_str())? else { return Ok(None) };
    let wanted = (key_result.objective_no, key_result.no);
    let at = whole.key_results.binary_search_by_key(&wanted, |one| (one.objective_no, one.no));
    let lineage = at.map(|at| walk::lineage(history, asked, &whole, Wanted::KeyResult(at), steps));
    lineage.ok().transpose()
}

#[cfg(test)]
mod tests;
