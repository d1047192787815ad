//! Stored rows as they are, and as they were.

use std::borrow::Cow;

use projections::rows::{Each, Error, Key, Rows, Table};
use rocksdb::{ColumnFamily, DB, DBRawIteratorWithThreadMode, ReadOptions, SnapshotWithThreadMode};

use super::{CURRENT, HISTORY, META, Views, read_seq, storage};
use crate::journal::LedgerNo;

/// One ledger's rows at one point of its history. It reads a snapshot: what is written meanwhile is not seen.
pub struct StoredRows<'a> {
    snapshot: SnapshotWithThreadMode<'a, DB>,
    current: &'a ColumnFamily,
    history: &'a ColumnFamily,
    ledger: LedgerNo,
    seq: u64,
    is_past: bool,
}

impl<'a> StoredRows<'a> {
    pub(super) fn now(views: &'a Views, ledger: LedgerNo) -> Result<Self, Error> {
        let snapshot = views.db.snapshot();
        let found = snapshot.get_pinned_cf(views.family(META)?, ledger.to_be_bytes()).map_err(storage)?;
        let seq = read_seq(found.as_deref())?;
        drop(found);
        let (current, history) = (views.family(CURRENT)?, views.family(HISTORY)?);
        Ok(StoredRows { snapshot, current, history, ledger, seq, is_past: false })
    }

    pub(super) fn as_of(views: &'a Views, ledger: LedgerNo, seq: u64) -> Result<Self, Error> {
        let now = StoredRows::now(views, ledger)?;
        // What is known up to the last event, or beyond it, is what stands: no need to look for versions.
        Ok(if seq >= now.seq { now } else { StoredRows { seq, is_past: true, ..now } })
    }

    /// The last event these rows know.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    fn stored_key(&self, key: &Key) -> Vec<u8> {
        let mut stored = Vec::with_capacity(key.as_bytes().len() + 12);
        stored.extend_from_slice(&self.ledger.to_be_bytes());
        stored.extend_from_slice(key.as_bytes());
        stored
    }

    fn iterator(&self, family: &ColumnFamily, prefix: &Key) -> DBRawIteratorWithThreadMode<'_, DB> {
        let mut options = ReadOptions::default();
        if let Some(bound) = after_all(self.stored_key(prefix)) {
            options.set_iterate_upper_bound(bound);
        }
        self.snapshot.raw_iterator_cf_opt(family, options)
    }

    fn scan_current(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        let mut rows = self.iterator(self.current, prefix);
        rows.seek(self.stored_key(prefix.max(from)));
        while let Some((stored, bytes)) = rows.item() {
            let key = stored.get(4..).ok_or_else(|| Error::Damaged("a stored key".into()))?;
            let is_known = !self.is_past || Key::seq_of_log(key).is_some_and(|seq| seq <= self.seq);
            if is_known && !each(key, bytes)? {
                return Ok(());
            }
            rows.next();
        }
        rows.status().map_err(storage)
    }

    /// Versions of a row are neighbours, the newest first. One seek finds the version that stood, a second one leaves
    /// the others behind.
    fn scan_history(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        let mut rows = self.iterator(self.history, prefix);
        rows.seek(self.stored_key(prefix.max(from)));
        let mut target = Vec::new();
        while let Some((stored, bytes)) = rows.item() {
            let Some((row, version)) = stored.split_last_chunk::<8>() else {
                return Err(Error::Damaged("a version's key".into()));
            };
            let seq = !u64::from_be_bytes(*version);
            target.clear();
            target.extend_from_slice(row);
            if seq > self.seq {
                target.extend_from_slice(&(!self.seq).to_be_bytes());
            } else {
                let key = row.get(4..).ok_or_else(|| Error::Damaged("a stored key".into()))?;
                if !each(key, bytes)? {
                    return Ok(());
                }
                // No version has the number !0: this lies behind all of this row's and before the next row's.
                target.extend_from_slice(&[0xff; 8]);
            }
            rows.seek(&target);
        }
        rows.status().map_err(storage)
    }
}

impl Rows for StoredRows<'_> {
    fn get(&self, key: &Key) -> Result<Option<Cow<'_, [u8]>>, Error> {
        let mut stored = self.stored_key(key);
        if !self.is_past || key.is_log() {
            if self.is_past && Key::seq_of_log(key.as_bytes()).is_none_or(|seq| seq > self.seq) {
                return Ok(None);
            }
            return Ok(self.snapshot.get_cf(self.current, &stored).map_err(storage)?.map(Cow::Owned));
        }
        let row_len = stored.len();
        stored.extend_from_slice(&(!self.seq).to_be_bytes());
        let mut versions = self.iterator(self.history, key);
        versions.seek(&stored);
        let found = match versions.item() {
            Some((found, bytes)) if found.len() == stored.len() && found[..row_len] == stored[..row_len] => {
                Some(bytes.to_vec())
            }
            _ => None,
        };
        versions.status().map_err(storage)?;
        Ok(found.map(Cow::Owned))
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        let is_log = prefix.as_bytes().first().is_some_and(|first| Table::is_log(*first));
        if self.is_past && !is_log {
            self.scan_history(prefix, from, each)
        } else {
            self.scan_current(prefix, from, each)
        }
    }
}

/// The least key that is greater than every key with this prefix; none where there is no such key.
fn after_all(mut prefix: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = prefix.pop() {
        if last < u8::MAX {
            prefix.push(last + 1);
            return Some(prefix);
        }
    }
    None
}
