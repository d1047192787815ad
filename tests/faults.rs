//! The fault campaign: seeded faults, and an oracle that judges the outcome.
//!
//! As ordinary tests, campaigns run a few rounds. `make faults` runs the long ones: `SEED=7` for other faults,
//! `ROUNDS=50` for the number of rounds of each. A failure names its seed and keeps its data folder.

// Clippy lets tests unwrap; this marks the helpers between them as test code too.
#![cfg(test)]

#[path = "faults/campaign.rs"]
mod campaign;
#[path = "faults/clients.rs"]
mod clients;
#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/damage.rs"]
mod damage;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/door.rs"]
mod door;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "it/faulty.rs"]
mod faulty;
#[path = "faults/history.rs"]
mod history;
#[path = "faults/journal.rs"]
mod journal;
#[path = "faults/kill.rs"]
mod kill;
#[path = "faults/oracle.rs"]
mod oracle;
#[path = "faults/power.rs"]
mod power;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "it/cli/program.rs"]
mod program;
