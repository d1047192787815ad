//! The ledgers of a data folder: the single entry point for the HTTP interface and the command line.

mod as_of;
mod clock;
mod copy;
pub mod data_folder;
mod events;
mod folder;
mod index;
mod look;
pub mod operations;
mod verify;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::events::{LedgerSlug, Moment, Submission, Violation};
use projections::rules::{No, Proposal, Refusal};
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

use crate::clock::Guard;
use crate::journal::{self, Earlier, Incarnation, Incarnations, Journal, LedgerLog, NewIncarnation};
use crate::views::Views;
use crate::writer::{self, Clock, Handle, Named, Outcome, QueueLimits, Reply, Request};
use clock::Time;
use data_folder::OpenFolder;
use index::{CurrentViews, IndexedLedger, LedgerIndex, Publisher};

pub use as_of::AsOfAsk;
pub use clock::{AcceptedClock, accept_clock_folder};
pub use copy::{CheckedCopy, CopyFault, CopyFaults, ExportError, ImportError, check_copy};
pub use events::{EXAMINED_MAX, EventsAsk, EventsPage, PAGE_BYTES_MAX, Walked};
pub use folder::{OpenError, open_folder, open_guarded};
pub use look::{Look, Past};
pub use verify::{Finding, Verdict};

/// Default limits of the writer's queue, in entries and in bytes.
const QUEUE_MAX: usize = 4_096;
const QUEUE_BYTES_MAX: usize = 32 << 20;

/// Default limit on the number of ledgers.
pub const LEDGERS_MAX: usize = 1_000;

/// The reason why a request failed, by the action the caller can take.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The ledger does not exist: create it, or correct its name.
    #[error("there is no ledger `{0}`")]
    UnknownLedger(String),
    /// The rules refuse the entry, or the question is not valid: correct it.
    #[error("refused: {}", .0.violations.iter().map(|violation| violation.message.as_str()).collect::<Vec<_>>().join("; "))]
    Refused(Refusal),
    /// The requested item is not in the ledger.
    #[error("{0}")]
    NotFound(String),
    /// A queue is full; the text names it. Try again soon.
    #[error("{0}: try again in a moment")]
    Busy(&'static str),
    /// The machine's clock is in doubt: recording is paused until the clock is set or accepted.
    #[error("{0}")]
    Clock(String),
    /// The ledger has stopped recording, permanently.
    #[error("{0}")]
    Unavailable(String),
    /// The program that makes PDFs is missing: install it.
    #[error("{0}")]
    NoPress(String),
    /// Stored data cannot be read: `verify` locates the damage, `rebuild` repairs views.
    #[error("stored data cannot be read: {0}")]
    Damaged(String),
}

impl Error {
    /// Refuses a question because of one invalid part.
    pub fn invalid(pointer: &str, rule: &str, message: impl fmt::Display) -> Self {
        Error::Refused(Refusal { no: No::Invalid, violations: vec![Violation::new(pointer, rule, message)] })
    }
}

impl From<writer::Error> for Error {
    fn from(error: writer::Error) -> Self {
        match error {
            writer::Error::Refused(refusal) => Error::Refused(refusal),
            writer::Error::Busy => Error::Busy("the writer is busy"),
            writer::Error::Clock(says) => Error::Clock(says),
            writer::Error::Unavailable(_) => Error::Unavailable(error.to_string()),
        }
    }
}

impl From<journal::Error> for Error {
    fn from(error: journal::Error) -> Self {
        Error::Damaged(error.to_string())
    }
}

impl From<projections::rows::Error> for Error {
    fn from(error: projections::rows::Error) -> Self {
        Error::Damaged(error.to_string())
    }
}

/// The metadata of a ledger, stored as its header in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The display name.
    pub title: String,
    /// When the ledger was created; for an imported one, when the original was.
    pub created_at: Moment,
    /// For a ledger created for an import, the number of events in the copy. With fewer events the import is
    /// incomplete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<u64>,
}

impl Header {
    /// Returns the header of a new, empty ledger.
    pub fn new(title: impl Into<String>, created_at: Moment) -> Header {
        Header { title: title.into(), created_at, copied: None }
    }
}

/// A ledger as it appears in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerInfo {
    /// The slug.
    pub ledger: String,
    /// The display name.
    pub title: String,
    /// When the ledger was created.
    pub created_at: Moment,
    /// The last event; 0 if there is none.
    pub last_seq: u64,
    /// When the last event was recorded.
    pub recorded_at: Option<Moment>,
    /// The current history of the ledger; each restore starts another.
    pub incarnation: Incarnation,
    /// The earlier incarnations, oldest first, each with the last event it shares with this one.
    pub earlier: Vec<Earlier>,
    /// For an incomplete import, the number of events in the copy; omitted for a complete ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<u64>,
}

/// All ledgers of one data folder.
#[derive(Debug)]
pub struct Ledgers {
    // The writer must stop before the lock on the data folder is released.
    writer: Arc<Handle>,
    shared: Arc<Shared>,
}

struct Shared {
    journal: Arc<dyn Journal>,
    current: Arc<CurrentViews>,
    index: Arc<LedgerIndex>,
    new_incarnation: NewIncarnation,
    /// The data folder; `None` for ledgers in memory.
    open_folder_of: Option<OpenFolder>,
    /// Checks the machine's clock; `None` for ledgers opened with their own clock.
    guard: Option<Arc<Guard>>,
    operations: operations::Busy,
    ledgers_max: AtomicUsize,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("index", &self.index).finish_non_exhaustive()
    }
}

impl Ledgers {
    /// Opens the ledgers of a journal, with views that are caught up with it. Assigns an incarnation to ledgers that
    /// have none, as older versions left them.
    pub fn over(
        journal: Arc<dyn Journal>,
        views: Views,
        clock: Clock,
        new_incarnation: NewIncarnation,
    ) -> Result<Ledgers, Error> {
        Ledgers::open(journal, None, views, Time::Given(clock), new_incarnation)
    }

    /// Opens the ledgers of a data folder.
    fn open_folder_of(
        open_folder_of: OpenFolder,
        views: Views,
        time: Time,
        new_incarnation: NewIncarnation,
    ) -> Result<Ledgers, Error> {
        Ledgers::open(
            Arc::clone(&open_folder_of.rocks) as Arc<dyn Journal>,
            Some(open_folder_of),
            views,
            time,
            new_incarnation,
        )
    }

    /// Preallocates log files, so that the first entries become durable sooner. Takes some 80 MB of the disk, if it has
    /// plenty.
    pub fn prepare_to_record(&self) -> Result<(), Error> {
        self.shared.open_folder_of.as_ref().map_or(Ok(()), |open_folder_of| Ok(open_folder_of.rocks.prepare_logs()?))
    }

    fn open(
        journal: Arc<dyn Journal>,
        open_folder_of: Option<OpenFolder>,
        views: Views,
        time: Time,
        new_incarnation: NewIncarnation,
    ) -> Result<Ledgers, Error> {
        if !views.belong_to(&journal.identity()?)? {
            return Err(Error::Damaged("the views belong to another journal".into()));
        }
        let index = Arc::new(LedgerIndex::default());
        for log in journal.logs()? {
            let log = with_incarnation(&*journal, log, &new_incarnation)?;
            index.add(&log, journal.head(log.no)?.seq)?;
        }
        let views = Arc::new(views);
        let current = Arc::new(CurrentViews::new(Arc::clone(&views)));
        let publisher = Publisher { index: Arc::clone(&index), current: Arc::clone(&current) };
        let (clock, guard) = time.checked();
        let limits = QueueLimits { entries_max: QUEUE_MAX, bytes_max: QUEUE_BYTES_MAX };
        let writer = Handle::start(Arc::clone(&journal), views, publisher, clock, limits)
            .map_err(|error| Error::Unavailable(format!("cannot start the writer's thread: {error}")))?;
        let (operations, ledgers_max) = (operations::Busy::default(), AtomicUsize::new(LEDGERS_MAX));
        let shared =
            Shared { journal, current, index, new_incarnation, open_folder_of, guard, operations, ledgers_max };
        Ok(Ledgers { writer: Arc::new(writer), shared: Arc::new(shared) })
    }

    /// Creates a ledger, or leaves an existing one unchanged. Returns true with a new ledger.
    pub async fn create(&self, slug: &LedgerSlug, header: &Header) -> Result<(LedgerInfo, bool), Error> {
        let new_incarnation = || Incarnations::first((self.shared.new_incarnation)());
        self.create_as(slug, header, new_incarnation).await
    }

    /// Creates a ledger with known incarnations: those of a copy, or those of a reproducible history.
    pub(crate) async fn create_as(
        &self,
        slug: &LedgerSlug,
        header: &Header,
        incarnations: impl FnOnce() -> Incarnations,
    ) -> Result<(LedgerInfo, bool), Error> {
        let is_new = match self.shared.index.find(slug.as_str()) {
            Some(_) => false,
            None => {
                // The header of an import contains the creation time of the original, so the clock is not needed.
                if let Some(guard) = self.shared.guard.as_ref().filter(|_| header.copied.is_none()) {
                    guard.now().map_err(Error::Clock)?;
                }
                let header = serde_json::to_vec(header).map_err(|error| Error::Damaged(error.to_string()))?;
                let (slug, incarnations) = (slug.to_string(), incarnations());
                let ledgers_max = self.shared.ledgers_max.load(Ordering::Relaxed);
                self.ask(|reply| Request::Create { slug, header, incarnations, ledgers_max, reply }).await?
            }
        };
        let indexed = self.shared.index.find(slug.as_str()).ok_or_else(|| Error::UnknownLedger(slug.to_string()))?;
        Ok((self.info(&indexed)?, is_new))
    }

    /// Returns all ledgers, sorted by slug.
    pub fn list(&self) -> Result<Vec<LedgerInfo>, Error> {
        self.shared.index.all().iter().map(|indexed| self.info(indexed)).collect()
    }

    /// Returns up to `limit` ledgers with slugs after this one, sorted by slug, and whether there are more.
    pub fn page(&self, after: &str, limit: usize) -> Result<(Vec<LedgerInfo>, bool), Error> {
        let (page, has_more) = self.shared.index.page(after, limit);
        Ok((page.iter().map(|indexed| self.info(indexed)).collect::<Result<_, Error>>()?, has_more))
    }

    /// Changes the limit of the writer's queue, in bytes of entries.
    pub fn set_queue_bytes_max(&self, bytes_max: usize) {
        self.writer.set_limits(QueueLimits { entries_max: QUEUE_MAX, bytes_max });
    }

    /// Changes the limit on the number of ledgers.
    pub fn set_ledgers_max(&self, ledgers_max: usize) {
        self.shared.ledgers_max.store(ledgers_max, Ordering::Relaxed);
    }

    /// Returns the ledger with this slug.
    pub fn ledger(&self, slug: &str) -> Result<Ledger, Error> {
        let indexed = self.shared.index.find(slug).ok_or_else(|| Error::UnknownLedger(slug.to_owned()))?;
        let (writer, shared) = (Arc::clone(&self.writer), Arc::clone(&self.shared));
        Ok(Ledger { writer, views: shared.current.views(), shared, indexed })
    }

    /// Returns the problems that currently prevent recording or answering, each as the name of a check and a message.
    /// Empty if there are none.
    pub fn hindrances(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        if let Some(why) = self.writer.fatal().borrow().clone() {
            found.push(("writer_stopped", format!("the ledger has stopped recording: {why}")));
        }
        if let Some(Err(says)) = self.shared.guard.as_ref().map(|guard| guard.now()) {
            found.push(("clock", says));
        }
        if self.writer.is_full() {
            let waiting = self.writer.waiting();
            found.push((
                "queue_full",
                format!("{waiting} requests are waiting for the writer: its queue is nearly full"),
            ));
        }
        if let Err(error) = self.shared.current.views().heads() {
            found.push(("views_unreadable", format!("the views cannot be read: {error}")));
        }
        found
    }

    /// Called about once a minute while the ledgers are served: checks the machine's clock and notes that it is in
    /// order.
    pub fn tick(&self) {
        if let Some(guard) = &self.shared.guard {
            guard.tick();
        }
    }

    /// Waits until the writer has settled all requests submitted before. Returns the number of open ones if `limit`
    /// expires.
    pub async fn drain(&self, limit: std::time::Duration) -> Result<(), usize> {
        let settled = tokio::time::timeout(limit, self.writer.settled()).await;
        settled.map_err(|_| self.writer.waiting())
    }

    /// Returns a receiver for the reason why recording has become impossible. The process must then end.
    pub fn fatal(&self) -> watch::Receiver<Option<String>> {
        self.writer.fatal()
    }

    fn info(&self, indexed: &IndexedLedger) -> Result<LedgerInfo, Error> {
        // Not the journal's head: questions cannot see events that are recorded but not yet in the views.
        let seq = *indexed.head.borrow();
        let last = self.shared.journal.event(indexed.no, seq)?;
        let incarnations = indexed.incarnations();
        Ok(LedgerInfo {
            ledger: indexed.slug.clone(),
            title: indexed.header.title.clone(),
            created_at: indexed.header.created_at,
            last_seq: seq,
            recorded_at: last.map(|event| Moment::from(event.recorded_at)),
            incarnation: incarnations.incarnation,
            earlier: incarnations.earlier.clone(),
            awaits: indexed.awaits(),
        })
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.writer.submit(request(reply))?;
        Ok(answer.await.map_err(|_| gone())??)
    }
}

/// One ledger with the views that were current when it was requested. Do not keep it for long.
#[derive(Debug, Clone)]
pub struct Ledger {
    writer: Arc<Handle>,
    shared: Arc<Shared>,
    views: Arc<Views>,
    indexed: Arc<IndexedLedger>,
}

impl Ledger {
    /// Returns the slug.
    pub fn slug(&self) -> &str {
        &self.indexed.slug
    }

    /// Returns the title and the creation time.
    pub fn header(&self) -> &Header {
        &self.indexed.header
    }

    /// Returns the current incarnation and the earlier ones.
    pub fn incarnations(&self) -> Arc<Incarnations> {
        self.indexed.incarnations()
    }

    /// Returns the number of events in the copy if the ledger is an incomplete import.
    pub fn awaits(&self) -> Option<u64> {
        self.indexed.awaits()
    }

    /// Refuses an incomplete import: an event recorded behind part of a copy would exclude the rest forever.
    fn whole(&self) -> Result<(), Error> {
        let Some(all) = self.awaits() else { return Ok(()) };
        let violation = Violation::new("", "copy_not_taken", not_whole(self.slug(), *self.head().borrow(), all));
        Err(Error::Refused(Refusal { no: No::Conflict, violations: vec![violation] }))
    }

    /// Records an entry.
    pub async fn record(&self, proposal: Proposal) -> Result<Outcome, Error> {
        let bytes = proposal.submissions.iter().map(Submission::bytes).sum();
        self.hand_in(proposal, bytes)?.await
    }

    /// Submits an entry of this size in bytes to the writer, and returns a future of the outcome. Entries are decided
    /// in the order of submission.
    pub fn hand_in(
        &self,
        proposal: Proposal,
        bytes: usize,
    ) -> Result<impl Future<Output = Result<Outcome, Error>> + use<>, Error> {
        self.whole()?;
        let (reply, answer) = oneshot::channel();
        let (ledger, named) = (self.indexed.no, self.named());
        self.writer.submit(Request::Record { ledger, named, proposal, bytes, reply })?;
        Ok(async move { Ok(answer.await.map_err(|_| gone())??) })
    }

    /// Decides an entry against the current state without recording it. Reads the disk on the calling thread.
    pub fn try_out(&self, proposal: Proposal) -> Result<Outcome, Error> {
        self.whole()?;
        Ok(self.writer.try_out(self.indexed.no, &self.named(), proposal)?)
    }

    fn named(&self) -> Named {
        Named { slug: self.indexed.slug.clone(), incarnation: self.indexed.incarnations().incarnation }
    }

    /// Returns a receiver for the number of the last event.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.indexed.head.subscribe()
    }
}

/// Returns the ledger with its incarnation, assigning one if an older version left it without.
fn with_incarnation(
    journal: &dyn Journal,
    log: LedgerLog,
    new_incarnation: &NewIncarnation,
) -> Result<LedgerLog, Error> {
    if log.incarnations.is_some() {
        return Ok(log);
    }
    let incarnations = Incarnations::first(new_incarnation());
    journal.set_incarnations(log.no, &incarnations)?;
    Ok(LedgerLog { incarnations: Some(incarnations), ..log })
}

/// Returns the message for an incomplete import.
fn not_whole(slug: &str, held: u64, all: u64) -> String {
    format!(
        "the ledger `{slug}` holds {held} of the {all} events of its copy, because its import was interrupted: run \
         `okr-ledger import` again first, which resumes where it stopped"
    )
}

fn gone() -> Error {
    Error::Unavailable("the writer has stopped".into())
}
