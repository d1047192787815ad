//! Writes kept on top of other rows without changing them.

use std::cell::RefCell;

use super::by_key::ByKey;
use super::work::{Meter, Work};
use super::{Each, Error, Found, Held, Key, Memo, Rows, RowsMut, Table, Writes};

/// An overlay over rows: reads fall through to them where the overlay has no row itself, and writes stay in the
/// overlay. The writer decides a group of entries in one overlay and passes its writes to the views once the journal
/// holds the events.
#[derive(Debug)]
pub struct Overlay<'a, R: ?Sized> {
    under: &'a R,
    writes: Writes,
    recall: Option<RefCell<Recall>>,
    meter: Meter,
}

/// A cache of rows read or written through successive overlays, so that each row is fetched from the store once. It is
/// valid only while every write to the store goes through these overlays. Logs and long values are not cached: they are
/// long and seldom read again.
#[derive(Debug, Default)]
pub struct Recall {
    /// `None` for keys known to be missing.
    rows: ByKey<Option<Held>>,
    bytes: usize,
}

impl Recall {
    /// Returns the approximate size of the cache in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn keep(&mut self, key: Key, row: Option<Held>) {
        if self.bytes > RECALLED_BYTES_MAX {
            *self = Recall::default();
        }
        let (key_len, len) = (OVERHEAD + key.as_bytes().len(), row.as_ref().map_or(0, weight));
        match self.rows.insert(key, row) {
            None => self.bytes += key_len + len,
            Some(old) => self.bytes = (self.bytes + len).saturating_sub(old.as_ref().map_or(0, weight)),
        }
    }
}

/// A cache larger than this is dropped: its rows can be read again.
const RECALLED_BYTES_MAX: usize = 64 << 20;

fn is_recalled(key: &Key) -> bool {
    !key.is_log() && key.as_bytes().first() != Some(&(Table::Long as u8))
}

/// The approximate memory of a key in addition to its bytes.
const OVERHEAD: usize = 96;

/// Returns the approximate memory of a row with its decoded form.
fn weight(row: &Held) -> usize {
    4 * row.bytes().len()
}

impl<'a, R: Rows + ?Sized> Overlay<'a, R> {
    /// Creates an overlay without writes.
    pub fn over(under: &'a R) -> Self {
        Overlay { under, writes: Writes::default(), recall: None, meter: Meter::default() }
    }

    /// Creates an overlay without writes that uses the cache of earlier overlays over the same store.
    pub fn recalling(under: &'a R, recall: Recall) -> Self {
        Overlay { recall: Some(RefCell::new(recall)), ..Overlay::over(under) }
    }

    /// Returns the writes so far.
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Starts counting work. Work beyond the limit of one entry fails with [`Error::TooMuchWork`].
    pub fn begin_entry(&mut self) {
        self.meter.begin();
    }

    /// Stops counting work. Returns the work counted.
    pub fn end_entry(&mut self) -> Work {
        self.meter.end()
    }

    /// Reverts all writes after the first `len`.
    pub fn shorten(&mut self, len: usize) {
        self.writes.shorten(len);
    }

    /// Returns all writes.
    pub fn into_writes(self) -> Writes {
        self.writes
    }

    /// Returns all writes, and the cache as it is valid once these writes are in the store.
    pub fn into_parts(self) -> (Writes, Recall) {
        let mut recall = self.recall.map(RefCell::into_inner).unwrap_or_default();
        for (_, key, row) in self.writes.iter().filter(|(_, key, _)| is_recalled(key)) {
            recall.keep(key.clone(), Some(row.clone()));
        }
        (self.writes, recall)
    }

    fn go_through(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        self.writes.scan_over(prefix, from, |each| self.under.scan(prefix, from, each), each)
    }

    fn recalled(&self, key: &Key) -> Result<Option<Found<'_>>, Error> {
        let Some(recall) = self.recall.as_ref().filter(|_| is_recalled(key)) else { return self.under.get(key) };
        if let Some(known) = recall.borrow().rows.get(key) {
            return Ok(known.clone().map(Found::Held));
        }
        let found = self.under.get(key)?.map(Found::hold);
        recall.borrow_mut().keep(key.clone(), found.clone());
        Ok(found.map(Found::Held))
    }
}

impl<R: Rows + ?Sized> Rows for Overlay<'_, R> {
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, Error> {
        let found = match self.writes.get(key) {
            Some(row) => Some(Found::Held(row.clone())),
            None => self.recalled(key)?,
        };
        self.meter.read(key, found.as_ref().map(|found| found.bytes().len()))?;
        Ok(found)
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        self.go_through(prefix, from, &mut |key, bytes| {
            self.meter.charge(1, key.len() + bytes.len())?;
            each(key, bytes)
        })
    }

    fn skim(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        self.go_through(prefix, from, &mut |key, bytes| {
            self.meter.charge(1, 0)?;
            each(key, bytes)
        })
    }

    fn compare(&self, bytes: usize) -> Result<(), Error> {
        self.meter.charge(0, bytes)
    }
}

impl<R: Rows + ?Sized> RowsMut for Overlay<'_, R> {
    fn put(&mut self, seq: u64, key: Key, bytes: &[u8], memo: Memo) -> Result<(), Error> {
        self.meter.written(&key, bytes.len())?;
        self.writes.put(seq, key, bytes, memo);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Table;

    fn seen(rows: &impl Rows, from: u32, most: usize) -> Vec<(u8, u8)> {
        let prefix = Key::of(Table::Team);
        let mut found = Vec::new();
        rows.scan(&prefix, &prefix.clone().number(from), &mut |key, bytes| {
            found.push((key[4], bytes[0]));
            Ok(found.len() < most)
        })
        .unwrap();
        found
    }

    #[test]
    fn a_scan_merges_both_layers_in_order_and_the_upper_one_wins() {
        let mut under = Memory::new();
        for n in [1, 3, 5] {
            under.put(1, Key::of(Table::Team).number(n), &[0], Memo::default()).unwrap();
        }
        let mut over = Overlay::over(&under);
        for n in [2, 3, 7] {
            over.put(2, Key::of(Table::Team).number(n), &[1], Memo::default()).unwrap();
        }
        over.put(2, Key::of(Table::Cycle).number(1), &[1], Memo::default()).unwrap();
        assert_eq!(seen(&over, 0, 9), [(1, 0), (2, 1), (3, 1), (5, 0), (7, 1)]);
        assert_eq!(seen(&over, 3, 2), [(3, 1), (5, 0)]);
        assert_eq!(seen(&over, 2, 1), [(2, 1)]);
        assert_eq!(seen(&over, 6, 9), [(7, 1)]);
    }

    #[test]
    fn the_cache_returns_the_last_write_and_never_a_log_row() {
        let mut store = Memory::new();
        let (team, log) = (Key::of(Table::Team).number(1), Key::of(Table::Trail).seq(1));
        store.put(1, team.clone(), &[1], Memo::default()).unwrap();
        store.put(1, log.clone(), &[1], Memo::default()).unwrap();
        let first = Overlay::recalling(&store, Recall::default());
        assert_eq!(first.get(&team).unwrap().unwrap().bytes(), [1]);
        assert!(first.get(&log).unwrap().is_some());
        let (_, recall) = first.into_parts();
        assert_eq!(recall.rows.len(), 1, "logs are not cached");

        let mut second = Overlay::recalling(&store, recall);
        second.put(2, team.clone(), &[2, 2], Memo::default()).unwrap();
        let (written, recall) = second.into_parts();
        assert_eq!(recall.bytes(), OVERHEAD + team.as_bytes().len() + 8);
        for (seq, key, row) in written.iter() {
            store.put(*seq, key.clone(), row.bytes(), Memo::default()).unwrap();
        }
        let third = Overlay::recalling(&store, recall);
        assert_eq!(third.get(&team).unwrap(), store.get(&team).unwrap());

        let other = Key::of(Table::Team).number(2);
        assert_eq!(third.get(&other).unwrap(), None);
        let (_, recall) = third.into_parts();
        let mut fourth = Overlay::recalling(&store, recall);
        assert_eq!(fourth.get(&other).unwrap(), None, "missing keys are cached too");
        fourth.put(3, other.clone(), &[3], Memo::default()).unwrap();
        let (_, recall) = fourth.into_parts();
        assert_eq!(Overlay::recalling(&store, recall).get(&other).unwrap().unwrap().bytes(), [3]);
    }

    use crate::rows::Memory;
}
