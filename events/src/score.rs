//! What people decided in the scoring session.

use crate::limits::TEXT;
use crate::number::Score;
use crate::record::record;
use crate::text::Text;

record! {
    /// `okr.key_result.scored`
    pub struct KeyResultScored {
        /// The grade.
        need score: Score,
        /// Why that grade.
        need rationale: Text [TEXT],
    }
}

record! {
    /// `okr.objective.scored`
    pub struct ObjectiveScored {
        /// The grade.
        need score: Score,
        /// Why that grade.
        need rationale: Text [TEXT],
    }
}
