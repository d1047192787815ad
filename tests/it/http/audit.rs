//! Reasons for changes: cases known from public histories of goals, recorded and queried.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::{Answer, House, check_in, event, justification, with};

const GOALS: &str = "/v1/ledgers/acme";

async fn get(house: &House, path: &str) -> Answer {
    let answer = house.get(&format!("{GOALS}/{path}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text());
    answer
}

/// Returns the summaries of the lines that are adjustments in mid-cycle.
fn told(audit: &Value) -> String {
    let trail = audit["trail"].as_array().unwrap();
    let lines = trail.iter().filter(|line| line["policy_version"].is_u64() && line["seq"].as_u64().unwrap() > 8);
    lines.map(|line| line["summary"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

async fn eased() -> House {
    let house = House::quarter().await;
    house.record(&check_in("cac", 870, 4)).await;
    house.record(&event("okr.policy.adopted", "policy", json!({"cadence": {"days": 14}}))).await;
    house.at("2026-05-11T09:00:00Z");
    let mut why = justification();
    why["evidence"] = json!(["https://example.com/auction-prices"]);
    let eased = json!({"changes": {"target": {"to": 800}}, "justification": why});
    house.record(&event("okr.key_result.adjusted", "cac", eased)).await;
    house.at("2026-05-18T09:00:00Z");
    house.record(&check_in("cac", 840, 6)).await;
    house
}

#[tokio::test]
async fn a_change_is_told_with_all_that_an_auditor_asks() {
    let house = eased().await;
    let audit = get(&house, "cycles/q2/audit?direction=eased").await.json();
    let [line] = audit["trail"].as_array().unwrap().as_slice() else { panic!("{audit}") };
    assert_snapshot!(line["summary"], @r#""target 750 → 800 USD, eased, 50 days left, 24 points behind pace, confidence 4, external change: advertising has become dearer everywhere""#);
    assert_snapshot!(line["questions"], @r#"[{"answer":"the auction prices rose by a third","question":"Have conditions changed materially?"},{"answer":"external change: advertising has become dearer everywhere (24 points behind pace at that moment)","question":"Is it changed because we are behind, or because circumstances changed?"},{"answer":"yes","question":"Does it preserve the spirit of the objective?"}]"#);
    assert_snapshot!(line["justification"]["evidence"], @r#"["https://example.com/auction-prices"]"#);
    assert_snapshot!(line["context"], @r#"{"computed_score":0.2,"confidence":4,"days_left":50,"elapsed":0.4446,"pace_gap":0.2446,"policy_version":1,"progress":0.2}"#);
    assert_snapshot!(line["without"], @r#"{"cycle":{"computed_score":0.425,"computed_score_without":0.325,"score":0.425,"score_without":0.325},"key_result":{"computed_score":0.6,"computed_score_without":0.4,"score":0.6,"score_without":0.4},"objective":{"computed_score":0.425,"computed_score_without":0.325,"score":0.425,"score_without":0.325}}"#);
    assert_snapshot!(line["check_ins"], @r#"{"first_after":{"confidence":6,"note":null,"seq":12,"time":"2026-05-18T09:00:00Z","value":840},"last_before":{"confidence":4,"note":null,"seq":9,"time":"2026-05-04T12:00:00Z","value":870}}"#);
    assert_snapshot!(line["owners"], @r#"{"key_result":"Ben","objective":"Ada","team":null}"#);
    assert_eq!((&line["policy_version"], &line["context"]["policy_version"]), (&json!(1), &json!(1)));
    // From knowledge before the next check-in, none followed.
    let then = get(&house, "key-results/cac/audit?as_of=11&direction=eased").await.json();
    assert_eq!(then["trail"][0]["check_ins"]["first_after"], Value::Null);
}

#[tokio::test]
async fn a_trail_can_be_narrowed_by_cause_direction_actor_and_time() {
    let house = eased().await;
    let count = async |query: &str| {
        get(&house, &format!("cycles/q2/audit?{query}")).await.json()["trail"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 8);
    for (query, wanted) in [
        ("cause=external_change", 1),
        ("cause=scope_change&cause=new_information", 0),
        ("cause=scope_change,external_change", 1),
        ("direction=hardened", 0),
        ("direction=eased,hardened", 1),
        ("actor=/people/ada", 8),
        ("actor=/people/ben", 0),
        ("since=2026-05-11", 1),
        ("until=2026-05-11", 7),
        ("since=2026-05-11T09:00:01Z", 0),
    ] {
        assert_eq!(count(query).await, wanted, "{query}");
    }
    let wrong = house.get(&format!("{GOALS}/cycles/q2/audit?cause=luck&direction=up&since=soon&format=pdf")).await;
    assert_snapshot!(wrong.problem(), @r"
    422 invalid (Not valid)
    [?cause] unreadable: `cause`: `luck` is not one of external_change, new_information, measurement_correction, scope_change, execution_shortfall
    [?direction] unreadable: `direction`: `up` is not one of eased, hardened, remeasured
    [?since] unreadable: `since`: `soon` is neither a date (2026-05-05) nor an RFC 3339 time (2026-05-05T09:00:00Z)
    [?format] unreadable: `format`: `pdf` is neither json nor csv
    ");
}

#[tokio::test]
async fn a_trail_is_a_table_for_a_spreadsheet_that_runs_nothing() {
    let house = eased().await;
    let mut why = justification();
    why["statement"] = "=HYPERLINK(\"https://example.com\", \"click, please\")".into();
    let moved = json!({"changes": {"weight": {"to": 2}}, "justification": why});
    house.record(&with(event("okr.key_result.adjusted", "cac", moved), json!({"source": "@ada"}))).await;
    let csv = get(&house, "key-results/cac/audit?cause=external_change&format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!((csv.header("vary"), csv.header("ledger-seq")), ("accept", "13"));
    assert_snapshot!(csv.text(), @r#"
    "seq","event_id","type","subject","actor","time","recorded_at","summary","changes","mid_cycle","direction","cause","statement","circumstances","preserves_objective","evidence","remark","progress","computed_score","confidence","elapsed","days_left","pace_gap","policy_version","computed_score_before","computed_score_after","key_result_score","key_result_score_without","objective_score","objective_score_without","cycle_score","cycle_score_without","key_result_owner","objective_owner","team","before_seq","before_value","before_confidence","after_seq","after_value","after_confidence","proposal","proposed_by","approved_by"
    11,"6b4fe90965481242","okr.key_result.adjusted","cac","/people/ada","2026-05-11T09:00:00Z","2026-05-11T09:00:00Z","target 750 → 800 USD, eased, 50 days left, 24 points behind pace, confidence 4, external change: advertising has become dearer everywhere","target: 750 → 800","yes","eased","external_change","advertising has become dearer everywhere","the auction prices rose by a third","yes","https://example.com/auction-prices","",0.2,0.2,4,0.4446,50,0.2446,1,0.2,0.3,0.6,0.4,0.4833,0.35,"","","Ben","Ada","",9,870,4,12,840,6,"","",""
    13,"190ea3946da671d","okr.key_result.adjusted","cac","'@ada","2026-05-18T09:00:00.000001Z","2026-05-18T09:00:00.000001Z","weight set to 2, 43 days left, 8 points ahead of pace, confidence 6, external change: =HYPERLINK(""https://example.com"", ""click, please"")","weight: null → 2","yes","","external_change","'=HYPERLINK(""https://example.com"", ""click, please"")","the auction prices rose by a third","yes","","",0.6,0.6,6,0.5215,43,-0.0785,1,0.6,0.6,0.6,0.6,0.4833,0.425,"","","Ben","Ada","",12,840,6,"","","","","",""
    "#);
    let path = format!("{GOALS}/key-results/cac/audit?cause=external_change");
    let accepted = house.get_with(&path, &[("accept", "text/html, text/csv;q=0.9")]).await;
    assert_eq!(accepted.body, csv.body);
    let json = house.get_with(&format!("{path}&format=json"), &[("accept", "text/csv")]).await;
    assert_eq!(json.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_score_that_was_changed_at_the_zero_hour_leaves_two_gradings() {
    let house = House::quarter().await;
    house.at("2026-06-30T10:00:00Z");
    house.record(&event("okr.key_result.scored", "trials", json!({"score": 0.4, "rationale": "half the way"}))).await;
    house.at("2026-06-30T21:59:00Z");
    let zero_hour = json!({"score": 1.0, "rationale": "completed at the zero hour"});
    house.record(&event("okr.key_result.scored", "trials", zero_hour)).await;
    let audit = get(&house, "key-results/trials/audit").await.json();
    assert_snapshot!(told(&audit), @r"
    graded 0.4, computed 0.25
    graded 0.4 → 1.0, computed 0.25
    ");
    let trail = audit["trail"].as_array().unwrap();
    let last = trail.last().unwrap();
    assert_eq!((&last["remark"], &last["changes"][0]["from"]), (&json!("completed at the zero hour"), &json!(0.4)));
    assert_eq!(last["without"]["key_result"]["score_without"], json!(0.4));
    // The first adjustment was replaced, so removing it changes nothing.
    let first = &trail[trail.len() - 2]["without"]["key_result"];
    assert_eq!((&first["score"], &first["score_without"]), (&json!(1), &json!(1)));
    let board = get(&house, "cycles/q2/board?as_of=9").await.json();
    assert_eq!(board["objectives"][0]["key_results"][0]["score"]["final"], json!(0.4));
}

#[tokio::test]
async fn a_goal_that_was_reworded_reverted_and_reworded_has_three_changes_and_one_ladder() {
    let house = House::quarter().await;
    let before = get(&house, "cycles/q2/goalposts").await.json();
    let reword = |title: &str| json!({"changes": {"title": {"to": title}}, "justification": justification()});
    for (time, title) in [
        ("2026-05-11T09:00:00Z", "More trials that matter"),
        ("2026-05-12T09:00:00Z", "More from trials"),
        ("2026-05-12T09:05:00Z", "More trials that matter"),
    ] {
        house.at(time);
        let reworded = event("okr.key_result.adjusted", "trials", reword(title));
        house.record(&with(reworded, json!({"id": time}))).await;
    }
    let audit = get(&house, "key-results/trials/audit").await.json();
    assert_snapshot!(told(&audit), @r"
    title “More from trials” → “More trials that matter”, 50 days left, 19 points behind pace, confidence 7, external change: advertising has become dearer everywhere
    title “More trials that matter” → “More from trials”, 49 days left, 21 points behind pace, confidence 7, external change: advertising has become dearer everywhere
    title “More from trials” → “More trials that matter”, 49 days left, 21 points behind pace, confidence 7, external change: advertising has become dearer everywhere
    ");
    let after = get(&house, "cycles/q2/goalposts").await.json();
    assert_eq!((&after["ladder"], &after["lift"]), (&before["ladder"], &json!(0)));
    assert_eq!((&after["total"]["moves"], &after["total"]["reworded"]), (&json!(3), &json!(3)));
}

#[tokio::test]
async fn who_answered_for_a_goal_is_told_as_of_the_change() {
    let house = House::quarter().await;
    let adjust = |target: u32| json!({"changes": {"target": {"to": target}}, "justification": justification()});
    house.record(&event("okr.key_result.adjusted", "cac", adjust(760))).await;
    house.at("2026-05-11T09:00:00Z");
    let mut why = justification();
    why["cause"] = "new_information".into();
    let led = json!({"changes": {"owner": {"to": "Eve"}}, "justification": why});
    house.record(&event("okr.objective.amended", "grow", led)).await;
    house
        .record(&event("okr.key_result.reassigned", "cac", json!({"owner": "Eve", "reason": "Eve leads the team"})))
        .await;
    house.at("2026-05-18T09:00:00Z");
    house.record(&event("okr.key_result.adjusted", "cac", adjust(770))).await;
    let audit = get(&house, "key-results/cac/audit?direction=eased").await.json();
    let owners: Vec<String> =
        audit["trail"].as_array().unwrap().iter().map(|line| line["owners"].to_string()).collect();
    assert_snapshot!(owners.join("\n"), @r#"
    {"key_result":"Ben","objective":"Ada","team":null}
    {"key_result":"Eve","objective":"Eve","team":null}
    "#);
    let owner =
        async |as_of: &str| get(&house, &format!("objectives/grow?as_of={as_of}")).await.json()["owner"].clone();
    assert_eq!((owner("2026-05-10").await, owner("2026-05-12").await), (json!("Ada"), json!("Eve")));
}

#[tokio::test]
async fn a_cycle_that_was_opened_again_and_a_check_in_that_was_corrected_say_why() {
    let house = House::quarter().await;
    house.record(&with(check_in("trials", 13, 7), json!({"id": "slip"}))).await;
    let corrected = json!({"corrects": "slip", "value": 31, "reason": "the digits were exchanged"});
    house.record(&event("okr.check_in.corrected", "trials", corrected)).await;
    house.at("2026-07-01T09:00:00Z");
    house.record(&event("okr.cycle.closed", "q2", json!({"note": "done"}))).await;
    house.record(&event("okr.cycle.reopened", "q2", json!({"reason": "a last figure came late"}))).await;
    let audit = get(&house, "key-results/trials/audit").await.json();
    assert_eq!(audit["reopened"][0]["reason"], "a last figure came late");
    let last = audit["trail"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["remark"], &last["summary"]),
        (&json!("the digits were exchanged"), &json!("check-in corrected: value 13 → 31 trials"))
    );
    assert_snapshot!(last["without"]["key_result"], @r#"{"computed_score":1,"computed_score_without":0.3125,"score":1,"score_without":0.3125}"#);
    let cycle = get(&house, "cycles/q2/audit").await.json();
    assert_snapshot!(told(&cycle), @r"
    check-in corrected: value 13 → 31 trials
    cycle closed: done
    cycle reopened: a last figure came late
    ");
}

#[tokio::test]
async fn what_was_proposed_is_told_with_what_became_of_it() {
    let house = House::quarter().await;
    let by = |event: Value, id: &str, source: &str| with(event, json!({"id": id, "source": source}));
    let proposed = |target: u32| {
        let data = json!({"changes": {"target": {"to": target}}, "justification": justification()});
        event("okr.adjustment.proposed", "cac", data)
    };
    house.record(&by(proposed(850), "p1", "/people/ben")).await;
    let declined =
        event("okr.adjustment.declined", "cac", json!({"proposal": "p1", "note": "that is half of the way"}));
    house.record(&by(declined, "d1", "/people/eve")).await;
    house.record(&by(proposed(800), "p2", "/people/ben")).await;
    let approved = event("okr.adjustment.approved", "cac", json!({"proposal": "p2", "note": "agreed"}));
    house.record(&by(approved, "a2", "/people/eve")).await;
    let audit = get(&house, "key-results/cac/audit").await.json();
    assert_snapshot!(told(&audit), @r"
    proposed: target 750 → 850 USD, eased, 57 days left, external change: advertising has become dearer everywhere
    proposal declined: that is half of the way
    proposed: target 750 → 800 USD, eased, 57 days left, external change: advertising has become dearer everywhere
    proposal approved: agreed
    target 750 → 800 USD, eased, 57 days left, external change: advertising has become dearer everywhere, approved by /people/eve
    ");
    let eased = get(&house, "key-results/cac/audit?direction=eased").await.json();
    let [line] = eased["trail"].as_array().unwrap().as_slice() else {
        panic!("only what was done moved anything: {eased}")
    };
    assert_eq!((&line["approval"]["proposed_by"], &line["actor"]), (&json!("/people/ben"), &json!("/people/eve")));
}
