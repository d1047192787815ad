//! The journal on disk: RocksDB, embedded.
//!
//! Drawings of the four column families are in `rocks/layout.rs`. A group is one write batch with one sync. Ledgers and
//! heads are read once at the start and then kept in memory. Readers ignore rows past a ledger's head, so that a group
//! becomes visible as a whole, and only after its sync.

mod appender;
mod backup;
mod examine;
mod failure;
mod layout;
mod ledger_states;
mod settings;
mod survey;
#[cfg(test)]
mod tests;
mod watermark;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};
use rocksdb::{ColumnFamily, DB, ReadOptions};

use self::appender::Appender;
pub use self::backup::{Backups, Kept};
pub use self::examine::{EntryHead, Examined};
use self::failure::{damaged, faulty, missing, reading};
use self::layout::{EntryValue, EventValue, id_key, line_key, read_line_key, read_seq};
use self::ledger_states::LedgerState;
use self::settings::{ENTRIES, EVENTS, IDS};
use self::watermark::Watermark;
use super::{Entry, Error, Head, Incarnations, Journal, LedgerLog, LedgerNo, Line, Recorded, Span, Spending};
use crate::{folders, log_files};

/// With less free disk space, in bytes, no logs are prepared.
const ROOM_MIN: u64 = 1 << 30;

/// Capacity reserved, in events, before a page is read.
const PAGE_USUAL: usize = 1_000;

/// A journal stored in its own folder.
pub struct Rocks {
    db: DB,
    /// Ledger `n` is at `n - 1`.
    ledger_states: RwLock<Vec<LedgerState>>,
    /// The lock that serialises all writes.
    appender: Mutex<Appender>,
    /// `None` if the journal is open for reading only.
    watermark: Option<Watermark>,
}

impl Rocks {
    /// Opens the journal in this folder, creating the folder and the journal if they do not exist.
    ///
    /// Only one process can have it open: a second one gets [`Error::Storage`], and so does a folder that cannot be
    /// read or written. Returns [`Error::Damaged`] if acknowledged data is lost, in the middle of a history or at its
    /// end.
    pub fn open(path: impl AsRef<Path>) -> Result<Rocks, Error> {
        let path = path.as_ref();
        folders::make(path).map_err(|error| failure::folder(path, &error))?;
        watermark::check_for_beginning(path)?;
        if let Some(fault) = log_files::check(path).map_err(|error| failure::folder(path, &error))? {
            return Err(Error::Damaged(fault));
        }
        let db = open(path)?;
        let ledger_states = ledger_states::read(&db)?;
        let watermark = Some(Watermark::open(path, &ledger_states)?);
        Ok(Rocks { db, ledger_states: RwLock::new(ledger_states), appender: Mutex::default(), watermark })
    }

    /// Preallocates log files at their usual size, so that the first writes also overwrite existing space. Does nothing
    /// if the disk has little room or the limit on file sizes is low.
    pub fn prepare_logs(&self) -> Result<(), Error> {
        let room = rustix::fs::statvfs(self.db.path()).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        let longest = rlimit::getrlimit(rlimit::Resource::FSIZE).map_or(0, |(longest, _)| longest);
        if room.min(longest) < ROOM_MIN {
            return Ok(());
        }
        self.appender().prepare_logs(&self.db)
    }

    /// Returns the lines after `after` up to and including `last`, which must exist, as far as the span allows.
    fn lines(&self, ledger: LedgerNo, after: u64, last: u64, span: Span) -> Result<Vec<Recorded>, Error> {
        let last = last.min(after.saturating_add(u64::try_from(span.events).unwrap_or(u64::MAX)));
        let mut spending = Spending::of(span);
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(line_key(ledger, last.saturating_add(1)));
        let mut lines = self.db.raw_iterator_cf_opt(self.family(EVENTS)?, options);
        lines.seek(line_key(ledger, after.saturating_add(1)));
        let count = usize::try_from(last.saturating_sub(after)).unwrap_or_default();
        let mut events = Vec::with_capacity(count.min(PAGE_USUAL));
        for seq in after.saturating_add(1)..=last {
            let Some((_, value)) = lines.item().filter(|(key, _)| *key == line_key(ledger, seq)) else {
                lines.status().map_err(reading(ledger, seq))?;
                return Err(missing(ledger, seq, "event"));
            };
            let value = EventValue::read(value).map_err(faulty(ledger, seq))?;
            if !spending.takes(value.bytes.len()) {
                break;
            }
            events.push(recorded(seq, value));
            lines.next();
        }
        Ok(events)
    }

    /// Decodes the value of an event that must exist.
    fn line<T>(&self, ledger: LedgerNo, seq: u64, decode: impl Fn(EventValue<'_>) -> T) -> Result<T, Error> {
        let value = self.db.get_pinned_cf(self.family(EVENTS)?, line_key(ledger, seq)).map_err(reading(ledger, seq))?;
        let value = value.ok_or_else(|| missing(ledger, seq, "event"))?;
        EventValue::read(&value).map(decode).map_err(faulty(ledger, seq))
    }

    fn family(&self, name: &str) -> Result<&ColumnFamily, Error> {
        ledger_states::family(&self.db, name)
    }

    // A poisoned lock is usable: a head is replaced as a whole, and a ledger is added as a whole.
    fn ledger_states(&self) -> RwLockReadGuard<'_, Vec<LedgerState>> {
        self.ledger_states.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger_states_mut(&self) -> RwLockWriteGuard<'_, Vec<LedgerState>> {
        self.ledger_states.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn appender(&self) -> MutexGuard<'_, Appender> {
        self.appender.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for Rocks {
    fn identity(&self) -> Result<Vec<u8>, Error> {
        self.db.get_db_identity().map_err(failure::storage)
    }

    fn logs(&self) -> Result<Vec<LedgerLog>, Error> {
        Ok(self.ledger_states().iter().map(|ledger_state| ledger_state.log.clone()).collect())
    }

    fn create(&self, slug: &str, header: &[u8]) -> Result<LedgerLog, Error> {
        let mut appender = self.appender();
        let log = appender.create(&self.db, &self.ledger_states(), slug, header)?;
        let mut ledger_states = self.ledger_states_mut();
        ledger_states.push(LedgerState { log: log.clone(), head: Head { seq: 0, recorded_at: None } });
        if let Some(watermark) = &self.watermark {
            watermark.set(&ledger_states);
        }
        Ok(log)
    }

    fn set_incarnations(&self, ledger: LedgerNo, incarnations: &Incarnations) -> Result<(), Error> {
        let mut appender = self.appender();
        let log = ledger_states::find(&self.ledger_states(), ledger)?.log.clone();
        let log = LedgerLog { incarnations: Some(incarnations.clone()), ..log };
        appender.put_ledger_log(&self.db, &log)?;
        ledger_states::find_mut(&mut self.ledger_states_mut(), ledger)?.log = log;
        Ok(())
    }

    fn append(&self, group: &[Entry]) -> Result<(), Error> {
        let mut appender = self.appender();
        // Readers continue while the disk syncs: the write lock is taken only afterwards, and briefly.
        let heads = appender.append(&self.db, &self.ledger_states(), group)?;
        let mut ledger_states = self.ledger_states_mut();
        for (ledger, head) in heads {
            ledger_states::find_mut(&mut ledger_states, ledger)?.head = head;
        }
        if let Some(watermark) = &self.watermark {
            watermark.set(&ledger_states);
        }
        Ok(())
    }

    fn head(&self, ledger: LedgerNo) -> Result<Head, Error> {
        Ok(ledger_states::find(&self.ledger_states(), ledger)?.head)
    }

    fn event(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Recorded>, Error> {
        if seq == 0 || seq > self.head(ledger)?.seq {
            return Ok(None);
        }
        self.line(ledger, seq, |value| recorded(seq, value)).map(Some)
    }

    fn events_within(&self, ledger: LedgerNo, after: u64, span: Span) -> Result<Vec<Recorded>, Error> {
        let head = self.head(ledger)?.seq;
        self.lines(ledger, after, head, span)
    }

    fn entry(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Entry>, Error> {
        if seq == 0 || seq > self.head(ledger)?.seq {
            return Ok(None);
        }
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(line_key(ledger, 0));
        let mut entries = self.db.raw_iterator_cf_opt(self.family(ENTRIES)?, options);
        entries.seek_for_prev(line_key(ledger, seq));
        let Some((key, value)) = entries.item() else {
            entries.status().map_err(reading(ledger, seq))?;
            return Err(missing(ledger, seq, "entry"));
        };
        let (_, first_seq) = read_line_key(key).map_err(faulty(ledger, seq))?;
        let EntryValue { recorded_at, ids, note } = EntryValue::read(value).map_err(faulty(ledger, first_seq))?;
        let after = first_seq.saturating_sub(1);
        let last_seq = after.saturating_add(ids.len() as u64);
        if seq > last_seq {
            return Err(missing(ledger, seq, "entry"));
        }
        let events = self.lines(ledger, after, last_seq, Span::bytes(usize::MAX))?;
        if let Some(event) = events.iter().find(|event| event.recorded_at != recorded_at) {
            return Err(damaged(ledger, event.seq, "its time differs from that of its entry"));
        }
        let lines = ids.into_iter().zip(events).map(|(id, event)| Line { id: id.into(), bytes: event.bytes });
        Ok(Some(Entry { ledger, first_seq, recorded_at, note: note.into(), lines: lines.collect() }))
    }

    fn seq_of(&self, ledger: LedgerNo, id: &str) -> Result<Option<u64>, Error> {
        let head = self.head(ledger)?.seq;
        let damage = |fault: &dyn std::fmt::Display| Error::Damaged(format!("ledger {ledger}, id {id}: {fault}"));
        let value = self.db.get_pinned_cf(self.family(IDS)?, id_key(ledger, id)).map_err(failure::storage)?;
        let Some(value) = value else { return Ok(None) };
        let seq = read_seq(&value).map_err(|fault| damage(&fault))?;
        Ok(Some(seq).filter(|seq| *seq <= head))
    }

    fn seq_at(&self, ledger: LedgerNo, moment: DateTime<Utc>) -> Result<u64, Error> {
        let head = self.head(ledger)?;
        // Most callers ask about now, or about the time before the first event.
        if head.recorded_at.is_none_or(|last| last <= moment) {
            return Ok(head.seq);
        }
        // Invariant: `known` is 0 or recorded at or before the moment, `later` is not. Seqs have no gaps, so a binary
        // search finds the last one in as many reads as the head has bits.
        let (mut known, mut later) = (0, head.seq);
        while later - known > 1 {
            let middle = known + (later - known) / 2;
            if self.line(ledger, middle, |event| event.recorded_at)? <= moment {
                known = middle;
            } else {
                later = middle;
            }
        }
        Ok(known)
    }
}

fn recorded(seq: u64, value: EventValue<'_>) -> Recorded {
    Recorded { seq, recorded_at: value.recorded_at, bytes: value.bytes.into() }
}

/// Opens the database if everything known to be acknowledged is readable. RocksDB would otherwise delete an unreadable
/// record of its log and all records behind it. Looking changes nothing in the folder.
fn open(path: &Path) -> Result<DB, Error> {
    let opening = |error| failure::opening(path, error);
    if let Some(known) = watermark::known(path) {
        let looked = DB::open_cf_descriptors_read_only(&settings::database(), path, settings::families(), false);
        watermark::check(path, known, &ledger_states::read(&looked.map_err(opening)?)?)?;
    }
    DB::open_cf_descriptors(&settings::database(), path, settings::families()).map_err(opening)
}
