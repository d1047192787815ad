//! `backup`: a copy of the journal among others in a folder, opened and walked before it counts as one.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use events::Moment;
use serde::{Deserialize, Serialize};

use super::backup_folder::BackupFolder;
use super::{Error, Operation, Step, Told};
use crate::folders;
use crate::journal::rocks::{Backups, Examined, Rocks};
use crate::journal::{Earlier, Incarnation, Incarnations, Journal};
use crate::ledger::Header;
use crate::ledger::data_folder::DataFolder;
use crate::ledger::verify::{Verdict, walk};

const CHECKING: &str = "checking";

/// What is to be done about a backup that was found faulty when it was made.
const FAULTY: &str = "It does not count, and those before it stand. What it was made of is not sound, or the disk it lies on: \
                      `okr-ledger verify` tells whether it is the journal";

/// How a backup is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupAsk {
    /// The folder of backups.
    pub to: PathBuf,
    /// How many are kept, this one included; the oldest go. All where nothing is said.
    #[serde(default)]
    pub keep: Option<usize>,
    /// Whether it is put together as a restore would, and walked.
    #[serde(default = "yes")]
    pub check: bool,
    /// Whether it is made of a folder that holds no ledger, and among the backups of other ledgers.
    #[serde(default)]
    pub force: bool,
}

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its number.
    pub backup: u32,
    /// When it was made.
    pub made_at: Moment,
    /// By which version of the program.
    pub version: String,
    /// What it weighs, with what it shares with others.
    pub bytes: u64,
    /// Whether it was put together and walked, and found whole.
    pub is_checked: bool,
    /// Whether it was made to the end. What was cut short, or found faulty, does not count: it is not restored unless it is
    /// named, and pushes no other out.
    #[serde(default = "yes")]
    pub is_finished: bool,
    /// The ledgers it holds. Of a backup that was not checked `last_seq` is the least it holds.
    pub ledgers: Vec<BackupLedger>,
    /// Why no older backup was removed, where `keep` says that some would go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing_removed: Option<String>,
}

/// A ledger in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupLedger {
    /// Its slug.
    pub ledger: String,
    /// When it was made.
    pub created_at: Option<Moment>,
    /// Its last event.
    pub last_seq: u64,
    /// Its incarnation; none in backups from before there were any.
    #[serde(default)]
    pub incarnation: Option<Incarnation>,
    /// The incarnations before it, the oldest first.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
}

impl BackupLedger {
    /// Tells whether another ledger of the same name is this one, at this or another time. Before there were incarnations
    /// a ledger was known by the moment of its making.
    pub(super) fn is_related(&self, other: &BackupLedger) -> bool {
        match (self.incarnations(), other.incarnations()) {
            (Some(one), Some(another)) => one.meet(&another),
            _ => self.created_at == other.created_at,
        }
    }

    fn incarnations(&self) -> Option<Incarnations> {
        let incarnation = self.incarnation?;
        Some(Incarnations { incarnation, earlier: self.earlier.clone() })
    }
}

fn yes() -> bool {
    true
}

/// Backs up a data folder that nobody has open.
pub fn back_up_folder(folder: &Path, ask: &BackupAsk, told: Told<'_>) -> Result<Backup, Error> {
    let data_folder = DataFolder::take_held(folder)?;
    let journal = Rocks::open(data_folder.journal())?;
    back_up(&data_folder, &journal, ask, told)
}

impl Operation {
    /// Backs up the journal while it is written.
    pub fn back_up(&self, ask: &BackupAsk, told: Told<'_>) -> Result<Backup, Error> {
        if !ask.to.is_absolute() {
            let says = format!("`to` is a whole path on the server's machine, and `{}` is none", ask.to.display());
            return Err(Error::Refused(says));
        }
        let open_folder_of = self.open_folder_of()?;
        back_up(&open_folder_of.data_folder, &open_folder_of.rocks, ask, &mut self.until_cancelled(told))
    }
}

fn back_up(data_folder: &DataFolder, journal: &Rocks, ask: &BackupAsk, told: Told<'_>) -> Result<Backup, Error> {
    if ask.keep == Some(0) {
        return Err(Error::Refused("keep at least one backup: the one that is being made".into()));
    }
    let backup_folder = BackupFolder::open_or_make(&ask.to, data_folder.folder())?;
    let ledgers = ledgers_of(journal)?;
    if !ask.force {
        refuse_empty(data_folder, &ledgers)?;
        backup_folder.refuse_others(&ledgers)?;
    }
    told(Step { doing: "copying the journal".into(), done: 0, all: 0 })?;
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
        backup.ledgers = check(&backup_folder, &mut backups, &backup, told)?;
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

/// Refuses a data folder without ledgers: a mistyped path, or a disk that is not mounted, looks like one.
fn refuse_empty(data_folder: &DataFolder, ledgers: &[BackupLedger]) -> Result<(), Error> {
    if !ledgers.is_empty() {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "the data folder {} holds no ledger, so that a backup of it would hold nothing: see that it is the right one (--data) \
         and that its disk is mounted. Nothing was changed. With --force it is backed up all the same",
        data_folder.folder().display()
    )))
}

/// Puts a backup together as a restore would and walks it. Returns what it holds.
fn check(
    backup_folder: &BackupFolder,
    backups: &mut Backups,
    backup: &Backup,
    told: Told<'_>,
) -> Result<Vec<BackupLedger>, Error> {
    let place = Passing(backup_folder.folder.join(CHECKING));
    place.clear().map_err(|error| backup_folder.failed(&error))?;
    let found = put_together(backups, backup.backup, &place.0, told, FAULTY)?;
    for least in &backup.ledgers {
        if !found.iter().any(|one| one.ledger == least.ledger && one.last_seq >= least.last_seq) {
            return Err(Error::Failed(format!(
                "backup {} lacks events of the ledger `{}` up to {}: do not rely on it, and make another",
                backup.backup, least.ledger, least.last_seq
            )));
        }
    }
    Ok(found)
}

/// Makes a journal of a backup and walks it. Anything that is wrong with it is an error.
pub(super) fn put_together(
    backups: &mut Backups,
    id: u32,
    place: &Path,
    told: Told<'_>,
    advice: &str,
) -> Result<Vec<BackupLedger>, Error> {
    let unusable = |says: String| Error::Failed(format!("backup {id} cannot be used: {says}. {advice}"));
    told(Step { doing: "putting the backup together".into(), done: 0, all: 0 })?;
    folders::make(place).map_err(|error| unusable(error.to_string()))?;
    backups.restore(id, place).map_err(|error| unusable(error.to_string()))?;
    // Opened once as a server would: what remains of the log is read and becomes tables.
    let ledgers = Rocks::open(place).and_then(|journal| ledgers_of(&journal)).map_err(|e| unusable(e.to_string()))?;
    let Examined { journal, faults, .. } = Rocks::examine(place).map_err(|error| unusable(error.to_string()))?;
    let mut verdict = Verdict::new(1);
    faults.into_iter().for_each(|(place, says)| verdict.add(place, says));
    walk(&journal, &mut verdict, told)?;
    match verdict.findings.first() {
        None => Ok(ledgers),
        Some(first) => Err(unusable(format!("{} faults, the first of them: {first}", verdict.wrong))),
    }
}

/// The backups of a folder, the oldest first.
pub fn list_backups(folder: &Path) -> Result<Vec<Backup>, Error> {
    let backup_folder = BackupFolder::open(folder)?;
    let backups = Backups::open(&backup_folder.folder).map_err(|error| backup_folder.failed(&error))?;
    Ok(backups.kept().iter().map(|kept| backup_folder.about(kept.id).unwrap_or_else(|| undescribed(kept))).collect())
}

/// A backup whose description is not there: it was cut short before its check was done.
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
    let books = journal.logs()?;
    books
        .into_iter()
        .map(|book| {
            let header = serde_json::from_slice::<Header>(&book.header).ok();
            let last_seq = journal.head(book.no)?.seq;
            let created_at = header.map(|header| header.created_at);
            let (incarnation, earlier) = book.incarnations.map(|known| (known.incarnation, known.earlier)).unzip();
            let earlier = earlier.unwrap_or_default();
            Ok(BackupLedger { ledger: book.slug, created_at, last_seq, incarnation, earlier })
        })
        .collect()
}

/// A folder that is removed when this is dropped.
struct Passing(PathBuf);

impl Passing {
    fn clear(&self) -> std::io::Result<()> {
        if self.0.exists() { fs::remove_dir_all(&self.0) } else { Ok(()) }
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            tracing::warn!("{} is left behind: {error}", self.0.display());
        }
    }
}
