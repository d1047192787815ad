//! The meaning of recorded events: rows, the fold, the rules, the scores, and the questions answered from them.
//!
//! This crate is pure. It reads and writes rows through [`rows::Rows`] and [`rows::RowsMut`], so the same code runs
//! over a map in memory, over the current stored rows, and over stored rows as of a past seq.
//!
//! ```text
//! events ──> apply ──> rows ──> ask::{board, audit, confidence, replay, what_if, changes, attention, …}
//!              ^         │
//!   decide ────┴─────────┘   (checks an entry against the rows; applies it if accepted)
//! ```

pub mod ask;
pub mod calendar;
pub mod rows;
pub mod rules;
pub mod score;

mod context;
mod fold;

pub use fold::apply;
