//! Things found by key, in no order: there is no way to go through them, so that no order of a hash reaches an answer.

#[expect(clippy::disallowed_types, reason = "its order is not to be had from here")]
use hashbrown::HashMap;

use super::Key;

/// Things under keys.
#[derive(Debug)]
#[expect(clippy::disallowed_types, reason = "its order is not to be had from here")]
pub(super) struct ByKey<T>(HashMap<Key, T>);

impl<T> ByKey<T> {
    /// What is under a key.
    pub(super) fn get(&self, key: &Key) -> Option<&T> {
        self.0.get(key)
    }

    /// Puts something under a key. Returns what was there before.
    pub(super) fn insert(&mut self, key: Key, what: T) -> Option<T> {
        self.0.insert(key, what)
    }

    /// Takes away what is under a key.
    pub(super) fn remove(&mut self, key: &Key) -> Option<T> {
        self.0.remove(key)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T> Default for ByKey<T> {
    fn default() -> Self {
        ByKey(Default::default())
    }
}
