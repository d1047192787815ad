//! Looking at a ledger, now or as it was.

use events::{Moment, TimeZone};
use projections::ask::{AsOf, Asked, History};
use projections::rows::{self, CycleRow, row};

use super::{AsOfAsk, Error, Ledger};
use crate::journal::Span;
use crate::views::{StoredRows, from_journal};

/// Bytes of events that a question reads at a time.
const PAGE_BYTES: usize = 4 << 20;

/// A look at a ledger from one point of its history.
pub struct Look<'a> {
    ledger: &'a str,
    rows: StoredRows<'a>,
    as_of: AsOf,
    at: Moment,
    is_settled: bool,
}

impl<'a> Look<'a> {
    /// What questions are asked of.
    pub fn asked(&self) -> Asked<'_, StoredRows<'a>> {
        Asked { ledger: self.ledger, rows: &self.rows, as_of: self.as_of, at: self.at }
    }

    /// The last event it knows.
    pub fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// Whether nothing that is recorded from now on changes what is seen from here.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }
}

/// A ledger's whole history.
pub struct Past<'a>(&'a Ledger);

impl Ledger {
    /// Looks at the ledger: now, or from the point asked for. `now` is the moment it is asked at; a date ends in the time
    /// zone of `cycle` where one is named.
    pub fn look(&self, ask: Option<AsOfAsk>, cycle: Option<&str>, now: Moment) -> Result<Look<'_>, Error> {
        self.look_as("as_of", ask, cycle, now)
    }

    /// The same for a parameter of another name.
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
                // Recording times rise even when the clock was put back: what is recorded is not to come.
                let now = self.point(last)?.recorded_at.map_or(now, |last| last.max(now));
                let moment = ask.moment(name, now, zone)?;
                let seq = self.shared.journal.seq_at(self.indexed.no, moment.utc())?.min(last);
                // Times are strictly increasing: once something later is recorded, nothing joins what was before. A day
                // that is not over is looked at from now, which moves.
                (seq, moment, seq < last && moment < now)
            }
        };
        let rows = self.views.as_of(self.indexed.no, seq)?;
        Ok(Look { ledger: self.slug(), rows, as_of: self.point(seq)?, at, is_settled })
    }

    /// The ledger's whole history, for questions that look at more than one moment of it.
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
