//! The first steps of a person who opens the demo.

use fantoccini::key::Key;

use crate::stage::{Stage, is_left_out};

const BOARD: &str = "/ledgers/demo/cycles/2026-Q2";

#[tokio::test]
async fn a_newcomer_finds_the_trouble_of_week_5_and_why_a_target_moved() {
    if is_left_out() {
        return;
    }
    let stage = Stage::demo().await;
    stage.open("/").await;
    stage.click("main .card").await;
    stage.click("main .card").await;
    stage.sees("h1", "2026 Q2").await;
    let address = stage.browser.current_url().await.unwrap();
    assert!(address.as_str().ends_with("?as_of=2026-06-30"), "the address names no moment: {address}");

    // Move the slider with keys, which equals dragging it: to 5 May, 34 days after the first.
    let handle = stage.find("#day").await;
    handle.send_keys(&Key::Home.to_string()).await.unwrap();
    stage.sees("#week", "week 1").await;
    for _ in 0..34 {
        stage.find("#day").await.send_keys(&Key::Right.to_string()).await.unwrap();
    }
    stage.sees("#moment", "Tue 5 May 2026").await;
    stage.arrives("as_of=2026-05-05").await;
    stage.sees("#week", "week 5").await;
    stage.sees("#O-1 .objective", "at risk").await;
    let sure = stage
        .run("return document.querySelector('#O-1 .objective [data-label=Confidence] .figure').textContent", vec![])
        .await;
    assert_eq!(sure, "5");
    stage.sees("#O-1 .blocker", "mailbox-connect service, which has no backend engineer").await;

    // The mark on the slider links to the day of the adjustment, and from there to its reasons.
    stage.run("document.querySelector('#marks a').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))", vec![]).await;
    stage.sees("#moment", "Tue 19 May 2026").await;
    stage.click("#O-2 a.adjusted").await;
    stage.sees("#trail", "$750 → $800").await;
    stage.sees("#trail .questions", "vendor").await;
    stage.sees("#trail", "18 points behind pace").await;
    stage.click("#trail .adjustment .eyebrow a").await;
    stage.sees("pre", "\"okr.key_result.adjusted\"").await;
    stage.end().await;
}

#[tokio::test]
async fn two_days_are_compared() {
    if is_left_out() {
        return;
    }
    let stage = Stage::demo().await;
    stage.open(&format!("{BOARD}?as_of=2026-05-19")).await;
    stage.click("a.step:last-of-type").await;
    stage.find("#from_day").await;
    stage.sees(".changes", "target 750 → 800").await;
    stage.arrives("from=2026-05-12").await;
    stage.end().await;
}

#[tokio::test]
async fn the_quarter_is_played() {
    if is_left_out() {
        return;
    }
    let stage = Stage::demo().await;
    stage.open(&format!("{BOARD}/replay")).await;
    stage.sees("#frame-moment", "Planning").await;
    stage.click("#play").await;
    stage.sees("#frame-moment", "Week 1").await;
    stage.sees("#frame-moment", "Week 2").await;
    stage.click("#play").await;
    stage.sees("#play", "Play").await;
    let frame = stage.find("#frame").await;
    frame.send_keys(&Key::End.to_string()).await.unwrap();
    stage.sees("#frame-moment", "Week 13").await;
    stage.sees("#told", "0.82").await;
    stage.end().await;
}
