//! A group of entries: decided one after the other, recorded with one sync, applied, answered.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use events::{EventId, Faults, Moment, Recorded, Submission, Violation, clip};
use hashbrown::HashSet;
use projections::apply;
use projections::rows::{self, Each, Found, Key, Overlay, Recall, Rows, Writes};
use projections::rules::{Accepted, No, Proposal, Refusal, Situation, Warning, decide, resolve_refs};

use super::committer::{CommitState, Group, InFlight, Settled};
use super::{
    CheckedClock, EVENTS_INLINE_MAX, Error, GROUP_BYTES_MAX, GROUP_ENTRIES_MAX, GROUP_LASTS_MAX, Named, Outcome,
    RECALL_BYTES_MAX, Receipt, Request, Writer,
};
use crate::journal::{Entry, LedgerNo, Line};
use crate::views::{StoredRows, Views};

/// A group with more events is recorded without checking for further requests.
const EVENTS_GATHERED_MAX: usize = 64;

/// Pause between two checks for further requests while the committer is busy.
const PAUSE: Duration = Duration::from_micros(30);

/// A ledger's rows as they will be once the in-flight group is stored.
struct Snapshot<'a> {
    in_flight: Option<Arc<Writes>>,
    stored: StoredRows<'a>,
    last_seq: u64,
    last_recorded_at: Option<Moment>,
}

impl Rows for Snapshot<'_> {
    fn get(&self, key: &Key) -> Result<Option<Found<'_>>, rows::Error> {
        match self.in_flight.as_ref().and_then(|in_flight| in_flight.get(key)) {
            Some(row) => Ok(Some(Found::Held(row.clone()))),
            None => self.stored.get(key),
        }
    }

    fn scan(&self, prefix: &Key, from: &Key, each: &mut Each<'_>) -> Result<(), rows::Error> {
        match &self.in_flight {
            Some(in_flight) => in_flight.scan_over(prefix, from, |each| self.stored.scan(prefix, from, each), each),
            None => self.stored.scan(prefix, from, each),
        }
    }
}

/// The changes of one group to one ledger.
struct LedgerBatch<'a> {
    rows: Overlay<'a, Snapshot<'a>>,
    next_seq: u64,
    last_recorded_at: Option<Moment>,
    /// The ids recorded by this group.
    ids: HashSet<EventId>,
}

impl Writer {
    /// Decides the waiting entries, up to the first request of another kind, as one group. While another group is in
    /// flight, entries that arrive meanwhile are added.
    ///
    /// An entry with an id of this group or of the in-flight one is deferred: it will find the id in the journal.
    pub(super) fn settle_group(&mut self, waiting: &mut VecDeque<Request>) {
        if self.committer.is_free() || waiting.front().is_some_and(|first| self.in_flight.knows(first)) {
            self.drain();
        }
        // A group covers the ledgers with waiting entries when it begins.
        let (mut ledgers, backlog) = self.requests.look();
        ledgers.extend(waiting.iter().map_while(Request::ledger));
        let (backlog, begun, mut bytes) = (backlog + waiting.len(), Instant::now(), 0);
        let views = self.state.views();
        let snapshots = match self.snapshots(&views, &ledgers) {
            Ok(snapshots) => snapshots,
            Err(error) => {
                while waiting.front().is_some_and(|request| request.ledger().is_some()) {
                    waiting.pop_front().into_iter().for_each(|request| request.refuse(&error));
                }
                return;
            }
        };
        let mut batches: BTreeMap<LedgerNo, LedgerBatch<'_>> = snapshots
            .iter()
            .map(|(ledger, snapshot)| {
                let batch = LedgerBatch {
                    rows: Overlay::recalling(snapshot, self.recalls.borrow_mut().remove(ledger).unwrap_or_default()),
                    next_seq: snapshot.last_seq + 1,
                    last_recorded_at: snapshot.last_recorded_at,
                    ids: HashSet::new(),
                };
                (*ledger, batch)
            })
            .collect();

        let mut group = Group::default();
        let mut deferred = Vec::new();
        loop {
            while group.settled.len() < GROUP_ENTRIES_MAX
                && bytes < GROUP_BYTES_MAX
                && let Some(request) = waiting.pop_front()
            {
                bytes += request.bytes();
                let batch = request.ledger().and_then(|ledger| batches.get_mut(&ledger));
                match (request, batch) {
                    (Request::Record { ledger, named, proposal, bytes, reply }, Some(batch)) => {
                        let is_under_way = proposal.submissions.iter().any(|submission| {
                            batch.ids.contains(&submission.id) || self.in_flight.has(ledger, &submission.id)
                        });
                        if is_under_way {
                            deferred.push(Request::Record { ledger, named, proposal, bytes, reply });
                            continue;
                        }
                        let answer = self.deciding().decide_one(batch, ledger, &named, proposal, &mut group.entries);
                        group.settled.push(match answer {
                            Ok(outcome @ Outcome::Recorded(_)) => Settled::Pending(reply, outcome),
                            other => Settled::Answer(reply, other),
                        });
                    }
                    (other, _) => {
                        waiting.push_front(other);
                        break;
                    }
                }
            }
            let is_full = !waiting.is_empty()
                || group.settled.len() >= GROUP_ENTRIES_MAX
                || bytes >= GROUP_BYTES_MAX
                || begun.elapsed() >= GROUP_LASTS_MAX;
            if self.committer.is_free() {
                // Entries that arrived while a few were decided join the group. After many they wait for the next one:
                // a client that sends more keeps reading its input while these are recorded.
                let goes_along = group.settled.len() < backlog || group.events() <= EVENTS_GATHERED_MAX;
                if is_full || !goes_along || !self.take_waiting(waiting) {
                    break;
                }
            } else if is_full {
                self.committer.drain();
            } else if !self.take_waiting(waiting) {
                thread::park_timeout(PAUSE);
            }
        }
        let mut recalls = Vec::new();
        for (ledger, batch) in batches {
            let (rows, recall) = batch.rows.into_parts();
            recalls.push((ledger, recall));
            if !rows.is_empty() {
                group.written.push((ledger, Arc::new(rows), batch.next_seq - 1));
                group.ids.insert(ledger, batch.ids);
            }
        }
        drop(snapshots);
        self.recall(recalls);
        if group.events() > EVENTS_INLINE_MAX {
            self.in_flight = InFlight::of(&mut group);
            self.committer.send(group);
        } else {
            self.in_flight = InFlight::default();
            self.state.settle(group);
        }
        for request in deferred.into_iter().rev() {
            waiting.push_front(request);
        }
    }

    /// Waits until no group is in flight: all decided entries are stored.
    pub(super) fn drain(&mut self) {
        self.committer.drain();
        self.in_flight = InFlight::default();
    }

    /// Records the entries of a copy unchanged if they continue the ledger.
    pub(super) fn copy(&mut self, entries: Vec<Entry>) -> Result<u64, Error> {
        self.drain();
        let Some(ledger) = entries.first().map(|entry| entry.ledger) else { return Ok(0) };
        let invalid = |says: String| {
            Error::Refused(Refusal { no: No::Conflict, violations: vec![Violation::new("", "copy", says)] })
        };
        let views = self.state.views();
        let snapshots = self.snapshots(&views, &BTreeSet::from([ledger]))?;
        let Some(snapshot) = snapshots.get(&ledger) else { return Ok(0) };
        let mut next_seq = snapshot.last_seq + 1;
        let recall = self.recalls.borrow_mut().remove(&ledger).unwrap_or_default();
        let mut overlay = Overlay::recalling(snapshot, recall);
        for entry in &entries {
            if entry.first_seq != next_seq {
                let says = format!("the ledger continues with event {next_seq}, but the copy with {}", entry.first_seq);
                return Err(invalid(says));
            }
            for line in &entry.lines {
                let event = Recorded::decode(&line.bytes).map_err(|error| invalid(error.to_string()))?;
                apply(&mut overlay, &event).map_err(|error| self.state.poison("read the views", &error))?;
                next_seq += 1;
            }
        }
        let (written, recall) = overlay.into_parts();
        drop(snapshots);
        self.state.commit(&entries, vec![(ledger, Arc::new(written), next_seq - 1)])?;
        self.recall(vec![(ledger, recall)]);
        Ok(next_seq - 1)
    }

    /// Caches rows that are stored or in flight, up to the limit.
    fn recall(&self, recalls: Vec<(LedgerNo, Recall)>) {
        let mut kept = self.recalls.borrow_mut();
        kept.extend(recalls);
        if kept.values().map(Recall::bytes).sum::<usize>() > RECALL_BYTES_MAX {
            kept.clear();
        }
    }

    fn snapshots<'a>(
        &self,
        views: &'a Views,
        ledgers: &BTreeSet<LedgerNo>,
    ) -> Result<BTreeMap<LedgerNo, Snapshot<'a>>, Error> {
        let mut snapshots = BTreeMap::new();
        for ledger in ledgers {
            let head = self.state.journal.head(*ledger);
            let head = head.map_err(|error| self.state.poison("read the journal", &error))?;
            let (last_seq, last_recorded_at) =
                self.in_flight.heads.get(ledger).copied().unwrap_or((head.seq, head.recorded_at));
            let stored = views.now(*ledger).map_err(|error| self.state.poison("read the views", &error))?;
            let in_flight = self.in_flight.rows.get(ledger).cloned();
            snapshots.insert(
                *ledger,
                Snapshot { in_flight, stored, last_seq, last_recorded_at: last_recorded_at.map(Moment::from) },
            );
        }
        Ok(snapshots)
    }

    fn deciding(&self) -> Deciding<'_> {
        Deciding { state: &self.state, in_flight: &self.in_flight, clock: &self.clock }
    }
}

/// The inputs of a decision, besides the rows.
pub(super) struct Deciding<'a> {
    pub(super) state: &'a CommitState,
    pub(super) in_flight: &'a InFlight,
    pub(super) clock: &'a CheckedClock,
}

impl Deciding<'_> {
    /// Decides an entry against the stored rows and discards its changes.
    pub(super) fn try_out(&self, ledger: LedgerNo, named: &Named, proposal: Proposal) -> Result<Outcome, Error> {
        let views = self.state.views();
        let stored = views.now(ledger).map_err(|error| self.state.poison("read the views", &error))?;
        let last_seq = stored.seq();
        let last = self.state.journal.event(ledger, last_seq);
        let last = last.map_err(|error| self.state.poison("read the journal", &error))?;
        let last_recorded_at = last.map(|event| Moment::from(event.recorded_at));
        let snapshot = Snapshot { in_flight: None, stored, last_seq, last_recorded_at };
        let rows = Overlay::recalling(&snapshot, Recall::default());
        let mut batch = LedgerBatch { rows, next_seq: last_seq + 1, last_recorded_at, ids: HashSet::new() };
        match self.decide_one(&mut batch, ledger, named, proposal, &mut Vec::new())? {
            Outcome::Recorded(receipt) => Ok(Outcome::Tried(receipt)),
            other => Ok(other),
        }
    }

    fn decide_one(
        &self,
        batch: &mut LedgerBatch<'_>,
        ledger: LedgerNo,
        named: &Named,
        mut proposal: Proposal,
        entries: &mut Vec<Entry>,
    ) -> Result<Outcome, Error> {
        let unreadable = |deciding: &Self, error: rows::Error| deciding.state.poison("read the views", &error);
        // IMPORTANT: a retry is compared before anything else is checked. A recorded entry is answered with its receipt
        // forever, even if a limit, a reserved name or a rule added later would refuse it.
        let known = self.recorded_ids(ledger, &proposal)?;
        if let Some(first) = known.first() {
            for submission in &mut proposal.submissions {
                resolve_refs(&batch.rows, submission).map_err(|error| unreadable(self, error))?;
            }
            let answer = match self.retried(ledger, named, &proposal, *first, known.len())? {
                Some(receipt) => Ok(Outcome::Replayed(receipt)),
                None => Err(Error::Refused(id_reused(&proposal, &known))),
            };
            return answer;
        }
        let now = (self.clock)().map_err(Error::Clock)?;
        let recorded_at = match batch.last_recorded_at {
            // The clock may stop or go back, but recording times always increase.
            Some(last) if last >= now => Moment::from_micros(last.micros() + 1).unwrap_or(now),
            _ => now,
        };
        let situation = Situation { now, recorded_at, next_seq: batch.next_seq };
        let before = batch.rows.writes().len();
        let decided = decide(&mut batch.rows, &mut proposal, situation).map_err(|error| unreadable(self, error))?;
        let accepted = decided.map_err(Error::Refused).and_then(|accepted| {
            match self.outcome_id_taken(batch, ledger, &proposal, &accepted.events)? {
                Some(refusal) => Err(Error::Refused(refusal)),
                None => Ok(accepted),
            }
        });
        if accepted.is_err() {
            batch.rows.shorten(before);
        }
        let Accepted { events, warnings } = accepted?;
        let note = serde_json::to_vec(&warnings).unwrap_or_default();
        let receipt = Receipt::of(named, recorded_at, &events, warnings);
        batch.next_seq += events.len() as u64;
        batch.last_recorded_at = Some(recorded_at);
        batch.ids.extend(events.iter().map(|event| event.id.clone()));
        let lines: Vec<Line> =
            events.iter().map(|event| Line { id: event.id.to_string(), bytes: event.encode() }).collect();
        entries.push(Entry { ledger, first_seq: receipt.first_seq, recorded_at: recorded_at.utc(), note, lines });
        Ok(Outcome::Recorded(receipt))
    }

    /// Refuses an approval if the id of its outcome is already used: the ledger derives that id, and a client may have
    /// chosen the same one.
    fn outcome_id_taken(
        &self,
        batch: &LedgerBatch<'_>,
        ledger: LedgerNo,
        proposal: &Proposal,
        events: &[Recorded],
    ) -> Result<Option<Refusal>, Error> {
        let mut faults = Faults::none();
        for (event, approval) in events.iter().filter_map(|event| Some((event, event.fact.approval()?))) {
            let id = event.id.as_str();
            let recorded = self.state.journal.seq_of(ledger, id);
            let recorded = recorded.map_err(|error| self.state.poison("read the journal", &error))?;
            if recorded.is_some() || batch.ids.contains(&event.id) || self.in_flight.has(ledger, &event.id) {
                let is_it = |submission: &Submission| submission.id == approval.approval;
                let n = proposal.submissions.iter().position(is_it).unwrap_or(0);
                let id = clip(id);
                let says = format_args!(
                    "the change would be recorded as `{id}`, an id that is already used: give the approval another id"
                );
                faults.add(format!("{}/id", proposal.pointer(n)), "id_taken", says);
            }
        }
        Ok((!faults.is_empty()).then(|| Refusal { no: No::Conflict, violations: faults.into_violations() }))
    }

    /// Returns the ids of a proposal that are already recorded: their positions in it, and the events.
    fn recorded_ids(&self, ledger: LedgerNo, proposal: &Proposal) -> Result<Vec<Known>, Error> {
        let mut known = Vec::new();
        for (n, submission) in proposal.submissions.iter().enumerate() {
            let seq = self.state.journal.seq_of(ledger, submission.id.as_str());
            let seq = seq.map_err(|error| self.state.poison("read the journal", &error))?;
            known.extend(seq.map(|seq| Known { n, seq }));
        }
        Ok(known)
    }

    /// Returns the original receipt if a proposal repeats an entry. `known` is the number of its recorded ids.
    fn retried(
        &self,
        ledger: LedgerNo,
        named: &Named,
        proposal: &Proposal,
        first: Known,
        known: usize,
    ) -> Result<Option<Receipt>, Error> {
        let unreadable = |error: &dyn std::fmt::Display| self.state.poison("read the journal", error);
        let submitted = proposal.submissions.len();
        if known < submitted {
            return Ok(None);
        }
        let entry = self.state.journal.entry(ledger, first.seq).map_err(|e| unreadable(&e))?;
        let entry = entry.ok_or_else(|| unreadable(&format!("there is no entry for event {}", first.seq)))?;
        // Besides the submitted events, an entry contains at most one outcome per approval. Checking the count first
        // avoids reading a large entry for a small proposal.
        if entry.lines.len() < submitted || entry.lines.len() > submitted.saturating_mul(2) {
            return Ok(None);
        }
        let mut events = Vec::with_capacity(entry.lines.len());
        for line in &entry.lines {
            events.push(Recorded::decode(&line.bytes).map_err(|e| unreadable(&e))?);
        }
        // The outcomes of approvals were not submitted.
        let theirs = events.iter().filter(|event| event.fact.approval().is_none());
        let is_retry = theirs.clone().count() == submitted
            && theirs.zip(&proposal.submissions).all(|(event, submission)| event.repeats(submission));
        Ok(is_retry.then(|| {
            let warnings: Vec<Warning> = serde_json::from_slice(&entry.note).unwrap_or_default();
            Receipt::of(named, Moment::from(entry.recorded_at), &events, warnings)
        }))
    }
}

/// An event of a proposal whose id is already recorded.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// The position in the proposal.
    n: usize,
    /// The recorded event with this id.
    seq: u64,
}

/// Refuses ids that are recorded with other content.
fn id_reused(proposal: &Proposal, known: &[Known]) -> Refusal {
    let mut faults = Faults::none();
    for Known { n, seq } in known {
        let id = proposal.submissions.get(*n).map_or("", |submission| submission.id.as_str());
        let says = format_args!(
            "the id `{}` belongs to event {seq}, in an entry with other content: a retry must repeat its entry \
             exactly, and a new event needs a new id",
            clip(id)
        );
        faults.add(format!("{}/id", proposal.pointer(*n)), "id_reused", says);
    }
    Refusal { no: No::Conflict, violations: faults.into_violations() }
}
