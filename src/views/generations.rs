//! The views of a data folder, in generations. One stands; others are being built beside it, or are on their way out.
//!
//! ```text
//! views/standing    the number of the generation that stands
//! views/7           its rows
//! views/8           one that is being built, or compared
//! ```
//!
//! RocksDB cannot live in a folder that is renamed under it. So a rebuild that is done does not move: the file `standing`
//! is replaced instead, by one rename, and readers that are still in the old generation finish there.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::folders;

const STANDING: &str = "standing";

/// Where the views of a data folder are.
#[derive(Debug, Clone)]
pub struct Generations(PathBuf);

impl Generations {
    /// Those of a data folder.
    pub fn of(folder: &Path) -> Generations {
        Generations(folder.join("views"))
    }

    /// Where the generation is that stands; none where none does, or where it is gone.
    pub fn standing(&self) -> Option<PathBuf> {
        let number = fs::read_to_string(self.0.join(STANDING)).ok()?;
        number.trim().parse::<u64>().ok().map(|number| self.path(number)).filter(|path| path.is_dir())
    }

    /// Makes an empty folder for one more.
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
                // Somebody else builds one too.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => next += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// From now on this generation stands, whatever happens: after a crash it is this one or the one before.
    pub fn put_in_place(&self, generation: &Path) -> io::Result<()> {
        let number = generation.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let fresh = self.0.join("standing.new");
        let mut file = folders::private_file(&fresh)?;
        writeln!(file, "{number}")?;
        file.sync_all()?;
        fs::rename(&fresh, self.0.join(STANDING))?;
        folders::sync(&self.0)
    }

    /// Removes everything but the generation that stands. Only for whoever holds the data folder, and builds none.
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

    /// Removes them all: they are to be built from another journal.
    pub fn remove(&self) -> io::Result<()> {
        if self.0.exists() { fs::remove_dir_all(&self.0) } else { Ok(()) }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.0.join(number.to_string())
    }
}

/// A folder of views, which goes with them if nobody wants to keep it.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) is_passing: AtomicBool,
}

impl Folder {
    pub(super) fn at(path: &Path) -> Folder {
        Folder { path: path.into(), is_passing: AtomicBool::new(false) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_passing.load(Ordering::Relaxed)
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!("{} is left behind ({error}): the next start removes it", self.path.display());
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
        // As an earlier version had them: rows right in the folder.
        fs::write(folder.path().join("views/CURRENT"), "MANIFEST-000001").unwrap();
        fs::write(folder.path().join("views/standing"), "").unwrap();
        generations.clear().unwrap();
        assert_eq!(fs::read_dir(folder.path().join("views")).unwrap().count(), 0);
    }
}
