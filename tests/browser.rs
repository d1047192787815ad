//! The pages, in a real browser: Debian's chromium, driven through chromedriver. `make setup` installs both.
//!
//! ```text
//! stage.rs      a server on a port of its own, a browser with a profile of its own
//! newcomer.rs   what somebody does who opens the demo for the first time
//! reports.rs    what a quarter came to, found by clicking; the board taken along as files
//! forms.rs      what is filled in is recorded, once
//! live.rs       the page of events, as they come: after a restart, where feeds are full, after a restore
//! life.rs       the forms of a goal's and a cycle's life: amended, retired, started, closed, looked back on
//! every_page.rs what holds of every page: narrow and wide, dark and light, without a script, for screen readers
//! ```

// Clippy lets tests unwrap; this tells it that the helpers between them are tests too.
#![cfg(test)]

#[path = "browser/every_page.rs"]
mod every_page;
#[path = "browser/forms.rs"]
mod forms;
#[path = "it/hostile.rs"]
mod hostile;
#[path = "browser/life.rs"]
mod life;
#[path = "browser/live.rs"]
mod live;
#[path = "browser/newcomer.rs"]
mod newcomer;
#[path = "browser/reports.rs"]
mod reports;
#[path = "browser/stage.rs"]
mod stage;
