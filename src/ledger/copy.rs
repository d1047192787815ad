//! Copies of ledgers: every entry unchanged, with its numbers, times, actors and exact bytes.
//!
//! A copy is JSON Lines. The first line describes the ledger; each further line is one entry:
//!
//! ```text
//! {"okr_ledger_copy":1,"ledger":"acme","title":"Acme","created_at":"2026-03-16T08:00:00Z","incarnation":"k3vxsa2b7z","earlier":[{"incarnation":"a7qfrstuvw","shared_to":174}]}
//! {"first_seq":1,"recorded_at":"2026-03-16T09:00:00Z","warnings":[],"events":[{…},{…}]}
//! ```
//!
//! `earlier` is omitted if empty. Copies from before incarnations existed have neither field.
//!
//! A copy is read twice: once to check that it is complete and valid ([`check_copy`]), and once to import it.

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

/// The format version of copies.
const FORM: u32 = 1;

/// Size of a chunk submitted to the writer, in entries and in about as many bytes of events. Each chunk costs one sync
/// and is held in memory.
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
    /// Writes a copy of the ledger as it is now. Returns the number of events.
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

    /// Reads the copy up to event `last`, and returns the last event up to which it equals the ledger.
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

/// The reason why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// The copy could not be written.
    #[error("cannot write the copy: {0}")]
    Write(#[source] std::io::Error),
}

/// The reason why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The copy is incomplete or damaged.
    #[error(transparent)]
    Copy(#[from] CopyFault),
    /// The ledger cannot import the copy.
    #[error(transparent)]
    Ledger(#[from] Error),
}

impl Ledgers {
    /// Imports a checked copy into a ledger that is empty or does not exist yet, under the copy's own slug or another.
    /// `copy` is read again from its start. An import that was interrupted is resumed; a complete one is left
    /// unchanged.
    pub async fn import(
        &self,
        slug: &LedgerSlug,
        checked: &CheckedCopy,
        copy: impl BufRead,
        progress: &mut dyn Progress,
    ) -> Result<Ledger, ImportError> {
        let header = Header { copied: Some(checked.events), ..checked.header.clone() };
        // A ledger created for the copy has its incarnations from the start: nothing else is recorded until the import
        // is complete.
        let incarnations = || checked.named(&Incarnations::first((self.shared.new_incarnation)()));
        let (info, _) = self.create_as(slug, &header, incarnations).await?;
        let ledger = self.ledger(slug.as_str())?;
        let mut lines = Lines::new(copy);
        lines.first()?;
        let (held, all) = (info.last_seq, checked.events);
        let same = if held > 0 { ledger.begins(&mut lines, held, all, progress)? } else { 0 };
        if same < held {
            let why = match same {
                0 => "a copy can only be imported into an empty ledger".to_owned(),
                _ => format!(
                    "events up to {same} are those of the copy, but later ones differ and cannot be removed, so the \
                     copy cannot be completed there"
                ),
            };
            let says = format!("the ledger `{slug}` holds {held} events: {why}; name another ledger with --ledger");
            return Err(Error::invalid("", "not_empty", says).into());
        }
        let mut with_writer: Option<oneshot::Receiver<Result<u64, writer::Error>>> = None;
        loop {
            // The next entries are read while the writer records those before them.
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
    /// Adds the incarnations of an imported copy to a ledger that existed before.
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
