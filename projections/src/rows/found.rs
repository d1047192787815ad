//! Rows as they are found: their bytes, and what these say once somebody has read them.
//!
//! Rows that are kept in memory are asked for again and again, for each event about a key result its cycle, its objective
//! and its own. What was read of them stays beside the bytes, so that they are read once.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::long::names_longs;
use super::{Error, Row, Rows, decode};

/// What a row's bytes say, once it was read.
#[derive(Clone, Default)]
pub struct Memo(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Memo {
    /// What is written needs no reading, but where it names long values.
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
        // A thousand rows that name one long value would hold a thousand copies of it.
        if names_longs(bytes) {
            return Ok(row);
        }
        // Somebody else may have read it at the same time: the same.
        _ = self.0.set(Arc::clone(&row) as Arc<dyn Any + Send + Sync>);
        Ok(row)
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "Memo(read)" } else { "Memo" })
    }
}

/// A row that is kept in memory. Copies of it are one.
#[derive(Debug, Clone)]
pub struct Held(Arc<(Box<[u8]>, Memo)>);

impl Held {
    /// A row of these bytes.
    pub fn new(bytes: &[u8], memo: Memo) -> Held {
        Held(Arc::new((bytes.into(), memo)))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0.0
    }
}

/// Two are the same whose bytes are.
impl PartialEq for Held {
    fn eq(&self, other: &Held) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Held {}

/// A row that was found.
#[derive(Debug, Clone)]
pub enum Found<'a> {
    /// In a store of bytes.
    Stored(Cow<'a, [u8]>),
    /// In memory.
    Held(Held),
}

impl Found<'_> {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Found::Stored(bytes) => bytes,
            Found::Held(held) => held.bytes(),
        }
    }

    /// The same, independent of where it was found.
    pub(super) fn into_owned(self) -> Found<'static> {
        match self {
            Found::Stored(bytes) => Found::Stored(Cow::Owned(bytes.into_owned())),
            Found::Held(held) => Found::Held(held),
        }
    }

    /// To be kept in memory.
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

/// Two are the same whose bytes are.
impl PartialEq for Found<'_> {
    fn eq(&self, other: &Found<'_>) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Found<'_> {}
