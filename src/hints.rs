//! Where RocksDB looks first for the place of a new row in memory.

use rocksdb::Options;

/// The same options, with the place of the last row remembered for each beginning of so many bytes: keys that follow each
/// other, as a ledger's events do, then need no search through all that is in memory.
pub(crate) fn with_hints(mut options: Options, prefix_bytes: usize) -> Options {
    let hint = format!("memtable_insert_with_hint_prefix_extractor=rocksdb.FixedPrefix.{prefix_bytes}");
    // Rows find their place without it too.
    options.get_options_from_string(hint).unwrap_or(options)
}
