//! Ledgers.

use std::time::Duration;

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::house::{House, check_in, opened};

#[tokio::test]
async fn a_ledger_is_made_once_and_stays_as_it_was_made() {
    let house = House::empty("2026-03-20T09:00:00Z");
    let made = house.put("/v1/ledgers/acme", &json!({"title": "Acme"})).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_snapshot!(made.text(), @r#"{"ledger":"acme","title":"Acme","created_at":"2026-03-20T09:00:00Z","last_seq":0,"recorded_at":null,"incarnation":"aaaaaaaaab","earlier":[]}"#);
    house.at("2026-03-21T09:00:00Z");
    let again = house.put("/v1/ledgers/acme", &json!({"title": "Acme Ltd"})).await;
    assert_eq!((again.status, again.text()), (StatusCode::OK, made.text()));
    house.put("/v1/ledgers/0.other", &json!({"title": "Other"})).await;
    assert_snapshot!(house.get("/v1/ledgers").await.text(), @r#"{"ledgers":[{"ledger":"0.other","title":"Other","created_at":"2026-03-21T09:00:00Z","last_seq":0,"recorded_at":null,"incarnation":"aaaaaaaaac","earlier":[]},{"ledger":"acme","title":"Acme","created_at":"2026-03-20T09:00:00Z","last_seq":0,"recorded_at":null,"incarnation":"aaaaaaaaab","earlier":[]}]}"#);
    assert_eq!(house.get("/v1/ledgers/acme").await.text(), made.text());
}

#[tokio::test]
async fn two_who_make_the_same_ledger_at_once_both_have_it() {
    let house = House::empty("2026-03-20T09:00:00Z");
    let described = json!({"title": "Acme"});
    let (one, other) =
        tokio::join!(house.put("/v1/ledgers/acme", &described), house.put("/v1/ledgers/acme", &described));
    assert_eq!((one.status, other.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(one.text(), other.text());
    house.record(&opened("q2")).await;
}

#[tokio::test]
async fn a_ledger_is_there_though_whoever_made_it_has_gone_away() {
    let house = House::empty("2026-03-20T09:00:00Z");
    let described = json!({"title": "Acme"});
    let gone = tokio::time::timeout(Duration::ZERO, house.put("/v1/ledgers/acme", &described)).await;
    // The writer handles requests in order: an answer to this one implies that the other is done.
    house.put("/v1/ledgers/other", &described).await;
    assert_eq!(house.get("/v1/ledgers/acme").await.status, StatusCode::OK, "{gone:?}");
    house.record(&opened("q2")).await;
}

#[tokio::test]
async fn a_ledger_needs_a_slug_and_a_title() {
    let house = House::empty("2026-03-20T09:00:00Z");
    assert_snapshot!(house.put("/v1/ledgers/Acme%20Ltd?x=1", &json!({"name": "Acme", "a/b": 1})).await.problem(), @"
    422 invalid (Not valid)
    [?x] unknown_parameter: there is no parameter `x`; none are accepted here
    [{ledger}] bad_slug: a ledger's slug has 1 to 64 characters of a-z 0-9 . _ - and begins with a letter or a digit
    [/a~1b] unknown_field: a ledger has no field `a/b`, only a `title`
    [/name] unknown_field: a ledger has no field `name`, only a `title`
    [/title] required: `title` is required
    ");
    assert_snapshot!(house.put("/v1/ledgers/acme", &json!({"title": " "})).await.problem(), @r#"
    422 invalid (Not valid)
    [/title] bad_text: `title` must not be blank
    "#);
    assert_snapshot!(house.put("/v1/ledgers/acme", &json!("Acme")).await.problem(), @r#"
    422 invalid (Not valid)
    [] wrong_type: a ledger must be described by an object: {"title": "…"}
    "#);
    assert_eq!(house.get("/v1/ledgers").await.text(), r#"{"ledgers":[]}"#);
}

#[tokio::test]
async fn ledgers_count_their_events_apart() {
    let house = House::quarter().await;
    house.put("/v1/ledgers/other", &json!({"title": "Other"})).await;
    let body = check_in("trials", 13, 7).to_string().into_bytes();
    let answer = house.post_with("/v1/ledgers/other/events", &[("content-type", "application/json")], body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(house.get("/v1/ledgers/other/events").await.text(), r#"{"events":[]}"#);
    assert_eq!(house.get("/v1/ledgers/acme").await.json()["last_seq"], 8);
}

#[tokio::test]
async fn a_house_that_records_is_healthy_and_names_every_request() {
    let house = House::empty("2026-03-20T09:00:00Z");
    let answer = house.get("/healthz").await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, r#"{"status":"recording"}"#));
    assert_eq!(answer.header("x-request-id").len(), 36);
    assert_eq!(house.get_with("/healthz", &[("x-request-id", "mine")]).await.header("x-request-id"), "mine");
}

/// Returns the slugs on a page, and the link to the next one.
async fn listed(house: &House, path: &str) -> (Vec<String>, String) {
    let answer = house.get(path).await;
    let ledgers = answer.json()["ledgers"].take();
    let slugs = ledgers.as_array().unwrap().iter().map(|one| one["ledger"].as_str().unwrap().to_owned());
    (slugs.collect(), answer.header("link").to_owned())
}

#[tokio::test]
async fn the_list_of_ledgers_has_pages() {
    let house = House::empty("2026-03-20T09:00:00Z");
    for slug in ["b", "a", "d", "c", "e"] {
        house.put(&format!("/v1/ledgers/{slug}"), &json!({"title": slug})).await;
    }
    let next = |after| format!("</v1/ledgers?limit=2&after={after}>; rel=\"next\"");
    let all = ["a", "b", "c", "d", "e"].map(str::to_owned);
    assert_eq!(listed(&house, "/v1/ledgers?limit=2").await, (all[..2].to_vec(), next("b")));
    assert_eq!(listed(&house, "/v1/ledgers?limit=2&after=b").await, (all[2..4].to_vec(), next("d")));
    assert_eq!(listed(&house, "/v1/ledgers?limit=2&after=d").await, (all[4..].to_vec(), String::new()));
    assert_eq!(listed(&house, "/v1/ledgers").await, (all.to_vec(), String::new()));
    assert_snapshot!(house.get("/v1/ledgers?limit=1001&after=Acme%20Ltd").await.problem(), @r#"
    422 invalid (Not valid)
    [?limit] unreadable: `limit`: `1001` is not a number from 1 to 1000
    [?after] unreadable: `after`: a ledger's slug has 1 to 64 characters of a-z 0-9 . _ - and begins with a letter or a digit
    "#);
}

#[tokio::test]
async fn the_page_of_ledgers_shows_a_hundred_and_leads_to_the_next() {
    let house = House::empty("2026-03-20T09:00:00Z");
    for n in 0..101 {
        house.put(&format!("/v1/ledgers/l{n:03}"), &json!({"title": format!("Ledger {n}")})).await;
    }
    let first = house.get("/").await.text();
    assert!(first.contains("Ledger 99<") && !first.contains("Ledger 100<") && first.contains("/?after=l099"));
    let second = house.get("/?after=l099").await.text();
    assert!(second.contains("Ledger 100<") && !second.contains("More ledgers"));
}

#[tokio::test]
async fn no_more_ledgers_are_made_than_are_allowed_and_those_there_are_go_on() {
    let house = House::new("2026-03-20T09:00:00Z").await;
    house.ledgers.set_ledgers_max(2);
    assert_eq!(house.put("/v1/ledgers/beta", &json!({"title": "Beta"})).await.status, StatusCode::CREATED);
    let refused = house.put("/v1/ledgers/gamma", &json!({"title": "Gamma"})).await;
    assert_snapshot!(refused.problem(), @r#"
    409 conflict (Conflict with the current state)
    [{ledger}] too_many_ledgers: there are 2 ledgers, the maximum: no ledger was created; raise the server's setting ledgers_max
    "#);
    assert_eq!(house.put("/v1/ledgers/beta", &json!({"title": "Beta"})).await.status, StatusCode::OK);
    assert_eq!(house.get("/v1/ledgers/gamma").await.status, StatusCode::NOT_FOUND);
    house.record(&opened("q2")).await;
}
