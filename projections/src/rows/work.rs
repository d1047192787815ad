//! Counting of the work an entry causes: rows and bytes read, compared and written.
//!
//! Work is counted where rows are requested, so that the count is the same on every machine and whatever a cache
//! contains. Each row requested or written counts as one. Its bytes count at its first request, because the decoded row
//! is then cached, and again in every scan, because a scan decodes it again. Only a quarter of the written bytes count:
//! a row is encoded once, and the entry's own size limits its writes.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use hashbrown::HashSet;

use super::{Error, Key};

/// The most rows read and written for one entry.
pub const ROWS_MAX: u64 = 250_000;

/// The most bytes read, compared and written for one entry.
pub const BYTES_MAX: u64 = 10_000_000;

/// An amount of work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Rows read or written.
    pub rows: u64,
    /// Bytes read, compared or written.
    pub bytes: u64,
}

/// Counts the work of one entry at a time.
#[derive(Debug, Default)]
pub(super) struct Meter {
    is_on: bool,
    done: Cell<Work>,
    /// Hashes of the keys whose bytes are already counted.
    counted: RefCell<HashSet<u64>>,
}

impl Meter {
    /// Starts counting at zero.
    pub(super) fn begin(&mut self) {
        self.is_on = true;
        self.done.set(Work::default());
        self.counted.get_mut().clear();
    }

    /// Stops counting. Returns the work counted.
    pub(super) fn end(&mut self) -> Work {
        self.is_on = false;
        // Most entries are small: the memory of a large one is released.
        *self.counted.get_mut() = HashSet::new();
        self.done.get()
    }

    /// Counts a requested row; `bytes` is `None` if the key is missing.
    pub(super) fn read(&self, key: &Key, bytes: Option<usize>) -> Result<(), Error> {
        match bytes {
            _ if !self.is_on => Ok(()),
            Some(bytes) if self.is_first(key) => self.charge(1, bytes),
            _ => self.charge(1, 0),
        }
    }

    /// Counts a written row.
    pub(super) fn written(&self, key: &Key, bytes: usize) -> Result<(), Error> {
        if self.is_on {
            self.is_first(key);
            self.charge(1, (key.as_bytes().len() + bytes) / 4)?;
        }
        Ok(())
    }

    /// Counts rows and bytes. Fails once the entry exceeds its limit.
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
        // `DefaultHasher::new` has fixed keys, so hashes are the same on every machine.
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.counted.borrow_mut().insert(hasher.finish())
    }
}
