//! The writer's queue: one queue per ledger, served in rotation.
//!
//! ```text
//! ledger 1   e e e e e e e e e …      served in rotation: one of ledger 1, one of ledger 2, one creation, one of
//! ledger 2   e                        ledger 1 …
//! creation   c
//! ```
//!
//! So an entry waits for the earlier entries of its own ledger, and for one of each other ledger. Within a ledger,
//! entries keep the order of submission. A ledger may queue as many entries, and bytes of them, as are still free: one
//! flooded ledger gets half of the limit, two get a third each, and some room is always left for another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{Error, Request};
use crate::journal::LedgerNo;

/// Maximum number of queued ledger creations. They are counted separately, so that they take no room from entries.
const CREATIONS_MAX: usize = 16;

/// The limits of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueLimits {
    pub(crate) entries_max: usize,
    pub(crate) bytes_max: usize,
}

/// The queue of the writer.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

/// The key of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum QueueKey {
    /// Entries of a ledger, including imported ones.
    Ledger(LedgerNo),
    /// Creations of ledgers.
    Creations,
    /// Requests of operations.
    Operations,
}

#[derive(Default)]
struct Waiting {
    queues: BTreeMap<QueueKey, Queued>,
    /// Queues that are not empty; the first one is served next.
    rotation: VecDeque<QueueKey>,
    /// Number of entries to be decided, and their bytes.
    entries: usize,
    bytes: usize,
    limits: Option<QueueLimits>,
    /// Number of requests submitted so far, which numbers each of them.
    submitted: u64,
    /// Requests to be answered once all earlier ones are dequeued.
    settled: VecDeque<(u64, Request)>,
    is_closed: bool,
    /// True while the writer waits to be woken.
    is_asleep: bool,
}

/// The requests of one queue.
#[derive(Default)]
struct Queued {
    requests: VecDeque<(u64, Request)>,
    bytes: usize,
}

impl Queue {
    pub(crate) fn with(limits: QueueLimits) -> Queue {
        Queue { waiting: Mutex::new(Waiting { limits: Some(limits), ..Waiting::default() }), arrived: Condvar::new() }
    }

    /// Changes the limits. Queued requests stay.
    pub(crate) fn set_limits(&self, limits: QueueLimits) {
        self.lock().limits = Some(limits);
    }

    /// Submits a request. Returns [`Error::Busy`] if there is no room for it. Requests of operations always fit.
    pub(crate) fn hand_in(&self, request: Request) -> Result<(), Error> {
        let mut waiting = self.lock();
        if waiting.is_closed {
            return Err(Error::Unavailable("it is shutting down".into()));
        }
        waiting.admit(&request)?;
        waiting.put(request);
        if waiting.is_asleep {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Waits for the next request; `None` once the queue is closed and empty.
    pub(crate) fn wait(&self) -> Option<Request> {
        let mut waiting = self.lock();
        loop {
            if let Some(next) = waiting.take() {
                return Some(next);
            }
            if waiting.is_closed {
                return None;
            }
            waiting.is_asleep = true;
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.is_asleep = false;
        }
    }

    /// Returns the next request without waiting.
    pub(crate) fn take(&self) -> Option<Request> {
        self.lock().take()
    }

    /// Returns the ledgers with queued entries, and the total number of entries.
    pub(crate) fn look(&self) -> (BTreeSet<LedgerNo>, usize) {
        let waiting = self.lock();
        let ledger = |key: &QueueKey| match key {
            QueueKey::Ledger(ledger) => Some(*ledger),
            QueueKey::Creations | QueueKey::Operations => None,
        };
        (waiting.rotation.iter().filter_map(ledger).collect(), waiting.entries)
    }

    /// Returns the number of queued requests.
    pub(crate) fn len(&self) -> usize {
        let waiting = self.lock();
        waiting.settled.len() + waiting.queues.values().map(|queue| queue.requests.len()).sum::<usize>()
    }

    /// Returns true if a ledger without queued entries would get less than an eighth of the limits, because many others
    /// are flooded.
    pub(crate) fn is_full(&self) -> bool {
        let waiting = self.lock();
        waiting.limits.is_some_and(|limits| {
            let free = |taken: usize, max: usize| max.saturating_sub(taken);
            free(waiting.entries, limits.entries_max) <= limits.entries_max / 8
                || free(waiting.bytes, limits.bytes_max) <= limits.bytes_max / 8
        })
    }

    /// Refuses further requests. Queued ones can still be dequeued.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.arrived.notify_one();
    }

    // A poisoned lock is usable: no code that holds it can panic.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn admit(&self, request: &Request) -> Result<(), Error> {
        let queue = self.queues.get(&request.queue_key());
        let (count, bytes) = queue.map_or((0, 0), |queue| (queue.requests.len(), queue.bytes));
        let fits = match (request, self.limits) {
            (Request::Create { .. }, _) => count < CREATIONS_MAX,
            (Request::Record { bytes: own, .. }, Some(limits)) => {
                let free_entries = limits.entries_max.saturating_sub(self.entries);
                let free_bytes = limits.bytes_max.saturating_sub(self.bytes);
                // The first entry of a ledger may fill the free room.
                count < free_entries && *own <= free_bytes && (count == 0 || bytes + own <= free_bytes)
            }
            _ => true,
        };
        if fits { Ok(()) } else { Err(Error::Busy) }
    }

    fn put(&mut self, request: Request) {
        self.submitted += 1;
        let numbered = (self.submitted, request);
        if matches!(numbered.1, Request::Settled { .. }) {
            return self.settled.push_back(numbered);
        }
        let (key, bytes) = (numbered.1.queue_key(), numbered.1.bytes());
        if matches!(numbered.1, Request::Record { .. }) {
            self.entries += 1;
            self.bytes += bytes;
        }
        let queued = self.queues.entry(key).or_default();
        if queued.requests.is_empty() {
            self.rotation.push_back(key);
        }
        queued.bytes += bytes;
        queued.requests.push_back(numbered);
    }

    fn take(&mut self) -> Option<Request> {
        if let Some((number, _)) = self.settled.front()
            && self.queues.values().filter_map(|queue| queue.requests.front()).all(|(first, _)| first > number)
        {
            return self.settled.pop_front().map(|(_, request)| request);
        }
        let key = self.rotation.pop_front()?;
        let queued = self.queues.get_mut(&key)?;
        let (_, request) = queued.requests.pop_front()?;
        let bytes = request.bytes();
        queued.bytes -= bytes;
        if queued.requests.is_empty() {
            self.queues.remove(&key);
        } else {
            self.rotation.push_back(key);
        }
        if matches!(request, Request::Record { .. }) {
            self.entries -= 1;
            self.bytes -= bytes;
        }
        Some(request)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("waiting", &self.len()).finish_non_exhaustive()
    }
}

impl Request {
    fn queue_key(&self) -> QueueKey {
        match self {
            Request::Record { ledger, .. } => QueueKey::Ledger(*ledger),
            Request::Copy { entries, .. } => {
                entries.first().map_or(QueueKey::Operations, |entry| QueueKey::Ledger(entry.ledger))
            }
            Request::Name { ledger, .. } => QueueKey::Ledger(*ledger),
            Request::Create { .. } => QueueKey::Creations,
            Request::Swap { .. } | Request::Settled { .. } => QueueKey::Operations,
        }
    }

    /// Returns the size of an entry to be decided, in bytes as submitted; 0 for other requests.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Request::Record { bytes, .. } => *bytes,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests;
