//! Backups of a journal with RocksDB's backup engine. The backups of one folder share tables, so each new backup copies
//! only the data written since the last one.

use std::path::{Path, PathBuf};

use rocksdb::Env;
use rocksdb::backup::{BackupEngine, BackupEngineOptions, RestoreOptions};

use super::Rocks;
use super::failure::storage;
use super::watermark::Watermark;
use crate::journal::Error;

/// A folder that contains backups.
pub struct Backups {
    engine: BackupEngine,
    folder: PathBuf,
}

/// One existing backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The backup's number, increasing.
    pub id: u32,
    /// When the backup was made, in seconds since 1970.
    pub made_at: i64,
    /// The backup's size, including tables shared with other backups.
    pub bytes: u64,
}

impl Backups {
    /// Opens a backup folder, creating it if it does not exist.
    pub fn open(folder: &Path) -> Result<Backups, Error> {
        let options = BackupEngineOptions::new(folder).map_err(storage)?;
        let env = Env::new().map_err(storage)?;
        let engine = BackupEngine::open(&options, &env).map_err(storage)?;
        Ok(Backups { engine, folder: folder.into() })
    }

    /// Returns the existing backups, oldest first.
    pub fn kept(&self) -> Vec<Kept> {
        let mut kept: Vec<Kept> = self
            .engine
            .get_backup_info()
            .iter()
            .map(|info| Kept { id: info.backup_id, made_at: info.timestamp, bytes: info.size })
            .collect();
        kept.sort_by_key(|one| one.id);
        kept
    }

    /// Makes a backup while the journal is being written. It contains every group appended before, and all or nothing
    /// of a group being appended.
    pub fn make(&mut self, journal: &Rocks) -> Result<Kept, Error> {
        // The flush writes tables, which the next backup can share.
        self.engine.create_new_backup_flush(&journal.db, true).map_err(storage)?;
        let made =
            self.kept().pop().ok_or_else(|| Error::Storage("the backup is missing right after it was made".into()))?;
        self.engine.verify_backup(made.id).map_err(storage)?;
        Ok(made)
    }

    /// Restores a backup into an empty journal folder. Every file is verified against its checksum.
    pub fn restore(&mut self, id: u32, journal: &Path) -> Result<(), Error> {
        self.engine.verify_backup(id).map_err(storage)?;
        let options = RestoreOptions::default();
        self.engine.restore_from_backup(journal, journal, &options, id).map_err(storage)?;
        // Everything in the backup was acknowledged. Backups contain no watermark, so none has been lost.
        let restored = Rocks::examine(journal)?.journal;
        Watermark::begin(journal, &restored.ledger_states()).map(drop)
    }

    /// Deletes all but the last `count` backups.
    pub fn keep(&mut self, count: usize) -> Result<(), Error> {
        self.engine.purge_old_backups(count).map_err(storage)
    }

    /// Returns the path of the backup folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
