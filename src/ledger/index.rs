//! The ledger index and the current views, as readers see them.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::watch;

use super::{Error, Header};
use crate::journal::{Incarnations, LedgerLog, LedgerNo};
use crate::views::Views;
use crate::writer::Publish;

/// The current views. A reader keeps its reference until it is done, even after the views have been replaced.
#[derive(Debug)]
pub(super) struct CurrentViews(RwLock<Arc<Views>>);

impl CurrentViews {
    pub(super) fn new(views: Arc<Views>) -> CurrentViews {
        CurrentViews(RwLock::new(views))
    }

    pub(super) fn views(&self) -> Arc<Views> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// All ledgers, each with a channel that announces its last event.
#[derive(Debug, Default)]
pub(super) struct LedgerIndex(RwLock<Known>);

/// Two maps of the same ledgers, so that no lookup is a scan.
#[derive(Debug, Default)]
struct Known {
    by_slug: BTreeMap<String, Arc<IndexedLedger>>,
    by_no: BTreeMap<LedgerNo, Arc<IndexedLedger>>,
}

#[derive(Debug)]
pub(super) struct IndexedLedger {
    pub(super) no: LedgerNo,
    pub(super) slug: String,
    pub(super) header: Header,
    incarnations: RwLock<Arc<Incarnations>>,
    pub(super) head: watch::Sender<u64>,
}

impl IndexedLedger {
    /// Returns the current incarnation and the earlier ones.
    pub(super) fn incarnations(&self) -> Arc<Incarnations> {
        Arc::clone(&self.incarnations.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the number of events in the copy if the ledger is an incomplete import.
    pub(super) fn awaits(&self) -> Option<u64> {
        self.header.copied.filter(|all| *self.head.borrow() < *all)
    }
}

impl LedgerIndex {
    pub(super) fn add(&self, log: &LedgerLog, head: u64) -> Result<(), Error> {
        let header: Header = serde_json::from_slice(&log.header)
            .map_err(|error| Error::Damaged(format!("the header of the ledger `{}`: {error}", log.slug)))?;
        let incarnations = log.incarnations.clone();
        let incarnations =
            incarnations.ok_or_else(|| Error::Damaged(format!("the ledger `{}` has no incarnation", log.slug)))?;
        let indexed = IndexedLedger {
            no: log.no,
            slug: log.slug.clone(),
            header,
            incarnations: RwLock::new(Arc::new(incarnations)),
            head: watch::Sender::new(head),
        };
        let indexed = Arc::new(indexed);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.by_slug.insert(log.slug.clone(), Arc::clone(&indexed));
        known.by_no.insert(log.no, indexed);
        Ok(())
    }

    pub(super) fn find(&self, slug: &str) -> Option<Arc<IndexedLedger>> {
        self.known().by_slug.get(slug).map(Arc::clone)
    }

    pub(super) fn all(&self) -> Vec<Arc<IndexedLedger>> {
        self.known().by_slug.values().map(Arc::clone).collect()
    }

    /// Returns up to `limit` ledgers with slugs after this one, sorted by slug, and whether there are more.
    pub(super) fn page(&self, after: &str, limit: usize) -> (Vec<Arc<IndexedLedger>>, bool) {
        let known = self.known();
        let mut later = known.by_slug.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let page = later.by_ref().take(limit).map(|(_, indexed)| Arc::clone(indexed)).collect();
        (page, later.next().is_some())
    }

    pub(super) fn len(&self) -> usize {
        self.known().by_slug.len()
    }

    fn of(&self, ledger: LedgerNo) -> Option<Arc<IndexedLedger>> {
        self.known().by_no.get(&ledger).map(Arc::clone)
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Publishes the writer's results to readers.
pub(super) struct Publisher {
    pub(super) index: Arc<LedgerIndex>,
    pub(super) current: Arc<CurrentViews>,
}

impl Publish for Publisher {
    fn knows(&self, slug: &str) -> bool {
        self.index.find(slug).is_some()
    }

    fn ledgers(&self) -> usize {
        self.index.len()
    }

    fn made(&self, log: &LedgerLog) {
        if let Err(error) = self.index.add(log, 0) {
            tracing::error!("{error}");
        }
    }

    fn named(&self, ledger: LedgerNo, incarnations: &Incarnations) {
        if let Some(indexed) = self.index.of(ledger) {
            let mut named = indexed.incarnations.write().unwrap_or_else(PoisonError::into_inner);
            *named = Arc::new(incarnations.clone());
        }
    }

    fn recorded(&self, ledger: LedgerNo, seq: u64) {
        if let Some(indexed) = self.index.of(ledger) {
            indexed.head.send_replace(seq);
        }
    }

    fn swapped(&self, views: Arc<Views>) {
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = views;
    }
}
