//! Keys of rows.

use smallvec::{SmallVec, smallvec};

/// Which rows a key belongs to: its first byte. Lower-case tables hold what stands, upper-case ones are logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Table {
    /// How many refs were given.
    Counters = b'n',
    /// The policy in force.
    Policy = b'p',
    /// Teams.
    Team = b't',
    /// Cycles.
    Cycle = b'c',
    /// Themes.
    Theme = b'h',
    /// What each id names.
    Subject = b's',
    /// The id behind each ref.
    Ref = b'r',
    /// Objectives.
    Objective = b'o',
    /// Key results.
    KeyResult = b'k',
    /// What the check-ins of key results say last.
    Latest = b'l',
    /// Changes that were proposed.
    Proposal = b'a',
    /// How many objectives each owner-unit has.
    Unit = b'u',
    /// Check-ins that were corrected, as they stand since.
    Corrected = b'e',
    /// Long values of rows, by their hashes.
    Long = b'x',
    /// Check-ins and corrections.
    CheckIn = b'I',
    /// Changes of goals.
    Trail = b'T',
    /// The events of each cycle.
    Happening = b'H',
    /// Retrospectives.
    Retrospective = b'R',
    /// The events about each subject.
    BySubject = b'S',
    /// The events of each type.
    ByKind = b'K',
    /// Reports to a board.
    BoardReport = b'B',
    /// Closings of cycles.
    Closing = b'C',
    /// Reopenings of cycles.
    Reopening = b'O',
    /// Every policy that was adopted.
    Adopted = b'P',
    /// Check-ins and proposals by the ids of their events ([`id_named_by`](super::id_named_by)).
    ById = b'E',
}

impl Table {
    /// Whether rows under a key that begins with this byte are written once and never change.
    pub fn is_log(first: u8) -> bool {
        first.is_ascii_uppercase()
    }

    /// The log whose lines carry the rows of a table, where there is one: no versions of them are kept beside it. Keys differ
    /// in their first byte alone, and in the seq of the line.
    pub fn told_by(first: u8) -> Option<Table> {
        (first == Table::Latest as u8).then_some(Table::CheckIn)
    }

    /// The table whose rows are carried by the lines of a log.
    pub fn tells_of(first: u8) -> Option<Table> {
        (first == Table::CheckIn as u8).then_some(Table::Latest)
    }

    /// Whether a row under a key that begins with this byte says the same whenever it was written, so that no versions of it are
    /// kept: one that is there now is there for every moment that speaks of it.
    pub fn is_timeless(first: u8) -> bool {
        first == Table::Long as u8
    }

    /// Whether the fold looks for ranges of the rows under keys that begin with this byte: for the key results of an
    /// objective, the proposals of a goal, all that a log says of one thing. Of the others it asks for one at a time.
    pub fn is_ranged(first: u8) -> bool {
        let ranged = [Table::KeyResult, Table::Latest, Table::Proposal];
        Table::is_log(first) || ranged.iter().any(|table| first == *table as u8)
    }
}

/// A row's key, or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(SmallVec<[u8; ROOM]>);

/// The bytes of a key that lie in place; most keys are shorter.
const ROOM: usize = 56;

impl Key {
    /// The beginning of every key of a table.
    #[inline]
    pub fn of(table: Table) -> Self {
        Key(smallvec![table as u8])
    }

    /// The same parts in another table.
    #[must_use]
    pub fn in_table(&self, table: Table) -> Self {
        let mut key = self.clone();
        if let Some(first) = key.0.first_mut() {
            *first = table as u8;
        }
        key
    }

    /// With a text and the zero byte that ends it; ids hold none.
    #[must_use]
    #[inline]
    pub fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        self
    }

    /// With a ref's number.
    #[must_use]
    #[inline]
    pub fn number(mut self, number: u32) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// With one byte.
    #[must_use]
    #[inline]
    pub fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    /// With the seq of an event.
    #[must_use]
    #[inline]
    pub fn seq(mut self, seq: u64) -> Self {
        self.0.extend_from_slice(&seq.to_be_bytes());
        self
    }

    /// The key's bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether its rows are written once and never change.
    #[inline]
    pub fn is_log(&self) -> bool {
        self.0.first().is_some_and(|first| Table::is_log(*first))
    }

    /// The seq a log row's key ends with.
    pub fn seq_of_log(key: &[u8]) -> Option<u64> {
        let (first, rest) = key.split_first()?;
        let tail = rest.last_chunk::<8>()?;
        Table::is_log(*first).then(|| u64::from_be_bytes(*tail))
    }
}

impl AsRef<[u8]> for Key {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for Key {
    #[inline]
    fn from(bytes: &[u8]) -> Self {
        Key(SmallVec::from_slice(bytes))
    }
}
