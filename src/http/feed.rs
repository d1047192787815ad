//! The event feed: server-sent events.
//!
//! ```text
//! id: k3vxsa2b7z-411                             where the feed begins
//!
//! id: k3vxsa2b7z-412
//! data: {"specversion":"1.0","id":"0196c0de-0001", … }
//!
//! id: k3vxsa2b7z-9317                            after a silence: how far it has come, where no event fitted
//! ```
//!
//! A subscriber that comes back with an `id` in `Last-Event-ID` goes on after it. There is no `event` field, so that
//! `onmessage` gets every event, also those of types to come; the type is in the data. A message without data moves the
//! position of a browser's `EventSource` and calls nobody.
//!
//! One that comes back after the ledger was restored, with an event that was never recorded in what was restored, gets
//! `event: restored`, and nothing else: a stream, because a browser shows a script nothing of an answer that refuses one.
//!
//! A subscriber reads the journal itself, page by page and as fast as its client takes them; the writer only announces the last
//! seq. So none is skipped, and a slow one holds up no other.

mod id;
mod places;

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use events::Violation;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

pub(super) use id::{FeedId, Follows};
pub(super) use places::Places;
pub use places::{FEEDS_MAX, FeedLimits};

use super::events::{Chosen, elsewhere};
use super::problem::Problem;
use super::question::{Question, blocking};
use super::tag::ASKED_AGAIN;
use super::{Closing, Served};
use crate::journal::Incarnation;
use crate::ledger::{Error, EventsAsk};

const LAST_EVENT_ID: &str = "last-event-id";

/// nginx sends on what it is given at once where this is `no`.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// So long a client that knows no `event: restored` waits before it comes back with the same.
const RESTORED_RETRY_MS: u64 = 30_000;

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
    // Whoever comes back names the last event seen in the header; the address still names where the feed first began.
    let from = last_seen.or(chosen.after).unwrap_or(FeedId { incarnation: None, seq: 0 });
    let known = ledger.incarnations();
    let after = match from.follows(&known) {
        Follows::After(seq) => seq,
        // Typed in, or put together from a seq: who does that reads a problem.
        Follows::Nothing { shared_to } if last_seen.is_none() && from.incarnation.is_none() => {
            return Err(elsewhere(from, &known, shared_to).into());
        }
        Follows::Nothing { shared_to } => return Ok(stream(Body::from(restored(known.incarnation, shared_to)))),
    };
    let places = &question.served.feeds;
    let place = places.take().ok_or_else(|| Problem::no_feed(places.limits().feeds_max))?;
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
        Ok(EventsAsk { after, ..chosen.ask(&look, after)? })
    })
    .await?;
    let (served, slug, incarnation) = (question.served, question.ledger, known.incarnation);
    let sent_at = Instant::now();
    let subscriber = Subscriber { served, slug, incarnation, ask, head, closing, sent: None, sent_at, _place: place };
    Ok(stream(Body::from_stream(futures::stream::unfold(subscriber, Subscriber::next))))
}

/// A stream with this body.
fn stream(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, ASKED_AGAIN),
        (BUFFERING, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// Whoever listens. It holds no events while it waits for some.
struct Subscriber {
    served: Served,
    // Not the ledger itself, which would hold on to the views of today.
    slug: String,
    incarnation: Incarnation,
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
        let (incarnation, bytes_max) = (self.incarnation, self.served.feeds.page_bytes());
        let read = move || {
            let page = ledger.events(&ask, head, PAGE, bytes_max)?;
            let mut messages = Vec::new();
            page.events.iter().for_each(|(seq, event)| message(incarnation, *seq, event, &mut messages));
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
            _ => format!("id: {}-{}\n\n", self.incarnation, self.ask.after).into(),
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
fn message(incarnation: Incarnation, seq: u64, event: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("id: {incarnation}-{seq}\n").as_bytes());
    for line in event.split(|byte| matches!(byte, b'\r' | b'\n')) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
}

/// The only message where the events of another incarnation were read. It has no id: a client that passes over it must not go
/// on as if nothing had happened.
fn restored(incarnation: Incarnation, shared_to: u64) -> String {
    let data = serde_json::json!({"incarnation": incarnation, "shared_to": shared_to});
    format!("retry: {RESTORED_RETRY_MS}\nevent: restored\ndata: {data}\n\n")
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<FeedId>, Violation> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else { return Ok(None) };
    value.to_str().ok().and_then(FeedId::parse).map(Some).ok_or_else(|| {
        let says = "Last-Event-ID is the `id` of the last event seen: the ledger's incarnation, `-` and the seq";
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
            message(Incarnation::of(1), 7, event.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(r#"{"seq":7}"#), "id: aaaaaaaaab-7\ndata: {\"seq\":7}\n\n");
        assert_eq!(written("{\r\n\"seq\":\r7}"), "id: aaaaaaaaab-7\ndata: {\ndata: \ndata: \"seq\":\ndata: 7}\n\n");
    }
}
