//! Requests through the router of a test server that never changes.

use std::cell::RefCell;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use events::parse_json;
use tokio::runtime::{Builder, Runtime};

use crate::house::{Answer, House};

/// A test server with its runtime, created for the first request. It is thread-local, so that its folder is removed
/// when a test's thread ends.
pub(crate) struct Hall(RefCell<Option<(House, Runtime)>>);

impl Hall {
    pub(crate) const fn new() -> Hall {
        Hall(RefCell::new(None))
    }

    pub(crate) fn send<F: Future<Output = House>>(&self, build: impl Fn() -> F, request: Request<Body>) -> Answer {
        let mut hall = self.0.borrow_mut();
        let (house, runtime) = hall.get_or_insert_with(|| {
            let runtime = Builder::new_current_thread().enable_time().build().unwrap();
            (runtime.block_on(build()), runtime)
        });
        runtime.block_on(house.send(request))
    }
}

/// Returns the header lines and the text after the blank line; `None` for invalid headers.
pub(crate) fn parts(data: &[u8]) -> Option<(HeaderMap, &[u8])> {
    let mut headers = HeaderMap::new();
    let mut rest = data;
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if line.is_empty() {
            return Some((headers, rest));
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        headers.append(HeaderName::from_bytes(&line[..colon]).ok()?, value);
        if headers.len() > 40 {
            return None;
        }
    }
}

/// Checks that the answer is no server error, and that a refusal is a problem document with a reason.
pub(crate) fn check(answer: &Answer) {
    assert!(!answer.status.is_server_error(), "{} {}", answer.status, answer.text());
    if answer.status.is_client_error() {
        let problem = answer.problem();
        assert!(problem.lines().count() > 1, "{problem}");
        assert!(!answer.json()["detail"].as_str().unwrap().is_empty());
    } else if answer.status == StatusCode::OK {
        parse_json(&answer.body).unwrap();
    }
}
