//! Reports from the command line: of a data folder and of a server, as a table, as JSON and as Markdown.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::program::{Serving, done, run_with};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

fn event(id: &str, kind: &str, subject: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/people/founder", "type": kind, "subject": subject, "data": data})
}

#[test]
fn every_report_is_the_same_from_a_folder_and_from_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    done(at, &["import", DEMO, "--data", "a"]);
    let told = event("b-1", "okr.board_report.issued", "june", json!({"cycle": "2026-Q2", "title": "June board"}));
    run_with(at, &["append", "-", "--data", "a"], told.to_string().as_bytes());
    let forms: [&[&str]; 7] = [
        &["board-reports"],
        &["board-report", "june"],
        &["restatements", "june"],
        &["changes", "--from-report", "june"],
        &["calibration", "2026-Q2"],
        &["retro", "2026-Q2"],
        &["replay", "2026-Q2"],
    ];
    let ask = |place: &[&str]| -> Vec<String> {
        let mut answers = Vec::new();
        for form in forms {
            for layout in [&[][..], &["--json"], &["--markdown"]] {
                let arguments: Vec<&str> = form.iter().chain(place).chain(layout).copied().collect();
                answers.push(done(at, &arguments));
            }
        }
        answers
    };
    let from_folder = ask(&["--data", "a"]);
    for (n, answer) in from_folder.iter().enumerate() {
        match n % 3 {
            1 => assert!(serde_json::from_str::<Value>(answer).is_ok(), "{answer}"),
            2 => assert!(answer.contains("| --- |") || answer.contains("Nothing"), "{answer}"),
            _ => assert!(!answer.is_empty()),
        }
    }
    let serving = Serving::start(at, &["serve", "--data", "a"]);
    assert_eq!(ask(&["--url", &serving.url]), from_folder);
}

/// A final grading of 30 July with results "as of 2 July".
#[test]
fn a_day_is_told_as_it_was_known_and_as_it_was_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let copy = std::fs::read_to_string(DEMO).unwrap();
    let is_of_the_end = |line: &str| {
        let entry: Value = serde_json::from_str(line).unwrap();
        entry["first_seq"].as_u64().is_some_and(|seq| seq >= 161)
    };
    let late = |line: &str| match is_of_the_end(line) {
        true => line
            .replace(r#""recorded_at":"2026-06-30"#, r#""recorded_at":"2026-07-30"#)
            .replace(r#""recordedtime":"2026-06-30"#, r#""recordedtime":"2026-07-30"#)
            .replace(r#""time":"2026-06-30"#, r#""time":"2026-07-02"#),
        false => line.to_owned(),
    };
    let copy: String = copy.lines().map(|line| late(line) + "\n").collect();
    assert_eq!(run_with(at, &["import", "-", "--data", "a"], copy.as_bytes()).code, Some(0));
    let board = |query: &[&str]| {
        let arguments: Vec<&str> = ["board", "2026-Q2", "--data", "a", "--json"].iter().chain(query).copied().collect();
        let board: Value = serde_json::from_str(&done(at, &arguments)).unwrap();
        let key_result = &board["objectives"][0]["key_results"][0]["score"];
        format!("{}, {} graded {}", board["cycle"]["state"], board["score"], key_result["graded"])
    };
    assert_snapshot!(board(&["--as-of", "2026-07-02"]), @r#""started", 0.8434 graded null"#);
    assert_snapshot!(board(&["--as-of", "2026-07-30", "--on", "2026-07-02"]), @r#""closed", 0.8222 graded 0.8"#);
    assert_snapshot!(board(&["--as-of", "2026-07-30", "--on", "2026-07-01"]), @r#""started", 0.8434 graded null"#);
    assert_snapshot!(board(&["--as-of", "2026-07-02", "--on", "2026-07-02"]), @r#""started", 0.8434 graded null"#);
}
