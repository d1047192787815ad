//! The journal: where entries are kept. The only truth.
//!
//! A journal holds bytes and numbers and knows nothing of OKRs. [`Journal`]'s documentation is its contract;
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

/// The number the journal gives a ledger, in the order of their making: 1, 2, 3 …
pub type LedgerNo = u32;

/// One ledger as the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLog {
    /// The ledger's number, dense from 1.
    pub no: LedgerNo,
    /// Its slug: unique, never changed.
    pub slug: String,
    /// What the ledger's maker said of it; opaque to the journal.
    pub header: Vec<u8>,
    /// Its incarnation and those before it; `None` in a journal from before there were any, until they are set.
    pub incarnations: Option<Incarnations>,
}

/// One event to append, as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The event's id: a retry key, unique in its ledger for ever.
    pub id: String,
    /// The exact bytes the event is served with.
    pub bytes: Vec<u8>,
}

/// One accepted submission: one or more events, recorded together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The ledger it belongs to.
    pub ledger: LedgerNo,
    /// The `seq` of its first line; the others follow without gaps.
    pub first_seq: u64,
    /// When the ledger learnt it; strictly later than the ledger's entry before. Kept [to the microsecond](to_microsecond).
    pub recorded_at: DateTime<Utc>,
    /// What the ledger wants kept beside the entry (its receipt's warnings); opaque to the journal.
    pub note: Vec<u8>,
    /// Its events, at least one.
    pub lines: Vec<Line>,
}

impl Entry {
    /// The `seq` of the entry's last line.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + (self.lines.len() as u64).saturating_sub(1)
    }
}

/// One recorded event as the journal gives it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in the ledger.
    pub seq: u64,
    /// When the ledger learnt it.
    pub recorded_at: DateTime<Utc>,
    /// The exact bytes that were appended.
    pub bytes: Vec<u8>,
}

/// How much is read at one go: so many events, and so many bytes of them. One event is read whatever its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Events at most.
    pub events: usize,
    /// Bytes of events at most.
    pub bytes: usize,
}

/// Bytes of events that are in memory at a time where a whole history is read.
pub const BYTES_AT_A_TIME: usize = 64 << 20;

impl Span {
    /// So many bytes, however many events that are.
    pub fn bytes(bytes: usize) -> Span {
        Span { events: usize::MAX, bytes }
    }
}

/// Takes events until a [`Span`] is used up.
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

    /// Returns whether an event of this size still fits, and counts it.
    fn takes(&mut self, bytes: usize) -> bool {
        self.events += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.events <= self.most.events && (self.events == 1 || self.bytes <= self.most.bytes)
    }
}

/// Where a ledger's history ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last `seq`; 0 for a ledger without events.
    pub seq: u64,
    /// When that was recorded; `None` for a ledger without events.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// What the caller can do about a journal that did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The entry does not follow from what is there (a gap, a repeated id, a time that does not increase, an unknown
    /// ledger, a slug that is taken). Nothing was written; the caller has a defect.
    #[error("the journal refuses the entry: {0}")]
    Refused(String),
    /// The bytes read are not what was once written. The data folder is damaged.
    #[error("the journal is damaged: {0}")]
    Damaged(String),
    /// The storage failed. After a failed [`Journal::append`] nobody knows what is on disk: the process must end and
    /// read the journal anew.
    #[error("the journal's storage failed: {0}")]
    Storage(String),
}

/// The moment as a journal keeps it: to the microsecond, what is finer cut off.
pub fn to_microsecond(moment: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or(moment)
}

/// Entries in order, per ledger, kept for ever.
///
/// ```text
///            ledger 1                                  ledger 2
/// seq        1    2    3    4    5    6    ...         1    2    ...
/// entry     [1 . . . . . 3] [4] [5 . . 6]             [1] [2]
/// recorded   09:00:00.000001  09:07  09:12  …          strictly increasing from entry to entry
/// ```
///
/// 1. **Durable.** When [`append`](Journal::append) has returned `Ok`, all its entries outlive the process and the
///    power (for a journal that keeps files), with one sync for the whole group.
/// 2. **Whole.** A group is appended wholly or not at all; so is each entry in it.
/// 3. **Dense.** A ledger's `seq` runs 1, 2, 3 … An entry that does not start at the head's next is refused.
/// 4. **Once.** An event id stands once in a ledger, for ever. A repeated id is refused.
/// 5. **Increasing.** `recorded_at` is strictly later than the ledger's entry before. Times are kept
///    [to the microsecond](to_microsecond), and two within one microsecond are the same time.
/// 6. **Unchanged.** What was read once reads the same for ever, to the byte.
/// 7. **One appender.** `append`, `create` and `set_incarnations` are called by one thread at a time (the writer); reads by any number beside it,
///    and a read sees all groups whose `append` returned before it began, and of a group still under way all or nothing.
/// 8. **Named.** A ledger's incarnations are kept as durably as its events. Setting them changes nothing else of it.
pub trait Journal: Send + Sync + 'static {
    /// What tells this journal from any other: made with it, and the same in its copies.
    fn identity(&self) -> Result<Vec<u8>, Error>;

    /// All ledgers in the order of their numbers.
    fn logs(&self) -> Result<Vec<LedgerLog>, Error>;

    /// Makes a ledger with the next number and no incarnation yet, durably. Refuses a slug that is taken.
    fn create(&self, slug: &str, header: &[u8]) -> Result<LedgerLog, Error>;

    /// Sets a ledger's incarnations, durably.
    fn set_incarnations(&self, ledger: LedgerNo, incarnations: &Incarnations) -> Result<(), Error>;

    /// Appends a group of entries, of one ledger or several, with one sync. An empty group is nothing to do; an entry
    /// without lines is refused.
    fn append(&self, group: &[Entry]) -> Result<(), Error>;

    /// Where the ledger's history ends. An unknown ledger is [`Error::Refused`], here and below.
    fn head(&self, ledger: LedgerNo) -> Result<Head, Error>;

    /// The event numbered `seq`, if there is one.
    fn event(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Recorded>, Error>;

    /// The events with a `seq` greater than `after`, in order, as many as the span allows: at least one where it allows any
    /// event at all and the history goes on. Events differ in size by a factor of ten thousand, so whoever reads a whole
    /// history reads it by bytes.
    fn events_within(&self, ledger: LedgerNo, after: u64, span: Span) -> Result<Vec<Recorded>, Error>;

    /// Up to `limit` events with a `seq` greater than `after`, in order. Fewer only where the history ends.
    fn events(&self, ledger: LedgerNo, after: u64, limit: usize) -> Result<Vec<Recorded>, Error> {
        self.events_within(ledger, after, Span { events: limit, bytes: usize::MAX })
    }

    /// The whole entry that holds `seq`, if there is one.
    fn entry(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Entry>, Error>;

    /// The `seq` of the event with this id, if it is recorded.
    fn seq_of(&self, ledger: LedgerNo, id: &str) -> Result<Option<u64>, Error>;

    /// The last `seq` recorded at or before `moment`; 0 where nothing was.
    fn seq_at(&self, ledger: LedgerNo, moment: DateTime<Utc>) -> Result<u64, Error>;
}
