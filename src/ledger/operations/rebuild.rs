//! `rebuild`: builds new views beside the current ones, compares the two, and switches to the new ones.
//!
//! ```text
//! current    ────────────── events are still folded ────────────────────────────────┐ readers finish here
//! new          build ─> compare as of the moment the build began ─> catch up ─> ... ┴> current
//!                                                                      between two groups, in the writer's thread
//! ```
//!
//! The comparison detects rows that the rebuild lost, and rows that were wrong before. Only a person can decide which
//! of the two it is, so views that differ are replaced only on request. Unreadable views cannot be compared. Views that
//! contain more than the journal are evidence of lost history, so they too are replaced only on request.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Error, Folding, Operation, Told};
use crate::journal::{Journal, UpTo, rocks::Rocks};
use crate::ledger::data_folder::DataFolder;
use crate::ledger::folder::{check_heads, claim, put_in_place};
use crate::ledger::verify::{Verdict, compare_views};
use crate::ledger::{Finding, OpenError};
use crate::views::{Opened, Views};

/// With at most this many events left, the writer folds them; it records nothing meanwhile.
const CLOSE: u64 = 2_000;

/// Maximum attempts to catch up with the journal's end. Folding is faster than recording, so one or two suffice.
const ROUNDS_MAX: usize = 50;

/// The options of a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RebuildAsk {
    /// Set to compare the new views with the current ones.
    pub compare: bool,
    /// Set to replace the current views even if they differ.
    pub replace: bool,
    /// Differences reported individually; the others are counted.
    pub limit: usize,
}

impl Default for RebuildAsk {
    fn default() -> Self {
        RebuildAsk { compare: true, replace: false, limit: 20 }
    }
}

/// The result of a rebuild.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilt {
    /// Number of events folded.
    pub events: u64,
    /// Number of rows compared.
    pub rows: u64,
    /// Number of rows that differ.
    pub differing: u64,
    /// The first differences.
    pub findings: Vec<Finding>,
    /// The reason why nothing was compared, if so.
    pub uncompared: Option<String>,
    /// True if the new views are now the current ones.
    pub is_in_place: bool,
}

/// Rebuilds the views of a data folder that no process has open.
pub fn rebuild_folder(folder: &Path, ask: &RebuildAsk, report: Told<'_>) -> Result<Rebuilt, Error> {
    let data_folder = DataFolder::take_held(folder)?;
    let journal: Arc<dyn Journal> = Arc::new(Rocks::open(data_folder.journal())?);
    let generations = data_folder.generations();
    generations.clear().map_err(|error| data_folder.failed(error))?;
    let current = match generations.standing().map(|path| Views::open(&path)) {
        None => Err("there were no views".to_owned()),
        Some(Ok(Opened::Usable(views))) => Ok(views),
        Some(Ok(Opened::Outdated(why))) => Err(why),
        Some(Err(error)) => Err(error.to_string()),
    };
    let (fresh, mut rebuilt) = build(&data_folder, &journal, current.as_ref().map_err(String::as_str), ask, report)?;
    if rebuilt.differing == 0 || ask.replace {
        put_in_place(&generations, data_folder.folder(), &fresh)?;
        drop(current);
        generations.clear().map_err(|error| data_folder.failed(error))?;
        rebuilt.is_in_place = true;
    }
    Ok(rebuilt)
}

impl Operation {
    /// Rebuilds the current views while questions are answered and events are recorded.
    pub fn rebuild(&self, ask: &RebuildAsk, report: Told<'_>) -> Result<Rebuilt, Error> {
        let data_folder = &self.open_folder_of()?.data_folder;
        let current = self.shared.current.views();
        let mut report = self.until_cancelled(report);
        let (fresh, mut rebuilt) = build(data_folder, &self.shared.journal, Ok(&current), ask, &mut report)?;
        drop(current);
        if rebuilt.differing > 0 && !ask.replace {
            return Ok(rebuilt);
        }
        let fresh = Arc::new(fresh);
        let before = self.writer.swap(Arc::clone(&fresh)).map_err(|error| Error::Failed(error.to_string()))?;
        // A crash between the two is harmless: the next start catches up the generation that is marked as current.
        put_in_place(&data_folder.generations(), data_folder.folder(), &fresh)?;
        before.set_temporary(true);
        rebuilt.is_in_place = true;
        tracing::info!(events = rebuilt.events, differing = rebuilt.differing, "the views were rebuilt");
        Ok(rebuilt)
    }
}

fn build(
    data_folder: &DataFolder,
    journal: &Arc<dyn Journal>,
    current: Result<&Views, &str>,
    ask: &RebuildAsk,
    report: Told<'_>,
) -> Result<(Views, Rebuilt), Error> {
    if let Ok(current) = current
        && !ask.replace
    {
        refuse_short(current, &**journal)?;
    }
    let fresh = claim(&data_folder.generations(), data_folder.folder())?;
    let mut rebuilt = Rebuilt::default();
    match current {
        Ok(current) if ask.compare => compare(&fresh, journal, current, ask, &mut rebuilt, report)?,
        Ok(_) => rebuilt.uncompared = Some("it was not requested".into()),
        Err(why) => rebuilt.uncompared = Some(why.to_owned()),
    }
    for _ in 0..ROUNDS_MAX {
        let more = Folding::new(report).catch_up(&fresh, &**journal)?.map_err(unfolded)?;
        rebuilt.events += more;
        if more < CLOSE {
            break;
        }
    }
    Ok((fresh, rebuilt))
}

/// Refuses to rebuild views with events that the journal has lost: they are the last evidence of those events.
fn refuse_short(current: &Views, journal: &dyn Journal) -> Result<(), Error> {
    // Views whose heads cannot be read prove nothing.
    let Ok(seen) = current.heads() else { return Ok(()) };
    match check_heads(&seen, journal) {
        Err(OpenError::JournalShort { ledger, seen, head }) => {
            let slug = journal.logs()?.into_iter().find(|log| log.no == ledger).map(|log| log.slug);
            let ledger = slug.map_or_else(|| format!("ledger number {ledger}"), |slug| format!("the ledger `{slug}`"));
            Err(Error::Refused(format!(
                "the views contain event {seen} of {ledger}, but its journal ends at event {head}: recorded events are \
                 missing from it, and new views would hide that. Nothing was changed. Restore a copy of the data \
                 folder that has them, or a backup (okr-ledger restore); or, to continue without them, rebuild with \
                 --replace"
            )))
        }
        other => Ok(other?),
    }
}

/// Adds advice to the error of a journal that cannot be folded.
fn unfolded(error: projections::rows::Error) -> Error {
    let advice = match error {
        projections::rows::Error::History(_) => {
            ". Nothing was changed: run `okr-ledger verify` to locate the damage, or `okr-ledger restore` to restore a \
             backup"
        }
        projections::rows::Error::Storage(_)
        | projections::rows::Error::Damaged(_)
        | projections::rows::Error::TooMuchWork => "",
    };
    Error::Failed(format!("the journal cannot be folded: {error}{advice}"))
}

/// Folds up to the heads of the current views, and compares the two.
fn compare(
    fresh: &Views,
    journal: &Arc<dyn Journal>,
    current: &Views,
    ask: &RebuildAsk,
    rebuilt: &mut Rebuilt,
    report: Told<'_>,
) -> Result<(), Error> {
    let (seen, frozen) = match current.heads().and_then(|seen| Ok((seen, current.frozen()?))) {
        Ok(both) => both,
        Err(error) => return uncompared(rebuilt, error.to_string()),
    };
    match check_heads(&seen, &**journal) {
        Ok(()) => {}
        // Refused earlier unless --replace was given.
        Err(OpenError::JournalShort { ledger, seen, head }) => {
            let says = format!(
                "the previous views contained event {seen} of ledger number {ledger}, which now ends at {head}"
            );
            return uncompared(rebuilt, says);
        }
        Err(error) => return uncompared(rebuilt, error.to_string()),
    }
    let part = UpTo::new(Arc::clone(journal), frozen.heads().clone());
    rebuilt.events += Folding::new(report).catch_up(fresh, &part)?.map_err(unfolded)?;
    let mut differing = Verdict::new(ask.limit);
    let built = fresh.frozen().map_err(OpenError::from)?;
    match compare_views(&frozen, &built, &mut |place, says| differing.add(place, says), report)? {
        Ok(rows) => rebuilt.rows = rows,
        Err(error) => return uncompared(rebuilt, error.to_string()),
    }
    (rebuilt.differing, rebuilt.findings) = (differing.wrong, differing.findings);
    Ok(())
}

fn uncompared(rebuilt: &mut Rebuilt, why: String) -> Result<(), Error> {
    rebuilt.uncompared = Some(why);
    Ok(())
}
