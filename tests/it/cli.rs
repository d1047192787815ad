//! The built program, used from a shell.

#[path = "cli/append.rs"]
mod append;
#[path = "cli/asking.rs"]
mod asking;
#[path = "cli/backups.rs"]
mod backups;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "cli/copies.rs"]
mod copies;
#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/mending.rs"]
mod mending;
#[path = "cli/online.rs"]
mod online;
#[path = "cli/packs.rs"]
mod packs;
#[path = "cli/press.rs"]
mod press;
#[path = "cli/program.rs"]
pub(crate) mod program;
#[path = "cli/reports.rs"]
mod reports;
#[path = "cli/serve.rs"]
mod serve;
#[path = "cli/stopping.rs"]
mod stopping;
