//! The benchmark suite's arithmetic and its load. The tests are here because a benchmark binary is built without tests.
#![allow(dead_code, reason = "the suite uses what the tests do not")]

#[path = "../../benches/suite/bar.rs"]
mod bar;
#[path = "../../benches/suite/http.rs"]
mod http;
#[path = "../../benches/suite/load.rs"]
mod load;
#[path = "../../benches/suite/load_alone.rs"]
mod load_alone;
#[path = "../../benches/suite/organisation.rs"]
mod organisation;
#[path = "../../benches/suite/postgres.rs"]
mod postgres;
#[path = "../../benches/suite/process.rs"]
mod process;
#[path = "../../benches/suite/report.rs"]
mod report;
#[path = "../../benches/suite/stats.rs"]
mod stats;

use std::time::Duration;

use http::Appends;
use load::{Plan, Talk};
use load_alone::{KEY_RESULTS, prepare};
use postgres::Inserts;
use report::{Report, Section, Table};
use stats::median;

use super::cli::program::Serving;

type Failed = Box<dyn std::error::Error>;

#[test]
fn a_load_records_what_it_says_and_every_answer_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &["serve", "--data", "data"]);
    let address = server.url.strip_prefix("http://").unwrap().parse().unwrap();
    let last_seq = || -> u64 {
        let answer = ureq::get(format!("{}/v1/ledgers/bench", server.url)).call().unwrap().into_body().read_to_string();
        serde_json::from_str::<serde_json::Value>(&answer.unwrap()).unwrap()["last_seq"].as_u64().unwrap()
    };
    prepare(address, "bench").unwrap();
    let before = last_seq();
    let mut appends = Appends::new(address, "bench", KEY_RESULTS, 3).unwrap();
    // No warm-up; requests in flight at the end are recorded but not counted.
    let plan = Plan { connections: 4, warm_up: Duration::ZERO, lasts: Duration::from_secs(20), requests_max: 50 };
    let found = load::run(&mut appends, plan, &|| 0.0).unwrap();
    let recorded = last_seq() - before;
    assert_eq!((found.requests, found.busy, found.latency_ns.len()), (50, 0, 50));
    assert!((150..=150 + 4 * 3).contains(&recorded), "{recorded} events recorded, 150 counted");
}

#[test]
fn a_load_stops_at_an_answer_that_is_not_what_it_wants() {
    let appends = Appends::new(([127, 0, 0, 1], 1).into(), "bench", KEY_RESULTS, 1).unwrap();
    let answer = |text: &str| appends.answer(text.as_bytes());
    let created = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
    assert!(answer(&created[..created.len() - 1]).unwrap().is_none(), "half an answer is none");
    let whole = answer(&format!("{created}HTTP")).unwrap().unwrap();
    assert_eq!((whole.bytes, whole.is_done), (created.len(), true));
    assert!(!answer("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").unwrap().unwrap().is_done);
    let replayed = answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap_err().to_string();
    assert!(replayed.contains("200 OK"), "{replayed}");
}

#[test]
fn a_transaction_contains_its_rows_with_successive_versions_per_connection() {
    assert_eq!(postgres::insert("ev", 1), "insert into ev(stream, ver, data) values ($1, $2, $3)");
    assert_eq!(postgres::insert("ev", 2), "insert into ev(stream, ver, data) values ($1, $2, $3), ($4, $5, $6)");
    let mut inserts = Inserts::new(([127, 0, 0, 1], 1).into(), "ev", 2, 10).unwrap();
    let mut versions = |connection| -> Vec<u64> {
        let mut out = Vec::new();
        inserts.request(connection, &mut out);
        // A value of ten bytes after its length. The other values are longer.
        let fields = out.windows(14).filter(|window| window.starts_with(&[0, 0, 0, 10]));
        fields.map(|field| str::from_utf8(&field[4..]).unwrap().parse().unwrap()).collect()
    };
    assert_eq!(versions(0), (1..=10).collect::<Vec<_>>());
    assert_eq!(versions(0), (11..=20).collect::<Vec<_>>());
    assert_eq!(versions(1), (1..=10).collect::<Vec<_>>());
}

#[test]
fn an_answer_of_postgresql_ends_where_it_is_ready() {
    let inserts = Inserts::new(([127, 0, 0, 1], 1).into(), "ev", 1, 10).unwrap();
    let done = b"2\0\0\0\x04C\0\0\0\x10INSERT 0 10\0Z\0\0\0\x05I";
    assert!(inserts.answer(&done[..done.len() - 1]).unwrap().is_none(), "not committed before it is ready");
    assert_eq!(inserts.answer(done).unwrap().unwrap().bytes, done.len());
    let refused = inserts.answer(b"E\0\0\0\x0fMduplicate\0").unwrap_err().to_string();
    assert!(refused.contains("duplicate"), "{refused}");
}

fn line_of(figures: &[(&str, f64)], what: &str) -> String {
    let figures = figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    bar::table(&figures).lines().find(|line| line.contains(what)).unwrap().to_owned()
}

#[test]
fn a_floor_is_reached_met_or_missed() {
    let of = |value| line_of(&[("append.1.per_raw", value)], "1 connection");
    assert!(of(0.8).ends_with("| ≥ 0.50 | ≥ 0.80 | 0.80 | **reached** |"), "{}", of(0.8));
    assert!(of(0.5).ends_with("| met |"));
    assert!(of(0.499).ends_with("| **MISSED** |"));
}

#[test]
fn a_ceiling_is_missed_at_its_limit() {
    let of = |value| line_of(&[("append.50.p95_ms", value)], "50 writers");
    assert!(of(3.9).ends_with("| < 10.0 ms | < 4.00 ms | 3.90 ms | **reached** |"), "{}", of(3.9));
    assert!(of(4.0).ends_with("| met |"));
    assert!(of(10.0).ends_with("| **MISSED** |"));
}

#[test]
fn ten_events_a_request_and_rebuilding_are_judged_as_ratios_of_the_same_run() {
    let ten = |value| line_of(&[("append.32x10.per_postgres", value)], "32 × 10, events/s ÷ PostgreSQL");
    assert!(ten(2.0).ends_with("| ≥ 1.00 | ≥ 2.00 | 2.00 | **reached** |"), "{}", ten(2.0));
    assert!(ten(1.0).ends_with("| met |"));
    assert!(ten(0.99).ends_with("| **MISSED** |"));
    let rebuild = |value| line_of(&[("history.rebuild_per_raw", value)], "rebuild, events/s ÷ the raw disk by 64");
    assert!(rebuild(0.7).ends_with("| ≥ 0.35 | ≥ 0.70 | 0.70 | **reached** |"), "{}", rebuild(0.7));
    assert!(rebuild(0.35).ends_with("| met |"));
    assert!(rebuild(0.349).ends_with("| **MISSED** |"));
    // Figures of the bars that these replaced may still be stored.
    let replaced = [("append.32x10.per_single", 9.0), ("history.rebuild_per_second", 9e5)];
    assert!(line_of(&replaced, "32 × 10").ends_with("| — | not measured |"));
    assert!(line_of(&replaced, "rebuild").ends_with("| — | not measured |"));
}

#[test]
fn what_was_not_measured_is_not_judged() {
    assert!(line_of(&[], "resident memory").ends_with("| — | not measured |"));
    assert!(line_of(&[("history.resident_mib", f64::NAN)], "resident memory").ends_with("| — | not measured |"));
}

#[test]
fn figures_keep_the_digits_they_are_good_for() {
    let of = [1_234_567.8, -1_234.0, 123.4, 12.34, 1.234, 0.0, 0.01234].map(bar::figure);
    assert_eq!(of, ["1,234,568", "-1,234", "123", "12.3", "1.23", "0.00", "0.012"]);
}

fn section(date: &str, per_raw: f64) -> Section {
    let mut table = Table::new("A table:", &["connections", "events/s"]);
    table.row(["1", "900"]);
    Section {
        context: vec![date.into()],
        tables: vec![table],
        notes: vec!["A note.".into()],
        figures: [("append.1.per_raw".to_owned(), per_raw)].into(),
    }
}

#[test]
fn a_section_measured_anew_leaves_the_others_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("REPORT.md");
    let mut first = Report::read(&path).unwrap();
    first.put("append", section("monday", 0.9));
    first.put("micro", Section { context: vec!["monday too".into()], ..Section::default() });
    first.write(&path).unwrap();
    let mut second = Report::read(&path).unwrap();
    second.put("append", section("tuesday", 0.6));
    second.write(&path).unwrap();
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(found.contains("tuesday") && found.contains("monday too") && !found.contains("- monday\n"), "{found}");
    assert!(found.contains("| 0.60 | met |"), "{found}");
    assert!(found.contains("| connections | events/s |\n|---|---:|\n| 1 | 900 |\n"), "{found}");
}

#[test]
fn what_is_kept_and_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("REPORT.json"), "{").unwrap();
    let says = Report::read(&folder.path().join("REPORT.md")).unwrap_err().to_string();
    assert!(says.contains("REPORT.json") && says.contains("remove it"), "{says}");
}

#[test]
fn the_median_is_the_middle() {
    assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
    assert_eq!(median([f64::NAN, 7.0]), 7.0);
    assert!(median([]).is_nan());
}
