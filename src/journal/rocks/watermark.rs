//! The mark: how much the journal was last known to hold, in a small file of its own beside RocksDB's.
//!
//! ```text
//! format u8 | ledgers u32 | events u64 | checksum u64      big-endian; the checksum is XXH3 of what stands before it
//! ```
//!
//! RocksDB cannot tell the end of its write-ahead log from decay near that end, and a lost end of its manifest takes
//! tables along: both look like a history that was always shorter. So after each sync the mark says how far the history
//! went. It is not synced itself, but when it is made: after a power cut it may say too little, which is harmless, and never
//! too much.
//!
//! One that is missing or cannot be read says nothing, and the journal is believed as it is read. That is told at the
//! start, and named when the journal is verified: whoever did not delete it has lost the one witness.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::failure;
use super::ledger_states::LedgerState;
use crate::journal::Error;

const FILE: &str = "mark";
const FORMAT: u8 = 1;
const BYTES: usize = 21;

/// How often one is read that seems broken.
const TRIES: usize = 3;

/// The mark of an open journal.
#[derive(Debug)]
pub(super) struct Watermark {
    file: File,
    path: PathBuf,
}

/// How much a journal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    ledgers: u32,
    events: u64,
}

impl Watermark {
    /// Finds the mark in the journal's folder, or makes it. [`Error::Damaged`] where it tells of more than is there.
    pub(super) fn open(folder: &Path, ledger_states: &[LedgerState]) -> Result<Watermark, Error> {
        if let Some(silence) = silence(folder, ledger_states) {
            tracing::warn!("the journal {}: {silence}", folder.display());
        }
        Watermark::begin(folder, ledger_states)
    }

    /// The same for a journal that was just put together, and never had one.
    pub(super) fn begin(folder: &Path, ledger_states: &[LedgerState]) -> Result<Watermark, Error> {
        let path = folder.join(FILE);
        let failed = |error: std::io::Error| Error::Storage(format!("cannot use {}: {error}", path.display()));
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let known = read(&file).map_err(failed)?;
        if let Some(known) = known {
            check(folder, known, ledger_states)?;
        }
        let watermark = Watermark { file, path };
        watermark.set(ledger_states);
        if known.is_none() {
            // One that a power cut takes away again would be missed.
            let synced = watermark.file.sync_all().and_then(|()| File::open(folder)?.sync_all());
            synced.map_err(|error| failure::folder(folder, &error))?;
        }
        Ok(watermark)
    }

    /// Notes how much there is, once that is durable.
    pub(super) fn set(&self, ledger_states: &[LedgerState]) {
        // The journal does without: a mark that lags behind finds less, and nothing that is not so.
        if let Err(error) = self.file.write_all_at(&Extent::of(ledger_states).to_bytes(), 0) {
            tracing::warn!("{} cannot be written: {error}", self.path.display());
        }
    }
}

/// How much a journal's mark says there is; `None` where it says nothing.
pub(super) fn known(folder: &Path) -> Option<Extent> {
    let file = File::open(folder.join(FILE)).ok()?;
    // Read beside a server, it may be half of what was and half of what is.
    (0..TRIES).find_map(|_| read(&file).ok()?)
}

/// What is said of a journal whose mark says nothing, though there is something to speak of.
pub(super) fn silence(folder: &Path, ledger_states: &[LedgerState]) -> Option<String> {
    if ledger_states.is_empty() || known(folder).is_some() {
        return None;
    }
    let path = folder.join(FILE);
    let what = if path.exists() { "cannot be read" } else { "is missing" };
    Some(format!(
        "it holds {}, but {}, which tells how much was acknowledged, {what}: had the end of the journal's log been lost, \
         nobody could tell. Unless it was deleted on purpose, see that what was recorded last is there, or hold it against \
         the last backup (okr-ledger backup --list); the next start makes the mark anew",
        Extent::of(ledger_states),
        path.display()
    ))
}

/// What is missing, where less is there than was known.
pub(super) fn shortfall(known: Extent, ledger_states: &[LedgerState]) -> Option<String> {
    let there = Extent::of(ledger_states);
    (!known.is_within(there)).then(|| {
        format!(
            "it held {known} and holds {there} now: what was recorded last, and perhaps answered, is missing. Put back a \
             copy of the data folder that has it"
        )
    })
}

fn read(file: &File) -> std::io::Result<Option<Extent>> {
    let mut bytes = [0; BYTES];
    match file.read_exact_at(&mut bytes, 0) {
        Ok(()) => Ok(Extent::read(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

impl Extent {
    fn of(ledger_states: &[LedgerState]) -> Extent {
        let ledgers = u32::try_from(ledger_states.len()).unwrap_or(u32::MAX);
        Extent { ledgers, events: ledger_states.iter().map(|ledger_state| ledger_state.head.seq).sum() }
    }

    fn is_within(self, other: Extent) -> bool {
        self.ledgers <= other.ledgers && self.events <= other.events
    }

    fn to_bytes(self) -> [u8; BYTES] {
        let mut bytes = [FORMAT; BYTES];
        bytes[1..5].copy_from_slice(&self.ledgers.to_be_bytes());
        bytes[5..13].copy_from_slice(&self.events.to_be_bytes());
        let checksum = xxh3_64(&bytes[..13]);
        bytes[13..].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    fn read(bytes: &[u8; BYTES]) -> Option<Extent> {
        let (ledgers, rest) = bytes[1..].split_first_chunk()?;
        let (events, _) = rest.split_first_chunk()?;
        let extent = Extent { ledgers: u32::from_be_bytes(*ledgers), events: u64::from_be_bytes(*events) };
        (extent.to_bytes() == *bytes).then_some(extent)
    }
}

impl std::fmt::Display for Extent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} events in {} ledgers", self.events, self.ledgers)
    }
}

/// [`Error::Damaged`] where less is there than was known.
pub(super) fn check(folder: &Path, known: Extent, ledger_states: &[LedgerState]) -> Result<(), Error> {
    let watermark = folder.join(FILE);
    match shortfall(known, ledger_states) {
        Some(short) => Err(Error::Damaged(format!("{short}; or, to go on without it, delete {}", watermark.display()))),
        None => Ok(()),
    }
}

/// Refuses a folder that has lost the file with which RocksDB begins to read: it would take the folder for a new one, and
/// clear away the rest of the old.
pub(super) fn check_for_beginning(folder: &Path) -> Result<(), Error> {
    let failed = |error: std::io::Error| failure::folder(folder, &error);
    if folder.join("CURRENT").exists() {
        return Ok(());
    }
    for file in folder.read_dir().map_err(failed)? {
        let name = file.map_err(failed)?.file_name();
        let name = name.to_string_lossy();
        if name == FILE || name.ends_with(".sst") || name.ends_with(".log") {
            return Err(Error::Damaged(format!(
                "{} has no file CURRENT, but {name} is there: part of the folder is lost. Put back a copy of the data folder",
                folder.display()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_of_format_1_is_read_for_ever_and_a_broken_one_says_nothing() {
        let extent = Extent { ledgers: 3, events: 258 };
        let frozen = b"\x01\0\0\0\x03\0\0\0\0\0\0\x01\x02\x92\x5a\xd2\x62\xe2\xdf\x2b\x90";
        assert_eq!(extent.to_bytes(), *frozen);
        assert_eq!(Extent::read(frozen), Some(extent));
        for at in 0..BYTES {
            let mut broken = *frozen;
            broken[at] ^= 0x10;
            assert_eq!(Extent::read(&broken), None, "at {at}");
        }
    }
}
