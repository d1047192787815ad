//! OKR Ledger: an event-sourced system of record for goals.
//!
//! Everything that touches the outside world is in this package. The crate `events` defines the events that can be
//! recorded, and `projections` derives their meaning; both are pure.

// Test helpers shared with `tests/` refer to this crate as `okr_ledger`.
#[cfg(test)]
extern crate self as okr_ledger;

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
mod figure;
mod folders;
pub mod generate;
pub mod http;
pub mod journal;
pub mod ledger;
mod log_files;
mod machine;
mod markdown;
mod pack;
mod request;
mod spreadsheet;
pub mod views;
mod web;
pub mod writer;
