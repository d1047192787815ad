//! Headers for browsers and caches, and the browser requests that are refused.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use tower::ServiceExt as _;

use crate::house::{EVENTS, House, check_in};

const BOARD: &str = "/v1/ledgers/acme/cycles/q2/board";

/// Returns the answer's status and headers. The body is not read, because a feed has no end.
async fn head(
    house: &House,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, impl Fn(&str) -> String) {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = house.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, _) = response.into_parts();
    let header =
        move |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    (parts.status, header)
}

#[tokio::test]
async fn every_answer_is_of_the_type_it_states_belongs_to_this_origin_and_is_kept_by_no_shared_cache() {
    let house = House::quarter().await;
    let page = house.get("/").await.text();
    let style = page.split('"').find(|part| part.starts_with("/assets/style.")).unwrap().to_owned();
    let feed = ("accept", "text/event-stream");
    for (method, path, headers, status, kept) in [
        ("GET", "/healthz", None, 200, "private, no-cache"),
        ("GET", "/readyz", None, 200, "private, no-cache"),
        ("GET", "/v1/ledgers", None, 200, "private, no-cache"),
        ("GET", "/v1/ledgers/acme", None, 200, "private, no-cache"),
        ("GET", "/v1/ledgers/acme/events?limit=2", None, 200, "private, no-cache"),
        ("GET", "/v1/ledgers/acme/events/1", None, 200, "private, no-cache"),
        ("GET", "/v1/ledgers/acme/cycles/q2/board?as_of=8", None, 200, "private, no-cache"),
        ("HEAD", "/v1/ledgers/acme/cycles/q2/board.pdf?as_of=8", None, 200, "private, no-cache"),
        ("GET", EVENTS, Some(feed), 200, "private, no-cache"),
        ("GET", "/ledgers/acme/cycles/q2?as_of=2026-05-04", None, 200, "private, no-cache"),
        // The style sheet contains no ledger data, and its name is a hash of its content.
        ("GET", &style, None, 200, "public, max-age=31536000, immutable"),
        ("GET", "/assets/style.0.css", None, 404, "private, no-cache"),
        ("GET", "/ledgers/acme/cycles/q2", None, 303, "private, no-cache"),
        ("GET", "/ledgers/nobody", None, 404, "no-store"),
        ("GET", "/nowhere", None, 404, "no-store"),
        ("GET", "/v1/ledgers?x=1", None, 422, "no-store"),
        ("DELETE", BOARD, None, 405, "no-store"),
        ("POST", EVENTS, None, 415, "no-store"),
        ("POST", "/v1/operations/backup", None, 404, "no-store"),
        ("GET", "/healthz", Some(("host", "evil.example")), 421, "no-store"),
    ] {
        let (answered, header) = head(&house, method, path, headers.as_slice()).await;
        assert_eq!((answered.as_u16(), header("cache-control").as_str()), (status, kept), "{method} {path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{method} {path}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{method} {path}");
    }
}

#[tokio::test]
async fn the_list_of_ledgers_is_sent_again_only_when_it_has_changed() {
    let house = House::quarter().await;
    for (n, path) in (1..).zip(["/v1/ledgers", "/", "/ledgers/acme/events"]) {
        let first = house.get(path).await;
        let tag = first.header("etag");
        for known in [tag.to_owned(), format!("\"other\", W/{tag}")] {
            let again = house.get_with(path, &[("if-none-match", &known)]).await;
            assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path} {known}");
            assert_eq!((again.header("etag"), again.header("cache-control")), (tag, "private, no-cache"), "{path}");
        }
        house.record(&check_in("trials", 13, n)).await;
        let again = house.get_with(path, &[("if-none-match", tag)]).await;
        assert!(again.status == StatusCode::OK && again.header("etag") != tag, "{path}");
    }
}

#[tokio::test]
async fn what_a_page_of_another_site_asks_for_is_refused_unless_it_is_a_link() {
    let house = House::quarter().await;
    let elsewhere = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")];
    for path in [BOARD, "/v1/ledgers/acme/cycles/q2/board.pdf", EVENTS, "/ledgers/acme/cycles/q2/replay", "/healthz"] {
        let problem = house.get_with(path, &elsewhere).await.problem();
        insta::allow_duplicates! {
            insta::assert_snapshot!(problem, @"
            403 from-elsewhere (Request from another site)
            a page of another site made this request: a browser may only open pages and documents of this server, or follow links to them; programs send no `Sec-Fetch-Site`
            ");
        }
        let linked = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        let own = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];
        for headers in [&linked[..], &own, &[]] {
            assert!(house.get_with(path, headers).await.status.is_success(), "{path} {headers:?}");
        }
    }
    let stream = [elsewhere[0], ("sec-fetch-mode", "cors"), ("accept", "text/event-stream")];
    assert_eq!(head(&house, "GET", EVENTS, &stream).await.0, StatusCode::FORBIDDEN);
    let mut sent = vec![("content-type", "application/json"), ("sec-fetch-mode", "cors"), elsewhere[0]];
    let body = json!([check_in("trials", 13, 7)]).to_string().into_bytes();
    assert_eq!(house.post_with(EVENTS, &sent, body.clone()).await.status, StatusCode::FORBIDDEN);
    sent.pop();
    assert_eq!(house.post_with(EVENTS, &sent, body).await.status, StatusCode::CREATED);
}
