//! `backup`: a copy of the journal, even while it is served.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::operator::operate;
use super::screen::Screen;
use super::settings::{DataArg, Settings};
use super::show::{self, count};
use crate::ledger::operations::{Backup, BackupAsk, back_up_folder, list_backups};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
    /// The backup folder, best on another disk
    #[arg(long, value_name = "DIR", env = "OKR_LEDGER_BACKUPS")]
    to: PathBuf,
    /// Keep the last N backups, including this one; none is removed while one due for removal contains events missing
    /// from this one [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Do not assemble and read the backup: faster, but it may turn out not to be restorable
    #[arg(long)]
    no_check: bool,
    /// Back up even if the data folder has no ledgers, or other ledgers than the backup folder
    #[arg(long)]
    force: bool,
    /// List the existing backups instead
    #[arg(long, conflicts_with_all = ["keep", "no_check", "force"])]
    list: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    if args.list {
        let backups = list_backups(&args.to)?;
        return if args.json {
            json(&backups, screen)
        } else {
            screen.line(show::backups(&backups, screen.style()).trim_end())
        };
    }
    let data = settings.data(&args.folder);
    // A server that runs the operation may have another working directory.
    let to = std::path::absolute(&args.to).map_err(|error| Failure::misused(format!("--to: {error}")))?;
    let ask = BackupAsk { to, keep: args.keep.map(|keep| keep as usize), check: !args.no_check, force: args.force };
    let backup: Backup = operate(&data, "backup", &ask, |on_step| back_up_folder(&data, &ask, on_step))?;
    if args.json {
        json(&backup, screen)?
    } else {
        screen.line(&summary(&backup, &args.to))?
    }
    backup.nothing_removed.map_or(Ok(()), |why| Err(Failure::Look(why)))
}

fn summary(backup: &Backup, to: &Path) -> String {
    let events = backup.ledgers.iter().map(|ledger| ledger.last_seq).sum();
    let checked = if backup.is_checked { "assembled and read in full: it can be restored" } else { "not checked" };
    format!(
        "backup {} in {}: {}, {}; {checked}",
        backup.backup,
        to.display(),
        count(backup.ledgers.len() as u64, "ledger"),
        count(events, "event"),
    )
}

fn json(of: &impl serde::Serialize, screen: &mut Screen) -> Result<(), Failure> {
    let text = serde_json::to_string(of).map_err(|error| Failure::failed(error.to_string()))?;
    screen.line(&text)
}
