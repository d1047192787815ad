//! The pages, as they are served; what they look like is for `tests/browser`.

use axum::http::StatusCode;
use serde_json::json;

use crate::house::{EVENTS, House, drafted, event, key_result, opened};

const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn every_page_tells_browsers_what_to_keep_to() {
    let house = House::quarter().await;
    for path in
        ["/", "/ledgers/acme", "/ledgers/acme/key-results/trials", "/ledgers/nobody", "/ledgers/acme/cycles/none"]
    {
        let page = house.get(path).await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!((page.header("x-content-type-options"), page.header("referrer-policy")), ("nosniff", "no-referrer"));
        assert!(!page.text().contains(" style="), "{path} holds a style of its own, which browsers leave out");
    }
    assert_eq!(house.get("/ledgers/nobody").await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.get("/ledgers/acme/cycles/q2?as_of=tomorrow").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_again_and_styles_are_kept_for_ever() {
    let house = House::quarter().await;
    let page = house.get("/ledgers/acme/cycles/q2?as_of=2026-05-04").await;
    let again =
        house.get_with("/ledgers/acme/cycles/q2?as_of=2026-05-04", &[("if-none-match", page.header("etag"))]).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let text = page.text();
    let style =
        text.split("href=\"").find(|part| part.starts_with("/assets/style")).unwrap().split('"').next().unwrap();
    assert_eq!(house.get(style).await.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(house.get("/assets/style.0000000000000000.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_board_without_a_moment_is_looked_at_under_the_address_of_its_last_day() {
    let house = House::quarter().await;
    let board = house.get("/ledgers/acme/cycles/q2?owner=Ben").await;
    assert_eq!(board.status, StatusCode::SEE_OTHER);
    assert_eq!(board.header("location"), "/ledgers/acme/cycles/q2?as_of=2026-05-04&owner=Ben");
    // A form without a script sends days from the first; handles that were exchanged are put in order.
    let board = house.get("/ledgers/acme/cycles/q2?day=5&from_day=12").await;
    assert_eq!(board.header("location"), "/ledgers/acme/cycles/q2?as_of=2026-04-13&from=2026-04-06");
}

#[tokio::test]
async fn a_form_is_taken_from_here_alone_and_recorded_once() {
    let house = House::quarter().await;
    let path = "/ledgers/acme/cycles/q2/check-in?owner=Ben";
    let body = b"form=0196c0de-aaaa&actor=Ben&trials%2Fvalue=14&trials%2Fconfidence=8&trials%2Fnote=";
    let events = async || house.get(&format!("{EVENTS}?limit=1000")).await.json()["events"].as_array().unwrap().len();
    let before = events().await;
    for from in [("sec-fetch-site", "cross-site"), ("origin", "http://evil.example"), ("accept", "*/*")] {
        let answer = house.post_with(path, &[FORM, from], body.to_vec()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{from:?}");
    }
    assert_eq!(events().await, before);
    let first = house.post_with(path, &[FORM, HERE], body.to_vec()).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
    assert!(first.header("set-cookie").ends_with("SameSite=Strict; HttpOnly"), "{}", first.header("set-cookie"));
    house.at("2026-05-04T12:30:00Z");
    let again = house.post_with(path, &[FORM, HERE], body.to_vec()).await;
    assert_eq!((again.status, again.header("location")), (first.status, first.header("location")));
    assert_eq!(events().await, before + 1);
    // Other content under the same id is no second sending.
    let other = String::from_utf8(body.to_vec()).unwrap().replace("=14", "=15");
    let other = house.post_with(path, &[FORM, HERE], other.into_bytes()).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.text().contains("value=\"15\""), "what was typed is lost");
}

#[tokio::test]
async fn a_board_of_200_key_results_is_not_too_much_to_send() {
    let house = House::new("2026-03-20T09:00:00Z").await;
    house.record(&opened("q2")).await;
    for n in 0..50 {
        let mut entry = vec![drafted(&format!("objective-{n}"), "q2")];
        for k in 0..4 {
            entry.extend(key_result(
                &format!("kr-{n}-{k}"),
                &format!("objective-{n}"),
                ("increase", "%"),
                10 + n,
                60 + k,
            ));
        }
        house.record(&json!(entry)).await;
    }
    house.at("2026-04-01T08:00:00Z");
    house.record(&event("okr.cycle.started", "q2", json!({}))).await;
    for week in 1..5 {
        house.at(&format!("2026-04-{:02}T09:00:00Z", 6 + 7 * (week - 1)));
        let said = (0..200).map(|n| {
            let data = json!({"value": 12 + n % 50 + week, "confidence": (n + week) % 11, "blockers": ["Waiting for the data of last month"]});
            event("okr.check_in.recorded", &format!("kr-{}-{}", n / 4, n % 4), data)
        });
        house.record(&said.collect()).await;
    }
    let begun = std::time::Instant::now();
    let page = house.get_with("/ledgers/acme/cycles/q2?as_of=2026-04-27", &[("accept-encoding", "gzip")]).await;
    eprintln!("{} bytes in {:?} (built for tests)", page.body.len(), begun.elapsed());
    assert_eq!((page.status, page.header("content-encoding")), (StatusCode::OK, "gzip"));
    assert!(page.body.len() < 150_000, "{} bytes", page.body.len());
}
