//! Rules of policies.

use events::PolicyPatch;

use super::judge::Judge;
use crate::rows::Rows;

/// A policy's figures must make sense together, those that stand with those that are adopted.
pub(super) fn adopted<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &PolicyPatch) {
    if judge.submission.subject.as_str() != "policy" {
        judge.invalid("/subject", "wrong_subject", "the subject of a policy is `policy`");
    }
    let after = judge.policy.adopting(data);
    let (confidence, pace, limits) = (&after.confidence, &after.pace, &after.limits);
    if data.confidence.is_some() && confidence.at_risk > confidence.on_track {
        let (at_risk, on_track) = (confidence.at_risk, confidence.on_track);
        let says = format!("at risk begins at {at_risk}, above on track at {on_track}: let it begin below");
        judge.invalid("/data/confidence", "wrong_order", says);
    }
    if data.pace.is_some() && pace.on_track.decimal() > pace.at_risk.decimal() {
        let (at_risk, on_track) = (pace.at_risk, pace.on_track);
        let says =
            format!("a gap of {on_track} is on track, but beyond {at_risk} it is behind: let that be the wider one");
        judge.invalid("/data/pace", "wrong_order", says);
    }
    if data.limits.is_some() && limits.key_results_min > limits.key_results_max {
        let (least, most) = (limits.key_results_min, limits.key_results_max);
        let says = format!("no objective has at least {least} and at most {most} key results");
        judge.invalid("/data/limits", "wrong_order", says);
    }
}

#[cfg(test)]
mod tests;
