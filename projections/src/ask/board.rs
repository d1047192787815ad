//! The board: where a cycle stands.

mod build;
mod facts;
mod summary;

use chrono::NaiveDate;
use events::{Ambition, Confidence, Formula, Level, Metric, Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::resolve::find_cycle;
use super::{AsOf, Asked, GoalState, Standing};
use crate::rows::{CycleRow, CycleState, Error, Rows, policy_of};

pub use summary::{BoardSummary, ObjectiveSummary};

pub(super) use build::{board as board_of, key_result_line, objective_line};
pub(super) use facts::{KeyResultFacts, ObjectiveFacts};

/// Which part of a board is shown. The figures of an objective that is shown are always those of the whole objective; the
/// board's own figures and counts are over what is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardAsk {
    /// Objectives of this team.
    pub team: Option<SubjectId>,
    /// Objectives of this owner whole, and of the others those key results that are his.
    pub owner: Option<Text>,
    /// Objectives of this level.
    pub level: Option<Level>,
    /// Standing key results of this status.
    pub status: Option<Standing>,
    /// Standing key results whose confidence was stated and is no more than this.
    pub max_confidence: Option<Confidence>,
}

/// Where a cycle stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle.
    pub cycle: BoardCycle,
    /// What was known.
    pub as_of: AsOf,
    /// The weighted mean of the standing objectives' scores, 0 to 1.
    pub score: Option<Number>,
    /// The same of their computed scores.
    pub computed_score: Option<Number>,
    /// The band of the policy that the score, as it is shown, belongs to.
    pub grade: Option<Text>,
    /// The weighted mean of the standing objectives' confidences, 0 to 10, one decimal.
    pub confidence: Option<Number>,
    /// How many there are of what.
    pub counts: Counts,
    /// The objectives, in the order of their refs.
    pub objectives: Vec<BoardObjective>,
}

/// The cycle of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardCycle {
    /// Its id.
    pub id: SubjectId,
    /// Its title.
    pub title: Text,
    /// Where it is in its life.
    pub state: CycleState,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// The share of it gone, 0 to 1.
    pub elapsed: Number,
}

/// How many there are of what. A key result stands if neither it nor its objective was retired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Standing objectives.
    pub objectives: u32,
    /// Standing key results; the four statuses below add up to it.
    pub key_results: u32,
    /// Of these, on track.
    pub on_track: u32,
    /// At risk.
    pub at_risk: u32,
    /// Behind.
    pub behind: u32,
    /// Of unknown status.
    pub unknown: u32,
    /// Standing key results without a check-in for longer than the policy's cadence.
    pub stale: u32,
    /// Standing key results adjusted after the cycle's start.
    pub adjusted: u32,
    /// Retired objectives and retired key results.
    pub retired: u32,
}

/// An objective on a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardObjective {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Whose it is.
    pub level: Level,
    /// The team it belongs to.
    pub team: Option<SubjectId>,
    /// Who answers for it.
    pub owner: Text,
    /// What is expected of it.
    pub ambition: Ambition,
    /// What it supports.
    pub supports: Option<SubjectId>,
    /// Its grade or, where it has none, the weighted mean of its key results' final scores.
    pub score: Option<Number>,
    /// The weighted mean of its key results' computed scores.
    pub computed_score: Option<Number>,
    /// The band of the policy that the score, as it is shown, belongs to.
    pub grade: Option<Text>,
    /// The weighted mean of its key results' last stated confidences, one decimal.
    pub confidence: Option<Number>,
    /// Told from its confidence rounded half-up to a whole one, else from the pace of its computed score.
    pub status: Standing,
    /// Whether it counts.
    pub state: GoalState,
    /// Where it goes on; left out where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_to: Option<OtherEnd>,
    /// What it goes on from; left out where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_from: Option<OtherEnd>,
    /// Its key results, in the order of their refs.
    pub key_results: Vec<BoardKeyResult>,
}

/// The other end of an objective that goes on in another cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherEnd {
    /// The cycle; null of one that was copied without it.
    pub cycle: Option<SubjectId>,
    /// The objective.
    pub objective: SubjectId,
}

/// A key result on a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardKeyResult {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Who answers for it.
    pub owner: Text,
    /// What it measures.
    pub metric: Metric,
    /// Where it began, in the metric's unit.
    pub baseline: Option<Number>,
    /// Where it is to arrive.
    pub target: Option<Number>,
    /// The target that stood at the cycle's start.
    pub original_target: Option<Number>,
    /// Where it is; for milestones the weighted share done.
    pub current: Option<Number>,
    /// The share of the way gone, not clamped.
    pub progress: Option<Number>,
    /// Its scores.
    pub score: Scores,
    /// The confidence last stated.
    pub confidence: Option<Number>,
    /// The one stated before that.
    pub previous_confidence: Option<Number>,
    /// As stated last, else told from the confidence, else from the pace.
    pub status: Standing,
    /// The day of the last check-in, in the cycle's time zone.
    pub last_check_in_on: Option<NaiveDate>,
    /// Whether nothing was heard of it for longer than the policy's cadence.
    pub stale: bool,
    /// What is in the way, as the last check-in has it.
    pub blockers: Vec<Text>,
    /// How often it was adjusted after the cycle's start.
    pub adjustments: u32,
    /// Whether it counts.
    pub state: GoalState,
}

/// The scores of a key result, side by side, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    /// What its values make it.
    pub computed: Option<Number>,
    /// What people decided.
    pub graded: Option<Number>,
    /// What counts: graded where there is a grade, else computed.
    #[serde(rename = "final")]
    pub last: Option<Number>,
}

/// Where a cycle stands; `None` where there is no such cycle.
pub fn board<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str, ask: &BoardAsk) -> Result<Option<Board>, Error> {
    board_by(asked, cycle_id, ask, None)
}

/// The same with a formula in the place of the policy's.
pub(super) fn board_by<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    cycle_id: &str,
    ask: &BoardAsk,
    formula: Option<Formula>,
) -> Result<Option<Board>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let policy = policy_of(asked.rows, &cycle)?;
    let objectives = ObjectiveFacts::under(asked.rows, &CycleRow::objectives(cycle_id))?;
    let key_results = KeyResultFacts::under(asked.rows, &CycleRow::key_results(cycle_id))?;
    Ok(Some(build::board(asked, &cycle, &policy, formula, objectives, key_results, ask)))
}

#[cfg(test)]
mod tests;
