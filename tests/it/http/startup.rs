//! Answers while the ledgers are being opened.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use insta::assert_snapshot;
use okr_ledger::http::StartupService;
use okr_ledger::views::Progress as _;
use tower::ServiceExt as _;

use crate::house::{Answer, EVENTS, House};

async fn get(startup: &StartupService, path: &str) -> Answer {
    let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
    let (parts, body) = startup.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

#[tokio::test]
async fn a_server_that_is_starting_is_alive_says_how_far_it_is_and_then_answers() {
    let mut startup = StartupService::new();
    assert_eq!(get(&startup, "/healthz").await.text(), r#"{"status":"starting"}"#);
    assert_snapshot!(get(&startup, "/readyz").await.problem(), @r"
    503 not-ready (Not ready)
    [] starting: the ledgers are being opened
    ");
    startup.folded(2_000, 5_000_000);
    let asked = get(&startup, EVENTS).await;
    assert_snapshot!(asked.problem(), @r"
    503 starting (Starting)
    the views are catching up with the journal: 2000 of 5000000 events; /readyz reports when it is done
    ");
    assert_eq!(asked.header("retry-after"), "1");
    assert_eq!(asked.header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(asked.header("x-request-id").len(), 36);
    startup.open(House::quarter().await.router);
    assert_eq!(get(&startup, EVENTS).await.status, StatusCode::OK);
    assert_eq!(get(&startup, "/readyz").await.text(), r#"{"status":"ready"}"#);
}

#[tokio::test]
async fn nobody_operates_through_the_network() {
    let house = House::quarter().await;
    for operation in ["", "/backup", "/verify", "/rebuild", "/accept-clock"] {
        let path = format!("/v1/operations{operation}");
        let answer = house.send(Request::post(path).header("host", "localhost").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.text().contains("operations.sock in the data folder"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_request_has_an_id_that_can_stand_in_a_log() {
    let house = House::quarter().await;
    let given = |id: axum::http::HeaderValue| {
        let request = Request::get("/v1/ledgers").header("host", "localhost").header("x-request-id", id);
        house.send(request.body(Body::empty()).unwrap())
    };
    let longest = "a".repeat(64);
    for good in ["0196c0de-7", "a.b_c-D9", &longest] {
        assert_eq!(given(good.parse().unwrap()).await.header("x-request-id"), good);
    }
    let long = "a".repeat(65);
    for bad in ["", "a b", "a;b", "ä", "a\tb", &long] {
        let made = given(axum::http::HeaderValue::from_bytes(bad.as_bytes()).unwrap()).await;
        assert_eq!(made.header("x-request-id").len(), 36, "{bad}");
    }
}
