//! Rows that are written over others without touching them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Each, Error, Key, Layer, Rows, RowsMut};

/// One write: the event that made it, the key and the bytes.
pub type Written = (u64, Key, Arc<[u8]>);

/// A layer over rows: it reads through to them where it holds nothing itself, and keeps every write to itself. The writer
/// decides a group of entries in one, and hands the writes to the views when the journal holds the events.
#[derive(Debug)]
pub struct Overlay<'a, R: ?Sized> {
    under: &'a R,
    standing: Layer,
    written: Vec<Written>,
    recall: Option<RefCell<Recall>>,
}

/// Rows that were read or written through one layer after another, so that each is fetched from the store once. It is true
/// as long as everything that is written to the store goes through these layers. Logs are not recalled: they are long and
/// seldom read again.
#[derive(Debug, Default)]
pub struct Recall {
    /// Also what is known not to be there.
    rows: BTreeMap<Key, Option<Arc<[u8]>>>,
    bytes: usize,
}

impl Recall {
    /// About how many bytes it holds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn keep(&mut self, key: Key, bytes: Option<Arc<[u8]>>) {
        let (key_len, len) = (key.as_bytes().len(), bytes.as_ref().map_or(0, |bytes| bytes.len()));
        match self.rows.insert(key, bytes) {
            None => self.bytes += key_len + len,
            Some(old) => self.bytes = self.bytes + len - old.map_or(0, |old| old.len()),
        }
    }
}

impl<'a, R: Rows + ?Sized> Overlay<'a, R> {
    /// A layer without writes.
    pub fn over(under: &'a R) -> Self {
        Overlay { under, standing: Layer::default(), written: Vec::new(), recall: None }
    }

    /// A layer without writes that recalls what earlier ones over the same store read and wrote.
    pub fn recalling(under: &'a R, recall: Recall) -> Self {
        Overlay { recall: Some(RefCell::new(recall)), ..Overlay::over(under) }
    }

    /// Every write, in its order: also those that later ones replaced, because each is a version.
    pub fn into_written(self) -> Vec<Written> {
        self.written
    }

    /// Every write, and what to recall once they are in the store.
    pub fn into_parts(self) -> (Vec<Written>, Recall) {
        let mut recall = self.recall.map(RefCell::into_inner).unwrap_or_default();
        for (key, bytes) in self.standing {
            if !key.is_log() {
                recall.keep(key, Some(bytes));
            }
        }
        (self.written, recall)
    }

    /// Takes over the writes of a layer that lay over this one.
    pub fn absorb(&mut self, written: Vec<Written>) {
        for (seq, key, bytes) in written {
            self.standing.put(key.clone(), Arc::clone(&bytes));
            self.written.push((seq, key, bytes));
        }
    }

    fn recalled(&self, key: &Key) -> Result<Option<Cow<'_, [u8]>>, Error> {
        let Some(recall) = self.recall.as_ref().filter(|_| !key.is_log()) else { return self.under.get(key) };
        if let Some(known) = recall.borrow().rows.get(key) {
            return Ok(known.as_ref().map(|bytes| Cow::Owned(bytes.to_vec())));
        }
        let found = self.under.get(key)?;
        recall.borrow_mut().keep(key.clone(), found.as_ref().map(|bytes| Arc::from(bytes.as_ref())));
        Ok(found)
    }
}

impl<R: Rows + ?Sized> Rows for Overlay<'_, R> {
    fn get(&self, key: &Key) -> Result<Option<Cow<'_, [u8]>>, Error> {
        match self.standing.get(key) {
            Some(bytes) => Ok(Some(Cow::Borrowed(bytes))),
            None => self.recalled(key),
        }
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        self.standing.scan_over(prefix, from, |each| self.under.scan(prefix, from, each), each)
    }
}

impl<R: Rows + ?Sized> RowsMut for Overlay<'_, R> {
    fn put(&mut self, seq: u64, key: Key, bytes: Vec<u8>) -> Result<(), Error> {
        let bytes: Arc<[u8]> = Arc::from(bytes);
        self.standing.put(key.clone(), Arc::clone(&bytes));
        self.written.push((seq, key, bytes));
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
            under.put(1, Key::of(Table::Team).number(n), vec![0]).unwrap();
        }
        let mut over = Overlay::over(&under);
        for n in [2, 3, 7] {
            over.put(2, Key::of(Table::Team).number(n), vec![1]).unwrap();
        }
        over.put(2, Key::of(Table::Cycle).number(1), vec![1]).unwrap();
        assert_eq!(seen(&over, 0, 9), [(1, 0), (2, 1), (3, 1), (5, 0), (7, 1)]);
        assert_eq!(seen(&over, 3, 2), [(3, 1), (5, 0)]);
        assert_eq!(seen(&over, 2, 1), [(2, 1)]);
        assert_eq!(seen(&over, 6, 9), [(7, 1)]);
    }

    #[test]
    fn what_is_recalled_is_what_was_written_last_and_never_a_log() {
        let mut store = Memory::new();
        let (team, log) = (Key::of(Table::Team).number(1), Key::of(Table::Trail).seq(1));
        store.put(1, team.clone(), vec![1]).unwrap();
        store.put(1, log.clone(), vec![1]).unwrap();
        let first = Overlay::recalling(&store, Recall::default());
        assert_eq!(first.get(&team).unwrap().unwrap().as_ref(), [1]);
        assert!(first.get(&log).unwrap().is_some());
        let (_, recall) = first.into_parts();
        assert_eq!(recall.rows.len(), 1, "the log is not recalled");

        let mut second = Overlay::recalling(&store, recall);
        second.put(2, team.clone(), vec![2, 2]).unwrap();
        let (written, recall) = second.into_parts();
        assert_eq!(recall.bytes(), team.as_bytes().len() + 2);
        for (seq, key, bytes) in written {
            store.put(seq, key, bytes.to_vec()).unwrap();
        }
        let third = Overlay::recalling(&store, recall);
        assert_eq!(third.get(&team).unwrap(), store.get(&team).unwrap());

        let other = Key::of(Table::Team).number(2);
        assert_eq!(third.get(&other).unwrap(), None);
        let (_, recall) = third.into_parts();
        let mut fourth = Overlay::recalling(&store, recall);
        assert_eq!(fourth.get(&other).unwrap(), None, "what is not there is recalled too");
        fourth.put(3, other.clone(), vec![3]).unwrap();
        let (_, recall) = fourth.into_parts();
        assert_eq!(Overlay::recalling(&store, recall).get(&other).unwrap().unwrap().as_ref(), [3]);
    }

    use crate::rows::Memory;
}
