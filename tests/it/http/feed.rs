//! The event feed: recorded events, then new ones, without a gap.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use events::Moment;
use http_body_util::BodyExt as _;
use insta::assert_snapshot;
use okr_ledger::app::router_of;
use okr_ledger::http::{FeedLimits, Instance, Memory};
use okr_ledger::journal::{Incarnation, Journal, memory};
use serde_json::json;
use tower::ServiceExt as _;

use crate::house::{Answer, EVENTS, House, check_in, event, with};

/// A subscriber, with the unread part of the stream.
struct Subscriber {
    body: Body,
    read: String,
}

impl Subscriber {
    async fn to(house: &House, query: &str, last_seen: Option<&str>) -> Subscriber {
        let request = Request::get(format!("{EVENTS}{query}")).header("accept", "text/event-stream");
        let request = last_seen.into_iter().fold(request, |request, seq| request.header("last-event-id", seq));
        let response = house.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Subscriber { body: response.into_body(), read: String::new() }
    }

    /// Returns the next message.
    async fn next(&mut self) -> String {
        loop {
            if let Some((message, rest)) = self.read.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.read = rest;
                return message;
            }
            let frame = tokio::time::timeout(Duration::from_secs(10), self.body.frame()).await;
            let data = frame.expect("nothing comes").expect("the stream has ended").unwrap().into_data().unwrap();
            self.read.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// Returns the sequence numbers in the `id`s of the next messages with data, in the ledger's first incarnation.
    async fn ids(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let message = self.next().await;
            if message.contains("data: ") {
                let id = message.lines().find_map(|line| line.strip_prefix("id: "));
                let seq = id.and_then(|id| id.strip_prefix("aaaaaaaaab-"));
                ids.push(seq.unwrap_or_else(|| panic!("{message}")).to_owned());
            }
        }
        ids
    }
}

#[tokio::test]
async fn a_subscriber_gets_what_is_recorded_and_then_what_comes() {
    let house = House::quarter().await;
    let mut subscriber = Subscriber::to(&house, "", None).await;
    assert_eq!(subscriber.ids(7).await, ["1", "2", "3", "4", "5", "6", "7"]);
    let message = subscriber.next().await;
    let stored = house.get(&format!("{EVENTS}/8")).await.text();
    let mut lines: Vec<&str> = message.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, [format!("data: {stored}").as_str(), "id: aaaaaaaaab-8"]);
    house.record(&check_in("trials", 13, 7)).await;
    house.record(&check_in("trials", 14, 7)).await;
    assert_eq!(subscriber.ids(2).await, ["9", "10"]);
}

#[tokio::test]
async fn a_subscriber_that_comes_back_goes_on_where_it_was() {
    let house = House::quarter().await;
    assert_eq!(Subscriber::to(&house, "", Some("6")).await.ids(2).await, ["7", "8"]);
    assert_eq!(Subscriber::to(&house, "?after=5", None).await.ids(1).await, ["6"]);
    assert_eq!(Subscriber::to(&house, "?after=2", Some("7")).await.ids(1).await, ["8"]);
    assert_eq!(Subscriber::to(&house, "?after=aaaaaaaaab-5", None).await.ids(1).await, ["6"]);
    assert_eq!(Subscriber::to(&house, "?after=2", Some("aaaaaaaaab-7")).await.ids(1).await, ["8"]);
    let mut up_to_date = Subscriber::to(&house, "", Some("8")).await;
    house.record(&check_in("trials", 13, 7)).await;
    assert_eq!(up_to_date.ids(1).await, ["9"]);
}

#[tokio::test]
async fn a_subscriber_may_choose() {
    let house = House::quarter().await;
    let mut subscriber = Subscriber::to(&house, "?type=okr.check_in.recorded&subject=KR-2", None).await;
    house.record(&check_in("trials", 13, 7)).await;
    house.record(&check_in("cac", 870, 7)).await;
    assert_eq!(subscriber.ids(1).await, ["10"]);
}

#[tokio::test]
async fn a_slow_subscriber_misses_nothing_and_holds_nobody_up() {
    let house = House::quarter().await;
    let mut slow = Subscriber::to(&house, "", None).await;
    assert_eq!(slow.ids(1).await, ["1"]);
    for value in 0..450 {
        house.record(&check_in("trials", value, 6)).await;
    }
    let expected: Vec<String> = (2..=458).map(|seq: u32| seq.to_string()).collect();
    assert_eq!(slow.ids(457).await, expected);
}

#[tokio::test]
async fn a_stream_that_cannot_be_is_refused() {
    let house = House::quarter().await;
    let asked = async |query: &str, seen: &str| {
        let headers = [("accept", "text/html, text/event-stream;q=0.9"), ("last-event-id", seen)];
        house.get_with(&format!("{EVENTS}{query}"), &headers).await.problem()
    };
    assert_snapshot!(asked("?as_of=3&limit=2&kind=x", "new").await, @r#"
    422 invalid (Not valid)
    [?as_of] not_in_a_stream: a stream has no end: leave `as_of` out
    [?limit] not_in_a_stream: a stream has no end: leave `limit` out
    [?kind] unknown_parameter: there is no parameter `kind`; accepted here: `after`, `type`, `subject`, `cycle`, `since`, `until`, `as_of`, `limit`
    [Last-Event-ID] unreadable: Last-Event-ID must be the `id` of the last event seen: the ledger's incarnation, `-` and the seq
    "#);
    assert_snapshot!(asked("", "9").await, @r#"
    422 invalid (Not valid)
    [Last-Event-ID] in_the_future: event 9 does not exist: the ledger's last event is 8
    "#);
    assert_snapshot!(asked("?after=9", "").await, @r#"
    422 invalid (Not valid)
    [?after] in_the_future: event 9 does not exist: the ledger's last event is 8
    "#);
}

/// Returns a finite answer, unlike a feed.
async fn ended(house: &House, path: &str, headers: &[(&str, &str)]) -> Answer {
    let answer = tokio::time::timeout(Duration::from_secs(10), house.get_with(path, headers)).await;
    answer.unwrap_or_else(|_| panic!("{path} {headers:?} is a feed"))
}

/// Creates the quarter with these feed limits.
async fn with_feeds(limits: FeedLimits) -> House {
    let mut house = House::quarter().await;
    let clock = || Moment::parse("2026-05-04T12:00:00Z").unwrap();
    house.router = router_of(Instance::new(), Arc::clone(&house.ledgers), clock, limits, Memory::of(1 << 30));
    house
}

#[tokio::test]
async fn a_subscriber_whose_choice_fits_nothing_learns_how_far_the_feed_has_come() {
    let house = with_feeds(FeedLimits { silence: Duration::from_millis(20), ..FeedLimits::default() }).await;
    let mut subscriber = Subscriber::to(&house, "?type=okr.cycle.closed", Some("3")).await;
    assert_eq!(subscriber.next().await, "id: aaaaaaaaab-3");
    // The events up to the eighth have been examined.
    assert_eq!(subscriber.next().await, "id: aaaaaaaaab-8");
    // No news: a comment keeps the connection open.
    assert_eq!(subscriber.next().await, ":");
    house.record(&check_in("trials", 13, 7)).await;
    let mut position = subscriber.next().await;
    while position == ":" {
        position = subscriber.next().await;
    }
    assert_eq!(position, "id: aaaaaaaaab-9");
}

#[tokio::test]
async fn a_feed_is_sent_in_pieces_of_a_quarter_of_a_mebibyte_at_most() {
    let house = House::quarter().await;
    let note = "x".repeat(19_000);
    let check_ins: Vec<_> =
        (0..50).map(|n| with(check_in("trials", n, 6), json!({"data": {"value": n, "note": note}}))).collect();
    house.record(&json!(check_ins)).await;
    let mut subscriber = Subscriber::to(&house, "", None).await;
    let mut pieces = Vec::new();
    while pieces.iter().sum::<usize>() < 50 * 19_000 {
        let frame = subscriber.body.frame().await.unwrap().unwrap();
        pieces.push(frame.into_data().unwrap().len());
    }
    let longest = pieces.iter().max().unwrap();
    assert!((128 << 10..=256 << 10).contains(longest), "{pieces:?}");
}

#[tokio::test]
async fn a_feed_beyond_the_last_place_is_refused_until_another_ends() {
    let house = with_feeds(FeedLimits { feeds_max: 2, ..FeedLimits::default() }).await;
    let first = Subscriber::to(&house, "", None).await;
    let mut second = Subscriber::to(&house, "?after=7", None).await;
    let refused = ended(&house, EVENTS, &[("accept", "text/event-stream")]).await;
    assert_snapshot!(refused.problem(), @"
    503 crowded (Crowded)
    [] feeds_full: 2 feeds are open, which is the limit (server setting feeds_max): poll for the events after the last one seen every 30 s, and retry the feed from time to time
    ");
    assert_eq!(refused.header("retry-after"), "30");
    // Ordinary requests are still answered, and open feeds continue.
    assert_eq!(house.get(&format!("{EVENTS}?after=7")).await.status, StatusCode::OK);
    assert_eq!(second.ids(1).await, ["8"]);
    drop(first);
    assert_eq!(Subscriber::to(&house, "?after=7", None).await.ids(1).await, ["8"]);
}

/// Returns a ledger with three events, and its restored copy, which shares two of them.
async fn restored() -> (House, House) {
    const NOW: &str = "2026-03-20T09:00:00Z";
    let before = House::new(NOW).await;
    let first = before.ledgers.ledger("acme").unwrap().incarnations();
    let journal = memory::Memory::new();
    let header = serde_json::to_vec(before.ledgers.ledger("acme").unwrap().header()).unwrap();
    let book = journal.create("acme", &header).unwrap();
    journal.set_incarnations(book.no, &first.continued_as(Incarnation::of(99), 2)).unwrap();
    let after = House::over(Arc::new(journal), NOW);
    for house in [&before, &after] {
        for team in ["a", "b", "c"] {
            house.record(&event("okr.team.formed", team, json!({"name": team}))).await;
        }
    }
    (before, after)
}

#[tokio::test]
async fn whoever_comes_back_from_another_history_is_told_where_it_parted_and_gets_nothing_of_this_one() {
    let (_, house) = restored().await;
    let stream = async |query: &str, seen: &str| {
        let headers = [("accept", "text/event-stream"), ("last-event-id", seen)];
        let answer = ended(&house, &format!("{EVENTS}{query}"), &headers).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (StatusCode::OK, "text/event-stream"),
            "{query} {seen}"
        );
        assert_eq!(answer.header("x-accel-buffering"), "no");
        answer.text()
    };
    for (query, seen, shared_to) in [
        ("", "aaaaaaaaab-3", 2),
        ("?after=1", "aaaaaaaaab-3", 2),
        ("?after=aaaaaaaaab-3", "", 2),
        // A sequence number alone does not identify a history.
        ("", "3", 2),
        // An incarnation that this ledger never had.
        ("", "zzzzzzzzzz-1", 0),
        ("?after=zzzzzzzzzz-1", "", 0),
    ] {
        let data = format!(r#"{{"incarnation":"aaaaaaaadd","shared_to":{shared_to}}}"#);
        assert_eq!(
            stream(query, seen).await,
            format!("retry: 30000\nevent: restored\ndata: {data}\n\n"),
            "{query} {seen}"
        );
    }
    for (query, seen) in
        [("", "aaaaaaaaab-2"), ("?after=aaaaaaaaab-2", ""), ("", "2"), ("?after=2", ""), ("", "aaaaaaaadd-2")]
    {
        let mut subscriber = Subscriber::to(&house, query, Some(seen).filter(|seen| !seen.is_empty())).await;
        assert_eq!(subscriber.next().await, "id: aaaaaaaadd-2");
        assert!(subscriber.next().await.starts_with("id: aaaaaaaadd-3\ndata: "), "{query} {seen}");
    }
    let refused = async |query: &str, accept: &str| {
        house.get_with(&format!("{EVENTS}{query}"), &[("accept", accept)]).await.problem()
    };
    assert_snapshot!(refused("?after=3", "text/event-stream").await, @"
    409 conflict (Conflict with the current state)
    [?after] restored: the ledger was restored or imported, and its histories share only the events up to 2: event 3 may belong to another one. If it belongs to the current one, name it as aaaaaaaadd-3; otherwise discard the events after 2 and continue after aaaaaaaadd-2
    ");
    assert_snapshot!(refused("?after=aaaaaaaaab-3", "application/json").await, @"
    409 conflict (Conflict with the current state)
    [?after] restored: event aaaaaaaaab-3 was recorded in another history of the ledger, which was restored since; the two share the events up to 2: discard later ones and continue after aaaaaaaadd-2
    ");
    // A page asks about the present ledger.
    let seqs = async |after: &str| {
        let page = house.get(&format!("{EVENTS}?after={after}")).await.json();
        page["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((seqs("3").await, seqs("2").await), (vec![], vec![3]));
    assert_eq!((seqs("aaaaaaaaab-2").await, seqs("aaaaaaaadd-2").await), (vec![3], vec![3]));
}

#[tokio::test]
async fn an_answer_that_was_kept_does_not_hold_after_a_restore() {
    let (before, after) = restored().await;
    for path in
        ["/v1/ledgers", "/v1/ledgers/acme", &format!("{EVENTS}/1"), "/v1/ledgers/acme/teams?as_of=1", "/ledgers/acme"]
    {
        let kept = before.get(path).await;
        let known = [("if-none-match", kept.header("etag"))];
        assert_eq!(before.get_with(path, &known).await.status, StatusCode::NOT_MODIFIED, "{path}");
        let now = after.get_with(path, &known).await;
        assert!(now.status == StatusCode::OK && now.header("etag") != kept.header("etag"), "{path}");
    }
}
