//! Requests that wait for the writer: in a line for each ledger, whose turns go round.
//!
//! ```text
//! ledger 1   e e e e e e e e e …      taken in turn: one of ledger 1, one of ledger 2, a ledger that is made, one of
//! ledger 2   e                        ledger 1 …
//! making     c
//! ```
//!
//! So an entry waits for those before it in its own ledger, and for one of each other ledger; within a ledger the order is that
//! in which entries were handed in. A ledger may have as many entries waiting, and bytes of them, as are still free: one that
//! is flooded gets half of the room, two get a third each, and there is always some left for the next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{Error, Request};
use crate::journal::LedgerNo;

/// Ledgers that may wait to be made. They have their own count: making many takes no room from entries.
const MAKING_MAX: usize = 16;

/// How much may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) entries_max: usize,
    pub(crate) bytes_max: usize,
}

/// The way to the writer.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    /// Entries of a ledger, and those of its copy.
    Of(LedgerNo),
    /// Ledgers that are made.
    Making,
    /// What operations ask for.
    Operations,
}

#[derive(Default)]
struct Waiting {
    lines: BTreeMap<Line, Queued>,
    /// Lines in which something waits; the next one's turn is first.
    turns: VecDeque<Line>,
    /// Entries that are to be decided, and their bytes.
    entries: usize,
    bytes: usize,
    room: Option<Room>,
    /// Requests handed in so far: each has a number.
    handed_in: u64,
    /// Requests to be answered when all before them have been taken.
    settled: VecDeque<(u64, Request)>,
    is_closed: bool,
    /// Whether the writer waits to be woken.
    is_asleep: bool,
}

/// One line.
#[derive(Default)]
struct Queued {
    requests: VecDeque<(u64, Request)>,
    bytes: usize,
}

impl Queue {
    pub(crate) fn with(room: Room) -> Queue {
        Queue { waiting: Mutex::new(Waiting { room: Some(room), ..Waiting::default() }), arrived: Condvar::new() }
    }

    /// Makes the room larger or smaller. What waits already stays.
    pub(crate) fn set_room(&self, room: Room) {
        self.lock().room = Some(room);
    }

    /// Hands in a request: [`Error::Busy`] where there is no room for it. What operations ask for always has room.
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

    /// The next request, waited for; none when the queue is closed and empty.
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

    /// The next request, if there is one.
    pub(crate) fn take(&self) -> Option<Request> {
        self.lock().take()
    }

    /// The ledgers with entries that wait, and how many entries there are in all.
    pub(crate) fn look(&self) -> (BTreeSet<LedgerNo>, usize) {
        let waiting = self.lock();
        let ledger = |line: &Line| match line {
            Line::Of(ledger) => Some(*ledger),
            Line::Making | Line::Operations => None,
        };
        (waiting.turns.iter().filter_map(ledger).collect(), waiting.entries)
    }

    /// How many requests wait.
    pub(crate) fn len(&self) -> usize {
        let waiting = self.lock();
        waiting.settled.len() + waiting.lines.values().map(|line| line.requests.len()).sum::<usize>()
    }

    /// Whether a ledger that has nothing waiting would get less than an eighth of the room: many others are flooded.
    pub(crate) fn is_full(&self) -> bool {
        let waiting = self.lock();
        waiting.room.is_some_and(|room| {
            let free = |taken: usize, max: usize| max.saturating_sub(taken);
            free(waiting.entries, room.entries_max) <= room.entries_max / 8
                || free(waiting.bytes, room.bytes_max) <= room.bytes_max / 8
        })
    }

    /// Takes nothing more. What waits is still to be taken.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.arrived.notify_one();
    }

    // A poisoned lock is as good as a sound one: nothing in between can panic.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn admit(&self, request: &Request) -> Result<(), Error> {
        let line = self.lines.get(&request.line());
        let (count, bytes) = line.map_or((0, 0), |line| (line.requests.len(), line.bytes));
        let has_room = match (request, self.room) {
            (Request::Create { .. }, _) => count < MAKING_MAX,
            (Request::Record { bytes: own, .. }, Some(room)) => {
                let free_entries = room.entries_max.saturating_sub(self.entries);
                let free_bytes = room.bytes_max.saturating_sub(self.bytes);
                // The first entry of a ledger may be as large as what is free.
                count < free_entries && *own <= free_bytes && (count == 0 || bytes + own <= free_bytes)
            }
            _ => true,
        };
        if has_room { Ok(()) } else { Err(Error::Busy) }
    }

    fn put(&mut self, request: Request) {
        self.handed_in += 1;
        let numbered = (self.handed_in, request);
        if matches!(numbered.1, Request::Settled { .. }) {
            return self.settled.push_back(numbered);
        }
        let (line, bytes) = (numbered.1.line(), numbered.1.bytes());
        if matches!(numbered.1, Request::Record { .. }) {
            self.entries += 1;
            self.bytes += bytes;
        }
        let queued = self.lines.entry(line).or_default();
        if queued.requests.is_empty() {
            self.turns.push_back(line);
        }
        queued.bytes += bytes;
        queued.requests.push_back(numbered);
    }

    fn take(&mut self) -> Option<Request> {
        if let Some((number, _)) = self.settled.front()
            && self.lines.values().filter_map(|line| line.requests.front()).all(|(first, _)| first > number)
        {
            return self.settled.pop_front().map(|(_, request)| request);
        }
        let line = self.turns.pop_front()?;
        let queued = self.lines.get_mut(&line)?;
        let (_, request) = queued.requests.pop_front()?;
        let bytes = request.bytes();
        queued.bytes -= bytes;
        if queued.requests.is_empty() {
            self.lines.remove(&line);
        } else {
            self.turns.push_back(line);
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
    fn line(&self) -> Line {
        match self {
            Request::Record { ledger, .. } => Line::Of(*ledger),
            Request::Copy { entries, .. } => entries.first().map_or(Line::Operations, |entry| Line::Of(entry.ledger)),
            Request::Name { ledger, .. } => Line::Of(*ledger),
            Request::Create { .. } => Line::Making,
            Request::Swap { .. } | Request::Settled { .. } => Line::Operations,
        }
    }

    /// Bytes of an entry that is to be decided, as it was submitted.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Request::Record { bytes, .. } => *bytes,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests;
