//! `export`, `import`, `rebuild` and `verify`.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::program::{Serving, done, okr_ledger, run, run_with};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

/// Returns the entries of a ledger's copy, without the header line.
fn entries(copy: &str) -> Vec<&str> {
    copy.lines().skip(1).collect()
}

#[test]
fn a_copy_comes_out_as_it_went_in_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = fs::read_to_string(DEMO).unwrap();
    let out = done(folder.path(), &["import", DEMO, "--data", "a"]);
    assert_eq!(out, format!("{} entries (172 events) imported into demo\n", shipped.lines().count() - 1));
    // All is unchanged except the incarnation: that of the copy has become an earlier one.
    let copy = done(folder.path(), &["export", "--data", "a"]);
    assert_eq!(entries(&copy), entries(&shipped));
    let first: serde_json::Value = serde_json::from_str(copy.lines().next().unwrap()).unwrap();
    assert_eq!(first["earlier"], json!([{"incarnation": "talentsync", "shared_to": 172}]));
    assert_eq!(first["incarnation"].as_str().unwrap().len(), 10);
    assert_ne!(first["incarnation"], "talentsync");
    done(folder.path(), &["export", "copy.jsonl", "--ledger", "demo", "--data", "a"]);
    assert_eq!(fs::read_to_string(folder.path().join("copy.jsonl")).unwrap(), copy);
    fs::write(folder.path().join("copy.jsonl"), "mine").unwrap();
    let ran = run(folder.path(), &["export", "copy.jsonl", "--data", "a"]);
    assert!(ran.code == Some(1) && ran.err.contains("--force"), "{ran:?}");
    assert_eq!(fs::read_to_string(folder.path().join("copy.jsonl")).unwrap(), "mine");
    done(folder.path(), &["export", "copy.jsonl", "--data", "a", "--force"]);
    assert_eq!(fs::read_to_string(folder.path().join("copy.jsonl")).unwrap(), copy);

    // Under another name, from stdin; the second import finds everything recorded.
    let import = ["import", "-", "--ledger", "other", "--data", "a"];
    assert_eq!(run_with(folder.path(), &import, copy.as_bytes()).code, Some(0));
    let again = run_with(folder.path(), &import, copy.as_bytes());
    assert_eq!(again.code, Some(0));
    assert!(again.out.ends_with("imported into other, of which 172 events were recorded earlier\n"), "{}", again.out);
    let ran = run(folder.path(), &["export", "--data", "a"]);
    assert_eq!(ran.code, Some(2), "which of the two is meant? {ran:?}");

    let out = done(folder.path(), &["verify", "--data", "a"]);
    assert!(out.contains("2 ledgers, 344 events") && out.contains("all is well"), "{out}");
    let board = done(folder.path(), &["board", "--ledger", "other", "--data", "a", "--json"]);
    let out = done(folder.path(), &["rebuild", "--data", "a"]);
    assert!(out.starts_with("344 events folded, ") && out.ends_with("unchanged: the views are rebuilt\n"), "{out}");
    assert_eq!(done(folder.path(), &["board", "--ledger", "other", "--data", "a", "--json"]), board);
    done(folder.path(), &["verify", "--data", "a"]);
}

#[test]
fn a_ledger_is_given_away_under_pseudonyms() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    let copy = done(folder.path(), &["export", "--data", "a"]);
    let (first, entries) = copy.split_once('\n').unwrap();
    let first = format!("{}}}\n", first.split_once(",\"incarnation\"").unwrap().0);
    let entries = entries.replace("Head of Product", "Person 7").replace("/people/head-of-product", "/people/person-7");
    fs::write(folder.path().join("pseudonyms.jsonl"), first + &entries).unwrap();
    done(folder.path(), &["import", "pseudonyms.jsonl", "--data", "b"]);
    assert!(done(folder.path(), &["verify", "--data", "b"]).contains("all is well"));
    let board = done(folder.path(), &["board", "--data", "b"]);
    assert!(board.contains("Person 7") && !board.contains("Head of Product"), "{board}");
    // The incarnations differ, so that nobody mistakes one history for the other.
    let ledgers: serde_json::Value =
        serde_json::from_str(&done(folder.path(), &["ledgers", "--data", "b", "--json"])).unwrap();
    assert_eq!(ledgers["ledgers"][0]["earlier"], json!([]));
    done(folder.path(), &["backup", "--data", "a", "--to", "backups"]);
    let ran = run(folder.path(), &["backup", "--data", "b", "--to", "backups"]);
    assert!(ran.code == Some(1) && ran.err.contains("another of the same name"), "{ran:?}");
}

#[test]
fn a_copy_that_is_not_whole_is_refused_with_its_line_and_nothing_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let copy = fs::read_to_string(DEMO).unwrap();
    let without_third: Vec<&str> = copy.lines().enumerate().filter(|(n, _)| *n != 2).map(|(_, line)| line).collect();
    let ran = run_with(folder.path(), &["import", "-", "--data", "a"], without_third.join("\n").as_bytes());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("line 3: "), "{}", ran.err);
    assert!(!folder.path().join("a").exists());
}

#[test]
fn every_fault_of_a_copy_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines: Vec<String> = fs::read_to_string(DEMO).unwrap().lines().map(str::to_owned).collect();
    lines[4] = "?".into();
    lines.remove(9);
    fs::write(folder.path().join("broken.jsonl"), lines.join("\n")).unwrap();
    let ran = run(folder.path(), &["import", "broken.jsonl", "--data", "a"]);
    assert_eq!(ran.code, Some(1));
    for wanted in ["broken.jsonl: nothing was imported\n", "\nline 5: expected value", "\nline 10: expected event "] {
        assert!(ran.err.contains(wanted), "no `{wanted}` in {}", ran.err);
    }
    assert!(!folder.path().join("a").exists());
}

#[test]
fn a_ledger_that_is_there_keeps_its_title_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["serve", "--data", "a"]);
    let made = ureq::put(format!("{}/v1/ledgers/demo", serving.url)).content_type("application/json");
    assert_eq!(made.send(r#"{"title":"Ours"}"#).unwrap().status().as_u16(), 201);
    assert_eq!(serving.stop("-TERM"), Some(0));
    let out = done(folder.path(), &["import", DEMO, "--data", "a"]);
    assert!(out.contains("keeps its title, `Ours` (the copy has `TalentSync`)"), "{out}");
}

#[test]
fn a_part_that_was_recorded_upon_cannot_be_gone_on_with_and_it_is_said_from_where() {
    let folder = tempfile::tempdir().unwrap();
    let copy = fs::read_to_string(DEMO).unwrap();
    let part: Vec<&str> = copy.lines().take(40).collect();
    assert_eq!(run_with(folder.path(), &["import", "-", "--data", "a"], part.join("\n").as_bytes()).code, Some(0));
    let ledgers = done(folder.path(), &["ledgers", "--data", "a", "--json"]);
    let ledgers: serde_json::Value = serde_json::from_str(&ledgers).unwrap();
    let held = ledgers["ledgers"][0]["last_seq"].as_u64().unwrap();
    let team = br#"{"specversion":"1.0","id":"mine","source":"/people/ada","type":"okr.team.formed","subject":"mine","data":{"name":"Mine"}}"#;
    assert_eq!(run_with(folder.path(), &["append", "-", "--data", "a"], team).code, Some(0));

    let ran = run(folder.path(), &["import", DEMO, "--data", "a"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let says = format!("holds {} events: events up to {held} are those of the copy, but later ones differ", held + 1);
    assert!(ran.err.contains(&says) && ran.err.contains("--ledger"), "no `{says}` in {}", ran.err);
}

#[test]
fn a_taking_that_was_killed_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let generate = ["generate", "--people", "60", "--quarters", "2", "--ledger", "acme", "--out", "c.jsonl"];
    done(folder.path(), &generate);
    let copy = fs::read_to_string(folder.path().join("c.jsonl")).unwrap();
    let events = copy.matches("\"recordedtime\"").count() as u64;
    let mut was_cut = false;
    for round in 0..20 {
        let mut import = okr_ledger(folder.path(), &["import", "c.jsonl", "--data", "a"]).spawn().unwrap();
        // Wait until the first chunks of the copy are on the disk, but not the last.
        while journal_bytes(&folder.path().join("a/journal")) < 1 << 20 && import.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(100 * round));
        import.kill().unwrap();
        import.wait().unwrap();
        let ledgers = done(folder.path(), &["ledgers", "--data", "a", "--json"]);
        let ledgers: serde_json::Value = serde_json::from_str(&ledgers).unwrap();
        let held = ledgers["ledgers"][0]["last_seq"].as_u64().unwrap_or_default();
        was_cut |= held > 0 && held < events;
        if held > 0 {
            break;
        }
    }
    assert!(was_cut, "it was never killed in the middle");
    // No command accepts a partial ledger as complete.
    let ledgers = done(folder.path(), &["ledgers", "--data", "a"]);
    assert!(ledgers.contains(&format!(" of {events} ")), "{ledgers}");
    fs::write(folder.path().join("e.json"), json!({"specversion": "1.0", "id": "one-more", "source": "/it", "type": "okr.team.formed", "subject": "late", "data": {"name": "Late"}}).to_string()).unwrap();
    let half = |args: &[&str]| {
        let ran = run(folder.path(), args);
        let says = format!("of the {events} events of its copy, because its import was interrupted");
        assert!(ran.err.contains(&says) || ran.out.contains(&says), "{args:?}: {} {}", ran.out, ran.err);
        assert_eq!(ran.code, Some(1), "{args:?}");
    };
    half(&["append", "e.json", "--data", "a", "--ledger", "acme"]);
    half(&["export", "--data", "a"]);
    half(&["verify", "--data", "a"]);
    let verify = run(folder.path(), &["verify", "--data", "a"]);
    assert!(verify.err.contains("1 fault found; the existing data is sound"), "{}", verify.err);
    let out = done(folder.path(), &["import", "c.jsonl", "--data", "a"]);
    assert!(out.contains(" events were recorded earlier"), "{out}");
    assert_eq!(entries(&done(folder.path(), &["export", "--data", "a"])), entries(&copy));
    assert!(done(folder.path(), &["verify", "--data", "a"]).contains("all is well"));
}

fn journal_bytes(journal: &Path) -> u64 {
    let files = fs::read_dir(journal).into_iter().flatten();
    files.filter_map(|file| file.ok()?.metadata().ok()).map(|file| file.len()).sum()
}

#[test]
fn half_a_copy_is_not_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    // A non-empty folder blocks the final rename of the copy.
    fs::create_dir_all(folder.path().join("copy.jsonl/x")).unwrap();
    let ran = run(folder.path(), &["export", "copy.jsonl", "--data", "a", "--force"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(!folder.path().join("copy.jsonl.part").exists());
}

#[test]
fn a_copy_from_the_future_is_refused_and_nothing_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let copy = fs::read_to_string(DEMO).unwrap();
    let (before, last) = copy.trim_end().rsplit_once('\n').unwrap();
    let recorded_at = last.split_once(r#""recorded_at":""#).unwrap().1.split_once('"').unwrap().0;
    let copy = format!("{before}\n{}\n", last.replace(recorded_at, "2999-01-01T00:00:00Z"));
    let ran = run_with(folder.path(), &["import", "-", "--data", "a"], copy.as_bytes());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("recorded at 2999-01-01T00:00:00Z"), "{}", ran.err);
    assert!(!folder.path().join("a").exists());
}

#[test]
fn views_that_were_thrown_away_are_built_again() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    let board = done(folder.path(), &["board", "--data", "a"]);
    fs::remove_dir_all(folder.path().join("a/views")).unwrap();
    assert_eq!(done(folder.path(), &["board", "--data", "a"]), board);
    done(folder.path(), &["verify", "--data", "a"]);
}

#[test]
fn a_folder_that_is_not_there_is_not_made_by_asking() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["rebuild", "verify", "export", "board", "backup --to b"] {
        let ran = run(folder.path(), &[&command.split(' ').collect::<Vec<_>>()[..], &["--data", "nowhere"]].concat());
        assert_eq!(ran.code, Some(1), "{command}");
        assert!(ran.err.contains("there is no data folder nowhere"), "{command}: {}", ran.err);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_copy_with_approvals_is_appended_anew_with_what_the_ledger_records_for_them() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["generate", "--people", "12", "--quarters", "1", "--ledger", "acme", "--out", "c.jsonl"]);
    let copy = fs::read_to_string(folder.path().join("c.jsonl")).unwrap();
    let of_ledger = copy.matches("#recorded\"").count();
    assert!(of_ledger > 0);
    let (entries, events) = (copy.lines().count() - 1, copy.matches("\"recordedtime\"").count());
    let append = ["append", "c.jsonl", "--create", "--ledger", "anew", "--data", "a"];
    let out = done(folder.path(), &append);
    assert!(out.contains(&format!("{entries} entries ({events} events) recorded in anew")), "{out}");
    let again = done(folder.path(), &append);
    assert!(again.contains(&format!("{entries} recorded earlier")), "{again}");
    let anew = done(folder.path(), &["export", "--ledger", "anew", "--data", "a"]);
    let ids = |copy: &str| {
        copy.split("\"id\":\"").skip(1).map(|rest| rest.split('"').next().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(ids(&anew), ids(&copy));
    done(folder.path(), &["verify", "--data", "a"]);
}

#[test]
fn what_is_kept_and_what_is_exported_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "in/d"]);
    let serving = super::program::Serving::start(folder.path(), &["serve", "--data", "in/d", "--log", "error"]);
    done(folder.path(), &["backup", "--data", "in/d", "--to", "b"]);
    let mode = |path: &str| {
        let found = std::fs::metadata(folder.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        format!("{:o}", found.permissions().mode() & 0o777)
    };
    for private in ["in", "in/d", "in/d/journal", "in/d/views", "b", "b/about"] {
        assert_eq!(mode(private), "700", "{private}");
    }
    for private in ["in/d/lock", "in/d/address", "in/d/operations.sock", "in/d/clock"] {
        assert_eq!(mode(private), "600", "{private}");
    }
    assert_eq!(serving.stop("-TERM"), Some(0));
    std::fs::write(folder.path().join("copy.jsonl.part"), "of an export that was cut short").unwrap();
    done(folder.path(), &["export", "copy.jsonl", "--data", "in/d"]);
    assert_eq!(mode("copy.jsonl"), "600");
    done(folder.path(), &["restore", "--from", "b", "--data", "r"]);
    assert_eq!((mode("r"), mode("r/journal")), ("700".into(), "700".into()));
}
