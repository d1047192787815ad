//! Changes after the start, the remaining scope, and the score without the changes.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::{House, check_in, event, justification, key_result, with};

const CYCLE: &str = "/v1/ledgers/acme/cycles/q2";

async fn ask(house: &House, path: &str) -> Value {
    let answer = house.get(path).await;
    assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text());
    answer.json()
}

/// Returns one part of an answer as compact JSON.
fn part(answer: &Value, pointer: &str) -> String {
    answer.pointer(pointer).unwrap_or_else(|| panic!("{pointer}: {answer}")).to_string()
}

fn because(cause: &str, statement: &str) -> Value {
    let mut why = justification();
    (why["cause"], why["statement"]) = (cause.into(), statement.into());
    why
}

#[tokio::test]
async fn an_eased_target_is_told_with_what_it_brought() {
    let house = House::quarter().await;
    house.record(&check_in("cac", 825, 5)).await;
    let eased = json!({"changes": {"target": {"to": 800}}, "justification": justification()});
    house.record(&event("okr.key_result.adjusted", "cac", eased)).await;
    let told = ask(&house, &format!("{CYCLE}/goalposts")).await;
    assert_snapshot!(part(&told, "/ladder"), @r#"{"as_graded":0.5,"final_wording":0.5,"original":0.375,"time_weighted":0.375}"#);
    assert_snapshot!(part(&told, "/total"), @r#"{"appeared":0,"days_left_least":57,"eased":1,"eased_by":0.3333,"elapsed_mean":0.369,"hardened":0,"hardened_by":0,"lift":0.125,"moves":1,"remeasured":0,"retired":0,"reworded":0}"#);
    assert_snapshot!(part(&told, "/moves/0"), @r#"{"cause":"external_change","days_left":57,"direction":"eased","elapsed":0.369,"lift":0.125,"objective":"grow","ref":"KR-2","seq":10,"share":0.3333,"subject":"cac","summary":"target 750 → 800 USD, eased, 57 days left, 13 points ahead of pace, confidence 5, external change: advertising has become dearer everywhere","time":"2026-05-04T12:00:00.000001Z","type":"okr.key_result.adjusted"}"#);
    assert_snapshot!(part(&told, "/by_cause"), @r#"[{"cause":"external_change","moved":{"appeared":0,"days_left_least":57,"eased":1,"eased_by":0.3333,"elapsed_mean":0.369,"hardened":0,"hardened_by":0,"lift":0.125,"moves":1,"remeasured":0,"retired":0,"reworded":0}}]"#);
    assert_snapshot!(part(&told, "/scope"), @r#"{"appeared":[],"key_results":{"appeared":0,"scored":2,"set_at_start":2,"standing":2,"vanished":0},"objectives":{"appeared":0,"scored":1,"set_at_start":1,"standing":1,"vanished":0},"vanished":[]}"#);
    let what_if = ask(&house, &format!("{CYCLE}/what-if?without=adjustments")).await;
    assert_eq!(what_if["ladder"]["cycle"], told["ladder"]);
    assert_eq!(what_if["what_if"]["computed_score"], told["ladder"]["original"]);
    // As of the moment before, nothing had been moved.
    let before = ask(&house, &format!("{CYCLE}/goalposts?as_of=9")).await;
    assert_eq!((&before["total"]["moves"], &before["lift"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_key_result_cannot_vanish_without_a_trace() {
    let house = House::quarter().await;
    // Nothing deletes: no method, no event type, and no retirement without a reason.
    let path = "/v1/ledgers/acme/key-results/cac";
    let answer = house.send(crate::house::request("DELETE", path, &[], vec![])).await;
    assert_eq!(answer.status.as_u16(), 405);
    let refused = house.refused(&event("okr.key_result.deleted", "cac", json!({}))).await;
    assert!(refused.contains("unknown_type: `okr.key_result.deleted` is not an event type"), "{refused}");
    assert_snapshot!(house.refused(&event("okr.key_result.retired", "cac", json!({}))).await, @r"
    422 invalid (Not valid)
    [/data/justification] required: `justification` is required
    ");
    let why = because("external_change", "the channel was shut down by its provider");
    house.record(&event("okr.key_result.retired", "cac", json!({"justification": why}))).await;
    let told = ask(&house, &format!("{CYCLE}/goalposts")).await;
    assert_snapshot!(part(&told, "/scope/key_results"), @r#"{"appeared":0,"scored":1,"set_at_start":2,"standing":1,"vanished":1}"#);
    assert_snapshot!(part(&told, "/scope/vanished"), @r#"[{"days_left":57,"id":"cac","justification":{"cause":"external_change","circumstances":"the auction prices rose by a third","preserves_objective":true,"statement":"the channel was shut down by its provider"},"objective":"grow","ref":"KR-2","replaced_by":[],"seq":9,"time":"2026-05-04T12:00:00Z","title":"More from cac","with_objective":false}]"#);
}

#[tokio::test]
async fn a_target_split_in_two_is_retired_and_replaced() {
    let house = House::new("2026-03-20T09:00:00Z").await;
    house.record(&crate::house::opened("q2")).await;
    house.record(&crate::house::drafted("grow", "q2")).await;
    house.record(&json!(key_result("repositories", "grow", ("increase", "repositories"), 0, 200))).await;
    house.record(&json!(key_result("trials", "grow", ("increase", "trials"), 0, 10))).await;
    house.at("2026-04-01T08:00:00Z");
    house.record(&event("okr.cycle.started", "q2", json!({}))).await;
    house.at("2026-05-11T09:00:00Z");
    house.record(&check_in("repositories", 20, 4)).await;
    let [cpp, cpp_measured] = key_result("cpp", "grow", ("increase", "repositories"), 0, 25);
    let [java, java_measured] = key_result("java", "grow", ("increase", "repositories"), 0, 25);
    let why = because("scope_change", "only C++ and Java are supported this quarter, 25 each");
    let retired =
        event("okr.key_result.retired", "repositories", json!({"justification": why, "replaced_by": ["cpp", "java"]}));
    house.record(&json!([cpp, cpp_measured, java, java_measured, retired])).await;
    house.record(&check_in("cpp", 20, 7)).await;
    let told = ask(&house, &format!("{CYCLE}/goalposts")).await;
    assert_snapshot!(part(&told, "/scope/key_results"), @r#"{"appeared":2,"scored":1,"set_at_start":2,"standing":3,"vanished":1}"#);
    assert_snapshot!(part(&told, "/scope/vanished/0/replaced_by"), @r#"[{"id":"cpp","title":"More from cpp"},{"id":"java","title":"More from java"}]"#);
    assert_snapshot!(part(&told, "/scope/appeared/0/replaces"), @r#"["repositories"]"#);
    assert_snapshot!(part(&told, "/scope/appeared/1/replaces"), @r#"["repositories"]"#);
    assert_snapshot!(part(&told, "/ladder"), @r#"{"as_graded":0.8,"final_wording":0.8,"original":0.1,"time_weighted":0.1}"#);
}

#[tokio::test]
async fn a_scope_that_shrank_by_a_third_leaves_the_share_done_as_it_was() {
    let house = House::quarter().await;
    let [services, measured] = key_result("services", "grow", ("increase", "services"), 0, 30);
    house.record(&json!([services, measured])).await;
    let said = with(check_in("services", 12, 6), json!({"id": "twelve"}));
    house.record(&said).await;
    let why = because("scope_change", "ten of the thirty services are switched off, not migrated");
    let adjusted = json!({"changes": {"target": {"to": 20}}, "justification": why});
    let corrected = json!({"corrects": "twelve", "value": 8, "reason": "counted without the services switched off"});
    let entry = [
        event("okr.key_result.adjusted", "services", adjusted),
        event("okr.check_in.corrected", "services", corrected),
    ];
    house.record(&json!(entry)).await;
    let computed = async |query: &str| {
        let answer = ask(&house, &format!("{CYCLE}/what-if?{query}")).await;
        let differs = answer["differences"].as_array().unwrap().iter().find(|one| one["key_result"] == "services");
        differs.map_or("as it is".to_owned(), |one| one["what_if"]["computed"].to_string())
    };
    // Eight of twenty are done, where twelve of thirty were: the share is the same, and either change alone would have
    // moved it.
    let now = ask(&house, "/v1/ledgers/acme/key-results/services").await;
    assert_eq!(now["board"]["score"]["computed"].to_string(), "0.4");
    assert_eq!(computed("without=adjustments,corrections").await, "0.4");
    assert_eq!(computed("without=adjustments").await, "0.2667");
    assert_eq!(computed("without=corrections").await, "0.6");
    let told = ask(&house, &format!("{CYCLE}/goalposts")).await;
    let moved = told["moves"].as_array().unwrap().iter().find(|one| one["type"] == "okr.key_result.adjusted").unwrap();
    assert_snapshot!(format!("{} {} {}", moved["direction"], moved["share"], moved["cause"]), @r#""eased" 0.3333 "scope_change""#);
}

#[tokio::test]
async fn a_figure_is_traced_to_the_events_that_made_it() {
    let house = House::quarter().await;
    house.record(&check_in("cac", 825, 5)).await;
    let eased = json!({"changes": {"target": {"to": 800}}, "justification": justification()});
    house.record(&event("okr.key_result.adjusted", "cac", eased)).await;
    let told = ask(&house, "/v1/ledgers/acme/objectives/grow/lineage").await;
    let steps = told["steps"].as_array().unwrap();
    let moves = |step: &Value| format!("#{} {} {}", step["seq"], step["summary"].as_str().unwrap(), step["moves"]);
    assert_snapshot!(steps.iter().map(moves).collect::<Vec<_>>().join("\n"), @r#"
    #8 check-in: value 12 [{"by":0.25,"from":null,"id":"trials","of":"key_result","ref":"KR-1","to":0.25},{"by":0.25,"from":null,"id":"grow","of":"objective","ref":"O-1","to":0.25},{"by":0.25,"from":null,"id":"q2","of":"cycle","ref":null,"to":0.25}]
    #9 check-in: value 825 [{"by":0.5,"from":null,"id":"cac","of":"key_result","ref":"KR-2","to":0.5},{"by":0.125,"from":0.25,"id":"grow","of":"objective","ref":"O-1","to":0.375},{"by":0.125,"from":0.25,"id":"q2","of":"cycle","ref":null,"to":0.375}]
    #10 target 750 → 800 USD, eased, 57 days left, 13 points ahead of pace, confidence 5, external change: advertising has become dearer everywhere [{"by":0.25,"from":0.5,"id":"cac","of":"key_result","ref":"KR-2","to":0.75},{"by":0.125,"from":0.375,"id":"grow","of":"objective","ref":"O-1","to":0.5},{"by":0.125,"from":0.375,"id":"q2","of":"cycle","ref":null,"to":0.5}]
    "#);
    assert_eq!(told["score"], ask(&house, &format!("{CYCLE}/board")).await["objectives"][0]["score"]);
    // Page by page the answer is the same.
    let page = house.get("/v1/ledgers/acme/objectives/grow/lineage?limit=2").await;
    let next = "</v1/ledgers/acme/objectives/grow/lineage?limit=2&after=9>; rel=\"next\"";
    assert_eq!(page.header("link"), next);
    let (first, last) = (page.json(), ask(&house, "/v1/ledgers/acme/objectives/grow/lineage?limit=2&after=9").await);
    let first = first["steps"].as_array().unwrap();
    assert_eq!((first.as_slice(), &last["steps"][0], &last["score"]), (&steps[..2], &steps[2], &told["score"]));
    let then = ask(&house, "/v1/ledgers/acme/key-results/cac/lineage?as_of=9").await;
    assert_eq!((&then["score"], then["steps"].as_array().unwrap().len()), (&json!(0.5), 1));
}
