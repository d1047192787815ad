//! Rows in memory.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Each, Error, Key, Rows, RowsMut};

/// Rows in a map: for what-ifs and tests. It holds what stands now and knows no past.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Memory(BTreeMap<Key, Vec<u8>>);

impl Memory {
    /// No rows.
    pub fn new() -> Self {
        Memory::default()
    }

    /// Every row, in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &[u8])> {
        self.0.iter().map(|(key, bytes)| (key, bytes.as_slice()))
    }
}

impl Rows for Memory {
    fn get(&self, key: &Key) -> Result<Option<Cow<'_, [u8]>>, Error> {
        Ok(self.0.get(key).map(|bytes| Cow::Borrowed(bytes.as_slice())))
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        for (key, bytes) in self.0.range(prefix.max(from)..) {
            if !key.as_bytes().starts_with(prefix.as_bytes()) || !each(key.as_bytes(), bytes)? {
                break;
            }
        }
        Ok(())
    }
}

impl RowsMut for Memory {
    fn put(&mut self, _seq: u64, key: Key, bytes: Vec<u8>) -> Result<(), Error> {
        self.0.insert(key, bytes);
        Ok(())
    }
}
