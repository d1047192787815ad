//! `export`: a copy of a ledger, every entry as it is.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::progress::Bar;
use super::screen::{Screen, aside, unwritten};
use super::serve::clock;
use super::settings::{DataArg, LedgerArg, Settings};
use crate::ledger::{ExportError, Ledger, Ledgers, open_folder};

/// What can be said to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to; `-` writes stdout
    #[arg(default_value = "-")]
    file: PathBuf,
    #[command(flatten)]
    folder: DataArg,
    #[command(flatten)]
    ledger: LedgerArg,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let ledgers = open_existing(&settings.data(&args.folder))?;
    let ledger = choose(&ledgers, settings.ledger(&args.ledger))?;
    if args.file.as_os_str() == "-" {
        return copy(&ledger, &mut BufWriter::new(screen)).map(drop);
    }
    if args.file.exists() && !args.force {
        let file = args.file.display();
        return Err(Failure::failed(format!(
            "{file} is there already: name another file, or write over it with --force"
        )));
    }
    // Half a copy must not stand under the name of a whole one.
    let part = with_suffix(&args.file, ".part");
    let failed = |error: std::io::Error| Failure::failed(format!("{} cannot be written: {error}", part.display()));
    let mut file = BufWriter::new(File::create(&part).map_err(failed)?);
    let events = copy(&ledger, &mut file)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().and_then(|()| fs::rename(&part, &args.file)).map_err(failed)?;
    aside(&format!("{events} events of {} copied to {}", ledger.slug(), args.file.display()));
    Ok(())
}

/// Opens a data folder that must be there.
pub(crate) fn open_existing(data: &Path) -> Result<Ledgers, Failure> {
    if !data.exists() {
        return Err(Failure::failed(format!("there is no data folder {}: name another with --data", data.display())));
    }
    Ok(open_folder(data, clock(), &mut Bar::new("Catching up the views"))?)
}

/// The ledger that is named, or the only one there is.
fn choose(ledgers: &Ledgers, named: Option<String>) -> Result<Ledger, Failure> {
    let slug = match named {
        Some(slug) => slug,
        None => {
            let all: Vec<String> = ledgers.list()?.into_iter().map(|ledger| ledger.ledger).collect();
            match all.as_slice() {
                [only] => only.clone(),
                [] => return Err(Failure::failed("there is no ledger to copy")),
                several => {
                    return Err(Failure::misused(format!("name one with --ledger: {}", several.join(", "))));
                }
            }
        }
    };
    Ok(ledgers.ledger(&slug)?)
}

fn copy(ledger: &Ledger, out: &mut impl Write) -> Result<u64, Failure> {
    ledger.export(out, &mut Bar::new("Copying")).map_err(|error| match error {
        ExportError::Ledger(error) => Failure::from(error),
        ExportError::Write(error) => unwritten(&error),
    })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
