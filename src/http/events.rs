//! Events in order: as filtered pages, one at a time, or as a stream.

use std::fmt::Display;

use axum::Extension;
use axum::http::Uri;
use axum::response::Response;
use chrono::NaiveDate;
use events::{Kind, Moment, SubjectId, TimeZone, Violation, clip};
use projections::calendar::start_of;
use projections::rows::{CycleRow, row};
use projections::rules::{No, Refusal};

use super::accept::prefers;
use super::feed::{FeedId, Follows};
use super::params::{Params, whole};
use super::problem::Problem;
use super::question::{Answer, Calendar, Question};
use super::{Closing, feed};
use crate::journal::Incarnations;
use crate::ledger::{AsOfAsk, Error, EventsAsk, EventsPage, Ledger, Look, PAGE_BYTES_MAX};

/// Events on a page without `limit`.
pub(super) const LIMIT_DEFAULT: u64 = 100;

/// The most events on a page.
pub(super) const LIMIT_MAX: u64 = 1_000;

/// Returns a page of events or, with `Accept: text/event-stream`, a live stream.
pub(super) async fn list(closing: Option<Extension<Closing>>, mut question: Question) -> Result<Response, Problem> {
    let filter = EventFilter::read(&mut question.params);
    if prefers(&question.headers, "text/event-stream") {
        return feed::feed(question, filter, closing.map(|Extension(closing)| closing)).await;
    }
    let limit = limit(&mut question.params);
    let as_of = question.params.as_of();
    let uri = question.uri.clone();
    let calendar = filter.cycle.clone().map_or(Calendar::Utc, |id| Calendar::Cycle(id.to_string()));
    question
        .answer_from(as_of, calendar, move |ledger, look, asking| {
            let limit = usize::try_from(limit.unwrap_or(LIMIT_DEFAULT)).unwrap_or(usize::MAX);
            let seq = look.as_of().seq;
            let after = filter.after_in(ledger)?;
            let page = ledger.events(&filter.ask(look, after)?, seq, limit, PAGE_BYTES_MAX)?;
            let next = page.next_after.map(|after| next_page(&uri, after));
            Ok(Answer {
                body: asking.whole(body(&page)),
                content_type: "application/json",
                seq,
                next,
                varies: true,
                file_name: None,
            })
        })
        .await
}

/// Reads `limit`.
pub(super) fn limit(params: &mut Params) -> Option<u64> {
    params.read("limit", |text| match whole(text) {
        Some(limit @ 1..=LIMIT_MAX) => Ok(limit),
        _ => Err(format!("`{}` is not a number from 1 to {LIMIT_MAX}", clip(text))),
    })
}

/// Returns one event, byte for byte as stored.
pub(super) async fn one(mut question: Question) -> Result<Response, Problem> {
    let as_of = question.params.as_of();
    let asked = question.id.clone();
    question
        .answer_from(as_of, Calendar::Utc, move |ledger, look, asking| {
            let known = look.as_of().seq;
            let there = whole(&asked).filter(|seq| (1..=known).contains(seq));
            let seq = there.ok_or_else(|| {
                let (ledger, asked) = (ledger.slug(), clip(&asked));
                Error::NotFound(format!(
                    "the ledger `{ledger}` has no event `{asked}`: its events are numbered 1 to {known}"
                ))
            })?;
            Ok(Answer {
                body: asking.whole(ledger.event(seq)?),
                content_type: "application/cloudevents+json",
                seq: known,
                next: None,
                varies: false,
                file_name: None,
            })
        })
        .await
}

/// The filter given by the query parameters.
#[derive(Debug)]
pub(super) struct EventFilter {
    pub(super) after: Option<FeedId>,
    kind: Option<Kind>,
    subject: Option<SubjectId>,
    cycle: Option<SubjectId>,
    since: Option<Bound>,
    until: Option<Bound>,
}

/// A bound of a time range; a date means its first moment.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    Moment(Moment),
    Day(NaiveDate),
}

impl EventFilter {
    fn read(params: &mut Params) -> EventFilter {
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
    fn after_in(&self, ledger: &Ledger) -> Result<u64, Error> {
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
    pub(super) fn ask(&self, look: &Look<'_>, after: u64) -> Result<EventsAsk, Error> {
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
pub(super) fn restored_error(id: FeedId, known: &Incarnations, shared_to: u64) -> Error {
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
    pub(super) fn read(name: &str, text: &str) -> Result<Bound, String> {
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
    pub(super) fn moment(self, zone: TimeZone) -> Moment {
        match self {
            Bound::Moment(moment) => moment,
            Bound::Day(day) => start_of(day, zone),
        }
    }
}

/// Returns the list, built from the stored bytes as they are.
fn body(page: &EventsPage) -> Vec<u8> {
    let length = page.events.iter().map(|(_, bytes)| bytes.len() + 1).sum::<usize>();
    let mut body = Vec::with_capacity(length + 13);
    body.extend_from_slice(b"{\"events\":[");
    for (n, (_, bytes)) in page.events.iter().enumerate() {
        if n > 0 {
            body.push(b',');
        }
        body.extend_from_slice(bytes);
    }
    body.extend_from_slice(b"]}");
    body
}

/// Returns the address of the next page.
pub(super) fn next_page(uri: &Uri, after: impl Display) -> String {
    let kept =
        uri.query().unwrap_or_default().split('&').filter(|part| !part.is_empty() && !part.starts_with("after="));
    let query = kept.chain([format!("after={after}").as_str()]).collect::<Vec<_>>().join("&");
    format!("{}?{query}", uri.path())
}
