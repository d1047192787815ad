//! What stands: cycles, objectives, key results, teams and the policy, each with all its fields.

mod cycle;
mod key_result;

mod objective;
mod policy;
mod team;

use events::{Moment, RetrospectiveRecorded, Text};
use serde::{Deserialize, Serialize};

use crate::rows::{Error, RetrospectiveRow, Rows, all};

pub use cycle::{
    ClosingStands, CycleBrief, CycleStands, Cycles, ObjectiveBrief, ReopeningStands, ThemeStands, cycle, cycles,
};
pub use key_result::{CheckInStands, KeyResultStands, key_result};
pub use objective::{ObjectiveStands, objective};
pub use policy::{ApprovalStands, PolicyStands, RuleStands, policy};
pub use team::{TeamStands, Teams, teams};

/// A retrospective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetrospectiveStands {
    /// The event that recorded it.
    pub seq: u64,
    /// When it was held.
    pub time: Moment,
    /// Who recorded it.
    pub actor: Text,
    /// What worked.
    pub went_well: Vec<Text>,
    /// What did not.
    pub went_badly: Vec<Text>,
    /// What was learnt.
    pub learnings: Vec<Text>,
    /// What is done about it.
    pub actions: Vec<Text>,
}

/// The retrospectives of a cycle or an objective, in the order of their recording.
pub(super) fn retrospectives(rows: &(impl Rows + ?Sized), subject: &str) -> Result<Vec<RetrospectiveStands>, Error> {
    let held: Vec<RetrospectiveRow> = all(rows, &RetrospectiveRow::of_subject(subject))?;
    Ok(held
        .into_iter()
        .map(|row| {
            let RetrospectiveRecorded { went_well, went_badly, learnings, actions } = row.said;
            let (seq, time, actor) = (row.seq, row.time, row.actor);
            RetrospectiveStands { seq, time, actor, went_well, went_badly, learnings, actions }
        })
        .collect())
}

#[cfg(test)]
mod tests;
