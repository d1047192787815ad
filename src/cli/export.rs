//! `export`: a byte-identical copy of a ledger.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::progress::Bar;
use super::random::new_incarnation;
use super::screen::{Screen, aside, unwritten};
use super::settings::{DataArg, LedgerArg, Settings};
use crate::clock::Clocks;
use crate::folders;
use crate::ledger::{ExportError, Ledger, Ledgers, open_guarded};

const BUFFER_BYTES: usize = 1 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write; `-` writes stdout
    #[arg(default_value = "-")]
    file: PathBuf,
    #[command(flatten)]
    folder: DataArg,
    #[command(flatten)]
    ledger: LedgerArg,
    /// Overwrite an existing file
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let ledgers = open_existing(&settings.data(&args.folder))?;
    let ledger = choose(&ledgers, settings.ledger(&args.ledger))?;
    write_copy(&ledger, &args.file, args.force, screen)
}

/// Writes a ledger's copy to a file, or to stdout for `-`.
pub(crate) fn write_copy(ledger: &Ledger, to: &Path, force: bool, screen: &mut Screen) -> Result<(), Failure> {
    if to.as_os_str() == "-" {
        return copy(ledger, &mut BufWriter::with_capacity(BUFFER_BYTES, screen)).map(drop);
    }
    check_free(to, force)?;
    let part = Part::of(to);
    let failed = |error: io::Error| Failure::failed(format!("{} cannot be written: {error}", part.0.display()));
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, folders::private_file(&part.0).map_err(failed)?);
    let events = copy(ledger, &mut file)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().and_then(|()| fs::rename(&part.0, to)).map_err(failed)?;
    folders::sync(folders::above(to)).map_err(failed)?;
    aside(&format!("{events} events of {} copied to {}", ledger.slug(), to.display()));
    Ok(())
}

/// Fails if the file exists, unless `force` is set.
pub(crate) fn check_free(file: &Path, force: bool) -> Result<(), Failure> {
    if force || !file.exists() {
        return Ok(());
    }
    let file = file.display();
    Err(Failure::failed(format!("{file} already exists: choose another file, or overwrite it with --force")))
}

/// The file `NAME.part` during an export, so that a partial copy never has the final name. Removed on drop unless
/// renamed.
struct Part(PathBuf);

impl Part {
    fn of(file: &Path) -> Part {
        let mut name = file.as_os_str().to_owned();
        name.push(".part");
        Part(name.into())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Fails harmlessly after a rename.
        _ = fs::remove_file(&self.0);
    }
}

/// Opens a data folder that must exist.
pub(crate) fn open_existing(data: &Path) -> Result<Ledgers, Failure> {
    if !data.exists() {
        return Err(Failure::failed(format!("there is no data folder {}: name another with --data", data.display())));
    }
    Ok(open_guarded(data, Clocks::of_this_machine(), new_incarnation(), &mut Bar::new("Catching up the views"))?)
}

/// Returns the named ledger, or the only one.
fn choose(ledgers: &Ledgers, named: Option<String>) -> Result<Ledger, Failure> {
    let slug = match named {
        Some(slug) => slug,
        None => {
            let all: Vec<String> = ledgers.list()?.into_iter().map(|ledger| ledger.ledger).collect();
            match all.as_slice() {
                [only] => only.clone(),
                [] => return Err(Failure::failed("there is no ledger to copy")),
                several => {
                    return Err(Failure::misused(format!(
                        "there are several ledgers; choose one with --ledger: {}",
                        several.join(", ")
                    )));
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
