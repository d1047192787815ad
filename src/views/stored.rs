//! Stored rows as they are, and as they were.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError};

use projections::rows::{Each, Error, Found, Key, Layer, Rows, Table, said_last};
use rocksdb::{ColumnFamily, DB, DBRawIteratorWithThreadMode, ReadOptions, SnapshotWithThreadMode};

use super::{CURRENT, HISTORY, LOG, Views, storage};
use crate::journal::LedgerNo;

/// One ledger's rows at one point of its history. It reads a snapshot: what is written meanwhile is not seen.
pub struct StoredRows<'a> {
    snapshot: SnapshotWithThreadMode<'a, DB>,
    current: &'a ColumnFamily,
    history: &'a ColumnFamily,
    log: &'a ColumnFamily,
    /// What stands and is not in `current` yet.
    fresh: Arc<Layer>,
    ledger: LedgerNo,
    seq: u64,
    is_past: bool,
}

impl<'a> StoredRows<'a> {
    pub(super) fn now(views: &'a Views, ledger: LedgerNo) -> Result<Self, Error> {
        let (current, history, log) = (views.family(CURRENT)?, views.family(HISTORY)?, views.family(LOG)?);
        // Both at one moment: between them nothing may go from memory to `current`.
        let all = views.fresh.read().unwrap_or_else(PoisonError::into_inner);
        let (fresh, seq) = all.get(&ledger).map(|fresh| (Arc::clone(&fresh.rows), fresh.seq)).unwrap_or_default();
        let snapshot = views.db.snapshot();
        Ok(StoredRows { snapshot, current, history, log, fresh, ledger, seq, is_past: false })
    }

    /// All stored rows, whatever event they came with, while views are loaded.
    pub(super) fn loading(views: &'a Views, ledger: LedgerNo) -> Result<Self, Error> {
        Ok(StoredRows { seq: u64::MAX, ..StoredRows::now(views, ledger)? })
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

    fn iterator(&self, family: &ColumnFamily, prefix: &Key) -> Lines<'_> {
        let mut options = ReadOptions::default();
        if let Some(bound) = after_all(self.stored_key(prefix)) {
            options.set_iterate_upper_bound(bound);
        }
        self.snapshot.raw_iterator_cf_opt(family, options)
    }

    fn scan_family(&self, family: &ColumnFamily, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        let mut rows = self.iterator(family, prefix);
        rows.seek(self.stored_key(prefix.max(from)));
        while let Some((stored, bytes)) = rows.item() {
            let key = stored.get(4..).ok_or_else(|| Error::Damaged("a stored key".into()))?;
            if !each(key, bytes)? {
                return Ok(());
            }
            rows.next();
        }
        rows.status().map_err(storage)
    }

    /// Log rows up to the seq are the log as of it. There may be later ones: of events that are not folded into what
    /// stands yet, or that came after the moment asked for.
    fn scan_log(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        self.scan_family(self.log, prefix, from, &mut |key, bytes| {
            let is_known = Key::seq_of_log(key).is_some_and(|seq| seq <= self.seq);
            Ok(!is_known || each(key, bytes)?)
        })
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

    /// What the last known line of each thing carries. Lines of one thing are neighbours: one seek finds the last known one,
    /// a second one leaves the others behind.
    fn scan_told(&self, log: Table, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        let from = prefix.max(from);
        let mut lines = self.iterator(self.log, &prefix.in_table(log));
        lines.seek(self.stored_key(&from.in_table(log)));
        let mut key = prefix.as_bytes().to_vec();
        while let Some((thing, _)) = lines.key().and_then(|stored| stored.split_last_chunk::<8>()) {
            let mut thing = thing.to_vec();
            key.truncate(1);
            key.extend_from_slice(thing.get(5..).unwrap_or_default());
            if let Some(line) = self.last_known(&mut lines, &thing)?
                && key.as_slice() >= from.as_bytes()
                && !each(&key, said_last(line)?)?
            {
                return Ok(());
            }
            // No line has this number: it lies behind all of this thing's and before the next one's.
            thing.extend_from_slice(&[0xff; 8]);
            lines.seek(&thing);
        }
        lines.status().map_err(storage)
    }

    /// The last line of a thing that was known; its key is this and its seq.
    fn last_known<'i>(&self, lines: &'i mut Lines<'_>, thing: &[u8]) -> Result<Option<&'i [u8]>, Error> {
        lines.seek_for_prev([thing, &self.seq.to_be_bytes()].concat());
        // The next seek would forget a fault.
        lines.status().map_err(storage)?;
        let is_of_thing = |stored: &[u8]| stored.split_last_chunk::<8>().is_some_and(|(own, _)| own == thing);
        Ok(lines.item().filter(|(stored, _)| is_of_thing(stored)).map(|(_, line)| line))
    }
}

/// Going through stored rows.
type Lines<'a> = DBRawIteratorWithThreadMode<'a, DB>;

impl Rows for StoredRows<'_> {
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, Error> {
        let mut stored = self.stored_key(key);
        if key.is_log() {
            let is_known = Key::seq_of_log(key.as_bytes()).is_some_and(|seq| seq <= self.seq);
            let found = if is_known { self.snapshot.get_cf(self.log, &stored).map_err(storage)? } else { None };
            return Ok(found.map(stored_row));
        }
        if !self.is_past {
            return match self.fresh.get(key) {
                Some(row) => Ok(Some(Found::Held(row.clone()))),
                None => Ok(self.snapshot.get_cf(self.current, &stored).map_err(storage)?.map(stored_row)),
            };
        }
        if let Some(log) = told_by(key) {
            let log = key.in_table(log);
            let mut lines = self.iterator(self.log, &log);
            let line = self.last_known(&mut lines, &self.stored_key(&log))?;
            return line.map(|line| Ok(stored_row(said_last(line)?.to_vec()))).transpose();
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
        Ok(found.map(stored_row))
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        if prefix.as_bytes().first().is_some_and(|first| Table::is_log(*first)) {
            self.scan_log(prefix, from, each)
        } else if !self.is_past {
            let stored = |each: &mut Each<'_>| self.scan_family(self.current, prefix, from, each);
            self.fresh.scan_over(prefix, from, stored, each)
        } else if let Some(log) = told_by(prefix) {
            self.scan_told(log, prefix, from, each)
        } else {
            self.scan_history(prefix, from, each)
        }
    }
}

fn told_by(key: &Key) -> Option<Table> {
    key.as_bytes().first().copied().and_then(Table::told_by)
}

fn stored_row(bytes: Vec<u8>) -> Found<'static> {
    Found::Stored(Cow::Owned(bytes))
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
