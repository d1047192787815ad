//! The demo quarter, recorded event by event over HTTP, each at the time of its recording.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::Value;

use crate::house::{EVENTS, House};

const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl"));
const CYCLE: &str = "/v1/ledgers/acme/cycles/2026-Q2";

/// Creates a server with the whole quarter.
async fn told() -> House {
    let house = House::new("2026-03-16T08:00:00Z").await;
    for line in SHIPPED.lines().skip(1) {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        house.at(entry["recorded_at"].as_str().unwrap());
        let events = entry["events"].as_array_mut().unwrap();
        events.iter_mut().for_each(unstamp);
        let receipt = house.record(&entry["events"]).await;
        assert_eq!(receipt["warnings"], entry["warnings"], "{line}");
    }
    house.at("2026-09-01T00:00:00Z");
    house
}

/// Turns a recorded event back into the submitted one.
fn unstamp(event: &mut Value) {
    let attributes = event.as_object_mut().unwrap();
    ["seq", "recordedtime", "actor", "ref"].iter().for_each(|stamp| drop(attributes.remove(*stamp)));
    let data = event["data"].as_object_mut().unwrap();
    data.remove("context");
    for change in data.get_mut("changes").and_then(Value::as_object_mut).into_iter().flat_map(|all| all.values_mut()) {
        drop(change.as_object_mut().map(|change| change.remove("from")));
    }
}

async fn ask(house: &House, path: &str) -> Value {
    let answer = house.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.json()
}

#[tokio::test]
async fn the_quarter_is_recorded_to_the_very_bytes_that_are_shipped() {
    let house = told().await;
    let served = house.get(&format!("{EVENTS}?limit=1000")).await;
    assert_eq!(served.header("link"), "");
    let events = SHIPPED.lines().skip(1).map(|line| {
        let from = line.find("\"events\":[").unwrap() + "\"events\":[".len();
        line[from..].strip_suffix("]}").unwrap()
    });
    let shipped = format!("{{\"events\":[{}]}}", events.collect::<Vec<_>>().join(","));
    assert!(served.text() == shipped, "what was recorded over HTTP is not what is shipped");
}

#[tokio::test]
async fn the_board_at_the_end_has_the_grades_beside_the_computed_scores() {
    let house = told().await;
    let board = ask(&house, &format!("{CYCLE}/board")).await;
    let mut lines = vec![format!("{} computed {}, {}", board["score"], board["computed_score"], board["grade"])];
    for objective in board["objectives"].as_array().unwrap() {
        lines.push(format!("{} {} computed {}", objective["ref"], objective["score"], objective["computed_score"]));
        for key_result in objective["key_results"].as_array().unwrap() {
            lines.push(format!("  {} {} {}", key_result["ref"], key_result["id"], key_result["score"]));
        }
    }
    assert_snapshot!(lines.join("\n").replace('"', ""), @r#"
    0.8222 computed 0.8434, strong
    O-1 0.8 computed 0.8218
      KR-1 kr-first-sequence {computed:0.7778,final:0.8,graded:0.8}
      KR-2 kr-time-to-sequence {computed:0.9375,final:0.9,graded:0.9}
      KR-3 kr-trial-paid {computed:0.75,final:0.7,graded:0.7}
    O-2 0.8 computed 0.817
      KR-4 kr-outbound-calls {computed:0.8571,final:0.9,graded:0.9}
      KR-5 kr-outbound-cac {computed:0.8667,final:0.7,graded:0.7}
      KR-6 kr-calls-to-trials {computed:0.7273,final:0.8,graded:0.8}
    O-3 0.8667 computed 0.8915
      KR-7 kr-net-retention {computed:0.7857,final:0.7,graded:0.7}
      KR-8 kr-expansions {computed:0.8889,final:0.9,graded:0.9}
      KR-9 kr-logo-churn {computed:1,final:1,graded:1.0}
    "#);
}

#[tokio::test]
async fn the_quarter_is_answered_as_it_stood_in_any_week() {
    let house = told().await;
    let week_5 = ask(&house, &format!("{CYCLE}/board?as_of=2026-05-05")).await;
    let first = &week_5["objectives"][0];
    assert_eq!(first["confidence"], 5);
    let blockers: Vec<&Value> = first["key_results"].as_array().unwrap().iter().map(|one| &one["blockers"]).collect();
    assert_snapshot!(serde_json::to_string(&blockers).unwrap(), @r#"[["The new onboarding needs the mailbox-connect service, which has no backend engineer"],["The new onboarding needs the mailbox-connect service, which has no backend engineer"],[]]"#);
    let target = async |as_of: &str| {
        let path = format!("/v1/ledgers/acme/key-results/kr-outbound-cac?as_of={as_of}");
        ask(&house, &path).await["target"].clone()
    };
    assert_eq!(target("2026-05-10").await, 750);
    assert_eq!(target("2026-06-30").await, 800);
    let audit = ask(&house, "/v1/ledgers/acme/key-results/kr-outbound-cac/audit").await;
    let said: Vec<&str> =
        audit["trail"].as_array().unwrap().iter().filter_map(|line| line["summary"].as_str()).collect();
    assert_snapshot!(said.join("\n"), @r"
    key result drafted: “Lower outbound-sourced CAC”
    baseline set to $1100
    target set to $750
    target $750 → $800, eased, 42 days left, 18 points behind pace, confidence 6, external change: The outreach suite's vendor raised its price, which adds about $50 to each customer won.
    graded 0.7, computed 0.8667
    ");
}
