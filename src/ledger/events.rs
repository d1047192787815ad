//! The events of a ledger, in order, paged and filtered.

use events::{Kind, Moment, Recorded, SubjectId};
use projections::rows::{ByKind, Happening, Key, row, seqs_about, seqs_under};

use super::{Error, Ledger};
use crate::journal::{self, Span};
use crate::views::{StoredRows, decode};

/// Maximum bytes of events on a page. A single event may be longer.
pub const PAGE_BYTES_MAX: usize = 4 << 20;

/// Maximum number of events examined for one page, so that a filter that matches few events costs no more than one that
/// matches many. The page then ends early and states where to continue.
pub const EXAMINED_MAX: usize = 10_000;

/// Maximum bytes read for one page.
const READ_BYTES_MAX: usize = 64 << 20;

/// Size of a read from the journal while filtering.
const AT_A_TIME: Span = Span { events: 500, bytes: 4 << 20 };

/// Seqs read from an index at a time.
const SEQS_AT_A_TIME: usize = 500;

/// A filter of events. An event must match every field that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsAsk {
    /// Only events with a greater seq.
    pub after: u64,
    /// Only events of this type.
    pub kind: Option<Kind>,
    /// Only events about this subject, an id or a ref.
    pub subject: Option<String>,
    /// Only events of this cycle.
    pub cycle: Option<String>,
    /// Only events whose `time` is at or after this moment.
    pub since: Option<Moment>,
    /// Only events whose `time` is before this moment.
    pub until: Option<Moment>,
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsPage {
    /// The events' seq and exact bytes, in order. May be empty although more events follow.
    pub events: Vec<(u64, Vec<u8>)>,
    /// The value of `after` for the next page; `None` on the last page.
    pub next_after: Option<u64>,
}

/// The extent of a walk over events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walked {
    /// The value of `after` for the rest; `None` if nothing is left.
    pub next_after: Option<u64>,
    /// Number of events examined.
    pub examined: usize,
}

impl Ledger {
    /// Returns the exact bytes of one event.
    pub fn event(&self, seq: u64) -> Result<Vec<u8>, Error> {
        let event = self.shared.journal.event(self.indexed.no, seq)?;
        event
            .map(|event| event.bytes)
            .ok_or_else(|| Error::NotFound(format!("the ledger `{}` has no event {seq}", self.slug())))
    }

    /// Returns a page of the events known at `up_to`: at most `limit` events, and at most `bytes_max` bytes unless the
    /// first event is longer.
    pub fn events(&self, ask: &EventsAsk, up_to: u64, limit: usize, bytes_max: usize) -> Result<EventsPage, Error> {
        let mut events: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut bytes = 0;
        let expected = Span { events: limit.saturating_add(1), bytes: bytes_max };
        let walked = self.walk_events(ask, up_to, expected, |seq, event| {
            bytes += event.len();
            let fits = events.len() < limit && (events.is_empty() || bytes <= bytes_max);
            if fits {
                events.push((seq, event));
            }
            fits
        })?;
        Ok(EventsPage { events, next_after: walked.next_after })
    }

    /// Calls `each` with the matching events known at `up_to`, in order, until it returns false to reject one. Examines
    /// at most [`EXAMINED_MAX`] events. If every event matches, `expected` is read at once.
    pub fn walk_events(
        &self,
        ask: &EventsAsk,
        up_to: u64,
        expected: Span,
        mut each: impl FnMut(u64, Vec<u8>) -> bool,
    ) -> Result<Walked, Error> {
        let rows = self.views.as_of(self.indexed.no, up_to)?;
        let subject =
            ask.subject.as_deref().map(|text| projections::rules::id_behind(&rows, text)).transpose()?.flatten();
        let subject = match (&ask.subject, subject) {
            // Subjects unknown to the rules can have events too, for example `policy`.
            (Some(text), None) => SubjectId::new(text.as_str()).ok(),
            (_, found) => found,
        };
        let chosen = Chosen { ask, subject, rows };
        let mut span = if chosen.is_all() { expected } else { AT_A_TIME };
        let mut walked = Walked { next_after: None, examined: 0 };
        let mut read = 0;
        let mut after = ask.after;
        while after < up_to {
            let candidates = self.candidates(&chosen, after, up_to, span)?;
            if candidates.is_empty() {
                break;
            }
            if chosen.is_all() {
                // `expected` covers the page, so one more event suffices to show that the history continues.
                span.events = 1;
            }
            for candidate in candidates {
                if walked.examined == EXAMINED_MAX || read >= READ_BYTES_MAX {
                    walked.next_after = Some(after);
                    return Ok(walked);
                }
                let event = self.read(candidate)?;
                walked.examined += 1;
                read += event.bytes.len();
                after = event.seq;
                if chosen.holds(&event)? && !each(event.seq, event.bytes) {
                    walked.next_after = Some(after.saturating_sub(1));
                    return Ok(walked);
                }
            }
        }
        Ok(walked)
    }

    /// Returns the next candidates after `after`, from an index or from the journal itself.
    fn candidates(&self, chosen: &Chosen<'_>, after: u64, up_to: u64, span: Span) -> Result<Vec<Candidate>, Error> {
        let (ask, rows) = (chosen.ask, &chosen.rows);
        let seqs = match (&chosen.subject, &ask.cycle, ask.kind) {
            (Some(subject), _, _) => seqs_about(rows, subject, after, SEQS_AT_A_TIME)?,
            (None, Some(cycle), _) => seqs_under(rows, &happenings(cycle), after, SEQS_AT_A_TIME)?,
            (None, None, Some(kind)) if kind != Kind::CheckInRecorded => {
                seqs_under(rows, &ByKind::of(kind), after, SEQS_AT_A_TIME)?
            }
            (None, None, None) if ask.subject.is_some() => Vec::new(),
            // Check-ins are most of a history, so the journal itself serves as their index.
            (None, None, _) => {
                let left = usize::try_from(up_to.saturating_sub(after)).unwrap_or(usize::MAX);
                let span = Span { events: span.events.min(left), ..span };
                let events = self.shared.journal.events_within(self.indexed.no, after, span)?;
                return Ok(events.into_iter().map(Candidate::Read).collect());
            }
        };
        Ok(seqs.into_iter().map(Candidate::Named).collect())
    }

    fn read(&self, candidate: Candidate) -> Result<journal::Recorded, Error> {
        let seq = match candidate {
            Candidate::Read(event) => return Ok(event),
            Candidate::Named(seq) => seq,
        };
        let event = self.shared.journal.event(self.indexed.no, seq)?;
        event.ok_or_else(|| Error::Damaged(format!("an index names event {seq}, which does not exist")))
    }
}

/// An event that may match.
enum Candidate {
    /// Found in an index, not read yet.
    Named(u64),
    Read(journal::Recorded),
}

/// A filter with the data needed to apply it.
struct Chosen<'a> {
    ask: &'a EventsAsk,
    /// The subject that the id or ref in `ask` denotes.
    subject: Option<SubjectId>,
    rows: StoredRows<'a>,
}

impl Chosen<'_> {
    /// Returns true if every event matches.
    fn is_all(&self) -> bool {
        let EventsAsk { after: _, kind, subject, cycle, since, until } = self.ask;
        kind.is_none() && subject.is_none() && cycle.is_none() && since.is_none() && until.is_none()
    }

    /// Returns true if the event matches.
    fn holds(&self, event: &journal::Recorded) -> Result<bool, Error> {
        if self.is_all() {
            return Ok(true);
        }
        let ask = self.ask;
        if let Some(cycle) = &ask.cycle
            && row::<Happening>(&self.rows, &happenings(cycle).seq(event.seq))?.is_none()
        {
            return Ok(false);
        }
        let read: Recorded = decode(event)?;
        Ok(ask.kind.is_none_or(|kind| read.fact.kind() == kind)
            && (ask.subject.is_none() || self.subject.as_ref().is_some_and(|subject| is_about(&read, subject)))
            && ask.since.is_none_or(|since| read.time >= since)
            && ask.until.is_none_or(|until| read.time < until))
    }
}

/// Returns true if an event is about a subject. A carry-over is about both of its objectives.
fn is_about(event: &Recorded, subject: &SubjectId) -> bool {
    let other_end = event.fact.carried_over().map(|data| &data.new_id);
    event.subject == *subject || other_end == Some(subject)
}

fn happenings(cycle: &str) -> Key {
    projections::rows::CycleRow::happenings(cycle)
}
