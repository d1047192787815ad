//! Folding what the journal holds into views that have not seen it. A rebuild is a catching up from nothing.

use std::sync::Arc;

use events::Recorded;
use projections::apply;
use projections::rows::{Error, Overlay, Recall};

use super::Views;
use crate::journal::{self, BYTES_AT_A_TIME, Journal, Span};

/// What is folded between two writes of rows. The rows, the batch they are written in and RocksDB's own memory each hold them once
/// more, hence a quarter of what is read at a time elsewhere.
pub(super) const CHUNK: Span = Span { events: 2_000, bytes: BYTES_AT_A_TIME / 4 };

/// Bytes of rows that are recalled from one chunk to the next; beyond that all are forgotten.
const RECALL_BYTES_MAX: usize = 128 << 20;

/// Told while events are folded: how many are done, of how many.
pub trait Progress {
    /// `done` of `all` events are folded.
    fn folded(&mut self, done: u64, all: u64);

    /// Whether it is to end here: the folding fails then, and views that are being loaded are not to be used.
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Progress for () {
    fn folded(&mut self, _done: u64, _all: u64) {}
}

/// Brings all ledgers' views to the end of their journals, if they are theirs. Returns how many events were folded.
pub fn catch_up(views: &Views, journal: &dyn Journal, progress: &mut dyn Progress) -> Result<u64, Error> {
    if !views.belong_to(&journal.identity().map_err(from_journal)?)? {
        return Err(Error::Damaged("they are those of another journal".into()));
    }
    let mut behind = Vec::new();
    let mut all = 0;
    for book in journal.logs().map_err(from_journal)? {
        let (seen, head) = (views.last_seq(book.no), journal.head(book.no).map_err(from_journal)?.seq);
        all += head.saturating_sub(seen);
        behind.push((book.no, seen));
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
                // Each is let go as soon as it is folded.
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

/// Reads a recorded event, naming it where it cannot be read.
pub(crate) fn decode(event: &journal::Recorded) -> Result<Recorded, Error> {
    Recorded::decode(&event.bytes).map_err(|error| Error::History(format!("event {}: {error}", event.seq)))
}

pub(crate) fn from_journal(error: journal::Error) -> Error {
    match error {
        journal::Error::Damaged(says) => Error::History(says),
        journal::Error::Refused(says) | journal::Error::Storage(says) => Error::Storage(says),
    }
}
