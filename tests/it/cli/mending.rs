//! Reports and repairs for folders that lost something dispensable.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;
use std::sync::Arc;

use okr_ledger::views::{Generations, Opened, Views};
use projections::rows::TeamRow;
use serde_json::json;

use super::program::{Serving, ask, done, event, run, run_with};

#[test]
fn a_folder_without_views_is_verified_and_said_to_have_none() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["demo", "--once", "--data", "d"]);
    fs::remove_dir_all(folder.path().join("d/views")).unwrap();
    let out = done(folder.path(), &["verify", "--data", "d"]);
    let without =
        "1 ledger, 172 events: the journal is sound; there were no views to compare: the next start builds them";
    assert!(out.starts_with(without), "{out}");
    done(folder.path(), &["rebuild", "--data", "d"]);
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("all is well"));
}

#[test]
fn a_journal_that_has_lost_its_mark_is_told_when_it_is_verified_and_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["demo", "--once", "--data", "d"]);
    fs::remove_file(folder.path().join("d/journal/mark")).unwrap();
    let ran = run(folder.path(), &["verify", "--data", "d"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let found = "journal: it holds 172 events in 1 ledgers, but d/journal/mark, which records how much was acknowledged, is missing";
    assert!(ran.out.contains(found) && ran.err.contains("the existing data is sound"), "{ran:?}");
    assert!(!ran.out.contains("  "), "{}", ran.out);
    let ran = run(folder.path(), &["ledgers", "--data", "d"]);
    assert!(ran.code == Some(0) && ran.err.contains("d/journal/mark") && ran.err.contains("is missing"), "{ran:?}");
    // Reported once: afterwards the watermark exists again.
    assert_eq!(run(folder.path(), &["ledgers", "--data", "d"]).err, "");
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("all is well"));

    // Restored and new folders never had a watermark to lose.
    done(folder.path(), &["backup", "--data", "d", "--to", "b"]);
    let restored = run(folder.path(), &["restore", "--from", "b", "--data", "r"]);
    assert!(restored.code == Some(0) && !restored.err.contains("mark"), "{restored:?}");
    let verified = run(folder.path(), &["verify", "--data", "r"]);
    assert!(verified.code == Some(0) && verified.err.is_empty(), "{verified:?}");
}

#[test]
fn a_server_that_finds_its_views_damaged_ends_and_says_how_they_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let formed = event("1", "team.formed", "t1", json!({"name": "Sales"}));
    run_with(folder.path(), &["append", "-", "--create", "--ledger", "acme", "--data", "d"], formed.as_bytes());
    {
        let standing = Generations::of(&folder.path().join("d")).standing().unwrap();
        let Opened::Usable(views) = Views::open(&standing).unwrap() else { panic!("views of this format") };
        let spoilt = [(1, TeamRow::key_of("t1"), b"spoilt")].into_iter().collect();
        views.write(vec![(1, Arc::new(spoilt), 1)]).unwrap();
    }
    let serve = ["serve", "--data", "d", "--log", "error"];
    let mut serving = Serving::start_with(folder.path(), &serve, Stdio::piped());
    let json = [("content-type", "application/json")];
    let events = "/v1/ledgers/acme/events";
    let changed = event("2", "team.changed", "t1", json!({"name": "Sales and success"}));
    let (status, says) = ask("POST", &format!("{}{events}", serving.url), &json, &changed);
    let mend = "okr-ledger rebuild --replace";
    assert!(status == 503 && says.contains(mend), "{status} {says}");
    assert_eq!(serving.child.wait().unwrap().code(), Some(1));
    let mut said = String::new();
    serving.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let last = said.lines().last().unwrap();
    assert!(last.contains("no acknowledged entry is lost") && last.contains(mend), "{said}");

    let verified = run(folder.path(), &["verify", "--data", "d"]);
    assert!(verified.code == Some(1) && verified.err.contains(mend), "{verified:?}");
    done(folder.path(), &["rebuild", "--replace", "--data", "d"]);
    let serving = Serving::start(folder.path(), &serve);
    assert_eq!(ask("POST", &format!("{}{events}", serving.url), &json, &changed).0, 201);
    assert_eq!(serving.stop("-TERM"), Some(0));
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("all is well"));
}
