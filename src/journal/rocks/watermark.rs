//! The watermark: a small file beside RocksDB's that records how much the journal contained after its last sync.
//!
//! ```text
//! format u8 | ledgers u32 | events u64 | checksum u64      big-endian; the checksum is XXH3 of the bytes before it
//! ```
//!
//! RocksDB cannot distinguish the end of its write-ahead log from corruption near that end, and a manifest that lost
//! its end omits tables: both look like a history that was always shorter. So the watermark is written after each sync.
//! It is synced only when it is created: after a power cut it may record too little, which is harmless, but never too
//! much.
//!
//! Without a readable watermark, the journal is trusted as it is. Opening it logs a warning and verifying it reports a
//! fault, because the loss of the watermark, unless it was deleted on purpose, may hide a loss of events.

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

/// Attempts to read a watermark that seems damaged.
const TRIES: usize = 3;

/// The watermark of an open journal.
#[derive(Debug)]
pub(super) struct Watermark {
    file: File,
    path: PathBuf,
}

/// The number of ledgers and events in a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    ledgers: u32,
    events: u64,
}

impl Watermark {
    /// Opens the watermark in the journal's folder, or creates it. Returns [`Error::Damaged`] if it records more than
    /// the journal contains.
    pub(super) fn open(folder: &Path, ledger_states: &[LedgerState]) -> Result<Watermark, Error> {
        if let Some(silence) = silence(folder, ledger_states) {
            tracing::warn!("the journal {}: {silence}", folder.display());
        }
        Watermark::begin(folder, ledger_states)
    }

    /// Opens the watermark of a newly assembled journal, for which a missing watermark is normal.
    pub(super) fn begin(folder: &Path, ledger_states: &[LedgerState]) -> Result<Watermark, Error> {
        let path = folder.join(FILE);
        let failed =
            |error: std::io::Error| Error::Storage(format!("cannot read or write {}: {error}", path.display()));
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let known = read(&file).map_err(failed)?;
        if let Some(known) = known {
            check(folder, known, ledger_states)?;
        }
        let watermark = Watermark { file, path };
        watermark.set(ledger_states);
        if known.is_none() {
            // If a power cut removed an unsynced file, the journal would be reported as having lost its watermark.
            let synced = watermark.file.sync_all().and_then(|()| File::open(folder)?.sync_all());
            synced.map_err(|error| failure::folder(folder, &error))?;
        }
        Ok(watermark)
    }

    /// Records the extent of the journal, once it is durable.
    pub(super) fn set(&self, ledger_states: &[LedgerState]) {
        // A failed write is tolerable: a watermark that lags detects less, and never reports a false loss.
        if let Err(error) = self.file.write_all_at(&Extent::of(ledger_states).to_bytes(), 0) {
            tracing::warn!("cannot write the watermark {}: {error}", self.path.display());
        }
    }
}

/// Returns the extent recorded by a journal's watermark; `None` if it is missing or damaged.
pub(super) fn known(folder: &Path) -> Option<Extent> {
    let file = File::open(folder.join(FILE)).ok()?;
    // While a server writes, a read may see half of the old and half of the new bytes.
    (0..TRIES).find_map(|_| read(&file).ok()?)
}

/// Returns a warning for a journal with ledgers whose watermark is missing or damaged.
pub(super) fn silence(folder: &Path, ledger_states: &[LedgerState]) -> Option<String> {
    if ledger_states.is_empty() || known(folder).is_some() {
        return None;
    }
    let path = folder.join(FILE);
    let state = if path.exists() { "cannot be read" } else { "is missing" };
    Some(format!(
        "it holds {}, but {}, which records how much was acknowledged, {state}: a lost end of the journal's log could \
         not be detected. Unless the file was deleted on purpose, check that the most recent events are present, or \
         compare with the last backup (okr-ledger backup --to FOLDER --list); the next start creates the file again",
        Extent::of(ledger_states),
        path.display()
    ))
}

/// Describes the loss if the journal contains less than its watermark records.
pub(super) fn shortfall(known: Extent, ledger_states: &[LedgerState]) -> Option<String> {
    let there = Extent::of(ledger_states);
    (!known.is_within(there)).then(|| {
        format!(
            "it held {known} and holds {there} now: the most recent events, some of which may have been acknowledged, \
             are missing. Restore a copy of the data folder that contains them"
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

/// Returns [`Error::Damaged`] if the journal contains less than its watermark records.
pub(super) fn check(folder: &Path, known: Extent, ledger_states: &[LedgerState]) -> Result<(), Error> {
    let watermark = folder.join(FILE);
    match shortfall(known, ledger_states) {
        Some(short) => {
            Err(Error::Damaged(format!("{short}; or, to continue without them, delete {}", watermark.display())))
        }
        None => Ok(()),
    }
}

/// Refuses a folder without the file `CURRENT`, with which RocksDB begins to read: RocksDB would take the folder for a
/// new one and delete the remaining files.
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
                "{} has no file CURRENT, but {name} is there: part of the folder is lost. Restore a copy of the data \
                 folder",
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
