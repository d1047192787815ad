//! Operations: what is done to a data folder as a whole, while it is served or while nobody has it open.
//!
//! ```text
//! verify     reads the journal from the disk, entry by entry, and compares the views with others built anew
//! rebuild    builds views beside those that stand, compares the two, and goes on with the new ones
//! backup     a copy of the journal in a folder of backups, opened and walked before it counts as one
//! restore    the way back; never while somebody has the folder open
//! ```
//!
//! They go on beside the writer. What they tell while they work are [`Step`]s; between two of them an operation can be
//! cancelled, and then leaves nothing behind that counts.

mod backup;
mod backup_folder;
mod rebuild;
mod restore;
mod verify;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use projections::rows;
use serde::{Deserialize, Serialize};

use super::data_folder::OpenFolder;
use super::{Ledgers, OpenError, Shared};
use crate::clock::Guard;
use crate::journal::Journal;
use crate::views::{Progress, Views, catch_up};
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
    /// It was ended before it was done, because the server ends.
    #[error(
        "it was cancelled because the server is shutting down; nothing of it counts: start it again when the server is back"
    )]
    Cancelled,
    /// The data folder cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// What an operation learns between two steps: that it is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl From<Cancelled> for Error {
    fn from(_: Cancelled) -> Self {
        Error::Cancelled
    }
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

/// Who is told how far an operation has come, and may say that it is to end.
pub type Told<'a> = &'a mut dyn FnMut(Step) -> Result<(), Cancelled>;

/// Folding, told as steps.
pub(super) struct Folding<'a, 'b> {
    told: &'a mut (dyn FnMut(Step) -> Result<(), Cancelled> + 'b),
    is_cancelled: bool,
}

impl<'a, 'b> Folding<'a, 'b> {
    pub(super) fn new(told: &'a mut (dyn FnMut(Step) -> Result<(), Cancelled> + 'b)) -> Folding<'a, 'b> {
        Folding { told, is_cancelled: false }
    }

    /// Folds what the journal holds beyond these views, unless that is cancelled.
    pub(super) fn catch_up(
        mut self,
        views: &Views,
        journal: &dyn Journal,
    ) -> Result<Result<u64, rows::Error>, Cancelled> {
        let folded = catch_up(views, journal, &mut self);
        // A folding that is cancelled fails, for no other reason.
        if self.is_cancelled { Err(Cancelled) } else { Ok(folded) }
    }
}

impl Progress for Folding<'_, '_> {
    fn folded(&mut self, done: u64, all: u64) {
        self.is_cancelled |= (self.told)(Step { doing: "folding".into(), done, all }).is_err();
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }
}

/// The operations that are under way.
#[derive(Debug, Default)]
pub(super) struct Busy {
    kinds: Mutex<BTreeSet<&'static str>>,
    are_cancelled: AtomicBool,
}

impl Busy {
    fn kinds(&self) -> MutexGuard<'_, BTreeSet<&'static str>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An operation on ledgers that are being served. While it is there, no other of its kind begins.
pub struct Operation {
    shared: Arc<Shared>,
    writer: Arc<Handle>,
    kind: &'static str,
}

impl Ledgers {
    /// Begins an operation: `backup`, `verify`, `rebuild` or `accept-clock`.
    pub fn begin(&self, kind: &'static str) -> Result<Operation, Error> {
        let mut kinds = self.shared.operations.kinds();
        if self.shared.operations.are_cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        if !kinds.insert(kind) {
            return Err(Error::UnderWay(kind));
        }
        Ok(Operation { shared: Arc::clone(&self.shared), writer: Arc::clone(&self.writer), kind })
    }

    /// Cancels the operations that are under way, each at its next step, and begins no others. Returns which they are.
    pub fn cancel_operations(&self) -> Vec<&'static str> {
        let kinds = self.shared.operations.kinds();
        self.shared.operations.are_cancelled.store(true, Ordering::Relaxed);
        kinds.iter().copied().collect()
    }

    /// The operations that are under way.
    pub fn operations(&self) -> Vec<&'static str> {
        self.shared.operations.kinds().iter().copied().collect()
    }
}

impl Operation {
    fn open_folder_of(&self) -> Result<&OpenFolder, Error> {
        let nowhere = || Error::Refused("these ledgers are kept in no data folder".into());
        self.shared.open_folder_of.as_ref().ok_or_else(nowhere)
    }

    pub(super) fn guard(&self) -> Option<&Guard> {
        self.shared.guard.as_deref()
    }

    /// Tells of steps until the operation is cancelled.
    fn until_cancelled<'a>(&'a self, told: Told<'a>) -> impl FnMut(Step) -> Result<(), Cancelled> + 'a {
        move |step| {
            told(step)?;
            if self.shared.operations.are_cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
        }
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        self.shared.operations.kinds().remove(self.kind);
    }
}

#[cfg(test)]
mod tests;
