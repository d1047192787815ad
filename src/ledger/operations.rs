//! Operations on a data folder as a whole, while it is served or while no process has it open.
//!
//! ```text
//! verify     reads the journal from the disk, entry by entry, and compares the views with rebuilt ones
//! rebuild    builds new views beside the current ones, compares the two, and switches to the new ones
//! backup     copies the journal into a backup folder; the backup counts once it was opened and checked
//! restore    puts a backup in place of the journal; never while a process has the folder open
//! ```
//!
//! Operations run concurrently with the writer and report their progress as [`Step`]s. Between two steps an operation
//! can be cancelled; it then leaves nothing valid behind.

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

pub use backup::{BackupAsk, back_up_folder, list_backups};
pub use backup_folder::{Backup, BackupLedger};
pub use rebuild::{RebuildAsk, Rebuilt, rebuild_folder};
pub use restore::{RestoreAsk, Restored, restore_folder};
pub use verify::{VerifyAsk, verify_folder};

/// Reasons why an operation was not completed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An operation of the same kind is running: wait for it.
    #[error("another {0} is running: try again when it is done")]
    UnderWay(&'static str),
    /// The request is not valid.
    #[error("{0}")]
    Refused(String),
    /// The operation was started and failed.
    #[error("{0}")]
    Failed(String),
    /// The operation was cancelled because the server is shutting down.
    #[error(
        "cancelled because the server is shutting down; its partial result was discarded: start it again when the \
         server is back"
    )]
    Cancelled,
    /// The data folder cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Returned from progress reports to end an operation between two steps.
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

/// The progress of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The current activity, for display.
    pub doing: Cow<'static, str>,
    /// Units done so far.
    pub done: u64,
    /// Total units; 0 if unknown.
    pub all: u64,
}

/// A callback for progress reports, which can cancel the operation.
pub type Told<'a> = &'a mut dyn FnMut(Step) -> Result<(), Cancelled>;

/// Reports the progress of folding as steps.
pub(super) struct Folding<'a, 'b> {
    report: &'a mut (dyn FnMut(Step) -> Result<(), Cancelled> + 'b),
    is_cancelled: bool,
}

impl<'a, 'b> Folding<'a, 'b> {
    pub(super) fn new(report: &'a mut (dyn FnMut(Step) -> Result<(), Cancelled> + 'b)) -> Folding<'a, 'b> {
        Folding { report, is_cancelled: false }
    }

    /// Folds the journal's events that the views do not contain yet, unless cancelled.
    pub(super) fn catch_up(
        mut self,
        views: &Views,
        journal: &dyn Journal,
    ) -> Result<Result<u64, rows::Error>, Cancelled> {
        let folded = catch_up(views, journal, &mut self);
        // A cancelled fold always fails; its error has no other meaning.
        if self.is_cancelled { Err(Cancelled) } else { Ok(folded) }
    }
}

impl Progress for Folding<'_, '_> {
    fn folded(&mut self, done: u64, all: u64) {
        self.is_cancelled |= (self.report)(Step { doing: "folding".into(), done, all }).is_err();
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }
}

/// The operations that are running.
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

/// An operation on ledgers that are being served. No other of its kind can begin while it exists.
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

    /// Cancels the running operations, each at its next step, and refuses new ones. Returns their kinds.
    pub fn cancel_operations(&self) -> Vec<&'static str> {
        let kinds = self.shared.operations.kinds();
        self.shared.operations.are_cancelled.store(true, Ordering::Relaxed);
        kinds.iter().copied().collect()
    }

    /// Returns the kinds of the running operations.
    pub fn operations(&self) -> Vec<&'static str> {
        self.shared.operations.kinds().iter().copied().collect()
    }
}

impl Operation {
    fn open_folder_of(&self) -> Result<&OpenFolder, Error> {
        let nowhere = || Error::Refused("these ledgers are not stored in a data folder".into());
        self.shared.open_folder_of.as_ref().ok_or_else(nowhere)
    }

    pub(super) fn guard(&self) -> Option<&Guard> {
        self.shared.guard.as_deref()
    }

    /// Wraps a progress callback so that it also ends the operation once operations are cancelled.
    fn until_cancelled<'a>(&'a self, report: Told<'a>) -> impl FnMut(Step) -> Result<(), Cancelled> + 'a {
        move |step| {
            report(step)?;
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
