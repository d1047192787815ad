//! Rows in memory as they are loaded: found by hash, and put in the order of keys when they are written.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::HashTable;
use projections::rows::{Error, Found, Key, Memo, Table};
use xxhash_rust::xxh3::xxh3_64;

/// Keys, numbered in the order in which they came.
#[derive(Default)]
struct Keys {
    by_hash: HashTable<usize>,
    /// Of the tables in which the fold looks for ranges, and which are no logs.
    in_order: BTreeMap<Key, usize>,
    all: Vec<Key>,
}

impl Keys {
    fn find(&self, key: &[u8]) -> Option<usize> {
        self.by_hash.find(xxh3_64(key), |n| self.all.get(*n).is_some_and(|one| one.as_bytes() == key)).copied()
    }

    fn number(&mut self, key: &[u8]) -> usize {
        let hash = xxh3_64(key);
        let all = &mut self.all;
        if let Some(n) = self.by_hash.find(hash, |n| all.get(*n).is_some_and(|one| one.as_bytes() == key)) {
            return *n;
        }
        let n = all.len();
        all.push(Key::from(key));
        self.by_hash.insert_unique(hash, n, |n| all.get(*n).map_or(0, |one| xxh3_64(one.as_bytes())));
        if key.first().is_some_and(|first| !Table::is_log(*first) && Table::is_ranged(*first)) {
            self.in_order.insert(Key::from(key), n);
        }
        n
    }

    /// All keys in their order.
    fn sorted(&self) -> Vec<(&Key, usize)> {
        let mut all: Vec<_> = self.all.iter().enumerate().map(|(n, key)| (key, n)).collect();
        all.sort_unstable();
        all
    }

    /// The keys that begin with `prefix`, from `from` on, in their order.
    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        from: &Key,
    ) -> Result<impl Iterator<Item = (&'a Key, usize)> + use<'a>, Error> {
        if !prefix.first().is_some_and(|first| Table::is_ranged(*first)) {
            return Err(Error::Storage(format!("while views are loaded no range of {prefix:?} can be read")));
        }
        let from = self.in_order.range((Bound::Included(from.clone()), Bound::Unbounded));
        Ok(from.take_while(move |(key, _)| key.as_bytes().starts_with(prefix)).map(|(key, n)| (key, *n)))
    }

    fn clear(&mut self) {
        self.by_hash.clear();
        self.in_order.clear();
        self.all.clear();
    }
}

/// What stands: one row under each key.
#[derive(Default)]
pub(super) struct Standing {
    keys: Keys,
    rows: Vec<Stands>,
    /// About what it takes in memory.
    pub(super) bytes: usize,
}

struct Stands {
    row: Vec<u8>,
    memo: Memo,
    /// The run in which it was read or written last.
    used_in: AtomicUsize,
}

impl Standing {
    /// A row that is used in this run.
    pub(super) fn get(&self, key: &[u8], run: usize) -> Option<Found<'_>> {
        let stands = self.rows.get(self.keys.find(key)?)?;
        stands.used_in.store(run, Ordering::Relaxed);
        Some(Found::Lent(&stands.row, &stands.memo))
    }

    pub(super) fn put(&mut self, key: &[u8], row: &[u8], memo: Memo, run: usize) {
        let n = self.keys.number(key);
        if n == self.rows.len() {
            self.rows.push(Stands { row: Vec::new(), memo: Memo::default(), used_in: AtomicUsize::new(run) });
            self.bytes += OVERHEAD + key.len();
        }
        if let Some(stands) = self.rows.get_mut(n) {
            self.bytes = (self.bytes + WITH_MEMO * row.len()).saturating_sub(WITH_MEMO * stands.row.len());
            stands.row.clear();
            stands.row.extend_from_slice(row);
            stands.memo = memo;
            *stands.used_in.get_mut() = run;
        }
    }

    /// The rows that were used since this run.
    pub(super) fn used_since(&self, run: usize) -> Standing {
        let mut used = Standing::default();
        for (key, stands) in self.keys.all.iter().zip(&self.rows) {
            let used_in = stands.used_in.load(Ordering::Relaxed);
            if used_in >= run {
                used.put(key.as_bytes(), &stands.row, stands.memo.clone(), used_in);
            }
        }
        used
    }

    /// Its rows in the order of keys.
    pub(super) fn sorted(&self) -> impl Iterator<Item = (&Key, &[u8])> {
        self.keys.sorted().into_iter().filter_map(|(key, n)| Some((key, self.rows.get(n)?.row.as_slice())))
    }

    /// Its rows whose keys begin with `prefix`, from `from` on, in the order of keys.
    pub(super) fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        from: &Key,
    ) -> Result<impl Iterator<Item = (&'a Key, &'a [u8])> + use<'a>, Error> {
        Ok(self.keys.scan(prefix, from)?.filter_map(|(key, n)| Some((key, self.rows.get(n)?.row.as_slice()))))
    }
}

/// About what a key takes beside its bytes and its row.
const OVERHEAD: usize = 160;

/// About how many times its own bytes a row takes with what was read of it.
const WITH_MEMO: usize = 3;

/// The rows of the events under each key: versions, or the lines of a log.
#[derive(Default)]
pub(super) struct Lists {
    keys: Keys,
    /// Of each key, its last row.
    last: Vec<Last>,
    rows: Vec<Listed>,
    arena: Vec<u8>,
}

struct Last {
    row: usize,
    memo: Memo,
}

#[derive(Clone, Copy)]
struct Listed {
    seq: u64,
    /// The row before it under the same key; `FIRST` where there is none.
    before: usize,
    start: usize,
    len: usize,
}

const FIRST: usize = usize::MAX;

impl Lists {
    /// About what it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.arena.len() + self.rows.len() * size_of::<Listed>() + self.last.len() * OVERHEAD
    }

    /// Adds the row that an event writes under a key; within one event the last one stands. Seqs do not go back.
    pub(super) fn push(&mut self, key: &[u8], seq: u64, row: &[u8], memo: Memo) {
        let n = self.keys.number(key);
        let listed = Listed { seq, before: FIRST, start: self.arena.len(), len: row.len() };
        self.arena.extend_from_slice(row);
        let next = self.rows.len();
        match self.last.get_mut(n) {
            None => {
                self.last.push(Last { row: next, memo });
                self.rows.push(listed);
            }
            Some(last) => {
                last.memo = memo;
                match self.rows.get_mut(last.row) {
                    Some(same) if same.seq == seq => *same = Listed { before: same.before, ..listed },
                    _ => {
                        self.rows.push(Listed { before: last.row, ..listed });
                        last.row = next;
                    }
                }
            }
        }
    }

    /// The last row under a key.
    pub(super) fn last(&self, key: &[u8]) -> Option<Found<'_>> {
        let n = self.keys.find(key)?;
        let (_, row) = self.newest_first(n).next()?;
        Some(Found::Lent(row, &self.last.get(n)?.memo))
    }

    /// A key with its rows and their seqs, the newest first.
    pub(super) fn find(&self, key: &[u8]) -> Option<(&Key, NewestFirst<'_>)> {
        let n = self.keys.find(key)?;
        Some((self.keys.all.get(n)?, self.newest_first(n)))
    }

    /// The keys as they came, each with its last row.
    pub(super) fn stands(&self) -> impl Iterator<Item = (&Key, &[u8], &Memo)> {
        let last = self.keys.all.iter().zip(&self.last).enumerate();
        last.filter_map(|(n, (key, last))| Some((key, self.newest_first(n).next()?.1, &last.memo)))
    }

    /// The keys in their order, each with its rows and their seqs, the newest first.
    pub(super) fn sorted(&self) -> impl Iterator<Item = (&Key, NewestFirst<'_>)> {
        self.keys.sorted().into_iter().map(|(key, n)| (key, self.newest_first(n)))
    }

    /// Of the keys that begin with `prefix`, from `from` on, in their order, the last rows.
    pub(super) fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        from: &Key,
    ) -> Result<impl Iterator<Item = (&'a Key, &'a [u8])> + use<'a>, Error> {
        Ok(self.keys.scan(prefix, from)?.filter_map(|(key, n)| Some((key, self.newest_first(n).next()?.1))))
    }

    fn newest_first(&self, n: usize) -> NewestFirst<'_> {
        NewestFirst { lists: self, at: self.last.get(n).map_or(FIRST, |last| last.row) }
    }

    /// Empties it, and keeps the room it has.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.last.clear();
        self.rows.clear();
        self.arena.clear();
    }
}

/// The rows under one key with their seqs.
pub(super) struct NewestFirst<'a> {
    lists: &'a Lists,
    at: usize,
}

impl<'a> Iterator for NewestFirst<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.lists.rows.get(self.at)?;
        self.at = row.before;
        Some((row.seq, self.lists.arena.get(row.start..row.start + row.len)?))
    }
}
