//! What the rules would have found of what was recorded.

use events::{Policy, Recorded, Severity};

use super::entry::judge_one;
use super::judge::Judge;
use super::unsettled::Unsettled;
use crate::rows::{Error, Rows};

/// What a rule of a policy found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's short name.
    pub rule: String,
    /// What the policy makes of it.
    pub severity: Severity,
    /// What it found, in a sentence.
    pub says: String,
}

/// What the rules of a policy find of an event that comes next. What does not go with what stands is not told: the event is
/// a fact, and only the policy is supposed to have been another.
pub fn findings(rows: &(impl Rows + ?Sized), policy: &Policy, event: &Recorded) -> Result<Vec<Finding>, Error> {
    // What the ledger recorded for an approval was judged with it.
    if event.fact.approval().is_some() {
        return Ok(Vec::new());
    }
    let (submission, unsettled) = (event.submission(), Unsettled::default());
    let when = (event.time, event.recorded_at);
    let mut judge = Judge::new(rows, &submission, policy, when, &unsettled, String::new());
    judge.found = Some(Vec::new());
    judge_one(&mut judge)?;
    Ok(judge.found.unwrap_or_default())
}
