//! `restore`: puts a backup in place of the journal.
//!
//! ```text
//! journal.new          the backup, restored and checked before anything else is changed; then each of its ledgers gets
//!                      a new incarnation, so that no other history is served under an old one
//! views                removed: they were folded from the journal that is replaced
//! journal              -> journal.replaced-<when>, if there is one; never deleted
//! journal.new          -> journal
//! ```
//!
//! After an interruption before the last step, the folder either has its previous content, or the next start reports
//! that a restore was cut short.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::backup::{ledgers_of, put_together};
use super::backup_folder::{BackupFolder, BackupLedger};
use super::{Error, Told};
use crate::folders;
use crate::journal::rocks::{Backups, Rocks};
use crate::journal::{self, Incarnations, Journal, NewIncarnation};
use crate::ledger::data_folder::DataFolder;

/// Advice for a backup that cannot be restored.
const ANOTHER: &str = "Use another one: `okr-ledger backup --to FOLDER --list` lists them";

/// The options of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreAsk {
    /// The backup folder.
    pub from: PathBuf,
    /// The backup's number; the last valid one if omitted.
    pub backup: Option<u32>,
    /// Set to replace an existing journal.
    pub force: bool,
    /// Set to keep the incarnation of the ledgers: right only if no other history continues under it.
    pub join: bool,
}

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The backup's number.
    pub backup: u32,
    /// The ledgers in the restored journal.
    pub ledgers: Vec<BackupLedger>,
    /// The new path of the replaced journal.
    pub replaced: Option<PathBuf>,
}

/// Restores a backup into a data folder that no process has open. `now` names the replaced journal, `new_incarnation`
/// the histories that continue from the backup.
pub fn restore_folder(
    folder: &Path,
    ask: &RestoreAsk,
    now: DateTime<Utc>,
    new_incarnation: &NewIncarnation,
    report: Told<'_>,
) -> Result<Restored, Error> {
    let backup_folder = BackupFolder::open(&ask.from)?;
    let mut backups = Backups::open(&backup_folder.folder).map_err(|error| backup_folder.failed(&error))?;
    let kept: Vec<u32> = backups.kept().iter().map(|kept| kept.id).collect();
    let id = match ask.backup {
        Some(id) if kept.contains(&id) => id,
        Some(id) => {
            let folder = backup_folder.folder.display();
            let says = format!(
                "there is no backup {id} in {folder}: `okr-ledger backup --to {folder} --list` lists the existing ones"
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
            "the data folder {} holds a journal{}: nothing was changed. With --force the backup replaces it, and it is \
             kept as journal.replaced-<when>; or name another folder with --data",
            folder.display(),
            describe_content(&data_folder.journal()),
        )));
    }
    let fresh = data_folder.new_journal();
    let failed = |error| data_folder.failed(error);
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(failed)?;
    }
    let put = put_together(&mut backups, id, &fresh, report, ANOTHER)
        .and_then(|ledgers| if ask.join { Ok(ledgers) } else { Ok(start_new_incarnations(&fresh, new_incarnation)?) });
    // The engine's threads stop writing only when it is dropped.
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

/// Assigns each ledger of a journal a new incarnation that shares all events with the previous one.
fn start_new_incarnations(
    journal: &Path,
    new_incarnation: &NewIncarnation,
) -> Result<Vec<BackupLedger>, journal::Error> {
    let journal = Rocks::open(journal)?;
    for log in journal.logs()? {
        let next = new_incarnation();
        let last_seq = journal.head(log.no)?.seq;
        // A ledger from before incarnations existed has no previous one.
        let incarnations = log
            .incarnations
            .map_or_else(|| Incarnations::first(next), |incarnations| incarnations.continued_as(next, last_seq));
        journal.set_incarnations(log.no, &incarnations)?;
    }
    ledgers_of(&journal)
}

/// Returns ` (acme: 412 events)`, or the reason why the content is unknown.
fn describe_content(journal: &Path) -> String {
    let held = || -> Result<Vec<String>, journal::Error> {
        let journal = Rocks::examine(journal)?.journal;
        let logs = journal.logs()?;
        logs.iter().map(|log| Ok(format!("{}: {} events", log.slug, journal.head(log.no)?.seq))).collect()
    };
    match held() {
        Ok(held) if held.is_empty() => " without ledgers".into(),
        Ok(held) => format!(" ({})", held.join(", ")),
        Err(error) => format!(" that cannot be read ({error})"),
    }
}
