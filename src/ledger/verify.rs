//! Verifies a data folder: the journal on the disk, event by event, then the views against rebuilt ones.

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

/// The result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Number of ledgers examined.
    pub ledgers: u64,
    /// Number of events examined.
    pub events: u64,
    /// Number of stored rows compared.
    pub rows: u64,
    /// Number of faults.
    pub wrong: u64,
    /// The first faults.
    pub findings: Vec<Finding>,
    /// True if the journal has no faults. Only then are the views compared.
    pub is_journal_sound: bool,
    /// True if the journal's watermark is readable. If not, that is one of the findings.
    pub is_marked: bool,
    /// Number of incomplete imports. Each is one of the findings.
    #[serde(default)]
    pub halves: u64,
    /// True if there were views to compare. Missing views are not a fault: the next start builds them.
    pub has_views: bool,
    #[serde(skip)]
    limit: usize,
}

/// One fault and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The place: a ledger and an event, or a row of the views.
    pub place: String,
    /// A description of the fault.
    pub says: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.says)
    }
}

impl Verdict {
    /// Returns a verdict without findings; it stores `limit` findings and counts the others.
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

/// Verifies a data folder. `current` are its views, or the reason why they cannot be used; `None` if it has none.
pub(super) fn examine(
    data_folder: &DataFolder,
    current: Option<Result<&Views, &str>>,
    limit: usize,
    report: Told<'_>,
) -> Result<Verdict, operations::Error> {
    let mut verdict = Verdict::new(limit);
    // Views are written after the journal. Frozen before the journal is opened, they contain no event that the journal
    // lacks.
    let frozen = current.map(|current| {
        let views = current.map_err(str::to_owned)?;
        let unreadable = |error: projections::rows::Error| error.to_string();
        Ok::<_, String>((views.heads().map_err(unreadable)?, views.frozen().map_err(unreadable)?))
    });
    let (journal, unmarked) = match Rocks::examine(&data_folder.journal()) {
        Ok(Examined { journal, faults, unmarked }) => {
            faults.into_iter().for_each(|(place, says)| verdict.add(place, says));
            (journal, unmarked)
        }
        Err(error) => {
            verdict.add("journal", format!("it cannot be read at all: {error}"));
            return Ok(verdict);
        }
    };
    walk(&journal, &mut verdict, report)?;
    verdict.is_journal_sound = verdict.wrong == 0;
    verdict.is_marked = unmarked.is_none();
    unmarked.into_iter().for_each(|says| verdict.add("journal", says));
    for (log, all) in walk::halves(&journal)? {
        let held = journal.head(log.no).map_err(super::OpenError::from)?.seq;
        verdict.halves += 1;
        verdict.add(format!("ledger {}", log.slug), super::not_whole(&log.slug, held, all));
    }
    if !verdict.is_journal_sound {
        return Ok(verdict);
    }
    match frozen {
        None => {}
        // Views without any event were just created, perhaps to replace lost ones.
        Some(Ok((seen, _))) if verdict.events > 0 && seen.iter().all(|(_, seq)| *seq == 0) => {}
        Some(Ok((seen, frozen))) => {
            verdict.has_views = true;
            examine_views(data_folder, Arc::new(journal), &seen, &frozen, &mut verdict, report)?;
        }
        Some(Err(why)) => verdict.add("views", format!("they cannot be used: {why}")),
    }
    Ok(verdict)
}

fn examine_views(
    data_folder: &DataFolder,
    journal: Arc<dyn Journal>,
    seen: &[(LedgerNo, u64)],
    current: &Frozen<'_>,
    verdict: &mut Verdict,
    report: Told<'_>,
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
    let folded = Folding::new(report).catch_up(&rebuilt, &UpTo::new(journal, current.heads().clone()))?;
    if let Err(error) = folded {
        verdict.add("views", format!("they cannot be rebuilt: {error}"));
        return Ok(());
    }
    let rebuilt = match rebuilt.frozen() {
        Ok(rebuilt) => rebuilt,
        Err(error) => return Err(super::OpenError::from(error).into()),
    };
    match compare_views(current, &rebuilt, &mut |place, says| verdict.add(place, says), report)? {
        Ok(rows) => verdict.rows = rows,
        Err(error) => verdict.add("views", format!("they cannot be read to the end: {error}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
