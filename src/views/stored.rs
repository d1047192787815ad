//! Stored rows, now and at an earlier event.

use std::borrow::Cow;
use std::sync::Arc;

use projections::rows::{Each, Error, Found, Key, Layer, Rows, Table, id_named_by, pick_by_scan, said_last};
use rocksdb::{ColumnFamily, DB, DBRawIteratorWithThreadMode, ReadOptions, SnapshotWithThreadMode};

use super::row_location::RowLocation;
use super::{CURRENT, HISTORY, LOG, Views, from_journal, storage};
use crate::journal::{Journal, LedgerNo};

/// One ledger's rows at one point of its history, read from a snapshot: later writes are not visible.
pub struct StoredRows<'a> {
    snapshot: SnapshotWithThreadMode<'a, DB>,
    current: &'a ColumnFamily,
    history: &'a ColumnFamily,
    log: &'a ColumnFamily,
    /// Current rows that are not in `current` yet.
    fresh: Arc<Layer>,
    /// Finds the event with an id.
    journal: Option<&'a dyn Journal>,
    ledger: LedgerNo,
    seq: u64,
    is_past: bool,
}

impl<'a> StoredRows<'a> {
    pub(super) fn now(views: &'a Views, ledger: LedgerNo) -> Result<Self, Error> {
        let (current, history, log) = (views.family(CURRENT)?, views.family(HISTORY)?, views.family(LOG)?);
        // Both at one moment: in between, no rows may move from memory to `current`.
        let all = views.fresh();
        let (fresh, seq) = all.get(&ledger).map(|fresh| (Arc::clone(&fresh.rows), fresh.seq)).unwrap_or_default();
        let snapshot = views.db.snapshot();
        let journal = views.journal.get().map(|journal| &**journal);
        Ok(StoredRows { snapshot, current, history, log, fresh, journal, ledger, seq, is_past: false })
    }

    pub(super) fn as_of(views: &'a Views, ledger: LedgerNo, seq: u64) -> Result<Self, Error> {
        let now = StoredRows::now(views, ledger)?;
        // At or beyond the last event, the current rows are the answer, so no versions are needed.
        Ok(if seq >= now.seq { now } else { StoredRows { seq, is_past: true, ..now } })
    }

    /// Attaches the journal these rows are folded from.
    pub(super) fn beside<'b>(self, journal: &'b dyn Journal) -> StoredRows<'b>
    where
        'a: 'b,
    {
        StoredRows { journal: Some(journal), ..self }
    }

    /// Returns the last event folded into these rows.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    fn stored_key(&self, key: &Key) -> Vec<u8> {
        let mut stored = Vec::with_capacity(key.as_bytes().len() + 12);
        stored.extend_from_slice(&self.ledger.to_be_bytes());
        stored.extend_from_slice(key.as_bytes());
        stored
    }

    fn iterator(&self, family: &ColumnFamily, prefix: &Key) -> RowIterator<'_> {
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

    /// Returns the event with this id among those folded into these rows. The journal may contain more.
    fn seq_of(&self, id: &str) -> Result<Option<u64>, Error> {
        let journal = self.journal.ok_or_else(|| Error::Storage("the views have no journal set".into()))?;
        Ok(journal.seq_of(self.ledger, id).map_err(from_journal)?.filter(|seq| *seq <= self.seq))
    }

    /// Calls `each` with the row that maps this id to its event.
    fn scan_id(&self, id: &str, each: &mut Each<'_>) -> Result<(), Error> {
        let Some(seq) = self.seq_of(id)? else { return Ok(()) };
        each(Key::of(Table::ById).text(id).seq(seq).as_bytes(), &[]).map(|_| ())
    }

    /// Log rows up to the seq are the log as of that seq. Later ones belong to events that are not folded into the
    /// current rows yet, or that came after the requested moment.
    fn scan_log(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        if let Some(table) = prefix.as_bytes().first().copied().and_then(Table::tells_of) {
            return self.scan_lines(table, prefix, from, each);
        }
        self.scan_family(self.log, prefix, from, &mut |key, bytes| {
            let is_known = Key::seq_of_log(key).is_some_and(|seq| seq <= self.seq);
            Ok(!is_known || each(key, bytes)?)
        })
    }

    /// Log lines that contain the rows of a table are stored as versions: grouped by row, newest first.
    fn scan_lines(&self, table: Table, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        let from = prefix.max(from);
        let stored_prefix = prefix.in_table(table);
        let mut rows = self.iterator(self.history, &stored_prefix);
        // The start may include a seq, but the versions of its row are read from the first one.
        let begin = from.as_bytes().get(..from.as_bytes().len().saturating_sub(8)).unwrap_or_default();
        rows.seek(self.stored_key(&Key::from(begin).in_table(table).max(stored_prefix)));
        let mut key = Vec::new();
        let mut lines = RowLines::default();
        while let Some(stored) = rows.key() {
            let (thing, _) = split(stored).ok_or_else(|| Error::Damaged("a line's key".into()))?;
            let whose = thing.to_vec();
            key.clear();
            key.extend_from_slice(prefix.as_bytes().get(..1).unwrap_or_default());
            key.extend_from_slice(whose.get(5..).unwrap_or_default());
            let least = from.as_bytes().strip_prefix(key.as_slice()).and_then(|rest| rest.first_chunk::<8>());
            let known = least.map_or(0, |seq| u64::from_be_bytes(*seq))..=self.seq;
            lines.clear();
            while let Some((stored, line)) = rows.item()
                && let Some((_, seq)) = split(stored).filter(|(thing, _)| *thing == whose)
            {
                if known.contains(&seq) {
                    lines.push(seq, line);
                }
                rows.next();
            }
            rows.status().map_err(storage)?;
            let len = key.len();
            for (seq, line) in lines.oldest_first() {
                key.truncate(len);
                key.extend_from_slice(&seq.to_be_bytes());
                if key.as_slice() >= from.as_bytes() && !each(&key, line)? {
                    return Ok(());
                }
            }
        }
        rows.status().map_err(storage)
    }

    /// Versions of a row are adjacent, newest first; versions other than the wanted one are skipped.
    fn scan_history(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        let is_in_log_lines = is_in_log_lines(prefix);
        let mut rows = self.iterator(self.history, prefix);
        rows.seek(self.stored_key(prefix.max(from)));
        let mut target = Vec::new();
        while let Some((stored, bytes)) = rows.item() {
            let (row, seq) = split(stored).ok_or_else(|| Error::Damaged("a version's key".into()))?;
            target.clear();
            target.extend_from_slice(row);
            if seq > self.seq {
                target.extend_from_slice(&(!self.seq).to_be_bytes());
            } else {
                let key = row.get(4..).ok_or_else(|| Error::Damaged("a stored key".into()))?;
                if !each(key, if is_in_log_lines { said_last(bytes)? } else { bytes })? {
                    return Ok(());
                }
                // No version has the number !0, so this key is after all versions of this row and before the next row.
                target.extend_from_slice(&[0xff; 8]);
            }
            advance_to(&mut rows, &target);
        }
        rows.status().map_err(storage)
    }

    /// Returns the version of a row that was current.
    fn version(&self, key: &Key) -> Result<Option<Found<'static>>, Error> {
        let row = self.stored_key(key);
        let mut versions = self.iterator(self.history, key);
        versions.seek([row.as_slice(), &(!self.seq).to_be_bytes()].concat());
        let found = match versions.item() {
            Some((stored, bytes)) if split(stored).is_some_and(|(own, _)| own == row) => {
                Some(stored_row(if is_in_log_lines(key) { said_last(bytes)? } else { bytes }.to_vec()))
            }
            _ => None,
        };
        versions.status().map_err(storage)?;
        Ok(found)
    }
}

/// An iterator over stored rows.
type RowIterator<'a> = DBRawIteratorWithThreadMode<'a, DB>;

/// Steps tried before a seek: most rows have few versions.
const STEPS: usize = 3;

/// Advances to the first key not less than `target`, which must be ahead.
fn advance_to(rows: &mut RowIterator<'_>, target: &[u8]) {
    for _ in 0..STEPS {
        rows.next();
        if rows.key().is_none_or(|stored| stored >= target) {
            return;
        }
    }
    rows.seek(target);
}

/// Splits a version's key into the row and the event that wrote it.
fn split(stored: &[u8]) -> Option<(&[u8], u64)> {
    let (row, version) = stored.split_last_chunk::<8>()?;
    Some((row, !u64::from_be_bytes(*version)))
}

/// The log lines of one row, collected newest first.
#[derive(Default)]
struct RowLines {
    bytes: Vec<u8>,
    /// For each line its seq and its offset in `bytes`.
    lines: Vec<(u64, usize)>,
}

impl RowLines {
    fn clear(&mut self) {
        self.bytes.clear();
        self.lines.clear();
    }

    fn push(&mut self, seq: u64, line: &[u8]) {
        self.lines.push((seq, self.bytes.len()));
        self.bytes.extend_from_slice(line);
    }

    fn oldest_first(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let ends = self.lines.iter().skip(1).map(|(_, begins)| *begins).chain([self.bytes.len()]);
        let all: Vec<_> = self.lines.iter().zip(ends).collect();
        all.into_iter().rev().map(|((seq, begins), end)| (*seq, self.bytes.get(*begins..end).unwrap_or_default()))
    }
}

impl Rows for StoredRows<'_> {
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, Error> {
        if let Some(seq) = Key::seq_of_log(key.as_bytes()) {
            if seq > self.seq {
                return Ok(None);
            }
            if let Some(id) = id_named_by(key) {
                return Ok((self.seq_of(id)? == Some(seq)).then(|| stored_row(Vec::new())));
            }
            let location = RowLocation::of(key.as_bytes(), seq);
            let family = if matches!(location, RowLocation::Log(_)) { self.log } else { self.history };
            let mut stored = Vec::new();
            location.write(self.ledger, &mut stored);
            return Ok(self.snapshot.get_cf(family, &stored).map_err(storage)?.map(stored_row));
        }
        if self.is_past && !is_timeless(key) {
            return self.version(key);
        }
        match self.fresh.get(key) {
            Some(row) => Ok(Some(Found::Held(row.clone()))),
            None => Ok(self.snapshot.get_cf(self.current, self.stored_key(key)).map_err(storage)?.map(stored_row)),
        }
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        #[cfg(test)]
        let each: &mut Each<'_> = &mut |key, row| {
            read::count();
            each(key, row)
        };
        if prefix.as_bytes().first().is_some_and(|first| Table::is_log(*first)) {
            match id_named_by(prefix) {
                Some(id) => self.scan_id(id, each),
                None => self.scan_log(prefix, from, each),
            }
        } else if self.is_past {
            self.scan_history(prefix, from, each)
        } else {
            let stored = |each: &mut Each<'_>| self.scan_family(self.current, prefix, from, each);
            self.fresh.scan_over(prefix, from, stored, each)
        }
    }

    /// For known keys, one seek finds each version, without stepping over the others.
    fn pick(&self, prefix: &Key, keys: &[Key], each: &mut Each<'_>) -> Result<(), Error> {
        if !self.is_past || keys.first().is_none_or(Key::is_log) {
            return pick_by_scan(self, prefix, keys, each);
        }
        let is_in_log_lines = is_in_log_lines(prefix);
        let mut rows = self.iterator(self.history, prefix);
        for key in keys {
            let row = self.stored_key(key);
            rows.seek([row.as_slice(), &(!self.seq).to_be_bytes()].concat());
            // The next seek would clear an error.
            rows.status().map_err(storage)?;
            if let Some((stored, bytes)) = rows.item()
                && split(stored).is_some_and(|(own, _)| own == row)
                && !each(key.as_bytes(), if is_in_log_lines { said_last(bytes)? } else { bytes })?
            {
                break;
            }
        }
        Ok(())
    }
}

/// Returns true if log lines contain the rows of a table.
fn is_in_log_lines(key: &Key) -> bool {
    key.as_bytes().first().copied().and_then(Table::told_by).is_some()
}

/// Returns true if the rows of a table have no versions.
fn is_timeless(key: &Key) -> bool {
    key.as_bytes().first().is_some_and(|first| Table::is_timeless(*first))
}

fn stored_row(bytes: Vec<u8>) -> Found<'static> {
    Found::Stored(Cow::Owned(bytes))
}

/// Returns the least key greater than every key with this prefix; `None` if no such key exists.
fn after_all(mut prefix: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = prefix.pop() {
        if last < u8::MAX {
            prefix.push(last + 1);
            return Some(prefix);
        }
    }
    None
}

/// Counts the rows that a thread reads by scans, for tests of the cost of questions.
#[cfg(test)]
pub(crate) mod read {
    use std::cell::Cell;

    thread_local! {
        static ROWS: Cell<u64> = const { Cell::new(0) };
    }

    pub(super) fn count() {
        ROWS.set(ROWS.get() + 1);
    }

    /// Returns the number of rows read so far.
    pub(crate) fn rows() -> u64 {
        ROWS.get()
    }
}
