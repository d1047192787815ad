//! `rebuild`: the views, built anew from the journal.

use super::failure::Failure;
use super::progress::Bar;
use super::screen::Screen;
use super::settings::{DataArg, Settings};
use super::show::count;
use crate::ledger::rebuild_folder;

/// What can be said to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    if !data.exists() {
        return Err(Failure::failed(format!("there is no data folder {}: name another with --data", data.display())));
    }
    let events = rebuild_folder(&data, &mut Bar::new("Rebuilding the views"))?;
    screen.line(&format!("{} folded: the views are new", count(events, "event")))
}
