//! The ledgers there are and the views that stand, as those who ask see them.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::watch;

use super::{Error, Header};
use crate::journal::{Incarnations, LedgerLog, LedgerNo};
use crate::views::Views;
use crate::writer::Publish;

/// The views that stand. Whoever asks holds on to them until he is done, also when others have taken their place.
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

/// The ledgers there are, with the word of their last event.
#[derive(Debug, Default)]
pub(super) struct LedgerIndex(RwLock<Known>);

/// The same ledgers twice: none is looked for by going through all of them.
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
    /// Its incarnation and those before it.
    pub(super) fn incarnations(&self) -> Arc<Incarnations> {
        Arc::clone(&self.incarnations.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many events it is to hold, where it holds fewer.
    pub(super) fn awaits(&self) -> Option<u64> {
        self.header.copied.filter(|all| *self.head.borrow() < *all)
    }
}

impl LedgerIndex {
    pub(super) fn add(&self, book: &LedgerLog, head: u64) -> Result<(), Error> {
        let header: Header = serde_json::from_slice(&book.header)
            .map_err(|error| Error::Damaged(format!("the header of the ledger `{}`: {error}", book.slug)))?;
        let incarnations = book.incarnations.clone();
        let incarnations =
            incarnations.ok_or_else(|| Error::Damaged(format!("the ledger `{}` has no incarnation", book.slug)))?;
        let indexed = IndexedLedger {
            no: book.no,
            slug: book.slug.clone(),
            header,
            incarnations: RwLock::new(Arc::new(incarnations)),
            head: watch::Sender::new(head),
        };
        let indexed = Arc::new(indexed);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.by_slug.insert(book.slug.clone(), Arc::clone(&indexed));
        known.by_no.insert(book.no, indexed);
        Ok(())
    }

    pub(super) fn find(&self, slug: &str) -> Option<Arc<IndexedLedger>> {
        self.known().by_slug.get(slug).map(Arc::clone)
    }

    pub(super) fn all(&self) -> Vec<Arc<IndexedLedger>> {
        self.known().by_slug.values().map(Arc::clone).collect()
    }

    /// Up to `limit` ledgers whose slugs come after this one, by slug, and whether there are more.
    pub(super) fn page(&self, after: &str, limit: usize) -> (Vec<Arc<IndexedLedger>>, bool) {
        let known = self.known();
        let mut later = known.by_slug.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let page = later.by_ref().take(limit).map(|(_, indexed)| Arc::clone(indexed)).collect();
        (page, later.next().is_some())
    }

    /// How many there are.
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

/// What the writer tells of.
pub(super) struct Publisher {
    pub(super) index: Arc<LedgerIndex>,
    pub(super) standing: Arc<CurrentViews>,
}

impl Publish for Publisher {
    fn knows(&self, slug: &str) -> bool {
        self.index.find(slug).is_some()
    }

    fn ledgers(&self) -> usize {
        self.index.len()
    }

    fn made(&self, book: &LedgerLog) {
        if let Err(error) = self.index.add(book, 0) {
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
        *self.standing.0.write().unwrap_or_else(PoisonError::into_inner) = views;
    }
}
