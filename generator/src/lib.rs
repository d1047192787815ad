//! Seeded histories of organisations that never were: people, teams, quarters one after the other, weekly check-ins,
//! adjustments, corrections, retirements, grades. For benchmarks, for tests, and for trying things out on a large ledger.
//!
//! This crate is pure: a [`Plan`] goes in, [`Entry`] after entry comes out, in the order of time, and the same plan always
//! gives the same entries. Entries are made as they are asked for, and what is held in between grows with the people, not
//! with the quarters.

mod board;
mod calendar;
mod change;
mod check_in;
mod cycle;
mod day;
mod dice;
mod draft;
mod grading;
mod make;
mod measure;
mod organisation;
mod plan;
mod propose;
mod staff;
mod texts;
mod words;

use events::{Moment, Submission};

pub use organisation::Organisation;
pub use plan::Plan;

/// What is to be recorded together, and when the ledger is to learn it. Entries of one moment are to be recorded in the
/// order in which they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The clock at the recording; never earlier than that of the entry before.
    pub at: Moment,
    /// The events, at most [`Entry::EVENTS_MAX`].
    pub submissions: Vec<Submission>,
}

impl Entry {
    /// The most events in one entry: what a ledger takes over HTTP.
    pub const EVENTS_MAX: usize = 1_000;
}
