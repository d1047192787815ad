//! Rows in memory as they are loaded: found by hash, and put in the order of keys when they are written.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::HashTable;
use projections::rows::{Error, Found, Key, Memo, Table};
use xxhash_rust::xxh3::xxh3_64;

use super::written::Written;

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
    /// The run in which it was written last, and its place among the keys of that run.
    written_in: Option<(usize, usize)>,
}

impl Standing {
    /// A row that is used in this run.
    pub(super) fn get(&self, key: &[u8], run: usize) -> Option<Found<'_>> {
        let stands = self.rows.get(self.keys.find(key)?)?;
        stands.used_in.store(run, Ordering::Relaxed);
        Some(Found::Lent(&stands.row, &stands.memo))
    }

    /// Writes a row in this run, and notes the version among those of the run where they are kept.
    pub(super) fn put(
        &mut self,
        key: &[u8],
        (seq, row): (u64, &[u8]),
        memo: Memo,
        run: usize,
        of_run: Option<&mut Versions>,
    ) {
        let stands = self.hold(key, row, memo, run);
        let Some(of_run) = of_run else { return };
        let place = match stands.written_in {
            Some((written_in, place)) if written_in == run => place,
            _ => of_run.keys.len(),
        };
        stands.written_in = Some((run, place));
        if place == of_run.keys.len() {
            of_run.keys.push(Key::from(key));
        }
        of_run.chains.push(place, seq, row);
    }

    fn hold(&mut self, key: &[u8], row: &[u8], memo: Memo, run: usize) -> &mut Stands {
        let n = self.keys.number(key);
        if n == self.rows.len() {
            let (row, memo) = (Vec::new(), Memo::default());
            self.rows.push(Stands { row, memo, used_in: AtomicUsize::new(run), written_in: None });
            self.bytes += OVERHEAD + key.len();
        }
        let stands = &mut self.rows[n];
        self.bytes = (self.bytes + WITH_MEMO * row.len()).saturating_sub(WITH_MEMO * stands.row.len());
        stands.row.clear();
        stands.row.extend_from_slice(row);
        stands.memo = memo;
        *stands.used_in.get_mut() = run;
        stands
    }

    /// The rows that were used since this run; the others are taken in by `written`.
    pub(super) fn used_since(&self, run: usize, written: &mut Written) -> Standing {
        let mut used = Standing::default();
        for (key, stands) in self.keys.all.iter().zip(&self.rows) {
            let used_in = stands.used_in.load(Ordering::Relaxed);
            if used_in >= run {
                used.hold(key.as_bytes(), &stands.row, stands.memo.clone(), used_in);
            } else {
                written.add(key.as_bytes());
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

/// The versions of what stands that one run wrote.
#[derive(Default)]
pub(super) struct Versions {
    /// In the order in which they came.
    keys: Vec<Key>,
    chains: Chains,
}

impl Versions {
    /// About what it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.chains.bytes()
    }

    /// The keys in their order, each with its rows and their seqs, the newest first.
    pub(super) fn sorted(&self) -> impl Iterator<Item = (&Key, NewestFirst<'_>)> {
        let mut all: Vec<_> = self.keys.iter().enumerate().map(|(n, key)| (key, n)).collect();
        all.sort_unstable();
        all.into_iter().map(|(key, n)| (key, self.chains.newest_first(n)))
    }

    /// Empties it, and keeps the room it has.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.chains.clear();
    }
}

/// The lines of each log that one run wrote.
#[derive(Default)]
pub(super) struct Lists {
    keys: Keys,
    chains: Chains,
}

impl Lists {
    /// About what it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.chains.bytes()
    }

    /// Adds the row that an event writes under a key; within one event the last one stands. Seqs do not go back.
    pub(super) fn push(&mut self, key: &[u8], seq: u64, row: &[u8]) {
        self.chains.push(self.keys.number(key), seq, row);
    }

    /// A key with its rows and their seqs, the newest first.
    pub(super) fn find(&self, key: &[u8]) -> Option<(&Key, NewestFirst<'_>)> {
        let n = self.keys.find(key)?;
        Some((self.keys.all.get(n)?, self.chains.newest_first(n)))
    }

    /// The keys in their order, each with its rows and their seqs, the newest first.
    pub(super) fn sorted(&self) -> impl Iterator<Item = (&Key, NewestFirst<'_>)> {
        self.keys.sorted().into_iter().map(|(key, n)| (key, self.chains.newest_first(n)))
    }

    /// Empties it, and keeps the room it has.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.chains.clear();
    }
}

/// Chains of rows, each told from its newest one back.
#[derive(Default)]
struct Chains {
    /// Of each chain, its last row.
    last: Vec<usize>,
    rows: Vec<Listed>,
    arena: Arena,
}

#[derive(Clone, Copy)]
struct Listed {
    seq: u64,
    /// The row before it in the same chain; `FIRST` where there is none.
    before: usize,
    lies: Lies,
}

const FIRST: usize = usize::MAX;

impl Chains {
    fn bytes(&self) -> usize {
        self.arena.bytes + self.rows.len() * size_of::<Listed>() + self.last.len() * OVERHEAD
    }

    /// Adds a row to the `n`th chain, or to the next one, which is new.
    fn push(&mut self, n: usize, seq: u64, row: &[u8]) {
        let listed = Listed { seq, before: FIRST, lies: self.arena.push(row) };
        let next = self.rows.len();
        match self.last.get_mut(n) {
            None => {
                self.last.push(next);
                self.rows.push(listed);
            }
            Some(last) => match self.rows.get_mut(*last) {
                Some(same) if same.seq == seq => *same = Listed { before: same.before, ..listed },
                _ => {
                    self.rows.push(Listed { before: *last, ..listed });
                    *last = next;
                }
            },
        }
    }

    fn newest_first(&self, n: usize) -> NewestFirst<'_> {
        NewestFirst { chains: self, at: self.last.get(n).copied().unwrap_or(FIRST) }
    }

    fn clear(&mut self) {
        self.last.clear();
        self.rows.clear();
        self.arena.clear();
    }
}

/// The bytes of many rows. It grows without being moved, and its room is used again.
#[derive(Default)]
struct Arena {
    blocks: Vec<Vec<u8>>,
    /// The block that is being filled.
    at: usize,
    bytes: usize,
}

/// Where a row lies in an arena.
#[derive(Clone, Copy)]
struct Lies {
    block: usize,
    start: usize,
    len: usize,
}

const BLOCK_BYTES: usize = 1 << 20;

impl Arena {
    fn push(&mut self, row: &[u8]) -> Lies {
        let has_room = |block: &Vec<u8>| block.capacity() - block.len() >= row.len();
        while self.blocks.get(self.at).is_some_and(|block| !has_room(block)) {
            self.at += 1;
        }
        if self.at == self.blocks.len() {
            self.blocks.push(Vec::with_capacity(row.len().max(BLOCK_BYTES)));
        }
        let block = &mut self.blocks[self.at];
        let lies = Lies { block: self.at, start: block.len(), len: row.len() };
        block.extend_from_slice(row);
        self.bytes += row.len();
        lies
    }

    fn get(&self, lies: Lies) -> Option<&[u8]> {
        self.blocks.get(lies.block)?.get(lies.start..lies.start + lies.len)
    }

    fn clear(&mut self) {
        self.blocks.iter_mut().for_each(Vec::clear);
        (self.at, self.bytes) = (0, 0);
    }
}

/// The rows of one chain with their seqs.
pub(super) struct NewestFirst<'a> {
    chains: &'a Chains,
    at: usize,
}

impl<'a> Iterator for NewestFirst<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.chains.rows.get(self.at)?;
        self.at = row.before;
        Some((row.seq, self.chains.arena.get(row.lies)?))
    }
}
