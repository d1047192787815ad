//! JSON Schemas of the event types.

use axum::http::StatusCode;
use events::Kind;
use serde_json::{Value, json};

use crate::house::House;

#[tokio::test]
async fn every_event_type_has_a_schema_that_its_list_links_to() {
    let house = House::quarter().await;
    let listed = house.get("/v1/schemas").await.json();
    let types = listed["types"].as_array().unwrap();
    assert_eq!(types.len(), Kind::ALL.len());
    for (kind, listed) in Kind::ALL.iter().zip(types) {
        assert_eq!(listed["type"], kind.as_str());
        let answer = house.get(listed["schema"].as_str().unwrap()).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/schema+json"));
        assert_eq!(answer.json()["properties"]["type"]["const"], kind.as_str());
    }
}

#[tokio::test]
async fn a_schema_says_what_a_check_in_may_state() {
    let house = House::quarter().await;
    let schema = house.get("/v1/schemas/okr.check_in.recorded").await.json();
    let value: Value = schema["properties"]["data"]["anyOf"][0]["properties"]["confidence"].clone();
    assert_eq!(value["anyOf"][0], json!({"type": "integer", "minimum": 0, "maximum": 10}));
    assert!(value["description"].as_str().is_some_and(|about| !about.is_empty()));
}

#[tokio::test]
async fn an_unknown_type_is_answered_with_the_types_there_are() {
    let house = House::quarter().await;
    let answer = house.get("/v1/schemas/okr.goal.deleted").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text().contains("okr.policy.adopted"), "{}", answer.text());
}

#[tokio::test]
async fn an_unchanged_schema_is_not_sent_again() {
    let house = House::quarter().await;
    let path = "/v1/schemas/okr.cycle.opened";
    let tag = house.get(path).await.header("etag").to_owned();
    let again = house.get_with(path, &[("if-none-match", &tag)]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(house.get(&format!("{path}?as_of=1")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
