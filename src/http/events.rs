//! Events in order: as filtered pages, one at a time, or as a stream.

use std::fmt::Display;

use axum::Extension;
use axum::http::Uri;
use axum::response::Response;
use events::clip;

use super::feed::EventFilter;
use super::{Closing, feed};
use crate::ledger::{Error, EventsPage, PAGE_BYTES_MAX};
use crate::request::accept::prefers;
use crate::request::params::{Params, whole};
use crate::request::problem::Problem;
use crate::request::question::{Answer, Calendar, Question};

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
