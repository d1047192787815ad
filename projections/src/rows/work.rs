//! The work of an entry: what is read, compared and written for it, counted.
//!
//! It is counted where rows are asked for, so that it is the same on every machine, whatever is in a cache. Each row that is
//! asked for or written is one. Its bytes count when it is first asked for, because what was read of it is kept, and each
//! time it is found by going through a range, because then it is decoded anew. Of what is written a quarter counts: it is
//! put together once, and what an entry may write is limited by its own size.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use hashbrown::HashSet;

use super::{Error, Key};

/// The most rows that are read and written for one entry.
pub const ROWS_MAX: u64 = 250_000;

/// The most bytes that are read, compared and written for one entry.
pub const BYTES_MAX: u64 = 10_000_000;

/// Work, in rows and in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Rows that were read or written.
    pub rows: u64,
    /// Bytes that were read, compared or written.
    pub bytes: u64,
}

/// Counts the work of one entry at a time.
#[derive(Debug, Default)]
pub(super) struct Meter {
    is_on: bool,
    done: Cell<Work>,
    /// The keys whose rows' bytes are counted, by their hashes.
    counted: RefCell<HashSet<u64>>,
}

impl Meter {
    /// Begins to count at nothing.
    pub(super) fn begin(&mut self) {
        self.is_on = true;
        self.done.set(Work::default());
        self.counted.get_mut().clear();
    }

    /// Stops counting. Returns what was counted.
    pub(super) fn end(&mut self) -> Work {
        self.is_on = false;
        // Most entries are small: what a large one needed is not kept.
        *self.counted.get_mut() = HashSet::new();
        self.done.get()
    }

    /// Counts a row that was asked for.
    pub(super) fn read(&self, key: &Key, bytes: Option<usize>) -> Result<(), Error> {
        match bytes {
            _ if !self.is_on => Ok(()),
            Some(bytes) if self.is_first(key) => self.charge(1, bytes),
            _ => self.charge(1, 0),
        }
    }

    /// Counts a row that was written.
    pub(super) fn written(&self, key: &Key, bytes: usize) -> Result<(), Error> {
        if self.is_on {
            self.is_first(key);
            self.charge(1, (key.as_bytes().len() + bytes) / 4)?;
        }
        Ok(())
    }

    /// Counts rows and bytes. Fails where they are too many for one entry.
    pub(super) fn charge(&self, rows: usize, bytes: usize) -> Result<(), Error> {
        if !self.is_on {
            return Ok(());
        }
        let Work { rows: rows_before, bytes: bytes_before } = self.done.get();
        let done =
            Work { rows: rows_before.saturating_add(rows as u64), bytes: bytes_before.saturating_add(bytes as u64) };
        self.done.set(done);
        if done.rows > ROWS_MAX || done.bytes > BYTES_MAX { Err(Error::TooMuchWork) } else { Ok(()) }
    }

    fn is_first(&self, key: &Key) -> bool {
        // Its keys are the same everywhere.
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.counted.borrow_mut().insert(hasher.finish())
    }
}
