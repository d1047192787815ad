//! How many feeds may be open, and how much each may hold.
//!
//! A feed that waits holds no events. One whose client reads slowly holds the page it is sending: pages are smaller where many
//! feeds are open, so that all of them together hold no more than [`HELD_MAX`].

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::question::blocking;
use crate::ledger::Error;

/// The most feeds that may be open, where nobody says otherwise.
pub const FEEDS_MAX: usize = 2_048;

/// What is granted to feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedLimits {
    /// Feeds that are open at once.
    pub feeds_max: usize,
    /// Something is sent after so long a silence, so that nobody in between takes the connection for dead.
    pub silence: Duration,
}

impl Default for FeedLimits {
    fn default() -> FeedLimits {
        FeedLimits { feeds_max: FEEDS_MAX, silence: Duration::from_secs(15) }
    }
}

/// The most bytes of a page, unless its one event is longer.
const PAGE_MAX: usize = 256 << 10;

/// The least bytes of one.
const PAGE_MIN: usize = 16 << 10;

/// The most bytes that all feeds hold.
const HELD_MAX: usize = 64 << 20;

/// Feeds that read the journal at a time, for each processor: an entry wakes all that wait.
const READING_EACH: usize = 2;

/// The places of feeds.
#[derive(Debug, Clone)]
pub(in crate::http) struct Places {
    limits: FeedLimits,
    free: Arc<Semaphore>,
    reading: Arc<Semaphore>,
}

impl Places {
    pub(in crate::http) fn of(limits: FeedLimits) -> Places {
        let limits = FeedLimits { feeds_max: limits.feeds_max.min(Semaphore::MAX_PERMITS), ..limits };
        let reading = READING_EACH * available_parallelism().map_or(1, usize::from);
        let [free, reading] = [limits.feeds_max, reading].map(|places| Arc::new(Semaphore::new(places)));
        Places { limits, free, reading }
    }

    pub(super) fn limits(&self) -> FeedLimits {
        self.limits
    }

    /// Takes a place, as long as what is returned is kept; none where all are taken.
    pub(super) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// The most bytes of a page, now.
    pub(super) fn page_bytes(&self) -> usize {
        let open = self.limits.feeds_max.saturating_sub(self.free.available_permits()).max(1);
        (HELD_MAX / open).clamp(PAGE_MIN, PAGE_MAX)
    }

    /// Reads, once fewer than so many others do.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = Arc::clone(&self.reading).acquire_owned().await;
        // It is never closed.
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
        let places = Places::of(FeedLimits::default());
        let first = places.take();
        assert_eq!((first.is_some(), places.page_bytes()), (true, PAGE_MAX));
        let others: Vec<_> = std::iter::from_fn(|| places.take()).collect();
        assert_eq!(others.len(), FEEDS_MAX - 1);
        assert_eq!(places.page_bytes() * FEEDS_MAX, HELD_MAX);
        drop(others);
        assert!(places.take().is_some());
        assert_eq!(places.page_bytes(), PAGE_MAX);
        assert!(Places::of(FeedLimits { feeds_max: 0, ..FeedLimits::default() }).take().is_none());
    }
}
