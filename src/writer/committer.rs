//! The committer settles decided groups: it records them with one sync, applies and publishes them, and answers the
//! clients.
//!
//! A large group is settled on a thread of its own, so that the next one is decided while this one syncs. Only one
//! group is in flight: the next one grows until the committer is free. A small group is settled on the deciding thread,
//! which saves the switch to another thread.

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

/// The answer to one request, sent once the group is durable.
pub(super) enum Settled {
    Answer(Reply<Outcome>, Result<Outcome, Error>),
    /// Sent only if the group becomes durable.
    Pending(Reply<Outcome>, Outcome),
}

/// A decided group.
#[derive(Default)]
pub(super) struct Group {
    pub(super) entries: Vec<Entry>,
    /// The rows its events write, and the last event.
    pub(super) written: Vec<(LedgerNo, Arc<Writes>, u64)>,
    /// The ids the group records.
    pub(super) ids: BTreeMap<LedgerNo, HashSet<EventId>>,
    pub(super) settled: Vec<Settled>,
}

impl Group {
    pub(super) fn events(&self) -> usize {
        self.entries.iter().map(|entry| entry.lines.len()).sum()
    }
}

/// The part of the in-flight group that the next group must know.
#[derive(Default)]
pub(super) struct InFlight {
    /// Rows that may not be stored yet.
    pub(super) rows: BTreeMap<LedgerNo, Arc<Writes>>,
    /// The end of each ledger's history after the group.
    pub(super) heads: BTreeMap<LedgerNo, (u64, Option<DateTime<Utc>>)>,
    /// The ids the group records, which the journal may not contain yet.
    ids: BTreeMap<LedgerNo, HashSet<EventId>>,
}

impl InFlight {
    /// Returns true if an entry repeats an id of this group.
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

/// The state needed to settle a group.
pub(super) struct CommitState {
    pub(super) journal: Arc<dyn Journal>,
    views: RwLock<Arc<Views>>,
    pub(super) publish: Box<dyn Publish>,
    pub(super) fatal: watch::Sender<Option<String>>,
}

impl CommitState {
    pub(super) fn new(journal: Arc<dyn Journal>, views: Arc<Views>, publish: impl Publish + 'static) -> CommitState {
        views.set_journal(Arc::clone(&journal));
        CommitState { journal, views: RwLock::new(views), publish: Box::new(publish), fatal: watch::Sender::new(None) }
    }

    pub(super) fn views(&self) -> Arc<Views> {
        Arc::clone(&self.views.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Switches to other views. Returns the previous ones.
    pub(super) fn swap(&self, fresh: Arc<Views>) -> Arc<Views> {
        fresh.set_journal(Arc::clone(&self.journal));
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
            // A client that no longer waits can retry with the same ids.
            match one {
                Settled::Answer(reply, answer) => _ = reply.send(answer),
                Settled::Pending(reply, outcome) => _ = reply.send(done.clone().map(|()| outcome)),
            }
        }
    }

    /// Makes entries durable, then visible in the views, then published.
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

    /// Stores the first error that makes further recording impossible, and logs it.
    pub(super) fn poison(&self, doing: &str, error: &dyn std::fmt::Display) -> Error {
        let says = format!("it could not {doing}: {error}; {}", remedy(doing));
        tracing::error!("{says}; the process must end and read the journal again");
        self.fatal.send_if_modified(|fatal| {
            let is_first = fatal.is_none();
            fatal.get_or_insert_with(|| says.clone());
            is_first
        });
        Error::Unavailable(says)
    }
}

/// Returns the advice for a failed operation.
fn remedy(doing: &str) -> &'static str {
    match doing {
        "read the views" | "write the views" => {
            "the journal is complete: check the disk, rebuild the views (okr-ledger rebuild --replace), then restart"
        }
        "read the journal" => "check the disk, run `okr-ledger verify` to locate the damage, then restart",
        "continue" => "check its log for the cause, then restart",
        _ => "check the disk, then restart",
    }
}

/// The thread that settles larger groups.
pub(super) struct Committer {
    groups: Option<SyncSender<Group>>,
    is_free: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread. It wakes `waker` whenever it becomes free.
    pub(super) fn start(state: Arc<CommitState>, waker: Thread) -> std::io::Result<Committer> {
        let (groups, received) = sync_channel(1);
        let is_free = Arc::new(AtomicBool::new(true));
        let freed = Arc::clone(&is_free);
        let thread =
            thread::Builder::new().name("committer".into()).spawn(move || work(&state, &received, &freed, &waker))?;
        Ok(Committer { groups: Some(groups), is_free, thread: Some(thread) })
    }

    pub(super) fn is_free(&self) -> bool {
        self.is_free.load(Ordering::Acquire)
    }

    /// Waits until the in-flight group is settled.
    pub(super) fn drain(&self) {
        while !self.is_free() {
            thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Sends a group; only while the committer is free.
    pub(super) fn send(&self, group: Group) {
        self.is_free.store(false, Ordering::Release);
        // The thread ends only when this sender is dropped.
        _ = self.groups.as_ref().map(|groups| groups.send(group));
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.groups = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the committer's thread panicked");
        }
    }
}

fn work(state: &CommitState, groups: &Receiver<Group>, freed: &AtomicBool, waker: &Thread) {
    for group in groups {
        // After a panic the state may be half changed.
        if catch_unwind(AssertUnwindSafe(|| state.settle(group))).is_err() {
            state.poison("continue", &"it panicked");
        }
        freed.store(true, Ordering::Release);
        waker.unpark();
    }
}
