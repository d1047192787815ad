//! Lineage: the events behind each change of a score, at every level, so that any figure on a board can be traced to
//! facts.
//!
//! The score is the final one: the grade if there is one, else the computed score. A key result moves its objective,
//! and an objective its cycle; the objective it supports is not affected. Figures are rounded as on the board, and
//! steps that move none of them are left out. The steps of a figure add up to it, starting from nothing.

mod order;
mod walk;

use events::{EventId, Kind, Moment, Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::resolve::{find_key_result, find_objective};
use super::tally::Whole;
use super::{AsOf, Asked, History};
use crate::rows::{Error, Rows};

/// The history of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The id of the cycle, objective or key result.
    pub subject: SubjectId,
    /// The subject's ref; null for a cycle.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// The title in force.
    pub title: Text,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The score shown on the board.
    pub score: Option<Number>,
    /// The events that moved it, in order of recording; for objectives and cycles also those that moved only a goal
    /// below.
    pub steps: Vec<LineageStep>,
    /// The value of `after` for the next page of steps; `None` on the last page.
    #[serde(skip)]
    pub next_after: Option<u64>,
}

/// A page of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepsAsk {
    /// Only steps of events with a greater seq.
    pub after: u64,
    /// Maximum number of steps.
    pub limit: usize,
    /// Maximum size of the steps in JSON bytes. The first step may exceed it: a new formula moves every score.
    pub bytes_max: usize,
}

impl StepsAsk {
    /// All steps on one page.
    pub const ALL: StepsAsk = StepsAsk { after: 0, limit: usize::MAX, bytes_max: usize::MAX };
}

/// An event that moved scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageStep {
    /// The event's sequence number.
    pub seq: u64,
    /// The event's id.
    pub event_id: EventId,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When it happened, as stated by its author.
    pub time: Moment,
    /// When the ledger recorded it.
    pub recorded_at: Moment,
    /// The subject of the event.
    pub subject: SubjectId,
    /// The event in one line for people.
    pub summary: String,
    /// Scores it moved, from the goal up to the cycle.
    pub moves: Vec<ScoreMove>,
}

/// The kinds of subject that have a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scored {
    /// Scored by its values or a grade.
    KeyResult,
    /// Scored by its key results or a grade.
    Objective,
    /// Scored by its objectives.
    Cycle,
}

/// A score before and after an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreMove {
    /// The kind of subject scored.
    pub of: Scored,
    /// The id of the subject scored.
    pub id: SubjectId,
    /// The subject's ref; null for a cycle.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// The score before; null if there was none.
    pub from: Option<Number>,
    /// The score after; null if there is none.
    pub to: Option<Number>,
    /// The difference, counting a missing score as 0.
    pub by: Number,
}

/// The subject of a lineage, as an index into the cycle's tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Cycle,
    Objective(usize),
    KeyResult(usize),
}

/// Returns the history of a cycle's score; `None` if there is no such cycle.
pub fn lineage_of_cycle<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle: &str,
    steps: StepsAsk,
) -> Result<Option<Lineage>, Error> {
    let Some(whole) = Whole::of(asked, cycle)? else { return Ok(None) };
    walk::lineage(history, asked, &whole, Wanted::Cycle, steps).map(Some)
}

/// Returns the history of an objective's score; `None` if there is no such objective.
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

/// Returns the history of a key result's score; `None` if there is no such key result.
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
