//! The policy as it stands, each rule with its reason.

use events::{Policy, Rule, Severity};
use serde::{Deserialize, Serialize};

use crate::ask::{AsOf, Asked};
use crate::rows::{Error, Key, PolicyRow, Rows, Table, row};

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStands {
    /// The ledger's slug.
    pub ledger: String,
    /// What was known.
    pub as_of: AsOf,
    /// How many adoptions made it; 0 is the default nobody adopted.
    pub version: u32,
    /// The event that adopted the last part of it.
    pub adopted_by: Option<u64>,
    /// The policy, whole.
    pub policy: Policy,
    /// What each rule does, and why it is there.
    pub rules: Vec<RuleStands>,
}

/// A rule of the policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleStands {
    /// The rule.
    pub rule: Rule,
    /// What it does.
    pub severity: Severity,
    /// Why it is there, in a sentence.
    pub reason: String,
}

/// The policy in force.
pub fn policy<R: Rows + ?Sized>(asked: &Asked<'_, R>) -> Result<PolicyStands, Error> {
    let adopted: Option<PolicyRow> = row(asked.rows, &Key::of(Table::Policy))?;
    let adopted_by = adopted.as_ref().map(|row| row.touched);
    let policy = adopted.map(|row| row.policy).unwrap_or_default();
    let rules = Rule::ALL
        .iter()
        .map(|rule| RuleStands { rule: *rule, severity: policy.severity(*rule), reason: reason(*rule, &policy) })
        .collect();
    let version = policy.version;
    Ok(PolicyStands { ledger: asked.ledger.to_owned(), as_of: asked.as_of, version, adopted_by, policy, rules })
}

fn reason(rule: Rule, policy: &Policy) -> String {
    let limits = &policy.limits;
    match rule {
        Rule::TooManyObjectives => format!(
            "Focus: more than {} objectives of one owner-unit and level in a cycle is a list, not a choice.",
            limits.objectives_max
        ),
        Rule::KeyResultCount => format!(
            "{} to {} key results tell whether an objective was reached; fewer leave it open, more hide what matters.",
            limits.key_results_min, limits.key_results_max
        ),
        Rule::BaselineAndTarget => {
            "No target without a measured baseline: otherwise nobody can say how far there is to go.".into()
        }
        Rule::OutputWorded => {
            "A key result is an outcome: if it were done and the metric had not moved, it was a task.".into()
        }
        Rule::NumberInObjective => {
            "An objective says where to, memorably; the number belongs in its key results.".into()
        }
        Rule::OutsideThemes => {
            "Where a cycle declares themes, an objective outside all of them pulls elsewhere.".into()
        }
        Rule::SupportsNothing => {
            "A team's objective should say what it supports, so that the teams' work adds up.".into()
        }
        Rule::ExecutionShortfall => {
            "Being behind is no reason to move the goal: adjust for changed circumstances, and let the score tell the rest."
                .into()
        }
        Rule::PreservesObjective => {
            "A change that gives up the spirit of the objective is another objective: retire this one instead.".into()
        }
        Rule::StatementLength => format!(
            "A reason of fewer than {} characters will not tell anybody later why it was done.",
            limits.statement_chars_min
        ),
        Rule::LateAdjustment => format!(
            "In the last {} days a change moves the goal to where the value already is.",
            limits.late_adjustment_days
        ),
        Rule::OwnAdjustment => {
            "Who answers for a key result should not move it alone: another pair of eyes keeps it honest.".into()
        }
        Rule::CheckInAfterEnd => format!(
            "A cycle is scored on what was so within it: {} days after its end its values are settled.",
            limits.check_in_grace_days
        ),
    }
}
