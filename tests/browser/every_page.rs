//! Properties of every page.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::forms::make;
use crate::hostile;
use crate::stage::{PATIENCE, Stage, is_left_out};

const PAGES: [&str; 30] = [
    "/",
    "/actor",
    "/ledgers/demo",
    "/ledgers/demo/cycles/2026-Q2",
    "/ledgers/demo/cycles/2026-Q2?as_of=2026-05-05",
    "/ledgers/demo/cycles/2026-Q2?as_of=2026-05-19&from=2026-05-05",
    "/ledgers/demo/cycles/2026-Q2/attention?as_of=2026-05-05",
    "/ledgers/demo/cycles/2026-Q2/audit",
    "/ledgers/demo/cycles/2026-Q2/audit?show=all",
    "/ledgers/demo/cycles/2026-Q2/goalposts",
    "/ledgers/demo/cycles/2026-Q2/goalposts?without=adjustments",
    "/ledgers/demo/cycles/2026-Q2/replay?frame=6",
    "/ledgers/demo/cycles/2026-Q2/retrospective",
    "/ledgers/demo/cycles/2026-Q2/calibration",
    "/ledgers/demo/board-reports",
    "/ledgers/demo/board-reports?cycle=2026-Q2",
    "/ledgers/demo/cycles/2026-Q2/check-in?owner=Founder",
    "/ledgers/demo/cycles/2026-Q2/step",
    "/ledgers/demo/cycles/2026-Q2/look-back",
    "/ledgers/demo/key-results/kr-outbound-cac/retire",
    "/ledgers/demo/cycles/2026-Q2/proposals",
    "/ledgers/demo/cycles/2026-Q2/draft",
    "/ledgers/demo/cycles/2026-Q2/draft?objective=O-1",
    "/ledgers/demo/objectives/O-1",
    "/ledgers/demo/objectives/O-1/score",
    "/ledgers/demo/objectives/O-1/amend",
    "/ledgers/demo/key-results/kr-outbound-cac",
    "/ledgers/demo/key-results/kr-outbound-cac/adjust",
    "/ledgers/demo/events",
    "/ledgers/demo/events/106",
];

async fn look(stage: &Stage, width: u32, scheme: &str) {
    let screen = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500});
    stage.command("Emulation.setDeviceMetricsOverride", screen).await;
    let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
    stage.command("Emulation.setEmulatedMedia", features).await;
}

#[tokio::test]
async fn pages_fit_a_telephone_and_a_desk() {
    if is_left_out() {
        return;
    }
    let stage = Stage::demo().await;
    for width in [390, 1440] {
        look(&stage, width, "light").await;
        for page in PAGES {
            stage.open(page).await;
            let wide = stage.run("return document.documentElement.scrollWidth", vec![]).await;
            assert!(wide.as_u64().unwrap() <= width.into(), "{page} is {wide} wide on a screen of {width}");
        }
    }
    stage.end().await;
}

#[tokio::test]
async fn pages_are_read_without_a_script() {
    if is_left_out() {
        return;
    }
    let stage = Stage::demo().await;
    stage.command("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    stage.open("/ledgers/demo/cycles/2026-Q2").await;
    for expected in ["0.82", "Lower outbound-sourced CAC", "‹ week"] {
        reads(&stage, expected).await;
    }
    // The steps and the form lead to other weeks, each a page of its own. A click does not wait for the page to load.
    stage.click("a[rel=prev]").await;
    stage.arrives("as_of=2026-06-23").await;
    reads(&stage, "Tue 23 Jun 2026").await;
    stage.find("#day").await.send_keys(&Key::Home.to_string()).await.unwrap();
    stage.click("noscript button").await;
    stage.arrives("as_of=2026-04-01").await;
    reads(&stage, "Wed 1 Apr 2026").await;
    stage.open("/ledgers/demo/cycles/2026-Q2/replay").await;
    reads(&stage, "Planning").await;
    stage.click("a[rel=next]").await;
    stage.arrives("frame=2").await;
    reads(&stage, "Week 1").await;
    stage.open("/ledgers/demo/key-results/kr-outbound-cac").await;
    reads(&stage, "Target $750 → $800, eased").await;
    stage.command("Emulation.setScriptExecutionDisabled", json!({"value": false})).await;
    stage.end().await;
}

/// Waits until the page shows this text. The text is read by the browser, not by a script of the page, and text of the
/// previous page is ignored.
async fn reads(stage: &Stage, expected: &str) {
    let begun = Instant::now();
    loop {
        let seen = text(stage).await.unwrap_or_default();
        if seen.contains(expected) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "`{expected}` is not in: {seen}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn text(stage: &Stage) -> Result<String, fantoccini::error::CmdError> {
    stage.find("main").await.text().await
}

/// Returns axe-core, which `make setup` downloads into `target/`; `None` if it is unavailable.
fn axe() -> Option<String> {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../axe-core/axe.min.js");
    std::fs::read_to_string(place).ok()
}

#[tokio::test]
async fn axe_finds_nothing_serious_on_any_page() {
    if is_left_out() {
        return;
    }
    let Some(axe) = axe() else {
        eprintln!("NOT CHECKED: axe-core is not in target/axe-core; `make setup` fetches it where npm is installed");
        return;
    };
    let stage = Stage::demo().await;
    let mut found = Vec::new();
    for scheme in ["light", "dark"] {
        look(&stage, 1440, scheme).await;
        for page in PAGES {
            stage.open(page).await;
            stage.run(&axe, vec![]).await;
            let script = "axe.run(document).then((told) => arguments[0](told.violations))";
            let told = stage.browser.execute_async(script, vec![]).await.unwrap();
            for one in told.as_array().unwrap() {
                if matches!(one["impact"].as_str(), Some("serious" | "critical")) {
                    let place = &one["nodes"][0];
                    found.push(format!(
                        "{scheme} {page}: {} {} {} {}",
                        one["id"], one["help"], place["html"], place["failureSummary"]
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    stage.end().await;
}

/// Every page that shows text from people, and every form about it.
const TELLING: [&str; 33] = [
    "",
    "/cycles/q",
    "/cycles/q?from=FROM",
    "/cycles/q/attention",
    "/cycles/q/audit",
    "/cycles/q/audit?show=all",
    "/cycles/q/goalposts",
    "/cycles/q/goalposts?without=adjustments",
    "/cycles/q/replay",
    "/cycles/q/replay?frame=5",
    "/cycles/q/replay?step=event&frame=14",
    "/cycles/q/retrospective",
    "/cycles/q/calibration",
    "/board-reports",
    "/board-reports/told",
    "/cycles/q/check-in",
    "/cycles/q/proposals",
    "/cycles/q/draft",
    "/cycles/q/draft?objective=o",
    "/cycles/q/step",
    "/cycles/q/look-back",
    "/objectives/o",
    "/objectives/o/amend",
    "/objectives/o/look-back",
    "/objectives/o/score",
    "/key-results/churn",
    "/key-results/churn/adjust",
    "/key-results/churn/measures",
    "/key-results/churn/retire",
    "/key-results/churn/score",
    "/key-results/steps",
    "/key-results/steps/adjust",
    "/events",
];

#[tokio::test]
async fn what_events_say_is_never_more_than_text() {
    if is_left_out() {
        return;
    }
    let stage = Stage::empty().await;
    stage.open("/").await;
    make(&stage).await;
    for entry in hostile::entries(&hostile::text(490)) {
        stage.record(&entry).await;
    }
    look(&stage, 390, "light").await;
    let week_before = chrono::Utc::now().date_naive() - chrono::TimeDelta::days(7);
    let mut wrong = Vec::new();
    for page in TELLING {
        stage.open(&format!("/ledgers/acme{}", page.replace("FROM", &week_before.to_string()))).await;
        // No text runs or becomes an element, the page fits the screen, and no text reverses its neighbours.
        let seen = stage
            .run(
                "const all = (css) => [...document.querySelectorAll(css)]; \
                 const turned = all('main a, main span, main td, main li').filter((one) => getComputedStyle(one).unicodeBidi !== 'isolate'); \
                 return [window.hurt ?? null, all('main script, main img, main [onerror], a[href^=javascript]').length, \
                         document.documentElement.scrollWidth, turned.length, \
                         document.documentElement.outerHTML.includes('&lt;script&gt;window.hurt')]",
                vec![],
            )
            .await;
        if seen != json!([Value::Null, 0, 390, 0, true]) {
            wrong.push(format!("{page}: {seen}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    stage.end().await;
}
