//! The events of a ledger, in order, paged and chosen.

use events::{Fact, Kind, Moment, Recorded, SubjectId};
use projections::rows::{ByKind, Happening, Key, row, seqs_about, seqs_under};

use super::{Error, Ledger};
use crate::journal::{self, Span};
use crate::views::{StoredRows, decode};

/// The most bytes of events on a page. A single event may be longer.
pub const PAGE_BYTES_MAX: usize = 4 << 20;

/// The most events that are examined for one page, so that a filter which fits few events costs no more than one that fits
/// many: the page ends there, and says where to go on.
pub const EXAMINED_MAX: usize = 10_000;

/// The most bytes that are read for one page.
const READ_BYTES_MAX: usize = 64 << 20;

/// What is read from the journal at a time to choose among.
const AT_A_TIME: Span = Span { events: 500, bytes: 4 << 20 };

/// Seqs taken from an index at a time.
const SEQS_AT_A_TIME: usize = 500;

/// Which events are asked for. All that are named must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsAsk {
    /// Only those with a greater seq.
    pub after: u64,
    /// Only of this type.
    pub kind: Option<Kind>,
    /// Only about this subject, an id or a ref.
    pub subject: Option<String>,
    /// Only of this cycle.
    pub cycle: Option<String>,
    /// Only those that happened at or after this moment, by `time`.
    pub since: Option<Moment>,
    /// Only those that happened before this moment, by `time`.
    pub until: Option<Moment>,
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsPage {
    /// The events' seq and exact bytes, in order. There may be none, though others follow.
    pub events: Vec<(u64, Vec<u8>)>,
    /// What `after` is for the next page; none where there is no more.
    pub next_after: Option<u64>,
}

/// How far a walk over events went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walked {
    /// What `after` is for the rest; none where nothing is left.
    pub next_after: Option<u64>,
    /// How many events were examined.
    pub examined: usize,
}

impl Ledger {
    /// One event's exact bytes.
    pub fn event(&self, seq: u64) -> Result<Vec<u8>, Error> {
        let event = self.shared.journal.event(self.indexed.no, seq)?;
        event
            .map(|event| event.bytes)
            .ok_or_else(|| Error::NotFound(format!("the ledger `{}` has no event {seq}", self.slug())))
    }

    /// A page of the events known at `up_to`: at most `limit`, and at most `bytes_max` bytes unless its first event is longer.
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

    /// Gives `each` the events known at `up_to` that are asked for, one by one in order, until it returns false because it does
    /// not take one. Examines [`EXAMINED_MAX`] events at most. Where every event is asked for, `expected`
    /// is read at one go.
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
            // Also what no rules know as a subject can have events: `policy`.
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
                // As much was read as is taken: the next one only shows that there is more.
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

    /// The next events after `after` that an index, or the journal itself, finds.
    fn candidates(&self, chosen: &Chosen<'_>, after: u64, up_to: u64, span: Span) -> Result<Vec<Candidate>, Error> {
        let (ask, rows) = (chosen.ask, &chosen.rows);
        let seqs = match (&chosen.subject, &ask.cycle, ask.kind) {
            (Some(subject), _, _) => seqs_about(rows, subject, after, SEQS_AT_A_TIME)?,
            (None, Some(cycle), _) => seqs_under(rows, &happenings(cycle), after, SEQS_AT_A_TIME)?,
            (None, None, Some(kind)) if kind != Kind::CheckInRecorded => {
                seqs_under(rows, &ByKind::of(kind), after, SEQS_AT_A_TIME)?
            }
            (None, None, None) if ask.subject.is_some() => Vec::new(),
            // Check-ins are most of a history: the journal itself is their index.
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
        event.ok_or_else(|| Error::Damaged(format!("an index names event {seq}, which is not there")))
    }
}

/// An event that may be asked for.
enum Candidate {
    /// An index names it.
    Named(u64),
    Read(journal::Recorded),
}

/// Which events are asked for, and what that is judged by.
struct Chosen<'a> {
    ask: &'a EventsAsk,
    /// What `ask` calls by an id or a ref.
    subject: Option<SubjectId>,
    rows: StoredRows<'a>,
}

impl Chosen<'_> {
    /// Whether every event is asked for.
    fn is_all(&self) -> bool {
        let EventsAsk { after: _, kind, subject, cycle, since, until } = self.ask;
        kind.is_none() && subject.is_none() && cycle.is_none() && since.is_none() && until.is_none()
    }

    /// Whether an event is asked for.
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

/// Whether an event is about a subject. What is carried over is about both of its ends.
fn is_about(event: &Recorded, subject: &SubjectId) -> bool {
    let other_end = match &event.fact {
        Fact::ObjectiveCarriedOver(data) => Some(&data.new_id),
        _ => None,
    };
    event.subject == *subject || other_end == Some(subject)
}

fn happenings(cycle: &str) -> Key {
    projections::rows::CycleRow::happenings(cycle)
}
