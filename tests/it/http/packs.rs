//! The board as documents: by path, by `Accept`, as of any moment.

use axum::http::StatusCode;
use serde_json::json;

use crate::house::{House, check_in, event, justification};

const BOARD: &str = "/v1/ledgers/acme/cycles/q2/board";
const FORMATS: [(&str, &str, &[u8]); 5] = [
    ("html", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
    ("pdf", "application/pdf", b"%PDF-"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    ("csv", "text/csv; charset=utf-8; header=present", b"\"cycle\",\"objective\","),
    ("md", "text/markdown; charset=utf-8", b"# "),
];

#[tokio::test]
async fn a_board_comes_in_every_format_by_its_path_and_by_what_is_accepted() {
    let house = House::quarter().await;
    for (ending, content_type, begins) in FORMATS {
        let by_path = house.get(&format!("{BOARD}.{ending}?as_of=8")).await;
        assert_eq!((by_path.status, by_path.header("content-type")), (StatusCode::OK, content_type), "{ending}");
        assert!(by_path.body.starts_with(begins), "{ending}");
        assert_eq!(by_path.header("ledger-seq"), "8");
        assert_eq!(by_path.header("content-disposition"), format!("inline; filename=\"acme-q2-board-8.{ending}\""));
        assert!(by_path.header("content-security-policy").starts_with("default-src 'none'"));
        let accepted = content_type.split(';').next().unwrap();
        let by_accept = house.get_with(&format!("{BOARD}?as_of=8"), &[("accept", accepted)]).await;
        assert_eq!(by_accept.header("content-type"), content_type, "{ending}");
        assert_eq!(by_accept.header("vary"), "accept");
        assert!(by_accept.body == by_path.body, "{ending}");
    }
}

#[tokio::test]
async fn json_is_answered_unless_something_else_is_wanted_more() {
    let house = House::quarter().await;
    for (accept, wanted) in [
        ("*/*", "application/json"),
        ("image/png", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("application/json;q=0.5, text/csv;q=0.6", "text/csv; charset=utf-8; header=present"),
        ("text/csv;q=0, application/json;q=0.1", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
    ] {
        let answer = house.get_with(BOARD, &[("accept", accept)]).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, wanted), "{accept}");
    }
    assert_eq!(house.get(BOARD).await.header("vary"), "accept");
}

#[tokio::test]
async fn what_was_known_once_is_written_the_same_for_ever() {
    let house = House::quarter().await;
    let mut before = Vec::new();
    for (ending, _, _) in FORMATS {
        before.push(house.get(&format!("{BOARD}.{ending}?as_of=8")).await);
    }
    house.at("2026-06-20T12:00:00Z");
    house.record(&check_in("cac", 800, 9)).await;
    for ((ending, _, _), before) in FORMATS.into_iter().zip(before) {
        let again = house.get(&format!("{BOARD}.{ending}?as_of=8")).await;
        assert!(again.body == before.body && again.header("etag") == before.header("etag"), "{ending}");
        assert_eq!(again.header("cache-control"), "private, no-cache", "{ending}");
        let now = house.get(&format!("{BOARD}.{ending}")).await;
        assert!(now.body != before.body && now.header("etag") != before.header("etag"), "{ending}");
        let known = house.get_with(&format!("{BOARD}.{ending}"), &[("if-none-match", now.header("etag"))]).await;
        assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0), "{ending}");
    }
}

#[tokio::test]
async fn what_a_document_cites_asks_for_the_same_again() {
    let house = House::quarter().await;
    house.at("2026-05-09T20:00:00Z");
    house.record(&check_in("cac", 900, 6)).await;
    let cited = |text: &str| -> String {
        let (_, path) = text.rsplit_once("`/v1/").unwrap();
        format!("/v1/{}", path.split_once('`').unwrap().0).replace("/board?", "/board.md?")
    };
    // The event's own day, later days by date, by moment and without either, an `on` query, and filters.
    for asked in [
        "as_of=9",
        "as_of=2026-05-09",
        "as_of=2026-05-15",
        "as_of=2026-05-15T23:30:00Z",
        "",
        "on=2026-05-10",
        "as_of=2026-05-15&on=2026-05-12",
        "max_confidence=7&as_of=2026-05-15",
        "status=at_risk",
        "owner=%2Fpeople%2Fzo%C3%AB%20%26%20co",
    ] {
        house.at("2026-05-20T10:00:00Z");
        let first = house.get(&format!("{BOARD}.md?{asked}")).await;
        assert_eq!(first.status, StatusCode::OK, "{asked}: {}", first.text());
        let path = cited(&first.text());
        house.at("2026-06-11T10:00:00Z");
        let again = house.get(&path).await;
        assert_eq!((again.status, again.text()), (StatusCode::OK, first.text()), "{asked}: {path}");
        assert_eq!(again.header("content-disposition"), first.header("content-disposition"), "{asked}");
    }
    let name = |answer: crate::house::Answer| answer.header("content-disposition").to_owned();
    house.at("2026-05-20T10:00:00Z");
    assert_eq!(
        name(house.get(&format!("{BOARD}.md")).await),
        "inline; filename=\"acme-q2-board-9-20260520T100000Z.md\""
    );
    let part = house.get(&format!("{BOARD}.md?as_of=9&max_confidence=7&status=at_risk")).await;
    assert_eq!(name(part), "inline; filename=\"acme-q2-board-9-status-at-risk-confidence-at-most-7.md\"");
}

#[tokio::test]
async fn a_document_is_of_the_part_and_of_the_day_that_were_asked_for() {
    let house = House::quarter().await;
    let eased = json!({"changes": {"target": {"to": 800}}, "justification": justification()});
    house.record(&event("okr.key_result.adjusted", "cac", eased)).await;
    let whole = house.get(&format!("{BOARD}.md")).await.text();
    assert!(whole.contains("KR-2") && whole.contains("advertising has become dearer everywhere"), "{whole}");
    assert!(!whole.contains("Part of the cycle"), "{whole}");
    let part = house.get(&format!("{BOARD}.md?max_confidence=7")).await.text();
    assert!(part.contains("Part of the cycle only: confidence at most 7."), "{part}");
    // The adjusted key result is not shown, nor is the reason.
    assert!(!part.contains("KR-2") && !part.contains("dearer"), "{part}");
    let day = house.get(&format!("{BOARD}.md?on=2026-04-10")).await.text();
    assert!(day.contains("what was true on 2026-04-10"), "{day}");
    assert!(!day.contains("dearer") && day.contains("to 750 USD") | day.contains("→ 750 USD"), "{day}");
    let too_early = house.get(&format!("{BOARD}.pdf?on=2026-03-01")).await;
    assert!(too_early.problem().contains("had not been opened on 2026-03-01"), "{}", too_early.text());
    let unknown = house.get("/v1/ledgers/acme/cycles/q9/board.pdf").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let faulty = house.get(&format!("{BOARD}.csv?level=galaxy&sort=up")).await;
    assert_eq!(faulty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(faulty.problem().contains("?sort"), "{}", faulty.text());
}

#[tokio::test]
async fn the_page_of_a_board_leads_to_its_documents_of_the_same_moment_and_part() {
    let house = House::quarter().await;
    let page = house.get("/ledgers/acme/cycles/q2?as_of=2026-04-20&level=company").await.text();
    for (ending, content_type, _) in FORMATS {
        let path = format!("{BOARD}.{ending}?as_of=2026-04-20&level=company");
        assert!(page.contains(&path.replace('&', "&amp;")), "no {path} in {page}");
        let document = house.get(&path).await;
        assert_eq!((document.status, document.header("content-type")), (StatusCode::OK, content_type));
    }
}
