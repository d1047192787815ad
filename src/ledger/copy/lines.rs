//! Reads a copy line by line.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use events::LedgerSlug;
use serde::Deserialize;

use super::{CHUNK, CHUNK_BYTES, EntryLine, FORM, FirstLine};
use crate::journal::{Entry, Incarnations, LedgerNo, Line};
use crate::ledger::Header;

/// A fault of a copy, with its line counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {says}")]
pub struct CopyFault {
    /// The line number, from 1.
    pub line: usize,
    /// A description of the fault.
    pub says: String,
}

/// Maximum length of a line. No entry is longer, so a longer line is not part of a copy, and it is not read into
/// memory.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// Maximum size of an event, including the fields the ledger adds. The events of a copy were recorded elsewhere,
/// perhaps by an earlier version, so they may exceed today's limit for recording.
const EVENT_BYTES_MAX: usize = 4 << 20;

pub(super) struct Lines<B> {
    copy: B,
    line: usize,
    text: String,
}

/// The part of an event that the journal stores in addition to its bytes.
#[derive(Deserialize)]
struct Id<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

impl<B: BufRead> Lines<B> {
    pub(super) fn new(copy: B) -> Self {
        Lines { copy, line: 0, text: String::new() }
    }

    /// Reads the next line that is not blank. Returns false at the end.
    pub(super) fn read(&mut self) -> Result<bool, CopyFault> {
        loop {
            self.line += 1;
            self.text.clear();
            match Read::take(&mut self.copy, LINE_BYTES_MAX).read_line(&mut self.text) {
                Ok(0) => return Ok(false),
                Ok(_) if self.text.len() as u64 == LINE_BYTES_MAX => {
                    return Err(self.fault("it is longer than 64 MiB, the maximum for an entry"));
                }
                Ok(_) if self.text.trim().is_empty() => {}
                Ok(_) => return Ok(true),
                Err(error) => return Err(self.fault(error.to_string())),
            }
        }
    }

    /// Returns a fault of the last line read.
    pub(super) fn fault(&self, says: impl Into<String>) -> CopyFault {
        CopyFault { line: self.line, says: says.into() }
    }

    /// Reads the first line.
    pub(super) fn first(&mut self) -> Result<(LedgerSlug, Header, Option<Incarnations>), CopyFault> {
        if !self.read()? {
            return Err(self.fault("the copy is empty"));
        }
        let first: FirstLine = serde_json::from_str(&self.text)
            .map_err(|error| self.fault(format!("it is not the first line of a ledger's copy: {error}")))?;
        if first.okr_ledger_copy != FORM {
            return Err(self.fault(format!(
                "the copy has format {}, but this program reads format {FORM}",
                first.okr_ledger_copy
            )));
        }
        let slug = LedgerSlug::new(first.ledger).map_err(|wrong| self.fault(wrong))?;
        let incarnations = match (first.incarnation, first.earlier) {
            (Some(incarnation), earlier) => Some(Incarnations { incarnation, earlier }),
            (None, earlier) if earlier.is_empty() => None,
            (None, _) => return Err(self.fault("it names earlier incarnations but not its own")),
        };
        Ok((slug, Header::new(first.title, first.created_at), incarnations))
    }

    /// Parses the last line read as an entry.
    pub(super) fn parsed(&self) -> Result<EntryLine<'_>, CopyFault> {
        let entry: EntryLine<'_> = serde_json::from_str(&self.text).map_err(|error| self.fault(error.to_string()))?;
        if entry.events.is_empty() {
            return Err(self.fault("an entry contains at least one event"));
        }
        let bytes = entry.events.iter().map(|event| event.get().len()).max().unwrap_or_default();
        if bytes > EVENT_BYTES_MAX {
            return Err(self.fault(format!("an event has {bytes} bytes, more than the maximum of 4 MiB")));
        }
        Ok(entry)
    }

    /// Reads the next entry in the journal's form. The events were validated when the copy was checked, so they are not
    /// decoded again.
    pub(super) fn entry(&mut self, ledger: LedgerNo) -> Result<Option<Entry>, CopyFault> {
        if !self.read()? {
            return Ok(None);
        }
        let entry = self.parsed()?;
        let mut lines = Vec::with_capacity(entry.events.len());
        for event in entry.events {
            let Id { id } = serde_json::from_str(event.get()).map_err(|error| self.fault(error.to_string()))?;
            lines.push(Line { id: id.into_owned(), bytes: event.get().as_bytes().to_vec() });
        }
        Ok(Some(Entry {
            ledger,
            first_seq: entry.first_seq,
            recorded_at: entry.recorded_at.utc(),
            note: entry.warnings.get().as_bytes().to_vec(),
            lines,
        }))
    }

    /// Reads the entries of one chunk; none at the end.
    pub(super) fn chunk(&mut self, ledger: LedgerNo) -> Result<Vec<Entry>, CopyFault> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while entries.len() < CHUNK
            && bytes < CHUNK_BYTES
            && let Some(entry) = self.entry(ledger)?
        {
            bytes += entry.lines.iter().map(|line| line.bytes.len()).sum::<usize>();
            entries.push(entry);
        }
        Ok(entries)
    }
}
