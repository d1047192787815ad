//! The board: scores, confidence and status of a cycle.

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

/// A filter for a board. Figures of an objective always cover all its key results; the board's own figures and counts
/// cover only what is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardAsk {
    /// Objectives of this team.
    pub team: Option<SubjectId>,
    /// All of this owner's objectives, plus this owner's key results under other objectives.
    pub owner: Option<Text>,
    /// Objectives of this level.
    pub level: Option<Level>,
    /// Active key results with this status.
    pub status: Option<Standing>,
    /// Active key results with a stated confidence of at most this.
    pub max_confidence: Option<Confidence>,
}

/// Scores, confidence and status of a cycle and its goals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle's dates and state.
    pub cycle: BoardCycle,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// Weighted mean of the active objectives' scores, 0 to 1.
    pub score: Option<Number>,
    /// Weighted mean of the active objectives' computed scores, 0 to 1.
    pub computed_score: Option<Number>,
    /// The policy's band for the rounded score.
    pub grade: Option<Text>,
    /// Weighted mean of the active objectives' confidences, 0 to 10, one decimal.
    pub confidence: Option<Number>,
    /// Numbers of goals by status.
    pub counts: Counts,
    /// The objectives, ordered by ref.
    pub objectives: Vec<BoardObjective>,
}

/// The cycle of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardCycle {
    /// Client-chosen id of the cycle, unique in the ledger.
    pub id: SubjectId,
    /// The title in force.
    pub title: Text,
    /// Open, started or closed.
    pub state: CycleState,
    /// The first day of the cycle.
    pub starts_on: NaiveDate,
    /// The last day of the cycle, inclusive.
    pub ends_on: NaiveDate,
    /// Elapsed share of the cycle, 0 to 1.
    pub elapsed: Number,
}

/// Numbers of goals. A key result is active if neither it nor its objective is retired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Active objectives.
    pub objectives: u32,
    /// Active key results; the four statuses below add up to this number.
    pub key_results: u32,
    /// Active key results on track.
    pub on_track: u32,
    /// Active key results at risk.
    pub at_risk: u32,
    /// Active key results behind.
    pub behind: u32,
    /// Active key results of unknown status.
    pub unknown: u32,
    /// Active key results without a check-in for longer than the policy's cadence.
    pub stale: u32,
    /// Active key results adjusted after the start of the cycle.
    pub adjusted: u32,
    /// Retired objectives and retired key results.
    pub retired: u32,
}

/// An objective on a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardObjective {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// Company, team or individual.
    pub level: Level,
    /// The team it belongs to.
    pub team: Option<SubjectId>,
    /// The person accountable for the objective.
    pub owner: Text,
    /// Committed or aspirational: decides the score it is expected to reach.
    pub ambition: Ambition,
    /// The objective it supports.
    pub supports: Option<SubjectId>,
    /// The grade if there is one, else the weighted mean of the key results' final scores.
    pub score: Option<Number>,
    /// Weighted mean of the key results' computed scores.
    pub computed_score: Option<Number>,
    /// The policy's band for the rounded score.
    pub grade: Option<Text>,
    /// Weighted mean of the key results' last stated confidences, one decimal.
    pub confidence: Option<Number>,
    /// Derived from the confidence rounded half-up to an integer, else from the pace of the computed score.
    pub status: Standing,
    /// Active or retired.
    pub state: GoalState,
    /// The objective that continues this one in another cycle; omitted if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_to: Option<OtherEnd>,
    /// The objective that this one continues; omitted if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_from: Option<OtherEnd>,
    /// The key results, ordered by ref.
    pub key_results: Vec<BoardKeyResult>,
}

/// The linked objective of one carried over to another cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherEnd {
    /// The cycle's id; null if the objective was copied without its cycle.
    pub cycle: Option<SubjectId>,
    /// The objective's id.
    pub objective: SubjectId,
}

/// A key result on a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardKeyResult {
    /// Client-chosen id of the key result, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The person accountable for the key result.
    pub owner: Text,
    /// Name, unit and kind of the measure.
    pub metric: Metric,
    /// The starting value, in the metric's unit.
    pub baseline: Option<Number>,
    /// The value to reach, in the metric's unit.
    pub target: Option<Number>,
    /// The target in force when the cycle started.
    pub original_target: Option<Number>,
    /// The last value stated, in the metric's unit; for milestones the weighted share done.
    pub current: Option<Number>,
    /// Progress from baseline to target, not clamped to 0..1.
    pub progress: Option<Number>,
    /// Computed score, grade and final score.
    pub score: Scores,
    /// The confidence last stated, 0 to 10.
    pub confidence: Option<Number>,
    /// The confidence stated before the last one.
    pub previous_confidence: Option<Number>,
    /// The status last stated, else derived from confidence, else from pace.
    pub status: Standing,
    /// The day of the last check-in, in the cycle's time zone.
    pub last_check_in_on: Option<NaiveDate>,
    /// True if there was no check-in for longer than the policy's cadence.
    pub stale: bool,
    /// Blockers named by the last check-in.
    pub blockers: Vec<Text>,
    /// Number of adjustments after the start of the cycle.
    pub adjustments: u32,
    /// Active or retired.
    pub state: GoalState,
}

/// The scores of a key result, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    /// The score computed from its values.
    pub computed: Option<Number>,
    /// The grade given by people.
    pub graded: Option<Number>,
    /// The score that counts: the grade if there is one, else the computed score.
    #[serde(rename = "final")]
    pub last: Option<Number>,
}

/// Returns the board of a cycle; `None` if there is no such cycle.
pub fn board<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str, ask: &BoardAsk) -> Result<Option<Board>, Error> {
    board_by(asked, cycle_id, ask, None)
}

/// Returns the board computed with `formula` instead of the policy's.
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
