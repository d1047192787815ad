//! Tests of the declared costs: no page or answer that reads all check-ins of a cycle is declared cheap.

use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};

use self::house::{House, check_in, drafted, event, key_result, opened, with};
use crate::app::routed;
use crate::request::admission::{Admission, Cost};
use crate::request::state::{Served, Shared};

#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../../tests/it/house.rs"]
mod house;

const KEY_RESULTS: usize = 20;

/// Check-ins of each key result in the small and in the large ledger.
const FEW: usize = 1;
const MANY: usize = 13;

/// The growth in rows from which an answer counts as reading all check-ins: half of those added.
const COSTLY_FROM: u64 = (KEY_RESULTS * (MANY - FEW) / 2) as u64;

/// Addresses with parameters, in addition to the paths of both tables.
const MORE: [&str; 13] = [
    "/ledgers/{ledger}/cycles/q2?as_of=2026-05-03",
    "/ledgers/{ledger}/cycles/q2?as_of=2026-05-03&from=2026-04-20",
    "/ledgers/{ledger}/cycles/q2/attention?as_of=2026-05-03",
    "/ledgers/{ledger}/cycles/q2/audit?show=all",
    "/ledgers/{ledger}/cycles/q2/goalposts?without=adjustments",
    "/ledgers/{ledger}/cycles/q2/check-in?owner=Ben",
    "/ledgers/{ledger}/events?subject=k1",
    "/v1/ledgers/{ledger}/cycles/q2/board?as_of=2026-05-03",
    "/v1/ledgers/{ledger}/cycles/q2/board?on=2026-05-03",
    "/v1/ledgers/{ledger}/cycles/q2/board/changes?from=2026-04-20",
    "/v1/ledgers/{ledger}/cycles/q2/audit?since=2026-04-02",
    "/v1/ledgers/{ledger}/cycles/q2/replay?step=day",
    "/v1/ledgers/{ledger}/cycles/q2/what-if?without=adjustments",
];

/// Returns the GET paths of both tables.
fn paths() -> Vec<String> {
    let tables = [include_str!("routes.rs"), include_str!("../web.rs")].join("\n");
    let lines = tables.lines().filter(|line| line.trim_start().starts_with(".route(\"") && line.contains("get("));
    let paths = lines.filter_map(|line| line.split('"').nth(1)).map(|path| {
        let id = match path {
            _ if path.contains("/objectives/") => "o1",
            _ if path.contains("/key-results/") => "k1",
            _ if path.contains("/board-reports/") => "r1",
            _ if path.contains("/events/") => "3",
            _ if path.contains("/schemas/") => "okr.cycle.opened",
            _ => "q2",
        };
        path.replace("{id}", id)
    });
    // Printing is slow and has a permit of its own.
    let mut paths: Vec<String> = paths.filter(|path| !path.ends_with(".pdf") && !path.starts_with("/assets")).collect();
    assert!(paths.len() > 60, "{paths:?}");
    paths.extend(MORE.map(str::to_owned));
    paths
}

/// Records a quarter with so many check-ins of each key result.
async fn keep(house: &House, ledger: &str, check_ins: usize) {
    house.at("2026-03-20T09:00:00Z");
    house.put(&format!("/v1/ledgers/{ledger}"), &json!({"title": "Acme"})).await;
    let record = async |entry: Value| {
        let path = format!("/v1/ledgers/{ledger}/events");
        let body = entry.to_string().into_bytes();
        let answer = house.post_with(&path, &[("content-type", "application/json")], body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    };
    record(opened("q2")).await;
    let objectives = (0..KEY_RESULTS).map(|n| drafted(&format!("o{n}"), "q2"));
    record(objectives.collect()).await;
    let key_results =
        (0..KEY_RESULTS).flat_map(|n| key_result(&format!("k{n}"), &format!("o{n}"), ("increase", "trials"), 0, 100));
    record(key_results.collect()).await;
    house.at("2026-04-01T08:00:00Z");
    record(event("okr.cycle.started", "q2", json!({}))).await;
    for n in 0..check_ins {
        house.at(&format!("2026-04-{:02}T09:00:00Z", 2 + n));
        let value = u32::try_from(n).unwrap();
        let check_ins_of_day =
            (0..KEY_RESULTS).map(|kr| with(check_in(&format!("k{kr}"), value, 7), json!({"id": format!("c{n}.{kr}")})));
        record(check_ins_of_day.collect()).await;
    }
    house.at("2026-05-01T09:00:00Z");
    record(event("okr.board_report.issued", "r1", json!({"cycle": "q2", "title": "April"}))).await;
    house.at("2026-05-04T12:00:00Z");
}

/// Returns a router of the same ledgers that counts the rows read, and its counters.
fn counting(house: &House) -> (Router, Admission) {
    let admission = Admission::of_this_machine();
    let served = Served(std::sync::Arc::new(Shared {
        ledgers: house.ledgers.clone(),
        clock: std::sync::Arc::new(|| events::Moment::parse("2026-05-04T12:00:00Z").unwrap()),
        instance: None,
        admission: admission.clone(),
        feeds: crate::request::feed_slots::FeedSlots::of(super::FeedLimits::default()),
        memory: super::Memory::of(1 << 30),
    }));
    (routed(served), admission)
}

#[tokio::test]
async fn no_page_or_answer_costs_more_than_declared() {
    let mut house = House::empty("2026-03-20T09:00:00Z");
    keep(&house, "few", FEW).await;
    keep(&house, "many", MANY).await;
    let (router, admission) = counting(&house);
    house.router = router;
    let (mut costly, mut undeclared) = (0, Vec::new());
    for path in paths() {
        let mut read = Vec::new();
        for ledger in ["few", "many"] {
            let asked = path.replace("{ledger}", ledger);
            let answer = house.get(&asked).await;
            // Rejected because `from` is missing.
            let is_asked_below = path.ends_with("/board/changes") && answer.status == StatusCode::UNPROCESSABLE_ENTITY;
            let is_answered = answer.status.is_success() || answer.status == StatusCode::SEE_OTHER;
            assert!(is_answered || is_asked_below, "{asked}: {}", answer.text());
            read.push(admission.answered.lock().unwrap().drain(..).collect::<Vec<_>>());
        }
        let (few, many) = (&read[0], &read[1]);
        assert_eq!(few.len(), many.len(), "{path}");
        for ((cost, few), (_, many)) in few.iter().zip(many) {
            let grew = many.saturating_sub(*few);
            costly += usize::from(grew >= COSTLY_FROM);
            if grew >= COSTLY_FROM && *cost == Cost::Low {
                undeclared.push(format!(
                    "{path}: {grew} rows more where there are {} check-ins more",
                    KEY_RESULTS * (MANY - FEW)
                ));
            }
        }
    }
    assert!(undeclared.is_empty(), "declared cheap:\n{}", undeclared.join("\n"));
    // Guards against a broken counter.
    assert!(costly > 10, "{costly}");
}
