//! Opens a journal to examine it: read-only, concurrently with the process that has it open, and however damaged it is.
//!
//! It has its own cache, so that rows come from the disk and not from the server's cache.

use std::path::Path;
use std::sync::{Mutex, RwLock};

use chrono::{DateTime, Utc};
use rocksdb::{DB, DBRecoveryMode, InfoLogger, LogLevel, Options, ReadOptions};

use super::layout::{EntryValue, id_key, line_key, read_line_key, read_seq};
use super::settings::{self, ENTRIES, IDS};
use super::{Appender, Rocks, failure, survey, watermark};
use crate::journal::{Error, LedgerNo};

/// Attempts to open a journal; a server that has it open may be removing files at that moment.
const TRIES: usize = 3;

/// A journal and the faults found when it was opened.
pub struct Examined {
    /// The journal, as far as it can be read. Writes are refused.
    pub journal: Rocks,
    /// The faults, as pairs of place and description.
    pub faults: Vec<(String, String)>,
    /// The reason why a lost end of the journal could not be detected, if there is such a reason.
    pub unmarked: Option<String>,
}

/// The data an entry stores in addition to its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryHead {
    /// When the ledger recorded the entry.
    pub recorded_at: DateTime<Utc>,
    /// The ids of the entry's events, in order.
    pub ids: Vec<String>,
}

impl Rocks {
    /// Opens a journal to examine it. Fails if nothing of it can be read.
    pub fn examine(path: &Path) -> Result<Examined, Error> {
        if !path.join("CURRENT").exists() {
            return Err(Error::Storage(format!("there is no journal at {}", path.display())));
        }
        // Read first: if a server has the journal open, it can only have grown since.
        let known = watermark::known(path);
        let journal = |fault: String| ("journal".to_owned(), fault);
        let mut faults = Vec::new();
        let db = match open_patiently(path) {
            Ok(db) => db,
            Err(error) => {
                faults.push(journal(format!("RocksDB refuses to open it without skipping damaged records: {error}")));
                open(path, &lenient()).map_err(|_| failure::storage(error))?
            }
        };
        let ledger_states = survey::survey(&db, &mut faults)?;
        let short = known.and_then(|known| watermark::shortfall(known, &ledger_states));
        faults.extend(short.map(journal));
        let unmarked = watermark::silence(path, &ledger_states);
        let appender = Appender::broken("the journal is open for reading only");
        let journal =
            Rocks { db, ledger_states: RwLock::new(ledger_states), appender: Mutex::new(appender), watermark: None };
        Ok(Examined { journal, faults, unmarked })
    }

    /// Returns the data stored with the entry that begins at `first_seq`; `None` if no entry begins there.
    pub fn entry_head(&self, ledger: LedgerNo, first_seq: u64) -> Result<Option<EntryHead>, Error> {
        let key = line_key(ledger, first_seq);
        let value = self.db.get_pinned_cf(self.family(ENTRIES)?, key).map_err(failure::reading(ledger, first_seq))?;
        let Some(value) = value else { return Ok(None) };
        let EntryValue { recorded_at, ids, .. } =
            EntryValue::read(&value).map_err(failure::faulty(ledger, first_seq))?;
        Ok(Some(EntryHead { recorded_at, ids: ids.into_iter().map(str::to_owned).collect() }))
    }

    /// Calls `each` with the first `seq` of each of the ledger's entries, in order.
    pub fn each_entry(&self, ledger: LedgerNo, mut each: impl FnMut(u64)) -> Result<(), Error> {
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(line_key(ledger, u64::MAX));
        options.fill_cache(false);
        let mut entries = self.db.raw_iterator_cf_opt(self.family(ENTRIES)?, options);
        entries.seek(line_key(ledger, 0));
        while let Some(key) = entries.key() {
            let (_, seq) = read_line_key(key).map_err(failure::faulty(ledger, 0))?;
            each(seq);
            entries.next();
        }
        entries.status().map_err(failure::storage)
    }

    /// Calls `each` with every id of a ledger and the `seq` stored for it; `None` if that value cannot be read.
    pub fn each_id(&self, ledger: LedgerNo, mut each: impl FnMut(&[u8], Option<u64>)) -> Result<(), Error> {
        let mut options = ReadOptions::default();
        if let Some(next) = ledger.checked_add(1) {
            options.set_iterate_upper_bound(id_key(next, ""));
        }
        options.fill_cache(false);
        let mut ids = self.db.raw_iterator_cf_opt(self.family(IDS)?, options);
        ids.seek(id_key(ledger, ""));
        while let Some((key, value)) = ids.item() {
            each(key.get(4..).unwrap_or_default(), read_seq(value).ok());
            ids.next();
        }
        ids.status().map_err(failure::storage)
    }
}

fn open_patiently(path: &Path) -> Result<DB, rocksdb::Error> {
    let options = quiet();
    let mut tried = open(path, &options);
    for _ in 1..TRIES {
        match tried {
            Ok(db) => return Ok(db),
            Err(_) => tried = open(path, &options),
        }
    }
    tried
}

fn open(path: &Path, options: &Options) -> Result<DB, rocksdb::Error> {
    DB::open_cf_descriptors_read_only(options, path, settings::families(), false)
}

/// Opens the database however damaged it is.
fn lenient() -> Options {
    let mut options = quiet();
    options.set_paranoid_checks(false);
    options.set_wal_recovery_mode(DBRecoveryMode::SkipAnyCorruptedRecord);
    options
}

/// Without these options, RocksDB would start a new info log in the folder, replacing the one a server is writing.
fn quiet() -> Options {
    let mut options = settings::database();
    options.create_if_missing(false);
    options.create_missing_column_families(false);
    options.set_info_logger(InfoLogger::new_callback_logger(LogLevel::Fatal, |_, _| {}));
    options
}
