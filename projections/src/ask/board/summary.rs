//! A board in short: for frames of a replay and the two sides of a what-if.

use events::{Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{Board, Counts};
use crate::ask::Standing;

/// A board without its key results. The fields are those of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardSummary {
    /// The weighted mean of the standing objectives' scores.
    pub score: Option<Number>,
    /// The same of their computed scores.
    pub computed_score: Option<Number>,
    /// The band of the policy that the score belongs to.
    pub grade: Option<Text>,
    /// The weighted mean of the standing objectives' confidences.
    pub confidence: Option<Number>,
    /// How many there are of what.
    pub counts: Counts,
    /// The objectives, in the order of their refs, retired ones too.
    pub objectives: Vec<ObjectiveSummary>,
}

/// An objective in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveSummary {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Its score.
    pub score: Option<Number>,
    /// Its computed score.
    pub computed_score: Option<Number>,
    /// Its confidence.
    pub confidence: Option<Number>,
    /// How it stands.
    pub status: Standing,
}

impl Board {
    /// The board in short.
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
