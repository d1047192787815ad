//! The one writer: a thread of its own that decides, records and applies every entry of every ledger.
//!
//! ```text
//! proposals ─> queue ─> take them in turn, a ledger after the other ─> decide each against what stands after those before it
//!            (queue.rs)                            │
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
pub(crate) use queue::Room;
pub(crate) use receipt::Named;
pub use receipt::{Outcome, Receipt, ReceiptEvent};

/// The most entries in one group.
const GROUP_ENTRIES_MAX: usize = 512;

/// A group of entries with more bytes takes no more of them.
const GROUP_BYTES_MAX: usize = 4 << 20;

/// A group that has been decided for so long takes no more entries: those in it wait for their answers, and other ledgers for
/// their turn.
const GROUP_LASTS_MAX: Duration = Duration::from_millis(50);

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
    /// Decide an entry of so many bytes and record it.
    Record { ledger: LedgerNo, named: Named, proposal: Proposal, bytes: usize, reply: Reply<Outcome> },
    /// Make a ledger, unless it stands already, or there are so many. Answered with whether it is new.
    Create { slug: String, header: Vec<u8>, incarnations: Incarnations, ledgers_max: usize, reply: Reply<bool> },
    /// Set a ledger's incarnations: those of the copy that it has taken.
    Name { ledger: LedgerNo, incarnations: Incarnations, reply: Reply<()> },
    /// Take entries as they are, stamps and all: the copy of a ledger.
    Copy { entries: Vec<Entry>, reply: Reply<u64> },
    /// Go on with these views, once they have caught up. Answered with those that stood before.
    Swap { fresh: Arc<Views>, reply: oneshot::Sender<Result<Arc<Views>, between::SwapError>> },
    /// Answer when what was asked before is settled.
    Settled { reply: oneshot::Sender<()> },
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// Where the writer tells of what is new, before it answers.
pub(crate) trait Publish: Send + Sync {
    /// Whether there is a ledger with this slug.
    fn knows(&self, slug: &str) -> bool;

    /// How many ledgers there are.
    fn ledgers(&self) -> usize;

    /// A ledger was made.
    fn made(&self, book: &LedgerLog);

    /// The ledger has these incarnations now.
    fn named(&self, ledger: LedgerNo, incarnations: &Incarnations);

    /// The ledger's last event is now `seq`.
    fn recorded(&self, ledger: LedgerNo, seq: u64);

    /// Questions are asked of these views from now on.
    fn swapped(&self, views: Arc<Views>);
}

/// The writer's thread and the way to it.
pub(crate) struct Handle {
    queue: Arc<Queue>,
    state: Arc<CommitState>,
    clock: Arc<CheckedClock>,
    fatal: watch::Receiver<Option<String>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Handle {
    /// Starts the writer. As much may wait as there is room for.
    pub(crate) fn start(
        journal: Arc<dyn Journal>,
        views: Arc<Views>,
        publish: impl Publish + 'static,
        clock: CheckedClock,
        room: Room,
    ) -> std::io::Result<Handle> {
        let queue = Arc::new(Queue::with(room));
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

    /// Hands in a request: [`Error::Busy`] where there is no room for it.
    pub(crate) fn submit(&self, request: Request) -> Result<(), Error> {
        self.queue.hand_in(request)
    }

    /// Changes how much may wait.
    pub(crate) fn set_room(&self, room: Room) {
        self.queue.set_room(room);
    }

    /// Decides an entry against what stands, and records nothing. It does so where it is called, beside the writer: whoever
    /// tries holds up nobody who records. What is on its way to the disk is not seen yet.
    pub(crate) fn try_out(&self, ledger: LedgerNo, named: &Named, proposal: Proposal) -> Result<Outcome, Error> {
        let stopped = self.state.fatal.borrow().clone();
        match stopped {
            Some(why) => Err(Error::Unavailable(why)),
            None => Deciding { state: &self.state, in_flight: &InFlight::default(), clock: &self.clock }
                .try_out(ledger, named, proposal),
        }
    }

    /// Tells when the writer was poisoned, and by what.
    pub(crate) fn fatal(&self) -> watch::Receiver<Option<String>> {
        self.fatal.clone()
    }
}

impl Drop for Handle {
    /// Lets the writer finish what is queued, and waits for it.
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
    /// What is on the lane.
    in_flight: InFlight,
    clock: Arc<CheckedClock>,
    requests: Arc<Queue>,
    /// The rows it read and wrote lately, of each ledger.
    recalls: RefCell<BTreeMap<LedgerNo, Recall>>,
}

impl Writer {
    /// Works until nobody can ask any more. After a panic nobody knows what was left half done: as after a failed sync the
    /// writer is poisoned, and goes on only to say so.
    fn run(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.work())).is_err() {
            self.state.poison("go on", &"it panicked");
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

    /// Takes the next request, whose turn it is; returns whether there was one. Those behind it stay in their lines, so that an
    /// entry of another ledger that comes meanwhile is not behind all of them.
    fn take_waiting(&mut self, waiting: &mut VecDeque<Request>) -> bool {
        let next = self.requests.take();
        let is_there = next.is_some();
        waiting.extend(next);
        is_there
    }

    /// Settles a first part of what is waiting: one request of its own kind, or one group of entries.
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

    /// Makes a ledger. Two may ask for the same one at once: only here, where nobody else makes any, is it known who was
    /// first.
    fn create(&self, slug: &str, header: &[u8], incarnations: Incarnations, ledgers_max: usize) -> Result<bool, Error> {
        if self.state.publish.knows(slug) {
            return Ok(false);
        }
        let there = self.state.publish.ledgers();
        if there >= ledgers_max {
            let says = format!(
                "there are {there} ledgers, as many as may be made: nothing was made; the server's setting is ledgers_max"
            );
            let violations = vec![Violation::new("{ledger}", "too_many_ledgers", says)];
            return Err(Error::Refused(Refusal { no: No::Conflict, violations }));
        }
        let journal = &self.state.journal;
        // Cut short between the two, it gets an incarnation at the next start: nobody has seen the one it was to have.
        let made = journal.create(slug, header).and_then(|book| {
            journal.set_incarnations(book.no, &incarnations)?;
            Ok(book)
        });
        let book = made.map_err(|error| self.state.poison("make a ledger", &error))?;
        self.state.publish.made(&LedgerLog { incarnations: Some(incarnations), ..book });
        Ok(true)
    }

    fn name(&self, ledger: LedgerNo, incarnations: &Incarnations) -> Result<(), Error> {
        let named = self.state.journal.set_incarnations(ledger, incarnations);
        named.map_err(|error| self.state.poison("name a ledger's incarnation", &error))?;
        self.state.publish.named(ledger, incarnations);
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

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("queue", &self.queue).finish_non_exhaustive()
    }
}
