//! `import`: reads a ledger's copy into an empty or new ledger.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use events::LedgerSlug;
use projections::rules::SKEW_SECONDS_MAX;
use tokio::runtime::Builder;

use super::failure::Failure;
use super::progress::{Bar, Watched};
use super::random::new_incarnation;
use super::scratch::Scratch;
use super::screen::Screen;
use super::settings::{DataArg, LedgerArg, LedgersMaxArg, Settings};
use crate::clock::{Clocks, now};
use crate::folders;
use crate::ledger::{CheckedCopy, ImportError, Ledgers, check_copy, open_guarded};

const BUFFER_BYTES: usize = 1 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The copy; `-` reads stdin
    file: PathBuf,
    #[command(flatten)]
    folder: DataArg,
    #[command(flatten)]
    ledger: LedgerArg,
    #[command(flatten)]
    ledgers_max: LedgersMaxArg,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    // The copy is read twice, so stdin is saved to a file first.
    let (_spool, file) = if args.file.as_os_str() == "-" {
        let spool = Scratch::new()?;
        let file = spool.path().join("copy.jsonl");
        let spooled = folders::private_file(&file).and_then(|mut out| io::copy(&mut io::stdin().lock(), &mut out));
        spooled.map_err(|error| Failure::failed(format!("cannot save stdin to a temporary file: {error}")))?;
        (Some(spool), file)
    } else {
        (None, args.file.clone())
    };
    let checked = check(&file, &args.file)?;
    // Later entries cannot be older: one wrong date would move all of them into the future.
    let now = now();
    if let Some(last) = checked.recorded_at
        && last.micros().saturating_sub(now.micros()) > SKEW_SECONDS_MAX * 1_000_000
    {
        let file = args.file.display();
        let says = format!(
            "{file}: its last entry was recorded at {last}, but the current time is {now}; nothing was imported"
        );
        return Err(Failure::failed(says));
    }
    // The ledger of the environment or the configuration file does not apply: the copy names its own.
    let slug = match &args.ledger.ledger {
        Some(named) => LedgerSlug::new(named.as_str()).map_err(Failure::misused)?,
        None => checked.ledger.clone(),
    };
    let data = settings.data(&args.folder);
    let mut bar = Bar::new("Catching up the views");
    let ledgers = open_guarded(&data, Clocks::of_this_machine(), new_incarnation(), &mut bar)?;
    drop(bar);
    ledgers.set_ledgers_max(settings.ledgers_max(&args.ledgers_max));
    let standing = ledgers.list()?.into_iter().find(|ledger| ledger.ledger == slug.as_str());
    take(&ledgers, &slug, &checked, || open(&file))?;
    let mut says = format!("{} entries ({} events) imported into {slug}", checked.entries, checked.events);
    if let Some(standing) = standing {
        if standing.last_seq > 0 {
            says = format!("{says}, of which {} events were recorded earlier", standing.last_seq);
        }
        if standing.title != checked.header.title {
            let (title, other) = (&standing.title, &checked.header.title);
            says = format!("{says}; the ledger existed and keeps its title, `{title}` (the copy has `{other}`)");
        }
    }
    screen.line(&says)
}

/// Reads a copy to its end and reports every fault in it. `named` is the file's name in messages.
fn check(file: &Path, named: &Path) -> Result<CheckedCopy, Failure> {
    let bytes = file.metadata().map_or(0, |file| file.len());
    check_copy(Watched::new(open(file)?, bytes, Bar::of_bytes("Checking the copy"))).map_err(|found| {
        let named = named.display();
        match found.faults.as_slice() {
            [only] => Failure::failed(format!("{named}: {only}; nothing was imported")),
            _ => Failure::failed(format!("{named}: nothing was imported\n{found}")),
        }
    })
}

/// Imports a copy that passed the check.
pub(crate) fn take<C: io::BufRead>(
    ledgers: &Ledgers,
    slug: &LedgerSlug,
    checked: &CheckedCopy,
    again: impl FnOnce() -> Result<C, Failure>,
) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::failed(format!("cannot start the async runtime: {error}")))?;
    let taken = runtime.block_on(ledgers.import(slug, checked, again()?, &mut Bar::new("Importing the copy")));
    match taken {
        Ok(_) => Ok(()),
        Err(ImportError::Copy(fault)) => Err(Failure::failed(format!("the copy changed while it was read: {fault}"))),
        Err(ImportError::Ledger(error)) => Err(error.into()),
    }
}

fn open(file: &Path) -> Result<BufReader<File>, Failure> {
    let opened = File::open(file).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    Ok(BufReader::with_capacity(BUFFER_BYTES, opened))
}
