//! The built program, as somebody at a shell meets it.

#[path = "cli/append.rs"]
mod append;
#[path = "cli/asking.rs"]
mod asking;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "cli/copies.rs"]
mod copies;
#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/program.rs"]
pub(crate) mod program;
#[path = "cli/serve.rs"]
mod serve;
