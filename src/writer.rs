//! The one writer: a thread of its own that decides, records and applies every entry of every ledger.
//!
//! ```text
//! proposals ─> bounded queue ─> take a group ─> decide each against what stands after those before it
//!                                                  │
//!             here, or on the lane (lane.rs) while  ├─> journal.append(group): one sync
//!                the next group is decided here     ├─> views.write(group's rows)
//!                                                  └─> publish the new heads ─> answer
//! ```
//!
//! A group is decided on top of the one that is on its way: its rows, its last number, its ids. One is on its way at a
//! time, and anything but entries waits until none is.
//!
//! IMPORTANT: the order is what is promised. An answer after the sync means that it is durable; an answer after the rows
//! means that whoever got it reads his own write. A journal that failed to sync is not tried again, because nobody knows
//! what is on disk: the writer is poisoned, answers [`Error::Unavailable`] to all, and the process is to end.

mod between;
mod group;
mod lane;
mod receipt;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use events::Moment;
use projections::rows::Recall;
use projections::rules::{Proposal, Refusal};
use tokio::sync::{mpsc, oneshot, watch};

use crate::journal::{Book, Entry, Incarnations, Journal, LedgerNo};
use crate::views::Views;
use lane::{Ahead, Desk, Lane};

pub use between::SwapError;
pub(crate) use receipt::Named;
pub use receipt::{Outcome, Receipt, ReceiptEvent};

/// The most entries in one group.
const GROUP_ENTRIES_MAX: usize = 512;

/// A group of more events goes to the disk on the lane. Where there are few processors, a smaller one is recorded sooner
/// where it was decided, and the next is the larger for it: what is saved is a sync and two turns from thread to thread.
pub const EVENTS_INLINE_MAX: usize = 256;

/// Bytes of rows the writer recalls, of all ledgers together; beyond that all are forgotten.
const RECALL_BYTES_MAX: usize = 64 << 20;

/// The ledger's clock: an argument, so that a ledger can be kept at the times of a quarter that is long over.
pub type Clock = Box<dyn Fn() -> Moment + Send + Sync>;

/// A clock that may be found wrong: the time to record by, or why nothing is recorded now.
pub(crate) type CheckedClock = Box<dyn Fn() -> Result<Moment, String> + Send + Sync>;

/// Why nothing was recorded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The rules say no.
    #[error("refused")]
    Refused(Refusal),
    /// The writer has more to do than it may queue: try again soon.
    #[error("the writer is busy: try again in a moment")]
    Busy,
    /// The machine's clock is in doubt: nothing is recorded until it is set or accepted.
    #[error("{0}")]
    Clock(String),
    /// The writer has stopped, for good: the process is to end.
    #[error("the ledger has stopped recording: {0}")]
    Unavailable(String),
}

/// What the writer is asked to do.
pub(crate) enum Request {
    /// Decide an entry and record it.
    Record { ledger: LedgerNo, named: Named, proposal: Proposal, dry_run: bool, reply: Reply<Outcome>, place: Place },
    /// Make a ledger, unless it stands already. Answered with whether it is new.
    Create { slug: String, header: Vec<u8>, incarnations: Incarnations, reply: Reply<bool> },
    /// Set a ledger's incarnations: those of the copy that it has taken.
    Name { ledger: LedgerNo, incarnations: Incarnations, reply: Reply<()> },
    /// Take entries as they are, stamps and all: the copy of a ledger.
    Copy { entries: Vec<Entry>, reply: Reply<u64> },
    /// Go on with these views, once they have caught up. Answered with those that stood before.
    Swap { fresh: Arc<Views>, reply: oneshot::Sender<Result<Arc<Views>, between::SwapError>> },
    /// Answer when what was asked before is settled.
    Settled { reply: oneshot::Sender<()> },
}

/// A place in the queue, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<AtomicUsize>);

impl Place {
    /// Takes one of `max` places, if one is free.
    pub(crate) fn take(taken: &Arc<AtomicUsize>, max: usize) -> Option<Place> {
        let place = Place(Arc::clone(taken));
        (taken.fetch_add(1, Ordering::Relaxed) < max).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// Where the writer tells of what is new, before it answers.
pub(crate) trait Publish: Send + Sync {
    /// A ledger was made.
    fn made(&self, book: &Book);

    /// The ledger has these incarnations now.
    fn named(&self, ledger: LedgerNo, incarnations: &Incarnations);

    /// The ledger's last event is now `seq`.
    fn recorded(&self, ledger: LedgerNo, seq: u64);

    /// Questions are asked of these views from now on.
    fn swapped(&self, views: Arc<Views>);
}

/// The writer's thread and the way to it.
#[derive(Debug)]
pub(crate) struct Handle {
    queue: mpsc::Sender<Request>,
    fatal: watch::Receiver<Option<String>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Handle {
    /// Starts the writer. `queue_max` requests may wait.
    pub(crate) fn start(
        journal: Arc<dyn Journal>,
        views: Arc<Views>,
        publish: impl Publish + 'static,
        clock: CheckedClock,
        queue_max: usize,
    ) -> std::io::Result<Handle> {
        let (queue, requests) = mpsc::channel(queue_max);
        let desk = Arc::new(Desk::new(journal, views, publish));
        let fatal = desk.fatal.subscribe();
        let (started, start) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || {
            match Lane::start(Arc::clone(&desk), std::thread::current()) {
                Ok(lane) => {
                    _ = started.send(Ok(()));
                    Writer { desk, lane, ahead: Ahead::default(), clock, requests, recalls: RefCell::default() }.run();
                }
                Err(error) => _ = started.send(Err(error)),
            }
        })?;
        start.recv().map_err(std::io::Error::other)??;
        Ok(Handle { queue, fatal, thread: Some(thread) })
    }

    /// Hands in a request, or says that the queue is full.
    pub(crate) fn submit(&self, request: Request) -> Result<(), Error> {
        self.queue.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Busy,
            mpsc::error::TrySendError::Closed(_) => Error::Unavailable("it is shutting down".into()),
        })
    }

    /// Hands in a request, waiting for a place in the queue.
    pub(crate) async fn submit_patiently(&self, request: Request) -> Result<(), Error> {
        let closed = |_| Error::Unavailable("it is shutting down".into());
        self.queue.send(request).await.map_err(closed)
    }

    /// Tells when the writer was poisoned, and by what.
    pub(crate) fn fatal(&self) -> watch::Receiver<Option<String>> {
        self.fatal.clone()
    }
}

impl Drop for Handle {
    /// Lets the writer finish what is queued, and waits for it.
    fn drop(&mut self) {
        let (closed, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.queue, closed));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread panicked");
        }
    }
}

struct Writer {
    desk: Arc<Desk>,
    lane: Lane,
    /// What is on the lane.
    ahead: Ahead,
    clock: CheckedClock,
    requests: mpsc::Receiver<Request>,
    /// The rows it read and wrote lately, of each ledger.
    recalls: RefCell<BTreeMap<LedgerNo, Recall>>,
}

impl Writer {
    /// Works until nobody can ask any more. After a panic nobody knows what was left half done: as after a failed sync the
    /// writer is poisoned, and goes on only to say so.
    fn run(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.work())).is_err() {
            self.desk.poison("go on", &"it panicked");
        }
    }

    fn work(&mut self) {
        while let Some(first) = self.requests.blocking_recv() {
            let mut waiting = VecDeque::from([first]);
            self.take_waiting(&mut waiting);
            while !waiting.is_empty() {
                self.settle(&mut waiting);
            }
        }
    }

    /// Takes what has arrived. Whether that was anything.
    fn take_waiting(&mut self, waiting: &mut VecDeque<Request>) -> bool {
        let before = waiting.len();
        while waiting.len() < GROUP_ENTRIES_MAX
            && let Ok(next) = self.requests.try_recv()
        {
            waiting.push_back(next);
        }
        waiting.len() > before
    }

    /// Settles a first part of what is waiting: one request of its own kind, or one group of entries.
    fn settle(&mut self, waiting: &mut VecDeque<Request>) {
        let poison = self.desk.fatal.borrow().clone();
        if let Some(why) = poison {
            for request in waiting.drain(..) {
                request.refuse(&Error::Unavailable(why.clone()));
            }
            return;
        }
        if !matches!(waiting.front(), Some(Request::Record { .. })) {
            self.drain();
        }
        match waiting.pop_front() {
            None => {}
            Some(Request::Create { slug, header, incarnations, reply }) => {
                _ = reply.send(self.create(&slug, &header, incarnations));
            }
            Some(Request::Name { ledger, incarnations, reply }) => {
                _ = reply.send(self.name(ledger, &incarnations));
            }
            Some(Request::Copy { entries, reply }) => _ = reply.send(self.copy(entries)),
            Some(Request::Swap { fresh, reply }) => _ = reply.send(self.swap(fresh)),
            Some(Request::Settled { reply }) => _ = reply.send(()),
            Some(request @ Request::Record { .. }) => {
                waiting.push_front(request);
                self.settle_group(waiting);
            }
        }
    }

    /// Makes a ledger. Two may ask for the same one at once: only here, where nobody else makes any, is it known who was
    /// first.
    fn create(&self, slug: &str, header: &[u8], incarnations: Incarnations) -> Result<bool, Error> {
        let books = self.desk.journal.books().map_err(|error| self.desk.poison("read the journal", &error))?;
        if books.iter().any(|book| book.slug == slug) {
            return Ok(false);
        }
        let journal = &self.desk.journal;
        // Cut short between the two, it gets an incarnation at the next start: nobody has seen the one it was to have.
        let made = journal.create(slug, header).and_then(|book| {
            journal.set_incarnations(book.no, &incarnations)?;
            Ok(book)
        });
        let book = made.map_err(|error| self.desk.poison("make a ledger", &error))?;
        self.desk.publish.made(&Book { incarnations: Some(incarnations), ..book });
        Ok(true)
    }

    fn name(&self, ledger: LedgerNo, incarnations: &Incarnations) -> Result<(), Error> {
        let named = self.desk.journal.set_incarnations(ledger, incarnations);
        named.map_err(|error| self.desk.poison("name a ledger's incarnation", &error))?;
        self.desk.publish.named(ledger, incarnations);
        Ok(())
    }
}

impl Request {
    /// The ledger of an entry that is to be decided; none for other requests.
    fn ledger(&self) -> Option<LedgerNo> {
        match self {
            Request::Record { ledger, .. } => Some(*ledger),
            _ => None,
        }
    }

    fn refuse(self, error: &Error) {
        let error = error.clone();
        // Whoever no longer waits for the answer has no need of it.
        match self {
            Request::Record { reply, .. } => _ = reply.send(Err(error)),
            Request::Create { reply, .. } => _ = reply.send(Err(error)),
            Request::Name { reply, .. } => _ = reply.send(Err(error)),
            Request::Copy { reply, .. } => _ = reply.send(Err(error)),
            Request::Swap { reply, .. } => _ = reply.send(Err(between::SwapError::Writer(error))),
            Request::Settled { reply } => _ = reply.send(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_free_again() {
        let taken = Arc::default();
        let first = Place::take(&taken, 2).unwrap();
        let _second = Place::take(&taken, 2).unwrap();
        assert!(Place::take(&taken, 2).is_none());
        drop(first);
        assert!(Place::take(&taken, 2).is_some());
    }
}
