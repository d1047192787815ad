//! The HTTP interface, through its router.

#[path = "http/asking.rs"]
mod asking;
#[path = "http/audit.rs"]
mod audit;
#[path = "http/bad_input.rs"]
mod bad_input;
#[path = "http/beside.rs"]
mod beside;
#[path = "http/board_reports.rs"]
mod board_reports;
#[path = "http/browsers.rs"]
mod browsers;
#[path = "http/calibration.rs"]
mod calibration;
#[path = "http/clock.rs"]
mod clock;
#[path = "http/committer.rs"]
mod committer;
#[path = "http/demo.rs"]
mod demo;
#[path = "http/events.rs"]
mod events;
#[path = "http/failing.rs"]
mod failing;
#[path = "http/feed.rs"]
mod feed;
#[path = "http/goalposts.rs"]
mod goalposts;
#[path = "http/ledgers.rs"]
mod ledgers;
#[path = "http/limits.rs"]
mod limits;
#[path = "http/packs.rs"]
mod packs;
#[path = "http/pages.rs"]
mod pages;
#[path = "http/proposals.rs"]
mod proposals;
#[path = "http/recording.rs"]
mod recording;
#[path = "http/schemas.rs"]
mod schemas;
#[path = "http/serving.rs"]
mod serving;
#[path = "http/startup.rs"]
mod startup;
#[path = "http/story.rs"]
mod story;
#[path = "http/two_times.rs"]
mod two_times;
