//! Temporary folders.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::failure::Failure;
use crate::folders;

/// A temporary folder, removed on drop.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Creates a new folder.
    pub(crate) fn new() -> Result<Scratch, Failure> {
        let path = std::env::temp_dir().join(format!("okr-ledger-{}", Uuid::now_v7()));
        folders::make_new(&path)
            .map_err(|error| Failure::failed(format!("cannot create the folder {}: {error}", path.display())))?;
        Ok(Scratch(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!("cannot remove the temporary folder {}: {error}", self.0.display());
        }
    }
}
