//! The body of a request.

use std::ops::Deref;
use std::pin::pin;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use futures::FutureExt as _;
use http_body_util::BodyExt as _;

use super::memory::{BodyRoom, Memory};
use super::problem::Problem;
use super::{BODY_BYTES_MAX, Limits};

/// How much of a body that is too large is still taken, to be thrown away.
const DRAINED_BYTES_MAX: usize = 16 << 20;

/// Room for a body whose length is not announced, until it turns out to be longer.
const UNANNOUNCED: usize = 64 << 10;

/// A body that has come, and its room.
#[derive(Debug)]
pub(crate) struct Received {
    bytes: Vec<u8>,
    room: BodyRoom,
}

impl Received {
    /// The room, for what is made of the body.
    pub(super) fn into_room(self) -> BodyRoom {
        self.room
    }
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a whole body of at most 1 MiB. What comes beyond is read as well and dropped: a client that is answered while it
/// is still sending sees a broken connection in the place of the answer. One that waits for leave to send (`Expect`) is
/// told at once.
///
/// It is read once there is room for it. Then the whole of it has to come in time: a client that sends a byte now and then
/// would keep its place for ever.
pub(crate) async fn read(memory: &Memory, headers: &HeaderMap, request: Request) -> Result<Received, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > BODY_BYTES_MAX) && headers.contains_key(header::EXPECT) {
        return Err(too_large());
    }
    let room = memory.body(announced.unwrap_or(UNANNOUNCED).min(BODY_BYTES_MAX)).await?;
    let limits = request.extensions().get::<Limits>().copied().unwrap_or_default();
    let mut whole = pin!(read_all(announced, room, request.into_body()));
    // Most bodies come with their heads, and are there at the second look. A clock that is set wakes the thread that waits
    // for clients: only those who let us wait are worth it.
    if let Some(whole) = whole.as_mut().now_or_never() {
        return whole;
    }
    tokio::task::yield_now().await;
    tokio::time::timeout(limits.body, whole).await.map_err(|_| Problem::slow_body(limits.body))?
}

async fn read_all(announced: Option<usize>, mut room: BodyRoom, mut body: Body) -> Result<Received, Problem> {
    let mut has_room_for = announced.unwrap_or(UNANNOUNCED).min(BODY_BYTES_MAX);
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
        if length > has_room_for {
            // Vectors grow to twice their size.
            let more = has_room_for.max(length - has_room_for).min(BODY_BYTES_MAX - has_room_for);
            room.widen(more)?;
            has_room_for += more;
        }
        bytes.extend_from_slice(&data);
    }
    if length > BODY_BYTES_MAX { Err(too_large()) } else { Ok(Received { bytes, room }) }
}

fn too_large() -> Problem {
    Problem::too_large(
        "body_too_large",
        "the body is larger than 1 MiB: nothing was recorded; send it in smaller parts",
    )
}

/// The media type of a body, in lower case and without parameters; an error where its text is not UTF-8.
pub(crate) fn media_type(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(said) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let said = said.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = said.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_owned();
    let is_other_text = |part: &str| part.strip_prefix("charset=").is_some_and(|set| set.trim_matches('"') != "utf-8");
    if parts.any(is_other_text) {
        return Err(Problem::unsupported_media_type("JSON is UTF-8: send `charset=utf-8`, or leave the charset out"));
    }
    Ok(Some(essence))
}
