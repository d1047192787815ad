//! Keys of rows.

use smallvec::{SmallVec, smallvec};

/// The table of a key, stored as its first byte. Lower-case bytes are tables of current rows, upper-case bytes are
/// logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Table {
    /// The last ref numbers assigned.
    Counters = b'n',
    /// The policy in force.
    Policy = b'p',
    /// Teams of the ledger.
    Team = b't',
    /// Cycles with their state.
    Cycle = b'c',
    /// Themes of cycles.
    Theme = b'h',
    /// The subject behind each id.
    Subject = b's',
    /// The id behind each ref.
    Ref = b'r',
    /// Objectives with their current fields.
    Objective = b'o',
    /// Key results with their agreed fields.
    KeyResult = b'k',
    /// The latest check-in values of key results.
    Latest = b'l',
    /// Proposed changes to goals.
    Proposal = b'a',
    /// The number of active objectives of each owner unit.
    Unit = b'u',
    /// Corrected check-ins, corrections applied.
    Corrected = b'e',
    /// Long values of rows, by hash.
    Long = b'x',
    /// Check-ins and corrections.
    CheckIn = b'I',
    /// Changes to goals and cycles.
    Trail = b'T',
    /// The events of each cycle.
    Happening = b'H',
    /// Retrospectives by subject.
    Retrospective = b'R',
    /// The events about each subject.
    BySubject = b'S',
    /// The events of each type.
    ByKind = b'K',
    /// Board reports by cycle.
    BoardReport = b'B',
    /// Closings of cycles.
    Closing = b'C',
    /// Reopenings of cycles.
    Reopening = b'O',
    /// Every adopted policy.
    Adopted = b'P',
    /// Check-ins and proposals by event id ([`id_named_by`](super::id_named_by)).
    ById = b'E',
}

impl Table {
    /// Returns true if keys with this first byte belong to a log, whose rows are written once and never change.
    pub fn is_log(first: u8) -> bool {
        first.is_ascii_uppercase()
    }

    /// Returns the log whose rows embed the rows of a table, if there is one; such a table needs no stored versions.
    /// The keys differ only in the first byte and the log row's seq.
    pub fn told_by(first: u8) -> Option<Table> {
        (first == Table::Latest as u8).then_some(Table::CheckIn)
    }

    /// Returns the table whose rows the rows of a log embed.
    pub fn tells_of(first: u8) -> Option<Table> {
        (first == Table::CheckIn as u8).then_some(Table::Latest)
    }

    /// Returns true if rows with this first byte never differ between versions, so that no versions are stored: a row
    /// that exists now is valid for every past seq that refers to it.
    pub fn is_timeless(first: u8) -> bool {
        first == Table::Long as u8
    }

    /// Returns true if the fold scans ranges of this table: the key results of an objective, the proposals about a
    /// goal, and every log. Rows of other tables are read one at a time.
    pub fn is_ranged(first: u8) -> bool {
        let ranged = [Table::KeyResult, Table::Latest, Table::Proposal];
        Table::is_log(first) || ranged.iter().any(|table| first == *table as u8)
    }
}

/// A row's key, or a key prefix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(SmallVec<[u8; INLINE_BYTES]>);

/// Key bytes stored inline; most keys are shorter.
const INLINE_BYTES: usize = 56;

impl Key {
    /// Returns the prefix of all keys of a table.
    #[inline]
    pub fn of(table: Table) -> Self {
        Key(smallvec![table as u8])
    }

    /// Returns the same key in another table.
    #[must_use]
    pub fn in_table(&self, table: Table) -> Self {
        let mut key = self.clone();
        if let Some(first) = key.0.first_mut() {
            *first = table as u8;
        }
        key
    }

    /// Appends a text and a terminating zero byte; ids contain no zero byte.
    #[must_use]
    #[inline]
    pub fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        self
    }

    /// Appends the number of a ref, big-endian.
    #[must_use]
    #[inline]
    pub fn number(mut self, number: u32) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Appends one byte.
    #[must_use]
    #[inline]
    pub fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    /// Appends the seq of an event, big-endian.
    #[must_use]
    #[inline]
    pub fn seq(mut self, seq: u64) -> Self {
        self.0.extend_from_slice(&seq.to_be_bytes());
        self
    }

    /// Returns the encoded key.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns true if the key belongs to a log table.
    #[inline]
    pub fn is_log(&self) -> bool {
        self.0.first().is_some_and(|first| Table::is_log(*first))
    }

    /// Returns the seq at the end of a log row's key; `None` for other keys.
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
