//! Views: the rows folded from the journal, kept on RocksDB. Disposable: deleted, they are rebuilt, the same to the byte.
//!
//! ```text
//! current   ledger u32 │ row key              -> row        what stands, and long values, which are the same at any time
//! history   ledger u32 │ row key │ !seq u64   -> row        every version of what stands, the newest first; of rows that
//!                                                           the lines of a log carry, those lines
//! log       ledger u32 │ row key              -> row        rows of the log tables: written once, their keys end with a seq
//! meta      "format"                          -> u32        the shape of all this
//!           "journal"                         -> bytes      the journal they are folded from
//!           ledger u32                        -> seq u64    the last event folded into `current`
//!           ledger u32 │ "seen"               -> seq u64    the last event folded into `history` and `log`
//! ```
//!
//! A group's versions and log rows are written at once. What stands is kept in memory at first, where a row that changes
//! often takes the place of itself, and goes to `current` with the seq that goes with it when enough has gathered:
//! a [checkpoint](Views::checkpoint). Without that, a scan of what stands would step over every version a row had lately.
//!
//! Whoever reads takes a snapshot and the rows in memory at one moment, and waits for nobody who writes to the disk: rows go to
//! `current` first and leave the memory afterwards, and between the two they are the same in both places.
//!
//! Nothing of this is logged or synced; the families reach the disk together. After a crash `current` stands at an
//! earlier checkpoint, and is caught up from the journal; versions and log rows beyond it are written again, the same.

mod catch_up;
mod fresh;
mod frozen;
mod generations;
mod place;
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
use place::Place;
pub use stored::StoredRows;
#[cfg(test)]
pub(crate) use stored::read;

/// The shape of rows and keys. Views of another format are rebuilt.
pub const FORMAT: u32 = 10;

const CURRENT: &str = "current";
const HISTORY: &str = "history";
const LOG: &str = "log";
const META: &str = "meta";
const FORMAT_KEY: &[u8] = b"format";
const JOURNAL_KEY: &[u8] = b"journal";
const SEEN: &[u8] = b"seen";

/// The families in the order in which they are handed out.
pub(crate) const FAMILIES: [&str; 4] = [CURRENT, HISTORY, LOG, META];

/// The stored rows of all ledgers.
pub struct Views {
    // Closed before its folder goes, if that is to go.
    db: DB,
    /// Held for as long as it takes to look into memory or to change it, never while the disk is written.
    fresh: RwLock<BTreeMap<LedgerNo, Fresh>>,
    /// Held by the one who changes what is folded, also while the disk is written.
    turn: Mutex<()>,
    folder: generations::Folder,
    /// The journal they are folded from, once they stand beside it.
    journal: OnceLock<Arc<dyn Journal>>,
}

/// What a folder of views turned out to be.
#[derive(Debug)]
pub enum Opened {
    /// Views of this format, to be caught up.
    Usable(Views),
    /// Views that must be rebuilt, and why.
    Outdated(String),
}

impl Views {
    /// Opens the views in a folder, making it if it is not there.
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
            // Views can be made anew: whatever is wrong with these is a reason to, not to give up.
            Err(error) => return Ok(Opened::Outdated(error.to_string())),
        };
        let views = Views {
            db,
            fresh: RwLock::default(),
            turn: Mutex::default(),
            folder: generations::Folder::at(path),
            journal: OnceLock::new(),
        };
        if is_new {
            // Logged, because it is there before any row is.
            views.db.put_cf(views.family(META)?, FORMAT_KEY, FORMAT.to_be_bytes()).map_err(storage)?;
        }
        let format = match views.db.get_cf(views.family(META)?, FORMAT_KEY) {
            Ok(format) => format,
            Err(error) => return Ok(Opened::Outdated(error.to_string())),
        };
        match format.as_deref().map(<[u8; 4]>::try_from) {
            Some(Ok(found)) if u32::from_be_bytes(found) == FORMAT => Ok(views.with_heads().map_or_else(
                |error| Opened::Outdated(format!("what they have seen cannot be read: {error}")),
                Opened::Usable,
            )),
            found => Ok(Opened::Outdated(format!("they are of format {found:?}, this program keeps format {FORMAT}"))),
        }
    }

    /// Whether these views are folded from the journal of this identity. Views that hold nothing yet are, from now on.
    pub fn belong_to(&self, journal: &[u8]) -> Result<bool, Error> {
        let meta = self.family(META)?;
        if let Some(found) = self.db.get_cf(meta, JOURNAL_KEY).map_err(storage)? {
            return Ok(found == journal);
        }
        if !self.heads()?.is_empty() {
            return Ok(false);
        }
        // Logged, because it is there before any row is.
        self.db.put_cf(meta, JOURNAL_KEY, journal).map_err(storage)?;
        Ok(true)
    }

    /// Sets the journal they are folded from: readers ask it where an event id is. It is set once.
    pub fn stand_beside(&self, journal: Arc<dyn Journal>) {
        _ = self.journal.set(journal);
    }

    /// The last event folded into a ledger's rows; 0 where none was.
    pub fn last_seq(&self, ledger: LedgerNo) -> u64 {
        self.fresh().get(&ledger).map_or(0, |fresh| fresh.seq)
    }

    /// The last event these views have seen anything of, of each ledger. After a crash that may be more than they have
    /// folded.
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

    /// Where they are.
    pub fn path(&self) -> &Path {
        &self.folder.path
    }

    /// Whether their folder goes when the last reader has let go of them.
    pub fn set_passing(&self, is_passing: bool) {
        self.folder.is_passing.store(is_passing, Ordering::Relaxed);
    }

    /// A ledger's rows as they stand, frozen at this moment.
    pub fn now(&self, ledger: LedgerNo) -> Result<StoredRows<'_>, Error> {
        StoredRows::now(self, ledger)
    }

    /// A ledger's rows as they stood when `seq` was recorded.
    pub fn as_of(&self, ledger: LedgerNo, seq: u64) -> Result<StoredRows<'_>, Error> {
        StoredRows::as_of(self, ledger, seq)
    }

    /// Writes what a run of events left behind, and brings the ledgers to their last one.
    pub fn write(&self, groups: Vec<(LedgerNo, Arc<Writes>, u64)>) -> Result<(), Error> {
        let (history, log, meta) = (self.family(HISTORY)?, self.family(LOG)?, self.family(META)?);
        let mut batch = WriteBatch::default();
        let mut stored = Vec::new();
        for (ledger, written, last_seq) in &groups {
            for (seq, key, row) in written.iter() {
                let place = Place::of(key.as_bytes(), *seq);
                let family = match place {
                    Place::Log(_) => log,
                    Place::History(..) => history,
                    Place::Current | Place::Journal => continue,
                };
                place.write(*ledger, &mut stored);
                batch.put_cf(family, &stored, row.bytes());
            }
            batch.put_cf(meta, seen_key(*ledger), last_seq.to_be_bytes());
        }
        let turn = self.turn();
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
        full.into_iter().try_for_each(|ledger| self.keep(&turn, ledger, |batch| self.store(batch)))
    }

    /// Writes to `current` what stands and is in memory only.
    pub fn checkpoint(&self) -> Result<(), Error> {
        let turn = self.turn();
        self.keep_all(&turn)
    }

    fn keep_all(&self, turn: &MutexGuard<'_, ()>) -> Result<(), Error> {
        let ledgers: Vec<LedgerNo> = self.fresh().keys().copied().collect();
        ledgers.into_iter().try_for_each(|ledger| self.keep(turn, ledger, |batch| self.store(batch)))
    }

    /// Writes to `current` what stands of a ledger and is in memory only. Readers go on meanwhile; what is folded changes only
    /// by whoever has the turn.
    fn keep(
        &self,
        _turn: &MutexGuard<'_, ()>,
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
        // IMPORTANT: only now, for a reader in between finds them in memory still. One that came before has them too.
        self.fresh_mut().insert(ledger, Fresh::at(seq));
        Ok(())
    }

    fn store(&self, batch: WriteBatch) -> Result<(), Error> {
        self.db.write_opt(batch, &unlogged()).map_err(storage)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // A poisoned lock is as good as a sound one: what is fresh of a ledger is changed whole.
    fn fresh(&self) -> RwLockReadGuard<'_, BTreeMap<LedgerNo, Fresh>> {
        self.fresh.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<LedgerNo, Fresh>> {
        self.fresh.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every stored row of all families, as bytes, in order.
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
    /// What is in memory only need not be folded again at the next start.
    fn drop(&mut self) {
        if !self.folder.is_passing.load(Ordering::Relaxed)
            && let Err(error) = self.checkpoint()
        {
            tracing::warn!("the views are not written to the end, which the next start makes up for: {error}");
        }
    }
}

fn options() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_keep_log_file_num(2);
    // IMPORTANT: rows are written without a log, for the journal is their log. All families must then reach the disk
    // together, or the last seq in one of them could promise rows that another has lost.
    options.set_atomic_flush(true);
    options
}

fn families() -> Vec<ColumnFamilyDescriptor> {
    let family = |name| {
        let mut rows = rows_options(name);
        // A family's memtable is flushed together with all others: one that is small would flush the large ones too early.
        rows.set_write_buffer_size(32 << 20);
        ColumnFamilyDescriptor::new(name, rows)
    };
    vec![family(CURRENT), family(HISTORY), family(LOG), ColumnFamilyDescriptor::new(META, Options::default())]
}

/// How the tables of a family of rows lie on disk.
fn rows_options(family: &str) -> Options {
    let mut blocks = BlockBasedOptions::default();
    // Versions and lines of logs are looked for in ranges, of which a filter knows nothing.
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

/// Whether a folder could not be opened because another process, or this one, has it open.
fn is_locked(message: &str) -> bool {
    message.contains("While lock file") || message.contains("lock hold by current process")
}

fn storage(error: rocksdb::Error) -> Error {
    Error::Storage(error.to_string())
}

#[cfg(test)]
mod tests;
