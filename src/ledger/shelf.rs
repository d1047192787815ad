//! The ledgers there are and the views that stand, as those who ask see them.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, PoisonError, RwLock};

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
pub(super) struct Shelf(RwLock<BTreeMap<String, Arc<Shelved>>>);

#[derive(Debug)]
pub(super) struct Shelved {
    pub(super) no: LedgerNo,
    pub(super) slug: String,
    pub(super) header: Header,
    incarnations: RwLock<Arc<Incarnations>>,
    pub(super) head: watch::Sender<u64>,
    /// Entries that wait for the writer.
    pub(super) waiting: Arc<AtomicUsize>,
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
            waiting: Arc::default(),
        };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(book.slug.clone(), Arc::new(shelved));
        Ok(())
    }

    pub(super) fn find(&self, slug: &str) -> Option<Arc<Shelved>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(slug).map(Arc::clone)
    }

    pub(super) fn all(&self) -> Vec<Arc<Shelved>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().map(Arc::clone).collect()
    }
}

/// What the writer tells of.
pub(super) struct Publisher {
    pub(super) shelf: Arc<Shelf>,
    pub(super) standing: Arc<Standing>,
}

impl Publish for Publisher {
    fn made(&self, book: &Book) {
        if let Err(error) = self.shelf.add(book, 0) {
            tracing::error!("{error}");
        }
    }

    fn named(&self, ledger: LedgerNo, incarnations: &Incarnations) {
        for shelved in self.shelf.all().iter().filter(|shelved| shelved.no == ledger) {
            let mut named = shelved.incarnations.write().unwrap_or_else(PoisonError::into_inner);
            *named = Arc::new(incarnations.clone());
        }
    }

    fn recorded(&self, ledger: LedgerNo, seq: u64) {
        for shelved in self.shelf.all() {
            if shelved.no == ledger {
                shelved.head.send_replace(seq);
            }
        }
    }

    fn swapped(&self, views: Arc<Views>) {
        *self.standing.0.write().unwrap_or_else(PoisonError::into_inner) = views;
    }
}
