//! The ledgers and their heads: read from the disk once, at the start, and checked for gaps.

use rocksdb::{ColumnFamily, DB, IteratorMode, ReadOptions, properties};

use super::failure::{damaged, faulty, missing, reading, storage};
use super::layout::{EventValue, Fault, LedgerLogValue, ledger_key, line_key, read_line_key};
use super::settings::{BOOKS, EVENTS, IDS};
use crate::journal::{Error, Head, LedgerLog, LedgerNo};

/// A ledger and the end of its history.
#[derive(Debug)]
pub(super) struct LedgerState {
    pub(super) log: LedgerLog,
    pub(super) head: Head,
}

/// Returns the state of a ledger. Refuses an unknown one.
pub(super) fn find(ledger_states: &[LedgerState], ledger: LedgerNo) -> Result<&LedgerState, Error> {
    ledger_states.get(index(ledger)).ok_or_else(|| unknown(ledger))
}

/// Returns the state of a ledger for changes.
pub(super) fn find_mut(ledger_states: &mut [LedgerState], ledger: LedgerNo) -> Result<&mut LedgerState, Error> {
    ledger_states.get_mut(index(ledger)).ok_or_else(|| unknown(ledger))
}

fn index(ledger: LedgerNo) -> usize {
    // Ledger 0 does not exist; for it the index wraps to usize::MAX, which is out of bounds.
    (ledger as usize).wrapping_sub(1)
}

fn unknown(ledger: LedgerNo) -> Error {
    Error::Refused(format!("there is no ledger {ledger}"))
}

pub(super) fn family<'a>(db: &'a DB, name: &str) -> Result<&'a ColumnFamily, Error> {
    db.cf_handle(name).ok_or_else(|| Error::Storage(format!("the column family {name} is not open")))
}

/// Reads all ledgers, in the order of their numbers. Returns [`Error::Damaged`] if a ledger or an event is missing.
pub(super) fn read(db: &DB) -> Result<Vec<LedgerState>, Error> {
    let mut ledger_states = Vec::new();
    for (row, no) in db.iterator_cf(family(db, BOOKS)?, IteratorMode::Start).zip(1..) {
        let (key, value) = row.map_err(storage)?;
        if *key != ledger_key(no) {
            return Err(Error::Damaged(format!("ledger {no}: its row in `books` is missing")));
        }
        let fault = |fault: Fault| Error::Damaged(format!("ledger {no}, its row in `books`: {fault}"));
        let log = LedgerLogValue::read(&value).map_err(fault)?.log(no);
        ledger_states.push(LedgerState { head: read_head(db, no)?, log });
    }
    check_for_strays(db, &ledger_states)?;
    check_for_holes(db, &ledger_states)?;
    check_for_lost_ids(db, &ledger_states)?;
    Ok(ledger_states)
}

fn read_head(db: &DB, ledger: LedgerNo) -> Result<Head, Error> {
    let mut options = ReadOptions::default();
    options.set_iterate_lower_bound(line_key(ledger, 0));
    let mut events = db.raw_iterator_cf_opt(family(db, EVENTS)?, options);
    events.seek_for_prev(line_key(ledger, u64::MAX));
    let Some((key, value)) = events.item() else {
        events.status().map_err(storage)?;
        return Ok(Head { seq: 0, recorded_at: None });
    };
    let (_, seq) = read_line_key(key).map_err(faulty(ledger, 0))?;
    let recorded_at = EventValue::read(value).map_err(faulty(ledger, seq))?.recorded_at;
    Ok(Head { seq, recorded_at: Some(recorded_at) })
}

/// Detects events of a ledger numbered after the last known one, whose row is missing.
fn check_for_strays(db: &DB, ledger_states: &[LedgerState]) -> Result<(), Error> {
    let Some(next) = ledger_states.last().map_or(Some(1), |last| last.log.no.checked_add(1)) else {
        return Ok(());
    };
    let mut events = db.raw_iterator_cf(family(db, EVENTS)?);
    events.seek(line_key(next, 0));
    match events.key().map(read_line_key) {
        None => events.status().map_err(storage),
        Some(key) => {
            let (ledger, seq) = key.map_err(faulty(next, 0))?;
            Err(damaged(ledger, seq, "the row of its ledger in `books` is missing"))
        }
    }
}

/// Detects a missing seq before its ledger's head.
///
/// RocksDB takes the torn end of a write-ahead log for a write that was never acknowledged, even if a later log
/// follows, and it skips some zeros in the middle. Acknowledged events would be lost silently while later ones remain.
/// An event is written once and never overwritten, so the heads add up to the number of keys, which RocksDB counts in
/// its tables. Every key is read only if the two differ.
fn check_for_holes(db: &DB, ledger_states: &[LedgerState]) -> Result<(), Error> {
    let expected = ledger_states.iter().map(|ledger_state| ledger_state.head.seq).sum::<u64>();
    if count(db, EVENTS)? == Some(expected) {
        return Ok(());
    }
    for LedgerState { log, head } in ledger_states {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_iterate_upper_bound(line_key(log.no, u64::MAX));
        let mut events = db.raw_iterator_cf_opt(family(db, EVENTS)?, options);
        events.seek(line_key(log.no, 1));
        for seq in 1..=head.seq {
            if events.key() != Some(&line_key(log.no, seq)) {
                events.status().map_err(reading(log.no, seq))?;
                return Err(missing(log.no, seq, "event"));
            }
            events.next();
        }
    }
    Ok(())
}

/// Detects lost ids: without its id an event could be recorded twice.
fn check_for_lost_ids(db: &DB, ledger_states: &[LedgerState]) -> Result<(), Error> {
    let expected = ledger_states.iter().map(|ledger_state| ledger_state.head.seq).sum::<u64>();
    if count(db, IDS)? == Some(expected) {
        return Ok(());
    }
    let mut options = ReadOptions::default();
    options.fill_cache(false);
    let mut there = 0_u64;
    let mut ids = db.raw_iterator_cf_opt(family(db, IDS)?, options);
    ids.seek_to_first();
    while ids.valid() {
        there += 1;
        ids.next();
    }
    ids.status().map_err(storage)?;
    if there == expected {
        return Ok(());
    }
    Err(Error::Damaged(format!(
        "there are {expected} events, but {there} ids of events: some of the recorded data is lost"
    )))
}

/// Returns the number of keys in a family as RocksDB counts it; `None` if RocksDB does not report it.
fn count(db: &DB, name: &str) -> Result<Option<u64>, Error> {
    let family = family(db, name)?;
    let in_memory = |name| db.property_int_value_cf(family, name).map_err(storage);
    let active = in_memory(properties::NUM_ENTRIES_ACTIVE_MEM_TABLE)?;
    let flushing = in_memory(properties::NUM_ENTRIES_IMM_MEM_TABLES)?;
    let tables = db.property_value_cf(family, properties::AGGREGATED_TABLE_PROPERTIES).map_err(storage)?;
    Ok(active.zip(flushing).zip(tables).and_then(|((active, flushing), tables)| {
        // "# data blocks=12; …; # entries=345; # deletions=0; …"
        let number = |name| tables.split("; ").find_map(|property| property.strip_prefix(name)?.parse::<u64>().ok());
        // Nothing is ever deleted. If RocksDB reports deletions all the same, the count is not usable.
        Some(active + flushing + number("# entries=")?).filter(|_| number("# deletions=") == Some(0))
    }))
}
