//! What recorded events mean: rows, the one fold, the rules, the scores, and the questions asked of them.
//!
//! This crate is pure. It reads and writes rows through [`rows::Rows`] and [`rows::RowsMut`], so that the same code runs over a map
//! in memory, over stored rows as they are, and over stored rows as they were.
//!
//! ```text
//! events ──> apply ──> rows ──> ask::{board, audit, confidence, replay, what_if, changes, attention, …}
//!              ^         │
//!   decide ────┴─────────┘   (what may be recorded, given what stands; it applies what it lets through)
//! ```

pub mod ask;
pub mod calendar;
pub mod rows;
pub mod rules;
pub mod score;

mod context;
mod fold;

pub use fold::apply;
