//! Rows as they are read: their bytes, with the decoded row cached beside them.
//!
//! Each event about a key result reads its cycle, its objective and the key result itself. Rows held in memory are
//! therefore decoded once and then shared.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::long::names_longs;
use super::{Error, Row, Rows, decode};

/// The decoded form of a row's bytes, filled in at the first read.
#[derive(Clone, Default)]
pub struct Memo(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Memo {
    /// Caches a row as it is written, so that it is never decoded. Rows with long values are not cached.
    pub(super) fn of<R: Row>(row: R, bytes: &[u8]) -> Memo {
        if names_longs(bytes) {
            return Memo::default();
        }
        Memo(OnceLock::from(Arc::new(row) as Arc<dyn Any + Send + Sync>))
    }

    fn row<R: Row>(&self, rows: &(impl Rows + ?Sized), key: &[u8], bytes: &[u8]) -> Result<Arc<R>, Error> {
        if let Some(known) = self.0.get()
            && let Ok(row) = Arc::clone(known).downcast()
        {
            return Ok(row);
        }
        let row = Arc::new(decode::<R>(rows, key, bytes)?);
        // A thousand rows with the same long value would hold a thousand copies of it.
        if names_longs(bytes) {
            return Ok(row);
        }
        // Another thread may have decoded the row at the same time, with the same result.
        _ = self.0.set(Arc::clone(&row) as Arc<dyn Any + Send + Sync>);
        Ok(row)
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "Memo(read)" } else { "Memo" })
    }
}

/// A row held in memory. Clones share one allocation.
#[derive(Debug, Clone)]
pub struct Held(Arc<(Box<[u8]>, Memo)>);

impl Held {
    /// Creates a row from its bytes.
    pub fn new(bytes: &[u8], memo: Memo) -> Held {
        Held(Arc::new((bytes.into(), memo)))
    }

    /// Returns the encoded row.
    pub fn bytes(&self) -> &[u8] {
        &self.0.0
    }
}

/// Ignores the memo: it is only a cache of the decoded row.
impl PartialEq for Held {
    fn eq(&self, other: &Held) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Held {}

/// A row that was read.
#[derive(Debug, Clone)]
pub enum Found<'a> {
    /// Bytes from a store.
    Stored(Cow<'a, [u8]>),
    /// A row from memory, with its cached decoded form.
    Held(Held),
}

impl Found<'_> {
    /// Returns the encoded row.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Found::Stored(bytes) => bytes,
            Found::Held(held) => held.bytes(),
        }
    }

    /// Copies borrowed bytes.
    pub(super) fn into_owned(self) -> Found<'static> {
        match self {
            Found::Stored(bytes) => Found::Stored(Cow::Owned(bytes.into_owned())),
            Found::Held(held) => Found::Held(held),
        }
    }

    /// Converts the row to one that can be held in memory.
    pub(super) fn hold(self) -> Held {
        match self {
            Found::Stored(bytes) => Held::new(&bytes, Memo::default()),
            Found::Held(held) => held,
        }
    }

    pub(super) fn row<R: Row>(&self, rows: &(impl Rows + ?Sized), key: &[u8]) -> Result<Arc<R>, Error> {
        match self {
            Found::Stored(bytes) => Ok(Arc::new(decode(rows, key, bytes)?)),
            Found::Held(held) => held.0.1.row(rows, key, held.bytes()),
        }
    }
}

/// Ignores the memo: it is only a cache of the decoded row.
impl PartialEq for Found<'_> {
    fn eq(&self, other: &Found<'_>) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Found<'_> {}
