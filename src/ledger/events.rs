//! The events of a ledger, in order, paged and chosen.

use events::{Fact, Kind, Moment, Recorded, SubjectId};
use projections::rows::{ByKind, Happening, Key, Rows, row, seqs_about, seqs_under};

use super::{Error, Ledger};
use crate::journal;
use crate::views::{StoredRows, decode};

/// Which events are asked for. All that are named must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsAsk {
    /// Only those with a greater seq.
    pub after: u64,
    /// At most so many.
    pub limit: usize,
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
    /// The events' seq and exact bytes, in order.
    pub events: Vec<(u64, Vec<u8>)>,
    /// What `after` is for the next page; none where there is no more.
    pub next_after: Option<u64>,
}

impl Ledger {
    /// One event's exact bytes.
    pub fn event(&self, seq: u64) -> Result<Vec<u8>, Error> {
        let event = self.shared.journal.event(self.shelved.no, seq)?;
        event
            .map(|event| event.bytes)
            .ok_or_else(|| Error::NotFound(format!("the ledger `{}` has no event {seq}", self.slug())))
    }

    /// A page of the events known at `up_to`.
    pub fn events(&self, ask: &EventsAsk, up_to: u64) -> Result<EventsPage, Error> {
        let rows = self.views.as_of(self.shelved.no, up_to)?;
        let subject =
            ask.subject.as_deref().map(|text| projections::rules::id_behind(&rows, text)).transpose()?.flatten();
        let subject = match (&ask.subject, subject) {
            // Also what no rules know as a subject can have events: `policy`.
            (Some(text), None) => SubjectId::new(text.as_str()).ok(),
            (_, found) => found,
        };
        let mut page = EventsPage { events: Vec::new(), next_after: None };
        let mut after = ask.after;
        loop {
            let chunk = self.candidates(&rows, ask, subject.as_ref(), after, up_to)?;
            let Some(last) = chunk.last().map(|event| event.seq) else { return Ok(page) };
            for event in chunk {
                if is_asked_for(ask, subject.as_ref(), &rows, &event)? {
                    if page.events.len() == ask.limit {
                        page.next_after = page.events.last().map(|(seq, _)| *seq);
                        return Ok(page);
                    }
                    page.events.push((event.seq, event.bytes));
                }
            }
            after = last;
        }
    }

    /// The next events after `after` that an index, or the journal itself, finds.
    fn candidates(
        &self,
        rows: &StoredRows<'_>,
        ask: &EventsAsk,
        subject: Option<&SubjectId>,
        after: u64,
        up_to: u64,
    ) -> Result<Vec<journal::Recorded>, Error> {
        const CHUNK: usize = 500;
        let seqs = match (subject, &ask.cycle, ask.kind) {
            (Some(subject), _, _) => seqs_about(rows, subject, after, CHUNK)?,
            (None, Some(cycle), _) => seqs_under(rows, &happenings(cycle), after, CHUNK)?,
            (None, None, Some(kind)) if kind != Kind::CheckInRecorded => {
                seqs_under(rows, &ByKind::of(kind), after, CHUNK)?
            }
            (None, None, None) if ask.subject.is_some() => return Ok(Vec::new()),
            // Check-ins are most of a history: the journal itself is their index.
            (None, None, _) => {
                let mut events =
                    self.shared.journal.events(self.shelved.no, after, CHUNK.min(ask.limit.saturating_add(1)))?;
                events.retain(|event| event.seq <= up_to);
                return Ok(events);
            }
        };
        let mut events = Vec::with_capacity(seqs.len());
        for seq in seqs {
            let event = self.shared.journal.event(self.shelved.no, seq)?;
            events
                .push(event.ok_or_else(|| Error::Damaged(format!("an index names event {seq}, which is not there")))?);
        }
        Ok(events)
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

fn is_asked_for(
    ask: &EventsAsk,
    subject: Option<&SubjectId>,
    rows: &impl Rows,
    event: &journal::Recorded,
) -> Result<bool, Error> {
    let is_plain = ask.kind.is_none() && ask.subject.is_none() && ask.cycle.is_none();
    if is_plain && ask.since.is_none() && ask.until.is_none() {
        return Ok(true);
    }
    let read: Recorded = decode(event)?;
    if let Some(cycle) = &ask.cycle
        && row::<Happening>(rows, &happenings(cycle).seq(event.seq))?.is_none()
    {
        return Ok(false);
    }
    Ok(ask.kind.is_none_or(|kind| read.fact.kind() == kind)
        && (ask.subject.is_none() || subject.is_some_and(|subject| is_about(&read, subject)))
        && ask.since.is_none_or(|since| read.time >= since)
        && ask.until.is_none_or(|until| read.time < until))
}
