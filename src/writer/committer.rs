//! The way of a decided group to the disk and to whoever waits for it: recorded with one sync, applied, published, answered.
//!
//! A group of some size goes there on a thread of its own, so that the next one is decided while this one syncs. There is one
//! at a time: the next one grows until the lane is free. A small group is settled where it was decided, which saves it the
//! way to another thread.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::EventId;
use hashbrown::HashSet;
use projections::rows::Writes;
use tokio::sync::watch;

use super::{Error, Outcome, Publish, Reply, Request};
use crate::journal::{Entry, Journal, LedgerNo};
use crate::views::Views;

/// What became of one request, once the group is durable.
pub(super) enum Settled {
    Answer(Reply<Outcome>, Result<Outcome, Error>),
    /// To be answered so if the group becomes durable.
    Pending(Reply<Outcome>, Outcome),
}

/// A group that is decided.
#[derive(Default)]
pub(super) struct Group {
    pub(super) entries: Vec<Entry>,
    /// What its events leave behind, and the last of them.
    pub(super) written: Vec<(LedgerNo, Arc<Writes>, u64)>,
    /// The ids it records.
    pub(super) ids: BTreeMap<LedgerNo, HashSet<EventId>>,
    pub(super) settled: Vec<Settled>,
}

impl Group {
    pub(super) fn events(&self) -> usize {
        self.entries.iter().map(|entry| entry.lines.len()).sum()
    }
}

/// What the next group must know of the one that is on its way.
#[derive(Default)]
pub(super) struct InFlight {
    /// Rows that are perhaps not stored yet.
    pub(super) rows: BTreeMap<LedgerNo, Arc<Writes>>,
    /// Where each ledger's history will end.
    pub(super) heads: BTreeMap<LedgerNo, (u64, Option<DateTime<Utc>>)>,
    /// The ids it records, which the journal perhaps does not know yet.
    ids: BTreeMap<LedgerNo, HashSet<EventId>>,
}

impl InFlight {
    /// Whether an entry records an id that this group records.
    pub(super) fn knows(&self, request: &Request) -> bool {
        match request {
            Request::Record { ledger, proposal, .. } => {
                proposal.submissions.iter().any(|submission| self.has(*ledger, &submission.id))
            }
            _ => false,
        }
    }

    pub(super) fn has(&self, ledger: LedgerNo, id: &EventId) -> bool {
        self.ids.get(&ledger).is_some_and(|ids| ids.contains(id))
    }

    pub(super) fn of(group: &mut Group) -> InFlight {
        let mut in_flight = InFlight { ids: std::mem::take(&mut group.ids), ..InFlight::default() };
        for (ledger, written, _) in &group.written {
            in_flight.rows.insert(*ledger, Arc::clone(written));
        }
        for entry in &group.entries {
            in_flight.heads.insert(entry.ledger, (entry.last_seq(), Some(entry.recorded_at)));
        }
        in_flight
    }
}

/// What settling a group takes.
pub(super) struct CommitState {
    pub(super) journal: Arc<dyn Journal>,
    views: RwLock<Arc<Views>>,
    pub(super) publish: Box<dyn Publish>,
    pub(super) fatal: watch::Sender<Option<String>>,
}

impl CommitState {
    pub(super) fn new(journal: Arc<dyn Journal>, views: Arc<Views>, publish: impl Publish + 'static) -> CommitState {
        views.stand_beside(Arc::clone(&journal));
        CommitState { journal, views: RwLock::new(views), publish: Box::new(publish), fatal: watch::Sender::new(None) }
    }

    pub(super) fn views(&self) -> Arc<Views> {
        Arc::clone(&self.views.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on with other views. Returns those that stood.
    pub(super) fn swap(&self, fresh: Arc<Views>) -> Arc<Views> {
        fresh.stand_beside(Arc::clone(&self.journal));
        self.publish.swapped(Arc::clone(&fresh));
        std::mem::replace(&mut *self.views.write().unwrap_or_else(PoisonError::into_inner), fresh)
    }

    pub(super) fn settle(&self, group: Group) {
        let poison = self.fatal.borrow().clone();
        let done = match poison {
            Some(why) => Err(Error::Unavailable(why)),
            None => self.commit(&group.entries, group.written),
        };
        for one in group.settled {
            // Whoever no longer waits for the answer can ask again with the same ids.
            match one {
                Settled::Answer(reply, answer) => _ = reply.send(answer),
                Settled::Pending(reply, outcome) => _ = reply.send(done.clone().map(|()| outcome)),
            }
        }
    }

    /// Makes entries durable, then visible, then known.
    pub(super) fn commit(&self, entries: &[Entry], written: Vec<(LedgerNo, Arc<Writes>, u64)>) -> Result<(), Error> {
        if entries.is_empty() {
            return Ok(());
        }
        let heads: Vec<(LedgerNo, u64)> = written.iter().map(|(ledger, _, seq)| (*ledger, *seq)).collect();
        self.journal.append(entries).map_err(|error| self.poison("write the journal", &error))?;
        self.views().write(written).map_err(|error| self.poison("write the views", &error))?;
        for (ledger, seq) in heads {
            self.publish.recorded(ledger, seq);
        }
        Ok(())
    }

    /// Remembers what made it impossible to go on, and says so.
    pub(super) fn poison(&self, doing: &str, error: &dyn std::fmt::Display) -> Error {
        let says = format!("it could not {doing}: {error}; {}", remedy(doing));
        tracing::error!("{says}; the process must end and read the journal anew");
        self.fatal.send_if_modified(|fatal| {
            let is_first = fatal.is_none();
            fatal.get_or_insert_with(|| says.clone());
            is_first
        });
        Error::Unavailable(says)
    }
}

/// What to do about what could not be done.
fn remedy(doing: &str) -> &'static str {
    match doing {
        "read the views" | "write the views" => {
            "the journal has everything: see to the disk, make the views anew (okr-ledger rebuild --replace), then start again"
        }
        "read the journal" => "see to the disk, let `okr-ledger verify` tell what is damaged, then start again",
        "go on" => "its log says where: start again",
        _ => "see to the disk, then start again",
    }
}

/// The thread on which larger groups are settled.
pub(super) struct Committer {
    groups: Option<SyncSender<Group>>,
    is_free: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts it. `waker` is woken whenever it becomes free.
    pub(super) fn start(state: Arc<CommitState>, waker: Thread) -> std::io::Result<Committer> {
        let (groups, received) = sync_channel(1);
        let is_free = Arc::new(AtomicBool::new(true));
        let freed = Arc::clone(&is_free);
        let thread =
            thread::Builder::new().name("lane".into()).spawn(move || work(&state, &received, &freed, &waker))?;
        Ok(Committer { groups: Some(groups), is_free, thread: Some(thread) })
    }

    pub(super) fn is_free(&self) -> bool {
        self.is_free.load(Ordering::Acquire)
    }

    /// Waits until the group that is on its way is settled.
    pub(super) fn drain(&self) {
        while !self.is_free() {
            thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Hands over a group; only while the lane is free.
    pub(super) fn send(&self, group: Group) {
        self.is_free.store(false, Ordering::Release);
        // The thread ends only when this end is closed.
        _ = self.groups.as_ref().map(|groups| groups.send(group));
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.groups = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the lane's thread panicked");
        }
    }
}

fn work(state: &CommitState, groups: &Receiver<Group>, freed: &AtomicBool, waker: &Thread) {
    for group in groups {
        // After a panic nobody knows what was left half done.
        if catch_unwind(AssertUnwindSafe(|| state.settle(group))).is_err() {
            state.poison("go on", &"it panicked");
        }
        freed.store(true, Ordering::Release);
        waker.unpark();
    }
}
