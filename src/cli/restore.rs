//! `restore`: restores a backup into a data folder.

use std::path::PathBuf;

use chrono::Utc;

use super::failure::Failure;
use super::progress::Bar;
use super::random::new_incarnation;
use super::screen::Screen;
use super::settings::{DataArg, Settings};
use super::show::count;
use crate::ledger::operations::{RestoreAsk, restore_folder};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The backup folder
    #[arg(long, value_name = "DIR", env = "OKR_LEDGER_BACKUPS")]
    from: PathBuf,
    #[command(flatten)]
    folder: DataArg,
    /// The backup to restore; `backup --to FOLDER --list` lists them [default: the last one]
    #[arg(long, value_name = "N")]
    backup: Option<u32>,
    /// Replace an existing journal; it is kept next to the new one as journal.replaced-<when>
    #[arg(long)]
    force: bool,
    /// Keep the ledgers' incarnations, as one of several machines with the same ledgers
    ///
    /// By default each restored ledger gets a new incarnation. Programs that had read past the end of the backup then
    /// notice that different events follow. With --join they do not: if anything was recorded after the backup, here or
    /// elsewhere, the same sequence numbers refer to different events and no program can detect it. Use --join only if
    /// nothing was recorded since, or if it is lost everywhere.
    #[arg(long)]
    join: bool,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    let ask = RestoreAsk { from: args.from.clone(), backup: args.backup, force: args.force, join: args.join };
    let mut bar = Bar::of_steps("Restoring");
    let restored = restore_folder(&data, &ask, Utc::now(), &new_incarnation(), &mut |step| bar.on_step(&step))?;
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
        Some(replaced) => screen.line(&format!("the previous journal is kept in {}", replaced.display())),
        None => Ok(()),
    }
}
