//! The results of a quarter, found by clicking from its board; and the board downloaded as files.

use std::io::Cursor;
use std::time::{Duration, Instant};

use calamine::{Data, Reader as _, Xlsx};
use fantoccini::Locator;
use serde_json::json;

use crate::forms::under_way;
use crate::stage::{PATIENCE, Stage, is_left_out};

const BOARD: &str = "/ledgers/demo/cycles/2026-Q2";

/// Clicks through to a page of the demo quarter.
async fn demo_at(tab: &str) -> Stage {
    let stage = Stage::demo().await;
    stage.open("/").await;
    stage.click("main .card").await;
    stage.sees("h1", "TalentSync").await;
    stage.click("main .card").await;
    stage.sees("h1", "2026 Q2").await;
    stage.follow(tab).await;
    stage.sees("h1", tab).await;
    stage
}

#[tokio::test]
async fn a_move_of_the_goalposts_is_switched_off_and_on_again() {
    if is_left_out() {
        return;
    }
    let stage = demo_at("Goalposts").await;
    stage.sees("#ladder", "0.83").await;
    stage.sees("#what-if", "Choose what to leave out").await;
    stage.click("#without-106").await;
    stage.sees("#what-if", "Had event 106 not been:").await;
    stage.arrives("without_events=106").await;
    stage.sees("#what-if", "target $800 → $750").await;
    stage.sees("#what-if .whole", "0.83").await;
    stage.click("#without-106").await;
    stage.sees("#what-if", "Choose what to leave out").await;
    stage.end().await;
}

#[tokio::test]
async fn calibration_is_found_from_the_board() {
    if is_left_out() {
        return;
    }
    let stage = demo_at("Calibration").await;
    stage.sees("#forecasts", "9 of 9 key results reached the expected score").await;
    stage.sees("#goals", "Lower outbound-sourced CAC").await;
    // From a figure to its goal.
    stage.click("#goals tbody a").await;
    stage.sees("h1", "Raise trial-to-paid conversion").await;
    stage.end().await;
}

#[tokio::test]
async fn the_retrospective_is_found_from_the_board() {
    if is_left_out() {
        return;
    }
    let stage = demo_at("Retrospective").await;
    stage.sees("#grades", "0.82").await;
    stage.sees("#adjustments", "$750 → $800").await;
    stage.sees("#blockers", "mailbox-connect").await;
    stage.sees("#learnt", "A key result can't move before what it depends on has an owner").await;
    stage.end().await;
}

#[tokio::test]
async fn a_board_report_is_read_with_what_is_known_better_by_now() {
    if is_left_out() {
        return;
    }
    let stage = under_way().await;
    let event = |id: &str, kind: &str, subject: &str, data: serde_json::Value| json!({"specversion": "1.0", "id": id, "source": "/people/ada", "type": format!("okr.{kind}"), "subject": subject, "data": data});
    let report = json!({"cycle": "q", "title": "The May board", "note": "Churn is on its way."});
    stage.record(&event("told", "board_report.issued", "may", report)).await;
    let events = stage.ask("ledgers/acme/events?type=okr.check_in.recorded").await;
    let corrected =
        json!({"corrects": events["events"][0]["id"], "value": 4.5, "reason": "Two customers were counted twice"});
    stage.record(&event("mended", "check_in.corrected", "churn", corrected)).await;

    stage.open("/ledgers/acme/cycles/q").await;
    stage.sees("#board", "4.5 %").await;
    stage.follow("Reports").await;
    stage.sees("h1", "Board reports").await;
    stage.click("main .card").await;
    stage.sees("h1", "The May board").await;
    stage.sees("#told", "Cut churn").await;
    stage.sees("#restatements .before", "0.33").await;
    stage.sees("#restatements .after", "0.17").await;
    stage.sees("#restatements", "Two customers were counted twice").await;
    stage.end().await;
}

/// Returns the file saved by clicking a link.
async fn saved(stage: &Stage, link: &str, folder: &std::path::Path) -> Vec<u8> {
    let behavior = json!({"behavior": "allow", "downloadPath": folder});
    stage.command("Browser.setDownloadBehavior", behavior).await;
    stage.follow(link).await;
    let begun = Instant::now();
    loop {
        let file = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut file = file.filter(|path| path.extension().is_some_and(|ending| ending == link));
        if let Some(bytes) = file.next().map(|path| std::fs::read(path).unwrap()).filter(|bytes| !bytes.is_empty()) {
            return bytes;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing that ends with {link} was saved");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn the_board_is_taken_along_as_files() {
    if is_left_out() {
        return;
    }
    let stage = Stage::demo().await;
    stage.open(&format!("{BOARD}?as_of=2026-06-30")).await;
    stage.sees("#board", "0.82").await;
    // Browsers save formats that they cannot show.
    let folder = tempfile::tempdir().unwrap();
    let csv = String::from_utf8(saved(&stage, "csv", folder.path()).await).unwrap();
    assert!(csv.starts_with("\"cycle\",\"objective\","), "{csv:.200}");
    assert!(csv.lines().any(|line| line.contains("KR-5") && line.contains(",1100,800,750,840,")), "{csv}");
    let xlsx = saved(&stage, "xlsx", folder.path()).await;
    assert!(xlsx.starts_with(b"PK\x03\x04"));
    let mut book = Xlsx::new(Cursor::new(xlsx)).unwrap();
    let board = book.worksheet_range("Board").unwrap();
    let cac = board.rows().find(|row| row[2] == Data::String("KR-5".into())).unwrap();
    assert!(cac.contains(&Data::Float(840.0)) && cac.contains(&Data::Float(0.7)), "{cac:?}");

    // Formats that browsers show are fetched from within the page.
    for (link, begins) in [("pdf", "%PDF-"), ("html", "<!DOCTYPE html>"), ("md", "# ")] {
        let element = stage.browser.find(Locator::LinkText(link)).await.unwrap();
        let address = element.attr("href").await.unwrap().unwrap();
        assert!(address.contains("as_of=2026-06-30"), "{address}");
        let script = "fetch(arguments[0]).then(async (answer) => arguments[1]([answer.status, answer.headers.get('content-disposition'), \
                      new TextDecoder('latin1').decode(await answer.arrayBuffer())]))";
        let told = stage.browser.execute_async(script, vec![address.into()]).await.unwrap();
        let file = format!("inline; filename=\"demo-2026-Q2-board-172-20260630T215959Z.{link}\"");
        assert_eq!((&told[0], &told[1]), (&json!(200), &json!(file)));
        let text = told[2].as_str().unwrap();
        assert!(text.starts_with(begins), "{link}: {text:.60}");
        // The PDF's pages are compressed; `pack::tests` reads them.
        assert!(link == "pdf" || (text.contains("$840") && text.contains("0.82")), "{link}: {text:.600}");
    }
    // The HTML pack opens as a page.
    stage.follow("html").await;
    stage.sees("body", "$840").await;
    stage.end().await;
}
