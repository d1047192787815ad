//! Rules of policies.

use events::{Policy, PolicyPatch};

use super::judge::Judge;
use crate::rows::Rows;

/// Checks that the adopted figures are consistent with each other and with those in force.
pub(super) fn adopted<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &PolicyPatch) {
    if judge.submission.subject.as_str() != "policy" {
        judge.invalid("/subject", "wrong_subject", "the subject of a policy must be `policy`");
    }
    for (part, says) in policy_faults(judge.policy, data) {
        judge.invalid(&format!("/data/{part}"), "wrong_order", says);
    }
}

/// Returns the inconsistencies of a policy after adopting a part: the part's name, and the message.
pub fn policy_faults(stands: &Policy, data: &PolicyPatch) -> Vec<(&'static str, String)> {
    let after = stands.adopting(data);
    let (confidence, pace, limits) = (&after.confidence, &after.pace, &after.limits);
    let mut faults = Vec::new();
    if data.confidence.is_some() && confidence.at_risk > confidence.on_track {
        let (at_risk, on_track) = (confidence.at_risk, confidence.on_track);
        let says = format!("at risk begins at {at_risk}, above on track at {on_track}: at risk must not begin higher");
        faults.push(("confidence", says));
    }
    if data.pace.is_some() && pace.on_track.decimal() > pace.at_risk.decimal() {
        let (at_risk, on_track) = (pace.at_risk, pace.on_track);
        let says = format!(
            "a gap up to {on_track} is on track, but beyond {at_risk} it is behind: the second must not be smaller"
        );
        faults.push(("pace", says));
    }
    if data.limits.is_some() && limits.key_results_min > limits.key_results_max {
        let (least, most) = (limits.key_results_min, limits.key_results_max);
        faults.push(("limits", format!("at least {least} and at most {most} key results contradict each other: the minimum must not exceed the maximum")));
    }
    faults
}

#[cfg(test)]
mod tests;
