//! RocksDB's errors, told apart by what the caller can do about them.

use std::path::Path;

use rocksdb::ErrorKind;

use super::layout::Fault;
use crate::journal::{Error, LedgerNo};

/// A failure of the storage, unless RocksDB itself says it is damage.
pub(super) fn storage(error: rocksdb::Error) -> Error {
    match error.kind() {
        ErrorKind::Corruption => Error::Damaged(error.into_string()),
        _ => Error::Storage(error.into_string()),
    }
}

/// A failure to open the folder. The one that people meet says what to do.
pub(super) fn opening(path: &Path, error: rocksdb::Error) -> Error {
    let message = error.as_ref();
    // The lock of another process, and of this one. A lock that may not be opened at all reads otherwise.
    if message.contains("While lock file") || message.contains("lock hold by current process") {
        let folder = path.display();
        return Error::Storage(format!(
            "another okr-ledger is using the data folder {folder}; stop it first ({message})"
        ));
    }
    storage(error)
}

/// A failure of the folder itself.
pub(super) fn folder(path: &Path, error: &std::io::Error) -> Error {
    Error::Storage(format!("cannot use the folder {}: {error}", path.display()))
}

/// What reading event or entry `seq` failed with.
pub(super) fn reading(ledger: LedgerNo, seq: u64) -> impl Fn(rocksdb::Error) -> Error {
    move |error| match error.kind() {
        ErrorKind::Corruption => damaged(ledger, seq, error),
        _ => storage(error),
    }
}

/// What was read as event or entry `seq` is not what was once written.
pub(super) fn faulty(ledger: LedgerNo, seq: u64) -> impl Fn(Fault) -> Error {
    move |fault| damaged(ledger, seq, fault)
}

/// Damage at a place.
pub(super) fn damaged(ledger: LedgerNo, seq: u64, what: impl std::fmt::Display) -> Error {
    Error::Damaged(format!("ledger {ledger}, seq {seq}: {what}"))
}

/// What ought to be there isn't.
pub(super) fn missing(ledger: LedgerNo, seq: u64, what: &str) -> Error {
    damaged(ledger, seq, format_args!("its {what} is missing"))
}
