//! `rebuild`: views built beside those that stand, compared with them, and put in their place.
//!
//! ```text
//! stands     ────────────── events go on being folded ────────────────────────────────┐ readers finish here
//! beside       build ─> compare as of the moment the build began ─> catch up ─> ... ─┴> stands
//!                                                                      between two groups, in the writer's thread
//! ```
//!
//! A rebuild that lost rows would be noticed by the comparison, and so would rows that were wrong before. Nobody but a
//! person can tell which of the two it is, so views that differ are put in place only when that is asked for. Views
//! that cannot be read have nothing to be compared with. Views that know more than the journal holds tell of lost
//! history: they give way only when that is asked for, too.

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

/// So few events are left to the writer, which records nothing while it folds them.
const CLOSE: u64 = 2_000;

/// How often the end of the journal is run after. A fold is faster than any recording, so once or twice is enough.
const ROUNDS_MAX: usize = 50;

/// How views are to be rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RebuildAsk {
    /// Whether they are compared with those that stand.
    pub compare: bool,
    /// Whether they take the place of others that differ.
    pub replace: bool,
    /// Differences that are told one by one; the others are counted.
    pub limit: usize,
}

impl Default for RebuildAsk {
    fn default() -> Self {
        RebuildAsk { compare: true, replace: false, limit: 20 }
    }
}

/// What became of a rebuild.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilt {
    /// How many events were folded.
    pub events: u64,
    /// How many rows were compared.
    pub rows: u64,
    /// How many of them differ.
    pub differing: u64,
    /// The first of those.
    pub findings: Vec<Finding>,
    /// Why nothing was compared, where nothing was.
    pub uncompared: Option<String>,
    /// Whether the new views stand now.
    pub is_in_place: bool,
}

/// Rebuilds the views of a data folder that nobody has open.
pub fn rebuild_folder(folder: &Path, ask: &RebuildAsk, told: Told<'_>) -> Result<Rebuilt, Error> {
    let data_folder = DataFolder::take_held(folder)?;
    let journal: Arc<dyn Journal> = Arc::new(Rocks::open(data_folder.journal())?);
    let generations = data_folder.generations();
    generations.clear().map_err(|error| data_folder.failed(error))?;
    let standing = match generations.standing().map(|path| Views::open(&path)) {
        None => Err("there were no views".to_owned()),
        Some(Ok(Opened::Usable(views))) => Ok(views),
        Some(Ok(Opened::Outdated(why))) => Err(why),
        Some(Err(error)) => Err(error.to_string()),
    };
    let (fresh, mut rebuilt) = build(&data_folder, &journal, standing.as_ref().map_err(String::as_str), ask, told)?;
    if rebuilt.differing == 0 || ask.replace {
        put_in_place(&generations, data_folder.folder(), &fresh)?;
        drop(standing);
        generations.clear().map_err(|error| data_folder.failed(error))?;
        rebuilt.is_in_place = true;
    }
    Ok(rebuilt)
}

impl Operation {
    /// Rebuilds the views that are being asked, while they are asked and while events are recorded.
    pub fn rebuild(&self, ask: &RebuildAsk, told: Told<'_>) -> Result<Rebuilt, Error> {
        let data_folder = &self.open_folder_of()?.data_folder;
        let standing = self.shared.standing.views();
        let mut told = self.until_cancelled(told);
        let (fresh, mut rebuilt) = build(data_folder, &self.shared.journal, Ok(&standing), ask, &mut told)?;
        drop(standing);
        if rebuilt.differing > 0 && !ask.replace {
            return Ok(rebuilt);
        }
        let fresh = Arc::new(fresh);
        let before = self.writer.swap(Arc::clone(&fresh)).map_err(|error| Error::Failed(error.to_string()))?;
        // Between the two a crash is harmless: the generation that is pointed at is caught up at the next start.
        put_in_place(&data_folder.generations(), data_folder.folder(), &fresh)?;
        before.set_passing(true);
        rebuilt.is_in_place = true;
        tracing::info!(events = rebuilt.events, differing = rebuilt.differing, "the views were rebuilt");
        Ok(rebuilt)
    }
}

fn build(
    data_folder: &DataFolder,
    journal: &Arc<dyn Journal>,
    standing: Result<&Views, &str>,
    ask: &RebuildAsk,
    told: Told<'_>,
) -> Result<(Views, Rebuilt), Error> {
    if let Ok(standing) = standing
        && !ask.replace
    {
        refuse_short(standing, &**journal)?;
    }
    let fresh = claim(&data_folder.generations(), data_folder.folder())?;
    let mut rebuilt = Rebuilt::default();
    match standing {
        Ok(standing) if ask.compare => compare(&fresh, journal, standing, ask, &mut rebuilt, told)?,
        Ok(_) => rebuilt.uncompared = Some("that was not asked for".into()),
        Err(why) => rebuilt.uncompared = Some(why.to_owned()),
    }
    for _ in 0..ROUNDS_MAX {
        let more = Folding::new(told).catch_up(&fresh, &**journal)?.map_err(unfolded)?;
        rebuilt.events += more;
        if more < CLOSE {
            break;
        }
    }
    Ok((fresh, rebuilt))
}

/// Refuses to rebuild views that know events which the journal has lost: they are the last to know that there were any.
fn refuse_short(standing: &Views, journal: &dyn Journal) -> Result<(), Error> {
    // Where it cannot be read what the views know, they witness nothing.
    let Ok(seen) = standing.heads() else { return Ok(()) };
    match check_heads(&seen, journal) {
        Err(OpenError::JournalShort { ledger, seen, head }) => {
            let slug = journal.logs()?.into_iter().find(|book| book.no == ledger).map(|book| book.slug);
            let ledger = slug.map_or_else(|| format!("ledger number {ledger}"), |slug| format!("the ledger `{slug}`"));
            Err(Error::Refused(format!(
                "the views know event {seen} of {ledger}, but its journal ends at event {head}: events that were recorded are \
                 missing from it, and new views would hide that. Nothing was changed. Put back a copy of the data folder \
                 that has them, or a backup (okr-ledger restore); or, to go on without them, rebuild with --replace"
            )))
        }
        other => Ok(other?),
    }
}

/// Why the journal could not be folded, and what to do.
fn unfolded(error: projections::rows::Error) -> Error {
    let advice = match error {
        projections::rows::Error::History(_) => {
            ". Nothing was changed: `okr-ledger verify` tells what is damaged, `okr-ledger restore` puts a backup in its place"
        }
        projections::rows::Error::Storage(_)
        | projections::rows::Error::Damaged(_)
        | projections::rows::Error::TooMuchWork => "",
    };
    Error::Failed(format!("the journal cannot be folded: {error}{advice}"))
}

/// Folds as far as the standing views have come, and compares the two.
fn compare(
    fresh: &Views,
    journal: &Arc<dyn Journal>,
    standing: &Views,
    ask: &RebuildAsk,
    rebuilt: &mut Rebuilt,
    told: Told<'_>,
) -> Result<(), Error> {
    let (seen, frozen) = match standing.heads().and_then(|seen| Ok((seen, standing.frozen()?))) {
        Ok(both) => both,
        Err(error) => return uncompared(rebuilt, error.to_string()),
    };
    match check_heads(&seen, &**journal) {
        Ok(()) => {}
        // Refused before, unless that is meant.
        Err(OpenError::JournalShort { ledger, seen, head }) => {
            let says =
                format!("the views that stood knew event {seen} of ledger number {ledger}, which ends at {head} now");
            return uncompared(rebuilt, says);
        }
        Err(error) => return uncompared(rebuilt, error.to_string()),
    }
    let part = UpTo::new(Arc::clone(journal), frozen.heads().clone());
    rebuilt.events += Folding::new(told).catch_up(fresh, &part)?.map_err(unfolded)?;
    let mut differing = Verdict::new(ask.limit);
    let built = fresh.frozen().map_err(OpenError::from)?;
    match compare_views(&frozen, &built, &mut |place, says| differing.add(place, says), told)? {
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
