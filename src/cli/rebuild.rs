//! `rebuild`: rebuilds the views from the journal, even while they are served.

use super::failure::Failure;
use super::operator::operate;
use super::screen::{Screen, aside};
use super::settings::{DataArg, Settings};
use super::show::count;
use crate::ledger::operations::{RebuildAsk, rebuild_folder};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
    /// Install the rebuilt views even if they differ from the current ones
    #[arg(long)]
    replace: bool,
    /// Install the rebuilt views without a comparison
    #[arg(long, conflicts_with = "replace")]
    no_compare: bool,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    let ask = RebuildAsk { compare: !args.no_compare, replace: args.replace, ..RebuildAsk::default() };
    let rebuilt = operate(&data, "rebuild", &ask, |on_step| rebuild_folder(&data, &ask, on_step))?;
    for finding in &rebuilt.findings {
        aside(&finding.to_string());
    }
    let differing = count(rebuilt.differing, "row");
    if !rebuilt.is_in_place {
        return Err(Failure::failed(format!(
            "{differing} differ between the current and the rebuilt views: nothing was changed. The journal is \
             authoritative: if `okr-ledger verify` finds no fault in it, install the rebuilt views with `okr-ledger \
             rebuild --replace`",
        )));
    }
    let compared = match rebuilt.uncompared {
        Some(why) => format!("nothing was compared: {why}"),
        None if rebuilt.differing > 0 => format!("{differing} differed from the previous views"),
        None => format!("{} unchanged", count(rebuilt.rows, "stored row")),
    };
    screen.line(&format!("{} folded, {compared}: the views are rebuilt", count(rebuilt.events, "event")))
}
