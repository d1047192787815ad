//! Backups of a journal: RocksDB's backup engine. Tables are shared between the backups of one folder, so that each new
//! one copies only what was written since.

use std::path::{Path, PathBuf};

use rocksdb::Env;
use rocksdb::backup::{BackupEngine, BackupEngineOptions, RestoreOptions};

use super::Rocks;
use super::failure::storage;
use super::watermark::Watermark;
use crate::journal::Error;

/// A folder of backups.
pub struct Backups {
    engine: BackupEngine,
    folder: PathBuf,
}

/// One backup that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub id: u32,
    /// When it was made, in seconds since 1970.
    pub made_at: i64,
    /// What it weighs, with what it shares with others.
    pub bytes: u64,
}

impl Backups {
    /// Opens a folder of backups, making it where it is not there.
    pub fn open(folder: &Path) -> Result<Backups, Error> {
        let options = BackupEngineOptions::new(folder).map_err(storage)?;
        let env = Env::new().map_err(storage)?;
        let engine = BackupEngine::open(&options, &env).map_err(storage)?;
        Ok(Backups { engine, folder: folder.into() })
    }

    /// The backups that are there, the oldest first.
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

    /// Makes a backup while the journal is written: what was appended before is in it, and of a group that is under way
    /// all or nothing.
    pub fn make(&mut self, journal: &Rocks) -> Result<Kept, Error> {
        // Flushed first, so that what is copied are tables, which the next backup can share.
        self.engine.create_new_backup_flush(&journal.db, true).map_err(storage)?;
        let made = self.kept().pop().ok_or_else(|| Error::Storage("the backup is not there".into()))?;
        self.engine.verify_backup(made.id).map_err(storage)?;
        Ok(made)
    }

    /// Puts a backup into a folder that is to become a journal. Every file is held against its checksum.
    pub fn restore(&mut self, id: u32, journal: &Path) -> Result<(), Error> {
        self.engine.verify_backup(id).map_err(storage)?;
        let options = RestoreOptions::default();
        self.engine.restore_from_backup(journal, journal, &options, id).map_err(storage)?;
        // All that is there was acknowledged, and no mark has been lost: a backup has none.
        let restored = Rocks::examine(journal)?.journal;
        Watermark::begin(journal, &restored.ledger_states()).map(drop)
    }

    /// Removes all but the last `count` backups.
    pub fn keep(&mut self, count: usize) -> Result<(), Error> {
        self.engine.purge_old_backups(count).map_err(storage)
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
