//! A backup folder, with a description of each backup.
//!
//! ```text
//! TO/lock          held while a backup is made or read
//! TO/private, shared_checksum, meta    RocksDB's: tables are shared between backups
//! TO/about/3.json  the description of backup 3
//! TO/checking      backup 3 restored to be checked; removed afterwards
//! ```

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use events::Moment;
use serde::{Deserialize, Serialize};

use super::Error;
use crate::folders;
use crate::journal::rocks::Backups;
use crate::journal::{Earlier, Incarnation, Incarnations};

const ABOUT: &str = "about";

/// A backup folder locked by this process.
pub(super) struct BackupFolder {
    pub(super) folder: PathBuf,
    _lock: File,
}

impl BackupFolder {
    /// Opens an existing backup folder.
    pub(super) fn open(folder: &Path) -> Result<BackupFolder, Error> {
        if !folder.join("meta").is_dir() {
            return Err(Error::Refused(format!("there are no backups in {}", folder.display())));
        }
        BackupFolder::lock(folder)
    }

    pub(super) fn open_or_make(folder: &Path, data: &Path) -> Result<BackupFolder, Error> {
        let failed = |error: std::io::Error| {
            Error::Failed(format!("cannot use the backup folder {}: {error}", folder.display()))
        };
        let is_new = !folder.exists();
        folders::make(folder).map_err(failed)?;
        let (place, data) = (folder.canonicalize().map_err(failed)?, data.canonicalize().map_err(failed)?);
        if place.starts_with(&data) {
            if is_new {
                fs::remove_dir(&place).map_err(failed)?;
            }
            return Err(Error::Refused(format!(
                "{} is in the data folder: a backup there would be lost with it; name a folder elsewhere, preferably \
                 on another disk",
                folder.display()
            )));
        }
        let is_strange = !place.join("meta").is_dir()
            && fs::read_dir(&place).map_err(failed)?.filter_map(Result::ok).any(|found| found.file_name() != "lock");
        if is_strange {
            return Err(Error::Refused(format!(
                "{} contains files that are not backups: name a folder for backups only",
                folder.display()
            )));
        }
        BackupFolder::lock(&place)
    }

    fn lock(folder: &Path) -> Result<BackupFolder, Error> {
        let failed = |error: std::io::Error| {
            Error::Failed(format!("cannot use the backup folder {}: {error}", folder.display()))
        };
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("lock"));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(BackupFolder { folder: folder.into(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::Refused(format!(
                "another okr-ledger is using the backups in {}: try again when it is done",
                folder.display()
            ))),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Refuses to mix the backups of different data folders: restoring the last backup would bring back the wrong
    /// ledgers.
    pub(super) fn refuse_others(&self, ledgers: &[BackupLedger]) -> Result<(), Error> {
        let backups = Backups::open(&self.folder).map_err(|error| self.failed(&error))?;
        let Some(last) = backups.kept().iter().rev().find_map(|kept| self.about(kept.id)) else { return Ok(()) };
        let namesake = |before: &BackupLedger| ledgers.iter().find(|now| now.ledger == before.ledger);
        let other = last.ledgers.iter().find(|before| namesake(before).is_some_and(|now| !now.is_related(before)));
        let (folder, advice) = (
            self.folder.display(),
            "Nothing was changed. Name another backup folder (--to), or the right data folder (--data); with --force \
             the backup is made anyway, and no other backup is deleted",
        );
        if let Some(BackupLedger { ledger, .. }) = other {
            return Err(Error::Refused(format!(
                "the ledger `{ledger}` is not the one in backup {} in {folder}, but another of the same name: neither \
                 continues the other. {advice}",
                last.backup
            )));
        }
        if !last.ledgers.is_empty() && last.ledgers.iter().all(|before| namesake(before).is_none()) {
            let named: Vec<&str> = last.ledgers.iter().map(|one| one.ledger.as_str()).collect();
            return Err(Error::Refused(format!(
                "{folder} holds backups of another data folder, with the ledgers {}. {advice}",
                named.join(", ")
            )));
        }
        Ok(())
    }

    /// Returns the reason to delete none of the backups before the last `reach` ones: one of them contains events that
    /// `made` does not, and could be the only copy.
    pub(super) fn reason_to_keep(&self, backups: &Backups, reach: usize, made: &Backup) -> Option<String> {
        let kept = backups.kept();
        let going = kept.iter().rev().skip(reach).filter_map(|kept| self.about(kept.id));
        let lost = going.flat_map(|old| old.ledgers.into_iter().map(move |ledger| (old.backup, ledger)));
        let (id, old, now) = lost.into_iter().find_map(|(id, old)| {
            let now = made.ledgers.iter().find(|now| now.ledger == old.ledger && now.is_related(&old));
            let held = now.map(|now| now.last_seq);
            held.is_none_or(|held| held < old.last_seq).then_some((id, old, held))
        })?;
        let held = match now {
            Some(held) => format!("holds {held}"),
            None => "does not hold that ledger".into(),
        };
        Some(format!(
            "no older backup was removed, although `keep` asks for it: backup {id} holds {} events of the ledger `{}`, \
             but backup {}, which was made now, {held}. If events are missing, check that this is the right data \
             folder and that its disk is sound, then restore a backup (okr-ledger restore). If this is intended, \
             backups are removed again as soon as the ledger has more events than backup {id}; or continue in another \
             backup folder (--to)",
            old.last_seq, old.ledger, made.backup
        ))
    }

    /// Reads the description of a backup.
    pub(super) fn about(&self, id: u32) -> Option<Backup> {
        serde_json::from_slice(&fs::read(self.about_file(id)).ok()?).ok()
    }

    /// Returns how many of the newest backups of any kind contain `count` valid ones; all if there are fewer.
    pub(super) fn reach_of(&self, backups: &Backups, count: usize) -> usize {
        let kept = backups.kept();
        let counting = kept.iter().rev().enumerate().filter(|(_, kept)| self.about(kept.id).is_some());
        counting.map(|(n, _)| n + 1).nth(count.saturating_sub(1)).unwrap_or(kept.len())
    }

    /// Returns the last valid backup, or the last of all if none is valid.
    pub(super) fn last(&self, backups: &Backups) -> Option<u32> {
        let kept = backups.kept();
        kept.iter().rev().find(|kept| self.about(kept.id).is_some()).or(kept.last()).map(|kept| kept.id)
    }

    fn about_file(&self, id: u32) -> PathBuf {
        self.folder.join(ABOUT).join(format!("{id}.json"))
    }

    pub(super) fn describe(&self, backup: &Backup) -> Result<(), Error> {
        let file = self.about_file(backup.backup);
        let written = folders::make(&self.folder.join(ABOUT)).and_then(|()| {
            let text = serde_json::to_string_pretty(backup)?;
            let fresh = file.with_extension("new");
            fs::write(&fresh, text + "\n")?;
            File::open(&fresh)?.sync_all()?;
            fs::rename(&fresh, &file)?;
            folders::sync(&self.folder.join(ABOUT))
        });
        written.map_err(|error| self.failed(&error))
    }

    /// Deletes the descriptions of deleted backups.
    pub(super) fn forget(&self, backups: &Backups) -> Result<(), Error> {
        let kept: Vec<PathBuf> = backups.kept().iter().map(|kept| self.about_file(kept.id)).collect();
        let described = fs::read_dir(self.folder.join(ABOUT)).map_err(|error| self.failed(&error))?;
        for file in described.filter_map(Result::ok).map(|found| found.path()).filter(|file| !kept.contains(file)) {
            fs::remove_file(file).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    pub(super) fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        Error::Failed(format!("the backups in {}: {error}", self.folder.display()))
    }
}

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// The backup's number, increasing.
    pub backup: u32,
    /// When the backup was made.
    pub made_at: Moment,
    /// The version of the program that made the backup.
    pub version: String,
    /// The size, including tables shared with other backups.
    pub bytes: u64,
    /// True if the backup was restored into a temporary folder and found sound.
    pub is_checked: bool,
    /// False if the backup was cut short or found faulty. Such a backup is restored only if named, and does not
    /// displace others.
    #[serde(default = "yes")]
    pub is_finished: bool,
    /// The ledgers in the backup. In an unchecked backup, `last_seq` is a lower bound.
    pub ledgers: Vec<BackupLedger>,
    /// The reason why no older backup was deleted although `keep` asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing_removed: Option<String>,
}

/// A ledger in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupLedger {
    /// The slug.
    pub ledger: String,
    /// When the ledger was created.
    pub created_at: Option<Moment>,
    /// The last event in the backup.
    pub last_seq: u64,
    /// The ledger's incarnation; `None` in backups from before incarnations existed.
    #[serde(default)]
    pub incarnation: Option<Incarnation>,
    /// The earlier incarnations, oldest first.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
}

impl BackupLedger {
    /// Returns true if another ledger of the same name is this one, at this or another time. Without incarnations, the
    /// creation time identifies a ledger.
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
