//! Findings of the rules about events already recorded.

use events::{Policy, Recorded, Severity};

use super::entry::judge_one;
use super::judge::Judge;
use super::unsettled::Unsettled;
use crate::rows::{Error, Rows};

/// A finding of a policy's rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's short name.
    pub rule: String,
    /// The severity of the rule under the policy.
    pub severity: Severity,
    /// The finding, in a sentence.
    pub says: String,
}

/// Returns the findings of a policy's rules about the next event. Conflicts with the current state are left out: the
/// event has happened, and only the policy is hypothetical.
pub fn findings(rows: &(impl Rows + ?Sized), policy: &Policy, event: &Recorded) -> Result<Vec<Finding>, Error> {
    // The change recorded for an approval was judged together with the approval.
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
