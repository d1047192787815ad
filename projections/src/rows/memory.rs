//! Rows in memory.

use std::collections::BTreeMap;

use super::{Each, Error, Found, Held, Key, Memo, Rows, RowsMut};

/// Rows in a map, for what-ifs and tests. It holds current rows only, no past versions.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Memory(BTreeMap<Key, Held>);

impl Memory {
    /// Creates an empty map.
    pub fn new() -> Self {
        Memory::default()
    }

    /// Iterates over all rows in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &[u8])> {
        self.0.iter().map(|(key, row)| (key, row.bytes()))
    }
}

impl Rows for Memory {
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, Error> {
        Ok(self.0.get(key).cloned().map(Found::Held))
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        for (key, row) in self.0.range(prefix.max(from)..) {
            if !key.as_bytes().starts_with(prefix.as_bytes()) || !each(key.as_bytes(), row.bytes())? {
                break;
            }
        }
        Ok(())
    }
}

impl RowsMut for Memory {
    fn put(&mut self, _seq: u64, key: Key, bytes: &[u8], memo: Memo) -> Result<(), Error> {
        self.0.insert(key, Held::new(bytes, memo));
        Ok(())
    }
}
