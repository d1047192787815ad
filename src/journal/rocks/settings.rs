//! The RocksDB settings for a journal: no acknowledged write is lost, and no damage is skipped silently.

use rocksdb::{BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, LogLevel, Options};

pub(super) const BOOKS: &str = "books";
pub(super) const EVENTS: &str = "events";
pub(super) const ENTRIES: &str = "entries";
pub(super) const IDS: &str = "ids";

const MIB: usize = 1 << 20;
const MEMTABLE_BYTES_MAX: usize = 32 * MIB;
/// Log files kept for recycling: one while the other is in use.
pub(super) const LOGS_KEPT: usize = 2;
/// Approximate size of a log when a family's memtable is full.
pub(super) const LOG_BYTES: usize = 40 * MIB;
const WAL_BYTES_MAX: u64 = 128 * MIB as u64;
const CACHE_BYTES: usize = 64 * MIB;
const BLOOM_BITS_PER_ID: f64 = 10.0;

/// Returns the settings of the whole database.
pub(super) fn database() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);

    // A log is recycled once its content is in tables, because a sync is cheaper when no file grows. Behind the last
    // record of a recycled log are the remains of an older one. Among RocksDB's recovery modes only this one stops
    // there. It also stops silently at damage and deletes the records behind it, which would lose acknowledged history.
    // So the journal is first opened read-only, and opened for writing only if it contains everything the watermark
    // records (`watermark.rs`).
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_recycle_log_file_num(LOGS_KEPT);
    // All families are flushed together, so that a log is released as soon as one memtable is full.
    options.set_atomic_flush(true);

    // Limits the log that must be read again after a crash.
    options.set_max_total_wal_size(WAL_BYTES_MAX);
    // A flushed table is synced while it is written. Synced at the end, it would be 32 MiB of writeback at once, and
    // the next sync of the log would wait for it.
    options.set_bytes_per_sync(MIB as u64);
    options.set_max_background_jobs(2);

    // RocksDB's info log is for diagnosis; it must not fill the disk.
    options.set_log_level(LogLevel::Warn);
    options.set_max_log_file_size(4 * MIB);
    options.set_keep_log_file_num(4);
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);
    options
}

/// Returns the four families, which share one cache.
pub(super) fn families() -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(CACHE_BYTES);
    let mut tables = BlockBasedOptions::default();
    tables.set_block_cache(&cache);

    let mut plain = Options::default();
    plain.set_write_buffer_size(MEMTABLE_BYTES_MAX);
    // A third memtable lets the writer continue while one is being flushed and another waits.
    plain.set_max_write_buffer_number(3);
    plain.set_compression_type(DBCompressionType::None);
    plain.set_block_based_table_factory(&tables);

    let mut packed = plain.clone();
    packed.set_compression_type(DBCompressionType::Lz4);

    // Each append looks up ids that almost never exist: the filters answer for blocks and memtable without reading
    // them.
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
