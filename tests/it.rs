//! A single integration binary, grouped by subject.

// Clippy lets tests unwrap; this marks the helpers between them as test code too.
#![cfg(test)]

#[path = "it/architecture.rs"]
mod architecture;
#[path = "it/bench.rs"]
mod bench;
#[path = "it/cli.rs"]
mod cli;
#[path = "it/corpora.rs"]
mod corpora;
#[path = "it/demo.rs"]
mod demo;
#[path = "it/faulty.rs"]
mod faulty;
#[path = "../crates/fuzz/src/targets.rs"]
mod fuzzed;
#[path = "it/generate.rs"]
mod generate;
#[path = "it/hostile.rs"]
mod hostile;
#[path = "it/house.rs"]
mod house;
#[path = "it/http.rs"]
mod http;
#[path = "it/imports.rs"]
mod imports;
#[path = "it/inventory.rs"]
mod inventory;
#[path = "it/laws.rs"]
mod laws;
#[path = "it/reference.rs"]
mod reference;
