//! Opens a data folder: the journal and the views together.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::clock::Time;
use super::data_folder::{DataFolder, OpenFolder};
use super::{Error, Ledgers};
use crate::clock::Clocks;
use crate::journal::{self, Journal, LedgerNo, NewIncarnation, rocks::Rocks};
use crate::views::{Generations, Opened, Progress, Views, catch_up};
use crate::writer::Clock;

/// Reasons why a data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be created or written.
    #[error("cannot use the data folder {folder}: {error}")]
    Folder {
        /// The path of the data folder.
        folder: PathBuf,
        /// The operating system's error.
        error: std::io::Error,
    },
    /// Another process has the folder open.
    #[error(
        "another okr-ledger is using the data folder {0}: stop it first, or, if it is a server, ask it (--url or \
         --data)"
    )]
    InUse(PathBuf),
    /// The data folder does not exist but is required.
    #[error("there is no data folder {0}: name another with --data")]
    Nowhere(PathBuf),
    /// The data folder contains no journal but one is required.
    #[error(
        "{0} holds no journal: name another data folder with --data, or restore a backup into it (okr-ledger restore)"
    )]
    NoJournal(PathBuf),
    /// A restore moved the old journal away but did not move the new one into place.
    #[error(
        "a restore into the data folder {folder} was cut short: run `okr-ledger restore` again; or, to return to the \
         previous journal, rename {left} to {folder}/journal"
    )]
    RestoreCut {
        /// The path of the data folder.
        folder: PathBuf,
        /// The path of the previous journal.
        left: PathBuf,
    },
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The views contain events that the journal does not. Views are written after the journal, so these events were
    /// recorded and perhaps acknowledged: they are lost, or the views belong to another journal.
    #[error(
        "the views contain event {seen} of ledger number {ledger}, but its journal ends at event {head}: recorded \
         events are missing from it. Restore a copy of the data folder that has them; or, to continue without them, \
         rebuild the views (okr-ledger rebuild --replace)"
    )]
    JournalShort {
        /// The ledger's number in the journal.
        ledger: LedgerNo,
        /// The last event in the views.
        seen: u64,
        /// The last event in the journal.
        head: u64,
    },
    /// The views can be neither opened nor rebuilt.
    #[error(transparent)]
    Views(#[from] projections::rows::Error),
    /// The ledgers cannot be opened.
    #[error(transparent)]
    Ledgers(#[from] Error),
}

/// Opens a data folder, creating it if it does not exist, and catches its views up with its journal. Events are
/// recorded by this clock, without checks.
pub fn open_folder(
    folder: &Path,
    clock: Clock,
    new_incarnation: NewIncarnation,
    progress: &mut dyn Progress,
) -> Result<Ledgers, OpenError> {
    open(folder, |_, _| Time::Given(clock), new_incarnation, progress)
}

/// Opens a data folder with the machine's clocks. A clock in doubt pauses recording, but the folder can still be opened
/// and read.
pub fn open_guarded(
    folder: &Path,
    clocks: Clocks,
    new_incarnation: NewIncarnation,
    progress: &mut dyn Progress,
) -> Result<Ledgers, OpenError> {
    open(folder, |journal, folder| Time::of_the_machine(clocks, journal, folder), new_incarnation, progress)
}

fn open(
    folder: &Path,
    time: impl FnOnce(&Arc<dyn Journal>, &Path) -> Time,
    new_incarnation: NewIncarnation,
    progress: &mut dyn Progress,
) -> Result<Ledgers, OpenError> {
    if let Some(left) = DataFolder::cut_restore(folder) {
        return Err(OpenError::RestoreCut { folder: folder.into(), left });
    }
    let data_folder = DataFolder::take(folder)?;
    let rocks = Arc::new(Rocks::open(data_folder.journal())?);
    let journal: Arc<dyn Journal> = Arc::clone(&rocks) as Arc<dyn Journal>;
    clear_away(&data_folder)?;
    let generations = data_folder.generations();
    let views = match generations.standing().map(|path| Views::open(&path)).transpose()? {
        Some(Opened::Usable(views)) => {
            match views.heads() {
                Ok(heads) => check_heads(&heads, &*journal)?,
                // Views whose heads cannot be read are treated like missing ones; catching up fails and rebuilds them.
                Err(error) => tracing::warn!("{error}"),
            }
            match catch_up(&views, &*journal, progress) {
                Ok(_) => views,
                Err(error) => {
                    tracing::warn!("cannot catch up the views ({error}): rebuilding them");
                    drop(views);
                    build(&data_folder, &*journal, progress)?
                }
            }
        }
        Some(Opened::Outdated(why)) => {
            tracing::warn!("rebuilding the views: {why}");
            build(&data_folder, &*journal, progress)?
        }
        None => build(&data_folder, &*journal, progress)?,
    };
    let time = time(&journal, folder);
    Ledgers::open_folder_of(OpenFolder { rocks, data_folder }, views, time, new_incarnation).map_err(OpenError::from)
}

/// Refuses views that are ahead of their journal: rebuilding them would hide the loss of recorded events.
pub(super) fn check_heads(seen: &[(LedgerNo, u64)], journal: &dyn Journal) -> Result<(), OpenError> {
    let logs = journal.logs()?;
    for (ledger, seen) in seen.iter().copied() {
        let is_known = logs.iter().any(|log| log.no == ledger);
        let head = if is_known { journal.head(ledger)?.seq } else { 0 };
        if seen > head {
            return Err(OpenError::JournalShort { ledger, seen, head });
        }
    }
    Ok(())
}

/// Creates a folder for new views. It is deleted on drop unless the views are put in place.
pub(super) fn claim(generations: &Generations, folder: &Path) -> Result<Views, OpenError> {
    let failed = |error| OpenError::Folder { folder: folder.into(), error };
    match Views::open(&generations.claim().map_err(failed)?)? {
        Opened::Usable(views) => {
            views.set_temporary(true);
            Ok(views)
        }
        Opened::Outdated(why) => Err(projections::rows::Error::Storage(why).into()),
    }
}

/// Makes these views the current ones.
pub(super) fn put_in_place(generations: &Generations, folder: &Path, views: &Views) -> Result<(), OpenError> {
    let failed = |error| OpenError::Folder { folder: folder.into(), error };
    generations.put_in_place(views.path()).map_err(failed)?;
    views.set_temporary(false);
    Ok(())
}

/// Builds new views and replaces the current ones, which no process has open.
fn build(data_folder: &DataFolder, journal: &dyn Journal, progress: &mut dyn Progress) -> Result<Views, OpenError> {
    let generations = data_folder.generations();
    let views = claim(&generations, data_folder.folder())?;
    catch_up(&views, journal, progress)?;
    put_in_place(&generations, data_folder.folder(), &views)?;
    clear_away(data_folder)?;
    Ok(views)
}

/// Removes the files of operations that were cut short.
fn clear_away(data_folder: &DataFolder) -> Result<(), OpenError> {
    data_folder.generations().clear().map_err(|error| data_folder.failed(error))?;
    let left = data_folder.new_journal();
    if left.exists() {
        tracing::warn!("a restore was cut short before it changed anything: removing {}", left.display());
        std::fs::remove_dir_all(left).map_err(|error| data_folder.failed(error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::operations::{RebuildAsk, rebuild_folder};
    use events::{Moment, Submission};
    use projections::rules::Proposal;
    use serde_json::json;

    fn open(folder: &Path) -> Result<Ledgers, OpenError> {
        open_folder(folder, Box::new(|| Moment::from_micros(0).unwrap()), journal::counting(), &mut ())
    }

    fn record_one(folder: &Path) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let ledgers = open(folder).unwrap();
            let header = crate::ledger::Header::new("A", Moment::from_micros(0).unwrap());
            ledgers.create(&"a".to_owned().try_into().unwrap(), &header).await.unwrap();
            let event = json!({"specversion": "1.0", "id": "1", "source": "/x", "type": "okr.team.formed",
                "subject": "growth", "data": {"name": "Growth"}});
            let submissions = vec![Submission::read(&event, "").unwrap()];
            let proposal = Proposal { submissions, is_list: false, if_match: None };
            ledgers.ledger("a").unwrap().record(proposal).await.unwrap();
        });
    }

    #[test]
    fn a_ledger_from_before_there_were_incarnations_gets_one_when_it_is_first_opened_and_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let header = serde_json::to_vec(&crate::ledger::Header::new("A", Moment::from_micros(0).unwrap())).unwrap();
        Rocks::open(folder.path().join("journal")).unwrap().create("a", &header).unwrap();
        let named = |number| {
            let new_incarnation = Box::new(move || journal::Incarnation::of(number));
            let clock = Box::new(|| Moment::from_micros(0).unwrap());
            let ledgers = open_folder(folder.path(), clock, new_incarnation, &mut ()).unwrap();
            let info = ledgers.list().unwrap().remove(0);
            (info.incarnation, info.earlier)
        };
        for number in [7, 8] {
            assert_eq!(named(number), (journal::Incarnation::of(7), vec![]), "opened with {number} at hand");
        }
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
        Generations::of(folder.path()).claim().unwrap();
        std::fs::create_dir(folder.path().join("journal.new")).unwrap();
        assert_eq!(held(&folder.path().join("views")), ["1", "2", "standing"]);
        open(folder.path()).unwrap();
        assert_eq!(held(folder.path()), ["journal", "lock", "views"]);
        assert_eq!(held(&folder.path().join("views")), ["1", "standing"]);
    }

    fn held(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap());
        names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }

    #[test]
    fn a_restore_that_was_cut_short_is_not_taken_for_an_empty_folder() {
        let folder = tempfile::tempdir().unwrap();
        record_one(folder.path());
        std::fs::rename(folder.path().join("journal"), folder.path().join("journal.replaced-1")).unwrap();
        let refused = open(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("was cut short") && refused.contains("journal.replaced-1"), "{refused}");
        assert!(!folder.path().join("journal").exists());
    }

    #[test]
    fn views_that_know_more_than_the_journal_are_not_rebuilt_in_silence() {
        let folder = tempfile::tempdir().unwrap();
        record_one(folder.path());
        std::fs::remove_dir_all(folder.path().join("journal")).unwrap();
        drop(Rocks::open(folder.path().join("journal")).unwrap());
        let refused = open(folder.path()).unwrap_err();
        assert!(matches!(refused, OpenError::JournalShort { ledger: 1, seen: 1, head: 0 }), "{refused}");
        for compare in [true, false] {
            let ask = RebuildAsk { compare, ..RebuildAsk::default() };
            let refused = rebuild_folder(folder.path(), &ask, &mut |_| Ok(())).unwrap_err().to_string();
            assert!(refused.contains("ends at event 0") && refused.contains("--replace"), "{refused}");
            assert!(open(folder.path()).is_err(), "what is missing is still known");
        }
        let ask = RebuildAsk { replace: true, ..RebuildAsk::default() };
        assert!(rebuild_folder(folder.path(), &ask, &mut |_| Ok(())).unwrap().is_in_place);
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
            let Opened::Usable(views) = Views::open(&Generations::of(folder).standing().unwrap()).unwrap() else {
                panic!("views")
            };
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
