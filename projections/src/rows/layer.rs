//! In-memory rows on top of stored rows.

use std::collections::BTreeMap;

use super::{Each, Error, Held, Key};

/// Rows that replace stored rows with the same key.
#[derive(Debug, Default, Clone)]
pub struct Layer(BTreeMap<Key, Held>);

impl Layer {
    /// Returns the layer's own row under a key.
    pub fn get(&self, key: &Key) -> Option<&Held> {
        self.0.get(key)
    }

    /// Inserts a row. Returns the previous one.
    pub fn put(&mut self, key: Key, row: Held) -> Option<Held> {
        self.0.insert(key, row)
    }

    /// Returns the number of rows in the layer.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true if the layer has no rows.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over the layer's rows in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Held)> {
        self.0.iter()
    }

    /// Implements [`Rows::scan`](super::Rows::scan) for this layer on top of the rows that `under` scans.
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

/// Merges the rows of `above` into the rows that `under` scans, in key order. Where both have a key, the row of `above`
/// wins.
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
