//! Private folders and files: data is readable by its owner only (0700, 0600), and new files and folders survive a
//! power cut.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Creates a folder and its missing parents, each readable by its owner only. Each new folder is synced into its
/// parent: if a power cut removed a folder, everything synced inside it would be lost too.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = above(path);
    make(above)?;
    match fs::DirBuilder::new().mode(0o700).create(path) {
        // Either another process created the folder meanwhile, or the path is not a folder.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        made => made?,
    }
    sync(above)
}

/// Creates a folder in an existing one. Fails if it exists.
pub(crate) fn make_new(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)?;
    sync(above(path))
}

/// Makes created and renamed entries of a folder survive a power cut.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Creates a file readable by its owner only, replacing an existing one: truncating a file would keep its mode, and a
/// link would be followed.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Returns the folder that contains a path.
pub(crate) fn above(path: &Path) -> &Path {
    path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        make(&deep).unwrap();
        make(&deep).unwrap();
        assert_eq!((mode(&deep), mode(&folder.path().join("a"))), (0o700, 0o700));
        make_new(&deep.join("c")).unwrap();
        assert!(make_new(&deep.join("c")).is_err());
        assert_eq!(mode(&deep.join("c")), 0o700);
        fs::write(deep.join("file"), "from before").unwrap();
        fs::set_permissions(deep.join("file"), fs::Permissions::from_mode(0o644)).unwrap();
        private_file(&deep.join("file")).unwrap();
        assert_eq!(mode(&deep.join("file")), 0o600);
        assert!(make(&deep.join("file")).is_err());
        assert!(make(&deep.join("file/d")).is_err());
    }
}
