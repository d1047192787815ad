//! Board reports.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::{House, check_in, event, justification, opened, with};

const REPORTS: &str = "/v1/ledgers/acme/board-reports";

fn issued(id: &str, cycle: &str) -> Value {
    event("okr.board_report.issued", id, json!({"cycle": cycle, "title": format!("Board, {id}")}))
}

/// The board gets its report on 4 May; more becomes known until June, including facts about the time before.
async fn told() -> House {
    let house = House::quarter().await;
    let entry = [check_in("cac", 860, 6), issued("may", "q2"), check_in("trials", 13, 7)];
    house.record(&json!(entry)).await;
    house
}

async fn goes_on(house: &House) {
    house.at("2026-05-11T09:00:00Z");
    let late = json!({"value": 15, "confidence": 4, "note": "the billing report was late"});
    let late = event("okr.check_in.recorded", "trials", late);
    house.record(&with(late, json!({"time": "2026-04-27T09:00:00Z"}))).await;
    let eased = json!({"changes": {"target": {"to": 800}}, "justification": justification()});
    house.record(&event("okr.key_result.adjusted", "cac", eased)).await;
    house.record(&event("okr.policy.adopted", "policy", json!({"formula": "ratio-1"}))).await;
    house.at("2026-06-08T09:00:00Z");
    house.record(&issued("june", "q2")).await;
}

#[tokio::test]
async fn a_report_answers_for_ever_with_the_same_bytes() {
    let house = told().await;
    let path = format!("{REPORTS}/may");
    let first = house.get(&path).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    assert_eq!(first.header("cache-control"), "private, no-cache");
    let report = first.json();
    // Within the same entry, the report includes the check-in before it and not the one after it.
    assert_eq!((&report["report"]["stands_on"], &report["report"]["seq"]), (&json!(9), &json!(10)));
    assert_eq!(report["board"]["objectives"][0]["key_results"][0]["current"], 12);
    assert_eq!(report["board"]["objectives"][0]["key_results"][1]["current"], 860);
    assert_snapshot!(report["report"], @r#"{"actor":"/people/ada","cycle":"q2","event_id":"4bd1f389f794cff6","id":"may","note":null,"recorded_at":"2026-05-04T12:00:00Z","seq":10,"stands_on":9,"time":"2026-05-04T12:00:00Z","title":"Board, may"}"#);
    assert_eq!((&report["policy_version"], &report["formula"]), (&json!(0), &json!("linear-1")));

    goes_on(&house).await;
    house.at("2026-09-01T09:00:00Z");
    for query in ["", "?as_of=10", "?as_of=2026-05-20"] {
        let again = house.get(&format!("{path}{query}")).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body), "{query}");
        assert_eq!(again.header("etag"), first.header("etag"));
    }
    assert_snapshot!(house.get(&format!("{path}?as_of=9")).await.problem(), @r"
    404 not-found (Not found)
    the ledger `acme` has no `may` as of event 9; a board report is expected here. Events recorded later are not considered
    ");
    let list = house.get(&format!("{REPORTS}?cycle=q2")).await.json();
    let ids: Vec<&str> =
        list["board_reports"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["may", "june"]);
    let then = house.get(&format!("{REPORTS}?as_of=10")).await.json();
    assert_eq!(then["board_reports"].as_array().unwrap().len(), 1);
    assert_eq!(house.get(&format!("{REPORTS}?cycle=q9")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_known_better_by_now_is_told_with_its_reason() {
    let house = told().await;
    let none = house.get(&format!("{REPORTS}/may/restatements")).await.json();
    assert_eq!((&none["figures"], &none["events"]), (&json!([]), &json!([])));
    goes_on(&house).await;
    let told = house.get(&format!("{REPORTS}/may/restatements")).await.json();
    let says: Vec<&str> = told["figures"].as_array().unwrap().iter().map(|one| one["says"].as_str().unwrap()).collect();
    assert_snapshot!(says.join("\n"), @r"
    “2026 Q2”: score was reported as 0.26; it is now known to have been 0.35.
    “2026 Q2”: computed score was reported as 0.26; it is now known to have been 0.35.
    “2026 Q2”: confidence was reported as 6.5; it is now known to have been 5.
    “2026 Q2”: number of stale key results was reported as 1; it is now known to have been 0.
    O-1 “Grow what customers love”: score was reported as 0.26; it is now known to have been 0.35.
    O-1 “Grow what customers love”: computed score was reported as 0.26; it is now known to have been 0.35.
    O-1 “Grow what customers love”: confidence was reported as 6.5; it is now known to have been 5.
    KR-1 “More from trials”: current was reported as 12 trials; it is now known to have been 15 trials.
    KR-1 “More from trials”: progress was reported as 0.25; it is now known to have been 0.4375.
    KR-1 “More from trials”: computed score was reported as 0.25; it is now known to have been 0.44.
    KR-1 “More from trials”: score was reported as 0.25; it is now known to have been 0.44.
    KR-1 “More from trials”: confidence was reported as 7; it is now known to have been 4.
    KR-1 “More from trials”: stale was reported as yes; it is now known to have been no.
    ");
    assert_snapshot!(told["events"], @r#"[{"actor":"/people/ada","cause":"backdated","event_id":"5c4d0417464ffb1c","recorded_at":"2026-05-11T09:00:00Z","says":"trials: check in recorded for 2026-04-27, recorded on 2026-05-11, 14 days late (event 12).","seq":12,"subject":"trials","time":"2026-04-27T09:00:00Z","type":"okr.check_in.recorded","why":"the billing report was late"}]"#);
}

#[tokio::test]
async fn what_changed_between_two_reports_is_said_in_sentences() {
    let house = told().await;
    goes_on(&house).await;
    let changes = house.get(&format!("{REPORTS}/may/changes?to=june")).await.json();
    assert_snapshot!(changes["says"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join("\n"), @r"
    The cycle: score rose from 0.26 to 0.74.
    O-1 “Grow what customers love”: score rose from 0.26 to 0.74.
    KR-1 “More from trials”: current 12 trials → 13 trials; score rose from 0.25 to 0.54.
    KR-2 “More from cac”: target 750 USD → 800 USD; score rose from 0.27 to 0.93; no check-in for too long.
    ");
    // Without a second report: up to now.
    let since = house.get(&format!("{REPORTS}/may/changes")).await.json();
    assert_eq!((&since["from"]["seq"], &since["to"]["seq"]), (&json!(9), &json!(15)));
    house.record(&with(opened("q3"), json!({"id": "another"}))).await;
    house.record(&issued("plan", "q3")).await;
    let refused = async |path: &str| house.get(&format!("{REPORTS}/{path}")).await.problem();
    assert_snapshot!(refused("june/changes?to=may").await, @r"
    422 invalid (Not valid)
    [?to] not_later: the report `may` was not issued after `june`
    ");
    assert_snapshot!(refused("may/changes?to=plan").await, @r"
    422 invalid (Not valid)
    [?to] other_cycle: the report `plan` belongs to the cycle `q3` and cannot be compared with `may`
    ");
    assert_snapshot!(refused("may/changes?to=nonsuch").await, @r"
    404 not-found (Not found)
    the ledger `acme` has no `nonsuch` as of event 17; a board report is expected here
    ");
    assert_snapshot!(refused("grow").await, @r"
    404 not-found (Not found)
    `grow` is an objective; a board report is expected here
    ");
}

#[tokio::test]
async fn what_a_report_stands_on_is_stamped_and_its_retry_is_known() {
    let house = House::quarter().await;
    let report = issued("may", "q2");
    house.record(&report).await;
    let again = house.post(&report).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::OK, "true"), "{}", again.text());
    let stamped = house.get("/v1/ledgers/acme/events/9").await.json();
    assert_eq!(stamped["data"]["stands_on"], 8);
    assert_snapshot!(house.refused(&json!([
        event("okr.board_report.issued", "a", json!({"cycle": "q2", "title": " ", "stands_on": 3})),
        event("okr.board_report.issued", "b", json!({"cycle": "q9", "title": "B"})),
    ])).await, @r"
    422 invalid (Not valid)
    [/0/data/title] bad_text: must not be blank
    [/0/data/stands_on] unknown_field: `stands_on` is not a field of this object (known: cycle, note, title)
    ");
    assert_snapshot!(house.refused(&json!([
        event("okr.board_report.issued", "b", json!({"cycle": "q9", "title": "B"})),
        event("okr.board_report.issued", "may", json!({"cycle": "q2", "title": "May again"})),
    ])).await, @r"
    422 invalid (Not valid)
    [/0/data/cycle] unknown_subject: there is no `q9` in this ledger; expected a cycle
    [/1/subject] id_taken: `may` is already a board report: choose another id
    ");
}
