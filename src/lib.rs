//! OKR Ledger: an event-sourced system of record for goals.
//!
//! This package is everything that touches the world. What can be recorded is in `events`, what it means in
//! `projections`; both are pure.

// A helper that these tests share with those in `tests/` says `okr_ledger`.
#[cfg(test)]
extern crate self as okr_ledger;

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
mod spreadsheet;
pub mod views;
mod web;
pub mod writer;
