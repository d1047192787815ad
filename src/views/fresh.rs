//! Current rows that are not in `current` yet.

use std::sync::Arc;

use projections::rows::{Layer, Writes};

/// Maximum number of rows gathered before they are written to `current`. A reader shares them, and the next write then
/// copies them once, which limits their number.
const ROWS_MAX: usize = 2_048;

/// Maximum bytes of rows gathered before they are written.
pub(super) const BYTES_MAX: usize = 8 << 20;

/// Maximum number of events since the last checkpoint, which would be folded again after a crash.
const EVENTS_MAX: u64 = 20_000;

/// One ledger's current rows that are only in memory.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// The last event folded into the rows.
    pub(super) seq: u64,
    pub(super) rows: Arc<Layer>,
    /// Bytes of rows written into memory, counting replaced rows.
    pub(super) bytes: usize,
    /// The last event folded into the stored rows.
    stored_seq: u64,
}

impl Fresh {
    /// Returns an empty set of rows: everything up to this event is stored.
    pub(super) fn at(seq: u64) -> Fresh {
        Fresh { seq, rows: Arc::default(), bytes: 0, stored_seq: seq }
    }

    pub(super) fn take(&mut self, written: &Writes, last_seq: u64) {
        let rows = Arc::make_mut(&mut self.rows);
        for (_, key, row) in written.iter().filter(|(_, key, _)| !key.is_log()) {
            self.bytes += row.bytes().len();
            rows.put(key.clone(), row.clone());
        }
        self.seq = last_seq;
    }

    pub(super) fn is_enough(&self) -> bool {
        self.rows.len() >= ROWS_MAX || self.bytes >= BYTES_MAX || self.seq - self.stored_seq >= EVENTS_MAX
    }
}
