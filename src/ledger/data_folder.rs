//! What is where in a data folder, and the lock that keeps a second program out.
//!
//! ```text
//! DIR/lock       held by whoever has the folder open
//! DIR/journal    precious: the only truth
//! DIR/views      disposable: rebuilt from the journal where they are missing, older or not whole
//! DIR/clock      when the machine's clock was last in order, and which one was accepted
//! DIR/address    of the server that has the folder open, and which one it is; where its operations socket is, if elsewhere
//! DIR/operations.sock    through which that server is asked for operations
//! DIR/okr-ledger.toml    settings of commands that name this folder, if somebody put them there
//!
//! DIR/journal.new                a restore that is under way, or was cut short
//! DIR/journal.replaced-<when>    what stood before a restore with --force
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

/// The server's address, and which server it is.
pub const ADDRESS: &str = "address";
/// The server's operations socket, where it has no other place.
pub const SOCKET: &str = "operations.sock";

/// What earlier versions left beside the address.
const OPERATOR: &str = "operator";

const LOCK: &str = "lock";
const REPLACED: &str = "journal.replaced-";

/// A data folder that nobody else has open.
#[derive(Debug)]
pub(super) struct DataFolder {
    folder: PathBuf,
    _lock: File,
}

/// An open data folder and its journal.
pub(super) struct OpenFolder {
    // The journal is closed before the folder is free.
    pub(super) rocks: Arc<Rocks>,
    pub(super) data_folder: DataFolder,
}

impl DataFolder {
    /// Takes a data folder, making it if it is not there, and clears away what a program that was killed left.
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

    /// The same for a folder that is to hold a journal already.
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

    /// Where a journal is put together that is to take the place of the one there is.
    pub(super) fn new_journal(&self) -> PathBuf {
        self.folder.join("journal.new")
    }

    /// Where the journal goes that another takes the place of.
    pub(super) fn replaced_journal(&self, when: &str) -> PathBuf {
        self.folder.join(format!("{REPLACED}{when}"))
    }

    pub(super) fn generations(&self) -> Generations {
        Generations::of(&self.folder)
    }

    pub(super) fn failed(&self, error: io::Error) -> OpenError {
        OpenError::Folder { folder: self.folder.clone(), error }
    }

    /// What a restore left that was cut between taking the old journal away and putting the new one in its place. To make
    /// an empty journal then would hide both.
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
