//! The event feed: server-sent events.
//!
//! ```text
//! id: k3vxsa2b7z-411                             the position at which the feed begins
//!
//! id: k3vxsa2b7z-412
//! data: {"specversion":"1.0","id":"0196c0de-0001", … }
//!
//! id: k3vxsa2b7z-9317                            after a silence: the position reached without a matching event
//! ```
//!
//! A subscriber that reconnects with an id in `Last-Event-ID` continues after it. There is no `event` field, so that
//! `onmessage` receives every event, including those of future types; the type is in the data. A message without data
//! moves the position of a browser's `EventSource` without calling a handler.
//!
//! A subscriber that reconnects after a restore, with an event that is not in the restored history, gets only
//! `event: restored`. This is a stream rather than an error status, because a browser hides the content of an error
//! from scripts.
//!
//! Each subscriber reads the journal page by page, at the pace of its client; the writer only announces the last
//! seq. So no event is skipped, and a slow subscriber delays no other.

mod filter;
mod id;

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use events::Violation;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use filter::restored_error;
pub(super) use filter::{Bound, EventFilter};
pub(super) use id::{FeedId, Follows};

use super::Closing;
use crate::journal::Incarnation;
use crate::ledger::{Error, EventsAsk};
use crate::request::blocking::blocking;
use crate::request::problem::Problem;
use crate::request::question::Question;
use crate::request::state::Served;
use crate::request::tag::REVALIDATE;

const LAST_EVENT_ID: &str = "last-event-id";

/// nginx buffers responses unless this header is `no`.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The reconnect delay of a client that does not handle `event: restored` and would get the same answer again.
const RESTORED_RETRY_MS: u64 = 30_000;

/// Events read at a time.
const PAGE: usize = 1_000;

/// Sends the events recorded after `Last-Event-ID` or `after`, then new ones as they are recorded.
pub(super) async fn feed(
    mut question: Question,
    filter: EventFilter,
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
    // A browser that reconnects puts the last event seen in the header; the address still has the first position.
    let from = last_seen.or(filter.after).unwrap_or(FeedId { incarnation: None, seq: 0 });
    let known = ledger.incarnations();
    let after = match from.follows(&known) {
        Follows::After(seq) => seq,
        // A bare seq was typed by a person or composed by a program: both can read a problem document.
        Follows::Nothing { shared_to } if last_seen.is_none() && from.incarnation.is_none() => {
            return Err(restored_error(from, &known, shared_to).into());
        }
        Follows::Nothing { shared_to } => return Ok(stream(Body::from(restored(known.incarnation, shared_to)))),
    };
    let slots = &question.served.feeds;
    let slot = slots.take().ok_or_else(|| Problem::no_feed(slots.limits().feeds_max))?;
    let head = ledger.head();
    let (now, of) = (question.served.now(), ledger.clone());
    let ask = blocking(move || {
        let look = of.look(None, None, now)?;
        let last = look.as_of().seq;
        if after > last {
            let says = format!("event {after} does not exist: the ledger's last event is {last}");
            let pointer = if last_seen.is_some() { "Last-Event-ID" } else { "?after" };
            return Err(Error::invalid(pointer, "in_the_future", says));
        }
        Ok(EventsAsk { after, ..filter.ask(&look, after)? })
    })
    .await?;
    let (served, slug, incarnation) = (question.served, question.ledger, known.incarnation);
    let sent_at = Instant::now();
    let subscriber = Subscriber { served, slug, incarnation, ask, head, closing, sent: None, sent_at, _slot: slot };
    Ok(stream(Body::from_stream(futures::stream::unfold(subscriber, Subscriber::next))))
}
fn stream(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, REVALIDATE),
        (BUFFERING, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// A connected client. It holds no events while it waits.
struct Subscriber {
    served: Served,
    // The slug, not the ledger, because a handle would keep outdated views alive.
    slug: String,
    incarnation: Incarnation,
    /// The filter; its `after` is the position.
    ask: EventsAsk,
    head: watch::Receiver<u64>,
    closing: Option<Closing>,
    /// The seq of the last id sent.
    sent: Option<u64>,
    sent_at: Instant,
    _slot: OwnedSemaphorePermit,
}

impl Subscriber {
    /// Returns the next bytes to send; none at the end.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Subscriber)> {
        let bytes = loop {
            if self.closing.as_ref().is_some_and(Closing::is_closing) {
                return None;
            }
            // Sent first, so that the client knows its position and proxies pass on the response.
            if self.sent.is_none() || self.sent_at.elapsed() >= self.served.feeds.limits().silence {
                break self.position();
            }
            let head = *self.head.borrow_and_update();
            if self.ask.after < head {
                let page = self.read(head).await;
                let page = page.inspect_err(|error| tracing::error!("closing a feed: {error}")).ok()?;
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

    /// Returns the next page of events as messages; empty if none of the events examined matches.
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

    /// Returns the position as an id without data, or a comment if the client knows it already.
    fn position(&self) -> Bytes {
        match self.sent {
            Some(sent) if sent == self.ask.after => Bytes::from_static(b":\n\n"),
            _ => format!("id: {}-{}\n\n", self.incarnation, self.ask.after).into(),
        }
    }

    /// Waits for a new event or the end of the silence; returns none if the feed is to end.
    async fn wait(&mut self) -> Option<()> {
        let closing = self.closing.clone();
        let closed = async move {
            match closing {
                Some(closing) => closing.closed().await,
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

/// Writes an event as one message. Each `data` line holds one line of the event: line breaks in JSON occur only between
/// tokens, and the client joins the lines again.
fn message(incarnation: Incarnation, seq: u64, event: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("id: {incarnation}-{seq}\n").as_bytes());
    for line in event.split(|byte| matches!(byte, b'\r' | b'\n')) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
}

/// Returns the only message for a client that read events of another incarnation. It has no id: a client that ignores
/// it must not continue from a new position.
fn restored(incarnation: Incarnation, shared_to: u64) -> String {
    let data = serde_json::json!({"incarnation": incarnation, "shared_to": shared_to});
    format!("retry: {RESTORED_RETRY_MS}\nevent: restored\ndata: {data}\n\n")
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<FeedId>, Violation> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else { return Ok(None) };
    value.to_str().ok().and_then(FeedId::parse).map(Some).ok_or_else(|| {
        let says = "Last-Event-ID must be the `id` of the last event seen: the ledger's incarnation, `-` and the seq";
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
