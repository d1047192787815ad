//! The event feed: server-sent events.
//!
//! ```text
//! id: 411                                        where the feed begins
//!
//! id: 412
//! data: {"specversion":"1.0","id":"0196c0de-0001", … }
//!
//! id: 9317                                       after a silence: how far it has come, where no event fitted
//! ```
//!
//! A subscriber that comes back with an `id` in `Last-Event-ID` goes on after it. There is no `event` field, so that
//! `onmessage` gets every event, also those of types to come; the type is in the data. A message without data moves the
//! position of a browser's `EventSource` and calls nobody.
//!
//! A subscriber reads the journal itself, page by page and as fast as its client takes them; the writer only announces the last
//! seq. So none is skipped, and a slow one holds up no other.

mod places;

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use events::Violation;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

pub(super) use places::Places;
pub use places::{FEEDS_MAX, FeedLimits};

use super::events::Chosen;
use super::params::whole;
use super::problem::Problem;
use super::question::{Question, blocking};
use super::tag::ASKED_AGAIN;
use super::{Closing, Served};
use crate::ledger::{Error, EventsAsk};

const LAST_EVENT_ID: &str = "last-event-id";

/// nginx sends on what it is given at once where this is `no`.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Events read at a time.
const PAGE: usize = 1_000;

/// Sends what is recorded, from after `Last-Event-ID` or `after`, then what comes.
pub(super) async fn feed(
    mut question: Question,
    chosen: Chosen,
    closing: Option<Closing>,
) -> Result<Response, Problem> {
    let ledger = question.served.ledger(&question.ledger)?;
    for name in ["as_of", "limit"] {
        if question.params.text(name).is_some() {
            question.params.fault(name, "not_in_a_stream", format!("a stream has no end: leave `{name}` out"));
        }
    }
    let mut faults = question.params.into_violations();
    let last_seen = last_event_id(&question.headers).unwrap_or_else(|fault| {
        faults.push(fault);
        None
    });
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let places = &question.served.feeds;
    let place = places.take().ok_or_else(|| Problem::no_feed(places.limits().feeds_max))?;
    // Whoever comes back names the last event seen in the header; the address still names where the feed first began.
    let after = last_seen.or(chosen.after).unwrap_or_default();
    let head = ledger.head();
    let (now, of) = (question.served.now(), ledger.clone());
    let ask = blocking(move || {
        let look = of.look(None, None, now)?;
        let last = look.as_of().seq;
        if after > last {
            let says = format!("the ledger's last event is {last}: nobody can have seen event {after}");
            let place = if last_seen.is_some() { "Last-Event-ID" } else { "?after" };
            return Err(Error::invalid(place, "in_the_future", says));
        }
        Ok(EventsAsk { after, ..chosen.ask(&look)? })
    })
    .await?;
    let (served, slug) = (question.served, question.ledger);
    let subscriber =
        Subscriber { served, slug, ask, head, closing, sent: None, sent_at: Instant::now(), _place: place };
    let stream = futures::stream::unfold(subscriber, Subscriber::next);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, ASKED_AGAIN),
        (BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

/// Whoever listens. It holds no events while it waits for some.
struct Subscriber {
    served: Served,
    // Not the ledger itself, which would hold on to the views of today.
    slug: String,
    /// What is still to be read: `after` moves along.
    ask: EventsAsk,
    head: watch::Receiver<u64>,
    closing: Option<Closing>,
    /// The id that was sent last.
    sent: Option<u64>,
    sent_at: Instant,
    _place: OwnedSemaphorePermit,
}

impl Subscriber {
    /// The next bytes to send; none at the end.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Subscriber)> {
        let bytes = loop {
            if self.closing.as_ref().is_some_and(Closing::is_told) {
                return None;
            }
            // At first, so that a client knows its position, and its proxy that there is something to send on.
            if self.sent.is_none() || self.sent_at.elapsed() >= self.served.feeds.limits().silence {
                break self.position();
            }
            let head = *self.head.borrow_and_update();
            if self.ask.after < head {
                let page = self.read(head).await;
                let page = page.inspect_err(|error| tracing::error!("a feed ends: {error}")).ok()?;
                if !page.is_empty() {
                    break page;
                }
            } else {
                self.wait().await?;
            }
        };
        self.sent = Some(self.ask.after);
        self.sent_at = Instant::now();
        Some((Ok(bytes), self))
    }

    /// The next page of events as messages; empty where none of those examined fits.
    async fn read(&mut self, head: u64) -> Result<Bytes, Error> {
        let (ledger, ask) = (self.served.ledgers.ledger(&self.slug)?, self.ask.clone());
        let bytes_max = self.served.feeds.page_bytes();
        let read = move || {
            let page = ledger.events(&ask, head, PAGE, bytes_max)?;
            let mut messages = Vec::new();
            page.events.iter().for_each(|(seq, event)| message(*seq, event, &mut messages));
            Ok((messages, page.next_after))
        };
        let (messages, next_after) = self.served.feeds.read(read).await?;
        self.ask.after = next_after.unwrap_or(head);
        Ok(messages.into())
    }

    /// How far it has come: an id without data, or a comment where the client has it already.
    fn position(&self) -> Bytes {
        match self.sent {
            Some(sent) if sent == self.ask.after => Bytes::from_static(b":\n\n"),
            _ => format!("id: {}\n\n", self.ask.after).into(),
        }
    }

    /// Waits until something new is recorded, or for long enough; none if nothing will come any more.
    async fn wait(&mut self) -> Option<()> {
        let closing = self.closing.clone();
        let closed = async move {
            match closing {
                Some(closing) => closing.told().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = self.head.changed() => changed.ok(),
            () = tokio::time::sleep_until(self.sent_at + self.served.feeds.limits().silence) => Some(()),
            () = closed => None,
        }
    }
}

/// Writes an event as a message. A line of data cannot hold the end of one; in JSON it is only ever between two tokens.
fn message(seq: u64, event: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("id: {seq}\n").as_bytes());
    for line in event.split(|byte| matches!(byte, b'\r' | b'\n')) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Violation> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else { return Ok(None) };
    value.to_str().ok().and_then(whole).map(Some).ok_or_else(|| {
        let says = "Last-Event-ID is the `id` of the last event seen: its seq";
        Violation::new("Last-Event-ID", "unreadable", says)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_one_message_whatever_its_lines() {
        let written = |event: &str| {
            let mut out = Vec::new();
            message(7, event.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(r#"{"seq":7}"#), "id: 7\ndata: {\"seq\":7}\n\n");
        assert_eq!(written("{\r\n\"seq\":\r7}"), "id: 7\ndata: {\ndata: \ndata: \"seq\":\ndata: 7}\n\n");
    }
}
