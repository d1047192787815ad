//! Reads the ledgers and heads of a journal that may be damaged: reports each fault with its place, and reads the rest.

use rocksdb::{DB, ReadOptions};

use super::layout::{EntryValue, EventValue, LedgerLogValue, line_key, read_line_key};
use super::ledger_states::{LedgerState, family};
use super::settings::{BOOKS, ENTRIES, EVENTS};
use crate::journal::{Error, Head, LedgerLog, LedgerNo};

/// Ledger rows that may be missing in a row. A larger number does not belong to a ledger; its key is damaged.
const GAP_MAX: u32 = 1_000;

type Faults = Vec<(String, String)>;

/// Returns all ledgers as far as they can be read, with a placeholder for each ledger known to be missing.
pub(super) fn survey(db: &DB, faults: &mut Faults) -> Result<Vec<LedgerState>, Error> {
    let mut ledger_states = Vec::new();
    let mut logs = db.raw_iterator_cf(family(db, BOOKS)?);
    logs.seek_to_first();
    while let Some((key, value)) = logs.item() {
        let no = <[u8; 4]>::try_from(key).map_or(0, LedgerNo::from_be_bytes);
        match LedgerLogValue::read(value) {
            _ if !fill_up(&mut ledger_states, no, faults) => {
                faults.push(("books".into(), format!("the key {} does not belong to a ledger", key.escape_ascii())));
            }
            Ok(value) => {
                let log = value.log(no);
                ledger_states.push(LedgerState { log, head: Head { seq: 0, recorded_at: None } });
            }
            Err(fault) => lose(&mut ledger_states, no, format!("its row in `books` cannot be read: {fault}"), faults),
        }
        logs.next();
    }
    if let Err(error) = logs.status() {
        faults.push(("books".into(), format!("not all rows can be read: {error}")));
    }
    find_ledgers_by_events(db, &mut ledger_states, faults)?;
    for ledger_state in &mut ledger_states {
        ledger_state.head = head(db, &ledger_state.log, faults)?;
    }
    Ok(ledger_states)
}

/// Adds placeholders for all ledgers before `no`. Returns false if `no` cannot be the next number or one soon after.
fn fill_up(ledger_states: &mut Vec<LedgerState>, no: LedgerNo, faults: &mut Faults) -> bool {
    let next = next(ledger_states);
    if no < next || no - next > GAP_MAX {
        return false;
    }
    (next..no).for_each(|missing| lose(ledger_states, missing, "its row in `books` is missing".into(), faults));
    true
}

fn lose(ledger_states: &mut Vec<LedgerState>, no: LedgerNo, says: String, faults: &mut Faults) {
    faults.push((format!("ledger number {no}"), says));
    let log = LedgerLog { no, slug: format!("number {no}"), header: Vec::new(), incarnations: None };
    ledger_states.push(LedgerState { log, head: Head { seq: 0, recorded_at: None } });
}

fn next(ledger_states: &[LedgerState]) -> LedgerNo {
    LedgerNo::try_from(ledger_states.len() + 1).unwrap_or(LedgerNo::MAX)
}

/// Finds ledgers that have events but no row in `books`.
fn find_ledgers_by_events(db: &DB, ledger_states: &mut Vec<LedgerState>, faults: &mut Faults) -> Result<(), Error> {
    let mut events = db.raw_iterator_cf(family(db, EVENTS)?);
    events.seek(line_key(next(ledger_states), 0));
    while let Some(key) = events.key() {
        match read_line_key(key) {
            Ok((ledger, _)) if fill_up(ledger_states, ledger, faults) => {
                lose(ledger_states, ledger, "its row in `books` is missing".into(), faults);
            }
            Ok(_) | Err(_) => {
                faults.push(("events".into(), format!("the key {} does not belong to a ledger", key.escape_ascii())));
                return Ok(());
            }
        }
        events.seek(line_key(next(ledger_states), 0));
    }
    Ok(())
}

/// Returns the end of a ledger's history, by its events or by its entries: one of the two may have lost its end.
fn head(db: &DB, log: &LedgerLog, faults: &mut Faults) -> Result<Head, Error> {
    let mut found = Head { seq: 0, recorded_at: None };
    for (name, says) in [(EVENTS, "its last event"), (ENTRIES, "its last entry")] {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(line_key(log.no, 0));
        let mut rows = db.raw_iterator_cf_opt(family(db, name)?, options);
        rows.seek_for_prev(line_key(log.no, u64::MAX));
        let read = match rows.item() {
            None => rows.status().map(|()| None).map_err(|error| error.to_string()),
            Some((key, value)) => read_line_key(key)
                .and_then(|(_, seq)| {
                    if name == EVENTS {
                        return Ok(Some((seq, EventValue::read(value)?.recorded_at)));
                    }
                    let EntryValue { recorded_at, ids, .. } = EntryValue::read(value)?;
                    Ok(Some(((seq + ids.len() as u64).saturating_sub(1), recorded_at)))
                })
                .map_err(|fault| fault.to_string()),
        };
        match read {
            Ok(Some((seq, recorded_at))) if seq > found.seq => {
                found = Head { seq, recorded_at: Some(recorded_at) };
            }
            Ok(_) => {}
            Err(error) => faults.push((format!("ledger {}", log.slug), format!("{says} cannot be read: {error}"))),
        }
    }
    Ok(found)
}
