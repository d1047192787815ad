//! `accept-clock`: confirms that the machine's clock is right despite contrary evidence.

use serde_json::json;

use super::failure::Failure;
use super::operator::operate;
use super::screen::Screen;
use super::settings::{DataArg, Settings};
use crate::clock::Clocks;
use crate::ledger::{AcceptedClock, accept_clock_folder};

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
        None => format!("the clock reads {now} and no evidence contradicts it: nothing to accept"),
        Some(doubt) => format!("accepted once: {doubt}. Recording has resumed at {now}"),
    })
}
