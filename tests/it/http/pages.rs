//! The pages as served; `tests/browser` covers their appearance.

use axum::http::StatusCode;
use serde_json::json;

use crate::house::{EVENTS, House, check_in, drafted, event, justification, key_result, opened, with};

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
    // Without a script, the form sends days since the first; a swapped range is put in order.
    let board = house.get("/ledgers/acme/cycles/q2?day=5&from_day=12").await;
    assert_eq!(board.header("location"), "/ledgers/acme/cycles/q2?as_of=2026-04-13&from=2026-04-06");
}

#[tokio::test]
async fn a_page_of_the_past_says_so_and_offers_nothing_to_do() {
    let house = House::quarter().await;
    house.at("2026-05-20T10:00:00Z");
    let page = async |path: &str| house.get(&format!("/ledgers/acme/{path}")).await.text();
    for (path, action) in [
        ("key-results/trials", "/key-results/trials/adjust"),
        ("objectives/grow", "/objectives/grow/amend"),
        ("cycles/q2", "/cycles/q2/step"),
    ] {
        let then = page(&format!("{path}?as_of=2026-05-06")).await;
        assert!(then.contains("This is the past: what the ledger knew on"), "{path}: {then}");
        assert!(!then.contains(action), "{path}: {then}");
        let now = page(&format!("{path}?as_of=2026-05-20")).await;
        assert!(!now.contains("This is the past") && now.contains(action), "{path}: {now}");
    }
    assert!(page("cycles/q2/audit?as_of=2026-05-06").await.contains("This is the past"));
    // The other pages of a cycle are linked as of the day only if the cycle is over.
    assert!(page("cycles/q2?as_of=2026-05-06").await.contains("/cycles/q2/audit?as_of=2026-05-06\""));
    assert!(page("cycles/q2?as_of=2026-05-20").await.contains("/cycles/q2/audit\""));
    house.record(&event("okr.cycle.closed", "q2", json!({}))).await;
    let (then, now) = (page("cycles/q2?as_of=2026-05-06").await, page("cycles/q2?as_of=2026-05-20").await);
    assert!(then.contains("under way</span>") && now.contains("closed</span>"), "{then}");
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
    // Different content under the same id is not a retry.
    let other = String::from_utf8(body.to_vec()).unwrap().replace("=14", "=15");
    let other = house.post_with(path, &[FORM, HERE], other.into_bytes()).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.text().contains("value=\"15\""), "what was typed is lost");
}

/// Returns the types of the last events of the ledger.
async fn last_kinds(house: &House, n: usize) -> Vec<String> {
    let events = house.get(&format!("{EVENTS}?limit=1000")).await.json()["events"].as_array().unwrap().clone();
    events[events.len() - n..].iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

const WHY: &str = "justification%2Fcause=scope_change&justification%2Fstatement=The+region+was+sold+in+May\
                   &justification%2Fcircumstances=Sold&justification%2Fpreserves_objective=yes&cycle=q2";

#[tokio::test]
async fn a_cycle_is_closed_and_opened_again_once_each_and_the_second_says_why() {
    let house = House::quarter().await;
    let path = "/ledgers/acme/cycles/q2/step";
    assert!(house.get(path).await.text().contains("Close the cycle"));
    for _ in 0..2 {
        let body = b"form=0196c0de-cccc&actor=Ben&step=close&note=Done".to_vec();
        let closed = house.post_with(path, &[FORM, HERE], body).await;
        assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.text());
    }
    assert_eq!(last_kinds(&house, 1).await, ["okr.cycle.closed"]);
    let empty = b"form=0196c0de-dddd&actor=Ben&step=reopen&reason=".to_vec();
    let refused = house.post_with(path, &[FORM, HERE], empty).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("id=\"faults-reason\" data-part><p class=\"fault\">"), "{}", refused.text());
    let said = b"form=0196c0de-dddd&actor=Ben&step=reopen&reason=A+figure+came+late".to_vec();
    assert_eq!(house.post_with(path, &[FORM, HERE], said).await.status, StatusCode::SEE_OTHER);
    assert_eq!(last_kinds(&house, 2).await, ["okr.cycle.closed", "okr.cycle.reopened"]);
    let strange = b"form=0196c0de-eeee&actor=Ben&step=burn".to_vec();
    assert_eq!(house.post_with(path, &[FORM, HERE], strange).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_goal_is_retired_with_its_reasons_or_that_is_proposed() {
    let house = House::quarter().await;
    let path = "/ledgers/acme/key-results/trials/retire";
    assert!(house.get(path).await.text().contains("Retire the key result"));
    let bare = house.post_with(path, &[FORM, HERE], b"form=0196c0de-aaab&actor=Ben".to_vec()).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    let proposed = format!("form=0196c0de-aaac&actor=Ben&propose=yes&{WHY}");
    let proposed = house.post_with(path, &[FORM, HERE], proposed.into_bytes()).await;
    assert!(proposed.header("location").starts_with("/ledgers/acme/cycles/q2/proposals"), "{}", proposed.text());
    let retired = format!("form=0196c0de-aaad&actor=Ben&{WHY}");
    let retired = house.post_with(path, &[FORM, HERE], retired.into_bytes()).await;
    assert_eq!(retired.status, StatusCode::SEE_OTHER, "{}", retired.text());
    assert_eq!(last_kinds(&house, 2).await, ["okr.adjustment.proposed", "okr.key_result.retired"]);
    assert!(!house.get("/ledgers/acme/key-results/trials").await.text().contains("/retire\""));
}

#[tokio::test]
async fn an_objective_is_amended_in_what_was_changed_alone() {
    let house = House::quarter().await;
    let path = "/ledgers/acme/objectives/grow/amend";
    assert!(house.get("/ledgers/acme/objectives/grow").await.text().contains(&format!("href=\"{path}\"")));
    let form = page(&house, path).await;
    holds(&form, &["value=\"Grow what customers love\"", "name=\"was/title\"", "Why: three questions"]);
    let stands = "changes/owner/to=Ada&was/owner=Ada&changes/description/to=&was/description=&changes/level/to=company&was/level=company";
    // A form without changes is no amendment, and a reason is required.
    let same = format!("form=0196c0de-caaa&actor=Ben&changes/title/to=Grow&was/title=Grow&{stands}");
    let same = house.post_with(path, &[FORM, HERE], same.into_bytes()).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
    let bare = format!("form=0196c0de-caab&actor=Ben&changes/title/to=Grow+gladly&was/title=Grow&{stands}");
    let bare = house.post_with(path, &[FORM, HERE], bare.into_bytes()).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&bare.text(), &["the cycle has started", "value=\"Grow gladly\""]);

    let amended = format!("form=0196c0de-caac&actor=Ben&changes/title/to=Grow+gladly&was/title=Grow&{stands}&{WHY}");
    for _ in 0..2 {
        let answer = house.post_with(path, &[FORM, HERE], amended.clone().into_bytes()).await;
        assert!(answer.header("location").starts_with("/ledgers/acme/objectives/grow?"), "{}", answer.text());
    }
    assert_eq!(last_kinds(&house, 2).await, ["okr.check_in.recorded", "okr.objective.amended"]);
    let events = house.get(&format!("{EVENTS}?type=okr.objective.amended")).await.json();
    let changes = events["events"][0]["data"]["changes"].as_object().unwrap();
    assert_eq!((changes.len(), &changes["title"]["to"]), (1, &json!("Grow gladly")), "{events}");
    assert!(page(&house, "/ledgers/acme/objectives/grow").await.contains("Grow gladly"));
}

#[tokio::test]
async fn an_amendment_is_proposed_where_it_needs_approval_and_made_freely_before_the_start() {
    let house = House::quarter().await;
    house.record(&event("okr.policy.adopted", "policy", json!({"approval": "required"}))).await;
    let path = "/ledgers/acme/objectives/grow/amend";
    let asked = format!("actor=Ben&changes/owner/to=Ben&was/owner=Ada&{WHY}");
    let made = house.post_with(path, &[FORM, HERE], format!("form=0196c0de-cbaa&{asked}").into_bytes()).await;
    assert_eq!(made.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(made.text().contains("approv"), "{}", made.text());
    let proposed = format!("form=0196c0de-cbab&propose=yes&{asked}");
    let proposed = house.post_with(path, &[FORM, HERE], proposed.into_bytes()).await;
    assert!(proposed.header("location").starts_with("/ledgers/acme/cycles/q2/proposals"), "{}", proposed.text());
    assert_eq!(last_kinds(&house, 1).await, ["okr.adjustment.proposed"]);

    house.record(&json!([opened("q3"), drafted("later", "q3")])).await;
    let path = "/ledgers/acme/objectives/later/amend";
    assert!(!page(&house, path).await.contains("three questions"));
    let amended =
        b"form=0196c0de-cbac&actor=Ben&changes/title/to=Later+still&was/title=Later&changes/weight/to=2&was/weight="
            .to_vec();
    let amended = house.post_with(path, &[FORM, HERE], amended).await;
    assert_eq!(amended.status, StatusCode::SEE_OTHER, "{}", amended.text());
    let later = house.get("/v1/ledgers/acme/objectives/later").await.json();
    assert_eq!((&later["title"], &later["weight"]), (&json!("Later still"), &json!(2)), "{later}");
}

#[tokio::test]
async fn a_text_is_taken_up_to_its_limit_and_refused_beside_its_field_above_it() {
    let house = House::quarter().await;
    let path = "/ledgers/acme/cycles/q2/draft";
    let form = |id: &str, title: &str| {
        let said = [
            ("form", id),
            ("actor", "Ben"),
            ("title", title),
            ("owner", "Ben"),
            ("level", "company"),
            ("ambition", "committed"),
        ];
        form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish().into_bytes()
    };
    let long = "é".repeat(501);
    let refused = house.post_with(path, &[FORM, HERE], form("0196c0de-dada", &long)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = refused.text().split("id=\"faults-title\"").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
    assert!(says.contains("has 501 characters, and at most 500 are taken here"), "{says}");
    assert!(refused.text().contains(&long), "what was typed is lost");
    let taken = house.post_with(path, &[FORM, HERE], form("0196c0de-dadb", &long[2..])).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{:.3000}", taken.text());
    // Line breaks are normalised, whichever form the browser sends.
    let body = b"form=0196c0de-dadc&actor=Ben&trials%2Fvalue=14&trials%2Fnote=One%0D%0Atwo".to_vec();
    let noted = house.post_with("/ledgers/acme/cycles/q2/check-in?owner=Ben", &[FORM, HERE], body).await;
    assert_eq!(noted.status, StatusCode::SEE_OTHER, "{}", noted.text());
}

#[tokio::test]
async fn what_was_learnt_is_written_down_a_line_each() {
    let house = House::quarter().await;
    let path = "/ledgers/acme/cycles/q2/look-back";
    let empty = house.post_with(path, &[FORM, HERE], b"form=0196c0de-abba&actor=Ben&learnings=".to_vec()).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = b"form=0196c0de-abba&actor=Ben&learnings=Ask+early%0D%0AAsk+often&actions=A+list".to_vec();
    let recorded = house.post_with(path, &[FORM, HERE], said).await;
    assert!(recorded.header("location").starts_with("/ledgers/acme/cycles/q2/retrospective"), "{}", recorded.text());
    let told = page(&house, "/ledgers/acme/cycles/q2/retrospective").await;
    assert!(told.contains("Ask early") && told.contains("Ask often") && told.contains("A list"), "{told}");
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

const NASTY: &str = "<b>dearer</b> everywhere";

/// Creates a quarter with an eased target, a board report, and a late check-in.
async fn told() -> House {
    let house = House::quarter().await;
    house.record(&check_in("cac", 825, 5)).await;
    let mut why = justification();
    why["statement"] = NASTY.into();
    let eased = json!({"changes": {"target": {"to": 800}}, "justification": why});
    house.record(&event("okr.key_result.adjusted", "cac", eased)).await;
    let report = json!({"cycle": "q2", "title": "May <board>", "note": "<i>Billing</i> is being repaired."});
    house.record(&event("okr.board_report.issued", "may", report)).await;
    house.at("2026-05-05T12:00:00Z");
    house.record(&with(check_in("trials", 20, 9), json!({"time": "2026-05-04T08:00:00Z"}))).await;
    house
}

async fn page(house: &House, path: &str) -> String {
    let page = house.get(path).await;
    let text = page.text();
    assert_eq!(page.status, StatusCode::OK, "{path}: {text}");
    assert!(!text.contains("<b>dearer") && !text.contains("<board>") && !text.contains("<i>Billing"), "{path}");
    text
}

fn holds(page: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(page.contains(sentence), "{sentence} is not in {page}");
    }
}

#[tokio::test]
async fn goalposts_tell_what_was_moved_and_what_would_be_without_it() {
    let house = told().await;
    let path = "/ledgers/acme/cycles/q2/goalposts";
    let is = page(&house, path).await;
    holds(&is, &["As agreed at the start", "57 days left", "&lt;b&gt;dearer&lt;/b&gt; everywhere", "external change"]);
    holds(
        &is,
        &["name=\"without_events\" value=\"10\"", "Choose what to leave out", "All that was set at the start stands"],
    );
    // The what-if shows hypothetical target, progress and score next to the actual ones.
    let would = page(&house, &format!("{path}?without_events=10")).await;
    holds(&would, &["Had event 10 not been:", "value=\"10\" id=\"without-10\" checked", "800 USD → "]);
    assert!(would.contains(">750 USD<"), "{would}");
    let all = page(&house, &format!("{path}?without=adjustments")).await;
    holds(&all, &["Had event 10 not been:", "value=\"adjustments\" id=\"without-adjustments\" checked"]);
    // As of the moment before.
    let before = page(&house, &format!("{path}?as_of=9")).await;
    holds(&before, &["nothing was moved", "name=\"as_of\" value=\"9\""]);
    assert_eq!(house.get(&format!("{path}?without_events=999")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(house.get(&format!("{path}?without=luck")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_retrospective_tells_the_cycle_s_story() {
    let house = told().await;
    let is = page(&house, "/ledgers/acme/cycles/q2/retrospective").await;
    holds(
        &is,
        &["How it went", "1 adjustment in mid-cycle", "What was adjusted, and why", "&lt;b&gt;dearer&lt;/b&gt;"],
    );
    holds(&is, &["under way", "No retrospective has been recorded yet.", "as_of=2026-04-07"]);
    let said = json!({"went_well": ["We <b>talked</b>"], "learnings": ["Ask sooner"]});
    house.record(&event("okr.retrospective.recorded", "q2", said)).await;
    let is = page(&house, "/ledgers/acme/cycles/q2/retrospective").await;
    holds(&is, &["We &lt;b&gt;talked&lt;/b&gt;", "Ask sooner"]);
}

#[tokio::test]
async fn calibration_holds_confidence_against_outcome() {
    let house = told().await;
    let path = "/ledgers/acme/cycles/q2/calibration";
    holds(&page(&house, path).await, &["No forecast has an outcome yet", "More from cac"]);
    house.at("2026-07-02T12:00:00Z");
    holds(&page(&house, path).await, &["What was stated, and what came of it", "Brier score", "furthest off first"]);
}

#[tokio::test]
async fn a_board_report_is_told_with_what_is_known_better() {
    let house = told().await;
    let list = page(&house, "/ledgers/acme/board-reports").await;
    holds(&list, &["May &lt;board&gt;", "href=\"/ledgers/acme/board-reports/may\"", "knows up to event 10"]);
    holds(&page(&house, "/ledgers/acme/board-reports?cycle=q2").await, &["May &lt;board&gt;", "/cycles/q2/goalposts"]);
    let report = page(&house, "/ledgers/acme/board-reports/may").await;
    holds(
        &report,
        &["&lt;i&gt;Billing&lt;/i&gt;", "Grow what customers love", "Known now", "By events", "(/people/ada)"],
    );
    let board = page(&house, "/ledgers/acme/cycles/q2?as_of=2026-05-05").await;
    holds(&board, &["href=\"/ledgers/acme/board-reports/may\""]);
}

#[tokio::test]
async fn a_story_of_what_is_not_there_is_not_found() {
    let house = told().await;
    for path in ["goalposts", "retrospective", "calibration"] {
        let answer = house.get(&format!("/ledgers/acme/cycles/none/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["board-reports/none", "board-reports?cycle=none", "board-reports/grow"] {
        assert_eq!(house.get(&format!("/ledgers/acme/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
