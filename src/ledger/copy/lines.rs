//! The lines of a copy, read one after the other.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use events::LedgerSlug;
use serde::Deserialize;

use super::{CHUNK, CHUNK_BYTES, EntryLine, FORM, FirstLine};
use crate::journal::{Entry, Incarnations, LedgerNo, Line};
use crate::ledger::Header;

/// What is wrong with a copy, and in which line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {says}")]
pub struct CopyFault {
    /// The line.
    pub line: usize,
    /// What is wrong with it.
    pub says: String,
}

/// No entry is longer: what is, is no copy, and is not read into memory to its end.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// No event is larger, with what the ledger stamped into it. Those of a copy were recorded elsewhere, perhaps by an earlier
/// version: they may be larger than what is recorded today.
const EVENT_BYTES_MAX: usize = 4 << 20;

pub(super) struct Lines<B> {
    copy: B,
    line: usize,
    text: String,
}

/// Of an event, what the journal keeps beside its bytes.
#[derive(Deserialize)]
struct Id<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

impl<B: BufRead> Lines<B> {
    pub(super) fn new(copy: B) -> Self {
        Lines { copy, line: 0, text: String::new() }
    }

    /// Reads the next line that is not blank; false at the end.
    pub(super) fn read(&mut self) -> Result<bool, CopyFault> {
        loop {
            self.line += 1;
            self.text.clear();
            match Read::take(&mut self.copy, LINE_BYTES_MAX).read_line(&mut self.text) {
                Ok(0) => return Ok(false),
                Ok(_) if self.text.len() as u64 == LINE_BYTES_MAX => {
                    return Err(self.fault("it is longer than 64 MiB: no entry of a ledger is"));
                }
                Ok(_) if self.text.trim().is_empty() => {}
                Ok(_) => return Ok(true),
                Err(error) => return Err(self.fault(error.to_string())),
            }
        }
    }

    /// Something that is wrong with the line that was read last.
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
            return Err(self.fault(format!("the copy is of form {}; this program reads {FORM}", first.okr_ledger_copy)));
        }
        let slug = LedgerSlug::new(first.ledger).map_err(|wrong| self.fault(wrong))?;
        let incarnations = match (first.incarnation, first.earlier) {
            (Some(incarnation), earlier) => Some(Incarnations { incarnation, earlier }),
            (None, earlier) if earlier.is_empty() => None,
            (None, _) => return Err(self.fault("it names earlier incarnations and not its own")),
        };
        Ok((slug, Header::new(first.title, first.created_at), incarnations))
    }

    /// The line that was read last, as an entry.
    pub(super) fn parsed(&self) -> Result<EntryLine<'_>, CopyFault> {
        let entry: EntryLine<'_> = serde_json::from_str(&self.text).map_err(|error| self.fault(error.to_string()))?;
        if entry.events.is_empty() {
            return Err(self.fault("an entry holds at least one event"));
        }
        let bytes = entry.events.iter().map(|event| event.get().len()).max().unwrap_or_default();
        if bytes > EVENT_BYTES_MAX {
            return Err(self.fault(format!("an event has {bytes} bytes, and none of a ledger has more than 4 MiB")));
        }
        Ok(entry)
    }

    /// Reads the next entry as the journal keeps it. Its events are not looked into: that was done when the copy was
    /// checked.
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

    /// Reads as many entries as are taken at a time; none at the end.
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
