//! Limits on open feeds, and on the bytes that each holds.
//!
//! An idle feed holds no events. A feed whose client reads slowly holds the page that it is sending: pages are smaller
//! while many feeds are open, so that all of them together hold at most [`HELD_MAX`].

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::blocking::blocking;
use crate::ledger::Error;

/// The default limit on open feeds.
pub const FEEDS_MAX: usize = 2_048;

/// The limits on feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedLimits {
    /// Feeds open at once.
    pub feeds_max: usize,
    /// The longest silence. A comment is then sent, so that no proxy closes the connection as idle.
    pub silence: Duration,
}

impl Default for FeedLimits {
    fn default() -> FeedLimits {
        FeedLimits { feeds_max: FEEDS_MAX, silence: Duration::from_secs(15) }
    }
}

/// The most bytes of a page, unless a single event is longer.
const PAGE_MAX: usize = 256 << 10;

/// The least bytes of a page while many feeds are open.
const PAGE_MIN: usize = 16 << 10;

/// The most bytes held by all feeds.
const HELD_MAX: usize = 64 << 20;

/// Feeds reading the journal at a time, for each processor. Without the limit, each new entry would wake all feeds at
/// once.
const READING_EACH: usize = 2;

/// The slots for open feeds.
#[derive(Debug, Clone)]
pub(crate) struct FeedSlots {
    limits: FeedLimits,
    free: Arc<Semaphore>,
    reading: Arc<Semaphore>,
}

impl FeedSlots {
    pub(crate) fn of(limits: FeedLimits) -> FeedSlots {
        let limits = FeedLimits { feeds_max: limits.feeds_max.min(Semaphore::MAX_PERMITS), ..limits };
        let reading = READING_EACH * available_parallelism().map_or(1, usize::from);
        let [free, reading] = [limits.feeds_max, reading].map(|slots| Arc::new(Semaphore::new(slots)));
        FeedSlots { limits, free, reading }
    }

    pub(crate) fn limits(&self) -> FeedLimits {
        self.limits
    }

    /// Takes a slot until the permit is dropped; none if all are taken.
    pub(crate) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Returns the most bytes of a page, given the feeds open now.
    pub(crate) fn page_bytes(&self) -> usize {
        let open = self.limits.feeds_max.saturating_sub(self.free.available_permits()).max(1);
        (HELD_MAX / open).clamp(PAGE_MIN, PAGE_MAX)
    }

    /// Reads the journal once fewer than [`READING_EACH`] feeds per processor do.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = Arc::clone(&self.reading).acquire_owned().await;
        // The semaphore is never closed.
        let turn = turn.map_err(|_| Error::Unavailable("the server is shutting down".into()))?;
        blocking(move || {
            let _turn = turn;
            work()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_smaller_where_many_feeds_are_open() {
        let slots = FeedSlots::of(FeedLimits::default());
        let first = slots.take();
        assert_eq!((first.is_some(), slots.page_bytes()), (true, PAGE_MAX));
        let others: Vec<_> = std::iter::from_fn(|| slots.take()).collect();
        assert_eq!(others.len(), FEEDS_MAX - 1);
        assert_eq!(slots.page_bytes() * FEEDS_MAX, HELD_MAX);
        drop(others);
        assert!(slots.take().is_some());
        assert_eq!(slots.page_bytes(), PAGE_MAX);
        assert!(FeedSlots::of(FeedLimits { feeds_max: 0, ..FeedLimits::default() }).take().is_none());
    }
}
