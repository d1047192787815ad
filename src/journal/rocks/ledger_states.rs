//! The books and where each one's history ends: read from the disk once, at the start, and checked for holes.

use rocksdb::{ColumnFamily, DB, IteratorMode, ReadOptions, properties};

use super::failure::{damaged, faulty, missing, reading, storage};
use super::layout::{EventValue, Fault, LedgerLogValue, book_key, line_key, read_line_key};
use super::settings::{BOOKS, EVENTS, IDS};
use crate::journal::{Error, Head, LedgerLog, LedgerNo};

/// A ledger's book and where its history ends.
#[derive(Debug)]
pub(super) struct LedgerState {
    pub(super) log: LedgerLog,
    pub(super) head: Head,
}

/// The volume of a ledger, which is refused where there is none.
pub(super) fn find(ledger_states: &[LedgerState], ledger: LedgerNo) -> Result<&LedgerState, Error> {
    ledger_states.get(index(ledger)).ok_or_else(|| unknown(ledger))
}

/// The same, to move its head.
pub(super) fn find_mut(ledger_states: &mut [LedgerState], ledger: LedgerNo) -> Result<&mut LedgerState, Error> {
    ledger_states.get_mut(index(ledger)).ok_or_else(|| unknown(ledger))
}

fn index(ledger: LedgerNo) -> usize {
    // Ledger 0 is nobody's, and usize::MAX is past the end of every shelf.
    (ledger as usize).wrapping_sub(1)
}

fn unknown(ledger: LedgerNo) -> Error {
    Error::Refused(format!("there is no ledger {ledger}"))
}

pub(super) fn family<'a>(db: &'a DB, name: &str) -> Result<&'a ColumnFamily, Error> {
    db.cf_handle(name).ok_or_else(|| Error::Storage(format!("the family {name} is not open")))
}

/// All volumes, in the order of their numbers. [`Error::Damaged`] where a book or an event is missing.
pub(super) fn read(db: &DB) -> Result<Vec<LedgerState>, Error> {
    let mut ledger_states = Vec::new();
    for (row, no) in db.iterator_cf(family(db, BOOKS)?, IteratorMode::Start).zip(1..) {
        let (key, value) = row.map_err(storage)?;
        if *key != book_key(no) {
            return Err(Error::Damaged(format!("the book of ledger {no} is missing")));
        }
        let fault = |fault: Fault| Error::Damaged(format!("the book of ledger {no}: {fault}"));
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

/// Looks for events of a ledger whose book, and no later one, is gone.
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
            Err(damaged(ledger, seq, "the book of its ledger is missing"))
        }
    }
}

/// Looks for a seq that is missing before its ledger's head.
///
/// RocksDB takes the torn end of a write-ahead log for a write that was never acknowledged even where a later log
/// follows, and passes over some zeros in the middle: acknowledged events would be gone without a word, and later ones
/// there. An event is written once and never over, so the heads add up to the number of keys, which RocksDB has
/// counted in its tables; only where they don't is every key looked at.
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

/// Looks whether there are as many ids as events: without its id an event could be recorded twice.
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
        "there are {expected} events, but {there} ids of events: part of what was recorded is lost"
    )))
}

/// The number of keys in a family as RocksDB counts them; `None` where it doesn't say.
fn count(db: &DB, name: &str) -> Result<Option<u64>, Error> {
    let family = family(db, name)?;
    let in_memory = |name| db.property_int_value_cf(family, name).map_err(storage);
    let active = in_memory(properties::NUM_ENTRIES_ACTIVE_MEM_TABLE)?;
    let flushing = in_memory(properties::NUM_ENTRIES_IMM_MEM_TABLES)?;
    let tables = db.property_value_cf(family, properties::AGGREGATED_TABLE_PROPERTIES).map_err(storage)?;
    Ok(active.zip(flushing).zip(tables).and_then(|((active, flushing), tables)| {
        // "# data blocks=12; …; # entries=345; # deletions=0; …"
        let number = |name| tables.split("; ").find_map(|property| property.strip_prefix(name)?.parse::<u64>().ok());
        // Nothing is ever deleted. Where something was all the same, keys are to be looked at.
        Some(active + flushing + number("# entries=")?).filter(|_| number("# deletions=") == Some(0))
    }))
}
