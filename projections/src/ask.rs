//! The questions: asked of rows, answered as plain data.
//!
//! Every answer is a function of the rows, of `as_of` (what the ledger knew) and of one moment by which dates are judged.
//! Answers can be written and read as JSON, so that a client asks with the same types.

use events::Moment;
use serde::{Deserialize, Serialize};

use crate::rows::{Error, Rows};

/// The point of a ledger's history a question looks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOf {
    /// The last event known; 0 where none was.
    pub seq: u64,
    /// When that was recorded.
    pub recorded_at: Option<Moment>,
}

/// What a question is asked of.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a, R: ?Sized> {
    /// The ledger's slug.
    pub ledger: &'a str,
    /// What was known.
    pub rows: &'a R,
    /// Up to where.
    pub as_of: AsOf,
    /// The moment by which dates are judged: now, or the moment of the past that was asked for.
    pub at: Moment,
}

/// A ledger's whole history: for questions that look at more than one moment of it.
pub trait History {
    /// The rows as of some event.
    type Rows<'a>: Rows
    where
        Self: 'a;

    /// What was known when `seq` was recorded.
    fn as_of(&self, seq: u64) -> Result<Self::Rows<'_>, Error>;

    /// When `seq` was recorded.
    fn recorded_at(&self, seq: u64) -> Result<Option<Moment>, Error>;

    /// The last event recorded at or before a moment; 0 where none was.
    fn seq_at(&self, moment: Moment) -> Result<u64, Error>;

    /// The exact bytes of an event.
    fn event(&self, seq: u64) -> Result<Option<Vec<u8>>, Error>;
}
