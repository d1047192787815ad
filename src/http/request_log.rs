//! Common to all requests, in a single middleware. Separate layers would each clone the services below them for every
//! request.
//!
//! Each request has an id, given by the client or generated here, that appears on every log line written during the
//! request. One line records the response. A panic becomes a 500. Requests made by pages of other sites are rejected,
//! and every response gets the security headers (`sites.rs`).

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use tracing::{Instrument as _, Level, enabled};
use uuid::Uuid;

use super::{REQUEST_LOG, host};
use crate::request::problem::{self, Problem};
use crate::request::sites;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id accepted from a client, in bytes: it is repeated on every log line.
const REQUEST_ID_MAX: usize = 64;

/// Slower requests are logged as warnings.
const SLOW: Duration = Duration::from_secs(1);

/// Adds the log, and the checks common to all requests, to a router.
pub(crate) fn logged(router: Router) -> Router {
    router.layer(middleware::from_fn(request_log))
}

async fn request_log(mut request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).filter(|id| is_id(id.as_bytes())).cloned().unwrap_or_else(|| {
        let mut text = Uuid::encode_buffer();
        let id = HeaderValue::from_str(Uuid::new_v4().hyphenated().encode_lower(&mut text));
        id.unwrap_or_else(|_| HeaderValue::from_static(""))
    });
    request.headers_mut().insert(REQUEST_ID, id.clone());
    // An error span, so that error lines carry the id at any log level.
    let span = tracing::error_span!("http", id = id.to_str().unwrap_or_default(), method = %request.method(), path = %request.uri().path());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let begun = Instant::now();
    let mut response = match host::other(&request) {
        Some(other) => Problem::misdirected(&other).into_response(),
        None if sites::is_cross_site(request.method(), request.headers()) => Problem::cross_site().into_response(),
        None => {
            let answered = AssertUnwindSafe(next.run(request).instrument(span.clone())).catch_unwind().await;
            answered.unwrap_or_else(|panic| span.in_scope(|| problem::of_panic(panic)))
        }
    };
    response.headers_mut().insert(REQUEST_ID, id);
    sites::protect(response.headers_mut());
    span.in_scope(|| log(&response, begun.elapsed(), &query));
    response
}

/// Returns true if a client's id is safe to log. Others are replaced: they could forge log lines.
fn is_id(id: &[u8]) -> bool {
    let is_in_it = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=REQUEST_ID_MAX).contains(&id.len()) && id.iter().all(is_in_it)
}

/// Logs a request when its response begins.
fn log(response: &Response, took: Duration, query: &str) {
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    // A busy or starting server sends 503 to many clients, and one without a press 501. All of them can see it.
    if response.status().is_server_error() && status != 501 && status != 503 {
        tracing::error!(target: REQUEST_LOG, status, duration_ms, query, "failed");
    } else if took > SLOW {
        tracing::warn!(target: REQUEST_LOG, status, duration_ms, query, "slow");
    } else if enabled!(target: REQUEST_LOG, Level::INFO) {
        tracing::info!(target: REQUEST_LOG, status, duration_ms, query, "answered");
    }
}
