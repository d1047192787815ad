//! What stands, was written already and is no longer in memory: what is not among it need not be looked for in the store, where
//! while views are loaded many tables lie over each other.

use hashbrown::HashTable;
use projections::rows::{Key, Table};
use xxhash_rust::xxh3::xxh3_64;

/// Keys and, of the tables in which ranges are looked for, beginnings of keys: their hashes. Two that have the same hash cost
/// a look into the store for nothing.
#[derive(Default)]
pub(super) struct Written(HashTable<u64>);

impl Written {
    /// Takes in a key that is only in the store from now on.
    pub(super) fn add(&mut self, key: &[u8]) {
        self.insert(key);
        if key.first().is_some_and(|first| Table::is_ranged(*first)) {
            beginnings(key).for_each(|beginning| self.insert(beginning));
        }
    }

    /// Whether there may be a row under a key.
    pub(super) fn may_hold(&self, key: &Key) -> bool {
        self.knows(key.as_bytes())
    }

    /// Whether there may be rows whose keys begin so.
    pub(super) fn may_begin(&self, prefix: &Key) -> bool {
        let is_known = beginnings(prefix.as_bytes()).last().is_some_and(|last| last.len() == prefix.as_bytes().len());
        !is_known || self.knows(prefix.as_bytes())
    }

    fn insert(&mut self, bytes: &[u8]) {
        let hash = xxh3_64(bytes);
        self.0.entry(hash, |one| *one == hash, |one| *one).or_insert(hash);
    }

    fn knows(&self, bytes: &[u8]) -> bool {
        let hash = xxh3_64(bytes);
        self.0.find(hash, |one| *one == hash).is_some()
    }
}

/// A key's first text, and that with each number more: the beginnings that are asked for.
fn beginnings(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = key.iter().position(|byte| *byte == 0).map_or(usize::MAX, |zero| zero + 1);
    (text..=key.len()).step_by(4).filter_map(|len| key.get(..len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_known_with_all_the_beginnings_that_are_asked_for() {
        let place = |objective: u32| Key::of(Table::KeyResult).text("q2").number(objective);
        let mut written = Written::default();
        written.add(place(3).number(7).as_bytes());
        written.add(Key::of(Table::Subject).text("paid").as_bytes());

        assert!(written.may_hold(&place(3).number(7)) && written.may_hold(&Key::of(Table::Subject).text("paid")));
        assert!(!written.may_hold(&place(3).number(8)) && !written.may_hold(&Key::of(Table::Subject).text("pai")));
        for prefix in [Key::of(Table::KeyResult).text("q2"), place(3), place(3).number(7)] {
            assert!(written.may_begin(&prefix), "{prefix:?}");
        }
        assert!(!written.may_begin(&place(4)) && !written.may_begin(&Key::of(Table::KeyResult).text("q1")));
        // Whatever begins within a part is looked for.
        assert!(written.may_begin(&Key::of(Table::KeyResult)) && written.may_begin(&place(4).byte(0)));
    }
}
