//! The event feed: server-sent events.
//!
//! ```text
//! id: 412
//! data: {"specversion":"1.0","id":"0196c0de-0001", … }
//! ```
//!
//! `id` is the seq: whoever comes back with it in `Last-Event-ID` goes on after it. There is no `event` field, so that
//! `onmessage` gets every event, also those of types to come; the type is in the data.
//!
//! A subscriber reads the journal itself, page by page and as fast as it takes them; what the writer says is only that there
//! is more. So none is skipped, and a slow one holds nobody up.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use events::Violation;
use tokio::sync::watch;

use super::events::Chosen;
use super::params::whole;
use super::problem::Problem;
use super::question::{Question, blocking};
use super::{Closing, Served};
use crate::ledger::{Error, EventsAsk};

const LAST_EVENT_ID: &str = "last-event-id";

/// Events read at a time.
const PAGE: usize = 200;

/// A line without meaning is sent after so long a silence, so that nobody in between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What is recorded, from after `Last-Event-ID` or `after`, then what comes.
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
    // Whoever comes back names what he saw last in the header; his address still says where he first began.
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
        Ok(EventsAsk { after, limit: PAGE, ..chosen.ask(&look)? })
    })
    .await?;
    let (served, slug) = (question.served, question.ledger);
    let subscriber = Subscriber { served, slug, ask, head, closing, ready: VecDeque::new() };
    let stream = futures::stream::unfold(subscriber, Subscriber::next);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

struct Subscriber {
    served: Served,
    // Not the ledger itself, which would hold on to the views of today.
    slug: String,
    /// What is still to be read: `after` moves along.
    ask: EventsAsk,
    head: watch::Receiver<u64>,
    closing: Option<Closing>,
    ready: VecDeque<(u64, Vec<u8>)>,
}

impl Subscriber {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Subscriber)> {
        loop {
            if self.closing.as_ref().is_some_and(Closing::is_told) {
                return None;
            }
            if let Some((seq, bytes)) = self.ready.pop_front() {
                let data = String::from_utf8(bytes).ok()?;
                return Some((Ok(Event::default().id(seq.to_string()).data(data)), self));
            }
            let head = *self.head.borrow_and_update();
            if self.ask.after < head {
                self.read(head).await.inspect_err(|error| tracing::error!("a feed ends: {error}")).ok()?;
            } else {
                self.wait().await?;
            }
        }
    }

    async fn read(&mut self, head: u64) -> Result<(), Error> {
        let (ledger, ask) = (self.served.ledgers.ledger(&self.slug)?, self.ask.clone());
        let page = blocking(move || ledger.events(&ask, head)).await?;
        self.ask.after = page.next_after.unwrap_or(head);
        self.ready = page.events.into();
        Ok(())
    }

    /// Waits for something new; none if nothing will come any more.
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
            () = closed => None,
        }
    }
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Violation> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else { return Ok(None) };
    value.to_str().ok().and_then(whole).map(Some).ok_or_else(|| {
        let says = "Last-Event-ID is the `id` of the last event seen: its seq";
        Violation::new("Last-Event-ID", "unreadable", says)
    })
}
