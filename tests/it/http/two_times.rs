//! Two times: the time of knowledge and the time of facts.
//!
//! The case is real: a quarter's final grading was done on 30 July, and its results are "as of 2 July".

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::{House, check_in, event, with};

const BOARD: &str = "/v1/ledgers/acme/cycles/q2/board";

fn as_of_2_july(event: Value) -> Value {
    with(event, json!({"time": "2026-07-02T16:00:00Z"}))
}

async fn graded_on_30_july() -> House {
    let house = House::quarter().await;
    house.at("2026-06-29T09:00:00Z");
    house.record(&json!([check_in("trials", 18, 7), check_in("cac", 840, 5)])).await;
    house.at("2026-07-30T10:00:00Z");
    let scored = |id: &str, score: f64| {
        as_of_2_july(event("okr.key_result.scored", id, json!({"score": score, "rationale": "results as of 2 July"})))
    };
    house
        .record(&json!([
            as_of_2_july(check_in("trials", 20, 8)),
            scored("trials", 0.8),
            scored("cac", 0.5),
            with(event("okr.cycle.closed", "q2", json!({"note": "graded"})), json!({"time": "2026-07-30T09:30:00Z"})),
        ]))
        .await;
    house
}

#[tokio::test]
async fn a_day_is_told_as_it_was_known_and_as_it_was_so() {
    let house = graded_on_30_july().await;
    let told = async |query: &str| {
        let answer = house.get(&format!("{BOARD}?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text());
        let board = answer.json();
        let key_result = |n: usize| board["objectives"][0]["key_results"][n].clone();
        format!(
            "event {}: {} {}, score {} ({}), trials {} at {}, cac {}",
            answer.header("ledger-seq"),
            board["cycle"]["state"].as_str().unwrap(),
            board["cycle"]["elapsed"],
            board["score"],
            board["grade"].as_str().unwrap(),
            key_result(0)["score"]["final"],
            key_result(0)["current"],
            key_result(1)["score"]["final"],
        )
    };
    // As known on 2 July: nothing was graded.
    let known_then = told("as_of=2026-07-02").await;
    assert_snapshot!(known_then, @r"event 10: started 1, score 0.5125 (meaningful), trials 0.625 at 18, cac 0.4");
    // As it was on 2 July, from present knowledge: graded, and the cycle not closed yet.
    let known_now = told("on=2026-07-02").await;
    assert_snapshot!(known_now, @r"event 14: started 1, score 0.65 (strong), trials 0.8 at 20, cac 0.5");
    // Both together: as it was on 2 July, as known then, later, and on 30 July.
    assert_eq!(told("as_of=2026-07-02&on=2026-07-02").await, known_then);
    assert_eq!(told("as_of=2026-07-15&on=2026-07-02").await, known_then);
    assert_eq!(told("as_of=2026-07-30&on=2026-07-02").await, known_now);
    // The day before, and now.
    assert_snapshot!(told("as_of=2026-07-30&on=2026-07-01").await, @r"event 14: started 1, score 0.5125 (meaningful), trials 0.625 at 18, cac 0.4");
    assert_snapshot!(told("").await, @r"event 14: closed 1, score 0.65 (strong), trials 0.8 at 20, cac 0.5");
    // A day that is in the future of the knowledge equals the state known then.
    assert_eq!(told("as_of=2026-07-02&on=2026-07-30").await, known_then);
}

#[tokio::test]
async fn both_times_of_the_past_are_known_later_too() {
    let house = graded_on_30_july().await;
    house.at("2026-08-20T10:00:00Z");
    house.record(&event("okr.cycle.reopened", "q2", json!({"reason": "late figures"}))).await;
    let both = house.get(&format!("{BOARD}?as_of=2026-07-30&on=2026-07-02")).await;
    let one = house.get(&format!("{BOARD}?on=2026-07-02")).await;
    assert_eq!(one.json()["objectives"], both.json()["objectives"]);
}

/// The measurement of a target was wrong from the start: present knowledge corrects all earlier days too.
#[tokio::test]
async fn a_corrected_measurement_holds_for_the_days_before_it_was_found_out() {
    let house = House::quarter().await;
    let justification = json!({"cause": "measurement_correction", "statement": "trials of staff were counted as well",
        "circumstances": "found in the audit of the billing report", "preserves_objective": true});
    let data = json!({"changes": {"baseline": {"to": 4}}, "justification": justification});
    house.record(&event("okr.key_result.adjusted", "trials", data)).await;
    let baseline = async |query: &str| {
        house.get(&format!("{BOARD}?{query}")).await.json()["objectives"][0]["key_results"][0]["baseline"].clone()
    };
    assert_eq!(baseline("on=2026-04-10&as_of=8").await, 8);
    assert_eq!(baseline("on=2026-04-10").await, 4);
    assert_eq!(baseline("as_of=2026-04-10").await, 8);
}
