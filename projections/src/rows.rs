//! Rows: what is folded from events, and where it is kept.
//!
//! A row is bytes under a key. Its first byte names its [`Table`]; the rest of the key is made of parts in an order that
//! makes related rows neighbours:
//!
//! ```text
//! counters     n
//! policy       p
//! team         t  id 0
//! cycle        c  id 0
//! theme        h  cycle 0  id 0
//! subject      s  id 0                                            what an id names; never changes
//! ref          r  'O'|'K'  number                                 the id behind a ref; never changes
//! objective    o  cycle 0  objective-number
//! key result   k  cycle 0  objective-number  key-result-number       what was agreed
//! latest       l  cycle 0  objective-number  key-result-number       what its check-ins say last
//! proposal     a  cycle 0  objective-number  key-result-number  seq  a change that was proposed; 0 is the objective itself
//! unit         u  cycle 0  level  team-or-person 0                   how many of its objectives stand
//! corrected    e  cycle 0  objective-number  key-result-number  seq  a check-in that was corrected, as it stands since
//! long         x  hash                                            a long value that rows name ([`long`]); never changes
//! ── log tables: a row is written once, its key ends with the seq of the event that wrote it ──
//! check-in     I  cycle 0  objective-number  key-result-number  seq
//! trail        T  cycle 0  seq
//! happening    H  cycle 0  seq                                    the events of a cycle
//! retrospect   R  subject 0  seq
//! by subject   S  subject 0  seq                                  the events about a subject but for check-ins
//! by kind      K  type 0  seq                                     the events of a type that is not a check-in's
//! board report B  cycle 0  seq
//! closing      C  cycle 0  seq
//! reopening    O  cycle 0  seq
//! adopted      P  seq                                             every policy, whole
//! by id        E  event-id 0  seq                                 check-ins and proposals; a journal knows these itself
//! ```
//!
//! Numbers are big-endian: 4 bytes for a ref's number, 8 for a seq. Rows of the log tables never change, so that their
//! state as of some seq is just those that end with it or less; of the others every version is kept by a store that
//! answers about the past, but for those that the lines of a log tell of ([`Table::told_by`]).

mod about;
mod board_report;
mod brief;
pub(crate) mod by_id;
mod by_key;
mod changes;
mod check_in;
mod cycle;
mod found;
mod key;
mod key_result;
mod latest;
mod layer;
mod long;
mod memory;
mod objective;
mod outline;
mod overlay;
mod overtaking;
mod packed;
mod policy;
mod proposal;
mod statement;
mod subject;
mod trail;
mod unit;
mod work;
mod writes;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use long::Fault;

pub use about::{seqs_about, seqs_under};
pub use board_report::{BoardReportPlace, BoardReportRow};
pub use brief::{Brief, BriefCheckIn};
pub use by_id::id_named_by;
pub(crate) use changes::Changes;
pub use check_in::{CheckIn, CheckInLog, CorrectedRow, said_last};
pub(crate) use check_in::{CheckInLine, correct};
pub use cycle::{ClosedUnder, Closing, CycleRow, CycleState, Reopening, RetrospectiveRow, TeamRow, ThemeRow};
pub use found::{Found, Held, Memo};
pub use key::{Key, Table};
pub use key_result::{Baseline, KeyResult, KeyResultRow, LatestRow};
pub use latest::{Latest, Stated, Tells};
pub use layer::{Layer, merge_over};
pub(crate) use long::Stored;
pub use memory::Memory;
pub use objective::{CarriedOver, Grade, ObjectiveRow, Retirement, Stamp};
pub use overlay::{Overlay, Recall};
pub(crate) use packed::Packed;
pub use policy::PolicyRow;
pub(crate) use policy::{policy_in_force, policy_of};
pub use proposal::{Decision, Overtaking, ProposalRow, ProposalState};
pub use statement::Said;
pub(crate) use statement::SaidIn;
pub(crate) use subject::subject;
pub use subject::{Counters, KeyResultPlace, ObjectivePlace, RefRow, SubjectKind, SubjectRow};
pub use trail::{ByKind, BySubject, Effect, FieldChange, Happening, JsonText, TrailRow};
pub use unit::UnitRow;
pub use work::{BYTES_MAX, ROWS_MAX, Work};
pub use writes::{Writes, Written};

/// Why rows cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The store under the rows failed.
    #[error("the rows' storage failed: {0}")]
    Storage(String),
    /// A row is not what the fold wrote. Rows are disposable: rebuild them.
    #[error("a row is damaged ({0}); rebuild the views")]
    Damaged(String),
    /// The events that rows are folded from cannot be read: no rebuilding helps.
    #[error("the history cannot be read: {0}")]
    History(String),
    /// More was to be read than one entry may ask for. Nothing is wrong with the rows.
    #[error("more is to be read than one entry may ask for")]
    TooMuchWork,
}

/// What [`Rows::scan`] does with each row: its key, its bytes, and whether to go on.
pub type Each<'a> = dyn FnMut(&[u8], &[u8]) -> Result<bool, Error> + 'a;

/// Rows that can be read: as they are, or as they were.
pub trait Rows {
    /// The row under a key.
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, Error>;

    /// Hands over every row whose key begins with `prefix` and is not less than `from`, in the order of keys, until
    /// `each` answers false.
    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error>;

    /// Hands over the rows under these keys, which begin with `prefix` and rise, until `each` answers false. Where there is no
    /// row under a key it is passed over.
    fn pick(&self, prefix: &Key, keys: &[Key], each: &mut Each<'_>) -> Result<(), Error> {
        pick_by_scan(self, prefix, keys, each)
    }

    /// Does what [`Rows::scan`] does for a range that an entry goes through once at most, however long it is: of its work the
    /// rows are counted, but not their bytes. A cycle starts with all of its goals, and must be able to.
    fn skim(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        self.scan(prefix, from, each)
    }

    /// Counts bytes that are compared, where work is counted. Fails where there is too much of it for one entry.
    fn compare(&self, _bytes: usize) -> Result<(), Error> {
        Ok(())
    }
}

/// Does what [`Rows::pick`] does by going through all between the first and the last.
pub fn pick_by_scan<R: Rows + ?Sized>(rows: &R, prefix: &Key, keys: &[Key], each: &mut Each<'_>) -> Result<(), Error> {
    let Some(first) = keys.first() else { return Ok(()) };
    let mut keys = keys.iter().map(Key::as_bytes).peekable();
    rows.scan(prefix, first, &mut |key, bytes| {
        while keys.next_if(|one| *one < key).is_some() {}
        let goes_on = keys.next_if_eq(&key).is_none() || each(key, bytes)?;
        Ok(goes_on && keys.peek().is_some())
    })
}

/// Rows that can be written.
pub trait RowsMut: Rows {
    /// Writes the row an event leaves behind. Within one event the last write to a key stands.
    fn put(&mut self, seq: u64, key: Key, bytes: &[u8], memo: Memo) -> Result<(), Error>;
}

/// A kind of row.
pub trait Row: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The table it is kept in.
    const TABLE: Table;

    /// Its key.
    fn key(&self) -> Key;
}

/// The row under a key.
pub fn row<R: Row>(rows: &(impl Rows + ?Sized), key: &Key) -> Result<Option<R>, Error> {
    Ok(shared(rows, key)?.map(Arc::unwrap_or_clone))
}

/// The row under a key, to be looked at only: what is in memory is neither read anew nor copied.
pub fn shared<R: Row>(rows: &(impl Rows + ?Sized), key: &Key) -> Result<Option<Arc<R>>, Error> {
    rows.get(key)?.map(|found| found.row(rows, key.as_bytes())).transpose()
}

/// All rows whose key begins with `prefix`, in the order of keys.
pub fn all<R: Row>(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<R>, Error> {
    let mut found = Vec::new();
    rows.scan(prefix, prefix, &mut |key, bytes| {
        found.push(decode(rows, key, bytes)?);
        Ok(true)
    })?;
    Ok(found)
}

/// Up to `limit` rows whose key begins with `prefix` and is not less than `from`, in the order of keys.
pub fn some<R: Row>(rows: &(impl Rows + ?Sized), prefix: &Key, from: &Key, limit: usize) -> Result<Vec<R>, Error> {
    let mut found = Vec::new();
    rows.scan(prefix, from, &mut |key, bytes| {
        if found.len() < limit {
            found.push(decode(rows, key, bytes)?);
        }
        Ok(found.len() < limit)
    })?;
    Ok(found)
}

/// Writes a row that the event `seq` leaves behind.
pub fn put<R: Row>(rows: &mut (impl RowsMut + ?Sized), seq: u64, row: &R) -> Result<(), Error> {
    put_as(rows, seq, row.key(), row)
}

/// Writes a row that is put together from what it consists of, under its key.
pub(crate) fn put_as(
    rows: &mut (impl RowsMut + ?Sized),
    seq: u64,
    key: Key,
    row: &impl Serialize,
) -> Result<(), Error> {
    let bytes = long::encode(row)?.write_longs(rows, seq)?;
    rows.put(seq, key, &bytes, Memo::default())
}

/// Reads a row; its long values come from `rows`.
pub(crate) fn decode<R: Row>(rows: &(impl Rows + ?Sized), key: &[u8], bytes: &[u8]) -> Result<R, Error> {
    let damaged = |why: &dyn fmt::Display| Error::Damaged(format!("{:?} {}: {why}", R::TABLE, key.escape_ascii()));
    let stored = Stored::of(bytes).ok_or_else(|| damaged(&"its long values cannot be told"))?;
    stored.read(rows).map_err(|fault| match fault {
        Fault::Postcard(error) => damaged(&error),
        Fault::Rows(Error::Damaged(says)) => damaged(&says),
        Fault::Rows(error) => error,
    })
}
