//! The policy in force: for each rule its effect, its reason and its figures.

mod explained;

use std::collections::BTreeMap;

use events::{ApprovalRule, Policy, Rule, Severity};
use serde::{Deserialize, Serialize};

use crate::ask::{AsOf, Asked};
use crate::rows::{Error, JsonText, Key, PolicyRow, Rows, Table, row};

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStands {
    /// The ledger's slug.
    pub ledger: String,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// Number of adoptions; 0 is the built-in default.
    pub version: u32,
    /// The event that adopted the latest part of the policy.
    pub adopted_by: Option<u64>,
    /// The complete policy.
    pub policy: Policy,
    /// The effect and reason of each rule.
    pub rules: Vec<RuleStands>,
    /// Approval of changes after the start.
    pub approval: ApprovalStands,
}

/// A rule of the policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleStands {
    /// The name of the rule.
    pub rule: Rule,
    /// Off, warn or refuse.
    pub severity: Severity,
    /// The current effect as a sentence.
    pub does: String,
    /// The reason for the rule, in a sentence or two.
    pub reason: String,
    /// The figures of the rule, by their paths in the policy.
    pub figures: BTreeMap<String, JsonText>,
}

/// Approval of changes under the policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalStands {
    /// Required or off, for changes after the start.
    pub approval: ApprovalRule,
    /// True if a goal's owner may approve proposals of others for it.
    pub owner_may_approve: bool,
    /// The current effect as a sentence.
    pub does: String,
    /// The reason for approvals.
    pub reason: String,
}

/// Returns the policy in force.
pub fn policy<R: Rows + ?Sized>(asked: &Asked<'_, R>) -> Result<PolicyStands, Error> {
    let adopted: Option<PolicyRow> = row(asked.rows, &Key::of(Table::Policy))?;
    let adopted_by = adopted.as_ref().map(|row| row.touched);
    let policy = adopted.map(|row| row.policy).unwrap_or_default();
    let rules = Rule::ALL
        .iter()
        .map(|rule| RuleStands {
            rule: *rule,
            severity: policy.severity(*rule),
            does: explained::does(*rule, &policy),
            reason: explained::reason(*rule).to_owned(),
            figures: explained::figures(*rule, &policy),
        })
        .collect();
    let (version, approval) = (policy.version, explained::approval(&policy));
    Ok(PolicyStands {
        ledger: asked.ledger.to_owned(),
        as_of: asked.as_of,
        version,
        adopted_by,
        policy,
        rules,
        approval,
    })
}
