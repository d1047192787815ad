//! Folds the journal's events into views that do not contain them yet. A rebuild is a catch-up from nothing.

use std::sync::Arc;

use events::Recorded;
use projections::apply;
use projections::rows::{Error, Overlay, Recall};

use super::Views;
use crate::journal::{self, BYTES_AT_A_TIME, Journal, Span};

/// Events folded between two writes of rows. The rows, their batch and RocksDB's memtable each hold the data once more,
/// hence a quarter of the usual read size.
pub(super) const CHUNK: Span = Span { events: 2_000, bytes: BYTES_AT_A_TIME / 4 };

/// Maximum bytes of rows cached from one chunk to the next; above it the cache is cleared.
const RECALL_BYTES_MAX: usize = 128 << 20;

/// Receives the progress of folding.
pub trait Progress {
    /// Reports that `done` of `all` events are folded.
    fn folded(&mut self, done: u64, all: u64);

    /// Returns true to cancel: folding then fails, and views being loaded must not be used.
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Progress for () {
    fn folded(&mut self, _done: u64, _all: u64) {}
}

/// Catches up the views of all ledgers with their journal, if it is theirs. Returns the number of events folded.
pub fn catch_up(views: &Views, journal: &dyn Journal, progress: &mut dyn Progress) -> Result<u64, Error> {
    if !views.belong_to(&journal.identity().map_err(from_journal)?)? {
        return Err(Error::Damaged("they belong to another journal".into()));
    }
    let mut behind = Vec::new();
    let mut all = 0;
    for log in journal.logs().map_err(from_journal)? {
        let (seen, head) = (views.last_seq(log.no), journal.head(log.no).map_err(from_journal)?.seq);
        all += head.saturating_sub(seen);
        behind.push((log.no, seen));
    }
    let mut done = 0;
    for (ledger, mut seen) in behind {
        let mut recall = Recall::default();
        loop {
            let events = journal.events_within(ledger, seen, CHUNK).map_err(from_journal)?;
            let Some(last) = events.last() else { break };
            seen = last.seq;
            done += events.len() as u64;
            let written = {
                let rows = views.now(ledger)?.beside(journal);
                let mut overlay = Overlay::recalling(&rows, recall);
                // Each event is freed as soon as it is folded.
                for event in events {
                    apply(&mut overlay, &decode(&event)?)?;
                }
                let written;
                (written, recall) = overlay.into_parts();
                written
            };
            views.write(vec![(ledger, Arc::new(written), seen)])?;
            if recall.bytes() > RECALL_BYTES_MAX {
                recall = Recall::default();
            }
            progress.folded(done, all);
            if progress.is_cancelled() {
                return Err(cancelled());
            }
        }
    }
    Ok(done)
}

pub(super) fn cancelled() -> Error {
    Error::Storage("the folding was cancelled".into())
}

/// Decodes a recorded event. The error contains its seq.
pub(crate) fn decode(event: &journal::Recorded) -> Result<Recorded, Error> {
    Recorded::decode(&event.bytes).map_err(|error| Error::History(format!("event {}: {error}", event.seq)))
}

pub(crate) fn from_journal(error: journal::Error) -> Error {
    match error {
        journal::Error::Damaged(says) => Error::History(says),
        journal::Error::Refused(says) | journal::Error::Storage(says) => Error::Storage(says),
    }
}
