//! The journal: stores the entries of all ledgers. It is the only source of truth.
//!
//! A journal stores bytes and numbers and is independent of OKRs. [`Journal`]'s documentation is its contract;
//! `journal::contract` is that contract as tests, run on every implementation.

mod incarnation;
pub mod memory;
pub mod rocks;
mod up_to;

#[cfg(test)]
mod contract;

use chrono::{DateTime, Utc};

pub use incarnation::{Earlier, Incarnation, Incarnations, NewIncarnation, NoIncarnation, counting};
pub use up_to::UpTo;

/// A ledger's number, assigned in the order of creation: 1, 2, 3 …
pub type LedgerNo = u32;

/// One ledger as the journal stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLog {
    /// Dense from 1.
    pub no: LedgerNo,
    /// Unique, never changed.
    pub slug: String,
    /// Ledger metadata written at creation; opaque to the journal.
    pub header: Vec<u8>,
    /// The current incarnation and the earlier ones; `None` until set, in a journal written before incarnations
    /// existed.
    pub incarnations: Option<Incarnations>,
}

/// One event to append, as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The event's id: a retry key, unique in its ledger forever.
    pub id: String,
    /// The exact bytes the event is served with.
    pub bytes: Vec<u8>,
}

/// One accepted submission: one or more events, recorded together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number of the entry's ledger.
    pub ledger: LedgerNo,
    /// The `seq` of the first line; the others follow without gaps.
    pub first_seq: u64,
    /// When the ledger recorded the entry; strictly later than its previous entry. Stored [to the
    /// microsecond](to_microsecond).
    pub recorded_at: DateTime<Utc>,
    /// Data stored with the entry (the warnings of its receipt); opaque to the journal.
    pub note: Vec<u8>,
    /// The events, at least one.
    pub lines: Vec<Line>,
}

impl Entry {
    /// Returns the `seq` of the entry's last line.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + (self.lines.len() as u64).saturating_sub(1)
    }
}

/// One recorded event as the journal returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The event's number in its ledger.
    pub seq: u64,
    /// When the ledger recorded the event.
    pub recorded_at: DateTime<Utc>,
    /// The exact bytes that were appended.
    pub bytes: Vec<u8>,
}

/// The limits of one read, in events and in bytes. A single event is returned whatever its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Maximum number of events.
    pub events: usize,
    /// Maximum bytes of events.
    pub bytes: usize,
}

/// Bytes of events held in memory at a time while a whole history is read.
pub const BYTES_AT_A_TIME: usize = 64 << 20;

impl Span {
    /// Limits a read by bytes only.
    pub fn bytes(bytes: usize) -> Span {
        Span { events: usize::MAX, bytes }
    }
}

/// Counts events until a [`Span`] is used up.
#[derive(Debug)]
struct Spending {
    most: Span,
    events: usize,
    bytes: usize,
}

impl Spending {
    fn of(most: Span) -> Spending {
        Spending { most, events: 0, bytes: 0 }
    }

    /// Counts an event of this size. Returns true if it still fits.
    fn takes(&mut self, bytes: usize) -> bool {
        self.events += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.events <= self.most.events && (self.events == 1 || self.bytes <= self.most.bytes)
    }
}

/// The end of a ledger's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last `seq`; 0 for a ledger without events.
    pub seq: u64,
    /// When the last event was recorded; `None` for a ledger without events.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// A failed operation, by the action the caller can take.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The entry does not follow the ledger's history (a gap, a repeated id, a time that does not increase, an unknown
    /// ledger, a slug in use). Nothing was written; the caller has a defect.
    #[error("the journal refuses the entry: {0}")]
    Refused(String),
    /// The bytes read differ from those written. The data folder is damaged.
    #[error("the journal is damaged: {0}")]
    Damaged(String),
    /// The storage failed. After a failed [`Journal::append`] the content of the disk is unknown: the process must end
    /// and read the journal again.
    #[error("the journal's storage failed: {0}")]
    Storage(String),
}

/// Truncates a moment to the microsecond, the precision of the journal.
pub fn to_microsecond(moment: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or(moment)
}

/// Entries in order, per ledger, kept forever.
///
/// ```text
///            ledger 1                                  ledger 2
/// seq        1    2    3    4    5    6    ...         1    2    ...
/// entry     [1 . . . . . 3] [4] [5 . . 6]             [1] [2]
/// recorded   09:00:00.000001  09:07  09:12  …          strictly increasing from entry to entry
/// ```
///
/// 1. **Durable.** When [`append`](Journal::append) has returned `Ok`, all its entries survive the end of the process
///    and a power cut (for a journal that stores files), with one sync for the whole group.
/// 2. **Whole.** A group is appended wholly or not at all; so is each entry in it.
/// 3. **Dense.** A ledger's `seq` runs 1, 2, 3 … An entry that does not start right after the head is refused.
/// 4. **Once.** An event id occurs once in a ledger, forever. A repeated id is refused.
/// 5. **Increasing.** `recorded_at` is strictly later than that of the ledger's previous entry. Times are stored [to
///    the microsecond](to_microsecond), and two times within one microsecond are equal.
/// 6. **Unchanged.** A record reads the same forever, to the byte.
/// 7. **One appender.** One thread at a time (the writer) calls `append`, `create` and `set_incarnations`; any number
///    of threads read concurrently. A read sees every group whose `append` returned before it began, and all or nothing
///    of a group still being appended.
/// 8. **Named.** A ledger's incarnations are as durable as its events. Setting them changes nothing else.
pub trait Journal: Send + Sync + 'static {
    /// Returns the journal's unique identity: set when the journal is created, and the same in its copies.
    fn identity(&self) -> Result<Vec<u8>, Error>;

    /// Returns all ledgers in the order of their numbers.
    fn logs(&self) -> Result<Vec<LedgerLog>, Error>;

    /// Creates a ledger durably, with the next number and no incarnation yet. Refuses a slug in use.
    fn create(&self, slug: &str, header: &[u8]) -> Result<LedgerLog, Error>;

    /// Sets a ledger's incarnations, durably.
    fn set_incarnations(&self, ledger: LedgerNo, incarnations: &Incarnations) -> Result<(), Error>;

    /// Appends a group of entries, of one ledger or several, with one sync. Does nothing for an empty group. Refuses an
    /// entry without lines.
    fn append(&self, group: &[Entry]) -> Result<(), Error>;

    /// Returns the end of the ledger's history. An unknown ledger is [`Error::Refused`], here and below.
    fn head(&self, ledger: LedgerNo) -> Result<Head, Error>;

    /// Returns the event numbered `seq`, if it exists.
    fn event(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Recorded>, Error>;

    /// Returns the events with a `seq` greater than `after`, in order, as many as the span allows: at least one if the
    /// span allows any event and the history continues. Events differ in size by a factor of ten thousand, so reads of
    /// a whole history are limited by bytes.
    fn events_within(&self, ledger: LedgerNo, after: u64, span: Span) -> Result<Vec<Recorded>, Error>;

    /// Returns up to `limit` events with a `seq` greater than `after`, in order. Fewer only at the end of the history.
    fn events(&self, ledger: LedgerNo, after: u64, limit: usize) -> Result<Vec<Recorded>, Error> {
        self.events_within(ledger, after, Span { events: limit, bytes: usize::MAX })
    }

    /// Returns the whole entry that contains `seq`, if it exists.
    fn entry(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Entry>, Error>;

    /// Returns the `seq` of the event with this id, if it is recorded.
    fn seq_of(&self, ledger: LedgerNo, id: &str) -> Result<Option<u64>, Error>;

    /// Returns the last `seq` recorded at or before `moment`; 0 if there is none.
    fn seq_at(&self, ledger: LedgerNo, moment: DateTime<Utc>) -> Result<u64, Error>;
}
