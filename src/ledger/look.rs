//! Views of a ledger, as it is now or as it was.

use events::{Moment, TimeZone};
use projections::ask::{AsOf, Asked, History};
use projections::rows::{self, CycleRow, row};

use super::{AsOfAsk, Error, Ledger};
use crate::journal::Span;
use crate::views::{StoredRows, from_journal};

/// Bytes of events that a question reads at a time.
const PAGE_BYTES: usize = 4 << 20;

/// The state of a ledger at one point of its history.
pub struct Look<'a> {
    ledger: &'a str,
    rows: StoredRows<'a>,
    as_of: AsOf,
    at: Moment,
    is_settled: bool,
}

impl<'a> Look<'a> {
    /// Returns the subject of questions: the rows at this point, with its position.
    pub fn asked(&self) -> Asked<'_, StoredRows<'a>> {
        Asked { ledger: self.ledger, rows: &self.rows, as_of: self.as_of, at: self.at }
    }

    /// Returns the position: the last event included.
    pub fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// Returns true if no later recording can change the state visible at this point.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }
}

/// A ledger's whole history.
pub struct Past<'a>(&'a Ledger);

impl Ledger {
    /// Returns the ledger's state now, or at the requested point. `now` is the time of the question; a date ends in the
    /// time zone of `cycle`, if given.
    pub fn look(&self, ask: Option<AsOfAsk>, cycle: Option<&str>, now: Moment) -> Result<Look<'_>, Error> {
        self.look_as("as_of", ask, cycle, now)
    }

    /// Returns the ledger's state at a point given by the parameter `name`.
    pub fn look_as(
        &self,
        name: &str,
        ask: Option<AsOfAsk>,
        cycle: Option<&str>,
        now: Moment,
    ) -> Result<Look<'_>, Error> {
        let stands = self.views.now(self.indexed.no)?;
        let last = stands.seq();
        let Some(ask) = ask else {
            let as_of = self.point(last)?;
            return Ok(Look { ledger: self.slug(), rows: stands, as_of, at: now, is_settled: false });
        };
        let zone = match cycle {
            None => TimeZone::UTC,
            Some(id) => row::<CycleRow>(&stands, &CycleRow::key_of(id))?.map_or(TimeZone::UTC, |cycle| cycle.time_zone),
        };
        let (seq, at, is_settled) = match ask {
            AsOfAsk::Seq(seq) if seq > last => {
                let says = format!("the ledger's last event is {last}: there is no event {seq} yet");
                return Err(Error::invalid(&format!("?{name}"), "in_the_future", says));
            }
            AsOfAsk::Seq(seq) => (seq, self.point(seq)?.recorded_at.unwrap_or(now), true),
            AsOfAsk::Moment(_) | AsOfAsk::Day(_) => {
                // Recording times increase even if the clock was put back, so a recorded event is never in the future.
                let now = self.point(last)?.recorded_at.map_or(now, |last| last.max(now));
                let moment = ask.moment(name, now, zone)?;
                let seq = self.shared.journal.seq_at(self.indexed.no, moment.utc())?.min(last);
                // Times are strictly increasing: after a later event is recorded, nothing can be added before it. A day
                // that is not over ends at the moving `now`, so it is not settled.
                (seq, moment, seq < last && moment < now)
            }
        };
        let rows = self.views.as_of(self.indexed.no, seq)?;
        Ok(Look { ledger: self.slug(), rows, as_of: self.point(seq)?, at, is_settled })
    }

    /// Returns the ledger's whole history, for questions about more than one point.
    pub fn past(&self) -> Past<'_> {
        Past(self)
    }

    fn point(&self, seq: u64) -> Result<AsOf, Error> {
        Ok(AsOf { seq, recorded_at: self.past().recorded_at(seq)? })
    }
}

impl History for Past<'_> {
    type Rows<'b>
        = StoredRows<'b>
    where
        Self: 'b;

    fn as_of(&self, seq: u64) -> Result<StoredRows<'_>, rows::Error> {
        self.0.views.as_of(self.0.indexed.no, seq)
    }

    fn recorded_at(&self, seq: u64) -> Result<Option<Moment>, rows::Error> {
        let event = self.0.shared.journal.event(self.0.indexed.no, seq).map_err(from_journal)?;
        Ok(event.map(|event| Moment::from(event.recorded_at)))
    }

    fn seq_at(&self, moment: Moment) -> Result<u64, rows::Error> {
        self.0.shared.journal.seq_at(self.0.indexed.no, moment.utc()).map_err(from_journal)
    }

    fn event(&self, seq: u64) -> Result<Option<Vec<u8>>, rows::Error> {
        let event = self.0.shared.journal.event(self.0.indexed.no, seq).map_err(from_journal)?;
        Ok(event.map(|event| event.bytes))
    }

    fn events(&self, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, rows::Error> {
        let span = Span { events: limit, bytes: PAGE_BYTES };
        let events = self.0.shared.journal.events_within(self.0.indexed.no, after, span).map_err(from_journal)?;
        Ok(events.into_iter().map(|event| (event.seq, event.bytes)).collect())
    }
}
