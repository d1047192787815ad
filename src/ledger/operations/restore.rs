//! `restore`: a backup in the place of a journal.
//!
//! ```text
//! journal.new          the backup, put together and walked: nothing is changed before that is done; then each of its
//!                      ledgers gets a new incarnation, so that no other history is served under an old one
//! views                removed: they were folded from the journal that goes
//! journal              -> journal.replaced-<when>, where there is one; never deleted
//! journal.new          -> journal
//! ```
//!
//! Cut short before the last step, the folder either holds what it held, or says at the next start that a restore was
//! cut short.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::backup::{BackupLedger, ledgers_of, put_together};
use super::backup_folder::BackupFolder;
use super::{Error, Told};
use crate::folders;
use crate::journal::rocks::{Backups, Rocks};
use crate::journal::{self, Incarnations, Journal, NewIncarnation};
use crate::ledger::data_folder::DataFolder;

/// What is to be done about a backup that cannot be restored.
const ANOTHER: &str = "Use another one: `okr-ledger backup --list` names them";

/// What is to be restored, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreAsk {
    /// The folder of backups.
    pub from: PathBuf,
    /// Which of them; where nothing is said the last one that counts.
    pub backup: Option<u32>,
    /// Whether it takes the place of a journal that is there.
    pub force: bool,
    /// Whether its ledgers stay in the incarnation that they were in: right only where no other history goes on in it.
    pub join: bool,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The backup's number.
    pub backup: u32,
    /// The ledgers that stand now.
    pub ledgers: Vec<BackupLedger>,
    /// Where the journal is that stood before.
    pub replaced: Option<PathBuf>,
}

/// Puts a backup into a data folder that nobody has open. `now` names the journal that is replaced, `new_incarnation` the
/// histories that go on from here.
pub fn restore_folder(
    folder: &Path,
    ask: &RestoreAsk,
    now: DateTime<Utc>,
    new_incarnation: &NewIncarnation,
    told: Told<'_>,
) -> Result<Restored, Error> {
    let backup_folder = BackupFolder::open(&ask.from)?;
    let mut backups = Backups::open(&backup_folder.folder).map_err(|error| backup_folder.failed(&error))?;
    let kept: Vec<u32> = backups.kept().iter().map(|kept| kept.id).collect();
    let id = match ask.backup {
        Some(id) if kept.contains(&id) => id,
        Some(id) => {
            let says = format!(
                "there is no backup {id} in {}: `okr-ledger backup --list` names those there are",
                backup_folder.folder.display()
            );
            return Err(Error::Refused(says));
        }
        None => backup_folder
            .last(&backups)
            .ok_or_else(|| Error::Refused(format!("there are no backups in {}", backup_folder.folder.display())))?,
    };
    let data_folder = DataFolder::take(folder)?;
    if data_folder.journal().exists() && !ask.force {
        return Err(Error::Refused(format!(
            "the data folder {} holds a journal{}: nothing was changed. With --force the backup takes its place, and it is \
             kept as journal.replaced-<when>; or name another folder with --data",
            folder.display(),
            what_it_holds(&data_folder.journal()),
        )));
    }
    let fresh = data_folder.new_journal();
    let failed = |error| data_folder.failed(error);
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(failed)?;
    }
    let put = put_together(&mut backups, id, &fresh, told, ANOTHER)
        .and_then(|ledgers| if ask.join { Ok(ledgers) } else { Ok(part(&fresh, new_incarnation)?) });
    // Only then do the engine's threads write no more.
    drop(backups);
    let ledgers = match put {
        Ok(ledgers) => ledgers,
        Err(error) => {
            _ = fs::remove_dir_all(&fresh);
            return Err(error);
        }
    };
    data_folder.generations().remove().map_err(failed)?;
    folders::sync(folder).map_err(failed)?;
    let mut replaced = None;
    if data_folder.journal().exists() {
        let aside = data_folder.replaced_journal(&now.format("%Y%m%dT%H%M%S%.3fZ").to_string());
        fs::rename(data_folder.journal(), &aside).map_err(failed)?;
        replaced = Some(aside);
    }
    fs::rename(&fresh, data_folder.journal()).map_err(failed)?;
    folders::sync(folder).map_err(failed)?;
    Ok(Restored { backup: id, ledgers, replaced })
}

/// Gives each ledger of a journal a new incarnation that shares all it holds with the one before.
fn part(journal: &Path, new_incarnation: &NewIncarnation) -> Result<Vec<BackupLedger>, journal::Error> {
    let journal = Rocks::open(journal)?;
    for book in journal.logs()? {
        let next = new_incarnation();
        let last_seq = journal.head(book.no)?.seq;
        // One from before there were incarnations has none to part from.
        let incarnations = book
            .incarnations
            .map_or_else(|| Incarnations::first(next), |incarnations| incarnations.continued_as(next, last_seq));
        journal.set_incarnations(book.no, &incarnations)?;
    }
    ledgers_of(&journal)
}

/// ` (acme: 412 events)`, or why that cannot be said.
fn what_it_holds(journal: &Path) -> String {
    let held = || -> Result<Vec<String>, journal::Error> {
        let journal = Rocks::examine(journal)?.journal;
        let books = journal.logs()?;
        books.iter().map(|book| Ok(format!("{}: {} events", book.slug, journal.head(book.no)?.seq))).collect()
    };
    match held() {
        Ok(held) if held.is_empty() => " without ledgers".into(),
        Ok(held) => format!(" ({})", held.join(", ")),
        Err(error) => format!(" that cannot be read ({error})"),
    }
}
