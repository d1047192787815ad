//! How long an answer may be kept, and how whoever kept it finds out that it still holds.
//!
//! Every answer is private, because it was given to one client and a cache that is shared would give it to others. It is
//! asked for again each time, also where it is about the past: a ledger that is restored from a backup has another one. Its
//! tag begins with the ledger's incarnation and hashes every byte, so that asking again costs next to nothing.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::journal::Incarnation;
use crate::ledger::Error;

/// `Cache-Control` of whatever is not sent again while it holds.
pub(crate) const ASKED_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The strong tag of an answer with this hash, of a ledger in this incarnation; none where it is of all ledgers.
pub(crate) fn tag(incarnation: Option<Incarnation>, hash: u128) -> String {
    match incarnation {
        Some(incarnation) => format!("\"{incarnation}-{hash:032x}\""),
        None => format!("\"{hash:032x}\""),
    }
}

/// Answers a request with these headers: whole, or just that the answer it has kept still holds.
pub(crate) fn answer(
    request: &HeaderMap,
    tag: String,
    whole: impl FnOnce() -> Result<Response, Error>,
) -> Result<Response, Error> {
    let is_known = request.get_all(header::IF_NONE_MATCH).iter().any(|known| names(known, &tag));
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { whole()? };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, ASKED_AGAIN);
    headers.extend(HeaderValue::try_from(tag).map(|tag| (header::ETAG, tag)));
    Ok(response)
}

/// Whether `If-None-Match` names a tag. Weak tags count: the comparison is RFC 9110's weak one.
fn names(known: &HeaderValue, tag: &str) -> bool {
    let Ok(known) = known.to_str() else { return false };
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
