//! Views: the rows folded from the journal, kept on RocksDB. Disposable: deleted, they are rebuilt, the same to the byte.
//!
//! ```text
//! current   ledger u32 │ row key              -> row        what stands; log rows only here
//! history   ledger u32 │ row key │ !seq u64   -> row        every version of what stands, the newest first
//! meta      "format"                          -> u32        the shape of all this
//!           ledger u32                        -> seq u64    the last event folded into the ledger's rows
//! ```
//!
//! A group of writes and the `seq` it brings a ledger to are one batch, so that views are never between two events of a
//! batch. They are neither logged nor synced: after a crash they stand at some earlier batch, and are caught up from the
//! journal.

mod catch_up;
mod stored;

use std::path::{Path, PathBuf};

use projections::rows::{Error, Written};
use rocksdb::{
    BlockBasedOptions, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, Options, WriteBatch, WriteOptions,
};

use crate::journal::LedgerNo;

pub use catch_up::{Progress, catch_up};
pub(crate) use catch_up::{decode, from_journal};
pub use stored::StoredRows;

/// The shape of rows and keys. Views of another format are rebuilt.
pub const FORMAT: u32 = 2;

const CURRENT: &str = "current";
const HISTORY: &str = "history";
const META: &str = "meta";
const FORMAT_KEY: &[u8] = b"format";

/// Views that are being built to take the place of others.
pub(crate) const NEW: &str = "new";
/// Views that are built to be compared with those that stand.
pub(crate) const VERIFY: &str = "verify";
/// Views that others have taken the place of.
const OLD: &str = "old";

/// The stored rows of all ledgers.
#[derive(Debug)]
pub struct Views {
    db: DB,
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
        let db = match DB::open_cf_descriptors(&options(), path, families()) {
            Ok(db) => db,
            Err(error) if is_locked(error.as_ref()) => {
                return Err(Error::Storage(format!("another okr-ledger is using the data folder: {error}")));
            }
            // Views can be made anew: whatever is wrong with these is a reason to, not to give up.
            Err(error) => return Ok(Opened::Outdated(error.to_string())),
        };
        let views = Views { db };
        if is_new {
            // Logged, because it is there before any row is.
            views.db.put_cf(views.family(META)?, FORMAT_KEY, FORMAT.to_be_bytes()).map_err(storage)?;
        }
        let format = views.db.get_cf(views.family(META)?, FORMAT_KEY).map_err(storage)?;
        match format.as_deref().map(<[u8; 4]>::try_from) {
            Some(Ok(found)) if u32::from_be_bytes(found) == FORMAT => Ok(Opened::Usable(views)),
            found => Ok(Opened::Outdated(format!("they are of format {found:?}, this program keeps format {FORMAT}"))),
        }
    }

    /// The last event folded into a ledger's rows; 0 where none was.
    pub fn last_seq(&self, ledger: LedgerNo) -> Result<u64, Error> {
        let found = self.db.get_pinned_cf(self.family(META)?, ledger.to_be_bytes()).map_err(storage)?;
        read_seq(found.as_deref())
    }

    /// The last event folded into the rows of each ledger that has any.
    pub fn heads(&self) -> Result<Vec<(LedgerNo, u64)>, Error> {
        let mut found = Vec::new();
        let mut rows = self.db.raw_iterator_cf(self.family(META)?);
        rows.seek_to_first();
        while let Some((key, bytes)) = rows.item() {
            if let Ok(ledger) = <[u8; 4]>::try_from(key) {
                found.push((LedgerNo::from_be_bytes(ledger), read_seq(Some(bytes))?));
            }
            rows.next();
        }
        rows.status().map_err(storage)?;
        Ok(found)
    }

    /// A ledger's rows as they stand, frozen at this moment.
    pub fn now(&self, ledger: LedgerNo) -> Result<StoredRows<'_>, Error> {
        StoredRows::now(self, ledger)
    }

    /// A ledger's rows as they stood when `seq` was recorded.
    pub fn as_of(&self, ledger: LedgerNo, seq: u64) -> Result<StoredRows<'_>, Error> {
        StoredRows::as_of(self, ledger, seq)
    }

    /// Writes what a run of events left behind, and brings the ledgers to their last one, all at once.
    pub fn write(&self, groups: Vec<(LedgerNo, Vec<Written>, u64)>) -> Result<(), Error> {
        let (current, history, meta) = (self.family(CURRENT)?, self.family(HISTORY)?, self.family(META)?);
        let mut batch = WriteBatch::default();
        for (ledger, written, last_seq) in groups {
            for (seq, key, bytes) in written {
                let mut stored = Vec::with_capacity(key.as_bytes().len() + 12);
                stored.extend_from_slice(&ledger.to_be_bytes());
                stored.extend_from_slice(key.as_bytes());
                batch.put_cf(current, &stored, &bytes);
                if !key.is_log() {
                    stored.extend_from_slice(&(!seq).to_be_bytes());
                    batch.put_cf(history, &stored, &bytes);
                }
            }
            batch.put_cf(meta, ledger.to_be_bytes(), last_seq.to_be_bytes());
        }
        let mut unlogged = WriteOptions::default();
        unlogged.disable_wal(true);
        self.db.write_opt(batch, &unlogged).map_err(storage)
    }

    /// Every stored row of both families, as bytes, in order: for comparing views with rebuilt ones.
    pub fn each_stored(&self, mut each: impl FnMut(&str, &[u8], &[u8])) -> Result<(), Error> {
        for family in [CURRENT, HISTORY, META] {
            let mut rows = self.db.raw_iterator_cf(self.family(family)?);
            rows.seek_to_first();
            while let Some((key, bytes)) = rows.item() {
                each(family, key, bytes);
                rows.next();
            }
            rows.status().map_err(storage)?;
        }
        Ok(())
    }

    fn family(&self, name: &str) -> Result<&ColumnFamily, Error> {
        self.db.cf_handle(name).ok_or_else(|| Error::Storage(format!("the views have no family `{name}`")))
    }
}

/// Puts freshly built views in the place of others. The old ones go last, so that a crash leaves one of the two whole.
pub fn swap_in(fresh: &Path, place: &Path) -> std::io::Result<()> {
    let old = beside(place, OLD);
    if place.exists() {
        std::fs::rename(place, &old)?;
    }
    std::fs::rename(fresh, place)?;
    clear_beside(place)
}

/// Removes what a rebuild or a verification that was cut short has left next to the views. Only for whoever holds the
/// journal: nobody else builds any there.
pub fn clear_beside(place: &Path) -> std::io::Result<()> {
    for left in [OLD, NEW, VERIFY].map(|what| beside(place, what)) {
        if left.exists() {
            std::fs::remove_dir_all(left)?;
        }
    }
    Ok(())
}

/// A folder next to the views, for those that are being built.
pub fn beside(place: &Path, what: &str) -> PathBuf {
    place.with_extension(what)
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
    let mut blocks = BlockBasedOptions::default();
    blocks.set_bloom_filter(10.0, false);
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    let mut rows = Options::default();
    rows.set_compression_type(DBCompressionType::Lz4);
    rows.set_write_buffer_size(32 << 20);
    // A row that is written often has many versions in the memtable, side by side. Stepping over them costs less than the
    // seeks RocksDB would make of it.
    rows.set_max_sequential_skip_in_iterations(1_000);
    rows.set_block_based_table_factory(&blocks);
    vec![
        ColumnFamilyDescriptor::new(CURRENT, rows.clone()),
        ColumnFamilyDescriptor::new(HISTORY, rows),
        ColumnFamilyDescriptor::new(META, Options::default()),
    ]
}

fn read_seq(bytes: Option<&[u8]>) -> Result<u64, Error> {
    match bytes.map(<[u8; 8]>::try_from) {
        None => Ok(0),
        Some(Ok(seq)) => Ok(u64::from_be_bytes(seq)),
        Some(Err(_)) => Err(Error::Damaged("the last seq of a ledger's views".into())),
    }
}

/// Whether a folder could not be opened because another process, or this one, has it open.
fn is_locked(message: &str) -> bool {
    message.contains("While lock file") || message.contains("lock hold by current process")
}

fn storage(error: rocksdb::Error) -> Error {
    Error::Storage(error.to_string())
}
