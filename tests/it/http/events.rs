//! The event list: exact bytes, pages, filters.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::{EVENTS, House, check_in, opened, with};

fn seqs(body: &Value) -> Vec<u64> {
    body["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()).collect()
}

async fn chosen(house: &House, query: &str) -> Vec<u64> {
    seqs(&house.get(&format!("{EVENTS}?{query}")).await.json())
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_or_a_repeat() {
    let house = House::quarter().await;
    let mut next = format!("{EVENTS}?limit=3&as_of=7&cycle=q2");
    let mut seen = Vec::new();
    let mut links = Vec::new();
    while !next.is_empty() {
        let answer = house.get(&next).await;
        assert_eq!(answer.status, 200, "{next}: {}", answer.text());
        seen.extend(seqs(&answer.json()));
        let link = answer.header("link").to_owned();
        next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap_or("").to_owned();
        links.push(link);
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
    assert_snapshot!(links.join("\n"), @r#"
    </v1/ledgers/acme/events?limit=3&as_of=7&cycle=q2&after=3>; rel="next"
    </v1/ledgers/acme/events?limit=3&as_of=7&cycle=q2&after=6>; rel="next"
    "#);
    assert_eq!(chosen(&house, "").await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(chosen(&house, "after=6").await, [7, 8]);
    assert_eq!(chosen(&house, "after=99").await, [0; 0]);
}

#[tokio::test]
async fn the_bytes_of_an_event_are_the_same_wherever_it_is_served() {
    let house = House::quarter().await;
    let one = house.get(&format!("{EVENTS}/8")).await;
    assert_eq!(one.header("content-type"), "application/cloudevents+json");
    assert_eq!(one.header("cache-control"), "private, no-cache");
    let list = house.get(&format!("{EVENTS}?after=6")).await;
    assert!(list.text().ends_with(&format!(",{}]}}", one.text())), "{}", list.text());
    house.record(&check_in("trials", 13, 7)).await;
    assert_eq!(house.get(&format!("{EVENTS}/8")).await.header("etag"), one.header("etag"));
}

#[tokio::test]
async fn events_are_chosen_by_what_they_are_about() {
    let house = House::quarter().await;
    house.record(&with(opened("q3"), json!({"subject": "q3", "time": "2026-04-30T22:30:00Z"}))).await;
    assert_eq!(chosen(&house, "type=okr.key_result.drafted").await, [3, 5]);
    assert_eq!(chosen(&house, "subject=KR-1").await, [3, 4, 8]);
    assert_eq!(chosen(&house, "subject=trials&type=okr.check_in.recorded").await, [8]);
    assert_eq!(chosen(&house, "cycle=q3").await, [9]);
    assert_eq!(chosen(&house, "subject=nobody").await, [0; 0]);
    assert_eq!(chosen(&house, "since=2026-04-01T08:00:00Z&until=2026-04-06T09:00:00Z").await, [7]);
    // In Berlin it was already May.
    assert_eq!(chosen(&house, "cycle=q3&since=2026-05-01").await, [9]);
    assert_eq!(chosen(&house, "since=2026-05-01").await, [0; 0]);
    assert_eq!(chosen(&house, "since=2026-05-01T00:30:00+02:00").await, [9]);
    assert_eq!(chosen(&house, "as_of=2026-04-01").await, [1, 2, 3, 4, 5, 6, 7]);
}

/// Returns the pages of a question, following the links; each page as its sequence numbers.
async fn pages(house: &House, query: &str) -> Vec<Vec<u64>> {
    let mut next = format!("{EVENTS}?{query}");
    let mut pages = Vec::new();
    while !next.is_empty() {
        let answer = house.get(&next).await;
        assert_eq!(answer.status, 200, "{next}: {}", answer.text());
        assert!(answer.body.len() <= 4 << 20, "{next} has {} bytes", answer.body.len());
        pages.push(seqs(&answer.json()));
        let link = answer.header("link");
        next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap_or("").to_owned();
    }
    pages
}

#[tokio::test]
async fn a_page_examines_ten_thousand_events_and_may_be_empty_though_others_follow() {
    let house = House::quarter().await;
    for entry in 0..11 {
        let check_ins: Vec<_> = (0..1_000).map(|n| check_in("trials", entry * 1_000 + n, 6)).collect();
        house.record(&json!(check_ins)).await;
    }
    let late = json!({"id": "late", "time": "2026-05-04T12:00:01Z"});
    house.record(&with(check_in("trials", 20, 7), late)).await;
    // No event is this early; the scan takes two pages.
    assert_eq!(pages(&house, "until=2026-01-01").await, [[0; 0]; 2]);
    assert_eq!(pages(&house, "since=2026-05-04T12:00:01Z").await, [vec![], vec![11_009_u64]]);
    assert_eq!(pages(&house, "subject=trials&since=2026-05-04T12:00:01Z").await, [vec![], vec![11_009_u64]]);
    // Fewer events remain than a page examines, so there is no next page.
    assert_eq!(pages(&house, "until=2026-01-01&after=1009").await, [[0; 0]]);
    // The HTML page is limited as well and links to the next one.
    let page = house.get("/ledgers/acme/events?type=okr.cycle.opened").await.text();
    assert!(page.contains("/ledgers/acme/events/1\""), "an index finds what is far back");
    let page = house.get("/ledgers/acme/events").await.text();
    assert!(page.contains("/events/11009\"") && page.contains("before=10960\""), "{page}");
}

#[tokio::test]
async fn a_page_has_four_mebibytes_of_events_at_most() {
    let house = House::quarter().await;
    for entry in 0..5 {
        let note = "x".repeat(19_000);
        let check_ins: Vec<_> = (0..50)
            .map(|n| {
                with(
                    check_in("trials", n, 6),
                    json!({"id": format!("{entry}-{n}"), "data": {"value": n, "note": note}}),
                )
            })
            .collect();
        house.record(&json!(check_ins)).await;
    }
    let pages = pages(&house, "limit=1000").await;
    assert_eq!(pages.concat(), (1..=258).collect::<Vec<u64>>());
    assert_eq!(pages.len(), 2);
}
