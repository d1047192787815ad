//! Rows: the state folded from events, and the layout of its keys.
//!
//! A row is bytes under a key. The first byte of the key names the row's [`Table`]; the other parts are ordered so that
//! related rows are adjacent:
//!
//! ```text
//! counters     n
//! policy       p
//! team         t  id 0
//! cycle        c  id 0
//! theme        h  cycle 0  id 0
//! subject      s  id 0                                            kind and location of an id's subject; immutable
//! ref          r  'O'|'K'  number                                 the id behind a ref; immutable
//! objective    o  cycle 0  objective-number
//! key result   k  cycle 0  objective-number  key-result-number       agreed fields
//! latest       l  cycle 0  objective-number  key-result-number       latest check-in values
//! proposal     a  cycle 0  objective-number  key-result-number  seq  a proposed change; 0 is the objective itself
//! unit         u  cycle 0  level  team-or-person 0                   number of its active objectives
//! corrected    e  cycle 0  objective-number  key-result-number  seq  a corrected check-in, corrections applied
//! long         x  hash                                            a long value of rows ([`long`]); immutable
//! ── log tables: a row is written once; its key ends with the seq of the event that wrote it ──
//! check-in     I  cycle 0  objective-number  key-result-number  seq
//! trail        T  cycle 0  seq
//! happening    H  cycle 0  seq                                    the events of a cycle
//! retrospect   R  subject 0  seq
//! by subject   S  subject 0  seq                                  the events about a subject, except check-ins
//! by kind      K  type 0  seq                                     the events of a type, except check-ins
//! board report B  cycle 0  seq
//! closing      C  cycle 0  seq
//! reopening    O  cycle 0  seq
//! adopted      P  seq                                             every adopted policy, complete
//! by id        E  event-id 0  seq                                 check-ins and proposals; a journal has its own index
//! ```
//!
//! Numbers are big-endian: 4 bytes for the number of a ref, 8 for a seq. Rows of log tables never change, so their
//! state as of a seq is the rows whose keys end with that seq or a lower one. Of the other tables, a store that answers
//! about the past keeps every version, except where the rows of a log embed them ([`Table::told_by`]).

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
pub(crate) use statement::StatementStored;
pub(crate) use subject::subject;
pub use subject::{Counters, KeyResultPlace, ObjectivePlace, RefRow, SubjectKind, SubjectRow};
pub use trail::{ByKind, BySubject, Effect, FieldChange, Happening, JsonText, TrailRow};
pub use unit::UnitRow;
pub use work::{BYTES_MAX, ROWS_MAX, Work};
pub use writes::{Writes, Written};

/// Reasons why rows cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The store beneath the rows failed.
    #[error("the store of the views failed: {0}")]
    Storage(String),
    /// A row does not decode. Rows are derived from the journal: rebuild them.
    #[error("a row is damaged ({0}); rebuild the views")]
    Damaged(String),
    /// The journal's events cannot be read, so rebuilding does not help.
    #[error("the history cannot be read: {0}")]
    History(String),
    /// The entry needs more work than one entry may cost. The rows are intact.
    #[error("the entry needs more work than one entry may cost")]
    TooMuchWork,
}

/// Callback of [`Rows::scan`]: receives a row's key and bytes, and returns whether to continue.
pub type Each<'a> = dyn FnMut(&[u8], &[u8]) -> Result<bool, Error> + 'a;

/// Readable rows: the current ones, or those as of a past seq.
pub trait Rows {
    /// Returns the row under a key.
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, Error>;

    /// Visits every row whose key starts with `prefix` and is not less than `from`, in key order, until `each` returns
    /// false.
    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error>;

    /// Visits the rows under `keys`, which are ascending and start with `prefix`, until `each` returns false. Missing
    /// keys are skipped.
    fn pick(&self, prefix: &Key, keys: &[Key], each: &mut Each<'_>) -> Result<(), Error> {
        pick_by_scan(self, prefix, keys, each)
    }

    /// Like [`Rows::scan`], for a range that an entry reads at most once, whatever its length. Only its rows count as
    /// work, not their bytes: otherwise a cycle with very many goals could not be started.
    fn skim(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), Error> {
        self.scan(prefix, from, each)
    }

    /// Adds compared bytes to the work of the entry, where work is counted. Fails once the entry exceeds its limit.
    fn compare(&self, _bytes: usize) -> Result<(), Error> {
        Ok(())
    }
}

/// Implements [`Rows::pick`] by scanning from the first key to the last.
pub fn pick_by_scan<R: Rows + ?Sized>(rows: &R, prefix: &Key, keys: &[Key], each: &mut Each<'_>) -> Result<(), Error> {
    let Some(first) = keys.first() else { return Ok(()) };
    let mut keys = keys.iter().map(Key::as_bytes).peekable();
    rows.scan(prefix, first, &mut |key, bytes| {
        while keys.next_if(|one| *one < key).is_some() {}
        let goes_on = keys.next_if_eq(&key).is_none() || each(key, bytes)?;
        Ok(goes_on && keys.peek().is_some())
    })
}

/// Writable rows.
pub trait RowsMut: Rows {
    /// Writes a row for the event `seq`. If one event writes a key twice, the last write wins.
    fn put(&mut self, seq: u64, key: Key, bytes: &[u8], memo: Memo) -> Result<(), Error>;
}

/// A row type: one table's rows, encoded with serde.
pub trait Row: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The table that stores rows of this type.
    const TABLE: Table;

    /// Returns the key of this row.
    fn key(&self) -> Key;
}

/// Reads the row under a key.
pub fn row<R: Row>(rows: &(impl Rows + ?Sized), key: &Key) -> Result<Option<R>, Error> {
    Ok(shared(rows, key)?.map(Arc::unwrap_or_clone))
}

/// Reads the row under a key without copying it: a row decoded earlier is shared from memory.
pub fn shared<R: Row>(rows: &(impl Rows + ?Sized), key: &Key) -> Result<Option<Arc<R>>, Error> {
    rows.get(key)?.map(|found| found.row(rows, key.as_bytes())).transpose()
}

/// Reads all rows whose key starts with `prefix`, in key order.
pub fn all<R: Row>(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<R>, Error> {
    let mut found = Vec::new();
    rows.scan(prefix, prefix, &mut |key, bytes| {
        found.push(decode(rows, key, bytes)?);
        Ok(true)
    })?;
    Ok(found)
}

/// Reads up to `limit` rows whose key starts with `prefix` and is not less than `from`, in key order.
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

/// Writes a row for the event `seq`.
pub fn put<R: Row>(rows: &mut (impl RowsMut + ?Sized), seq: u64, row: &R) -> Result<(), Error> {
    put_as(rows, seq, row.key(), row)
}

/// Writes a row under `key` from a borrowed form that encodes like the row itself.
pub(crate) fn put_as(
    rows: &mut (impl RowsMut + ?Sized),
    seq: u64,
    key: Key,
    row: &impl Serialize,
) -> Result<(), Error> {
    let bytes = long::encode(row)?.write_longs(rows, seq)?;
    rows.put(seq, key, &bytes, Memo::default())
}

/// Decodes a row; its long values are read from `rows`.
pub(crate) fn decode<R: Row>(rows: &(impl Rows + ?Sized), key: &[u8], bytes: &[u8]) -> Result<R, Error> {
    let damaged = |why: &dyn fmt::Display| Error::Damaged(format!("{:?} {}: {why}", R::TABLE, key.escape_ascii()));
    let stored = Stored::of(bytes).ok_or_else(|| damaged(&"its list of long values is unreadable"))?;
    stored.read(rows).map_err(|fault| match fault {
        Fault::Postcard(error) => damaged(&error),
        Fault::Rows(Error::Damaged(says)) => damaged(&says),
        Fault::Rows(error) => error,
    })
}
