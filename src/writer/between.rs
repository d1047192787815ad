//! Requests handled between two groups: switching views, and waiting until all earlier requests are settled.

use std::sync::Arc;

use projections::rows;
use tokio::sync::oneshot;

use super::{Error, Handle, Request, Writer};
use crate::views::{Views, catch_up};

/// The reason why views were not switched. The previous ones remain current.
#[derive(Debug, thiserror::Error)]
pub enum SwapError {
    /// The new views could not be caught up with the journal.
    #[error("cannot catch up the new views with the journal: {0}")]
    Behind(#[from] rows::Error),
    /// The writer has stopped.
    #[error(transparent)]
    Writer(#[from] Error),
}

impl Writer {
    /// Folds the events that the new views lack, and switches to them. Nothing is recorded meanwhile, so the caller
    /// must have caught them up almost completely.
    pub(super) fn swap(&mut self, fresh: Arc<Views>) -> Result<Arc<Views>, SwapError> {
        catch_up(&fresh, &*self.state.journal, &mut ())?;
        // The cached rows were read from the old views.
        self.recalls.borrow_mut().clear();
        Ok(self.state.swap(fresh))
    }
}

impl Handle {
    /// Submits views to replace the current ones. Blocks, so never call it from an async thread.
    pub(crate) fn swap(&self, fresh: Arc<Views>) -> Result<Arc<Views>, SwapError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Request::Swap { fresh, reply })?;
        answer.blocking_recv().map_err(|_| stopped())?
    }

    /// Waits until all requests submitted before are settled.
    pub(crate) async fn settled(&self) {
        let (reply, answer) = oneshot::channel();
        if self.submit(Request::Settled { reply }).is_ok() {
            // A writer that has ended has nothing left to settle.
            _ = answer.await;
        }
    }

    /// Returns the number of waiting requests.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Returns true if the queue is nearly full.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.is_full()
    }
}

fn stopped() -> Error {
    Error::Unavailable("it is shutting down".into())
}
