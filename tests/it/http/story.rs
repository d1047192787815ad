//! A quarter's story: frames with their effects, the retrospective, and carrying over into the next quarter.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::{House, check_in, drafted, event, opened, with};

async fn told() -> House {
    let house = House::quarter().await;
    let stuck = json!({"value": 12, "confidence": 3, "blockers": ["No backend engineer"]});
    house.record(&event("okr.check_in.recorded", "trials", stuck)).await;
    house.at("2026-06-29T09:00:00Z");
    house.record(&json!([check_in("trials", 20, 8), check_in("cac", 800, 6)])).await;
    house.record(&event("okr.key_result.scored", "trials", json!({"score": 0.8, "rationale": "rounded up"}))).await;
    house.at("2026-07-01T09:00:00Z");
    let learnt =
        json!({"went_badly": ["the dependency was seen late"], "learnings": ["name dependencies in planning"]});
    house.record(&event("okr.retrospective.recorded", "q2", learnt)).await;
    house
}

fn says(list: &Value) -> String {
    let text = |one: &Value| one["says"].as_str().or(one.as_str()).unwrap().to_owned();
    list.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn each_frame_says_what_happened_and_what_it_moved() {
    let house = told().await;
    let replay = house.get("/v1/ledgers/acme/cycles/q2/replay").await.json();
    let frames = replay["frames"].as_array().unwrap();
    let frame = |n: usize| format!("{}\n{}", says(&frames[n]["says"]), says(&frames[n]["moved"]));
    assert_snapshot!(frame(5), @r"
    1 check-in on 1 key result.
    The cycle: confidence fell from 7 to 3.
    O-1 “Grow what customers love”: confidence fell from 7 to 3.
    KR-1 “More from trials”: confidence fell from 7 to 3.
    ");
    assert_snapshot!(frame(13), @r"
    KR-1 “More from trials”: graded 0.8, computed 0.75.
    2 check-ins on 2 key results.
    The cycle: score rose from 0.25 to 0.73; computed score rose from 0.25 to 0.71; confidence rose from 3 to 7.
    O-1 “Grow what customers love”: score rose from 0.25 to 0.73; computed score rose from 0.25 to 0.71; confidence rose from 3 to 7.
    KR-1 “More from trials”: score rose from 0.25 to 0.80; computed score rose from 0.25 to 0.75; confidence rose from 3 to 8.
    KR-2 “More from cac”: score is 0.67 (it was unknown); confidence is 6 (it was unknown).
    ");
    assert_snapshot!(frames[5]["moved"][0], @r#"{"changes":[{"field":"confidence","from":7,"to":3}],"id":"q2","kind":"cycle","ref":null,"says":"The cycle: confidence fell from 7 to 3.","title":"2026 Q2"}"#);
    let by_event = house.get("/v1/ledgers/acme/cycles/q2/replay?step=event").await.json();
    let last = by_event["frames"].as_array().unwrap().iter().rev().nth(1).unwrap().clone();
    assert_snapshot!(format!("{}\n{}", says(&last["says"]), says(&last["moved"])), @r"
    KR-1 “More from trials”: graded 0.8, computed 0.75.
    The cycle: score rose from 0.71 to 0.73.
    O-1 “Grow what customers love”: score rose from 0.71 to 0.73.
    KR-1 “More from trials”: score rose from 0.75 to 0.80.
    ");
}

#[tokio::test]
async fn the_retrospective_tells_the_story_as_far_as_it_has_come() {
    let house = told().await;
    let path = "/v1/ledgers/acme/cycles/q2/retrospective";
    let story = house.get(path).await.json();
    assert_snapshot!(says(&story["says"]), @r"
    “2026 Q2”: score 0.73 (strong), computed 0.71.
    Of 1 objective, 1 reached the expected score.
    0 adjustments in mid-cycle; 1 blocker, 0 of them unresolved.
    ");
    assert_snapshot!(says(&story["turns"]), @r"
    O-1 “Grow what customers love”: score rose from 0.25 to 0.73 in the week to 2026-06-30.
    O-1 “Grow what customers love”: confidence fell from 7 to 3 in the week to 2026-05-05.
    O-1 “Grow what customers love”: confidence rose from 3 to 7 in the week to 2026-06-30.
    ");
    assert_snapshot!(story["turns"][1]["around"], @r#"["KR-1 on 2026-05-04: checked in, 12 trials, confidence 3, blocked by: No backend engineer."]"#);
    assert_snapshot!(story["blockers"], @r#"[{"blocker":"No backend engineer","days":56,"from":"2026-05-04","key_result":"trials","ref":"KR-1","says":"KR-1 “More from trials”: “No backend engineer” lasted 56 days, from 2026-05-04 to 2026-06-29.","to":"2026-06-29"}]"#);
    assert_snapshot!(story["grades"][0], @r#"{"ambition":"aspirational","band":"strong","computed_score":0.7083,"expected":0.7,"graded":null,"grading":"reached","id":"grow","ref":"O-1","response":"The right ambition: understand what worked.","says":"O-1 “Grow what customers love”: 0.73 where 0.70 was expected (aspirational), strong.","score":0.7333,"title":"Grow what customers love"}"#);
    assert_snapshot!(story["learnt"], @r#"[{"said":{"actions":[],"actor":"/people/ada","learnings":["name dependencies in planning"],"seq":13,"time":"2026-07-01T09:00:00Z","went_badly":["the dependency was seen late"],"went_well":[]},"subject":"q2","title":"2026 Q2"}]"#);
    assert_snapshot!(says(&story["to_carry_over"]), @"");
    // In mid-quarter the story ends at that point.
    let then = house.get(&format!("{path}?as_of=2026-05-05")).await.json();
    assert_eq!(then["timeline"].as_array().unwrap().len(), 6);
    assert_eq!((&then["learnt"], &then["grades"][0]["grading"]), (&json!([]), &json!("open")));
}

#[tokio::test]
async fn what_is_carried_over_is_seen_from_both_ends() {
    let house = told().await;
    house
        .record(&with(
            opened("q3"),
            json!({"data": {"title": "2026 Q3", "kind": "quarter", "starts_on": "2026-07-01",
        "ends_on": "2026-09-30", "time_zone": "Europe/Berlin"}}),
        ))
        .await;
    let data = json!({"to_cycle": "q3", "new_id": "grow-on", "note": "with half of the target"});
    assert_snapshot!(house.refused(&event("okr.objective.carried_over", "grow", data.clone())).await, @r"
    422 invalid (Not valid)
    [/data/new_id] unknown_subject: there is no `grow-on` in this ledger: draft it in `q3` first, in this entry or an earlier one (okr.objective.drafted)
    ");
    // Drafted and linked in one entry; the old objective is identified by its ref.
    house.record(&json!([drafted("grow-on", "q3"), event("okr.objective.carried_over", "O-1", data)])).await;
    for (id, cycle) in [("grow", "q2"), ("grow-on", "q3")] {
        let objective = house.get(&format!("/v1/ledgers/acme/objectives/{id}")).await.json();
        let board = house.get(&format!("/v1/ledgers/acme/cycles/{cycle}/board")).await.json();
        let told = json!([objective["carried_to"], objective["carried_from"], objective["touched"]]);
        let ends = |name: &str| board["objectives"][0][name].clone();
        match id {
            "grow" => {
                assert_snapshot!(told, @r#"[{"at":{"recorded_at":"2026-07-01T09:00:00.000002Z","seq":16,"time":"2026-07-01T09:00:00.000002Z"},"cycle":"q3","note":"with half of the target","objective":"grow-on"},null,16]"#)
            }
            _ => {
                assert_snapshot!(told, @r#"[null,{"at":{"recorded_at":"2026-07-01T09:00:00.000002Z","seq":16,"time":"2026-07-01T09:00:00.000002Z"},"cycle":"q2","note":"with half of the target","objective":"grow"},16]"#)
            }
        }
        let (to, from) = (ends("carried_to"), ends("carried_from"));
        assert_eq!((to.is_null(), from.is_null()), (id == "grow-on", id == "grow"), "{to} {from}");
        // It is an event of both cycles, and of both objectives.
        for filter in [format!("cycle={cycle}"), format!("subject={id}")] {
            let events =
                house.get(&format!("/v1/ledgers/acme/events?type=okr.objective.carried_over&{filter}")).await.json();
            assert_eq!(events["events"][0]["data"]["from_cycle"], "q2", "{filter}: {events}");
        }
        // The events of one cycle alone contain the carry-over, which takes effect only then.
        let today = house.get(&format!("/v1/ledgers/acme/cycles/{cycle}/board?on=2026-07-01")).await.json();
        assert_eq!(today, board);
        let what_if = house.get(&format!("/v1/ledgers/acme/cycles/{cycle}/what-if")).await.json();
        assert_eq!(what_if["actual"], what_if["what_if"]);
    }
    let story = house.get("/v1/ledgers/acme/cycles/q3/retrospective").await.json();
    assert_snapshot!(says(&story["carried_over"]), @r"O-2 “Grow what customers love” continues grow in q2.");
}
