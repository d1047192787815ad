//! The appender: checks that a group follows the journal's history, and writes it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use rocksdb::{DB, WriteBatch, WriteOptions};

use super::failure::storage;
use super::layout::{EntryValue, EventValue, LedgerLogValue, id_key, ledger_key, line_key, seq_value};
use super::ledger_states::{self, LedgerState, family};
use super::settings::{BOOKS, ENTRIES, EVENTS, IDS, LOG_BYTES, LOGS_KEPT};
use crate::journal::{Entry, Error, Head, LedgerLog, LedgerNo, to_microsecond};

/// Approximate overhead of RocksDB's batch in addition to keys and values, for the three or so rows per event.
const OVERHEAD_BYTES_PER_EVENT: usize = 128;

/// Works until the first failed write. From then on the content of the disk is unknown, and a second write might record
/// other events under the same seqs.
#[derive(Debug, Default)]
pub(super) struct Appender {
    broken: Option<String>,
}

impl Appender {
    /// Returns an appender that refuses all writes.
    pub(super) fn broken(why: &str) -> Appender {
        Appender { broken: Some(why.into()) }
    }

    /// Creates a ledger with the next number.
    pub(super) fn create(
        &mut self,
        db: &DB,
        ledger_states: &[LedgerState],
        slug: &str,
        header: &[u8],
    ) -> Result<LedgerLog, Error> {
        if let Some(LedgerState { log, .. }) = ledger_states.iter().find(|ledger_state| ledger_state.log.slug == slug) {
            return Err(Error::Refused(format!("the slug {slug} is already used by ledger {}", log.no)));
        }
        let no = LedgerNo::try_from(ledger_states.len() + 1)
            .map_err(|_| Error::Refused("no ledger number is left".into()))?;
        let log = LedgerLog { no, slug: slug.into(), header: header.into(), incarnations: None };
        self.put_ledger_log(db, &log)?;
        Ok(log)
    }

    /// Writes the row of a ledger, replacing an existing one.
    pub(super) fn put_ledger_log(&mut self, db: &DB, log: &LedgerLog) -> Result<(), Error> {
        let LedgerLog { no, slug, header, incarnations } = log;
        let value = LedgerLogValue { slug, header, incarnations: incarnations.as_ref().map(Cow::Borrowed) };
        let mut batch = WriteBatch::default();
        batch.put_cf(family(db, BOOKS)?, ledger_key(*no), value.to_bytes().ok_or_else(too_large)?);
        self.write(db, batch)
    }

    /// Writes a group and returns the heads after it.
    pub(super) fn append(
        &mut self,
        db: &DB,
        ledger_states: &[LedgerState],
        group: &[Entry],
    ) -> Result<BTreeMap<LedgerNo, Head>, Error> {
        let heads = follow(ledger_states, group)?;
        if heads.is_empty() {
            return Ok(heads);
        }
        let ids = group.iter().flat_map(|entry| entry.lines.iter().map(|line| id_key(entry.ledger, &line.id)));
        let ids = ids.collect::<Vec<_>>();
        check_for_repeats(db, group, &ids)?;
        self.write(db, batch(db, group, &ids)?)?;
        Ok(heads)
    }

    /// Fills log files with data that is never read, and releases them to be overwritten.
    pub(super) fn prepare_logs(&mut self, db: &DB) -> Result<(), Error> {
        let logs = family(db, BOOKS)?;
        for _ in 0..LOGS_KEPT {
            let mut batch = WriteBatch::default();
            batch.put_log_data(vec![0; LOG_BYTES]);
            // RocksDB releases a log only after a flush, and flushes only memtables with content. These two writes
            // cancel out.
            batch.put_cf(logs, ledger_key(LedgerNo::MAX), b"");
            batch.single_delete_cf(logs, ledger_key(LedgerNo::MAX));
            self.write(db, batch)?;
            db.flush_cf(logs).map_err(storage)?;
        }
        Ok(())
    }

    fn write(&mut self, db: &DB, batch: WriteBatch) -> Result<(), Error> {
        if let Some(why) = &self.broken {
            return Err(Error::Storage(format!("a previous write failed, so nothing more is written: {why}")));
        }
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        db.write_opt(batch, &synced).map_err(|error| {
            self.broken = Some(error.as_ref().into());
            // Never `Damaged`, even if RocksDB reports corruption: the data read so far is sound, but the process must
            // end.
            Error::Storage(error.into_string())
        })
    }
}

/// Returns the heads after the group. Refuses an entry that does not follow the journal and the entries before it.
fn follow(ledger_states: &[LedgerState], group: &[Entry]) -> Result<BTreeMap<LedgerNo, Head>, Error> {
    let mut heads = BTreeMap::new();
    for entry in group {
        let ledger = entry.ledger;
        let ledger_state = ledger_states::find(ledger_states, ledger)?;
        let head = heads.entry(ledger).or_insert(ledger_state.head);
        let refused = |why: String| Err(Error::Refused(format!("ledger {ledger}: {why}")));
        if entry.lines.is_empty() {
            return refused("an entry needs at least one event".into());
        }
        if entry.first_seq != head.seq + 1 {
            return refused(format!("an entry at seq {} cannot follow seq {}", entry.first_seq, head.seq));
        }
        let recorded_at = to_microsecond(entry.recorded_at);
        if let Some(last) = head.recorded_at.filter(|last| *last >= recorded_at) {
            return refused(format!("{recorded_at} is not later than {last}"));
        }
        *head = Head { seq: entry.last_seq(), recorded_at: Some(recorded_at) };
    }
    Ok(heads)
}

fn check_for_repeats(db: &DB, group: &[Entry], ids: &[Vec<u8>]) -> Result<(), Error> {
    let mut fresh = HashSet::with_capacity(ids.len());
    let recorded = db.batched_multi_get_cf(family(db, IDS)?, ids, false);
    let lines = group.iter().flat_map(|entry| entry.lines.iter().map(|line| (entry.ledger, &line.id)));
    for ((recorded, key), (ledger, id)) in recorded.into_iter().zip(ids).zip(lines) {
        if recorded.map_err(storage)?.is_some() || !fresh.insert(key) {
            return Err(Error::Refused(format!("ledger {ledger}: the id {id} is already recorded")));
        }
    }
    Ok(())
}

fn batch(db: &DB, group: &[Entry], ids: &[Vec<u8>]) -> Result<WriteBatch, Error> {
    let (events, entries, ids_family) = (family(db, EVENTS)?, family(db, ENTRIES)?, family(db, IDS)?);
    let lines = group.iter().flat_map(|entry| &entry.lines);
    let bytes = lines.map(|line| line.bytes.len() + 2 * line.id.len() + OVERHEAD_BYTES_PER_EVENT).sum::<usize>();
    let mut batch = WriteBatch::with_capacity_bytes(bytes + group.iter().map(|entry| entry.note.len()).sum::<usize>());
    let mut ids = ids.iter();
    // RocksDB needs a value in one piece. So an event's bytes are copied twice: behind their prefix into a buffer that
    // is reused, and by RocksDB into its batch.
    let mut value = Vec::new();
    for entry in group {
        let (ledger, recorded_at) = (entry.ledger, to_microsecond(entry.recorded_at));
        for ((line, id), seq) in entry.lines.iter().zip(&mut ids).zip(entry.first_seq..) {
            EventValue { recorded_at, bytes: &line.bytes }.write(&mut value);
            batch.put_cf(events, line_key(ledger, seq), &value);
            batch.put_cf(ids_family, id, seq_value(seq));
        }
        let ids = entry.lines.iter().map(|line| &*line.id).collect();
        EntryValue { recorded_at, ids, note: &entry.note }.write(&mut value).ok_or_else(too_large)?;
        batch.put_cf(entries, line_key(ledger, entry.first_seq), &value);
    }
    Ok(batch)
}

fn too_large() -> Error {
    Error::Refused("a text or a list is too large to be stored".into())
}
