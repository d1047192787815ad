//! A data folder: the journal and the views, opened together.
//!
//! ```text
//! DIR/journal   precious: the only truth
//! DIR/views     disposable: rebuilt from the journal where it is missing, older or not whole
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Error, Ledgers};
use crate::journal::{self, Journal, LedgerNo, rocks::Rocks};
use crate::views::{NEW, Opened, Progress, Views, beside, catch_up, clear_beside, from_journal, swap_in};
use crate::writer::Clock;

/// Why a data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made or written.
    #[error("the data folder {folder} cannot be used: {error}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The views have seen events that the journal does not hold. Views are written after the journal, so these events
    /// were recorded, and perhaps answered: they are lost, or the views belong to another journal.
    #[error(
        "the views know event {seen} of ledger number {ledger}, but its journal ends at event {head}: events that were \
         recorded are missing from it. Put back a copy of the data folder that has them; or, to go on without them, \
         rebuild the views (okr-ledger rebuild)"
    )]
    JournalShort {
        /// The ledger's number in the journal.
        ledger: LedgerNo,
        /// The last event the views have seen.
        seen: u64,
        /// The last event the journal holds.
        head: u64,
    },
    /// The views can neither be opened nor be rebuilt.
    #[error(transparent)]
    Views(#[from] projections::rows::Error),
    /// The ledgers cannot be opened.
    #[error(transparent)]
    Ledgers(#[from] Error),
}

/// Opens a data folder, making it if it is not there, and brings its views to the end of its journal.
pub fn open_folder(folder: &Path, clock: Clock, progress: &mut dyn Progress) -> Result<Ledgers, OpenError> {
    std::fs::create_dir_all(folder).map_err(|error| OpenError::Folder { folder: folder.into(), error })?;
    let journal = Rocks::open(folder.join("journal"))?;
    let place = folder.join("views");
    clear_beside(&place).map_err(|error| OpenError::Folder { folder: folder.into(), error })?;
    let views = match Views::open(&place)? {
        Opened::Usable(views) => {
            match check_heads(&views, &journal) {
                Ok(()) => {}
                // What they know cannot even be read: as good as no views.
                Err(OpenError::Views(_)) => {}
                Err(error) => return Err(error),
            }
            match catch_up_own(&views, &journal, progress) {
                Ok(()) => views,
                Err(error) => {
                    tracing::warn!("the views cannot be caught up ({error}): rebuilding them");
                    drop(views);
                    rebuild(folder, &journal, progress)?
                }
            }
        }
        Opened::Outdated(why) => {
            tracing::warn!("rebuilding the views: {why}");
            rebuild(folder, &journal, progress)?
        }
    };
    Ok(Ledgers::over(Arc::new(journal), views, clock)?)
}

/// Brings views to the end of their journal, if it is theirs.
pub(super) fn catch_up_own(
    views: &Views,
    journal: &Rocks,
    progress: &mut dyn Progress,
) -> Result<(), projections::rows::Error> {
    let identity = journal.identity().map_err(from_journal)?;
    if !views.belong_to(&identity)? {
        return Err(projections::rows::Error::Damaged("they are those of another journal".into()));
    }
    catch_up(views, journal, progress).map(drop)
}

/// Refuses views that are ahead of their journal: rebuilding them would hide that recorded events are gone.
pub(super) fn check_heads(views: &Views, journal: &dyn Journal) -> Result<(), OpenError> {
    let books = journal.books()?;
    for (ledger, seen) in views.heads()? {
        let is_known = books.iter().any(|book| book.no == ledger);
        let head = if is_known { journal.head(ledger)?.seq } else { 0 };
        if seen > head {
            return Err(OpenError::JournalShort { ledger, seen, head });
        }
    }
    Ok(())
}

/// Rebuilds the views of a data folder that nobody is serving. Returns how many events were folded.
pub fn rebuild_folder(folder: &Path, progress: &mut dyn Progress) -> Result<u64, OpenError> {
    let journal = Rocks::open(folder.join("journal"))?;
    rebuild(folder, &journal, progress)?;
    let mut events = 0;
    for book in journal.books()? {
        events += journal.head(book.no)?.seq;
    }
    Ok(events)
}

/// Builds views beside the old ones and swaps them in when they are whole.
fn rebuild(folder: &Path, journal: &Rocks, progress: &mut dyn Progress) -> Result<Views, OpenError> {
    let place = folder.join("views");
    let fresh = beside(&place, NEW);
    let failed = |error| OpenError::Folder { folder: folder.into(), error };
    clear_beside(&place).map_err(failed)?;
    match Views::open(&fresh)? {
        Opened::Usable(views) => {
            catch_up_own(&views, journal, progress)?;
        }
        Opened::Outdated(why) => return Err(projections::rows::Error::Storage(why).into()),
    }
    swap_in(&fresh, &place).map_err(failed)?;
    match Views::open(&place)? {
        Opened::Usable(views) => Ok(views),
        Opened::Outdated(why) => Err(projections::rows::Error::Storage(why).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{Moment, Submission};
    use projections::rules::Proposal;
    use serde_json::json;

    fn open(folder: &Path) -> Result<Ledgers, OpenError> {
        open_folder(folder, Box::new(|| Moment::from_micros(0).unwrap()), &mut ())
    }

    fn record_one(folder: &Path) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let ledgers = open(folder).unwrap();
            let header = crate::ledger::Header { title: "A".into(), created_at: Moment::from_micros(0).unwrap() };
            ledgers.create(&"a".to_owned().try_into().unwrap(), &header).await.unwrap();
            let event = json!({"specversion": "1.0", "id": "1", "source": "/x", "type": "okr.team.formed",
                "subject": "growth", "data": {"name": "Growth"}});
            let submissions = vec![Submission::read(&event, "").unwrap()];
            let proposal = Proposal { submissions, is_list: false, if_match: None };
            ledgers.ledger("a").unwrap().record(proposal, false).await.unwrap();
        });
    }

    #[test]
    fn deleted_views_are_rebuilt() {
        let folder = tempfile::tempdir().unwrap();
        record_one(folder.path());
        std::fs::remove_dir_all(folder.path().join("views")).unwrap();
        let ledgers = open(folder.path()).unwrap();
        assert_eq!(
            ledgers.ledger("a").unwrap().look(None, None, Moment::from_micros(0).unwrap()).unwrap().as_of().seq,
            1
        );
    }

    #[test]
    fn what_a_rebuild_left_when_it_was_cut_short_is_gone_after_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        record_one(folder.path());
        // Between the two renames of a swap: the old views are aside, the new ones not yet in their place.
        std::fs::rename(folder.path().join("views"), folder.path().join("views.old")).unwrap();
        std::fs::create_dir(folder.path().join("views.new")).unwrap();
        open(folder.path()).unwrap();
        let left = std::fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name());
        assert_eq!(left.collect::<std::collections::BTreeSet<_>>(), ["journal".into(), "views".into()].into());
    }

    #[test]
    fn views_that_know_more_than_the_journal_are_not_rebuilt_in_silence() {
        let folder = tempfile::tempdir().unwrap();
        record_one(folder.path());
        std::fs::remove_dir_all(folder.path().join("journal")).unwrap();
        let refused = open(folder.path()).unwrap_err();
        assert!(matches!(refused, OpenError::JournalShort { ledger: 1, seen: 1, head: 0 }), "{refused}");
        rebuild_folder(folder.path(), &mut ()).unwrap();
        assert!(open(folder.path()).unwrap().list().unwrap().is_empty());
    }

    #[test]
    fn views_that_cannot_be_read_are_rebuilt() {
        let folder = tempfile::tempdir().unwrap();
        record_one(folder.path());
        for file in std::fs::read_dir(folder.path().join("views")).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_some_and(|end| end == "sst") {
                let mut bytes = std::fs::read(&file).unwrap();
                bytes[5] ^= 1;
                std::fs::write(file, bytes).unwrap();
            }
        }
        let ledger = open(folder.path()).unwrap().ledger("a").unwrap();
        assert_eq!(ledger.look(None, None, Moment::from_micros(0).unwrap()).unwrap().as_of().seq, 1);
    }

    #[test]
    fn views_of_another_journal_are_found_out_and_rebuilt() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        record_one(ours.path());
        record_one(theirs.path());
        let dump = |folder: &Path| {
            let Opened::Usable(views) = Views::open(&folder.join("views")).unwrap() else { panic!("views") };
            let mut rows = Vec::new();
            views.each_stored(|_, key, bytes| rows.push((key.to_vec(), bytes.to_vec()))).unwrap();
            rows
        };
        let before = dump(ours.path());
        assert_ne!(before, dump(theirs.path()));
        std::fs::remove_dir_all(ours.path().join("views")).unwrap();
        std::fs::rename(theirs.path().join("views"), ours.path().join("views")).unwrap();
        open(ours.path()).unwrap();
        assert_eq!(dump(ours.path()), before);
    }

    #[test]
    fn a_folder_in_use_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let _first = open(folder.path()).unwrap();
        let refused = open(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("another okr-ledger is using the data folder"), "{refused}");
    }
}
