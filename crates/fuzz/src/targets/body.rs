//! A submission over HTTP: header lines, a blank line, the body. It is a dry run, so that every input meets the same
//! quarter.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use events::{Json, Violation, parse_json};
use serde_json::{Value, json};

use super::faults;
use super::http::{self, Hall};
use crate::house::{Answer, EVENTS, House};

thread_local! {
    static HALL: Hall = const { Hall::new() };
}

pub(crate) fn run(data: &[u8]) {
    let Some((headers, body)) = http::parts(data) else { return };
    let answer = tried(headers.clone(), body);
    http::check(&answer);
    let content_type = headers.get("content-type").and_then(|value| value.to_str().ok());
    let (Some("application/json"), Ok(json)) = (content_type, parse_json(body)) else { return };
    let document: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(json, Json::from(&document));
    if headers.len() > 1 {
        return;
    }
    if !answer.status.is_success() && answer.status != 413 {
        faults::check(&violations(&answer), &document, "");
    }
    // A single event gets the same answer alone, in an array, and under its own media type.
    if document.is_object() {
        let single = tried(typed("application/cloudevents+json"), body);
        assert_eq!((single.status, single.text()), (answer.status, answer.text()));
        let list = tried(typed("application/cloudevents-batch+json"), json!([document]).to_string().as_bytes());
        assert_eq!(list.status, answer.status, "{} {}", list.text(), answer.text());
        if answer.status.is_success() {
            assert_eq!(list.text(), answer.text());
            in_binary_mode(&document, &answer);
        } else {
            let under = |one: Violation| if one.is_count() { one } else { one.under("/0") };
            let under: Vec<Violation> = violations(&answer).into_iter().map(under).collect();
            assert_eq!(violations(&list), under);
        }
    }
}

/// Checks that an event accepted as JSON gets the same answer in binary mode.
fn in_binary_mode(event: &Value, answer: &Answer) {
    let attributes = event.as_object().unwrap();
    if attributes.contains_key("datacontenttype") {
        return;
    }
    let mut headers = HeaderMap::new();
    for (name, value) in attributes.iter().filter(|(name, value)| *name != "data" && !value.is_null()) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let name = HeaderName::try_from(format!("ce-{name}")).unwrap();
        headers.insert(name, HeaderValue::try_from(encoded).unwrap());
    }
    let data = attributes.get("data").filter(|data| !data.is_null()).map(Value::to_string).unwrap_or_default();
    let binary = tried(headers, data.as_bytes());
    assert_eq!((binary.status, binary.text()), (answer.status, answer.text()));
}

fn tried(headers: HeaderMap, body: &[u8]) -> Answer {
    let mut request = Request::post(format!("{EVENTS}?dry_run=true")).body(Body::from(body.to_vec())).unwrap();
    *request.headers_mut() = headers;
    HALL.with(|hall| hall.send(House::quarter, request))
}

fn typed(media_type: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(axum::http::header::CONTENT_TYPE, HeaderValue::from_static(media_type))])
}

fn violations(answer: &Answer) -> Vec<Violation> {
    serde_json::from_value(answer.json()["violations"].clone()).unwrap_or_default()
}
