//! What is done between two groups: other views are taken up, and it is told when all before is settled.

use std::sync::Arc;

use projections::rows;
use tokio::sync::{mpsc, oneshot};

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
        catch_up(&fresh, &*self.desk.journal, &mut ())?;
        // What is recalled was read from the views that go.
        self.recalls.borrow_mut().clear();
        Ok(self.desk.swap(fresh))
    }
}

impl Handle {
    /// Hands in views that are to take the place of those that stand. Waits, so never from an async thread.
    pub(crate) fn swap(&self, fresh: Arc<Views>) -> Result<Arc<Views>, SwapError> {
        let (reply, answer) = oneshot::channel();
        self.queue.blocking_send(Request::Swap { fresh, reply }).map_err(|_| stopped())?;
        answer.blocking_recv().map_err(|_| stopped())?
    }

    /// Waits until everything that was handed in before is settled.
    pub(crate) async fn settled(&self) {
        let (reply, answer) = oneshot::channel();
        if self.submit_patiently(Request::Settled { reply }).await.is_ok() {
            // A writer that is gone has nothing left to settle.
            _ = answer.await;
        }
    }

    /// How many requests wait, and how many may.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        let queue: &mpsc::Sender<Request> = &self.queue;
        (queue.max_capacity() - queue.capacity(), queue.max_capacity())
    }
}

fn stopped() -> Error {
    Error::Unavailable("it is shutting down".into())
}
