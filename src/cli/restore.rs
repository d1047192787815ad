//! `restore`: a backup put into a data folder.

use std::path::PathBuf;

use chrono::Utc;

use super::chance::new_incarnation;
use super::failure::Failure;
use super::progress::Bar;
use super::screen::Screen;
use super::settings::{DataArg, Settings};
use super::show::count;
use crate::ledger::operations::{RestoreAsk, restore_folder};

/// What can be said to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of backups
    #[arg(long, value_name = "DIR", env = "OKR_LEDGER_BACKUPS")]
    from: PathBuf,
    #[command(flatten)]
    folder: DataArg,
    /// The backup to restore; `backup --list` names them [default: the last one]
    #[arg(long, value_name = "N")]
    backup: Option<u32>,
    /// Take the place of a journal that is there; it is kept beside as journal.replaced-<when>
    #[arg(long)]
    force: bool,
    /// Go on in the very same incarnation, as one of several machines that are to hold the same ledger
    ///
    /// Without this each restored ledger gets a new incarnation, by which programs that had read beyond the backup's end
    /// find out that other events follow now. With it they do not: where anything was recorded after the backup was made,
    /// here or elsewhere, the same numbers stand for different events and nobody can tell. Use it only where nothing was,
    /// or where what was is lost for everybody.
    #[arg(long)]
    join: bool,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    let ask = RestoreAsk { from: args.from.clone(), backup: args.backup, force: args.force, join: args.join };
    let mut bar = Bar::of_steps("Restoring");
    let restored = restore_folder(&data, &ask, Utc::now(), &new_incarnation(), &mut |step| bar.told(&step))?;
    drop(bar);
    let events = restored.ledgers.iter().map(|ledger| ledger.last_seq).sum();
    screen.line(&format!(
        "backup {} restored into {}: {}, {}",
        restored.backup,
        data.display(),
        count(restored.ledgers.len() as u64, "ledger"),
        count(events, "event"),
    ))?;
    match restored.replaced {
        Some(replaced) => screen.line(&format!("what stood before is kept in {}", replaced.display())),
        None => Ok(()),
    }
}
