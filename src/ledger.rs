//! Ledgers: the only thing the HTTP interface and the command line call.

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
use crate::writer::{self, Clock, Handle, Named, Outcome, Reply, Request, Room};
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

/// Entries that may wait for the writer, and their bytes where nobody says otherwise.
const QUEUE_MAX: usize = 4_096;
const QUEUE_BYTES_MAX: usize = 32 << 20;

/// Ledgers that may be made where nobody says otherwise.
pub const LEDGERS_MAX: usize = 1_000;

/// Why a ledger does not do as asked; each variant is something else its caller can do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// There is no such ledger: make it, or mend its name.
    #[error("there is no ledger `{0}`")]
    UnknownLedger(String),
    /// The rules say no, or the question is not one: mend it.
    #[error("refused: {}", .0.violations.iter().map(|violation| violation.message.as_str()).collect::<Vec<_>>().join("; "))]
    Refused(Refusal),
    /// What was asked for is not in the ledger.
    #[error("{0}")]
    NotFound(String),
    /// Too much is waiting, and where: try again soon.
    #[error("{0}: try again in a moment")]
    Busy(&'static str),
    /// The machine's clock is in doubt: nothing is recorded until it is set or accepted.
    #[error("{0}")]
    Clock(String),
    /// The ledger has stopped recording, for good.
    #[error("{0}")]
    Unavailable(String),
    /// What is stored cannot be read: `verify` tells where, `rebuild` mends views.
    #[error("what is stored cannot be read: {0}")]
    Damaged(String),
}

impl Error {
    /// One thing in a question that is not valid.
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

/// What a ledger's maker said of it: the header of its journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its title.
    pub title: String,
    /// When it was made.
    pub created_at: Moment,
    /// Of one that was made to take a copy, how many events that holds: with fewer it is not whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<u64>,
}

impl Header {
    /// That of a ledger which begins here.
    pub fn new(title: impl Into<String>, created_at: Moment) -> Header {
        Header { title: title.into(), created_at, copied: None }
    }
}

/// A ledger as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerInfo {
    /// Its slug.
    pub ledger: String,
    /// Its title.
    pub title: String,
    /// When it was made.
    pub created_at: Moment,
    /// Its last event; 0 where there is none.
    pub last_seq: u64,
    /// When that was recorded.
    pub recorded_at: Option<Moment>,
    /// Which of its histories this is: another one after a restore.
    pub incarnation: Incarnation,
    /// The incarnations before it, the oldest first, with the last event that each shares with this one.
    pub earlier: Vec<Earlier>,
    /// How many events it is to hold, where the copy that it is taken from was not taken to its end; left out of a whole one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<u64>,
}

/// All ledgers of one data folder.
#[derive(Debug)]
pub struct Ledgers {
    // The writer ends before the data folder is free for others.
    writer: Arc<Handle>,
    shared: Arc<Shared>,
}

struct Shared {
    journal: Arc<dyn Journal>,
    standing: Arc<CurrentViews>,
    index: Arc<LedgerIndex>,
    new_incarnation: NewIncarnation,
    /// Where all this is kept; none for ledgers in memory.
    open_folder_of: Option<OpenFolder>,
    /// What the machine's clock is held against; none for ledgers that are opened with a clock of their own.
    guard: Option<Arc<Guard>>,
    operations: operations::Busy,
    ledgers_max: AtomicUsize,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("shelf", &self.index).finish_non_exhaustive()
    }
}

impl Ledgers {
    /// Opens the ledgers of a journal over views that are caught up with it. Ledgers from before there were incarnations
    /// get one.
    pub fn over(
        journal: Arc<dyn Journal>,
        views: Views,
        clock: Clock,
        new_incarnation: NewIncarnation,
    ) -> Result<Ledgers, Error> {
        Ledgers::open(journal, None, views, Time::Given(clock), new_incarnation)
    }

    /// The same for those of a data folder.
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

    /// Makes what is recorded durable sooner from the first entry on. It takes some 80 MB of the disk, where there is plenty.
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
            return Err(Error::Damaged("the views are those of another journal".into()));
        }
        let index = Arc::new(LedgerIndex::default());
        for book in journal.logs()? {
            let book = with_incarnation(&*journal, book, &new_incarnation)?;
            index.add(&book, journal.head(book.no)?.seq)?;
        }
        let views = Arc::new(views);
        let standing = Arc::new(CurrentViews::new(Arc::clone(&views)));
        let publisher = Publisher { index: Arc::clone(&index), standing: Arc::clone(&standing) };
        let (clock, guard) = time.checked();
        let room = Room { entries_max: QUEUE_MAX, bytes_max: QUEUE_BYTES_MAX };
        let writer = Handle::start(Arc::clone(&journal), views, publisher, clock, room)
            .map_err(|error| Error::Unavailable(format!("the writer's thread does not start: {error}")))?;
        let (operations, ledgers_max) = (operations::Busy::default(), AtomicUsize::new(LEDGERS_MAX));
        let shared =
            Shared { journal, standing, index, new_incarnation, open_folder_of, guard, operations, ledgers_max };
        Ok(Ledgers { writer: Arc::new(writer), shared: Arc::new(shared) })
    }

    /// Makes a ledger. Where it stands already it is left as it is; the flag tells which.
    pub async fn create(&self, slug: &LedgerSlug, header: &Header) -> Result<(LedgerInfo, bool), Error> {
        let new_incarnation = || Incarnations::first((self.shared.new_incarnation)());
        self.create_as(slug, header, new_incarnation).await
    }

    /// The same with incarnations that are known: of a copy's, or of a history that is to be the same each time.
    pub(crate) async fn create_as(
        &self,
        slug: &LedgerSlug,
        header: &Header,
        incarnations: impl FnOnce() -> Incarnations,
    ) -> Result<(LedgerInfo, bool), Error> {
        let is_new = match self.shared.index.find(slug.as_str()) {
            Some(_) => false,
            None => {
                // The header of a copy's ledger says when that was made, elsewhere.
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

    /// All ledgers, by slug.
    pub fn list(&self) -> Result<Vec<LedgerInfo>, Error> {
        self.shared.index.all().iter().map(|indexed| self.info(indexed)).collect()
    }

    /// Up to `limit` of them whose slugs come after this one, by slug, and whether there are more.
    pub fn page(&self, after: &str, limit: usize) -> Result<(Vec<LedgerInfo>, bool), Error> {
        let (page, has_more) = self.shared.index.page(after, limit);
        Ok((page.iter().map(|indexed| self.info(indexed)).collect::<Result<_, Error>>()?, has_more))
    }

    /// Changes how many bytes of entries may wait for the writer.
    pub fn set_queue_bytes_max(&self, bytes_max: usize) {
        self.writer.set_room(Room { entries_max: QUEUE_MAX, bytes_max });
    }

    /// Changes how many ledgers may be made.
    pub fn set_ledgers_max(&self, ledgers_max: usize) {
        self.shared.ledgers_max.store(ledgers_max, Ordering::Relaxed);
    }

    /// The ledger with this slug.
    pub fn ledger(&self, slug: &str) -> Result<Ledger, Error> {
        let indexed = self.shared.index.find(slug).ok_or_else(|| Error::UnknownLedger(slug.to_owned()))?;
        let (writer, shared) = (Arc::clone(&self.writer), Arc::clone(&self.shared));
        Ok(Ledger { writer, views: shared.standing.views(), shared, indexed })
    }

    /// What keeps them from recording and answering now: the name of the check, and what is said of it. Empty when all is
    /// well.
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
                format!("{waiting} requests wait for the writer: little room is left in its queue"),
            ));
        }
        if let Err(error) = self.shared.standing.views().heads() {
            found.push(("views_unreadable", format!("the views cannot be read: {error}")));
        }
        found
    }

    /// Called about once a minute while they are served: looks at the machine's clock, and keeps that it is in order.
    pub fn tick(&self) {
        if let Some(guard) = &self.shared.guard {
            guard.tick();
        }
    }

    /// Waits until all is settled that the writer was asked before. Returns how much was not, when `limit` was over.
    pub async fn drain(&self, limit: std::time::Duration) -> Result<(), usize> {
        let settled = tokio::time::timeout(limit, self.writer.settled()).await;
        settled.map_err(|_| self.writer.waiting())
    }

    /// Tells when recording has become impossible, and why: the process is to end then.
    pub fn fatal(&self) -> watch::Receiver<Option<String>> {
        self.writer.fatal()
    }

    fn info(&self, indexed: &IndexedLedger) -> Result<LedgerInfo, Error> {
        // Not the journal's head: what is recorded, but not yet in the views, cannot be asked for.
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

/// One ledger, over the views that stood when it was asked for: not to be kept for long.
#[derive(Debug, Clone)]
pub struct Ledger {
    writer: Arc<Handle>,
    shared: Arc<Shared>,
    views: Arc<Views>,
    indexed: Arc<IndexedLedger>,
}

impl Ledger {
    /// Its slug.
    pub fn slug(&self) -> &str {
        &self.indexed.slug
    }

    /// Its title, and when it was made.
    pub fn header(&self) -> &Header {
        &self.indexed.header
    }

    /// Its incarnation and those before it.
    pub fn incarnations(&self) -> Arc<Incarnations> {
        self.indexed.incarnations()
    }

    /// How many events it is to hold, where the copy that it is taken from was not taken to its end.
    pub fn awaits(&self) -> Option<u64> {
        self.indexed.awaits()
    }

    /// Whether nothing is missing from it: what was recorded behind half a copy would keep the rest out for ever.
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

    /// Hands an entry that was submitted in so many bytes to the writer, and gives back the answer to wait for. Entries are
    /// decided in the order in which they are handed in.
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

    /// Holds an entry against what stands, and records nothing. Reads the disk where it is called.
    pub fn try_out(&self, proposal: Proposal) -> Result<Outcome, Error> {
        self.whole()?;
        Ok(self.writer.try_out(self.indexed.no, &self.named(), proposal)?)
    }

    fn named(&self) -> Named {
        Named { slug: self.indexed.slug.clone(), incarnation: self.indexed.incarnations().incarnation }
    }

    /// Tells of new events: the number of the last one.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.indexed.head.subscribe()
    }
}

/// The book with its incarnation: a ledger from before there were any gets one, once.
fn with_incarnation(
    journal: &dyn Journal,
    book: LedgerLog,
    new_incarnation: &NewIncarnation,
) -> Result<LedgerLog, Error> {
    if book.incarnations.is_some() {
        return Ok(book);
    }
    let incarnations = Incarnations::first(new_incarnation());
    journal.set_incarnations(book.no, &incarnations)?;
    Ok(LedgerLog { incarnations: Some(incarnations), ..book })
}

/// What is said of a ledger that holds the beginning of a copy.
fn not_whole(slug: &str, held: u64, all: u64) -> String {
    format!(
        "the ledger `{slug}` holds {held} of the {all} events of its copy, whose taking was cut short: take it to its end \
         first (`okr-ledger import` goes on where it stopped)"
    )
}

fn gone() -> Error {
    Error::Unavailable("the writer has stopped".into())
}
