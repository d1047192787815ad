//! Verifying: the journal as it lies on the disk, event by event, then the views against others that are built anew.

mod compare;
mod walk;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::data_folder::DataFolder;
use super::folder::{check_heads, claim};
use super::operations::{self, Folding, Told};
use crate::journal::rocks::{Examined, Rocks};
use crate::journal::{Journal, LedgerNo, UpTo};
use crate::views::{Frozen, Views};

pub(super) use compare::views as compare_views;
pub(super) use walk::walk;

/// What verifying found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whether the journal's mark says how much there ought to be. One of the findings, where it does not.
    pub is_marked: bool,
    /// How many ledgers hold a part of a copy only. Each is one of the findings.
    #[serde(default)]
    pub halves: u64,
    /// Whether there were views to compare. Where there are none, which is no fault, the next start builds them.
    pub has_views: bool,
    #[serde(skip)]
    limit: usize,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Nothing found yet; `limit` findings are kept, the others only counted.
    pub(super) fn new(limit: usize) -> Verdict {
        Verdict { limit, ..Verdict::default() }
    }

    pub(super) fn add(&mut self, place: impl Into<String>, says: impl Into<String>) {
        self.wrong += 1;
        if self.findings.len() < self.limit {
            self.findings.push(Finding { place: place.into(), says: says.into() });
        }
    }
}

/// Verifies a data folder. `standing` are its views, or why they cannot be used; none where there are none.
pub(super) fn examine(
    data_folder: &DataFolder,
    standing: Option<Result<&Views, &str>>,
    limit: usize,
    told: Told<'_>,
) -> Result<Verdict, operations::Error> {
    let mut verdict = Verdict::new(limit);
    // Views are written after the journal: frozen before it is opened, they know nothing that it does not hold.
    let frozen = standing.map(|standing| {
        let views = standing.map_err(str::to_owned)?;
        let unreadable = |error: projections::rows::Error| error.to_string();
        Ok::<_, String>((views.heads().map_err(unreadable)?, views.frozen().map_err(unreadable)?))
    });
    let (journal, unmarked) = match Rocks::examine(&data_folder.journal()) {
        Ok(Examined { journal, faults, unmarked }) => {
            faults.into_iter().for_each(|(place, says)| verdict.add(place, says));
            (journal, unmarked)
        }
        Err(error) => {
            verdict.add("journal", format!("nothing of it can be read: {error}"));
            return Ok(verdict);
        }
    };
    walk(&journal, &mut verdict, told)?;
    verdict.is_journal_sound = verdict.wrong == 0;
    verdict.is_marked = unmarked.is_none();
    unmarked.into_iter().for_each(|says| verdict.add("journal", says));
    for (book, all) in walk::halves(&journal)? {
        let held = journal.head(book.no).map_err(super::OpenError::from)?.seq;
        verdict.halves += 1;
        verdict.add(format!("ledger {}", book.slug), super::not_whole(&book.slug, held, all));
    }
    if !verdict.is_journal_sound {
        return Ok(verdict);
    }
    match frozen {
        None => {}
        // Views that have seen nothing were made a moment ago, perhaps in the place of some that are lost.
        Some(Ok((seen, _))) if verdict.events > 0 && seen.iter().all(|(_, seq)| *seq == 0) => {}
        Some(Ok((seen, frozen))) => {
            verdict.has_views = true;
            examine_views(data_folder, Arc::new(journal), &seen, &frozen, &mut verdict, told)?;
        }
        Some(Err(why)) => verdict.add("views", format!("they cannot be used: {why}")),
    }
    Ok(verdict)
}

fn examine_views(
    data_folder: &DataFolder,
    journal: Arc<dyn Journal>,
    seen: &[(LedgerNo, u64)],
    standing: &Frozen<'_>,
    verdict: &mut Verdict,
    told: Told<'_>,
) -> Result<(), operations::Error> {
    match check_heads(seen, &*journal) {
        Ok(()) => {}
        Err(short @ super::OpenError::JournalShort { .. }) => {
            verdict.is_journal_sound = false;
            verdict.add("journal", short.to_string());
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    let rebuilt = claim(&data_folder.generations(), data_folder.folder())?;
    let folded = Folding::new(told).catch_up(&rebuilt, &UpTo::new(journal, standing.heads().clone()))?;
    if let Err(error) = folded {
        verdict.add("views", format!("they cannot be built anew: {error}"));
        return Ok(());
    }
    let rebuilt = match rebuilt.frozen() {
        Ok(rebuilt) => rebuilt,
        Err(error) => return Err(super::OpenError::from(error).into()),
    };
    match compare_views(standing, &rebuilt, &mut |place, says| verdict.add(place, says), told)? {
        Ok(rows) => verdict.rows = rows,
        Err(error) => verdict.add("views", format!("they cannot be read to the end: {error}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
