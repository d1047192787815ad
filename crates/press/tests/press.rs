//! The program `okr-ledger-press`, run as the server runs it.

#![cfg(test)]

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};

use press_document::{BoardPack, Date, Document, Format, KeyResult, Objective};

const SIGABRT: i32 = 6;
const SIGXCPU: i32 = 24;

fn press(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_okr-ledger-press"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A press that refuses its input may have ended already.
    _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Creates a document with so many objectives, each with one key result.
fn document(objectives: usize) -> Vec<u8> {
    let text = |text: &str| text.to_owned();
    let key_result = KeyResult {
        r#ref: text("KR-1"),
        title: text("Lift the share of trials that pay"),
        short: text("Lift the share"),
        owner: text("Head of Product"),
        way: text("14 → 22 %"),
        was: String::new(),
        current: text("18 %"),
        done: text("50 %"),
        computed: text("0.50"),
        graded: text("–"),
        confidence: text("6"),
        status: text("on track"),
        marks: String::new(),
        blockers: vec![text("Billing is down")],
        chart: text("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>14 成</text></svg>"),
        words: text("14 to 22"),
    };
    let objective = Objective {
        r#ref: text("O-1"),
        title: text("Make the trial worth paying for"),
        short: text("Make the trial"),
        owner: text("Head of Product"),
        about: text("company"),
        score: text("0.50"),
        computed: text("0.50"),
        grade: String::new(),
        confidence: text("6"),
        status: text("on track"),
        key_results: vec![key_result],
        adjusted: Vec::new(),
    };
    let pack = BoardPack {
        organisation: text("Acme"),
        document: text("Second quarter – board pack"),
        title: text("Second quarter"),
        running: text("Second quarter"),
        from: text("2026-04-01"),
        to: text("2026-06-30"),
        state: text("started"),
        elapsed: text("40 %"),
        stands: text("as of event 13"),
        path: text("/v1/ledgers/acme/cycles/q2/board?as_of=13"),
        part: String::new(),
        score: text("0.50"),
        computed: text("0.50"),
        grade: String::new(),
        confidence: text("6"),
        key_results: objectives.to_string(),
        objectives_count: format!("{objectives} objectives"),
        counts: Vec::new(),
        stale: text("0"),
        adjusted: text("0"),
        retired: text("0"),
        objectives: vec![objective; objectives],
        week_numbers: Vec::new(),
        weeks: Vec::new(),
        reports: Vec::new(),
        adjustments: Vec::new(),
    };
    let dated = Some(Date { year: 2026, month: 5, day: 12, hour: 11, minute: 0, second: 0 });
    serde_json::to_vec(&Document { format: Format, dated, pack }).unwrap()
}

#[test]
fn the_same_document_has_the_same_bytes() {
    let first = press(&[], &document(2));
    assert!(first.status.success() && first.stderr.is_empty(), "{first:?}");
    assert!(first.stdout.starts_with(b"%PDF-"));
    // A PDF that noted the time would note it to the second.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert!(press(&[], &document(2)).stdout == first.stdout);
}

#[test]
fn input_that_is_no_document_is_refused_with_the_reason() {
    let other_format = String::from_utf8(document(1)).unwrap().replace("\"format\":1", "\"format\":2").into_bytes();
    let cut = document(1).split_last().unwrap().1.to_vec();
    for (input, reason) in [
        (&b"garbage"[..], "expected value at line 1 column 1"),
        (b"", "EOF while parsing"),
        (b"\0\xff\xfe", "expected value"),
        (b"{}", "missing field `format`"),
        (br#"{"format": 1, "pages": 7}"#, "unknown field `pages`"),
        (&other_format, "has format 2, but this okr-ledger-press reads format 1"),
        (&cut, "EOF while parsing"),
        (&[document(1), b"more".to_vec()].concat(), "trailing characters"),
    ] {
        let ran = press(&[], input);
        let says = String::from_utf8(ran.stderr).unwrap();
        assert_eq!((ran.status.code(), ran.stdout.len()), (Some(1), 0), "{says}");
        assert!(says.starts_with("error: stdin contains no document that can be read: "), "{says}");
        assert!(says.contains(reason), "{says}");
    }
}

#[test]
fn arguments_are_checked() {
    let help = press(&["--help"], b"");
    assert!(help.status.success() && help.stdout.starts_with(b"okr-ledger-press reads a document"), "{help:?}");
    for arguments in [&["--seconds"][..], &["--seconds", "0"], &["--memory-mib", "much"], &["--page", "1"]] {
        let ran = press(arguments, b"");
        assert!(ran.status.code() == Some(1) && ran.stderr.starts_with(b"error: "), "{ran:?}");
    }
}

#[test]
fn a_press_ends_when_it_has_used_its_processor_time() {
    let ran = press(&["--seconds", "1"], &document(2_000));
    assert_eq!((ran.status.signal(), ran.stdout.len()), (Some(SIGXCPU), 0), "{ran:?}");
}

#[test]
fn a_press_ends_when_it_needs_too_much_memory() {
    let ran = press(&["--memory-mib", "400"], &document(2_000));
    assert_eq!((ran.status.signal(), ran.stdout.len()), (Some(SIGABRT), 0), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("memory allocation of"), "{ran:?}");
}
