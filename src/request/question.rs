//! Queries to a ledger. A response carries `Ledger-Seq` (the last event that it reflects) and an ETag (`tag.rs`).

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use events::{Moment, clip};
use projections::ask::resolve;
use projections::rows::SubjectKind;
use serde::Serialize;

use super::admission::Cost;
use super::buffered_body::BufferedBody;
use super::memory::{Memory, OUT_OF_MEMORY};
use super::params::Params;
use super::problem::Problem;
use super::state::Served;
use super::tag;
use crate::journal::Incarnation;
use crate::ledger::{AsOfAsk, Error, Ledger, Look};
use crate::pack::POLICY;

const LEDGER_SEQ: HeaderName = HeaderName::from_static("ledger-seq");
pub(crate) const JSON: &str = "application/json";

/// A request for a query.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) served: Served,
    pub(crate) headers: HeaderMap,
    pub(crate) uri: Uri,
    pub(crate) params: Params,
    /// Empty if the path contains none.
    pub(crate) ledger: String,
    /// The id or ref in the path; empty if the path contains none.
    pub(crate) id: String,
    /// The cost declared in the table of routes.
    pub(crate) cost: Cost,
}

impl FromRequestParts<Served> for Question {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Problem> {
        let path = Path::<Vec<(String, String)>>::from_request_parts(parts, served).await;
        let Path(named) = path.map_err(|_| Problem::no_such_path(parts.uri.path()))?;
        let part = |wanted: &str| named.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        Ok(Question {
            served: served.clone(),
            headers: parts.headers.clone(),
            uri: parts.uri.clone(),
            params: Params::of(&parts.uri),
            ledger: part("ledger").unwrap_or_default(),
            id: part("id").unwrap_or_default(),
            cost: parts.extensions.get().copied().unwrap_or(Cost::Low),
        })
    }
}

/// The calendar that decides when the date in a question ends.
#[derive(Debug, Clone)]
pub(crate) enum Calendar {
    /// UTC: the question is not about one cycle.
    Utc,
    /// The calendar of the cycle with this id.
    Cycle(String),
    /// The calendar of the cycle that contains the goal or report with this id or ref.
    Goal(String),
}

impl Calendar {
    /// Returns the cycle that the calendar belongs to.
    pub(crate) fn cycle(self, ledger: &Ledger, now: Moment) -> Result<Option<String>, Error> {
        match self {
            Calendar::Utc => Ok(None),
            Calendar::Cycle(id) => Ok(Some(id)),
            Calendar::Goal(text) => {
                let look = ledger.look(None, None, now)?;
                let kind = resolve(look.asked().rows, &text)?.map(|subject| subject.kind);
                Ok(match kind {
                    Some(SubjectKind::Objective(place)) => Some(place.cycle.to_string()),
                    Some(SubjectKind::KeyResult(place)) => Some(place.cycle.to_string()),
                    Some(SubjectKind::BoardReport(place)) => Some(place.cycle.to_string()),
                    Some(SubjectKind::Team | SubjectKind::Cycle | SubjectKind::Theme(_)) | None => None,
                })
            }
        }
    }
}

impl Question {
    /// Answers with the result of `ask` in JSON, as of the point that the request names. Read the query's own
    /// parameters first.
    pub(crate) async fn answer<T: Serialize>(
        mut self,
        calendar: Calendar,
        ask: impl FnOnce(&Ledger, &Look<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<Response, Problem> {
        let as_of = self.params.as_of();
        self.answer_from(as_of, calendar, move |ledger, look, asking| {
            asking.json(&ask(ledger, look)?, look.as_of().seq)
        })
        .await
    }

    /// Like [`Question::answer`], for responses of another media type or as of another point.
    pub(crate) async fn answer_from(
        self,
        as_of: Option<AsOfAsk>,
        calendar: Calendar,
        ask: impl FnOnce(&Ledger, &Look<'_>, &Asking) -> Result<Answer, Error> + Send + 'static,
    ) -> Result<Response, Problem> {
        let ledger = self.served.ledger(&self.ledger)?;
        self.params.end()?;
        let asking = Asking { now: self.served.now(), memory: self.served.memory.clone() };
        let last = *ledger.head().borrow();
        let incarnation = ledger.incarnations().incarnation;
        let headers = self.headers;
        let work = move || {
            let now = asking.now;
            let cycle = match as_of {
                Some(AsOfAsk::Day(_)) => calendar.cycle(&ledger, now)?,
                _ => None,
            };
            let look = ledger.look(as_of, cycle.as_deref(), now)?;
            ask(&ledger, &look, &asking)?.to(&headers, incarnation)
        };
        Ok(self.served.admission.answer(self.cost, last, work).await?)
    }
}

/// The context of a query, apart from the ledger.
#[derive(Debug)]
pub(crate) struct Asking {
    /// The time of the request.
    pub(crate) now: Moment,
    memory: Memory,
}

impl Asking {
    pub(crate) fn json(&self, found: &impl Serialize, seq: u64) -> Result<Answer, Error> {
        let mut body = BufferedBody::within(&self.memory);
        serde_json::to_writer(&mut body, found).map_err(unwritten)?;
        Ok(Answer { body, content_type: JSON, seq, next: None, varies: false, file_name: None })
    }
    pub(crate) fn whole(&self, bytes: Vec<u8>) -> BufferedBody {
        BufferedBody::of(bytes, &self.memory)
    }
}

/// Maps a failed write: the memory budget is exhausted, or the value cannot be serialized.
fn unwritten(error: serde_json::Error) -> Error {
    match error.io_error_kind() {
        Some(std::io::ErrorKind::ResourceBusy) => OUT_OF_MEMORY,
        _ => Error::Damaged(error.to_string()),
    }
}

/// A complete response before it is sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: BufferedBody,
    pub(crate) content_type: &'static str,
    /// The last event that it reflects.
    pub(crate) seq: u64,
    /// The address of the next page.
    pub(crate) next: Option<String>,
    /// True if the response depends on `Accept`.
    pub(crate) varies: bool,
    /// The name under which browsers save it.
    pub(crate) file_name: Option<String>,
}

impl Answer {
    /// Returns the response to a request with these headers, or 304 if the client has it already. Blocks until there is
    /// memory for it, so never call it on an async worker.
    fn to(self, headers: &HeaderMap, incarnation: Incarnation) -> Result<Response, Error> {
        let whole =
            |body: BufferedBody| Ok(([(header::CONTENT_TYPE, self.content_type)], body.body()?).into_response());
        let mut response = tag::answer(headers, tag::tag(Some(incarnation), self.body.tag()), || whole(self.body))?;
        let headers = response.headers_mut();
        headers.insert(LEDGER_SEQ, HeaderValue::from(self.seq));
        if self.varies {
            headers.insert(header::VARY, HeaderValue::from_static("accept"));
        }
        let kept_as = self.file_name.map(|name| HeaderValue::try_from(format!("inline; filename=\"{name}\"")));
        if let Some(Ok(kept_as)) = kept_as {
            headers.insert(header::CONTENT_DISPOSITION, kept_as);
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        }
        headers.extend(self.next.and_then(|next| link(&next)));
        Ok(response)
    }
}

/// Returns a `Link` header with the address of the next page.
pub(crate) fn link(next: &str) -> Option<(HeaderName, HeaderValue)> {
    HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).ok().map(|link| (header::LINK, link))
}

/// Returns the value found, or an error if there is none; `wanted` is the expected kind, such as `a key result`.
pub(crate) fn found<T>(found: Option<T>, look: &Look<'_>, wanted: &str, id: &str) -> Result<T, Error> {
    if let Some(found) = found {
        return Ok(found);
    }
    let asked = look.asked();
    let (ledger, seq) = (asked.ledger, asked.as_of.seq);
    let resolved = resolve(asked.rows, id)?;
    let id = clip(id);
    Err(Error::NotFound(match resolved {
        Some(other) => format!("`{id}` is {}; {wanted} is expected here", other.kind.name()),
        None => {
            let later = if look.is_settled() { ". Events recorded later are not considered" } else { "" };
            format!("the ledger `{ledger}` has no `{id}` as of event {seq}; {wanted} is expected here{later}")
        }
    }))
}
