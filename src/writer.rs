//! The writer: one thread that decides, records and applies every entry of every ledger.
//!
//! ```text
//! proposals ─> queue ─> take one per ledger in rotation ─> decide each on the state after those before it
//!            (queue.rs)                            │
//!      here, or in the committer (committer.rs)    ├─> journal.append(group): one sync
//!      while the next group is decided here        ├─> views.write(group's rows)
//!                                                  └─> publish the new heads ─> answer
//! ```
//!
//! A group is decided on top of the in-flight group: its rows, its last number, its ids. Only one group is in flight at
//! a time, and requests other than entries wait until there is none.
//!
//! IMPORTANT: the order is a promise. An answer sent after the sync means that the entry is durable; sent after the
//! rows, that the client reads its own write. A failed sync of the journal is not retried, because the content of the
//! disk is unknown: the writer is poisoned, answers [`Error::Unavailable`] to everything, and the process must end.

mod between;
mod committer;
mod group;
mod queue;
mod receipt;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use events::{Moment, Violation};
use projections::rows::Recall;
use projections::rules::{No, Proposal, Refusal};
use tokio::sync::{oneshot, watch};

use crate::journal::{Entry, Incarnations, Journal, LedgerLog, LedgerNo};
use crate::views::Views;
use committer::{CommitState, Committer, InFlight};
use group::Deciding;
use queue::Queue;

pub use between::SwapError;
pub(crate) use queue::QueueLimits;
pub(crate) use receipt::Named;
pub use receipt::{Outcome, Receipt, ReceiptEvent};

/// Maximum number of entries in one group.
const GROUP_ENTRIES_MAX: usize = 512;

/// A group with this many bytes of entries accepts no more.
const GROUP_BYTES_MAX: usize = 4 << 20;

/// A group decided for this long accepts no more entries: its clients wait for their answers, and other ledgers for
/// their turn.
const GROUP_LASTS_MAX: Duration = Duration::from_millis(50);

/// Groups with more events than this are settled by the committer thread. With few processors, a smaller group is
/// recorded sooner on the deciding thread, and the next group grows meanwhile: this saves a sync and two thread
/// switches.
pub const EVENTS_INLINE_MAX: usize = 256;

/// Maximum bytes of rows cached by the writer for all ledgers; above it the cache is cleared.
const RECALL_BYTES_MAX: usize = 64 << 20;

/// The ledger's clock. An argument, so that a ledger can be recorded at the times of a past quarter.
pub type Clock = Box<dyn Fn() -> Moment + Send + Sync>;

/// A clock that may be in doubt: returns the time to record by, or the reason why recording is paused.
pub(crate) type CheckedClock = Box<dyn Fn() -> Result<Moment, String> + Send + Sync>;

/// The reason why nothing was recorded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The rules refuse the entry.
    #[error("refused")]
    Refused(Refusal),
    /// The queue is full: try again soon.
    #[error("the writer is busy: try again in a moment")]
    Busy,
    /// The machine's clock is in doubt: recording is paused until the clock is set or accepted.
    #[error("{0}")]
    Clock(String),
    /// The writer has stopped permanently: the process must end.
    #[error("the ledger has stopped recording: {0}")]
    Unavailable(String),
}

/// A request to the writer.
pub(crate) enum Request {
    /// Decides an entry of `bytes` bytes and records it.
    Record { ledger: LedgerNo, named: Named, proposal: Proposal, bytes: usize, reply: Reply<Outcome> },
    /// Creates a ledger unless it exists or there are `ledgers_max`. Answers true if it is new.
    Create { slug: String, header: Vec<u8>, incarnations: Incarnations, ledgers_max: usize, reply: Reply<bool> },
    /// Sets a ledger's incarnations after an import added the copy's.
    Name { ledger: LedgerNo, incarnations: Incarnations, reply: Reply<()> },
    /// Records the entries of a copy unchanged, including their times.
    Copy { entries: Vec<Entry>, reply: Reply<u64> },
    /// Catches up these views and switches to them. Answers with the previous ones.
    Swap { fresh: Arc<Views>, reply: oneshot::Sender<Result<Arc<Views>, between::SwapError>> },
    /// Answers once all earlier requests are settled.
    Settled { reply: oneshot::Sender<()> },
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// Publishes the writer's results before it answers.
pub(crate) trait Publish: Send + Sync {
    /// Returns true if there is a ledger with this slug.
    fn knows(&self, slug: &str) -> bool;

    /// Returns the number of ledgers.
    fn ledgers(&self) -> usize;

    /// A ledger was created.
    fn made(&self, log: &LedgerLog);

    /// The ledger now has these incarnations.
    fn named(&self, ledger: LedgerNo, incarnations: &Incarnations);

    /// The ledger's last event is now `seq`.
    fn recorded(&self, ledger: LedgerNo, seq: u64);

    /// Questions are answered from these views from now on.
    fn swapped(&self, views: Arc<Views>);
}

/// The writer's thread and its queue.
pub(crate) struct Handle {
    queue: Arc<Queue>,
    state: Arc<CommitState>,
    clock: Arc<CheckedClock>,
    fatal: watch::Receiver<Option<String>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Handle {
    /// Starts the writer with these limits of its queue.
    pub(crate) fn start(
        journal: Arc<dyn Journal>,
        views: Arc<Views>,
        publish: impl Publish + 'static,
        clock: CheckedClock,
        limits: QueueLimits,
    ) -> std::io::Result<Handle> {
        let queue = Arc::new(Queue::with(limits));
        let clock = Arc::new(clock);
        let state = Arc::new(CommitState::new(journal, views, publish));
        let fatal = state.fatal.subscribe();
        let (started, start) = std::sync::mpsc::channel();
        let (requests, deciding, time) = (Arc::clone(&queue), Arc::clone(&state), Arc::clone(&clock));
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || {
            let (state, clock) = (deciding, time);
            match Committer::start(Arc::clone(&state), std::thread::current()) {
                Ok(committer) => {
                    _ = started.send(Ok(()));
                    Writer {
                        state,
                        committer,
                        in_flight: InFlight::default(),
                        clock,
                        requests,
                        recalls: RefCell::default(),
                    }
                    .run();
                }
                Err(error) => _ = started.send(Err(error)),
            }
        })?;
        start.recv().map_err(std::io::Error::other)??;
        Ok(Handle { queue, state, clock, fatal, thread: Some(thread) })
    }

    /// Submits a request. Returns [`Error::Busy`] if the queue has no room.
    pub(crate) fn submit(&self, request: Request) -> Result<(), Error> {
        self.queue.hand_in(request)
    }

    /// Changes the limits of the queue.
    pub(crate) fn set_limits(&self, limits: QueueLimits) {
        self.queue.set_limits(limits);
    }

    /// Decides an entry against the current state without recording it. Runs on the calling thread, concurrently with
    /// the writer, so it never delays recording. It does not see the in-flight group.
    pub(crate) fn try_out(&self, ledger: LedgerNo, named: &Named, proposal: Proposal) -> Result<Outcome, Error> {
        let stopped = self.state.fatal.borrow().clone();
        match stopped {
            Some(why) => Err(Error::Unavailable(why)),
            None => Deciding { state: &self.state, in_flight: &InFlight::default(), clock: &self.clock }
                .try_out(ledger, named, proposal),
        }
    }

    /// Returns a receiver for the error that poisoned the writer.
    pub(crate) fn fatal(&self) -> watch::Receiver<Option<String>> {
        self.fatal.clone()
    }
}

impl Drop for Handle {
    /// Closes the queue and waits until the writer has finished it.
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread panicked");
        }
    }
}

struct Writer {
    state: Arc<CommitState>,
    committer: Committer,
    /// The state of the group in the committer.
    in_flight: InFlight,
    clock: Arc<CheckedClock>,
    requests: Arc<Queue>,
    /// Rows read and written recently, for each ledger.
    recalls: RefCell<BTreeMap<LedgerNo, Recall>>,
}

impl Writer {
    /// Works until the queue is closed and empty. After a panic the state may be half changed: as after a failed sync
    /// the writer is poisoned, and continues only to refuse requests.
    fn run(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.work())).is_err() {
            self.state.poison("continue", &"it panicked");
        }
    }

    fn work(&mut self) {
        while let Some(first) = self.requests.wait() {
            let mut waiting = VecDeque::from([first]);
            while !waiting.is_empty() {
                self.settle(&mut waiting);
            }
        }
    }

    /// Takes the next request in rotation; returns true if there was one. The others stay in their queues, so that a
    /// new entry of another ledger does not wait for all of them.
    fn take_waiting(&mut self, waiting: &mut VecDeque<Request>) -> bool {
        let next = self.requests.take();
        let is_there = next.is_some();
        waiting.extend(next);
        is_there
    }

    /// Settles the first part of the waiting requests: one request of another kind, or one group of entries.
    fn settle(&mut self, waiting: &mut VecDeque<Request>) {
        let poison = self.state.fatal.borrow().clone();
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
            Some(Request::Create { slug, header, incarnations, ledgers_max, reply }) => {
                _ = reply.send(self.create(&slug, &header, incarnations, ledgers_max));
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

    /// Creates a ledger. If two clients create the same one, this thread decides which was first, because no other
    /// creates ledgers.
    fn create(&self, slug: &str, header: &[u8], incarnations: Incarnations, ledgers_max: usize) -> Result<bool, Error> {
        if self.state.publish.knows(slug) {
            return Ok(false);
        }
        let there = self.state.publish.ledgers();
        if there >= ledgers_max {
            let says = format!(
                "there are {there} ledgers, the maximum: no ledger was created; raise the server's setting ledgers_max"
            );
            let violations = vec![Violation::new("{ledger}", "too_many_ledgers", says)];
            return Err(Error::Refused(Refusal { no: No::Conflict, violations }));
        }
        let journal = &self.state.journal;
        // If the process ends between the two, the next start assigns an incarnation: no client has seen the intended
        // one.
        let made = journal.create(slug, header).and_then(|log| {
            journal.set_incarnations(log.no, &incarnations)?;
            Ok(log)
        });
        let log = made.map_err(|error| self.state.poison("create a ledger", &error))?;
        self.state.publish.made(&LedgerLog { incarnations: Some(incarnations), ..log });
        Ok(true)
    }

    fn name(&self, ledger: LedgerNo, incarnations: &Incarnations) -> Result<(), Error> {
        let named = self.state.journal.set_incarnations(ledger, incarnations);
        named.map_err(|error| self.state.poison("set a ledger's incarnation", &error))?;
        self.state.publish.named(ledger, incarnations);
        Ok(())
    }
}

impl Request {
    /// Returns the ledger of an entry to be decided; `None` for other requests.
    fn ledger(&self) -> Option<LedgerNo> {
        match self {
            Request::Record { ledger, .. } => Some(*ledger),
            _ => None,
        }
    }

    fn refuse(self, error: &Error) {
        let error = error.clone();
        // A client that no longer waits does not need the answer.
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

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("queue", &self.queue).finish_non_exhaustive()
    }
}
