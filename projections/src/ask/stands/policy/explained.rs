//! The rules of the policy as sentences. The reasons are those of the method.

use std::collections::BTreeMap;

use events::{ApprovalRule, Policy, Rule, Severity};

use super::ApprovalStands;
use crate::rows::JsonText;

/// Describes the effect of a rule under a policy.
pub(super) fn does(rule: Rule, policy: &Policy) -> String {
    let what = what(rule, policy);
    match policy.severity(rule) {
        Severity::Off => format!("{what} is accepted without a warning."),
        Severity::Warn => format!("{what} is recorded with a warning."),
        Severity::Refuse => format!("{what} is refused."),
    }
}

/// Names the case a rule detects, as the subject of a sentence.
fn what(rule: Rule, policy: &Policy) -> String {
    let limits = &policy.limits;
    match rule {
        Rule::TooManyObjectives => format!(
            "An objective that brings the company, a team or a person to more than {} objectives in a cycle",
            limits.objectives_max
        ),
        Rule::KeyResultCount => format!(
            "A draft that brings an objective to more than {most} key results, or a start with an objective that has fewer \
             than {} or more than {most},",
            limits.key_results_min,
            most = limits.key_results_max
        ),
        Rule::BaselineAndTarget => {
            "The start of a cycle in which a measured key result has no baseline or no target".into()
        }
        Rule::OutputWorded => {
            let words: Vec<&str> = policy.output_words.iter().map(|word| word.as_str()).collect();
            format!("A key result whose title begins with a word for an output ({})", words.join(", "))
        }
        Rule::NumberInObjective => "An objective whose title contains a number".into(),
        Rule::OutsideThemes => "An objective that names no theme in a cycle that declares themes".into(),
        Rule::SupportsNothing => "A team's objective that supports no other objective".into(),
        Rule::ExecutionShortfall => "A change to a goal because the team is behind".into(),
        Rule::PreservesObjective => {
            "A change, other than an objective's retirement, that does not preserve the objective".into()
        }
        Rule::StatementLength => {
            format!("A change to a goal with a statement of fewer than {} characters", limits.statement_chars_min)
        }
        Rule::LateAdjustment => format!(
            "A change to a goal with fewer than {} days of its cycle left, or after its end,",
            limits.late_adjustment_days
        ),
        Rule::OwnAdjustment => "A change that is made by the owner of a goal and approved by no one else".into(),
        Rule::CheckInAfterEnd => {
            format!("A check-in for a day more than {} days after the cycle's end", limits.check_in_grace_days)
        }
    }
}

/// Returns the reason for a rule.
pub(super) fn reason(rule: Rule) -> &'static str {
    match rule {
        Rule::TooManyObjectives => {
            "Focus: one to three objectives a level are a choice, a longer list is not. Too many objectives is a \
             common reason why OKRs fail."
        }
        Rule::KeyResultCount => {
            "Two to four key results show whether an objective was reached. A single one leaves it open; many hide \
             the important ones."
        }
        Rule::BaselineAndTarget => {
            "No target without a measured baseline and an agreed way to measure: otherwise the distance to the target \
             is unknown."
        }
        Rule::OutputWorded => {
            "A key result is an outcome, not a task. The test: if this were done and the metric had not moved, would \
             we call it a success?"
        }
        Rule::NumberInObjective => {
            "An objective gives the direction, in qualitative and memorable words; the number belongs in its key \
             results."
        }
        Rule::OutsideThemes => {
            "Themes are the few bets of a quarter; an objective outside all of them draws effort away. A review asks \
             this of every objective."
        }
        Rule::SupportsNothing => {
            "Teams draft their own OKRs beside the company's; naming the objective each one supports shows whether \
             the work adds up."
        }
        Rule::ExecutionShortfall => {
            "A goal is adjusted because circumstances changed, not because the team is behind: in that case the score \
             should show it."
        }
        Rule::PreservesObjective => {
            "An adjustment keeps the spirit of the objective. A change that abandons it is a different goal: retire \
             this one explicitly, and draft the new one."
        }
        Rule::StatementLength => {
            "Anyone who asks later why a goal was changed has only the statement. A word or two is not enough."
        }
        Rule::LateAdjustment => {
            "A change near the end moves the goal to where the value already is. Score the goal unchanged, and learn \
             from the result."
        }
        Rule::OwnAdjustment => {
            "The owner of a goal should not move it alone: another pair of eyes keeps the change honest."
        }
        Rule::CheckInAfterEnd => {
            "A cycle is scored on its own days. Values reported much later are hindsight, and the quarter is settled."
        }
    }
}

/// Returns the figures of a rule, by their paths in the policy.
pub(super) fn figures(rule: Rule, policy: &Policy) -> BTreeMap<String, JsonText> {
    let limits = &policy.limits;
    let limit = |name: &str, value: u32| (format!("limits.{name}"), JsonText::of(&value));
    let figures = match rule {
        Rule::TooManyObjectives => vec![limit("objectives_max", limits.objectives_max)],
        Rule::KeyResultCount => {
            vec![limit("key_results_min", limits.key_results_min), limit("key_results_max", limits.key_results_max)]
        }
        Rule::OutputWorded => vec![("output_words".to_owned(), JsonText::of(&policy.output_words))],
        Rule::StatementLength => vec![limit("statement_chars_min", limits.statement_chars_min)],
        Rule::LateAdjustment => vec![limit("late_adjustment_days", limits.late_adjustment_days)],
        Rule::CheckInAfterEnd => vec![limit("check_in_grace_days", limits.check_in_grace_days)],
        Rule::BaselineAndTarget
        | Rule::NumberInObjective
        | Rule::OutsideThemes
        | Rule::SupportsNothing
        | Rule::ExecutionShortfall
        | Rule::PreservesObjective
        | Rule::OwnAdjustment => vec![],
    };
    figures.into_iter().collect()
}

/// Describes the approvals a change needs.
pub(super) fn approval(policy: &Policy) -> ApprovalStands {
    let who = match policy.owner_may_approve {
        true => "anyone except the proposer",
        false => "anyone except the proposer and the goal's owner",
    };
    let does = match policy.approval {
        ApprovalRule::Off => format!(
            "After the start of a cycle, goals may be changed directly. A change may also be proposed, and {who} \
             may approve it."
        ),
        ApprovalRule::Required => {
            format!("After the start of a cycle, goals change only through proposals, which {who} may approve.")
        }
    };
    ApprovalStands {
        approval: policy.approval,
        owner_may_approve: policy.owner_may_approve,
        does,
        reason: "The three questions (what changed outside, is it because we are behind, does it preserve the objective) are \
                 answered more honestly when someone else reads the answers before the goal changes."
            .into(),
    }
}
