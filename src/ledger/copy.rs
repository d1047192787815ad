//! Copies of ledgers: every entry as it is, with its numbers, times, actors and very bytes.
//!
//! A copy is JSON Lines. The first line says which ledger it is of; each further line is one entry:
//!
//! ```text
//! {"okr_ledger_copy":1,"ledger":"acme","title":"Acme","created_at":"2026-03-16T08:00:00Z","incarnation":"k3vxsa2b7z","earlier":[{"incarnation":"a7qfrstuvw","shared_to":174}]}
//! {"first_seq":1,"recorded_at":"2026-03-16T09:00:00Z","warnings":[],"events":[{…},{…}]}
//! ```
//!
//! `earlier` is left out where there is none, and both in copies from before there were incarnations.
//!
//! A copy is read twice: once to its end to see that it is whole ([`check_copy`]), and once to take it.

mod check;
mod lines;

use std::io::{BufRead, Write};

use events::{LedgerSlug, Moment};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use self::lines::Lines;
use super::{Error, Header, Ledger, Ledgers};
use crate::journal::{Earlier, Entry, Incarnation, Incarnations};
use crate::views::Progress;
use crate::writer::{self, Request};

pub use check::{CheckedCopy, CopyFaults, check_copy};
pub use lines::CopyFault;

/// The form of copies written here.
const FORM: u32 = 1;

/// Entries handed to the writer at a time, and about how many bytes of events in them: each chunk is one sync, and what is
/// in memory.
const CHUNK: usize = 500;
const CHUNK_BYTES: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstLine {
    okr_ledger_copy: u32,
    ledger: String,
    title: String,
    created_at: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    incarnation: Option<Incarnation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
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

impl Ledger {
    /// Writes a copy of the ledger as it stands now. Returns how many events it holds.
    pub fn export(&self, out: &mut impl Write, progress: &mut dyn Progress) -> Result<u64, ExportError> {
        self.whole()?;
        let header = self.header();
        let incarnations = self.incarnations();
        let first = FirstLine {
            okr_ledger_copy: FORM,
            ledger: self.slug().to_owned(),
            title: header.title.clone(),
            created_at: header.created_at,
            incarnation: Some(incarnations.incarnation),
            earlier: incarnations.earlier.clone(),
        };
        write_line(out, &first)?;
        let journal = &self.shared.journal;
        let all = journal.head(self.indexed.no).map_err(Error::from)?.seq;
        let mut done = 0;
        while done < all {
            let entry = journal.entry(self.indexed.no, done + 1).map_err(Error::from)?;
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

    /// Reads the entries of a copy up to event `last`, and tells up to which event they are the own ones of the ledger.
    fn begins(
        &self,
        copy: &mut Lines<impl BufRead>,
        last: u64,
        all: u64,
        progress: &mut dyn Progress,
    ) -> Result<u64, ImportError> {
        let mut seen = 0;
        while seen < last {
            progress.folded(seen, all);
            let Some(entry) = copy.entry(self.indexed.no)? else { break };
            let to = entry.last_seq();
            if self.shared.journal.entry(self.indexed.no, entry.first_seq).map_err(Error::from)? != Some(entry) {
                break;
            }
            seen = to;
        }
        Ok(seen)
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
    /// taking of it was cut short, it is gone on with; where it holds the whole of it there is nothing left to take.
    pub async fn import(
        &self,
        slug: &LedgerSlug,
        checked: &CheckedCopy,
        copy: impl BufRead,
        progress: &mut dyn Progress,
    ) -> Result<Ledger, ImportError> {
        let header = Header { copied: Some(checked.events), ..checked.header.clone() };
        // One that is made for the copy knows from the start what it comes from: until all is taken, nothing else is recorded.
        let incarnations = || checked.named(&Incarnations::first((self.shared.new_incarnation)()));
        let (info, _) = self.create_as(slug, &header, incarnations).await?;
        let ledger = self.ledger(slug.as_str())?;
        let mut lines = Lines::new(copy);
        lines.first()?;
        let (held, all) = (info.last_seq, checked.events);
        let same = if held > 0 { ledger.begins(&mut lines, held, all, progress)? } else { 0 };
        if same < held {
            let why = match same {
                0 => "a copy is taken into an empty one".to_owned(),
                _ => format!(
                    "up to event {same} they are the copy's, behind it they are others, which nothing can remove, so that the \
                     copy cannot be taken to its end there"
                ),
            };
            let says = format!("the ledger `{slug}` holds {held} events: {why}; name another (--ledger)");
            return Err(Error::invalid("", "not_empty", says).into());
        }
        let mut with_writer: Option<oneshot::Receiver<Result<u64, writer::Error>>> = None;
        loop {
            // The next entries are read while the writer takes those before them.
            let next = lines.chunk(ledger.indexed.no);
            if let Some(answer) = with_writer.take() {
                let done = answer.await.map_err(|_| super::gone())?.map_err(Error::from)?;
                progress.folded(done, all);
            }
            let entries: Vec<Entry> = next?;
            if entries.is_empty() {
                self.name(&ledger, checked).await?;
                return Ok(ledger);
            }
            let (reply, answer) = oneshot::channel();
            self.writer.submit(Request::Copy { entries, reply }).map_err(Error::from)?;
            with_writer = Some(answer);
        }
    }
}

impl Ledgers {
    /// Lets a ledger that was there before know the incarnations of the copy that it has taken.
    async fn name(&self, ledger: &Ledger, checked: &CheckedCopy) -> Result<(), Error> {
        let known = ledger.incarnations();
        let incarnations = checked.named(&known);
        if incarnations == *known {
            return Ok(());
        }
        self.ask(|reply| Request::Name { ledger: ledger.indexed.no, incarnations, reply }).await
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
