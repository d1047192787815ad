//! The rules: which submissions may be recorded, given the current rows.
//!
//! [`decide`] takes the submissions of one entry and either accepts all of them or returns every objection. It reads
//! rows but does no I/O of its own, reads no clock and knows no HTTP. Each submission is checked against the rows
//! *after* the submissions before it in the same entry.

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

/// The most seconds a submission's time may be ahead of the ledger's clock.
pub const SKEW_SECONDS_MAX: i64 = 300;

/// The result of an entry without objections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The events to record, numbered and stamped.
    pub events: Vec<Recorded>,
    /// Warnings of the rules: up to a hundred, and the number of further ones.
    pub warnings: Vec<Warning>,
}

/// The kind of refusal: what the caller can do about it. Ordered by strength: a caller with an outdated view learns
/// that before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum No {
    /// The submission contradicts the current state (a closed cycle, a retired goal); another state would allow it.
    Conflict,
    /// The submission is not valid, or a rule of the method forbids it: correct it.
    Invalid,
    /// The entry is larger, or causes more work, than allowed: split it into smaller entries.
    TooLarge,
    /// The subject has changed since the caller read it: read it again.
    Precondition,
}

/// A refusal with all its objections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The strongest refusal among the violations.
    pub no: No,
    /// All violations: up to a hundred, and the number of further ones.
    pub violations: Vec<Violation>,
}

impl Refusal {
    /// Refuses an entry as a whole for its size or its work.
    pub fn too_large(rule: &str, says: impl fmt::Display) -> Refusal {
        Refusal { no: No::TooLarge, violations: vec![Violation::new("", rule, says)] }
    }
}

/// An entry as submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The submissions, with refs resolved to ids.
    pub submissions: Vec<Submission>,
    /// True if the entry was submitted as a list; JSON Pointers then start with the position in the list.
    pub is_list: bool,
    /// The seq of the last event about the subjects that the submitter has seen.
    pub if_match: Option<u64>,
}

impl Proposal {
    /// Returns the JSON Pointer of the `n`th submission in the submitted body.
    pub fn pointer(&self, n: usize) -> String {
        if self.is_list { format!("/{n}") } else { String::new() }
    }
}
