//! Problem documents (RFC 9457), and the only place that maps errors to status codes.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::{Violation, clip, written};
use projections::rules::{No, Refusal};
use serde::Serialize;

use super::sites;
use crate::ledger::{self, operations};

/// An error response.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    /// A stable identifier for programs: `urn:okr-ledger:problem:` and a word.
    #[serde(rename = "type")]
    kind: String,
    pub(crate) title: &'static str,
    #[serde(serialize_with = "as_number")]
    pub(crate) status: StatusCode,
    /// The cause and the remedy.
    pub(crate) detail: String,
    /// Every fault found, in the order of the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) violations: Vec<Violation>,
    /// Seconds for `Retry-After`, unless it is 1 or absent.
    #[serde(skip)]
    retry_after: Option<&'static str>,
}

impl Problem {
    fn new(status: StatusCode, slug: &str, title: &'static str, detail: impl fmt::Display) -> Self {
        let kind = format!("urn:okr-ledger:problem:{slug}");
        Problem { kind, title, status, detail: written(detail), violations: Vec::new(), retry_after: None }
    }

    fn with(self, violations: Vec<Violation>) -> Self {
        Problem { violations, ..self }
    }

    /// 400: the body is not JSON.
    pub(crate) fn not_json(error: &events::JsonError) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, "not-json", "Not JSON", error.to_string()).with(vec![Violation::new(
            "",
            "not_json",
            error.to_string(),
        )])
    }

    /// 400: the body is JSON, but no CloudEvent.
    pub(crate) fn not_a_cloud_event(violations: Vec<Violation>) -> Self {
        let detail = format!("{}; nothing was recorded", faults(&violations));
        Problem::new(StatusCode::BAD_REQUEST, "not-a-cloud-event", "Not a CloudEvent", detail).with(violations)
    }

    /// 400: the connection ended before the body did.
    pub(crate) fn broken_body() -> Self {
        let detail = "the connection ended before the body was complete: send it again";
        Problem::new(StatusCode::BAD_REQUEST, "broken-body", "Broken body", detail)
    }

    /// 408: the body took too long.
    pub(crate) fn slow_body(limit: Duration) -> Self {
        let detail =
            format!("the body did not arrive within {} s: nothing was recorded; send it again", limit.as_secs());
        Problem::new(StatusCode::REQUEST_TIMEOUT, "slow-body", "Slow body", detail)
    }

    /// 503: the connection limit is reached.
    pub(crate) fn crowded() -> Self {
        let detail = "too many connections are open: try again in a moment (server setting connections_max)";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "crowded", "Crowded", detail)
    }

    /// 503: the feed limit is reached.
    pub(crate) fn no_feed(all: usize) -> Self {
        let detail = format!(
            "{all} feeds are open, which is the limit (server setting feeds_max): poll for the events after the last one \
             seen every 30 s, and retry the feed from time to time"
        );
        let violation = Violation::new("", "feeds_full", detail.clone());
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "crowded", "Crowded", detail);
        Problem { retry_after: Some("30"), ..problem.with(vec![violation]) }
    }

    /// 404: there is no such path.
    pub(crate) fn no_such_path(path: &str) -> Self {
        let detail = if path == "/v1/operations" || path.starts_with("/v1/operations/") {
            format!(
                "there is nothing at `{}`: operations use the socket operations.sock in the data folder; \
                 `okr-ledger backup`, `verify`, `rebuild` and `accept-clock` find it with --data",
                clip(path)
            )
        } else {
            format!("there is nothing at `{}`: the API begins with /v1/ledgers, the pages with /ledgers", clip(path))
        };
        Problem::new(StatusCode::NOT_FOUND, "no-such-path", "No such path", detail)
    }

    /// 404: there is no such operation.
    pub(crate) fn no_such_operation(path: &str) -> Self {
        let detail = format!(
            "there is nothing at `{}`: this socket accepts POST /v1/operations/backup, verify, rebuild and accept-clock",
            clip(path)
        );
        Problem::new(StatusCode::NOT_FOUND, "no-such-path", "No such path", detail)
    }

    /// 405: the path takes other methods.
    pub(crate) fn method_not_allowed(method: &str, path: &str) -> Self {
        let detail =
            format!("`{}` does not allow {}; the header `Allow` lists the allowed methods", clip(path), clip(method));
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
    }

    /// 413: more than one entry can contain.
    pub(crate) fn too_large(rule: &str, detail: impl fmt::Display) -> Self {
        Problem::of_refusal(Refusal::too_large(rule, detail))
    }

    /// 415: the media type of the body is not accepted.
    pub(crate) fn unsupported_media_type(detail: impl fmt::Display) -> Self {
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type", detail)
    }

    /// 431: more headers than the server accepts.
    pub(crate) fn too_many_headers(found: usize) -> Self {
        let detail = format!(
            "the request has {found} headers, and at most {} are accepted: send fewer, above all fewer cookies of other programs",
            super::limits::HEADERS_MAX
        );
        Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "Head too large", detail)
    }

    /// 421: the request names a host other than this machine.
    pub(crate) fn misdirected(host: &str) -> Self {
        let detail = format!(
            "there is no access control yet, so requests for the host name `{}` are rejected, because anyone may own \
             it: use localhost or 127.0.0.1; a reverse proxy must send `Host: localhost`",
            clip(host)
        );
        Problem::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", "Wrong host name", detail)
    }

    /// 403: a form was sent from another site's page.
    pub(crate) fn from_elsewhere() -> Self {
        let detail = "this form was not sent from one of the ledger's own pages: nothing was recorded; open the page \
                      here and send it again. Programs record with POST /v1/ledgers/{ledger}/events";
        Problem::new(StatusCode::FORBIDDEN, "from-elsewhere", "Form from another site", detail)
    }

    /// 403: a page of another site made the request.
    pub(crate) fn cross_site() -> Self {
        let detail = "a page of another site made this request: a browser may only open pages and documents of this server, \
                      or follow links to them; programs send no `Sec-Fetch-Site`";
        Problem::new(StatusCode::FORBIDDEN, "from-elsewhere", "Request from another site", detail)
    }

    /// 422: the request can be read, but is not valid.
    pub(crate) fn invalid(violations: Vec<Violation>) -> Self {
        Problem::of_refusal(Refusal { no: No::Invalid, violations })
    }

    /// 503: recording has stopped.
    pub(crate) fn unavailable(detail: impl fmt::Display) -> Self {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable", detail)
    }

    /// 503: the ledgers are not open yet.
    pub(crate) fn starting(says: &str) -> Self {
        let detail = format!("{says}; /readyz reports when it is done");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "starting", "Starting", detail)
    }

    /// 503: some checks fail; each is named.
    pub(crate) fn not_ready(failing: Vec<(&'static str, String)>) -> Self {
        let violations = failing.into_iter().map(|(check, says)| Violation::new("", check, says)).collect::<Vec<_>>();
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "Not ready", faults(&violations)).with(violations)
    }

    /// 500: a bug in the server. The details are in the log.
    pub(crate) fn internal() -> Self {
        let detail =
            "the server failed to answer this request; its log has the details under the request's x-request-id";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
    }

    /// The status that each kind of refusal maps to.
    pub(crate) fn of_refusal(refusal: Refusal) -> Self {
        let (status, slug, title) = match refusal.no {
            No::Precondition => (StatusCode::PRECONDITION_FAILED, "precondition-failed", "Precondition failed"),
            No::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large"),
            No::Conflict => (StatusCode::CONFLICT, "conflict", "Conflict with the current state"),
            No::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not valid"),
        };
        Problem::new(status, slug, title, faults(&refusal.violations)).with(refusal.violations)
    }
}

impl From<operations::Error> for Problem {
    fn from(error: operations::Error) -> Self {
        let detail = error.to_string();
        match error {
            operations::Error::UnderWay(_) => {
                Problem::new(StatusCode::CONFLICT, "under-way", "Operation in progress", detail)
            }
            operations::Error::Refused(_) => {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "operation-refused", "Operation rejected", detail)
            }
            operations::Error::Cancelled => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "operation-cancelled", "Operation cancelled", detail)
            }
            operations::Error::Failed(_) | operations::Error::Open(_) => {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "operation-failed", "Operation failed", detail)
            }
        }
    }
}

impl From<ledger::Error> for Problem {
    fn from(error: ledger::Error) -> Self {
        match error {
            ledger::Error::UnknownLedger(slug) => {
                let slug = clip(&slug);
                let detail = format!(
                    "there is no ledger `{slug}`: create it with PUT /v1/ledgers/{slug} {{\"title\": \"…\"}}; \
                     GET /v1/ledgers lists the existing ones"
                );
                Problem::new(StatusCode::NOT_FOUND, "unknown-ledger", "Unknown ledger", detail)
            }
            ledger::Error::NotFound(detail) => Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail),
            ledger::Error::Refused(refusal) => Problem::of_refusal(refusal),
            ledger::Error::Busy(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy", error.to_string()),
            ledger::Error::Clock(says) => {
                let violation = Violation::new("", "clock", says.clone());
                Problem::unavailable(says).with(vec![violation])
            }
            ledger::Error::Unavailable(says) => Problem::unavailable(says),
            ledger::Error::NoPress(detail) => {
                Problem::new(StatusCode::NOT_IMPLEMENTED, "no-press", "No program for PDFs", detail)
            }
            ledger::Error::Damaged(says) => {
                tracing::error!("stored data cannot be read: {says}");
                let detail = "stored data cannot be read: `okr-ledger verify` locates the damage; `okr-ledger rebuild` repairs \
                              views, `okr-ledger restore` replaces a damaged journal by a backup; the log has the details";
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "damaged", "Stored data cannot be read", detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let passes = [":busy", ":crowded", ":starting", ":not-ready"].iter().any(|kind| self.kind.ends_with(kind));
        let retry_after = self.retry_after.or(passes.then_some("1"));
        let mut response = (self.status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // Caches may keep a 404 unless told not to, but the missing resource may exist at the next request.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Rejected connections do not pass through the middleware.
        sites::protect(headers);
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        response
    }
}

/// Returns the response to a request whose handler panicked.
pub(crate) fn of_panic(panic: Box<dyn Any + Send>) -> Response {
    let says = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!("a handler panicked: {}", says.unwrap_or("without a message"));
    Problem::internal().into_response()
}

/// Returns the message of the only fault, or the number of faults.
fn faults(violations: &[Violation]) -> String {
    match violations {
        [only] => only.message.clone(),
        [.., last] if last.is_count() => {
            format!("more faults than can be listed; `violations` contains {} of them", violations.len() - 1)
        }
        _ => format!("{} faults, each named under `violations`", violations.len()),
    }
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_response_says_when_to_retry() {
        let response = Problem::from(ledger::Error::Busy("the writer is busy")).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }
}
