//! Classifies RocksDB's errors by the action the caller can take.

use std::path::Path;

use rocksdb::ErrorKind;

use super::layout::Fault;
use crate::journal::{Error, LedgerNo};

/// Returns damage if RocksDB reports corruption, and a failure of the storage otherwise.
pub(super) fn storage(error: rocksdb::Error) -> Error {
    match error.kind() {
        ErrorKind::Corruption => Error::Damaged(error.into_string()),
        _ => Error::Storage(error.into_string()),
    }
}

/// Classifies a failure to open the folder. For the common one, a folder in use, the message contains the remedy.
pub(super) fn opening(path: &Path, error: rocksdb::Error) -> Error {
    let message = error.as_ref();
    // RocksDB reports a lock held by another process, or by this one. A lock file that cannot be opened has another
    // message.
    if message.contains("While lock file") || message.contains("lock hold by current process") {
        let folder = path.display();
        return Error::Storage(format!(
            "another okr-ledger is using the data folder {folder}; stop it first ({message})"
        ));
    }
    storage(error)
}

/// Returns a failure of the folder itself.
pub(super) fn folder(path: &Path, error: &std::io::Error) -> Error {
    Error::Storage(format!("cannot use the folder {}: {error}", path.display()))
}

/// Classifies a failure to read event or entry `seq`.
pub(super) fn reading(ledger: LedgerNo, seq: u64) -> impl Fn(rocksdb::Error) -> Error {
    move |error| match error.kind() {
        ErrorKind::Corruption => damaged(ledger, seq, error),
        _ => storage(error),
    }
}

/// Returns damage: event or entry `seq` differs from the bytes written.
pub(super) fn faulty(ledger: LedgerNo, seq: u64) -> impl Fn(Fault) -> Error {
    move |fault| damaged(ledger, seq, fault)
}

/// Returns damage at a place.
pub(super) fn damaged(ledger: LedgerNo, seq: u64, fault: impl std::fmt::Display) -> Error {
    Error::Damaged(format!("ledger {ledger}, seq {seq}: {fault}"))
}

/// Returns damage: a row that must exist is missing.
pub(super) fn missing(ledger: LedgerNo, seq: u64, row: &str) -> Error {
    damaged(ledger, seq, format_args!("its {row} is missing"))
}
