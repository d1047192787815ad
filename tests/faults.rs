//! The fault campaign: faults by seed, and an oracle that judges what came of them.
//!
//! As an ordinary test each campaign runs a few rounds. `make faults` runs the long one: `SEED=7` for other faults,
//! `ROUNDS=50` for so many rounds of each. A failure names its seed and leaves its data folder behind.

// Clippy lets tests unwrap; this tells it that the helpers between them are tests too.
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
