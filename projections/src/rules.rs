//! The rules: what may be recorded, given what stands.
//!
//! [`decide`] takes the submissions of one entry and either lets all of them through, or says everything that is wrong
//! with them. It reads rows and returns; it does no I/O of its own, reads no clock, and knows no HTTP. Each submission is
//! held against what stands *after* those before it in the same entry.

mod board_report;
mod carry_over;
mod check_in;
mod cycle;
mod entry;
#[cfg(test)]
mod given;
mod hindsight;
mod judge;
mod justification;
mod key_result;
mod measures;
mod objective;
mod policy;
mod proposal;
mod refs;
#[cfg(test)]
mod severities;
mod sizes;
mod stamp;
mod team;
mod unsettled;
mod warnings;

use std::fmt;

use events::{Recorded, Submission, Violation};

pub use entry::{Situation, decide};
pub use hindsight::{Finding, findings};
pub use policy::policy_faults;
pub use refs::{id_behind, resolve_refs};
pub use sizes::{ENTRY_BYTES_MAX, ENTRY_EVENTS_MAX};
pub use warnings::{Warning, Warnings};

/// How far ahead of the ledger's clock a submission's time may lie, in seconds.
pub const SKEW_SECONDS_MAX: i64 = 300;

/// What the rules let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The events as they will stand, numbered and stamped.
    pub events: Vec<Recorded>,
    /// What the rules advise: up to a hundred times, and how much more.
    pub warnings: Vec<Warning>,
}

/// Which kind of no it is: what the caller can do about it. The strongest comes last: to one whose picture of what stands is
/// old, that is said before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum No {
    /// It does not go with what stands (a closed cycle, something retired): another state would allow it.
    Conflict,
    /// It is not valid, or a rule of the method forbids it: mend the submission.
    Invalid,
    /// It is larger, or more work, than one entry may be: send it in smaller ones.
    TooLarge,
    /// What stands is not what the caller expected: read it again.
    Precondition,
}

/// The rules saying no, with everything they object to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The strongest no among the violations.
    pub no: No,
    /// Everything that is wrong: up to a hundred faults, and how many more there are.
    pub violations: Vec<Violation>,
}

impl Refusal {
    /// The entry as a whole is larger, or more work, than one may be.
    pub fn too_large(rule: &str, says: impl fmt::Display) -> Refusal {
        Refusal { no: No::TooLarge, violations: vec![Violation::new("", rule, says)] }
    }
}

/// An entry as it is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its events, refs resolved.
    pub submissions: Vec<Submission>,
    /// Whether it was submitted as a list, so that pointers begin with a place in it.
    pub is_list: bool,
    /// The last event about its subjects that the submitter has seen.
    pub if_match: Option<u64>,
}

impl Proposal {
    /// Where the `n`th submission stands in the submitted body, as a JSON Pointer.
    pub fn pointer(&self, n: usize) -> String {
        if self.is_list { format!("/{n}") } else { String::new() }
    }
}
