//! Operations: what is done to a data folder as a whole, while it is served or while nobody has it open.
//!
//! ```text
//! verify     reads the journal from the disk, entry by entry, and compares the views with others built anew
//! rebuild    builds views beside those that stand, compares the two, and goes on with the new ones
//! backup     a copy of the journal in a folder of backups, opened and walked before it counts as one
//! restore    the way back; never while somebody has the folder open
//! ```
//!
//! They go on beside the writer. What they tell while they work are [`Step`]s.

mod backup;
mod cellar;
mod rebuild;
mod restore;
mod verify;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::home::Housed;
use super::{Ledgers, OpenError, Shared};
use crate::views::Progress;
use crate::writer::Handle;

pub use backup::{Backup, BackupAsk, BackupLedger, back_up_folder, list_backups};
pub use rebuild::{RebuildAsk, Rebuilt, rebuild_folder};
pub use restore::{RestoreAsk, Restored, restore_folder};
pub use verify::{VerifyAsk, verify_folder};

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One of its kind is under way: wait for it.
    #[error("another {0} is under way: try again when it is done")]
    UnderWay(&'static str),
    /// It was asked for in a way that cannot be.
    #[error("{0}")]
    Refused(String),
    /// It was begun and did not come to its end.
    #[error("{0}")]
    Failed(String),
    /// The data folder cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl From<crate::journal::Error> for Error {
    fn from(error: crate::journal::Error) -> Self {
        Error::Open(error.into())
    }
}

/// How far an operation has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it is doing.
    pub doing: Cow<'static, str>,
    /// So much is done.
    pub done: u64,
    /// Of so much; 0 where nobody knows.
    pub all: u64,
}

/// Who is told how far an operation has come.
pub type Told<'a> = &'a mut dyn FnMut(Step);

/// Folding, told as a step.
pub(super) struct Folding<'a, 'b>(pub(super) &'static str, pub(super) &'a mut (dyn FnMut(Step) + 'b));

impl Progress for Folding<'_, '_> {
    fn folded(&mut self, done: u64, all: u64) {
        (self.1)(Step { doing: self.0.into(), done, all });
    }
}

/// The kinds of operations that are under way.
#[derive(Debug, Default)]
pub(super) struct Busy(Mutex<BTreeSet<&'static str>>);

/// An operation on ledgers that are being served. While it is there, no other of its kind begins.
pub struct Operation {
    shared: Arc<Shared>,
    writer: Arc<Handle>,
    kind: &'static str,
}

impl Ledgers {
    /// Begins an operation: `backup`, `verify` or `rebuild`.
    pub fn begin(&self, kind: &'static str) -> Result<Operation, Error> {
        let mut busy = self.shared.operations.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !busy.insert(kind) {
            return Err(Error::UnderWay(kind));
        }
        Ok(Operation { shared: Arc::clone(&self.shared), writer: Arc::clone(&self.writer), kind })
    }
}

impl Operation {
    fn housed(&self) -> Result<&Housed, Error> {
        let nowhere = || Error::Refused("these ledgers are kept in no data folder".into());
        self.shared.housed.as_ref().ok_or_else(nowhere)
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        self.shared.operations.0.lock().unwrap_or_else(PoisonError::into_inner).remove(self.kind);
    }
}

#[cfg(test)]
mod tests;
