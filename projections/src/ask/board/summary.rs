//! Summaries of boards, for frames of a replay and the two sides of a comparison.

use events::{Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{Board, Counts};
use crate::ask::Standing;

/// A board without its key results. The fields are those of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardSummary {
    /// Weighted mean of the active objectives' scores, 0 to 1.
    pub score: Option<Number>,
    /// Weighted mean of the active objectives' computed scores, 0 to 1.
    pub computed_score: Option<Number>,
    /// The policy's band for the score.
    pub grade: Option<Text>,
    /// Weighted mean of the active objectives' confidences, 0 to 10.
    pub confidence: Option<Number>,
    /// Numbers of goals by status.
    pub counts: Counts,
    /// The objectives, ordered by ref, including retired ones.
    pub objectives: Vec<ObjectiveSummary>,
}

/// An objective without its key results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveSummary {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The score, 0 to 1.
    pub score: Option<Number>,
    /// The computed score, 0 to 1.
    pub computed_score: Option<Number>,
    /// The confidence, 0 to 10.
    pub confidence: Option<Number>,
    /// Status derived from confidence, else from pace.
    pub status: Standing,
}

impl Board {
    /// Returns the board without its key results.
    pub fn summary(&self) -> BoardSummary {
        let in_short = |objective: &super::BoardObjective| ObjectiveSummary {
            id: objective.id.clone(),
            given: objective.given,
            title: objective.title.clone(),
            score: objective.score,
            computed_score: objective.computed_score,
            confidence: objective.confidence,
            status: objective.status,
        };
        BoardSummary {
            score: self.score,
            computed_score: self.computed_score,
            grade: self.grade.clone(),
            confidence: self.confidence,
            counts: self.counts,
            objectives: self.objectives.iter().map(in_short).collect(),
        }
    }
}
