//! The writes of a run of events.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::by_key::ByKey;
use super::{Each, Error, Held, Key, Memo, Table, merge_over};

/// One write: the seq of its event, the key and the row.
pub type Written = (u64, Key, Held);

/// Writes in their order. Replaced writes are kept because each is a version; the last write of a key is current.
#[derive(Debug, Default)]
pub struct Writes {
    all: Vec<Written>,
    /// For each write, the index of the previous write of the same key.
    before: Vec<Option<usize>>,
    /// The last write of each key, except logs, whose rows are seldom looked up here.
    last: ByKey<usize>,
    /// The last write of each key in key order, for tables that are scanned and are not logs.
    in_order: BTreeMap<Key, usize>,
    /// The log rows in key order: built at the first lookup, and kept up to date from then on.
    logs: OnceLock<BTreeMap<Key, usize>>,
}

impl Writes {
    /// Returns the last row written under a key.
    pub fn get(&self, key: &Key) -> Option<&Held> {
        let written = match key.is_log() {
            true => self.all.get(*self.logs().get(key)?),
            false => self.all.get(*self.last.get(key)?),
        };
        written.map(|(_, _, row)| row)
    }

    /// Appends a write.
    pub fn put(&mut self, seq: u64, key: Key, bytes: &[u8], memo: Memo) {
        let n = self.all.len();
        if is_in_order(&key) {
            self.in_order.insert(key.clone(), n);
        }
        if key.is_log()
            && let Some(logs) = self.logs.get_mut()
        {
            logs.insert(key.clone(), n);
        }
        self.before.push(if key.is_log() { None } else { self.last.insert(key.clone(), n) });
        self.all.push((seq, key, Held::new(bytes, memo)));
    }

    /// Reverts all writes after the first `len`.
    pub fn shorten(&mut self, len: usize) {
        while self.all.len() > len
            && let Some((_, key, _)) = self.all.pop()
        {
            let before = self.before.pop().flatten();
            if key.is_log() {
                // A log row is written only once.
                self.logs.get_mut().map(|logs| logs.remove(&key));
                continue;
            }
            match before {
                Some(before) => _ = self.last.insert(key.clone(), before),
                None => _ = self.last.remove(&key),
            }
            if is_in_order(&key) {
                match before {
                    Some(before) => _ = self.in_order.insert(key, before),
                    None => _ = self.in_order.remove(&key),
                }
            }
        }
    }

    /// Returns the number of writes.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns true if there are no writes.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Iterates over all writes in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Written> {
        self.all.iter()
    }

    /// Implements [`Rows::scan`](super::Rows::scan) for these writes on top of the rows that `under` scans.
    pub fn scan_over(
        &self,
        prefix: &Key,
        from: &Key,
        under: impl FnOnce(&mut Each<'_>) -> Result<(), Error>,
        each: &mut Each<'_>,
    ) -> Result<(), Error> {
        let from = prefix.max(from);
        let begins = |key: &Key| key.as_bytes().starts_with(prefix.as_bytes());
        let row = |n: usize| self.all.get(n).map(|(_, _, row)| row.bytes());
        if is_in_order(prefix) {
            let above = self.in_order.range(from..).take_while(|(key, _)| begins(key));
            return merge_over(above.filter_map(|(key, n)| Some((key, row(*n)?))), under, each);
        }
        if prefix.is_log() {
            let above = self.logs().range(from..).take_while(|(key, _)| begins(key));
            return merge_over(above.filter_map(|(key, n)| Some((key, row(*n)?))), under, each);
        }
        // Few scans get here: those of the small tables, when a cycle starts or a team is dissolved.
        let found = self.all.iter().filter(|(_, key, _)| begins(key) && key >= from);
        let above: BTreeMap<&Key, &[u8]> = found.map(|(_, key, row)| (key, row.bytes())).collect();
        merge_over(above.into_iter(), under, each)
    }
}

impl Writes {
    fn logs(&self) -> &BTreeMap<Key, usize> {
        self.logs.get_or_init(|| {
            let written = self.all.iter().enumerate();
            written.filter(|(_, (_, key, _))| key.is_log()).map(|(n, (_, key, _))| (key.clone(), n)).collect()
        })
    }
}

impl<B: AsRef<[u8]>> FromIterator<(u64, Key, B)> for Writes {
    fn from_iter<I: IntoIterator<Item = (u64, Key, B)>>(all: I) -> Writes {
        let mut writes = Writes::default();
        all.into_iter().for_each(|(seq, key, bytes)| writes.put(seq, key, bytes.as_ref(), Memo::default()));
        writes
    }
}

fn is_in_order(key: &Key) -> bool {
    key.as_bytes().first().is_some_and(|first| !Table::is_log(*first) && Table::is_ranged(*first))
}
