//! OKR Ledger: an event-sourced system of record for goals.

pub mod journal;
