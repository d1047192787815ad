//! Forms for the stages of goals and cycles: amend, retire, start, close, review.

use serde_json::json;

use crate::forms::{make, quarter, under_way};
use crate::stage::{Stage, is_left_out};

/// Answers the method's three questions.
async fn say_why(stage: &Stage) {
    stage
        .fill(&[
            ("justification.circumstances", "The region was sold to a partner in May"),
            ("justification.statement", "What we wanted there is the partner's to want now"),
        ])
        .await;
    stage.run("document.getElementById('justification.cause').value = 'scope_change'", vec![]).await;
    stage.click("input[value=yes][type=radio]").await;
}

#[tokio::test]
async fn a_goal_is_retired_and_stays_to_be_seen() {
    if is_left_out() {
        return;
    }
    let stage = under_way().await;
    stage.open("/ledgers/acme/cycles/q").await;
    stage.follow("Cut churn: churn").await;
    stage.sees("h1", "Cut churn: churn").await;
    stage.follow("Retire").await;
    stage.sees("h1", "Retire").await;
    // Without its reasons the form is rejected.
    stage.fill(&[("actor", "Ada")]).await;
    stage.click("#record").await;
    stage.sees("#advice", "Nothing was recorded").await;
    stage.forget_console().await;
    say_why(&stage).await;
    stage.click("#record").await;
    stage.sees("#recorded", "Recorded").await;
    stage.sees("h1", "retired").await;
    stage.sees("#trail", "What we wanted there is the partner's to want now").await;
    stage.open("/ledgers/acme/cycles/q").await;
    stage.sees("#board", "1 retired").await;
    let stands = stage.ask("ledgers/acme/key-results/churn").await;
    assert_eq!(stands["retired"]["justification"]["cause"], json!("scope_change"), "{stands}");
    stage.end().await;
}

#[tokio::test]
async fn a_cycle_is_started_and_closed() {
    if is_left_out() {
        return;
    }
    let stage = Stage::empty().await;
    stage.open("/").await;
    make(&stage).await;
    let mut planned = quarter("Cut churn", "Ada");
    planned.as_array_mut().unwrap().retain(|event| {
        let kind = event["type"].as_str().unwrap();
        kind != "okr.cycle.started" && kind != "okr.check_in.recorded"
    });
    stage.record(&planned).await;
    stage.open("/ledgers/acme/cycles/q").await;
    stage.follow("Start").await;
    stage.sees("h1", "Start the cycle").await;
    stage.fill(&[("actor", "Ada")]).await;
    stage.click("#record").await;
    stage.sees("#recorded", "Recorded").await;
    stage.sees("h1", "under way").await;
    stage.follow("Close").await;
    stage.sees("h1", "Close the cycle").await;
    stage.fill(&[("note", "Half of it, and we know why")]).await;
    stage.click("#record").await;
    stage.sees("h1", "closed").await;
    let cycle = stage.ask("ledgers/acme/cycles/q").await;
    assert_eq!(cycle["closings"][0]["note"], json!("Half of it, and we know why"), "{cycle}");
    stage.follow("Open again").await;
    stage.sees("h1", "Open it again").await;
    stage.end().await;
}

#[tokio::test]
async fn a_retrospective_is_written_down() {
    if is_left_out() {
        return;
    }
    let stage = under_way().await;
    stage.open("/ledgers/acme/cycles/q/retrospective").await;
    stage.sees("#learnt", "No retrospective has been recorded yet").await;
    stage.follow("Look back").await;
    stage.sees("h1", "Look back").await;
    stage
        .fill(&[("learnings", "Ask sooner\nAsk twice"), ("actions", "A list of who asks whom"), ("actor", "Ada")])
        .await;
    stage.click("#record").await;
    stage.sees("#recorded", "Recorded").await;
    for said in ["Ask sooner", "Ask twice", "A list of who asks whom"] {
        stage.sees("#learnt", said).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn an_objective_is_amended_where_it_stands() {
    if is_left_out() {
        return;
    }
    let stage = under_way().await;
    stage.open("/ledgers/acme/objectives/o").await;
    stage.follow("Amend").await;
    stage.sees("h1", "Amend").await;
    let title = stage.find("[id='changes.title.to']").await;
    assert_eq!(title.prop("value").await.unwrap().as_deref(), Some("Cut churn"));
    stage
        .fill(&[
            ("changes.title.to", " for good"),
            ("changes.description.to", "One line\nand another"),
            ("actor", "Ada"),
        ])
        .await;
    say_why(&stage).await;
    stage.click("#record").await;
    stage.sees("h1", "Cut churn for good").await;
    stage.sees(".lead", "and another").await;
    let events = stage.ask("ledgers/acme/events?type=okr.objective.amended").await;
    let changes = &events["events"][0]["data"]["changes"];
    assert_eq!(changes["description"]["to"], json!("One line\nand another"), "{events}");
    assert_eq!(changes.as_object().unwrap().len(), 2, "{events}");
    stage.end().await;
}
