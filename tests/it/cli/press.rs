//! PDFs without the program that makes them, and with one that fails.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use super::program::{Ran, Serving, ask, done, okr_ledger};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");
const COMMAND: &str = "`make press` (or `cargo build --release -p okr-ledger-press`)";

/// Asks for a PDF over HTTP and on the command line, both with this program as the press.
fn ask_for_pdf(folder: &Path, press: &Path) -> (u16, Value, Ran) {
    done(folder, &["import", DEMO, "--data", "a"]);
    let arguments = ["board", "2026-Q2", "--data", "a", "--output", "board.pdf"];
    let ran = okr_ledger(folder, &arguments).env("OKR_LEDGER_PRESS", press).output().unwrap();
    assert!(!folder.join("board.pdf").exists());
    let mut serve = okr_ledger(folder, &["serve", "--data", "a", "--listen", "127.0.0.1:0"]);
    let server = Serving::of(serve.env("OKR_LEDGER_PRESS", press).stderr(Stdio::inherit()).spawn().unwrap());
    let path = "/v1/ledgers/demo/cycles/2026-Q2/board";
    let (status, body) = ask("GET", &format!("{}{path}.pdf", server.url), &[], "");
    let accepted = ask("GET", &format!("{}{path}", server.url), &[("accept", "application/pdf")], "");
    assert_eq!(accepted, (status, body.clone()));
    // Other formats do not need the press.
    assert_eq!(ask("GET", &format!("{}{path}.html", server.url), &[], "").0, 200);
    (status, serde_json::from_str(&body).unwrap(), ran.into())
}

fn script(folder: &Path, script: &str) -> PathBuf {
    let press = folder.join("press.sh");
    fs::write(&press, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&press, Permissions::from_mode(0o700)).unwrap();
    press
}

#[test]
fn without_the_press_the_answer_names_the_command_that_adds_it() {
    let folder = tempfile::tempdir().unwrap();
    let (status, problem, ran) = ask_for_pdf(folder.path(), &folder.path().join("absent"));
    assert_eq!((status, problem["type"].as_str()), (501, Some("urn:okr-ledger:problem:no-press")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains(COMMAND), "{problem}");
    assert!(ran.code == Some(1) && ran.out.is_empty() && ran.err.contains(COMMAND), "{ran:?}");
}

#[test]
fn the_demo_says_how_to_add_pdfs() {
    let folder = tempfile::tempdir().unwrap();
    for (press, is_told) in [("absent", true), (env!("CARGO_BIN_EXE_okr-ledger"), false)] {
        let mut command = okr_ledger(folder.path(), &["demo", "--listen", "127.0.0.1:0"]);
        let mut child = command.env("OKR_LEDGER_PRESS", press).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let hints: Vec<String> = lines.take_while(|line| !line.starts_with("listening on ")).collect();
        let _serving = Serving { child, url: String::new() };
        assert_eq!(
            hints.iter().any(|line| line.contains("for PDFs of the board, run `make press`")),
            is_told,
            "{press}"
        );
    }
}

#[test]
fn a_pdf_that_takes_too_much_processor_time_is_refused_with_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let press = script(folder.path(), "ulimit -S -t 1; while :; do :; done");
    let (status, problem, ran) = ask_for_pdf(folder.path(), &press);
    assert_eq!((status, problem["violations"][0]["rule"].as_str()), (413, Some("too_much_work")), "{problem}");
    for says in [problem["detail"].as_str().unwrap(), &ran.err] {
        assert!(says.contains("the PDF needs more than 30 s of processor time"), "{says}");
    }
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

#[test]
fn a_pdf_that_takes_too_much_memory_is_refused_with_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let press = script(folder.path(), "echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$");
    let (status, problem, ran) = ask_for_pdf(folder.path(), &press);
    assert_eq!((status, problem["violations"][0]["rule"].as_str()), (413, Some("too_much_work")), "{problem}");
    for says in [problem["detail"].as_str().unwrap(), &ran.err] {
        assert!(says.contains("the PDF needs more than 2 GiB of memory"), "{says}");
    }
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

#[test]
fn a_press_that_fails_is_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let press = script(folder.path(), "echo 'error: the letters are upside down' >&2; exit 1");
    let (status, problem, ran) = ask_for_pdf(folder.path(), &press);
    assert_eq!(status, 503, "{problem}");
    for says in [problem["detail"].as_str().unwrap(), &ran.err] {
        assert!(says.contains("the board pack cannot be written as pdf: the letters are upside down"), "{says}");
    }
    assert_eq!(ran.code, Some(1), "{ran:?}");
}
