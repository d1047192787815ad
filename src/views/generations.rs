//! The views of a data folder, in generations. One is current; others are being built beside it or wait to be deleted.
//!
//! ```text
//! views/standing    the number of the current generation
//! views/7           its rows
//! views/8           a generation that is being built or compared
//! ```
//!
//! RocksDB does not survive a rename of its folder, so a finished rebuild is not moved. Instead the file `standing` is
//! replaced with one rename, and readers still in the old generation finish there.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::folders;

const STANDING: &str = "standing";

/// The folder that contains the generations of a data folder.
#[derive(Debug, Clone)]
pub struct Generations(PathBuf);

impl Generations {
    /// Returns the generations of a data folder.
    pub fn of(folder: &Path) -> Generations {
        Generations(folder.join("views"))
    }

    /// Returns the folder of the current generation; `None` if there is none or its folder is missing.
    pub fn standing(&self) -> Option<PathBuf> {
        let number = fs::read_to_string(self.0.join(STANDING)).ok()?;
        number.trim().parse::<u64>().ok().map(|number| self.path(number)).filter(|path| path.is_dir())
    }

    /// Creates an empty folder for a new generation.
    pub fn claim(&self) -> io::Result<PathBuf> {
        folders::make(&self.0)?;
        let mut next = 1;
        for found in fs::read_dir(&self.0)? {
            let number = found?.file_name().to_str().and_then(|name| name.parse::<u64>().ok());
            next = next.max(number.unwrap_or(0) + 1);
        }
        loop {
            let path = self.path(next);
            match folders::make_new(&path) {
                Ok(()) => return Ok(path),
                // Another process builds a generation too.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => next += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes this generation the current one, atomically: after a crash it is either this one or the previous one.
    pub fn put_in_place(&self, generation: &Path) -> io::Result<()> {
        let number = generation.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let fresh = self.0.join("standing.new");
        let mut file = folders::private_file(&fresh)?;
        writeln!(file, "{number}")?;
        file.sync_all()?;
        fs::rename(&fresh, self.0.join(STANDING))?;
        folders::sync(&self.0)
    }

    /// Deletes everything but the current generation. The caller must hold the data folder and build no views.
    pub fn clear(&self) -> io::Result<()> {
        if !self.0.is_dir() {
            return Ok(());
        }
        let standing = self.standing();
        for found in fs::read_dir(&self.0)? {
            let path = found?.path();
            if standing.as_ref() == Some(&path) || (standing.is_some() && path.ends_with(STANDING)) {
                continue;
            }
            if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
        }
        Ok(())
    }

    /// Deletes all generations, before they are rebuilt from another journal.
    pub fn remove(&self) -> io::Result<()> {
        if self.0.exists() { fs::remove_dir_all(&self.0) } else { Ok(()) }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.0.join(number.to_string())
    }
}

/// A folder of views, deleted with them if it is temporary.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) is_temporary: AtomicBool,
}

impl Folder {
    pub(super) fn at(path: &Path) -> Folder {
        Folder { path: path.into(), is_temporary: AtomicBool::new(false) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary.load(Ordering::Relaxed)
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!("cannot delete {} ({error}): the next start deletes it", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stands_and_the_others_are_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let generations = Generations::of(folder.path());
        assert_eq!(generations.standing(), None);
        let first = generations.claim().unwrap();
        generations.put_in_place(&first).unwrap();
        let second = generations.claim().unwrap();
        assert_ne!(first, second);
        assert_eq!(generations.standing(), Some(first.clone()));
        generations.put_in_place(&second).unwrap();
        generations.clear().unwrap();
        assert_eq!(generations.standing(), Some(second.clone()));
        assert!(second.exists() && !first.exists());
        fs::remove_dir(&second).unwrap();
        assert_eq!(generations.standing(), None);
    }

    #[test]
    fn where_none_stands_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let generations = Generations::of(folder.path());
        generations.claim().unwrap();
        // An earlier version stored rows directly in the folder.
        fs::write(folder.path().join("views/CURRENT"), "MANIFEST-000001").unwrap();
        fs::write(folder.path().join("views/standing"), "").unwrap();
        generations.clear().unwrap();
        assert_eq!(fs::read_dir(folder.path().join("views")).unwrap().count(), 0);
    }
}
