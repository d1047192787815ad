//! Seeded histories of fictitious organisations: people, teams, successive quarters, weekly check-ins, adjustments,
//! corrections, retirements, grades. For benchmarks, tests, and trials on a large ledger.
//!
//! This crate is pure: it turns a [`Plan`] into a sequence of [`Entry`] values in chronological order, and the same
//! plan always gives the same entries. Entries are generated lazily, so memory grows with the number of people, not
//! with the number of quarters.

mod board;
mod calendar;
mod change;
mod check_in;
mod cycle;
mod day;
mod dice;
mod draft;
mod goal;
mod grading;
mod make;
mod measure;
mod organisation;
mod person;
mod plan;
mod propose;
mod staff;
mod texts;
mod words;

use events::{Moment, Submission};

pub use organisation::Organisation;
pub use plan::Plan;

/// Events to record together, and the time of the recording. Entries with the same time must be recorded in the order
/// in which they are generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The clock at the recording; never earlier than that of the previous entry.
    pub at: Moment,
    /// At most [`Entry::EVENTS_MAX`] events.
    pub submissions: Vec<Submission>,
}

impl Entry {
    /// The most events in one entry that a ledger accepts over HTTP.
    pub const EVENTS_MAX: usize = 1_000;
}
