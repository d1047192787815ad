//! The filter of the event feed and of pages of events.

use chrono::NaiveDate;
use events::{Kind, Moment, SubjectId, TimeZone, Violation, clip};
use projections::calendar::start_of;
use projections::rows::{CycleRow, row};
use projections::rules::{No, Refusal};

use super::id::{FeedId, Follows};
use crate::journal::Incarnations;
use crate::ledger::{AsOfAsk, Error, EventsAsk, Ledger, Look};
use crate::request::params::Params;

/// The filter given by the query parameters.
#[derive(Debug)]
pub(in crate::http) struct EventFilter {
    pub(in crate::http) after: Option<FeedId>,
    kind: Option<Kind>,
    subject: Option<SubjectId>,
    pub(in crate::http) cycle: Option<SubjectId>,
    since: Option<Bound>,
    until: Option<Bound>,
}

/// A bound of a time range; a date means its first moment.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) enum Bound {
    Moment(Moment),
    Day(NaiveDate),
}

impl EventFilter {
    pub(in crate::http) fn read(params: &mut Params) -> EventFilter {
        EventFilter {
            after: params.read("after", |text| {
                let says = || format!("`{text}` is neither a seq nor the id of an event in the feed");
                FeedId::parse(text).ok_or_else(says)
            }),
            kind: params.word("type"),
            subject: params.read("subject", |text| SubjectId::new(text)),
            cycle: params.read("cycle", |text| SubjectId::new(text)),
            since: params.read("since", |text| Bound::read("since", text)),
            until: params.read("until", |text| Bound::read("until", text)),
        }
    }

    /// Returns the seq after which a page begins. A bare seq belongs to the current incarnation, as in a link to the
    /// next page. An id of another incarnation must name an event that this one shares.
    pub(in crate::http) fn after_in(&self, ledger: &Ledger) -> Result<u64, Error> {
        match self.after {
            None => Ok(0),
            Some(FeedId { incarnation: None, seq }) => Ok(seq),
            Some(id) => {
                let known = ledger.incarnations();
                match id.follows(&known) {
                    Follows::After(seq) => Ok(seq),
                    Follows::Nothing { shared_to } => Err(restored_error(id, &known, shared_to)),
                }
            }
        }
    }

    /// Returns the filter for the ledger. Days begin in the time zone of `cycle` if it is given, otherwise in UTC.
    pub(in crate::http) fn ask(&self, look: &Look<'_>, after: u64) -> Result<EventsAsk, Error> {
        let cycle = self.cycle.as_ref().map(SubjectId::as_str);
        let known = cycle.map(|id| row::<CycleRow>(look.asked().rows, &CycleRow::key_of(id))).transpose()?.flatten();
        let zone = known.map_or(TimeZone::UTC, |cycle| cycle.time_zone);
        Ok(EventsAsk {
            after,
            kind: self.kind,
            subject: self.subject.as_ref().map(SubjectId::to_string),
            cycle: cycle.map(str::to_owned),
            since: self.since.map(|bound| bound.moment(zone)),
            until: self.until.map(|bound| bound.moment(zone)),
        })
    }
}

/// The error for a client that has seen an event which the restored ledger does not have, or may not have.
pub(in crate::http) fn restored_error(id: FeedId, known: &Incarnations, shared_to: u64) -> Error {
    let now = known.incarnation;
    let says = match id.incarnation {
        None => format!(
            "the ledger was restored or imported, and its histories share only the events up to {shared_to}: event {id} may \
             belong to another one. If it belongs to the current one, name it as {now}-{id}; otherwise discard the events \
             after {shared_to} and continue after {now}-{shared_to}"
        ),
        Some(_) => format!(
            "event {id} was recorded in another history of the ledger, which was restored since; the two share the events \
             up to {shared_to}: discard later ones and continue after {now}-{shared_to}"
        ),
    };
    Error::Refused(Refusal { no: No::Conflict, violations: vec![Violation::new("?after", "restored", says)] })
}

impl Bound {
    pub(in crate::http) fn read(name: &str, text: &str) -> Result<Bound, String> {
        match AsOfAsk::parse(name, text) {
            Ok(AsOfAsk::Moment(moment)) => Ok(Bound::Moment(moment)),
            Ok(AsOfAsk::Day(day)) => Ok(Bound::Day(day)),
            _ => Err(format!(
                "`{}` is neither a date (2026-05-05) nor an RFC 3339 time (2026-05-05T09:00:00Z)",
                clip(text)
            )),
        }
    }

    /// Returns the moment; days begin in this zone.
    pub(in crate::http) fn moment(self, zone: TimeZone) -> Moment {
        match self {
            Bound::Moment(moment) => moment,
            Bound::Day(day) => start_of(day, zone),
        }
    }
}
