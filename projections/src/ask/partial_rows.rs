//! Rows that a part of a history is folded into anew, beside the rows that the whole was folded into.

use crate::rows::{Each, Error, Found, Key, Memo, Memory, Rows, RowsMut, Table};

/// What a part of a history comes to. Of the logs of check-ins and happenings and of their index, which are nearly all there is of a history and
/// say of each event nothing but what it says itself, nothing is copied: their lines are read where they lie, but for those of
/// events that were left out or are not folded yet.
#[derive(Debug)]
pub struct PartialRows<'a, R: ?Sized> {
    rows: Memory,
    whole: &'a R,
    /// The first event that is not known yet.
    next: u64,
    /// In the order of seq.
    left_out: Vec<u64>,
}

impl<'a, R: Rows + ?Sized> PartialRows<'a, R> {
    /// Before the first event.
    pub(super) fn beside(whole: &'a R) -> Self {
        PartialRows { rows: Memory::new(), whole, next: 0, left_out: Vec::new() }
    }

    /// Goes on to an event: what lies before it is known. Events are gone through in their order.
    pub(super) fn go_on_to(&mut self, seq: u64) {
        self.next = seq;
    }

    /// Leaves out the event that it has gone on to.
    pub(super) fn leave_out(&mut self) {
        self.left_out.push(self.next);
    }

    fn knows(&self, line: &[u8]) -> bool {
        Key::seq_of_log(line).is_some_and(|seq| seq < self.next && self.left_out.binary_search(&seq).is_err())
    }
}

/// Whether rows under keys that begin so are read where they lie.
fn lies_beside(key: &Key) -> bool {
    let first = key.as_bytes().first().copied();
    [Table::CheckIn, Table::Happening, Table::ById].into_iter().any(|table| first == Some(table as u8))
}

fn is_timeless(key: &Key) -> bool {
    key.as_bytes().first().is_some_and(|first| Table::is_timeless(*first))
}

impl<R: Rows + ?Sized> Rows for PartialRows<'_, R> {
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, Error> {
        match lies_beside(key) {
            true if self.knows(key.as_bytes()) => self.whole.get(key),
            true => Ok(None),
            // A long value says the same wherever it lies.
            false if is_timeless(key) => match self.rows.get(key)? {
                Some(found) => Ok(Some(found)),
                None => self.whole.get(key),
            },
            false => self.rows.get(key),
        }
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        if !lies_beside(prefix) {
            return self.rows.scan(prefix, from, each);
        }
        self.whole.scan(prefix, from, &mut |key, bytes| if self.knows(key) { each(key, bytes) } else { Ok(true) })
    }
}

impl<R: Rows + ?Sized> RowsMut for PartialRows<'_, R> {
    fn put(&mut self, seq: u64, key: Key, bytes: &[u8], memo: Memo) -> Result<(), Error> {
        if lies_beside(&key) { Ok(()) } else { self.rows.put(seq, key, bytes, memo) }
    }
}
