//! The current state of cycles, objectives, key results, teams and the policy, with all fields.

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

/// A recorded retrospective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetrospectiveStands {
    /// The seq of the event that recorded it.
    pub seq: u64,
    /// When it took place.
    pub time: Moment,
    /// The person or program that recorded it.
    pub actor: Text,
    /// Things that went well.
    pub went_well: Vec<Text>,
    /// Things that went badly.
    pub went_badly: Vec<Text>,
    /// Lessons learnt.
    pub learnings: Vec<Text>,
    /// Actions agreed.
    pub actions: Vec<Text>,
}

/// Returns the retrospectives of a cycle or an objective, in order of recording.
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
