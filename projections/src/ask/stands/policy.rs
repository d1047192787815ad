//! The policy as it stands, each rule with what it does, its reason, and the figures it goes by.

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
    /// Whose word a change after the start needs.
    pub approval: ApprovalStands,
}

/// A rule of the policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleStands {
    /// The rule.
    pub rule: Rule,
    /// What it does.
    pub severity: Severity,
    /// What that means now, in a sentence.
    pub does: String,
    /// Why it is there, in a sentence or two.
    pub reason: String,
    /// The figures it goes by, by their places in the policy.
    pub figures: BTreeMap<String, JsonText>,
}

/// How the policy in force has changes of goals approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalStands {
    /// Whether a change after the start must be approved.
    pub approval: ApprovalRule,
    /// Whether a goal's owner may approve what somebody else proposes for it.
    pub owner_may_approve: bool,
    /// What that means now.
    pub does: String,
    /// Why it is there.
    pub reason: String,
}

/// The policy in force.
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
