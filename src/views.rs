//! Views: the rows folded from the journal, stored in RocksDB. They are disposable: if deleted, they are rebuilt byte
//! for byte.
//!
//! ```text
//! current   ledger u32 │ row key              -> row        current rows, and long values, equal at any time
//! history   ledger u32 │ row key │ !seq u64   -> row        every version of current rows, newest first; for rows
//!                                                           inside log lines, those lines
//! log       ledger u32 │ row key              -> row        rows of the log tables: written once, keys end with a seq
//! meta      "format"                          -> u32        the format version of the views
//!           "journal"                         -> bytes      the identity of the journal they are folded from
//!           ledger u32                        -> seq u64    the last event folded into `current`
//!           ledger u32 │ "seen"               -> seq u64    the last event folded into `history` and `log`
//! ```
//!
//! A group's versions and log rows are written at once. Current rows are first kept in memory, where a row that changes
//! often replaces itself. Once enough have gathered, they are written to `current` with their seq: a
//! [checkpoint](Views::checkpoint). Otherwise a scan of current rows would step over every recent version of a row.
//!
//! A reader takes a snapshot and the rows in memory at one moment, without waiting for disk writes: rows are written to
//! `current` before they leave the memory, and in between they are identical in both places.
//!
//! None of this is logged or synced; the families are flushed together. After a crash `current` is at an earlier
//! checkpoint and is caught up from the journal; versions and log rows beyond it are written again, identically.

mod catch_up;
mod fresh;
mod frozen;
mod generations;
mod row_location;
mod stored;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use projections::rows::{Error, Writes};
use rocksdb::{
    BlockBasedOptions, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, Options, WriteBatch, WriteOptions,
};

use crate::journal::{Journal, LedgerNo};
use crate::log_files;

pub use catch_up::{Progress, catch_up};
pub(crate) use catch_up::{decode, from_journal};
use fresh::Fresh;
pub use frozen::Frozen;
pub use generations::Generations;
use row_location::RowLocation;
pub use stored::StoredRows;
#[cfg(test)]
pub(crate) use stored::read;

/// Version of the rows and keys. Views of another format are rebuilt.
pub const FORMAT: u32 = 10;

const CURRENT: &str = "current";
const HISTORY: &str = "history";
const LOG: &str = "log";
const META: &str = "meta";
const FORMAT_KEY: &[u8] = b"format";
const JOURNAL_KEY: &[u8] = b"journal";
const SEEN: &[u8] = b"seen";

/// The families in the order in which they are read.
pub(crate) const FAMILIES: [&str; 4] = [CURRENT, HISTORY, LOG, META];

/// The stored rows of all ledgers.
pub struct Views {
    // Declared first, so that the database is closed before its folder is deleted.
    db: DB,
    /// Locked only to look into memory or to change it, never during a disk write.
    fresh: RwLock<BTreeMap<LedgerNo, Fresh>>,
    /// Held while folded state changes, including during disk writes.
    fold_lock: Mutex<()>,
    folder: generations::Folder,
    /// The journal they are folded from, once it is set.
    journal: OnceLock<Arc<dyn Journal>>,
}

/// The result of opening a folder of views.
#[derive(Debug)]
pub enum Opened {
    /// Views of this format, which may need catching up.
    Usable(Views),
    /// Views that must be rebuilt, with the reason.
    Outdated(String),
}

impl Views {
    /// Opens the views in a folder, creating it if it does not exist.
    pub fn open(path: &Path) -> Result<Opened, Error> {
        let is_new = !path.join("CURRENT").exists();
        match log_files::check(path) {
            Ok(None) => {}
            Ok(Some(fault)) => return Ok(Opened::Outdated(fault)),
            Err(error) => return Err(Error::Storage(format!("cannot use the folder {}: {error}", path.display()))),
        }
        let db = match DB::open_cf_descriptors(&options(), path, families()) {
            Ok(db) => db,
            Err(error) if is_locked(error.as_ref()) => {
                return Err(Error::Storage(format!("another okr-ledger is using the data folder: {error}")));
            }
            // Views can be rebuilt, so any other fault is a reason to rebuild them instead of a failure.
            Err(error) => return Ok(Opened::Outdated(error.to_string())),
        };
        let views = Views {
            db,
            fresh: RwLock::default(),
            fold_lock: Mutex::default(),
            folder: generations::Folder::at(path),
            journal: OnceLock::new(),
        };
        if is_new {
            // Written with the log on, because no row exists yet that would be flushed with it.
            views.db.put_cf(views.family(META)?, FORMAT_KEY, FORMAT.to_be_bytes()).map_err(storage)?;
        }
        let format = match views.db.get_cf(views.family(META)?, FORMAT_KEY) {
            Ok(format) => format,
            Err(error) => return Ok(Opened::Outdated(error.to_string())),
        };
        match format.as_deref().map(<[u8; 4]>::try_from) {
            Some(Ok(found)) if u32::from_be_bytes(found) == FORMAT => Ok(views.with_heads().map_or_else(
                |error| Opened::Outdated(format!("their last events cannot be read: {error}")),
                Opened::Usable,
            )),
            found => Ok(Opened::Outdated(format!("they have format {found:?}, but this program uses format {FORMAT}"))),
        }
    }

    /// Returns true if these views are folded from the journal with this identity. Empty views are assigned to it.
    pub fn belong_to(&self, journal: &[u8]) -> Result<bool, Error> {
        let meta = self.family(META)?;
        if let Some(found) = self.db.get_cf(meta, JOURNAL_KEY).map_err(storage)? {
            return Ok(found == journal);
        }
        if !self.heads()?.is_empty() {
            return Ok(false);
        }
        // Written with the log on, because no row exists yet that would be flushed with it.
        self.db.put_cf(meta, JOURNAL_KEY, journal).map_err(storage)?;
        Ok(true)
    }

    /// Sets the journal they are folded from, once. Readers use it to find the event with an id.
    pub fn set_journal(&self, journal: Arc<dyn Journal>) {
        _ = self.journal.set(journal);
    }

    /// Returns the last event folded into a ledger's rows; 0 if there is none.
    pub fn last_seq(&self, ledger: LedgerNo) -> u64 {
        self.fresh().get(&ledger).map_or(0, |fresh| fresh.seq)
    }

    /// Returns, for each ledger, the last event of which these views contain any row. After a crash that may be more
    /// than was folded.
    pub fn heads(&self) -> Result<Vec<(LedgerNo, u64)>, Error> {
        let mut heads = BTreeMap::new();
        self.each_meta(|key, seq| {
            if let Some((ledger, _)) = key.split_first_chunk::<4>() {
                let head = heads.entry(LedgerNo::from_be_bytes(*ledger)).or_insert(0);
                *head = seq.max(*head);
            }
        })?;
        Ok(heads.into_iter().collect())
    }

    fn each_meta(&self, mut each: impl FnMut(&[u8], u64)) -> Result<(), Error> {
        let mut rows = self.db.raw_iterator_cf(self.family(META)?);
        rows.seek_to_first();
        while let Some((key, bytes)) = rows.item() {
            if ![FORMAT_KEY, JOURNAL_KEY].contains(&key) {
                each(key, read_seq(bytes)?);
            }
            rows.next();
        }
        rows.status().map_err(storage)
    }

    fn with_heads(self) -> Result<Views, Error> {
        let mut fresh = BTreeMap::new();
        self.each_meta(|key, seq| {
            if let Ok(ledger) = <[u8; 4]>::try_from(key) {
                fresh.insert(LedgerNo::from_be_bytes(ledger), Fresh::at(seq));
            }
        })?;
        *self.fresh_mut() = fresh;
        Ok(self)
    }

    /// Returns the folder of these views.
    pub fn path(&self) -> &Path {
        &self.folder.path
    }

    /// Sets whether the folder is deleted when the last reader drops these views.
    pub fn set_temporary(&self, is_temporary: bool) {
        self.folder.is_temporary.store(is_temporary, Ordering::Relaxed);
    }

    /// Returns a ledger's current rows, frozen at this moment.
    pub fn now(&self, ledger: LedgerNo) -> Result<StoredRows<'_>, Error> {
        StoredRows::now(self, ledger)
    }

    /// Returns a ledger's rows as they were when `seq` was recorded.
    pub fn as_of(&self, ledger: LedgerNo, seq: u64) -> Result<StoredRows<'_>, Error> {
        StoredRows::as_of(self, ledger, seq)
    }

    /// Writes the rows of folded events, and advances the ledgers to their last event.
    pub fn write(&self, groups: Vec<(LedgerNo, Arc<Writes>, u64)>) -> Result<(), Error> {
        let (history, log, meta) = (self.family(HISTORY)?, self.family(LOG)?, self.family(META)?);
        let mut batch = WriteBatch::default();
        let mut stored = Vec::new();
        for (ledger, written, last_seq) in &groups {
            for (seq, key, row) in written.iter() {
                let location = RowLocation::of(key.as_bytes(), *seq);
                let family = match location {
                    RowLocation::Log(_) => log,
                    RowLocation::History(..) => history,
                    RowLocation::Current | RowLocation::Journal => continue,
                };
                location.write(*ledger, &mut stored);
                batch.put_cf(family, &stored, row.bytes());
            }
            batch.put_cf(meta, seen_key(*ledger), last_seq.to_be_bytes());
        }
        let fold_lock = self.fold_lock();
        self.db.write_opt(batch, &unlogged()).map_err(storage)?;
        let mut full = Vec::new();
        {
            let mut all = self.fresh_mut();
            for (ledger, written, last_seq) in groups {
                let fresh = all.entry(ledger).or_default();
                fresh.take(&written, last_seq);
                if fresh.is_enough() {
                    full.push(ledger);
                }
            }
        }
        full.into_iter().try_for_each(|ledger| self.checkpoint_ledger(&fold_lock, ledger, |batch| self.store(batch)))
    }

    /// Writes the current rows that are only in memory to `current`.
    pub fn checkpoint(&self) -> Result<(), Error> {
        let fold_lock = self.fold_lock();
        self.checkpoint_all(&fold_lock)
    }

    fn checkpoint_all(&self, fold_lock: &MutexGuard<'_, ()>) -> Result<(), Error> {
        let ledgers: Vec<LedgerNo> = self.fresh().keys().copied().collect();
        ledgers.into_iter().try_for_each(|ledger| self.checkpoint_ledger(fold_lock, ledger, |batch| self.store(batch)))
    }

    /// Writes a ledger's current rows that are only in memory to `current`. Readers continue meanwhile; only the holder
    /// of the fold lock changes folded state.
    fn checkpoint_ledger(
        &self,
        _fold_lock: &MutexGuard<'_, ()>,
        ledger: LedgerNo,
        store: impl FnOnce(WriteBatch) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some((rows, seq)) = self.fresh().get(&ledger).map(|fresh| (Arc::clone(&fresh.rows), fresh.seq)) else {
            return Ok(());
        };
        let current = self.family(CURRENT)?;
        let mut batch = WriteBatch::default();
        let mut stored = Vec::new();
        for (key, row) in rows.iter() {
            stored.clear();
            stored.extend_from_slice(&ledger.to_be_bytes());
            stored.extend_from_slice(key.as_bytes());
            batch.put_cf(current, &stored, row.bytes());
        }
        batch.put_cf(self.family(META)?, ledger.to_be_bytes(), seq.to_be_bytes());
        store(batch)?;
        // IMPORTANT: only after the write, because a reader in between must still find the rows in memory. A reader
        // from before has them too.
        self.fresh_mut().insert(ledger, Fresh::at(seq));
        Ok(())
    }

    fn store(&self, batch: WriteBatch) -> Result<(), Error> {
        self.db.write_opt(batch, &unlogged()).map_err(storage)
    }

    fn fold_lock(&self) -> MutexGuard<'_, ()> {
        self.fold_lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // A poisoned lock is usable: a ledger's fresh rows are replaced as a whole.
    fn fresh(&self) -> RwLockReadGuard<'_, BTreeMap<LedgerNo, Fresh>> {
        self.fresh.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<LedgerNo, Fresh>> {
        self.fresh.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `each` with every stored row of all families, as bytes, in order.
    pub fn each_stored(&self, each: impl FnMut(&str, &[u8], &[u8])) -> Result<(), Error> {
        self.frozen()?.each_stored(each)
    }

    fn family(&self, name: &str) -> Result<&ColumnFamily, Error> {
        self.db.cf_handle(name).ok_or_else(|| Error::Storage(format!("the views have no family `{name}`")))
    }
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Views").field("path", &self.folder.path).finish_non_exhaustive()
    }
}

impl Drop for Views {
    /// Saves the next start from folding again the rows that are only in memory.
    fn drop(&mut self) {
        if !self.folder.is_temporary.load(Ordering::Relaxed)
            && let Err(error) = self.checkpoint()
        {
            tracing::warn!("cannot write the last rows of the views, so the next start folds them again: {error}");
        }
    }
}

fn options() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_keep_log_file_num(2);
    // IMPORTANT: rows are written without a log, because the journal is their log. All families must then be flushed
    // together, or the last seq in one of them could promise rows that another has lost.
    options.set_atomic_flush(true);
    options
}

fn families() -> Vec<ColumnFamilyDescriptor> {
    let family = |name| {
        let mut rows = rows_options(name);
        // Families are flushed together, so a small memtable would flush the large ones too early.
        rows.set_write_buffer_size(32 << 20);
        ColumnFamilyDescriptor::new(name, rows)
    };
    vec![family(CURRENT), family(HISTORY), family(LOG), ColumnFamilyDescriptor::new(META, Options::default())]
}

/// Returns the table options of a family of rows.
fn rows_options(family: &str) -> Options {
    let mut blocks = BlockBasedOptions::default();
    // Versions and log lines are read in ranges, for which a filter is useless.
    if family == CURRENT {
        blocks.set_bloom_filter(10.0, false);
    }
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    let mut rows = Options::default();
    rows.set_compression_type(DBCompressionType::Lz4);
    rows.set_block_based_table_factory(&blocks);
    rows
}

fn unlogged() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.disable_wal(true);
    options
}

fn seen_key(ledger: LedgerNo) -> [u8; 8] {
    let mut key = [0; 8];
    key[..4].copy_from_slice(&ledger.to_be_bytes());
    key[4..].copy_from_slice(SEEN);
    key
}

fn read_seq(bytes: &[u8]) -> Result<u64, Error> {
    let seq = bytes.try_into().map_err(|_| Error::Damaged("the last seq of a ledger's views".into()))?;
    Ok(u64::from_be_bytes(seq))
}

/// Returns true if a folder could not be opened because another process, or this one, has it open.
fn is_locked(message: &str) -> bool {
    message.contains("While lock file") || message.contains("lock hold by current process")
}

fn storage(error: rocksdb::Error) -> Error {
    Error::Storage(error.to_string())
}

#[cfg(test)]
mod tests;
