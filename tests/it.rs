//! One integration binary, grouped by subject.

#[path = "it/cli.rs"]
mod cli;
#[path = "it/demo.rs"]
mod demo;
#[path = "it/laws.rs"]
mod laws;
