//! A hash map by key without iteration, so that hash order never reaches an answer.

#[expect(clippy::disallowed_types, reason = "this type exposes no order")]
use hashbrown::HashMap;

use super::Key;

/// A map from keys to values.
#[derive(Debug)]
#[expect(clippy::disallowed_types, reason = "this type exposes no order")]
pub(super) struct ByKey<T>(HashMap<Key, T>);

impl<T> ByKey<T> {
    pub(super) fn get(&self, key: &Key) -> Option<&T> {
        self.0.get(key)
    }

    /// Inserts a value. Returns the previous one.
    pub(super) fn insert(&mut self, key: Key, what: T) -> Option<T> {
        self.0.insert(key, what)
    }

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
