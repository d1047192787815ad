//! The layout of a data folder, and the lock that excludes a second process.
//!
//! ```text
//! DIR/lock       held by the process that has the folder open
//! DIR/journal    precious: the only source of truth
//! DIR/views      disposable: rebuilt from the journal if missing, outdated or damaged
//! DIR/clock      when the machine's clock was last in order, and which clock was accepted
//! DIR/address    address and identity of the server that has the folder open, and a non-default socket path
//! DIR/operations.sock    socket through which that server accepts operations
//! DIR/okr-ledger.toml    optional settings for commands that name this folder
//!
//! DIR/journal.new                a restore that is under way, or was cut short
//! DIR/journal.replaced-<when>    the journal replaced by a restore with --force
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::OpenError;
use crate::folders;
use crate::journal::rocks::Rocks;
use crate::views::Generations;

/// The file with the server's address and identity.
pub const ADDRESS: &str = "address";
/// The default file name of the server's operations socket.
pub const SOCKET: &str = "operations.sock";

/// A file that earlier versions left beside the address.
const OPERATOR: &str = "operator";

const LOCK: &str = "lock";
const REPLACED: &str = "journal.replaced-";

/// A data folder locked by this process.
#[derive(Debug)]
pub(super) struct DataFolder {
    folder: PathBuf,
    _lock: File,
}

/// An open data folder and its journal.
pub(super) struct OpenFolder {
    // Declared first, so that the journal is closed before the lock is released.
    pub(super) rocks: Arc<Rocks>,
    pub(super) data_folder: DataFolder,
}

impl DataFolder {
    /// Locks a data folder, creating it if it does not exist, and removes files left by a killed process.
    pub(super) fn take(folder: &Path) -> Result<DataFolder, OpenError> {
        let failed = |error| OpenError::Folder { folder: folder.into(), error };
        folders::make(folder).map_err(failed)?;
        let mut lock = File::options();
        let lock = lock.create(true).truncate(false).write(true).mode(0o600).open(folder.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(folder.into())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        for stale in [ADDRESS, OPERATOR, SOCKET] {
            match fs::remove_file(folder.join(stale)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        Ok(DataFolder { folder: folder.into(), _lock: lock })
    }

    /// Locks a data folder that must already contain a journal.
    pub(super) fn take_held(folder: &Path) -> Result<DataFolder, OpenError> {
        if !folder.join("journal").exists() {
            return Err(match DataFolder::cut_restore(folder) {
                Some(left) => OpenError::RestoreCut { folder: folder.into(), left },
                None if folder.exists() => OpenError::NoJournal(folder.into()),
                None => OpenError::Nowhere(folder.into()),
            });
        }
        DataFolder::take(folder)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.folder.join("journal")
    }

    /// Returns the path where a restore assembles the new journal.
    pub(super) fn new_journal(&self) -> PathBuf {
        self.folder.join("journal.new")
    }

    /// Returns the path to which a restore moves the replaced journal.
    pub(super) fn replaced_journal(&self, when: &str) -> PathBuf {
        self.folder.join(format!("{REPLACED}{when}"))
    }

    pub(super) fn generations(&self) -> Generations {
        Generations::of(&self.folder)
    }

    pub(super) fn failed(&self, error: io::Error) -> OpenError {
        OpenError::Folder { folder: self.folder.clone(), error }
    }

    /// Returns the replaced journal if a restore was cut short between moving the old journal away and moving the new
    /// one into place. Creating an empty journal in that state would hide both.
    pub(super) fn cut_restore(folder: &Path) -> Option<PathBuf> {
        if folder.join("journal").exists() {
            return None;
        }
        let names = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|found| found.path());
        names.into_iter().find(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.starts_with(REPLACED)
        })
    }
}
