//! `rebuild`: the views, built anew from the journal, also while they are served.

use super::failure::Failure;
use super::operator::operate;
use super::screen::{Screen, aside};
use super::settings::{DataArg, Settings};
use super::show::count;
use crate::ledger::operations::{RebuildAsk, rebuild_folder};

/// What can be said to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
    /// Put the new views in place also where they differ from those that stand
    #[arg(long)]
    replace: bool,
    /// Put them in place without comparing the two
    #[arg(long, conflicts_with = "replace")]
    no_compare: bool,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    let ask = RebuildAsk { compare: !args.no_compare, replace: args.replace, ..RebuildAsk::default() };
    let rebuilt = operate(&data, "rebuild", &ask, |told| rebuild_folder(&data, &ask, told))?;
    for finding in &rebuilt.findings {
        aside(&finding.to_string());
    }
    let differing = count(rebuilt.differing, "row");
    if !rebuilt.is_in_place {
        return Err(Failure::failed(format!(
            "{differing} differ between the views that stand and the rebuilt ones: nothing was changed. The journal is the \
             only truth: if `okr-ledger verify` finds nothing wrong with it, `okr-ledger rebuild --replace` lets the \
             rebuilt ones stand",
        )));
    }
    let compared = match rebuilt.uncompared {
        Some(why) => format!("nothing was compared: {why}"),
        None if rebuilt.differing > 0 => format!("{differing} differed from those that stood"),
        None => format!("{} the same as before", count(rebuilt.rows, "stored row")),
    };
    screen.line(&format!("{} folded, {compared}: the views are new", count(rebuilt.events, "event")))
}
