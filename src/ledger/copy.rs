//! Copies of ledgers: every entry as it is, with its numbers, times, actors and very bytes.
//!
//! A copy is JSON Lines. The first line says which ledger it is of; each further line is one entry:
//!
//! ```text
//! {"okr_ledger_copy":1,"ledger":"acme","title":"Acme","created_at":"2026-03-16T08:00:00Z"}
//! {"first_seq":1,"recorded_at":"2026-03-16T09:00:00Z","warnings":[],"events":[{…},{…}]}
//! ```

use std::io::{BufRead, Write};

use events::{LedgerSlug, Moment, Recorded};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::{Error, Header, Ledger, Ledgers};
use crate::journal::{Entry, LedgerNo, Line};
use crate::views::Progress;
use crate::writer::Request;

/// The form of copies written here.
const FORM: u32 = 1;

/// Entries handed to the writer at a time.
const CHUNK: usize = 500;

/// What is wrong with a copy, and in which line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {says}")]
pub struct CopyFault {
    /// The line.
    pub line: usize,
    /// What is wrong with it.
    pub says: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstLine {
    okr_ledger_copy: u32,
    ledger: String,
    title: String,
    created_at: Moment,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryLine<'a> {
    first_seq: u64,
    recorded_at: Moment,
    #[serde(borrow)]
    warnings: &'a RawValue,
    #[serde(borrow)]
    events: Vec<&'a RawValue>,
}

/// A copy that was read to its end and found whole.
#[derive(Debug)]
pub struct CheckedCopy {
    /// The slug of the ledger it is of.
    pub ledger: LedgerSlug,
    /// What the ledger's maker said of it.
    pub header: Header,
    /// How many events it holds.
    pub events: u64,
    /// How many entries it holds.
    pub entries: u64,
    /// When the last of them was recorded.
    pub recorded_at: Option<Moment>,
}

/// Reads a copy to its end and makes sure that it can be taken: dense numbers, increasing times, events that can be read
/// and that agree with their entry, no id twice. Nothing is recorded.
pub fn check_copy(copy: impl BufRead) -> Result<CheckedCopy, CopyFault> {
    let mut lines = Lines::new(copy);
    let (ledger, header) = lines.first()?;
    let mut checked = CheckedCopy { ledger, header, events: 0, entries: 0, recorded_at: None };
    let mut ids = std::collections::BTreeSet::new();
    while let Some(entry) = lines.entry(0)? {
        let fault = |says: String| CopyFault { line: lines.line, says };
        if entry.first_seq != checked.events + 1 {
            return Err(fault(format!(
                "event {} is wanted, the entry begins with {}",
                checked.events + 1,
                entry.first_seq
            )));
        }
        let recorded_at = Moment::from(entry.recorded_at);
        if checked.recorded_at.is_some_and(|last| last >= recorded_at) {
            return Err(fault(format!("it was recorded at {recorded_at}, not later than the entry before")));
        }
        for (n, line) in entry.lines.iter().enumerate() {
            let event = Recorded::decode(&line.bytes).map_err(|error| fault(error.to_string()))?;
            if event.seq != entry.first_seq + n as u64 || event.recorded_at != recorded_at {
                return Err(fault(format!("the event `{}` does not bear the number and time of its place", event.id)));
            }
            if !ids.insert(line.id.clone()) {
                return Err(fault(format!("the id `{}` stands in the copy twice", line.id)));
            }
        }
        checked.recorded_at = Some(recorded_at);
        checked.events += entry.lines.len() as u64;
        checked.entries += 1;
    }
    Ok(checked)
}

impl Ledger {
    /// Writes a copy of the ledger as it stands now. Returns how many events it holds.
    pub fn export(&self, out: &mut impl Write, progress: &mut dyn Progress) -> Result<u64, ExportError> {
        let header = self.header();
        let first = FirstLine {
            okr_ledger_copy: FORM,
            ledger: self.slug().to_owned(),
            title: header.title.clone(),
            created_at: header.created_at,
        };
        write_line(out, &first)?;
        let journal = &self.shared.journal;
        let all = journal.head(self.shelved.no).map_err(Error::from)?.seq;
        let mut done = 0;
        while done < all {
            let entry = journal.entry(self.shelved.no, done + 1).map_err(Error::from)?;
            let entry = entry.ok_or_else(|| Error::Damaged(format!("there is no entry for event {}", done + 1)))?;
            let raw = |bytes: &[u8]| -> Result<Box<RawValue>, Error> {
                serde_json::from_slice(bytes)
                    .map_err(|error| Error::Damaged(format!("entry {}: {error}", entry.first_seq)))
            };
            let events = entry.lines.iter().map(|line| raw(&line.bytes)).collect::<Result<Vec<_>, _>>()?;
            let warnings = raw(&entry.note)?;
            write_line(
                out,
                &EntryLine {
                    first_seq: entry.first_seq,
                    recorded_at: Moment::from(entry.recorded_at),
                    warnings: &warnings,
                    events: events.iter().map(AsRef::as_ref).collect(),
                },
            )?;
            done = entry.last_seq();
            progress.folded(done, all);
        }
        out.flush().map_err(ExportError::Write)?;
        Ok(done)
    }

    /// Reads the copy's entries up to event `last`, and tells whether they are the ledger's own.
    fn begins(&self, copy: &mut Lines<impl BufRead>, last: u64) -> Result<bool, ImportError> {
        let mut seen = 0;
        while seen < last {
            let Some(entry) = copy.entry(self.shelved.no)? else { return Ok(false) };
            seen = entry.last_seq();
            if self.shared.journal.entry(self.shelved.no, entry.first_seq).map_err(Error::from)? != Some(entry) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Why a copy could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// The copy could not be written.
    #[error("the copy cannot be written: {0}")]
    Write(#[source] std::io::Error),
}

/// Why a copy could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The copy is not whole.
    #[error(transparent)]
    Copy(#[from] CopyFault),
    /// The ledger cannot take it.
    #[error(transparent)]
    Ledger(#[from] Error),
}

impl Ledgers {
    /// Takes a copy that was checked into a ledger that is empty, or is not there yet: under the copy's own name, or
    /// another. `copy` is read again from its start. Where the ledger holds the beginning of this very copy, because the
    /// taking of it was cut short, it is gone on with.
    pub async fn import(
        &self,
        slug: &LedgerSlug,
        checked: &CheckedCopy,
        copy: impl BufRead,
        progress: &mut dyn Progress,
    ) -> Result<Ledger, ImportError> {
        let (info, _) = self.create(slug, &checked.header).await?;
        let ledger = self.ledger(slug.as_str())?;
        let mut lines = Lines::new(copy);
        lines.first()?;
        if info.last_seq > 0 && !(info.last_seq < checked.events && ledger.begins(&mut lines, info.last_seq)?) {
            let says = format!("the ledger `{slug}` holds {} events: a copy is taken into an empty one", info.last_seq);
            return Err(Error::invalid("", "not_empty", says).into());
        }
        let mut chunk = Vec::with_capacity(CHUNK);
        loop {
            let entry = lines.entry(ledger.shelved.no)?;
            let is_last = entry.is_none();
            chunk.extend(entry);
            if chunk.len() == CHUNK || (is_last && !chunk.is_empty()) {
                let (reply, answer) = oneshot::channel();
                let request = Request::Copy { entries: std::mem::take(&mut chunk), reply };
                self.writer.submit_patiently(request).await.map_err(Error::from)?;
                let done = answer.await.map_err(|_| super::gone())?.map_err(Error::from)?;
                progress.folded(done, checked.events);
            }
            if is_last {
                return Ok(ledger);
            }
        }
    }
}

struct Lines<B> {
    copy: B,
    line: usize,
    text: String,
}

impl<B: BufRead> Lines<B> {
    fn new(copy: B) -> Self {
        Lines { copy, line: 0, text: String::new() }
    }

    /// Reads the next line that is not blank; false at the end.
    fn read(&mut self) -> Result<bool, CopyFault> {
        loop {
            self.line += 1;
            self.text.clear();
            match self.copy.read_line(&mut self.text) {
                Ok(0) => return Ok(false),
                Ok(_) if self.text.trim().is_empty() => {}
                Ok(_) => return Ok(true),
                Err(error) => return Err(self.fault(error.to_string())),
            }
        }
    }

    fn fault(&self, says: String) -> CopyFault {
        CopyFault { line: self.line, says }
    }

    fn first(&mut self) -> Result<(LedgerSlug, Header), CopyFault> {
        if !self.read()? {
            return Err(self.fault("the copy is empty".into()));
        }
        let first: FirstLine = serde_json::from_str(&self.text)
            .map_err(|error| self.fault(format!("it is not the first line of a ledger's copy: {error}")))?;
        if first.okr_ledger_copy != FORM {
            return Err(self.fault(format!("the copy is of form {}; this program reads {FORM}", first.okr_ledger_copy)));
        }
        let slug = LedgerSlug::new(first.ledger).map_err(|wrong| self.fault(wrong))?;
        Ok((slug, Header { title: first.title, created_at: first.created_at }))
    }

    fn entry(&mut self, ledger: LedgerNo) -> Result<Option<Entry>, CopyFault> {
        if !self.read()? {
            return Ok(None);
        }
        let fault = |says: String| CopyFault { line: self.line, says };
        let entry: EntryLine<'_> = serde_json::from_str(&self.text).map_err(|error| fault(error.to_string()))?;
        if entry.events.is_empty() {
            return Err(fault("an entry holds at least one event".into()));
        }
        let mut lines = Vec::with_capacity(entry.events.len());
        for event in entry.events {
            let bytes = event.get().as_bytes().to_vec();
            let id = Recorded::decode(&bytes).map_err(|error| fault(error.to_string()))?.id.to_string();
            lines.push(Line { id, bytes });
        }
        Ok(Some(Entry {
            ledger,
            first_seq: entry.first_seq,
            recorded_at: entry.recorded_at.utc(),
            note: entry.warnings.get().as_bytes().to_vec(),
            lines,
        }))
    }
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> Result<(), ExportError> {
    let write = |out: &mut dyn Write| -> std::io::Result<()> {
        let text = serde_json::to_vec(line)?;
        out.write_all(&text)?;
        out.write_all(b"\n")
    };
    write(out).map_err(ExportError::Write)
}

#[cfg(test)]
mod tests;
