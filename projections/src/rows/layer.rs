//! Rows kept in memory that lie over stored ones.

use std::collections::BTreeMap;

use super::{Each, Error, Held, Key};

/// Rows over others: where it holds a row, that one stands.
#[derive(Debug, Default, Clone)]
pub struct Layer(BTreeMap<Key, Held>);

impl Layer {
    /// The row under a key, where it holds one.
    pub fn get(&self, key: &Key) -> Option<&Held> {
        self.0.get(key)
    }

    /// Holds a row. Returns the one it held before.
    pub fn put(&mut self, key: Key, row: Held) -> Option<Held> {
        self.0.insert(key, row)
    }

    /// How many rows it holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its rows, in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Held)> {
        self.0.iter()
    }

    /// Does what [`Rows::scan`](super::Rows::scan) does, over the rows that `under` scans so.
    pub fn scan_over(
        &self,
        prefix: &Key,
        from: &Key,
        under: impl FnOnce(&mut Each<'_>) -> Result<(), Error>,
        each: &mut Each<'_>,
    ) -> Result<(), Error> {
        let above = self.0.range(prefix.max(from)..).map(|(key, row)| (key, row.bytes()));
        merge_over(above.take_while(|(key, _)| key.as_bytes().starts_with(prefix.as_bytes())), under, each)
    }
}

/// Hands over the rows that `under` scans, with those `above` among them in the order of keys; where both hold one, that
/// above stands.
pub fn merge_over<'a, K: AsRef<[u8]>>(
    above: impl Iterator<Item = (K, &'a [u8])>,
    under: impl FnOnce(&mut Each<'_>) -> Result<(), Error>,
    each: &mut Each<'_>,
) -> Result<(), Error> {
    let mut above = above.peekable();
    let mut stopped = false;
    under(&mut |key, bytes| {
        while let Some((upper, upper_bytes)) = above.next_if(|(upper, _)| upper.as_ref() < key) {
            if !each(upper.as_ref(), upper_bytes)? {
                stopped = true;
                return Ok(false);
            }
        }
        let replaced = above.next_if(|(upper, _)| upper.as_ref() == key);
        stopped = !each(key, replaced.map_or(bytes, |(_, bytes)| bytes))?;
        Ok(!stopped)
    })?;
    if !stopped {
        for (key, bytes) in above {
            if !each(key.as_ref(), bytes)? {
                break;
            }
        }
    }
    Ok(())
}
