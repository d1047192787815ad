//! A question: its path below the ledger with its parameters, then header lines. It is asked of the demo quarter.

use std::io::Cursor;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, Uri};
use events::LedgerSlug;
use okr_ledger::ledger::check_copy;

use super::http::{self, Hall};
use crate::house::{Answer, House};

const DEMO: &str = include_str!("../../../../demo/talentsync-2026-q2.jsonl");

thread_local! {
    static HALL: Hall = const { Hall::new() };
}

pub(crate) fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let Ok(path) = std::str::from_utf8(&data[..end]) else { return };
    let Ok(uri) = format!("/v1/ledgers/demo/{path}").parse::<Uri>() else { return };
    let Some((headers, _)) = http::parts(data.get(end + 1..).unwrap_or_default()) else { return };
    // A stream has no end.
    if headers.contains_key("accept") {
        return;
    }
    let answer = asked(&uri, headers);
    http::check(&answer);
    if answer.status != StatusCode::OK {
        return;
    }
    // With the current ETag the answer is 304.
    let tag = answer.headers["etag"].clone();
    let again = asked(&uri, HeaderMap::from_iter([(axum::http::header::IF_NONE_MATCH, tag)]));
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    if let Some(next) = answer.header("link").strip_prefix('<').and_then(|link| link.split_once('>')) {
        let page = asked(&next.0.parse().unwrap(), HeaderMap::new());
        assert_eq!(page.status, StatusCode::OK, "{}: {}", next.0, page.text());
        assert!(page.body.len() > r#"{"events":[]}"#.len(), "a page that is promised has events");
    }
}

fn asked(uri: &Uri, headers: HeaderMap) -> Answer {
    let mut request = Request::get(uri.clone()).body(Body::empty()).unwrap();
    *request.headers_mut() = headers;
    HALL.with(|hall| hall.send(demo, request))
}

async fn demo() -> House {
    let house = House::empty("2026-06-10T12:00:00Z");
    let slug = LedgerSlug::new("demo").unwrap();
    let checked = check_copy(Cursor::new(DEMO)).unwrap();
    house.ledgers.import(&slug, &checked, Cursor::new(DEMO), &mut ()).await.unwrap();
    house
}
