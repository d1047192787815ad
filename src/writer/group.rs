//! One group of entries: decided one after the other, recorded with one sync, applied, answered.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use events::{Moment, Recorded, Violation};
use projections::apply;
use projections::rows::{self, Overlay, Recall};
use projections::rules::{Accepted, No, Proposal, Refusal, Situation, Warning, decide, resolve_refs};

use super::{Error, Outcome, RECALL_BYTES_MAX, Receipt, Reply, Request, Writer};
use crate::journal::{self, Entry, LedgerNo, Line};
use crate::views::StoredRows;

/// What one group does to one ledger.
struct Desk<'a> {
    rows: Overlay<'a, StoredRows<'a>>,
    next_seq: u64,
    last_recorded_at: Option<Moment>,
    /// The ids recorded by this group, which the journal does not know yet.
    ids: BTreeSet<String>,
}

/// What became of one request, once the group is durable.
enum Settled {
    Answer(Reply<Outcome>, Result<Outcome, Error>),
    /// To be answered so if the group becomes durable.
    Pending(Reply<Outcome>, Outcome),
}

impl Writer {
    /// Takes the entries at the front of what is waiting, up to the first request of another kind, and settles them. An
    /// entry with an id that this group records waits for the next group, which finds the id in the journal.
    pub(super) fn settle_group(&self, waiting: &mut VecDeque<Request>) {
        let mut taken = Vec::new();
        while let Some(request) = waiting.pop_front() {
            match request {
                Request::Record { ledger, slug, proposal, dry_run, reply } => {
                    taken.push((ledger, slug, proposal, dry_run, reply));
                }
                other => {
                    waiting.push_front(other);
                    break;
                }
            }
        }
        let ledgers: BTreeSet<LedgerNo> = taken.iter().map(|(ledger, ..)| *ledger).collect();
        let bases = match self.bases(&ledgers) {
            Ok(bases) => bases,
            Err(error) => {
                for (.., reply) in taken {
                    _ = reply.send(Err(error.clone()));
                }
                return;
            }
        };
        let mut desks: BTreeMap<LedgerNo, Desk<'_>> = bases
            .iter()
            .map(|(ledger, (rows, head))| {
                let desk = Desk {
                    rows: Overlay::recalling(rows, self.recalls.borrow_mut().remove(ledger).unwrap_or_default()),
                    next_seq: head.seq + 1,
                    last_recorded_at: head.recorded_at.map(Moment::from),
                    ids: BTreeSet::new(),
                };
                (*ledger, desk)
            })
            .collect();

        let mut entries = Vec::new();
        let mut settled = Vec::new();
        let mut deferred = Vec::new();
        for (ledger, slug, proposal, dry_run, reply) in taken {
            let Some(desk) = desks.get_mut(&ledger) else { continue };
            if proposal.submissions.iter().any(|submission| desk.ids.contains(submission.id.as_str())) {
                deferred.push(Request::Record { ledger, slug, proposal, dry_run, reply });
                continue;
            }
            let answer = self.decide_one(desk, ledger, &slug, proposal, dry_run, &mut entries);
            settled.push(match answer {
                Ok(outcome @ Outcome::Recorded(_)) => Settled::Pending(reply, outcome),
                other => Settled::Answer(reply, other),
            });
        }
        let mut written = Vec::new();
        let mut recalls = Vec::new();
        for (ledger, desk) in desks {
            let (rows, recall) = desk.rows.into_parts();
            recalls.push((ledger, recall));
            if !rows.is_empty() {
                written.push((ledger, rows, desk.next_seq - 1));
            }
        }
        drop(bases);
        let done = if entries.is_empty() { Ok(()) } else { self.commit(&entries, written) };
        if done.is_ok() {
            self.recall(recalls);
        }
        for one in settled {
            // Whoever no longer waits for the answer can ask again with the same ids.
            match one {
                Settled::Answer(reply, answer) => _ = reply.send(answer),
                Settled::Pending(reply, outcome) => _ = reply.send(done.clone().map(|()| outcome)),
            }
        }
        for request in deferred.into_iter().rev() {
            waiting.push_front(request);
        }
    }

    /// Records entries as they are, if they follow from what is there: the copy of a ledger.
    pub(super) fn copy(&self, entries: Vec<Entry>) -> Result<u64, Error> {
        let Some(ledger) = entries.first().map(|entry| entry.ledger) else { return Ok(0) };
        let invalid = |says: String| {
            Error::Refused(Refusal { no: No::Conflict, violations: vec![Violation::new("", "copy", says)] })
        };
        let bases = self.bases(&BTreeSet::from([ledger]))?;
        let Some((rows, head)) = bases.get(&ledger) else { return Ok(0) };
        let mut next_seq = head.seq + 1;
        let recall = self.recalls.borrow_mut().remove(&ledger).unwrap_or_default();
        let mut overlay = Overlay::recalling(rows, recall);
        for entry in &entries {
            if entry.first_seq != next_seq {
                let says = format!("the ledger goes on with event {next_seq}, the copy with {}", entry.first_seq);
                return Err(invalid(says));
            }
            for line in &entry.lines {
                let event = Recorded::decode(&line.bytes).map_err(|error| invalid(error.to_string()))?;
                apply(&mut overlay, &event).map_err(|error| self.poison("read the views", &error))?;
                next_seq += 1;
            }
        }
        let (written, recall) = overlay.into_parts();
        drop(bases);
        self.commit(&entries, vec![(ledger, written, next_seq - 1)])?;
        self.recall(vec![(ledger, recall)]);
        Ok(next_seq - 1)
    }

    /// Recalls rows that are in the store now, as long as they are not too many.
    fn recall(&self, recalls: Vec<(LedgerNo, Recall)>) {
        let mut kept = self.recalls.borrow_mut();
        kept.extend(recalls);
        if kept.values().map(Recall::bytes).sum::<usize>() > RECALL_BYTES_MAX {
            kept.clear();
        }
    }

    fn bases(
        &self,
        ledgers: &BTreeSet<LedgerNo>,
    ) -> Result<BTreeMap<LedgerNo, (StoredRows<'_>, journal::Head)>, Error> {
        ledgers
            .iter()
            .map(|ledger| {
                let head = self.journal.head(*ledger).map_err(|error| self.poison("read the journal", &error))?;
                let rows = self.views.now(*ledger).map_err(|error| self.poison("read the views", &error))?;
                Ok((*ledger, (rows, head)))
            })
            .collect()
    }

    fn decide_one(
        &self,
        desk: &mut Desk<'_>,
        ledger: LedgerNo,
        slug: &str,
        mut proposal: Proposal,
        dry_run: bool,
        entries: &mut Vec<Entry>,
    ) -> Result<Outcome, Error> {
        let unreadable = |writer: &Writer, error: rows::Error| writer.poison("read the views", &error);
        for submission in &mut proposal.submissions {
            resolve_refs(&desk.rows, submission).map_err(|error| unreadable(self, error))?;
        }
        if let Some(answer) = self.recorded_before(ledger, slug, &proposal)? {
            return answer.map(Outcome::Replayed).map_err(Error::Refused);
        }
        let now = (self.clock)();
        let recorded_at = match desk.last_recorded_at {
            // The clock may stand still or go back; what the ledger learns later has a later time all the same.
            Some(last) if last >= now => Moment::from_micros(last.micros() + 1).unwrap_or(now),
            _ => now,
        };
        let situation = Situation { now, recorded_at, next_seq: desk.next_seq };
        let (accepted, written) = {
            let mut trial = Overlay::over(&desk.rows);
            let decided = decide(&mut trial, &proposal, situation).map_err(|error| unreadable(self, error))?;
            (decided.map_err(Error::Refused)?, trial.into_written())
        };
        let Accepted { events, warnings } = accepted;
        let note = serde_json::to_vec(&warnings).unwrap_or_default();
        let receipt = Receipt::of(slug, recorded_at, &events, warnings);
        if dry_run {
            return Ok(Outcome::Tried(receipt));
        }
        desk.rows.absorb(written);
        desk.next_seq += events.len() as u64;
        desk.last_recorded_at = Some(recorded_at);
        let lines: Vec<Line> =
            events.iter().map(|event| Line { id: event.id.to_string(), bytes: event.encode() }).collect();
        desk.ids.extend(lines.iter().map(|line| line.id.clone()));
        entries.push(Entry { ledger, first_seq: receipt.first_seq, recorded_at: recorded_at.utc(), note, lines });
        Ok(Outcome::Recorded(receipt))
    }

    /// Whether ids of a proposal are recorded already: if it is a retry, its first receipt; if not, what is reused.
    fn recorded_before(
        &self,
        ledger: LedgerNo,
        slug: &str,
        proposal: &Proposal,
    ) -> Result<Option<Result<Receipt, Refusal>>, Error> {
        let unreadable = |error: &dyn std::fmt::Display| self.poison("read the journal", error);
        let mut known = Vec::new();
        for (n, submission) in proposal.submissions.iter().enumerate() {
            if let Some(seq) = self.journal.seq_of(ledger, submission.id.as_str()).map_err(|e| unreadable(&e))? {
                known.push((n, seq));
            }
        }
        let Some((_, first_seq)) = known.first() else { return Ok(None) };
        let entry = self.journal.entry(ledger, *first_seq).map_err(|e| unreadable(&e))?;
        let entry = entry.ok_or_else(|| unreadable(&format!("there is no entry for event {first_seq}")))?;
        let mut events = Vec::with_capacity(entry.lines.len());
        for line in &entry.lines {
            events.push(Recorded::decode(&line.bytes).map_err(|e| unreadable(&e))?);
        }
        let is_retry = events.len() == proposal.submissions.len()
            && events.iter().zip(&proposal.submissions).all(|(event, submission)| event.repeats(submission));
        if is_retry {
            let warnings: Vec<Warning> = serde_json::from_slice(&entry.note).unwrap_or_default();
            return Ok(Some(Ok(Receipt::of(slug, Moment::from(entry.recorded_at), &events, warnings))));
        }
        let violations = known
            .into_iter()
            .map(|(n, seq)| {
                let id = &proposal.submissions[n].id;
                let says = format!(
                    "the id `{id}` is that of event {seq}, in an entry with other content: a retry repeats its entry to \
                     the letter, something new has a new id"
                );
                Violation::new(format!("{}/id", proposal.pointer(n)), "id_reused", says)
            })
            .collect();
        Ok(Some(Err(Refusal { no: No::Conflict, violations })))
    }

    /// Makes entries durable, then visible, then known.
    fn commit(&self, entries: &[Entry], written: Vec<(LedgerNo, Vec<rows::Written>, u64)>) -> Result<(), Error> {
        let heads: Vec<(LedgerNo, u64)> = written.iter().map(|(ledger, _, seq)| (*ledger, *seq)).collect();
        self.journal.append(entries).map_err(|error| self.poison("write the journal", &error))?;
        self.views.write(written).map_err(|error| self.poison("write the views", &error))?;
        for (ledger, seq) in heads {
            self.publish.recorded(ledger, seq);
        }
        Ok(())
    }
}
