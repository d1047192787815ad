//! A folder for the time being.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::failure::Failure;
use crate::folders;

/// A folder that is removed when this is dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder that was not there.
    pub(crate) fn new() -> Result<Scratch, Failure> {
        let path = std::env::temp_dir().join(format!("okr-ledger-{}", Uuid::now_v7()));
        folders::make_new(&path)
            .map_err(|error| Failure::failed(format!("the folder {} cannot be made: {error}", path.display())))?;
        Ok(Scratch(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!("the folder {} is left behind: {error}", self.0.display());
        }
    }
}
