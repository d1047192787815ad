//! The built program, as somebody at a shell meets it.

mod append;
mod configuration;
mod copies;
mod demo;
mod kill;
mod program;
mod serve;
