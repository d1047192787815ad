//! Forecasts compared with results, and a quarter whose past was filled in after its end.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::{House, check_in, event, with};

fn at(event: Value, time: &str) -> Value {
    with(event, json!({"time": time}))
}

fn scored(key_result: &str, score: f64) -> Value {
    event("okr.key_result.scored", key_result, json!({"score": score, "rationale": "as computed"}))
}

/// Public histories contain such a case: mid-quarter, projected and final figures were all filled in after the quarter.
/// Here it is next to a key result with weekly check-ins.
#[tokio::test]
async fn what_is_filled_in_after_the_end_is_flagged_and_left_out() {
    let house = House::quarter().await;
    house.record(&check_in("trials", 18, 8)).await;
    house.at("2026-07-06T09:00:00Z");
    house
        .record(&json!([
            at(check_in("cac", 850, 5), "2026-05-15T09:00:00Z"),
            at(check_in("cac", 800, 7), "2026-06-15T09:00:00Z"),
            at(check_in("cac", 760, 9), "2026-06-30T09:00:00Z"),
            at(scored("cac", 0.9), "2026-06-30T10:00:00Z"),
            at(scored("trials", 0.6), "2026-06-30T10:00:00Z"),
        ]))
        .await;
    let path = "/v1/ledgers/acme/cycles/q2/calibration";
    let told = house.get(path).await.json();
    assert_snapshot!(told["groups"], @r#"[{"brier":0.565,"by":"cycle","forecasts":2,"key_results":1,"name":null,"reached":0,"says":"The cycle: 0 of 1 key result reached the expected score; Brier score 0.57 over 2 forecasts.","table":[{"confidence":7,"forecasts":1,"reached":0,"share":0},{"confidence":8,"forecasts":1,"reached":0,"share":0}]},{"brier":0.565,"by":"level","forecasts":2,"key_results":1,"name":"company","reached":0,"says":"The level company: 0 of 1 key result reached the expected score; Brier score 0.57 over 2 forecasts.","table":[{"confidence":7,"forecasts":1,"reached":0,"share":0},{"confidence":8,"forecasts":1,"reached":0,"share":0}]}]"#);
    assert_snapshot!(told["key_results"], @r#"[{"ambition":"aspirational","brier":0.565,"expected":0.7,"final":0.6,"forecasts":2,"hindsight":0,"id":"trials","level":"company","objective":"grow","outcome":"missed","ref":"KR-1","team":null,"title":"More from trials"},{"ambition":"aspirational","brier":null,"expected":0.7,"final":0.9,"forecasts":0,"hindsight":3,"id":"cac","level":"company","objective":"grow","outcome":"reached","ref":"KR-2","team":null,"title":"More from cac"}]"#);
    let says = |part: &str| {
        let all = told[part].as_array().unwrap().iter().map(|one| one["says"].as_str().unwrap());
        all.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(says("hindsight"), @r"
    Confidence 5 for 2026-05-15 was recorded on 2026-07-06: after the end on 2026-06-30, 52 days late.
    Confidence 7 for 2026-06-15 was recorded on 2026-07-06: after the end on 2026-06-30, 21 days late.
    Confidence 9 for 2026-06-30 was recorded on 2026-07-06: after the end on 2026-06-30.
    ");
    assert_snapshot!(says("signals"), @r"3 of its 3 check-ins were recorded in the last 7 days or after the end.");
    // As of the moment before that, there was a forecast without a result.
    let then = house.get(&format!("{path}?as_of=9")).await.json();
    assert_eq!((&then["groups"], &then["key_results"][0]["outcome"]), (&json!([]), &json!("open")));
}
