//! Tests of the pages in a real browser: Debian's chromium, driven through chromedriver. `make setup` installs both.
//!
//! ```text
//! stage.rs      a server on a free port, a browser with a fresh profile
//! newcomer.rs   the first steps of a person who opens the demo
//! reports.rs    the results of a quarter, found by clicking; the board downloaded as files
//! forms.rs      submitted forms are recorded once
//! live.rs       the page of events: live updates, after a restart, with all feeds in use, after a restore
//! life.rs       forms for the stages of goals and cycles: amend, retire, start, close, review
//! every_page.rs properties of every page: narrow and wide, dark and light, without a script, for screen readers
//! ```

// Clippy lets tests unwrap; this marks the helpers between them as test code too.
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
