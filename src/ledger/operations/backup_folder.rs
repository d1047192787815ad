//! A folder of backups, and what is written down of each.
//!
//! ```text
//! TO/lock          held while a backup is made or read
//! TO/private, shared_checksum, meta    RocksDB's: tables are shared between backups
//! TO/about/3.json  what backup 3 holds
//! TO/checking      backup 3 put together as a restore would, to be walked; removed when that is done
//! ```

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::Error;
use super::backup::{Backup, BackupLedger};
use crate::folders;
use crate::journal::rocks::Backups;

const ABOUT: &str = "about";

/// A folder of backups that nobody else works on.
pub(super) struct BackupFolder {
    pub(super) folder: PathBuf,
    _lock: File,
}

impl BackupFolder {
    /// The folder of backups that is there.
    pub(super) fn open(folder: &Path) -> Result<BackupFolder, Error> {
        if !folder.join("meta").is_dir() {
            return Err(Error::Refused(format!("there are no backups in {}", folder.display())));
        }
        BackupFolder::lock(folder)
    }

    pub(super) fn open_or_make(folder: &Path, data: &Path) -> Result<BackupFolder, Error> {
        let failed = |error: std::io::Error| {
            Error::Failed(format!("the folder of backups {} cannot be used: {error}", folder.display()))
        };
        let is_new = !folder.exists();
        folders::make(folder).map_err(failed)?;
        let (place, data) = (folder.canonicalize().map_err(failed)?, data.canonicalize().map_err(failed)?);
        if place.starts_with(&data) {
            if is_new {
                fs::remove_dir(&place).map_err(failed)?;
            }
            return Err(Error::Refused(format!(
                "{} is in the data folder: a backup there is lost with it; name a folder elsewhere, best on another disk",
                folder.display()
            )));
        }
        let is_strange = !place.join("meta").is_dir()
            && fs::read_dir(&place).map_err(failed)?.filter_map(Result::ok).any(|found| found.file_name() != "lock");
        if is_strange {
            return Err(Error::Refused(format!(
                "{} holds something else than backups: name a folder of their own",
                folder.display()
            )));
        }
        BackupFolder::lock(&place)
    }

    fn lock(folder: &Path) -> Result<BackupFolder, Error> {
        let failed = |error: std::io::Error| {
            Error::Failed(format!("the folder of backups {} cannot be used: {error}", folder.display()))
        };
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("lock"));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(BackupFolder { folder: folder.into(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::Refused(format!(
                "another okr-ledger is working on the backups in {}: try again when it is done",
                folder.display()
            ))),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Refuses to mix the backups of different data folders: a restore of the last backup would bring back other ledgers
    /// than those that are missed.
    pub(super) fn refuse_others(&self, ledgers: &[BackupLedger]) -> Result<(), Error> {
        let backups = Backups::open(&self.folder).map_err(|error| self.failed(&error))?;
        let Some(last) = backups.kept().iter().rev().find_map(|kept| self.about(kept.id)) else { return Ok(()) };
        let namesake = |before: &BackupLedger| ledgers.iter().find(|now| now.ledger == before.ledger);
        let other = last.ledgers.iter().find(|before| namesake(before).is_some_and(|now| !now.is_related(before)));
        let (folder, advice) = (
            self.folder.display(),
            "Nothing was changed. Name another folder of backups (--to), or the \
             right data folder (--data); with --force the backup is made all the same, and pushes none of the others out",
        );
        if let Some(BackupLedger { ledger, .. }) = other {
            return Err(Error::Refused(format!(
                "the ledger `{ledger}` is not the one in backup {} in {folder}, but another of the same name: neither goes on \
                 from the other. {advice}",
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

    /// Returns why none but the last `reach` backups may go yet: one of those that would go holds events that `made` does
    /// not, and could be the only place that has them.
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
            "no older backup was removed, though only so many are to be kept: backup {id} holds {} events of the ledger \
             `{}`, and backup {}, which was made now, {held}. If events are missing, see that this is the right data folder \
             and that its disk is whole, then put a backup back (okr-ledger restore). If this is meant, backups are removed \
             again as soon as the ledger has grown beyond; or go on in another folder of backups (--to)",
            old.last_seq, old.ledger, made.backup
        ))
    }

    /// What was written down of a backup.
    pub(super) fn about(&self, id: u32) -> Option<Backup> {
        serde_json::from_slice(&fs::read(self.about_file(id)).ok()?).ok()
    }

    /// How far back the last `count` backups reach that count, in backups of any kind. Where there are fewer, all stay.
    pub(super) fn reach_of(&self, backups: &Backups, count: usize) -> usize {
        let kept = backups.kept();
        let counting = kept.iter().rev().enumerate().filter(|(_, kept)| self.about(kept.id).is_some());
        counting.map(|(n, _)| n + 1).nth(count.saturating_sub(1)).unwrap_or(kept.len())
    }

    /// The last backup that counts, or the last of all where none does.
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

    /// Removes the descriptions of backups that are gone.
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
