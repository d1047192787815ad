//! A journal cut off at earlier heads, for building the views of a past state.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Entry, Error, Head, Incarnations, Journal, LedgerLog, LedgerNo, Recorded, Span};

/// A journal cut off at a head for each ledger. A ledger without a head here has no events.
pub struct UpTo {
    journal: Arc<dyn Journal>,
    heads: BTreeMap<LedgerNo, u64>,
}

impl UpTo {
    /// Cuts the journal off at these heads.
    pub fn new(journal: Arc<dyn Journal>, heads: impl IntoIterator<Item = (LedgerNo, u64)>) -> UpTo {
        UpTo { journal, heads: heads.into_iter().collect() }
    }

    fn last(&self, ledger: LedgerNo) -> Result<u64, Error> {
        let head = self.journal.head(ledger)?.seq;
        Ok(self.heads.get(&ledger).copied().unwrap_or_default().min(head))
    }
}

impl Journal for UpTo {
    fn identity(&self) -> Result<Vec<u8>, Error> {
        self.journal.identity()
    }

    fn logs(&self) -> Result<Vec<LedgerLog>, Error> {
        self.journal.logs()
    }

    fn create(&self, _slug: &str, _header: &[u8]) -> Result<LedgerLog, Error> {
        Err(Error::Refused("a part of a journal is read-only".into()))
    }

    fn set_incarnations(&self, _ledger: LedgerNo, _incarnations: &Incarnations) -> Result<(), Error> {
        Err(Error::Refused("a part of a journal is read-only".into()))
    }

    fn append(&self, _group: &[Entry]) -> Result<(), Error> {
        Err(Error::Refused("a part of a journal is read-only".into()))
    }

    fn head(&self, ledger: LedgerNo) -> Result<Head, Error> {
        let seq = self.last(ledger)?;
        Ok(Head { seq, recorded_at: self.journal.event(ledger, seq)?.map(|event| event.recorded_at) })
    }

    fn event(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Recorded>, Error> {
        if seq > self.last(ledger)? { Ok(None) } else { self.journal.event(ledger, seq) }
    }

    fn events_within(&self, ledger: LedgerNo, after: u64, span: Span) -> Result<Vec<Recorded>, Error> {
        let left = usize::try_from(self.last(ledger)?.saturating_sub(after)).unwrap_or(usize::MAX);
        self.journal.events_within(ledger, after, Span { events: span.events.min(left), ..span })
    }

    fn entry(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Entry>, Error> {
        if seq > self.last(ledger)? { Ok(None) } else { self.journal.entry(ledger, seq) }
    }

    fn seq_of(&self, ledger: LedgerNo, id: &str) -> Result<Option<u64>, Error> {
        let last = self.last(ledger)?;
        Ok(self.journal.seq_of(ledger, id)?.filter(|seq| *seq <= last))
    }

    fn seq_at(&self, ledger: LedgerNo, moment: DateTime<Utc>) -> Result<u64, Error> {
        Ok(self.journal.seq_at(ledger, moment)?.min(self.last(ledger)?))
    }
}
