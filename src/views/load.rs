//! Loading empty views from a journal: the quick way to fold a long history.
//!
//! ```text
//! read and decode ──events──> fold over rows in memory ──runs──> sort, write as tables, ingest
//! ```
//!
//! Three threads. What the fold writes is gathered into runs, which go to RocksDB as finished tables and not row by row.
//! What stands is written once, at the end (or when it grows too large for memory), however often it changed. The rows are
//! those that the slow way writes, to the byte.

mod lists;
mod run;
mod tables;
mod written;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

use events::Recorded;
use projections::apply;
use projections::rows::{Each, Error, Found, Key, Memo, Rows, RowsMut, Table, merge_over};
use rocksdb::{CompactOptions, WriteOptions};

use super::catch_up::{Progress, cancelled, decode, from_journal};
use super::place::Place;
use super::{
    CURRENT, Fresh, HISTORY, LOADING_KEY, LOG, META, StoredRows, TABLES_MAX, TABLES_USUAL, Views, seen_key, storage,
};
use crate::journal::{Journal, LedgerNo};
use lists::Standing;
use run::Run;
use written::Written;

/// Chunks that wait to be folded.
const CHUNKS_MAX: usize = 8;

/// When rows in memory are written as tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Events that are read and decoded at a time; what else is limited is looked at after each lot.
    chunk: usize,
    /// Bytes of rows that are gathered first.
    run: usize,
    /// Bytes of what stands that are held.
    standing: usize,
}

pub(super) const LIMITS: Limits = Limits { chunk: 250, run: 64 << 20, standing: 256 << 20 };

/// Folds all ledgers of a journal into views that hold nothing yet. Returns how many events that were.
pub(super) fn load(
    views: &Views,
    journal: &dyn Journal,
    limits: Limits,
    progress: &mut dyn Progress,
) -> Result<u64, Error> {
    // On the disk before any table is, so that views whose loading is cut short are known for what they are.
    let mut synced = WriteOptions::default();
    synced.set_sync(true);
    views.db.put_cf_opt(views.family(META)?, LOADING_KEY, b"", &synced).map_err(storage)?;
    let_tables_gather(views, TABLES_MAX)?;
    let mut all = 0;
    let mut ledgers = Vec::new();
    for book in journal.books().map_err(from_journal)? {
        let head = journal.head(book.no).map_err(from_journal)?.seq;
        if head > 0 {
            all += head;
            ledgers.push((book.no, head));
        }
    }
    let mut done = 0;
    for (ledger, head) in &ledgers {
        load_one(views, journal, *ledger, *head, limits, &mut |folded| {
            progress.folded(done + folded, all);
            progress.is_cancelled()
        })?;
        done += head;
    }
    merge_all(views)?;
    let_tables_gather(views, TABLES_USUAL)?;
    // Logged: the tables are on disk already, so that no flush is needed for what was loaded to outlive the process.
    let meta = views.family(META)?;
    let mut fresh = BTreeMap::new();
    let mut batch = rocksdb::WriteBatch::default();
    for (ledger, head) in ledgers {
        batch.put_cf(meta, ledger.to_be_bytes(), head.to_be_bytes());
        batch.put_cf(meta, seen_key(ledger), head.to_be_bytes());
        fresh.insert(ledger, Fresh::at(head));
    }
    batch.delete_cf(meta, LOADING_KEY);
    views.db.write(batch).map_err(storage)?;
    views.fresh_mut().extend(fresh);
    Ok(done)
}

/// Merges the tables that overlap: an answer about the past looks into each that may hold a version.
fn merge_all(views: &Views) -> Result<(), Error> {
    let merge = |family| {
        let mut options = CompactOptions::default();
        options.set_exclusive_manual_compaction(false);
        views.db.compact_range_cf_opt(views.family(family)?, None::<&[u8]>, None::<&[u8]>, &options);
        Ok(())
    };
    thread::scope(|scope| {
        let merging = [CURRENT, HISTORY, LOG].map(|family| scope.spawn(move || merge(family)));
        merging
            .into_iter()
            .try_for_each(|one| one.join().map_err(|_| Error::Storage("merging the views panicked".into()))?)
    })
}

/// Lets so many tables that may overlap come together before they are merged. While a history is loaded more and more come
/// that would go into every merging.
fn let_tables_gather(views: &Views, most: i32) -> Result<(), Error> {
    let most = most.to_string();
    let option = [("level0_file_num_compaction_trigger", most.as_str())];
    [CURRENT, HISTORY, LOG]
        .into_iter()
        .try_for_each(|family| views.db.set_options_cf(views.family(family)?, &option).map_err(storage))
}

fn load_one(
    views: &Views,
    journal: &dyn Journal,
    ledger: LedgerNo,
    head: u64,
    limits: Limits,
    is_to_end: &mut dyn FnMut(u64) -> bool,
) -> Result<(), Error> {
    thread::scope(|scope| {
        let (chunk_sender, chunks) = sync_channel(CHUNKS_MAX);
        let (spent_sender, spent) = channel();
        let reader = scope.spawn(move || read(journal, ledger, (head, limits.chunk), &chunk_sender, &spent));
        let (run_sender, runs) = sync_channel(1);
        let writer = scope.spawn(move || write(views, ledger, &runs));
        let mut loading = Loading {
            under: StoredRows::loading(views, ledger)?,
            pending: Vec::new(),
            runs: run_sender,
            standing: Standing::default(),
            written: Written::default(),
            run: Run::default(),
            run_no: 1,
            limits,
        };
        let mut folded = 0;
        for events in chunks {
            for event in &events {
                apply(&mut loading, event)?;
            }
            folded += events.len() as u64;
            if is_to_end(folded) {
                return Err(cancelled());
            }
            // Memory is given back soonest by the thread that took it.
            _ = spent_sender.send(events);
            // Where the writer is gone its error says why.
            if loading.is_enough() && loading.hand_over(views, ledger).is_err() {
                break;
            }
        }
        let joined = |_| Error::Storage("loading the views panicked".into());
        reader.join().map_err(joined)??;
        loading.limits.standing = 0;
        _ = loading.hand_over(views, ledger);
        drop(loading);
        writer.join().map_err(joined)?
    })
}

fn read(
    journal: &dyn Journal,
    ledger: LedgerNo,
    (head, chunk): (u64, usize),
    chunks: &SyncSender<Vec<Recorded>>,
    spent: &Receiver<Vec<Recorded>>,
) -> Result<(), Error> {
    let mut seen = 0;
    // The room that chunks had is used again.
    let mut rooms = Vec::new();
    while seen < head {
        for mut room in spent.try_iter() {
            room.clear();
            rooms.push(room);
        }
        let events = journal.events(ledger, seen, chunk).map_err(from_journal)?;
        let Some(last) = events.last() else { break };
        seen = last.seq;
        let mut read = rooms.pop().unwrap_or_else(|| Vec::with_capacity(events.len()));
        for event in &events {
            read.push(decode(event)?);
        }
        // The fold is gone only when it has failed, and says why itself.
        if chunks.send(read).is_err() {
            break;
        }
    }
    Ok(())
}

fn write(views: &Views, ledger: LedgerNo, runs: &Receiver<Arc<Run>>) -> Result<(), Error> {
    runs.iter().enumerate().try_for_each(|(n, run)| run.ingest(views, ledger, n))
}

/// Rows that are being loaded: the fold reads and writes here.
struct Loading<'a> {
    under: StoredRows<'a>,
    /// Runs that may not be among the stored rows yet, the oldest first.
    pending: Vec<Arc<Run>>,
    runs: SyncSender<Arc<Run>>,
    /// What stands, as far as it is in memory.
    standing: Standing,
    /// What else stands.
    written: Written,
    run: Run,
    run_no: usize,
    limits: Limits,
}

impl<'a> Loading<'a> {
    fn is_enough(&self) -> bool {
        self.run.bytes() >= self.limits.run
    }

    /// Hands the run over to be written, and what stands with it where that has grown too large.
    fn hand_over(&mut self, views: &'a Views, ledger: LedgerNo) -> Result<(), Error> {
        if self.standing.bytes >= self.limits.standing {
            // What was used lately will be again.
            let used = self.standing.used_since(self.run_no, &mut self.written);
            self.run.current = std::mem::replace(&mut self.standing, used);
        }
        self.run_no += 1;
        // What is ingested by now is seen in a snapshot that is taken now; the room it had is used again.
        let mut next = Run::default();
        for run in std::mem::take(&mut self.pending) {
            if !run.is_ingested() {
                self.pending.push(run);
            } else if let Some(mut written) = Arc::into_inner(run) {
                written.clear();
                next = written;
            }
        }
        self.under = StoredRows::loading(views, ledger)?;
        let run = Arc::new(std::mem::replace(&mut self.run, next));
        self.pending.push(Arc::clone(&run));
        self.runs.send(run).map_err(|_| Error::Storage("the tables cannot be written".into()))
    }

    fn scan_pending(
        runs: &[Arc<Run>],
        under: &StoredRows<'_>,
        prefix: &Key,
        from: &Key,
        each: &mut Each<'_>,
    ) -> Result<(), Error> {
        match runs.split_last() {
            None => under.scan(prefix, from, each),
            Some((newest, older)) => {
                let under = |each: &mut Each<'_>| Loading::scan_pending(older, under, prefix, from, each);
                newest.scan_over(prefix, from, under, each)
            }
        }
    }
}

impl Rows for Loading<'_> {
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, Error> {
        let newest = match key.is_log() {
            true => self.run.get(key),
            false => self.standing.get(key.as_bytes(), self.run_no),
        };
        if newest.is_none() && !key.is_log() && !self.written.may_hold(key) {
            return Ok(None);
        }
        let found = newest.or_else(|| self.pending.iter().rev().find_map(|run| run.get(key)));
        found.map_or_else(|| self.under.get(key), |row| Ok(Some(row)))
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        let under = |each: &mut Each<'_>| Loading::scan_pending(&self.pending, &self.under, prefix, from, each);
        if prefix.as_bytes().first().is_some_and(|first| Table::is_log(*first)) {
            return self.run.scan_over(prefix, from, under, each);
        }
        let standing = self.standing.scan(prefix.as_bytes(), prefix.max(from))?;
        match self.written.may_begin(prefix) {
            true => merge_over(standing, under, each),
            false => merge_over(standing, |_| Ok(()), each),
        }
    }
}

impl RowsMut for Loading<'_> {
    fn put(&mut self, seq: u64, key: Key, bytes: &[u8], memo: Memo) -> Result<(), Error> {
        if key.is_log() {
            self.run.put_log(&key, bytes);
        } else {
            let is_kept = Place::of(key.as_bytes(), seq) != Place::Current;
            let versions = is_kept.then_some(&mut self.run.versions);
            self.standing.put(key.as_bytes(), (seq, bytes), memo, self.run_no, versions);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
