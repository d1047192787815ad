//! The ledgers there are and the views that stand, as those who ask see them.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::watch;

use super::{Error, Header};
use crate::journal::{Book, Incarnations, LedgerNo};
use crate::views::Views;
use crate::writer::Publish;

/// The views that stand. Whoever asks holds on to them until he is done, also when others have taken their place.
#[derive(Debug)]
pub(super) struct Standing(RwLock<Arc<Views>>);

impl Standing {
    pub(super) fn new(views: Arc<Views>) -> Standing {
        Standing(RwLock::new(views))
    }

    pub(super) fn views(&self) -> Arc<Views> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The ledgers there are, with the word of their last event.
#[derive(Debug, Default)]
pub(super) struct Shelf(RwLock<Known>);

/// The same ledgers twice: none is looked for by going through all of them.
#[derive(Debug, Default)]
struct Known {
    by_slug: BTreeMap<String, Arc<Shelved>>,
    by_no: BTreeMap<LedgerNo, Arc<Shelved>>,
}

#[derive(Debug)]
pub(super) struct Shelved {
    pub(super) no: LedgerNo,
    pub(super) slug: String,
    pub(super) header: Header,
    incarnations: RwLock<Arc<Incarnations>>,
    pub(super) head: watch::Sender<u64>,
}

impl Shelved {
    /// Its incarnation and those before it.
    pub(super) fn incarnations(&self) -> Arc<Incarnations> {
        Arc::clone(&self.incarnations.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many events it is to hold, where it holds fewer.
    pub(super) fn awaits(&self) -> Option<u64> {
        self.header.copied.filter(|all| *self.head.borrow() < *all)
    }
}

impl Shelf {
    pub(super) fn add(&self, book: &Book, head: u64) -> Result<(), Error> {
        let header: Header = serde_json::from_slice(&book.header)
            .map_err(|error| Error::Damaged(format!("the header of the ledger `{}`: {error}", book.slug)))?;
        let incarnations = book.incarnations.clone();
        let incarnations =
            incarnations.ok_or_else(|| Error::Damaged(format!("the ledger `{}` has no incarnation", book.slug)))?;
        let shelved = Shelved {
            no: book.no,
            slug: book.slug.clone(),
            header,
            incarnations: RwLock::new(Arc::new(incarnations)),
            head: watch::Sender::new(head),
        };
        let shelved = Arc::new(shelved);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.by_slug.insert(book.slug.clone(), Arc::clone(&shelved));
        known.by_no.insert(book.no, shelved);
        Ok(())
    }

    pub(super) fn find(&self, slug: &str) -> Option<Arc<Shelved>> {
        self.known().by_slug.get(slug).map(Arc::clone)
    }

    pub(super) fn all(&self) -> Vec<Arc<Shelved>> {
        self.known().by_slug.values().map(Arc::clone).collect()
    }

    /// Up to `limit` ledgers whose slugs come after this one, by slug, and whether there are more.
    pub(super) fn page(&self, after: &str, limit: usize) -> (Vec<Arc<Shelved>>, bool) {
        let known = self.known();
        let mut later = known.by_slug.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let page = later.by_ref().take(limit).map(|(_, shelved)| Arc::clone(shelved)).collect();
        (page, later.next().is_some())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.known().by_slug.len()
    }

    fn of(&self, ledger: LedgerNo) -> Option<Arc<Shelved>> {
        self.known().by_no.get(&ledger).map(Arc::clone)
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the writer tells of.
pub(super) struct Publisher {
    pub(super) shelf: Arc<Shelf>,
    pub(super) standing: Arc<Standing>,
}

impl Publish for Publisher {
    fn knows(&self, slug: &str) -> bool {
        self.shelf.find(slug).is_some()
    }

    fn ledgers(&self) -> usize {
        self.shelf.len()
    }

    fn made(&self, book: &Book) {
        if let Err(error) = self.shelf.add(book, 0) {
            tracing::error!("{error}");
        }
    }

    fn named(&self, ledger: LedgerNo, incarnations: &Incarnations) {
        if let Some(shelved) = self.shelf.of(ledger) {
            let mut named = shelved.incarnations.write().unwrap_or_else(PoisonError::into_inner);
            *named = Arc::new(incarnations.clone());
        }
    }

    fn recorded(&self, ledger: LedgerNo, seq: u64) {
        if let Some(shelved) = self.shelf.of(ledger) {
            shelved.head.send_replace(seq);
        }
    }

    fn swapped(&self, views: Arc<Views>) {
        *self.standing.0.write().unwrap_or_else(PoisonError::into_inner) = views;
    }
}
