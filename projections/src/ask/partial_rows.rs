//! Rows folded from part of a history, layered over the rows of the whole history.

use crate::rows::{Each, Error, Found, Key, Memo, Memory, Rows, RowsMut, Table};

/// Rows folded from part of a history. The check-in log, the happenings log and their index are not copied: they make
/// up nearly all of a history, and each line depends on its own event alone. Lines are read from the underlying rows,
/// except those of events left out or not folded yet.
#[derive(Debug)]
pub struct PartialRows<'a, R: ?Sized> {
    rows: Memory,
    whole: &'a R,
    /// The first event not folded yet.
    next: u64,
    /// Ordered by seq.
    left_out: Vec<u64>,
}

impl<'a, R: Rows + ?Sized> PartialRows<'a, R> {
    /// Returns empty rows before the first event.
    pub(super) fn over(whole: &'a R) -> Self {
        PartialRows { rows: Memory::new(), whole, next: 0, left_out: Vec::new() }
    }

    /// Advances to an event; all events before it are folded or left out. Events must be passed in order.
    pub(super) fn advance_to(&mut self, seq: u64) {
        self.next = seq;
    }

    /// Leaves out the event at the current position.
    pub(super) fn leave_out(&mut self) {
        self.left_out.push(self.next);
    }

    fn knows(&self, line: &[u8]) -> bool {
        Key::seq_of_log(line).is_some_and(|seq| seq < self.next && self.left_out.binary_search(&seq).is_err())
    }
}

/// Returns true if rows with this prefix are read from the underlying rows.
fn is_shared(key: &Key) -> bool {
    let first = key.as_bytes().first().copied();
    [Table::CheckIn, Table::Happening, Table::ById].into_iter().any(|table| first == Some(table as u8))
}

fn is_timeless(key: &Key) -> bool {
    key.as_bytes().first().is_some_and(|first| Table::is_timeless(*first))
}

impl<R: Rows + ?Sized> Rows for PartialRows<'_, R> {
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, Error> {
        match is_shared(key) {
            true if self.knows(key.as_bytes()) => self.whole.get(key),
            true => Ok(None),
            // Long values never change, so either copy will do.
            false if is_timeless(key) => match self.rows.get(key)? {
                Some(found) => Ok(Some(found)),
                None => self.whole.get(key),
            },
            false => self.rows.get(key),
        }
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        if !is_shared(prefix) {
            return self.rows.scan(prefix, from, each);
        }
        self.whole.scan(prefix, from, &mut |key, bytes| if self.knows(key) { each(key, bytes) } else { Ok(true) })
    }
}

impl<R: Rows + ?Sized> RowsMut for PartialRows<'_, R> {
    fn put(&mut self, seq: u64, key: Key, bytes: &[u8], memo: Memo) -> Result<(), Error> {
        if is_shared(&key) { Ok(()) } else { self.rows.put(seq, key, bytes, memo) }
    }
}
