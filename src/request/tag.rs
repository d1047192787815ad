//! Caching: how long a client may keep a response, and how it revalidates it.
//!
//! Every response is private, because a shared cache would give it to other clients. Clients revalidate each time, even
//! for answers about the past: a ledger restored from a backup may answer differently. The tag begins with the ledger's
//! incarnation and hashes every byte, so that revalidating costs next to nothing.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::journal::Incarnation;
use crate::ledger::Error;

/// The `Cache-Control` of responses that are revalidated each time.
pub(crate) const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Returns the strong tag for a body with this hash; without an incarnation, for a response about all ledgers.
pub(crate) fn tag(incarnation: Option<Incarnation>, hash: u128) -> String {
    match incarnation {
        Some(incarnation) => format!("\"{incarnation}-{hash:032x}\""),
        None => format!("\"{hash:032x}\""),
    }
}

/// Returns the response, or 304 if the client has the current one.
pub(crate) fn answer(
    request: &HeaderMap,
    tag: String,
    whole: impl FnOnce() -> Result<Response, Error>,
) -> Result<Response, Error> {
    let is_known = request.get_all(header::IF_NONE_MATCH).iter().any(|known| names(known, &tag));
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { whole()? };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, REVALIDATE);
    headers.extend(HeaderValue::try_from(tag).map(|tag| (header::ETAG, tag)));
    Ok(response)
}

/// Returns true if `If-None-Match` contains the tag. Weak tags match too (RFC 9110, weak comparison).
fn names(known: &HeaderValue, tag: &str) -> bool {
    let Ok(known) = known.to_str() else { return false };
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
