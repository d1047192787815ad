//! What stands and is not in `current` yet.

use std::sync::Arc;

use projections::rows::{Layer, Writes};

/// Rows that are gathered before they are written to `current`. A reader takes a copy for himself, and the next write
/// after that copies them once: hence not more.
const ROWS_MAX: usize = 2_048;

/// The same in bytes of rows.
pub(super) const BYTES_MAX: usize = 8 << 20;

/// Events that are folded again after a crash, at most: those since the last checkpoint.
const EVENTS_MAX: u64 = 20_000;

/// One ledger's rows that stand and are in memory only.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// The last event folded into them.
    pub(super) seq: u64,
    pub(super) rows: Arc<Layer>,
    /// Bytes of rows that were written to them.
    pub(super) bytes: usize,
    /// The last event folded into what is stored.
    stored_seq: u64,
}

impl Fresh {
    /// Nothing in memory: all is stored up to this event.
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
