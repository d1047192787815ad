//! `backup`: copies the journal into a backup folder. A backup counts once it was opened and checked.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use events::Moment;
use serde::{Deserialize, Serialize};

use super::backup_folder::{Backup, BackupFolder, BackupLedger};
use super::{Error, Operation, Step, Told};
use crate::folders;
use crate::journal::Journal;
use crate::journal::rocks::{Backups, Examined, Rocks};
use crate::ledger::Header;
use crate::ledger::data_folder::DataFolder;
use crate::ledger::verify::{Verdict, walk};

const CHECKING: &str = "checking";

/// Advice for a backup that was found faulty when it was made.
const FAULTY: &str = "It does not count; earlier backups are unaffected. Either the journal is damaged or the disk of \
                      the backups: run `okr-ledger verify` to check the journal";

/// The options of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupAsk {
    /// The backup folder.
    pub to: PathBuf,
    /// Backups to keep, including this one; older ones are deleted. All if omitted.
    #[serde(default)]
    pub keep: Option<usize>,
    /// Set to restore the backup into a temporary folder and check it.
    #[serde(default = "yes")]
    pub check: bool,
    /// Set to back up a folder without ledgers, or into a folder with the backups of other ledgers.
    #[serde(default)]
    pub force: bool,
}

/// Backs up a data folder that no process has open.
pub fn back_up_folder(folder: &Path, ask: &BackupAsk, report: Told<'_>) -> Result<Backup, Error> {
    let data_folder = DataFolder::take_held(folder)?;
    let journal = Rocks::open(data_folder.journal())?;
    back_up(&data_folder, &journal, ask, report)
}

fn yes() -> bool {
    true
}

impl Operation {
    /// Backs up the journal while it is being written.
    pub fn back_up(&self, ask: &BackupAsk, report: Told<'_>) -> Result<Backup, Error> {
        if !ask.to.is_absolute() {
            let says = format!("`to` must be a whole path on the server's machine, but `{}` is not", ask.to.display());
            return Err(Error::Refused(says));
        }
        let open_folder_of = self.open_folder_of()?;
        back_up(&open_folder_of.data_folder, &open_folder_of.rocks, ask, &mut self.until_cancelled(report))
    }
}

fn back_up(data_folder: &DataFolder, journal: &Rocks, ask: &BackupAsk, report: Told<'_>) -> Result<Backup, Error> {
    if ask.keep == Some(0) {
        return Err(Error::Refused("`keep` must be at least 1, for the backup being made".into()));
    }
    let backup_folder = BackupFolder::open_or_make(&ask.to, data_folder.folder())?;
    let ledgers = ledgers_of(journal)?;
    if !ask.force {
        refuse_empty(data_folder, &ledgers)?;
        backup_folder.refuse_others(&ledgers)?;
    }
    report(Step { doing: "copying the journal".into(), done: 0, all: 0 })?;
    let mut backups = Backups::open(&backup_folder.folder).map_err(|error| backup_folder.failed(&error))?;
    let made = backups.make(journal).map_err(|error| backup_folder.failed(&error))?;
    let made_at = DateTime::from_timestamp(made.made_at, 0).unwrap_or_default();
    let mut backup = Backup {
        backup: made.id,
        made_at: Moment::from(made_at),
        version: env!("CARGO_PKG_VERSION").into(),
        bytes: made.bytes,
        is_checked: false,
        is_finished: true,
        ledgers,
        nothing_removed: None,
    };
    if ask.check {
        backup.ledgers = check(&backup_folder, &mut backups, &backup, report)?;
        backup.is_checked = true;
    }
    backup_folder.describe(&backup)?;
    if let Some(count) = ask.keep {
        let reach = backup_folder.reach_of(&backups, count);
        backup.nothing_removed = backup_folder.reason_to_keep(&backups, reach, &backup);
        match &backup.nothing_removed {
            Some(why) => tracing::info!("{why}"),
            None => {
                backups.keep(reach).map_err(|error| backup_folder.failed(&error))?;
                backup_folder.forget(&backups)?;
            }
        }
    }
    tracing::info!(backup = backup.backup, to = %backup_folder.folder.display(), checked = backup.is_checked, "backed up");
    Ok(backup)
}

/// Refuses a data folder without ledgers: a mistyped path and an unmounted disk look like one.
fn refuse_empty(data_folder: &DataFolder, ledgers: &[BackupLedger]) -> Result<(), Error> {
    if !ledgers.is_empty() {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "the data folder {} holds no ledger, so a backup of it would be empty: check that it is the right folder \
         (--data) and that its disk is mounted. Nothing was changed. Use --force to back it up anyway",
        data_folder.folder().display()
    )))
}

/// Restores a backup into a temporary folder and checks it. Returns the ledgers in it.
fn check(
    backup_folder: &BackupFolder,
    backups: &mut Backups,
    backup: &Backup,
    report: Told<'_>,
) -> Result<Vec<BackupLedger>, Error> {
    let place = TemporaryFolder(backup_folder.folder.join(CHECKING));
    place.clear().map_err(|error| backup_folder.failed(&error))?;
    let found = put_together(backups, backup.backup, &place.0, report, FAULTY)?;
    for least in &backup.ledgers {
        if !found.iter().any(|one| one.ledger == least.ledger && one.last_seq >= least.last_seq) {
            return Err(Error::Failed(format!(
                "backup {} lacks events of the ledger `{}` up to {}: do not rely on this backup, make another one",
                backup.backup, least.ledger, least.last_seq
            )));
        }
    }
    Ok(found)
}

/// Restores a backup into a folder and checks it. Every fault is an error.
pub(super) fn put_together(
    backups: &mut Backups,
    id: u32,
    place: &Path,
    report: Told<'_>,
    advice: &str,
) -> Result<Vec<BackupLedger>, Error> {
    let unusable = |says: String| Error::Failed(format!("backup {id} cannot be used: {says}. {advice}"));
    report(Step { doing: "restoring the backup to check it".into(), done: 0, all: 0 })?;
    folders::make(place).map_err(|error| unusable(error.to_string()))?;
    backups.restore(id, place).map_err(|error| unusable(error.to_string()))?;
    // Opened once as a server would open it: the remaining log is read and becomes tables.
    let ledgers = Rocks::open(place).and_then(|journal| ledgers_of(&journal)).map_err(|e| unusable(e.to_string()))?;
    let Examined { journal, faults, .. } = Rocks::examine(place).map_err(|error| unusable(error.to_string()))?;
    let mut verdict = Verdict::new(1);
    faults.into_iter().for_each(|(place, says)| verdict.add(place, says));
    walk(&journal, &mut verdict, report)?;
    match verdict.findings.first() {
        None => Ok(ledgers),
        Some(first) => Err(unusable(format!("{} faults, the first one: {first}", verdict.wrong))),
    }
}

/// Returns the backups of a folder, oldest first.
pub fn list_backups(folder: &Path) -> Result<Vec<Backup>, Error> {
    let backup_folder = BackupFolder::open(folder)?;
    let backups = Backups::open(&backup_folder.folder).map_err(|error| backup_folder.failed(&error))?;
    Ok(backups.kept().iter().map(|kept| backup_folder.about(kept.id).unwrap_or_else(|| undescribed(kept))).collect())
}

/// Returns the entry of a backup without a description: it was cut short before its check was done.
fn undescribed(kept: &crate::journal::rocks::Kept) -> Backup {
    Backup {
        backup: kept.id,
        made_at: Moment::from(DateTime::from_timestamp(kept.made_at, 0).unwrap_or_default()),
        version: String::new(),
        bytes: kept.bytes,
        is_checked: false,
        is_finished: false,
        ledgers: Vec::new(),
        nothing_removed: None,
    }
}

pub(super) fn ledgers_of(journal: &Rocks) -> Result<Vec<BackupLedger>, crate::journal::Error> {
    let logs = journal.logs()?;
    logs.into_iter()
        .map(|log| {
            let header = serde_json::from_slice::<Header>(&log.header).ok();
            let last_seq = journal.head(log.no)?.seq;
            let created_at = header.map(|header| header.created_at);
            let (incarnation, earlier) = log.incarnations.map(|known| (known.incarnation, known.earlier)).unzip();
            let earlier = earlier.unwrap_or_default();
            Ok(BackupLedger { ledger: log.slug, created_at, last_seq, incarnation, earlier })
        })
        .collect()
}

/// A temporary folder, removed on drop.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn clear(&self) -> std::io::Result<()> {
        if self.0.exists() { fs::remove_dir_all(&self.0) } else { Ok(()) }
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            tracing::warn!("cannot remove the temporary folder {}: {error}", self.0.display());
        }
    }
}
