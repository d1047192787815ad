//! How RocksDB is set up for a journal: nothing acknowledged is lost, nothing damaged is passed over in silence.

use rocksdb::{BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, LogLevel, Options};

pub(super) const BOOKS: &str = "books";
pub(super) const EVENTS: &str = "events";
pub(super) const ENTRIES: &str = "entries";
pub(super) const IDS: &str = "ids";

const MIB: usize = 1 << 20;
const MEMTABLE_BYTES_MAX: usize = 32 * MIB;
/// Logs kept to be written over again: one while the other is in use.
pub(super) const LOGS_KEPT: usize = 2;
/// About what a log comes to until a family's memtable is full.
pub(super) const LOG_BYTES: usize = 40 * MIB;
const WAL_BYTES_MAX: u64 = 128 * MIB as u64;
const CACHE_BYTES: usize = 64 * MIB;
const BLOOM_BITS_PER_ID: f64 = 10.0;

/// The settings of the whole database.
pub(super) fn database() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);

    // A log is written over again once what it holds is in tables: a sync is the cheaper where no file grows. Behind the
    // last record of such a log stand the remains of an older one, and of RocksDB's ways of reading a log after a crash
    // only this one stops there. It stops at damage just the same, without a word, and clears away what follows:
    // acknowledged history would be gone. So the journal is looked at first, and opened if all that the mark tells of is
    // there (`mark.rs`).
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_recycle_log_file_num(LOGS_KEPT);
    // All families go to tables together, so that a log is free again as soon as one of them is full.
    options.set_atomic_flush(true);

    // How much log there is to read again after a crash.
    options.set_max_total_wal_size(WAL_BYTES_MAX);
    // A flushed table goes to the disk as it is written. Left to the end it is 32 MiB of writeback at once, and the
    // next sync of the log waits behind it.
    options.set_bytes_per_sync(MIB as u64);
    options.set_max_background_jobs(2);

    // RocksDB's own chronicle is for the day something is wrong; it must not fill the disk before.
    options.set_log_level(LogLevel::Warn);
    options.set_max_log_file_size(4 * MIB);
    options.set_keep_log_file_num(4);
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);
    options
}

/// The four families, in one cache.
pub(super) fn families() -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(CACHE_BYTES);
    let mut tables = BlockBasedOptions::default();
    tables.set_block_cache(&cache);

    let mut plain = Options::default();
    plain.set_write_buffer_size(MEMTABLE_BYTES_MAX);
    // A third memtable lets the writer go on while one is being flushed and another waits.
    plain.set_max_write_buffer_number(3);
    plain.set_compression_type(DBCompressionType::None);
    plain.set_block_based_table_factory(&tables);

    let mut packed = plain.clone();
    packed.set_compression_type(DBCompressionType::Lz4);

    // Each append asks for ids that are almost never there: the filters say so without a look at the blocks, and at
    // the memtable.
    let mut filtered_tables = BlockBasedOptions::default();
    filtered_tables.set_block_cache(&cache);
    filtered_tables.set_bloom_filter(BLOOM_BITS_PER_ID, false);
    let mut filtered = plain.clone();
    filtered.set_block_based_table_factory(&filtered_tables);
    filtered.set_memtable_prefix_bloom_ratio(0.05);
    filtered.set_memtable_whole_key_filtering(true);

    vec![
        ColumnFamilyDescriptor::new(BOOKS, plain),
        ColumnFamilyDescriptor::new(EVENTS, packed.clone()),
        ColumnFamilyDescriptor::new(ENTRIES, packed),
        ColumnFamilyDescriptor::new(IDS, filtered),
    ]
}
