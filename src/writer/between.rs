//! What is done between two groups: other views are taken up, and it is told when all before is settled.

use std::sync::Arc;

use projections::rows;
use tokio::sync::oneshot;

use super::{Error, Handle, Request, Writer};
use crate::views::{Views, catch_up};

/// Why views were not taken up. Those that stood still stand.
#[derive(Debug, thiserror::Error)]
pub enum SwapError {
    /// They could not be brought to the end of the journal.
    #[error("the new views cannot be caught up with the journal: {0}")]
    Behind(#[from] rows::Error),
    /// The writer has stopped.
    #[error(transparent)]
    Writer(#[from] Error),
}

impl Writer {
    /// Folds what the fresh views have not seen yet, and goes on with them. Nothing is recorded meanwhile, so whoever
    /// hands them in has brought them close to the end before.
    pub(super) fn swap(&mut self, fresh: Arc<Views>) -> Result<Arc<Views>, SwapError> {
        catch_up(&fresh, &*self.state.journal, &mut ())?;
        // What is recalled was read from the views that go.
        self.recalls.borrow_mut().clear();
        Ok(self.state.swap(fresh))
    }
}

impl Handle {
    /// Hands in views that are to take the place of those that stand. Waits, so never from an async thread.
    pub(crate) fn swap(&self, fresh: Arc<Views>) -> Result<Arc<Views>, SwapError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Request::Swap { fresh, reply })?;
        answer.blocking_recv().map_err(|_| stopped())?
    }

    /// Waits until everything that was handed in before is settled.
    pub(crate) async fn settled(&self) {
        let (reply, answer) = oneshot::channel();
        if self.submit(Request::Settled { reply }).is_ok() {
            // A writer that is gone has nothing left to settle.
            _ = answer.await;
        }
    }

    /// How many requests wait.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether little room is left in the queue.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.is_full()
    }
}

fn stopped() -> Error {
    Error::Unavailable("it is shutting down".into())
}
