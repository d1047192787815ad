//! `append`: files into a ledger.

use std::fs;
use std::thread;
use std::time::Duration;

use super::program::{Serving, done, event, okr_ledger, run, run_with};
use serde_json::{Value, json};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

fn file(lines: &[String]) -> Vec<u8> {
    lines.join("\n").into_bytes()
}

fn team(id: &str, name: &str) -> String {
    event(id, "team.formed", name, json!({"name": name}))
}

#[test]
fn entries_are_recorded_once_however_often_the_file_is_appended() {
    let folder = tempfile::tempdir().unwrap();
    let lines = file(&[team("1", "product"), format!("[{},{}]", team("2", "sales"), team("3", "success"))]);
    let append = ["append", "-", "--create", "--ledger", "acme", "--data", "d"];
    let ran = run_with(folder.path(), &append, &lines);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (Some(0), "2 entries (3 events) recorded in acme (data folder d)\n"),
        "{ran:?}"
    );
    let ran = run_with(folder.path(), &append, &lines);
    assert_eq!(ran.out, "0 entries (0 events) recorded in acme (data folder d), 2 recorded earlier\n");
    let ledgers = done(folder.path(), &["ledgers", "--data", "d"]);
    assert!(ledgers.contains("acme") && ledgers.contains('3'), "{ledgers}");
}

#[test]
fn the_first_refusal_ends_it_and_it_goes_on_when_that_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let bad = event("2", "team.formed", "sales", json!({"title": "Sales", "size": 4}));
    let append = ["append", "-", "--create", "--ledger", "acme", "--data", "d"];
    let ran = run_with(folder.path(), &append, &file(&[team("1", "product"), bad, team("3", "success")]));
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    for wanted in [
        "line 2: ",
        "/data/title  unknown_field",
        "/data/size  unknown_field",
        "/data/name  required",
        "1 entry (1 event) recorded",
        "--dry-run reports the faults of all lines",
    ] {
        assert!(ran.err.contains(wanted), "no `{wanted}` in {}", ran.err);
    }
    let mended = file(&[team("1", "product"), team("2", "sales"), team("3", "success")]);
    let ran = run_with(folder.path(), &append, &mended);
    assert_eq!(ran.out, "2 entries (2 events) recorded in acme (data folder d), 1 recorded earlier\n");
}

#[test]
fn a_dry_run_checks_all_entries_together_and_records_nothing() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["demo", "--once", "--data", "d"]);
    let append = ["append", "-", "--create", "--ledger", "demo", "--data", "d", "--dry-run"];
    // The second event depends on the first.
    let child = event("2", "team.formed", "onboarding", json!({"name": "Onboarding", "parent": "product"}));
    let ran = run_with(folder.path(), &append, &file(&[team("1", "product"), child.clone()]));
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (Some(0), "2 entries (2 events) would be recorded in demo (data folder d)\n"),
        "{ran:?}"
    );
    let orphan = child.replace("product", "nobody");
    let ran = run_with(folder.path(), &append, &file(&[team("1", "product"), orphan]));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("line 2 /data/parent"), "{}", ran.err);
    let ledgers = done(folder.path(), &["ledgers", "--data", "d", "--json"]);
    assert!(ledgers.contains("\"last_seq\":172"), "{ledgers}");
}

#[test]
fn a_dry_run_makes_no_ledger_and_tries_the_rules_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let append = ["append", "-", "--create", "--ledger", "acme", "--data", "d", "--dry-run"];
    let child = event("2", "team.formed", "onboarding", json!({"name": "Onboarding", "parent": "product"}));
    let good = file(&[team("1", "product"), child.clone()]);
    let ran = run_with(folder.path(), &append, &good);
    let would = "2 entries (2 events) would be recorded in acme (data folder d)";
    assert_eq!(ran.out, format!("{would}; the data folder and the ledger would be created\n"), "{ran:?}");
    let ran = run_with(folder.path(), &append, &file(&[team("1", "product"), child.replace("product", "nobody")]));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("line 2 /data/parent"), "{}", ran.err);
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let in_empty = ["append", "-", "--create", "--ledger", "acme", "--data", "empty", "--dry-run"];
    assert_eq!(run_with(folder.path(), &in_empty, &good).code, Some(0));
    assert_eq!(std::fs::read_dir(folder.path().join("empty")).unwrap().count(), 0);
    assert!(!folder.path().join("d").exists());

    // With an existing folder, or a server that has it open, the dry run creates no ledger either.
    done(folder.path(), &["demo", "--once", "--data", "d"]);
    let ran = run_with(folder.path(), &append, &good);
    assert_eq!(ran.out, format!("{would}; the ledger would be created\n"), "{ran:?}");
    let serving = Serving::start(folder.path(), &["serve", "--data", "d"]);
    let ran = run_with(folder.path(), &append, &good);
    assert_eq!(ran.out, format!("{}; the ledger would be created\n", would.replace("data folder d", &serving.url)));
    let ledgers = done(folder.path(), &["ledgers", "--data", "d"]);
    assert!(ledgers.contains("demo") && !ledgers.contains("acme"), "{ledgers}");
}

#[test]
fn the_demos_copy_can_be_recorded_anew_too() {
    let folder = tempfile::tempdir().unwrap();
    let append = ["append", DEMO, "--create", "--data", "d", "--ledger", "again"];
    let out = done(folder.path(), &append);
    assert!(out.ends_with("(172 events) recorded in again (data folder d)\n"), "{out}");
    assert!(done(folder.path(), &append).contains("0 entries (0 events) recorded in again"));
    let board = done(folder.path(), &["board", "2026-Q2", "--data", "d", "--json"]);
    assert!(board.contains("\"score\":0.8222,\"computed_score\":0.8434"), "{board}");
}

#[test]
fn a_ledger_that_is_not_there_is_not_made_by_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_with(folder.path(), &["append", "-", "--ledger", "acme", "--data", "d"], &file(&[team("1", "a")]));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("there is no data folder d"), "{}", ran.err);
    assert!(!folder.path().join("d").exists());
    done(folder.path(), &["demo", "--once", "--data", "d"]);
    let ran = run_with(folder.path(), &["append", "-", "--ledger", "acme", "--data", "d"], &file(&[team("1", "a")]));
    assert_eq!(ran.code, Some(1));
    let wanted = "there is no ledger `acme`: create it with `okr-ledger append --create` or `import`";
    assert!(ran.err.contains(wanted) && !ran.err.contains("PUT"), "{}", ran.err);
}

#[test]
fn a_file_without_anything_in_it_is_not_appended() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_with(folder.path(), &["append", "-", "--create", "--ledger", "acme", "--data", "d"], b" \n\n");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), "error: -: nothing to append\n"));
    assert!(!folder.path().join("d").exists());
}

#[test]
fn a_running_server_is_asked_whether_its_folder_or_its_url_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["serve", "--data", "d"]);
    let lines = file(&[team("1", "product")]);
    let ran = run_with(folder.path(), &["append", "-", "--create", "--ledger", "acme", "--url", &serving.url], &lines);
    assert_eq!(ran.out, format!("1 entry (1 event) recorded in acme ({})\n", serving.url), "{ran:?}");
    // The folder is in use, and its server has left its address there.
    let by_folder = done(folder.path(), &["events", "--data", "d", "--json"]);
    assert_eq!(by_folder, done(folder.path(), &["events", "--url", &serving.url, "--json"]));
    assert_eq!(serving.stop("-TERM"), Some(0));
    // After the server stopped, the folder itself gives a byte-identical answer.
    assert_eq!(by_folder, done(folder.path(), &["events", "--data", "d", "--json"]));
    let ran = run(folder.path(), &["events", "--url", "http://127.0.0.1:9"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

/// Returns a cycle under way with this many key results, and rounds of check-ins on each: one event a line.
fn quarter(key_results: usize, rounds: usize) -> Vec<String> {
    let cycle = json!({"title": "Q2", "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30", "time_zone": "UTC"});
    let objective = json!({"cycle": "q", "title": "Grow", "level": "company", "owner": "Ada", "ambition": "committed"});
    let mut lines = vec![event("1", "cycle.opened", "q", cycle), event("2", "objective.drafted", "o", objective)];
    for n in 0..key_results {
        let metric = json!({"name": "trials", "kind": "increase"});
        let drafted =
            json!({"objective": "o", "title": "Raise trials", "owner": "Ada", "metric": metric, "target": 1_000});
        let measured = json!({"value": 0, "measured_on": "2026-03-20", "method": "counted"});
        lines.push(event(&format!("d{n}"), "key_result.drafted", &format!("k{n}"), drafted));
        lines.push(event(&format!("b{n}"), "key_result.baseline_set", &format!("k{n}"), measured));
    }
    lines.push(event("3", "cycle.started", "q", json!({})));
    for round in 0..rounds {
        for n in 0..key_results {
            let said = event(&format!("c{round}-{n}"), "check_in.recorded", &format!("k{n}"), json!({"value": round}));
            let time = format!(r#","time":"2026-04-{:02}T09:00:00Z"}}"#, 1 + round % 28);
            lines.push(format!("{}{time}", said.strip_suffix('}').unwrap()));
        }
    }
    lines
}

#[test]
fn a_dry_run_of_more_events_than_one_entry_takes_tries_them_all_where_it_makes_the_ledger_and_else_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = quarter(40, 28);
    let append = ["append", "-", "--create", "--ledger", "acme", "--data", "d"];
    let dry_run = [&append[..], &["--dry-run"]].concat();
    let ran = run_with(folder.path(), &dry_run, &file(&lines));
    let (all, place) = (lines.len(), "in acme (data folder d)");
    let wanted = format!(
        "{all} entries ({all} events) would be recorded {place}; the data folder and the ledger would be created\n"
    );
    assert!(ran.code == Some(0) && ran.out.ends_with(&wanted), "{ran:?}");

    let at = all - 50;
    let good = std::mem::replace(&mut lines[at], event("x", "check_in.recorded", "k99", json!({"value": 1})));
    let ran = run_with(folder.path(), &dry_run, &file(&lines));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let wanted = [format!("line {}: ", at + 1), format!("would be recorded {place}; the rest was not tried")];
    assert!(wanted.iter().all(|wanted| ran.err.contains(wanted)), "{}", ran.err);
    assert!(!folder.path().join("d").exists());

    lines[at] = good;
    done(folder.path(), &["demo", "--once", "--data", "d"]);
    let into_demo = ["append", "-", "--ledger", "demo", "--data", "d", "--dry-run"];
    let ran = run_with(folder.path(), &into_demo, &file(&lines));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let wanted =
        ["line 1001: ", "at most 1000 events", "okr-ledger restore --from COPIES --data TRIAL", "--ledger demo"];
    assert!(wanted.iter().all(|wanted| ran.err.contains(wanted)), "{}", ran.err);
}

#[test]
fn check_ins_that_travel_with_a_refused_one_are_recorded_and_what_comes_after_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = quarter(10, 3);
    let begun = lines.len() - 30;
    let good = lines[begun + 14].replace("\"value\":1", "\"value\":1,\"confidence\":5");
    lines[begun + 14] = good.replace("\"confidence\":5", "\"confidence\":50");
    let append = ["append", "-", "--create", "--ledger", "acme", "--data", "d"];
    let ran = run_with(folder.path(), &append, &file(&lines));
    assert_eq!(ran.code, Some(1));
    for wanted in [
        format!("line {}: ", begun + 15),
        format!("{} entries ({0} events) recorded", begun + 19),
        "after it only 5 entries that were already in flight".into(),
    ] {
        assert!(ran.err.contains(&wanted), "no `{wanted}` in {}", ran.err);
    }
    lines[begun + 14] = good;
    let ran = run_with(folder.path(), &append, &file(&lines));
    let wanted = format!("11 entries (11 events) recorded in acme (data folder d), {} recorded earlier\n", begun + 19);
    assert_eq!(ran.out, wanted, "{ran:?}");
}

#[test]
fn an_append_whose_server_ends_says_that_the_same_can_be_run_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("quarter.jsonl"), file(&quarter(40, 60))).unwrap();
    let mut serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    let append = ["append", "quarter.jsonl", "--create", "--ledger", "acme"];
    let child = okr_ledger(folder.path(), &[&append[..], &["--url", &serving.url]].concat()).spawn().unwrap();
    let recorded = || {
        let info = ureq::get(format!("{}/v1/ledgers/acme", serving.url)).call().ok();
        info.and_then(|info| info.into_body().read_to_string().ok())
            .is_some_and(|info| !info.contains("\"last_seq\":0"))
    };
    while !recorded() {
        thread::sleep(Duration::from_millis(2));
    }
    serving.child.kill().unwrap();
    let ran: super::program::Ran = child.wait_with_output().unwrap().into();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("Run the same command again") && !ran.err.contains("Correct the line"), "{}", ran.err);
    drop(serving);
    let out = done(folder.path(), &[&append[..], &["--data", "d"]].concat());
    assert!(out.contains(" recorded earlier"), "{out}");
}

#[test]
fn an_append_that_was_killed_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let lines = quarter(40, 60);
    fs::write(folder.path().join("quarter.jsonl"), file(&lines)).unwrap();
    let serving = Serving::start(folder.path(), &["serve", "--data", "d"]);
    let append = ["append", "quarter.jsonl", "--create", "--ledger", "acme", "--url", &serving.url];
    let held = || {
        let info = ureq::get(format!("{}/v1/ledgers/acme", serving.url)).call().ok();
        let info = info.and_then(|info| serde_json::from_str::<Value>(&info.into_body().read_to_string().ok()?).ok());
        info.and_then(|info| info["last_seq"].as_u64()).unwrap_or_default()
    };
    let mut first = okr_ledger(folder.path(), &append).spawn().unwrap();
    while held() < 300 {
        assert!(first.try_wait().unwrap().is_none(), "it ended before it could be killed");
        thread::sleep(Duration::from_millis(2));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // Requests in flight at the kill may still arrive.
    thread::sleep(Duration::from_millis(200));
    let before = held() as usize;
    assert!(before < lines.len(), "all was recorded before it could be killed");
    let out = done(folder.path(), &append);
    let more = lines.len() - before;
    let wanted =
        format!("{more} entries ({more} events) recorded in acme ({}), {before} recorded earlier\n", serving.url);
    assert_eq!(out, wanted);
    assert_eq!(held() as usize, lines.len());
}
