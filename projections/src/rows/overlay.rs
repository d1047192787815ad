//! Rows that are written over others without touching them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Each, Error, Key, Rows, RowsMut};

/// One write: the event that made it, the key and the bytes.
pub type Written = (u64, Key, Vec<u8>);

/// A layer over rows: it reads through to them where it holds nothing itself, and keeps every write to itself. The writer
/// decides a group of entries in one, and hands the writes to the views when the journal holds the events.
#[derive(Debug)]
pub struct Overlay<'a, R: ?Sized> {
    under: &'a R,
    standing: BTreeMap<Key, Vec<u8>>,
    written: Vec<Written>,
}

impl<'a, R: Rows + ?Sized> Overlay<'a, R> {
    /// A layer without writes.
    pub fn over(under: &'a R) -> Self {
        Overlay { under, standing: BTreeMap::new(), written: Vec::new() }
    }

    /// Every write, in its order: also those that later ones replaced, because each is a version.
    pub fn into_written(self) -> Vec<Written> {
        self.written
    }

    /// Takes over the writes of a layer that lay over this one.
    pub fn absorb(&mut self, written: Vec<Written>) {
        for (seq, key, bytes) in written {
            self.standing.insert(key.clone(), bytes.clone());
            self.written.push((seq, key, bytes));
        }
    }
}

impl<R: Rows + ?Sized> Rows for Overlay<'_, R> {
    fn get(&self, key: &Key) -> Result<Option<Cow<'_, [u8]>>, Error> {
        match self.standing.get(key) {
            Some(bytes) => Ok(Some(Cow::Borrowed(bytes))),
            None => self.under.get(key),
        }
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        let mut above = self
            .standing
            .range(prefix.max(from)..)
            .take_while(|(key, _)| key.as_bytes().starts_with(prefix.as_bytes()))
            .peekable();
        let mut stopped = false;
        self.under.scan(prefix, from, &mut |key, bytes| {
            while let Some((upper, upper_bytes)) = above.next_if(|(upper, _)| upper.as_bytes() < key) {
                if !each(upper.as_bytes(), upper_bytes)? {
                    stopped = true;
                    return Ok(false);
                }
            }
            let replaced = above.next_if(|(upper, _)| upper.as_bytes() == key);
            let bytes = replaced.map_or(bytes, |(_, bytes)| bytes.as_slice());
            stopped = !each(key, bytes)?;
            Ok(!stopped)
        })?;
        if !stopped {
            for (key, bytes) in above {
                if !each(key.as_bytes(), bytes)? {
                    break;
                }
            }
        }
        Ok(())
    }
}

impl<R: Rows + ?Sized> RowsMut for Overlay<'_, R> {
    fn put(&mut self, seq: u64, key: Key, bytes: Vec<u8>) -> Result<(), Error> {
        self.standing.insert(key.clone(), bytes.clone());
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

    use crate::rows::Memory;
}
