//! The score ladder: the same values, judged by what was agreed at the start, by what was in force from time to time, by what
//! is asked for at the end, and as graded.
//!
//! ```text
//! original       the goals and the wording agreed at the start     retired goals count, goals drafted later do not
//! time_weighted  each wording for as long as it was in force        a goal counts while it stands
//! final_wording  what is asked for at the end                       the board's computed score
//! as_graded      with the grades people gave                        the board's score
//! ```
//!
//! Every rung takes the values that are known now. A wording is in force from the time its change was made (never before that
//! of the change recorded before it), within the cycle's days and until the moment asked at. Where a change put another unit
//! in the place of the old one, the old wording is judged by what was said last in the old unit.

mod walk;

use events::{Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::tally::Whole;
use super::{Asked, GoalState};
use crate::rows::{Error, Rows};
use crate::score::out;

pub(super) use walk::{Moved, Walked, walk};

/// One score, judged four ways, 0 to 1. What cannot be computed is null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rungs {
    /// By what was agreed at the start; null for a goal that was drafted later.
    pub original: Option<Number>,
    /// By each wording, for as long as it was in force.
    pub time_weighted: Option<Number>,
    /// By what is asked for at the end: the computed score of the board.
    pub final_wording: Option<Number>,
    /// As graded, where there is a grade: the score of the board.
    pub as_graded: Option<Number>,
}

impl Rungs {
    /// What moving the goalposts brought: the final wording less the original one.
    pub fn lift(&self) -> Option<Number> {
        Some(out(self.final_wording?.decimal().checked_sub(self.original?.decimal())?))
    }
}

/// The ladder of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// The cycle's own.
    pub cycle: Rungs,
    /// Its objectives', in the order of their refs.
    pub objectives: Vec<LadderObjective>,
}

/// The ladder of an objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderObjective {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Whether it counts now.
    pub state: GoalState,
    /// Its scores.
    pub rungs: Rungs,
    /// Its key results', in the order of their refs.
    pub key_results: Vec<LadderKeyResult>,
}

/// The ladder of a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderKeyResult {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Whether it counts now.
    pub state: GoalState,
    /// How many wordings it had since the start.
    pub wordings: u32,
    /// Its scores.
    pub rungs: Rungs,
}

/// The ladder of a cycle; `None` where there is no such cycle.
pub fn ladder<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str) -> Result<Option<Ladder>, Error> {
    let Some(whole) = Whole::of(asked, cycle_id)? else { return Ok(None) };
    Ok(Some(of(&whole, &walk(asked, &whole)?)))
}

/// The ladder of a cycle that was walked through.
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
