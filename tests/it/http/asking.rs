//! Questions: now, as of any moment, and repeated.

use std::time::Instant;

use axum::http::StatusCode;
use insta::assert_snapshot;
use okr_ledger::ledger::check_copy;
use serde_json::json;

use crate::house::{House, check_in, drafted, event, justification, with};

/// The caching of every answer, even about the past: caches must revalidate, and shared caches must not store.
const KEPT: &str = "private, no-cache";
const BOARD: &str = "/v1/ledgers/acme/cycles/q2/board";

#[tokio::test]
async fn every_path_answers_from_what_was_recorded() {
    let house = House::quarter().await;
    let eased = json!({"changes": {"target": {"to": 800}}, "justification": justification()});
    house.record(&event("okr.key_result.adjusted", "cac", eased)).await;
    for path in [
        "events",
        "events/1",
        "cycles",
        "cycles/q2",
        "objectives/grow",
        "objectives/O-1",
        "key-results/cac",
        "key-results/KR-2",
        "teams",
        "policy",
        "cycles/q2/board",
        "cycles/q2/board?team=none&owner=Ada&level=company&status=at_risk&max_confidence=7&on=2026-04-10",
        "cycles/q2/board/changes?from=2026-04-01&to=8",
        "cycles/q2/board/changes?from=7",
        "key-results/cac/confidence",
        "objectives/grow/confidence",
        "cycles/q2/confidence",
        "key-results/cac/audit",
        "objectives/grow/audit",
        "cycles/q2/audit",
        "cycles/q2/audit?cause=external_change,scope_change&direction=eased&actor=/people/ada&since=2026-04-01&format=csv",
        "cycles/q2/replay",
        "cycles/q2/replay?step=day",
        "cycles/q2/replay?step=event",
        "cycles/q2/what-if",
        "cycles/q2/what-if?without=adjustments",
        "cycles/q2/what-if?without_events=8,9&formula=linear-1",
        "cycles/q2/what-if?policy=0",
        "cycles/q2/what-if?policy=%7B%22approval%22:%22required%22%7D",
        "cycles/q2/what-if?without=adjustments,retirements&without=grades&formula=ratio-1",
        "cycles/q2/goalposts",
        "cycles/q2/lineage",
        "objectives/O-1/lineage",
        "key-results/trials/lineage",
        "cycles/q2/attention",
        "cycles/q2/proposals",
        "cycles/q2/proposals?state=open",
        "cycles/q2/calibration",
        "cycles/q2/retrospective",
    ] {
        let path = format!("/v1/ledgers/acme/{path}");
        let now = house.get(&path).await;
        assert_eq!(now.status, StatusCode::OK, "{path}: {}", now.text());
        assert_eq!(now.header("ledger-seq"), if path.ends_with("to=8") { "8" } else { "9" }, "{path}");
        assert_eq!(now.header("etag").len(), 45, "{path}");
        if !path.contains("changes") {
            let then = house.get(&format!("{path}{}as_of=9", if path.contains('?') { '&' } else { '?' })).await;
            assert_eq!(then.header("cache-control"), KEPT, "{path}");
        }
        let again = house.get_with(&path, &[("if-none-match", now.header("etag"))]).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
    }
}

#[tokio::test]
async fn an_answer_is_fetched_again_only_when_it_has_changed() {
    let house = House::quarter().await;
    let first = house.get(BOARD).await;
    assert_eq!(first.header("cache-control"), KEPT);
    let again = async |tag: &str| house.get_with(BOARD, &[("if-none-match", tag)]).await;
    let same = again(first.header("etag")).await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    assert_eq!((same.header("etag"), same.header("ledger-seq")), (first.header("etag"), "8"));
    assert_eq!(again(&format!("\"other\", W/{}", first.header("etag"))).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(again("\"other\"").await.status, StatusCode::OK);
    house.record(&check_in("trials", 13, 7)).await;
    let changed = again(first.header("etag")).await;
    assert_eq!((changed.status, changed.header("ledger-seq")), (StatusCode::OK, "9"));
}

#[tokio::test]
async fn the_past_is_asked_for_by_seq_time_or_date_and_stays_as_it_was() {
    let house = House::quarter().await;
    // The day in Berlin ends two hours before that in UTC, so this is on the 5th there.
    house.record(&with(check_in("trials", 14, 5), json!({"time": "2026-05-04T11:00:00Z"}))).await;
    house.at("2026-05-04T22:30:00Z");
    house.record(&check_in("trials", 16, 6)).await;
    house.at("2026-05-20T09:00:00Z");
    house.record(&check_in("trials", 18, 8)).await;
    let current = async |query: &str| {
        let answer = house.get(&format!("{BOARD}?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text());
        let value = answer.json()["objectives"][0]["key_results"][0]["current"].clone();
        (value.to_string(), answer.header("ledger-seq").to_owned())
    };
    let said = |value: &str, seq: &str| (value.to_owned(), seq.to_owned());
    assert_eq!(current("").await, said("18", "11"));
    assert_eq!(current("as_of=7").await, said("null", "7"));
    assert_eq!(current("as_of=2026-04-06T08:59:59Z").await, said("null", "7"));
    assert_eq!(current("as_of=2026-04-06T11:00:00%2B02:00").await, said("12", "8"));
    assert_eq!(current("as_of=2026-05-04").await, said("14", "9"));
    assert_eq!(current("as_of=2026-05-05").await, said("16", "10"));
    assert_eq!(current("as_of=2026-05-20").await, said("18", "11"));
    assert_eq!(current("as_of=11").await, said("18", "11"));
    // Questions about a goal use its cycle's calendar as well.
    let goal = house.get("/v1/ledgers/acme/key-results/KR-1?as_of=2026-05-04").await;
    assert_eq!(goal.header("ledger-seq"), "9");
}

#[tokio::test]
async fn what_was_told_late_changes_the_day_it_speaks_of_and_no_earlier_knowledge() {
    let house = House::quarter().await;
    let known_then = house.get(&format!("{BOARD}?as_of=8")).await;
    house.record(&with(check_in("trials", 15, 5), json!({"time": "2026-04-10T09:00:00Z"}))).await;
    let current = async |query: &str| {
        house.get(&format!("{BOARD}?{query}")).await.json()["objectives"][0]["key_results"][0]["current"].clone()
    };
    assert_eq!(current("on=2026-04-09").await, 12);
    assert_eq!(current("on=2026-04-10").await, 15);
    assert_eq!(current("on=2026-04-10&as_of=8").await, 12);
    // A mistyped year must not be treated as today.
    for path in ["board?on=2062-04-10", "board.csv?on=2062-04-10"] {
        let to_come = house.get(&format!("/v1/ledgers/acme/cycles/q2/{path}")).await;
        assert_eq!(to_come.status, 422);
        assert_eq!(to_come.json()["violations"][0]["rule"], "in_the_future");
    }
    assert_eq!(house.get(&format!("{BOARD}?as_of=8")).await.body, known_then.body);
}

#[tokio::test]
async fn changes_between_two_moments_are_told_with_the_events_that_made_them() {
    let house = House::quarter().await;
    let eased = json!({"changes": {"target": {"to": 800}}, "justification": justification()});
    house.record(&event("okr.key_result.adjusted", "cac", eased)).await;
    house.at("2026-05-06T09:00:00Z");
    house.record(&drafted("second", "q2")).await;
    let changes = house.get(&format!("{BOARD}/changes?from=2026-05-01&to=2026-05-05")).await;
    assert_eq!((changes.header("ledger-seq"), changes.header("cache-control")), ("9", KEPT));
    let told = changes.json();
    assert_eq!(told["events"].as_array().unwrap().len(), 1);
    assert_eq!(told["objectives"][0]["key_results"][0]["id"], "cac");
    let open = house.get(&format!("{BOARD}/changes?from=9")).await;
    assert_eq!((open.header("ledger-seq"), open.header("cache-control")), ("10", KEPT));
    let closed = house.get(&format!("{BOARD}/changes?from=0&as_of=1")).await;
    assert_eq!((closed.status, closed.header("cache-control")), (StatusCode::OK, KEPT));
}

#[tokio::test]
async fn the_audit_says_why_a_target_was_changed() {
    let house = House::quarter().await;
    let eased = json!({"changes": {"target": {"to": 800}}, "justification": justification()});
    house.record(&event("okr.key_result.adjusted", "cac", eased)).await;
    let audit = house.get("/v1/ledgers/acme/key-results/cac/audit").await.json();
    let last = audit["trail"].as_array().unwrap().last().unwrap().clone();
    assert_snapshot!(last, @r#"{"actor":"/people/ada","adjustment":true,"changes":[{"field":"target","from":750,"to":800}],"check_ins":{"first_after":null,"last_before":null},"context":{"computed_score":null,"confidence":null,"days_left":57,"elapsed":0.369,"pace_gap":null,"policy_version":0,"progress":null},"direction":"eased","effect":{"computed_score_after":null,"computed_score_before":null},"event_id":"e51078a5538da1c6","justification":{"cause":"external_change","circumstances":"the auction prices rose by a third","preserves_objective":true,"statement":"advertising has become dearer everywhere"},"owners":{"key_result":"Ben","objective":"Ada","team":null},"policy_version":0,"questions":[{"answer":"the auction prices rose by a third","question":"Have conditions changed materially?"},{"answer":"external change: advertising has become dearer everywhere","question":"Is it changed because we are behind, or because circumstances changed?"},{"answer":"yes","question":"Does it preserve the spirit of the objective?"}],"recorded_at":"2026-05-04T12:00:00Z","remark":null,"seq":9,"subject":"cac","summary":"target 750 → 800 USD, eased, 57 days left, external change: advertising has become dearer everywhere","time":"2026-05-04T12:00:00Z","type":"okr.key_result.adjusted","without":{"cycle":null,"key_result":{"computed_score":null,"computed_score_without":null,"score":null,"score_without":null},"objective":{"computed_score":0.25,"computed_score_without":0.25,"score":0.25,"score_without":0.25}}}"#);
}

#[tokio::test]
async fn what_was_recorded_can_be_asked_for_by_its_time_though_the_clock_was_put_back() {
    let house = House::quarter().await;
    let receipt = house.record(&check_in("trials", 13, 7)).await;
    let recorded_at = receipt["recorded_at"].as_str().unwrap();
    house.at("2026-05-03T12:00:00Z");
    for point in [recorded_at, "2026-05-04"] {
        let answer = house.get(&format!("{BOARD}?as_of={point}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("ledger-seq")), (200, "9"), "{point}: {}", answer.text());
    }
    house.record(&check_in("trials", 14, 7)).await;
    let answer = house.get(&format!("{BOARD}?as_of={recorded_at}")).await;
    assert_eq!(answer.header("ledger-seq"), "9");
    let later = house.get(&format!("{BOARD}?as_of=2026-05-05")).await;
    assert_eq!(later.status.as_u16(), 422);
}

/// Such a cycle cannot be submitted, but a copy can contain one. The cost of its questions depends on its events, not
/// on its days.
#[tokio::test]
async fn a_cycle_of_ages_is_no_burden() {
    const COPY: &str = concat!(
        r#"{"okr_ledger_copy":1,"ledger":"old","title":"Old","created_at":"2026-03-16T08:00:00Z"}"#,
        "\n",
        r#"{"first_seq":1,"recorded_at":"2026-03-16T09:00:00Z","warnings":[],"events":[{"specversion":"1.0","id":"1","#,
        r#""source":"/x","type":"okr.cycle.opened","subject":"ages","time":"2026-03-16T09:00:00Z","seq":1,"#,
        r#""recordedtime":"2026-03-16T09:00:00Z","actor":"/x","data":{"title":"Ages","kind":"custom","#,
        r#""starts_on":"2026-01-01","ends_on":"+262142-12-30","time_zone":"Europe/Berlin"}}]}"#,
    );
    let house = House::empty("2026-03-20T09:00:00Z");
    let checked = check_copy(COPY.as_bytes()).unwrap();
    house.ledgers.import(&checked.ledger, &checked, COPY.as_bytes(), &mut ()).await.unwrap();
    let begun = Instant::now();
    for question in ["replay?step=day", "replay", "confidence", "board", "attention", "what-if"] {
        let answer = house.get(&format!("/v1/ledgers/old/cycles/ages/{question}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{question}: {}", answer.text());
    }
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}
