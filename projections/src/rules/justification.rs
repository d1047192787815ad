//! The method's three questions: Have conditions changed? Is it because of circumstances rather than being behind? Does
//! the change preserve the spirit of the objective?

use events::{Cause, Justification, Rule, clip};

use super::judge::{Judge, SubmittedAs};
use crate::calendar::days_left;
use crate::rows::{CycleRow, CycleState, Error, Rows};

/// Checks the justification of a change to a goal against the policy.
pub(super) fn check<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    cycle: &CycleRow,
    justification: &Justification,
    owner: &str,
) -> Result<(), Error> {
    if justification.cause == Cause::ExecutionShortfall {
        let says = "being behind is no reason to change a goal: keep it, and let the score show what happened";
        judge.find(Rule::ExecutionShortfall, "/data/justification/cause", says);
    }
    if !justification.preserves_objective {
        let says = "the change does not preserve the objective: retire the goal and draft a new one instead";
        judge.find(Rule::PreservesObjective, "/data/justification/preserves_objective", says);
    }
    let shortest = judge.policy.limits.statement_chars_min;
    let chars = justification.statement.as_str().trim().chars().count();
    if chars < shortest as usize {
        let says = format!("the statement has {chars} characters; explain in at least {shortest} why the goal changes");
        judge.find(Rule::StatementLength, "/data/justification/statement", says);
    }
    if cycle.state == CycleState::Open {
        return Ok(());
    }
    let left = days_left(cycle, judge.time);
    if left < i64::from(judge.policy.limits.late_adjustment_days) {
        let when = match left {
            ..0 => "after the cycle's end".to_owned(),
            0 => "on the cycle's last day".to_owned(),
            1 => "with one day of the cycle left".to_owned(),
            2.. => format!("with {left} days of the cycle left"),
        };
        let says = format!("{when} it is late to change a goal: score it as it is and explain the score");
        judge.find(Rule::LateAdjustment, "", says);
    }
    // A proposed change needs someone else's approval anyway.
    if judge.submitted_as == SubmittedAs::Direct && is_same_person(judge.submission.source.as_str(), owner) {
        let says = format!(
            "{} is changing their own goal without anyone else's approval: propose the change (okr.adjustment.proposed)",
            clip(owner)
        );
        judge.find(Rule::OwnAdjustment, "/source", says);
    }
    Ok(())
}

/// Returns true if a source such as `/people/head-of-product` and an owner such as `Head of Product` are the same
/// person.
pub(super) fn is_same_person(source: &str, owner: &str) -> bool {
    let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
    !plain(owner).is_empty() && plain(name) == plain(owner)
}

/// Returns true if two sources are the same, whatever their spelling.
pub(super) fn is_same_source(one: &str, other: &str) -> bool {
    one == other || (!plain(one).is_empty() && plain(one) == plain(other))
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
