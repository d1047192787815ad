//! The score ladder: the same values, scored by the wording agreed at the start, by each wording while it was in force,
//! by the final wording, and as graded.
//!
//! ```text
//! original       goals and wording agreed at the start         retired goals count, goals drafted later do not
//! time_weighted  each wording for as long as it was in force   a goal counts while it is active
//! final_wording  the wording at the end                        the board's computed score
//! as_graded      with the grades given by people               the board's score
//! ```
//!
//! Every rung uses the values known now. A wording is in force from the time of its change (never before that of the
//! change recorded before it), within the cycle's days and until the query's moment. After a change of unit, the old
//! wording is scored by the last value stated in the old unit.

mod walk;

use events::{Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::tally::Whole;
use super::{Asked, GoalState};
use crate::rows::{Error, Rows};
use crate::score::out;

pub(super) use walk::{Moved, Walked, walk};

/// One score on each rung, 0 to 1. Scores that cannot be computed are null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rungs {
    /// By the wording agreed at the start; null for goals drafted later.
    pub original: Option<Number>,
    /// By each wording for as long as it was in force.
    pub time_weighted: Option<Number>,
    /// By the wording at the end: the computed score of the board.
    pub final_wording: Option<Number>,
    /// With grades: the score of the board.
    pub as_graded: Option<Number>,
}

impl Rungs {
    /// Returns the effect of moving the goalposts: final wording minus original.
    pub fn lift(&self) -> Option<Number> {
        Some(out(self.final_wording?.decimal().checked_sub(self.original?.decimal())?))
    }
}

/// The ladder of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// The cycle's own scores.
    pub cycle: Rungs,
    /// One ladder for each objective, ordered by ref.
    pub objectives: Vec<LadderObjective>,
}

/// The ladder of an objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderObjective {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// Active or retired.
    pub state: GoalState,
    /// The objective's score on each rung.
    pub rungs: Rungs,
    /// One ladder for each key result, ordered by ref.
    pub key_results: Vec<LadderKeyResult>,
}

/// The ladder of a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderKeyResult {
    /// Client-chosen id of the key result, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// Active or retired.
    pub state: GoalState,
    /// Number of wordings since the start.
    pub wordings: u32,
    /// The key result's score on each rung.
    pub rungs: Rungs,
}

/// Returns the ladder of a cycle; `None` if there is no such cycle.
pub fn ladder<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str) -> Result<Option<Ladder>, Error> {
    let Some(whole) = Whole::of(asked, cycle_id)? else { return Ok(None) };
    Ok(Some(of(&whole, &walk(asked, &whole)?)))
}

/// Builds the ladder from a finished walk.
pub(super) fn of(whole: &Whole, walked: &Walked<'_>) -> Ladder {
    let mut key_results = whole.key_results.iter().zip(&walked.key_results).peekable();
    let objectives = whole.objectives.iter().zip(&walked.objectives).map(|(row, rungs)| {
        let stands = row.retired.is_none();
        let mut own = Vec::new();
        while let Some((key_result, one)) = key_results.next_if(|(key_result, _)| key_result.objective_no == row.no) {
            own.push(LadderKeyResult {
                id: key_result.id.clone(),
                given: key_result.given(),
                title: key_result.title.clone(),
                state: GoalState::of(stands && key_result.retired.is_none()),
                wordings: one.wordings,
                rungs: one.rungs,
            });
        }
        LadderObjective {
            id: row.id.clone(),
            given: row.given(),
            title: row.title.clone(),
            state: GoalState::of(stands),
            rungs: *rungs,
            key_results: own,
        }
    });
    Ladder { cycle: walked.cycle, objectives: objectives.collect() }
}

#[cfg(test)]
mod tests;
