//! `accept-clock`: the machine's clock is right, whatever speaks against it.

use serde_json::json;

use super::failure::Failure;
use super::operator::operate;
use super::screen::Screen;
use super::settings::{DataArg, Settings};
use crate::clock::Clocks;
use crate::ledger::{AcceptedClock, accept_clock_folder};

/// What can be said to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    let here = || accept_clock_folder(&data, Clocks::of_this_machine());
    let AcceptedClock { now, accepted } = operate(&data, "accept-clock", &json!({}), |_| here())?;
    screen.line(&match accepted {
        None => format!("the clock says {now}, and nothing speaks against that: there was nothing to accept"),
        Some(doubt) => format!("accepted, for this once: {doubt}. Entries are recorded again, from {now} on"),
    })
}
