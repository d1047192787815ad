//! One run: rows that go to the tables together.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use projections::rows::{Each, Error, Found, Key, Table as Kind, merge_over};

use super::super::{CURRENT, HISTORY, LOG, Views, rows_options};
use super::lists::{Lists, NewestFirst, Standing, Versions};
use super::tables::Tables;
use crate::journal::LedgerNo;

/// Rows of one ledger that go to the tables together.
#[derive(Default)]
pub(super) struct Run {
    /// What stands; only where it is time to write it.
    pub(super) current: Standing,
    /// Versions of what stands, by key.
    pub(super) versions: Versions,
    /// Rows of the log tables, by their keys without the seq at the end.
    log: Lists,
    /// The same of those that go among the versions.
    lines: Lists,
    is_ingested: AtomicBool,
}

impl Run {
    /// About what its versions and log rows take in memory.
    pub(super) fn bytes(&self) -> usize {
        self.versions.bytes() + self.log.bytes() + self.lines.bytes()
    }

    pub(super) fn put_log(&mut self, key: &Key, row: &[u8]) {
        if let Some((own, seq)) = key.as_bytes().split_last_chunk::<8>() {
            let list = if is_version(own) { &mut self.lines } else { &mut self.log };
            list.push(own, u64::from_be_bytes(*seq), row);
        }
    }

    fn list(&self, own: &[u8]) -> Option<(&Key, NewestFirst<'_>)> {
        if is_version(own) { self.lines.find(own) } else { self.log.find(own) }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Found<'_>> {
        if !key.is_log() {
            return self.current.get(key.as_bytes(), 0);
        }
        let (own, seq) = key.as_bytes().split_last_chunk::<8>()?;
        let seq = u64::from_be_bytes(*seq);
        let (_, mut rows) = self.list(own)?;
        rows.find(|(one, _)| *one == seq).map(|(_, row)| Found::Stored(Cow::Borrowed(row)))
    }

    /// Does what [`Rows::scan`](projections::rows::Rows::scan) does, with its rows over those that `under` scans.
    pub(super) fn scan_over(
        &self,
        prefix: &Key,
        from: &Key,
        under: impl FnOnce(&mut Each<'_>) -> Result<(), Error>,
        each: &mut Each<'_>,
    ) -> Result<(), Error> {
        if !prefix.as_bytes().first().is_some_and(|first| Kind::is_log(*first)) {
            return merge_over(self.current.scan(prefix.as_bytes(), prefix.max(from))?, under, each);
        }
        // The lines of one thing are asked for, whose key this is.
        let mut lines = Vec::new();
        if let Some((key, rows)) = self.list(prefix.as_bytes()) {
            lines.extend(rows.map(|(seq, row)| (key.clone().seq(seq), row)));
            lines.reverse();
        }
        merge_over(lines.into_iter().filter(|(key, _)| key >= from), under, each)
    }

    /// Writes the rows as tables and makes them part of the views.
    pub(super) fn ingest(&self, views: &Views, ledger: LedgerNo, n: usize) -> Result<(), Error> {
        let options = rows_options(CURRENT);
        let mut current = Tables::of(views, &options, CURRENT, ledger, n);
        for (key, row) in self.current.sorted() {
            current.put(key.as_bytes(), None, row)?;
        }
        current.ingest()?;

        let options = rows_options(LOG);
        let mut log = Tables::of(views, &options, LOG, ledger, n);
        let mut lines = Vec::new();
        for (key, rows) in self.log.sorted() {
            lines.extend(rows);
            while let Some((seq, row)) = lines.pop() {
                log.put(key.as_bytes(), Some(seq), row)?;
            }
        }
        log.ingest()?;

        let options = rows_options(HISTORY);
        let mut history = Tables::of(views, &options, HISTORY, ledger, n);
        let lines = self.lines.sorted().map(|(key, rows)| (stored_thing(key), rows));
        let mut versions: Vec<_> =
            self.versions.sorted().map(|(key, rows)| (Cow::Borrowed(key), rows)).chain(lines).collect();
        versions.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        for (key, rows) in versions {
            for (seq, row) in rows {
                history.put(key.as_bytes(), Some(!seq), row)?;
            }
        }
        history.ingest()?;
        self.is_ingested.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether its rows are stored rows by now.
    pub(super) fn is_ingested(&self) -> bool {
        self.is_ingested.load(Ordering::Acquire)
    }

    /// Empties it, and keeps the room it has.
    pub(super) fn clear(&mut self) {
        self.current = Standing::default();
        self.versions.clear();
        self.log.clear();
        self.lines.clear();
        self.is_ingested = AtomicBool::new(false);
    }
}

/// Whether the lines of a log go among the versions.
fn is_version(own: &[u8]) -> bool {
    own.first().copied().and_then(Kind::tells_of).is_some()
}

/// What the lines of a log go under there.
fn stored_thing(key: &Key) -> Cow<'_, Key> {
    let table = key.as_bytes().first().copied().and_then(Kind::tells_of);
    table.map_or(Cow::Borrowed(key), |table| Cow::Owned(key.in_table(table)))
}
