//! Recording: receipts, retries, preconditions, dry runs, and the encodings of events in a request.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::{EVENTS, House, check_in, drafted, event, key_result, opened, with};

async fn last_seq(house: &House) -> Value {
    house.get("/v1/ledgers/acme").await.json()["last_seq"].clone()
}

#[tokio::test]
async fn an_event_is_answered_with_its_receipt_and_served_as_it_was() {
    let house = House::new("2026-03-20T09:00:00Z").await;
    house.record(&opened("q2")).await;
    let extended = with(drafted("grow", "q2"), json!({"traceparent": "00-ab", "id": "first"}));
    let answer = house.post(&extended).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::CREATED, "/v1/ledgers/acme/events/2"));
    assert_snapshot!(answer.text(), @r#"{"ledger":"acme","incarnation":"aaaaaaaaab","first_seq":2,"last_seq":2,"recorded_at":"2026-03-20T09:00:00.000001Z","events":[{"seq":2,"id":"first","type":"okr.objective.drafted","subject":"grow","ref":"O-1"}],"warnings":[]}"#);
    assert_snapshot!(house.get(answer.header("location")).await.text(), @r#"{"specversion":"1.0","id":"first","source":"/people/ada","type":"okr.objective.drafted","subject":"grow","time":"2026-03-20T09:00:00.000001Z","traceparent":"00-ab","seq":2,"recordedtime":"2026-03-20T09:00:00.000001Z","actor":"/people/ada","ref":"O-1","data":{"cycle":"q2","title":"Grow what customers love","level":"company","owner":"Ada","ambition":"aspirational"}}"#);
}

#[tokio::test]
async fn a_retry_is_answered_with_the_first_receipt_and_its_warnings() {
    let house = House::new("2026-03-20T09:00:00Z").await;
    house.record(&json!([opened("q2"), drafted("grow", "q2")])).await;
    let [mut draft, baseline] = key_result("launch", "grow", ("increase", "users"), 8, 24);
    draft["data"]["title"] = json!("Launch the new app");
    let entry = json!([draft, baseline]);
    let first = house.post(&entry).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(first.json()["warnings"][0]["rule"], "output_worded", "{}", first.text());

    house.at("2026-03-21T09:00:00Z");
    house.record(&event("okr.cycle.started", "q2", json!({}))).await;
    let again = house.post(&entry).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::OK, "true"));
    assert_eq!(again.text(), first.text());
    assert_eq!(last_seq(&house).await, 5);
}

#[tokio::test]
async fn an_id_is_not_used_again_for_something_else() {
    let house = House::quarter().await;
    let first = check_in("trials", 13, 7);
    house.record(&first).await;
    let mut other = first.clone();
    other["data"]["value"] = json!(14);
    assert_snapshot!(house.refused(&other).await, @r#"
    409 conflict (Conflict with the current state)
    [/id] id_reused: the id `653be8db879d251` belongs to event 9, in an entry with other content: a retry must repeat its entry exactly, and a new event needs a new id
    "#);
    assert_snapshot!(house.refused(&json!([first, check_in("trials", 15, 7)])).await, @r#"
    409 conflict (Conflict with the current state)
    [/0/id] id_reused: the id `653be8db879d251` belongs to event 9, in an entry with other content: a retry must repeat its entry exactly, and a new event needs a new id
    "#);
}

#[tokio::test]
async fn a_list_is_recorded_whole_or_not_at_all() {
    let house = House::quarter().await;
    let list = json!([check_in("trials", 13, 7), check_in("cac", 880, 6), check_in("grow", 1, 2)]);
    assert_snapshot!(house.refused(&list).await, @r#"
    422 invalid (Not valid)
    [/2/subject] wrong_subject: `grow` is an objective; expected a key result
    "#);
    let receipt = house.record(&json!([list[0], list[1]])).await;
    assert_eq!((&receipt["first_seq"], &receipt["last_seq"]), (&json!(9), &json!(10)));
}

#[tokio::test]
async fn what_has_changed_since_it_was_seen_is_not_overwritten() {
    let house = House::quarter().await;
    let send = async |seen: &str, value: u32| {
        let headers = [("content-type", "application/json"), ("if-match", seen)];
        house.post_with(EVENTS, &headers, check_in("trials", value, 7).to_string().into_bytes()).await
    };
    assert_snapshot!(send("\"7\"", 13).await.problem(), @r#"
    412 precondition-failed (Precondition failed)
    [] if_match: the last event about `trials` is 8, not 7: read it again before you change it
    "#);
    assert_eq!(send("\"8\"", 13).await.status, StatusCode::CREATED);
    assert_eq!(send("\"8\"", 14).await.status, StatusCode::PRECONDITION_FAILED);
    for unreadable in ["8", "W/\"8\"", "*", "\"8\", \"9\"", "\"\"", "\"+9\""] {
        let answer = send(unreadable, 14).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{unreadable}");
        assert_eq!(answer.json()["violations"][0]["pointer"], "If-Match");
    }
    let new = with(opened("q3"), json!({"subject": "q3"}));
    let headers = [("content-type", "application/json"), ("if-match", "\"0\"")];
    assert_eq!(house.post_with(EVENTS, &headers, new.to_string().into_bytes()).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_dry_run_says_all_and_records_nothing() {
    let house = House::quarter().await;
    let json = [("content-type", "application/json")];
    let dry_run = format!("{EVENTS}?dry_run=true");
    let before = house.get(EVENTS).await.body;
    let tried = house.post_with(&dry_run, &json, check_in("trials", 13, 7).to_string().into_bytes()).await;
    assert_eq!(tried.status, StatusCode::OK);
    assert_eq!(tried.json()["events"][0]["seq"], 9);
    let refused = house.post_with(&dry_run, &json, check_in("grow", 13, 7).to_string().into_bytes()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(house.get(EVENTS).await.body, before);
}

#[tokio::test]
async fn every_mode_of_cloud_events_is_taken() {
    let house = House::quarter().await;
    let send = async |content_type: &str, body: Value| {
        let body = body.to_string().into_bytes();
        house.post_with(EVENTS, &[("content-type", content_type)], body).await.status
    };
    let one = |value| check_in("trials", value, 7);
    assert_eq!(send("application/cloudevents+json", one(13)).await, StatusCode::CREATED);
    assert_eq!(send("application/cloudevents+json; charset=UTF-8", one(14)).await, StatusCode::CREATED);
    assert_eq!(send("application/cloudevents-batch+json", json!([one(15), one(16)])).await, StatusCode::CREATED);
    assert_eq!(send("application/json", json!([one(17)])).await, StatusCode::CREATED);
    assert_eq!(send("application/json", one(18)).await, StatusCode::CREATED);
    assert_eq!(last_seq(&house).await, 14);
}

#[tokio::test]
async fn binary_mode_takes_attributes_from_headers_and_data_from_the_body() {
    let house = House::quarter().await;
    let mut headers = vec![
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "binary-1"),
        ("ce-source", "/people/zo%C3%AB"),
        ("ce-type", "okr.check_in.recorded"),
        ("ce-subject", "KR-1"),
        ("ce-time", "2026-05-04T09:00:00%2B02:00"),
        ("ce-tool", "\"a \\\"quoted\\\" one\""),
    ];
    let data = br#"{"value": 18, "confidence": 6}"#.to_vec();
    let answer = house.post_with(EVENTS, &headers, data.clone()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    assert_snapshot!(house.get(answer.header("location")).await.text(), @r#"{"specversion":"1.0","id":"binary-1","source":"/people/zoë","type":"okr.check_in.recorded","subject":"trials","time":"2026-05-04T07:00:00Z","datacontenttype":"application/json","tool":"a \"quoted\" one","seq":9,"recordedtime":"2026-05-04T12:00:00Z","actor":"/people/zoë","data":{"value":18,"confidence":6}}"#);
    assert_eq!(house.post_with(EVENTS, &headers, data).await.header("idempotent-replayed"), "true");

    // A gateway may use another mode for a retry of the same event.
    let event = json!({"specversion": "1.0", "id": "binary-1", "source": "/people/zoë", "type": "okr.check_in.recorded",
        "subject": "KR-1", "time": "2026-05-04T09:00:00+02:00", "tool": "a \"quoted\" one", "data": {"value": 18, "confidence": 6}});
    let structured = [("content-type", "application/cloudevents+json")];
    let again = house.post_with(EVENTS, &structured, event.to_string().into_bytes()).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::OK, "true"), "{}", again.text());

    headers.retain(|(name, _)| !["ce-id", "ce-time"].contains(name));
    headers.push(("ce-seq", "4"));
    let answer = house.post_with(EVENTS, &headers, br#"{"value": "18", "mood": "fine"}"#.to_vec()).await;
    assert_snapshot!(answer.problem(), @r#"
    400 not-a-cloud-event (Not a CloudEvent)
    [ce-id] required: the attribute `id` is required
    [ce-seq] reserved: `seq` is set by the ledger: leave it out
    [/value] wrong_type: must be a number, not a string
    [/mood] unknown_field: `mood` is not a field of this object (known: blockers, confidence, milestones_done, note, plans, problems, progress, status, value)
    "#);
    headers.retain(|(name, _)| !["ce-seq", "ce-subject"].contains(name));
    headers.extend([("ce-id", "100%"), ("ce-subject", "cac")]);
    let answer = house.post_with(EVENTS, &headers, br#"{"value": 18}"#.to_vec()).await;
    assert_snapshot!(answer.problem(), @r#"
    400 not-a-cloud-event (Not a CloudEvent)
    [ce-id] not_percent_encoded: a header's value must be percent-encoded UTF-8 (CloudEvents HTTP binding, 3.1.3.2)
    "#);

    let bare = [("ce-specversion", "1.0"), ("ce-id", "binary-2"), ("ce-source", "/x"), ("ce-subject", "q2")];
    let close = [&bare[..], &[("ce-type", "okr.cycle.closed")]].concat();
    assert_eq!(house.post_with(EVENTS, &close, Vec::new()).await.status, StatusCode::CREATED);
    let start = [&bare[..], &[("ce-type", "okr.cycle.started")]].concat();
    let answer = house.post_with(EVENTS, &start, Vec::new()).await;
    assert_snapshot!(answer.problem(), @r#"
    409 conflict (Conflict with the current state)
    [ce-id] id_reused: the id `binary-2` belongs to event 10, in an entry with other content: a retry must repeat its entry exactly, and a new event needs a new id
    "#);
}

#[tokio::test]
async fn refs_are_taken_wherever_ids_are() {
    let house = House::quarter().await;
    let receipt = house.record(&check_in("KR-2", 860, 8)).await;
    assert_eq!(receipt["events"][0]["subject"], "cac");
    assert_eq!(house.get("/v1/ledgers/acme/key-results/KR-2").await.json()["id"], "cac");
    assert_eq!(house.get("/v1/ledgers/acme/objectives/O-1/audit").await.json()["subject"], "grow");
}
