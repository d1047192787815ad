//! Reading the body of a request.

use std::ops::Deref;
use std::pin::pin;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use futures::FutureExt as _;
use http_body_util::BodyExt as _;

use super::limits::{BODY_BYTES_MAX, Limits};
use super::memory::{BodyReservation, Memory};
use super::problem::Problem;

/// The most bytes of an oversized body that are read and discarded.
const DRAINED_BYTES_MAX: usize = 16 << 20;

/// Bytes reserved for a body without `Content-Length`, until it turns out to be longer.
const UNANNOUNCED: usize = 64 << 10;

/// A complete body, with its share of the memory budget.
#[derive(Debug)]
pub(crate) struct Received {
    bytes: Vec<u8>,
    reserved: BodyReservation,
}

impl Received {
    /// Returns the memory permit, for the response made from the body.
    pub(crate) fn into_reservation(self) -> BodyReservation {
        self.reserved
    }
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a body of at most 1 MiB. A longer one is read on and discarded: a client that is answered while it is still
/// sending sees a broken connection instead of the response. A client that sends `Expect` gets its 413 at once.
///
/// Reading starts once there is memory for the body. The whole body must then arrive within the timeout; otherwise a
/// client that sends a byte now and then would keep its connection for ever.
pub(crate) async fn read(memory: &Memory, headers: &HeaderMap, request: Request) -> Result<Received, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > BODY_BYTES_MAX) && headers.contains_key(header::EXPECT) {
        return Err(too_large());
    }
    let reserved = memory.body(announced.unwrap_or(UNANNOUNCED).min(BODY_BYTES_MAX)).await?;
    let limits = request.extensions().get::<Limits>().copied().unwrap_or_default();
    let mut whole = pin!(read_all(announced, reserved, request.into_body()));
    // Most bodies arrive with their heads and are complete at the second poll. Setting a timer wakes the I/O thread, so
    // it is set only for clients that are slower.
    if let Some(whole) = whole.as_mut().now_or_never() {
        return whole;
    }
    tokio::task::yield_now().await;
    tokio::time::timeout(limits.body, whole).await.map_err(|_| Problem::slow_body(limits.body))?
}

async fn read_all(
    announced: Option<usize>,
    mut reserved: BodyReservation,
    mut body: Body,
) -> Result<Received, Problem> {
    let mut capacity = announced.unwrap_or(UNANNOUNCED).min(BODY_BYTES_MAX);
    let mut bytes = Vec::with_capacity(announced.unwrap_or_default().min(BODY_BYTES_MAX));
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Problem::broken_body())?.into_data() else { continue };
        length += data.len();
        if length > DRAINED_BYTES_MAX {
            break;
        }
        if length > BODY_BYTES_MAX {
            continue;
        }
        if length > capacity {
            // Reserves the doubled capacity, because a vector doubles when it grows.
            let more = capacity.max(length - capacity).min(BODY_BYTES_MAX - capacity);
            reserved.grow(more)?;
            capacity += more;
        }
        bytes.extend_from_slice(&data);
    }
    if length > BODY_BYTES_MAX { Err(too_large()) } else { Ok(Received { bytes, reserved }) }
}

fn too_large() -> Problem {
    Problem::too_large(
        "body_too_large",
        "the body is larger than 1 MiB: nothing was recorded; send it in smaller parts",
    )
}

/// Returns the media type of a body, in lower case and without parameters. A charset other than UTF-8 is an error.
pub(crate) fn media_type(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(header_text) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let header_text = header_text.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = header_text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_owned();
    let is_other_text = |part: &str| part.strip_prefix("charset=").is_some_and(|set| set.trim_matches('"') != "utf-8");
    if parts.any(is_other_text) {
        return Err(Problem::unsupported_media_type("JSON must be UTF-8: send `charset=utf-8` or no charset"));
    }
    Ok(Some(essence))
}
