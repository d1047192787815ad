//! Grades decided in the scoring session.

use crate::limits::TEXT;
use crate::number::Score;
use crate::record::record;
use crate::text::Text;

record! {
    /// `okr.key_result.scored`
    pub struct KeyResultScored {
        /// The grade, 0 to 1; it may differ from the computed score.
        need score: Score,
        /// The reasons for the grade.
        need rationale: Text [TEXT],
    }
}

record! {
    /// `okr.objective.scored`
    pub struct ObjectiveScored {
        /// The grade, 0 to 1; it may differ from the computed score.
        need score: Score,
        /// The reasons for the grade.
        need rationale: Text [TEXT],
    }
}
