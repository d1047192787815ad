//! Verifying a data folder: the journal event by event, then the views against others that are built anew.

use std::fmt;
use std::path::Path;

use events::{Moment, Recorded};

use super::folder::{catch_up_own, check_heads};
use super::{Header, OpenError};
use crate::journal::{self, Book, Journal, rocks::Rocks};
use crate::views::{Opened, Progress, VERIFY, Views, beside, clear_beside};

mod compare;

/// Findings that are told one by one; the others are counted.
const FINDINGS_MAX: usize = 20;

/// Events read at a time.
const CHUNK: usize = 1_000;

/// What verifying a data folder found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// How many ledgers were looked at.
    pub ledgers: u64,
    /// How many events.
    pub events: u64,
    /// How many stored rows were compared.
    pub rows: u64,
    /// How many things are wrong.
    pub wrong: u64,
    /// The first of them.
    pub findings: Vec<Finding>,
    /// Whether nothing is wrong with the journal. The views are compared only then.
    pub is_journal_sound: bool,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The place: a ledger and an event, or a row of the views.
    pub place: String,
    /// What is wrong there.
    pub says: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.says)
    }
}

impl Verdict {
    fn add(&mut self, place: impl Into<String>, says: impl Into<String>) {
        self.wrong += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { place: place.into(), says: says.into() });
        }
    }
}

/// Verifies a data folder that nobody is serving. The views are first brought to the end of the journal, as at every
/// start; nothing else in the folder is changed.
pub fn verify_folder(folder: &Path, progress: &mut dyn Progress) -> Result<Verdict, OpenError> {
    let journal = Rocks::open(folder.join("journal"))?;
    let mut verdict = Verdict::default();
    let books = journal.books()?;
    let mut heads = 0;
    for book in &books {
        heads += journal.head(book.no)?.seq;
    }
    for book in &books {
        verdict.ledgers += 1;
        if let Err(header) = serde_json::from_slice::<Header>(&book.header) {
            verdict.add(format!("ledger {}", book.slug), format!("its header cannot be read: {header}"));
        }
        walk(&journal, book, heads, &mut verdict, progress)?;
    }
    verdict.is_journal_sound = verdict.wrong == 0;
    if verdict.is_journal_sound {
        compare_views(folder, &journal, &mut verdict, progress)?;
    }
    Ok(verdict)
}

/// Reads a ledger's events in order and holds each against what the journal promises.
fn walk(
    journal: &dyn Journal,
    book: &Book,
    all: u64,
    verdict: &mut Verdict,
    progress: &mut dyn Progress,
) -> Result<(), journal::Error> {
    let head = journal.head(book.no)?;
    let (mut seen, mut last_of_entry, mut before) = (0, 0, None::<Moment>);
    while seen < head.seq {
        let events = match journal.events(book.no, seen, CHUNK) {
            Ok(events) => events,
            Err(journal::Error::Damaged(says)) => {
                verdict.add(format!("ledger {}, after event {seen}", book.slug), says);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if events.is_empty() {
            verdict.add(format!("ledger {}", book.slug), format!("the head is {}, the events end at {seen}", head.seq));
            return Ok(());
        }
        for event in events {
            let place = format!("ledger {}, event {}", book.slug, event.seq);
            if event.seq != seen + 1 {
                verdict.add(place.clone(), format!("event {} is wanted here", seen + 1));
            }
            let recorded_at = Moment::from(event.recorded_at);
            // What begins an entry is later than what came before; what goes on with it bears the same time.
            if event.seq > last_of_entry {
                last_of_entry = check_entry(journal, book, &event, &place, verdict)?;
                if before.is_some_and(|before| before >= recorded_at) {
                    verdict.add(place.clone(), format!("{recorded_at} is not later than the entry before"));
                }
            } else if before != Some(recorded_at) {
                verdict.add(place.clone(), "its time is not that of its entry");
            }
            check_event(journal, book, &event, &place, verdict)?;
            (seen, before) = (event.seq, Some(recorded_at));
            verdict.events += 1;
        }
        progress.folded(verdict.events, all);
    }
    if before.map(Moment::utc) != head.recorded_at {
        verdict.add(format!("ledger {}", book.slug), "the head's time is not that of the last event");
    }
    Ok(())
}

/// Holds an entry against its first event. Returns the entry's last seq.
fn check_entry(
    journal: &dyn Journal,
    book: &Book,
    first: &journal::Recorded,
    place: &str,
    verdict: &mut Verdict,
) -> Result<u64, journal::Error> {
    let entry = match journal.entry(book.no, first.seq) {
        Ok(Some(entry)) => entry,
        Ok(None) => {
            verdict.add(place, "no entry holds it");
            return Ok(first.seq);
        }
        Err(journal::Error::Damaged(says)) => {
            verdict.add(place, says);
            return Ok(first.seq);
        }
        Err(error) => return Err(error),
    };
    if entry.first_seq != first.seq {
        verdict.add(place, format!("its entry begins with {}", entry.first_seq));
    }
    if entry.recorded_at != first.recorded_at {
        verdict.add(place, "its time is not that of its entry");
    }
    let seq_at = journal.seq_at(book.no, entry.recorded_at)?;
    if seq_at != entry.last_seq() {
        verdict.add(place, format!("at its time the ledger ends with {seq_at}, the entry with {}", entry.last_seq()));
    }
    Ok(entry.last_seq())
}

/// Holds an event's bytes against its place.
fn check_event(
    journal: &dyn Journal,
    book: &Book,
    event: &journal::Recorded,
    place: &str,
    verdict: &mut Verdict,
) -> Result<(), journal::Error> {
    let decoded = match Recorded::decode(&event.bytes) {
        Ok(decoded) => decoded,
        Err(error) => {
            verdict.add(place, error.to_string());
            return Ok(());
        }
    };
    if decoded.seq != event.seq {
        verdict.add(place, format!("it says it is event {}", decoded.seq));
    }
    if decoded.recorded_at != Moment::from(event.recorded_at) {
        verdict.add(place, format!("it says it was recorded at {}", decoded.recorded_at));
    }
    match journal.seq_of(book.no, decoded.id.as_str())? {
        Some(seq) if seq == event.seq => {}
        Some(seq) => verdict.add(place, format!("its id `{}` is found at event {seq}", decoded.id)),
        None => {
            verdict.add(place, format!("its id `{}` is not found again: a retry would be recorded twice", decoded.id))
        }
    }
    Ok(())
}

fn compare_views(
    folder: &Path,
    journal: &Rocks,
    verdict: &mut Verdict,
    progress: &mut dyn Progress,
) -> Result<(), OpenError> {
    let place = folder.join("views");
    let standing = match Views::open(&place)? {
        Opened::Usable(views) => views,
        Opened::Outdated(why) => {
            verdict.add("views", format!("they cannot be used: {why}"));
            return Ok(());
        }
    };
    match check_heads(&standing, journal) {
        Ok(()) => {}
        Err(short @ OpenError::JournalShort { .. }) => {
            verdict.is_journal_sound = false;
            verdict.add("journal", short.to_string());
            return Ok(());
        }
        Err(OpenError::Views(error)) => {
            verdict.add("views", format!("what they have seen cannot be read: {error}"));
            return Ok(());
        }
        Err(error) => return Err(error),
    }
    if let Err(error) = catch_up_own(&standing, journal, &mut ()) {
        verdict.add("views", format!("they cannot be caught up with the journal: {error}"));
        return Ok(());
    }
    let clear = || clear_beside(&place).map_err(|error| OpenError::Folder { folder: folder.into(), error });
    clear()?;
    let compared = compare_with_fresh(&beside(&place, VERIFY), &standing, journal, verdict, progress);
    clear()?;
    compared
}

fn compare_with_fresh(
    fresh: &Path,
    standing: &Views,
    journal: &Rocks,
    verdict: &mut Verdict,
    progress: &mut dyn Progress,
) -> Result<(), OpenError> {
    let rebuilt = match Views::open(fresh)? {
        Opened::Usable(views) => views,
        Opened::Outdated(why) => return Err(projections::rows::Error::Storage(why).into()),
    };
    catch_up_own(&rebuilt, journal, progress)?;
    verdict.rows = compare::views(standing, &rebuilt, &mut |place, says| verdict.add(place, says))?;
    Ok(())
}

#[cfg(test)]
mod tests;
