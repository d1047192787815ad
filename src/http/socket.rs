//! The operations socket: a Unix socket that only its owner may open.
//!
//! Its clients may back up, verify and rebuild the data folder. File permissions decide who they are, so there is no
//! secret to store, show or pass on.

use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use axum::Router;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};

/// The longest path of a Unix socket, in bytes.
pub const OPERATIONS_SOCKET_BYTES_MAX: usize = 107;

/// Connections waiting to be accepted. Few people operate a server.
const WAITING_MAX: i32 = 16;

/// The socket; dropping it removes the file.
#[derive(Debug)]
pub struct OperationsSocket {
    listener: Option<UnixListener>,
    path: PathBuf,
}

impl OperationsSocket {
    /// Creates the socket. Replaces a stale socket left by a server that was killed; fails if a server answers there or
    /// if the file is not a socket.
    pub fn make(path: &Path) -> Result<OperationsSocket, String> {
        let bytes = path.as_os_str().len();
        if bytes > OPERATIONS_SOCKET_BYTES_MAX {
            return Err(format!(
                "{} has {bytes} bytes, but the path of a Unix socket has at most {OPERATIONS_SOCKET_BYTES_MAX}: choose a \
                 shorter one with --operations-socket",
                path.display()
            ));
        }
        let failed = |error: io::Error| format!("cannot create {}: {error}", path.display());
        clear(path)?;
        let listener = bound(path).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(OperationsSocket { listener: Some(listener), path: path.into() })
    }

    /// Serves until `shutdown` completes, then finishes the requests in progress.
    pub async fn serve(
        mut self,
        router: Router,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let Some(listener) = self.listener.take() else { return Ok(()) };
        let listener = tokio::net::UnixListener::from_std(listener)?;
        axum::serve(listener, router).with_graceful_shutdown(shutdown).await
    }
}

impl Drop for OperationsSocket {
    fn drop(&mut self) {
        // The next start removes a stale socket.
        _ = std::fs::remove_file(&self.path);
    }
}

/// Removes a stale socket.
fn clear(path: &Path) -> Result<(), String> {
    let place = path.display();
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("cannot inspect {place}: {error}")),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(format!("{place} exists and is not a socket: choose another path with --operations-socket"));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path)
            .map_err(|error| format!("cannot remove {place}, left by another server: {error}")),
        Err(error) => Err(format!("{place} exists and cannot be opened: {error}")),
        Ok(_) => Err(format!("another server answers at {place}: choose another path with --operations-socket")),
    }
}

/// Creates a socket and restricts it to its owner before it can be connected to: until `listen`, every connection is
/// refused.
fn bound(path: &Path) -> io::Result<UnixListener> {
    let made: OwnedFd = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    fcntl_setfd(&made, FdFlags::CLOEXEC)?;
    bind(&made, &SocketAddrUnix::new(path)?)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    listen(&made, WAITING_MAX)?;
    Ok(UnixListener::from(made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stale_socket_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let first = OperationsSocket::make(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(OperationsSocket::make(&path).unwrap_err().contains("another server answers at"));
        drop(first);
        assert!(!path.exists());
        // The state after a killed server: the file exists, and no one listens.
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let replaced = OperationsSocket::make(&path).unwrap();
        UnixStream::connect(&path).unwrap();
        drop(replaced);

        std::fs::write(folder.path().join("file"), "precious").unwrap();
        assert!(OperationsSocket::make(&folder.path().join("file")).unwrap_err().contains("is not a socket"));
        assert_eq!(std::fs::read(folder.path().join("file")).unwrap(), b"precious");
        std::os::unix::fs::symlink(folder.path().join("file"), folder.path().join("link")).unwrap();
        assert!(OperationsSocket::make(&folder.path().join("link")).unwrap_err().contains("is not a socket"));
    }

    #[test]
    fn a_path_has_107_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let room = OPERATIONS_SOCKET_BYTES_MAX - folder.path().as_os_str().len() - 1;
        OperationsSocket::make(&folder.path().join("s".repeat(room))).unwrap();
        let says = OperationsSocket::make(&folder.path().join("s".repeat(room + 1))).unwrap_err();
        assert!(says.contains("has 108 bytes") && says.contains("at most 107"), "{says}");
    }
}
