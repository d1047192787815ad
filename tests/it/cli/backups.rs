//! `backup` and `restore`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::program::{Serving, Writing, ask, done, event, run, run_with};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

/// Returns the entries of a ledger's copy, without the header line.
fn entries(folder: &Path, data: &str) -> Vec<String> {
    let copy = done(folder, &["export", "--ledger", "acme", "--data", data]);
    copy.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_backup_that_is_taken_while_four_write_is_a_whole_beginning_of_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    let writing = Writing::start(&serving.url);
    let mut least = Vec::new();
    for round in 1..=3 {
        writing.until(round * 60);
        least.push(writing.answered());
        let out = done(folder.path(), &["backup", "--data", "d", "--to", "b"]);
        assert!(out.starts_with(&format!("backup {round} in b: 1 ledger, ")), "{out}");
        assert!(out.contains("it can be restored"), "{out}");
    }
    writing.stop();
    assert_eq!(serving.stop("-TERM"), Some(0));
    let all = entries(folder.path(), "d");
    for (round, least) in (1..).zip(least) {
        let (id, data) = (round.to_string(), format!("r{round}"));
        done(folder.path(), &["restore", "--from", "b", "--backup", &id, "--data", &data]);
        let restored = entries(folder.path(), &data);
        assert!(restored.len() as u64 * 2 >= least, "{} entries, {least} events were answered", restored.len());
        assert_eq!(restored, all[..restored.len()]);
        assert!(done(folder.path(), &["verify", "--data", &data]).contains("all is well"));
    }
}

#[test]
fn backups_are_listed_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    for keep in ["3", "3", "2"] {
        done(folder.path(), &["backup", "--data", "d", "--to", "b", "--keep", keep]);
    }
    let listed: Value =
        serde_json::from_str(&done(folder.path(), &["backup", "--to", "b", "--list", "--json"])).unwrap();
    let numbers: Vec<u64> = listed.as_array().unwrap().iter().map(|one| one["backup"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [2, 3]);
    assert_eq!(listed[1]["ledgers"][0]["ledger"], "demo");
    assert_eq!(listed[1]["ledgers"][0]["last_seq"], 172);
    assert_eq!(listed[1]["is_checked"], true);
    let table = done(folder.path(), &["backup", "--to", "b", "--list"]);
    assert_eq!(table.lines().count(), 4, "{table}");
    let gone = run(folder.path(), &["restore", "--from", "b", "--backup", "1", "--data", "r"]);
    assert!(gone.code == Some(1) && gone.err.contains("there is no backup 1"), "{gone:?}");
}

#[test]
fn a_backup_that_came_to_no_end_is_not_restored_and_pushes_none_out() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    let back_up = |keep: &[&str]| done(folder.path(), &[&["backup", "--data", "d", "--to", "b"], keep].concat());
    let listed = || -> Vec<(u64, bool)> {
        let listed = done(folder.path(), &["backup", "--to", "b", "--list", "--json"]);
        let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
        listed.iter().map(|one| (one["backup"].as_u64().unwrap(), one["is_finished"].as_bool().unwrap())).collect()
    };
    for _ in 0..4 {
        back_up(&[]);
    }
    // The record of a backup is written last.
    for cut_short in [3, 4] {
        fs::remove_file(folder.path().join(format!("b/about/{cut_short}.json"))).unwrap();
    }
    assert_eq!(listed(), [(1, true), (2, true), (3, false), (4, false)]);
    let table = done(folder.path(), &["backup", "--to", "b", "--list"]);
    assert_eq!(table.matches("does not count").count(), 2, "{table}");
    let restored = done(folder.path(), &["restore", "--from", "b", "--data", "r"]);
    assert!(restored.contains("backup 2"), "{restored}");

    back_up(&["--keep", "2"]);
    assert_eq!(listed(), [(2, true), (3, false), (4, false), (5, true)]);
    back_up(&["--keep", "2"]);
    assert_eq!(listed(), [(5, true), (6, true)]);
    back_up(&["--keep", "4"]);
    assert_eq!(listed(), [(5, true), (6, true), (7, true)]);
}

#[test]
fn a_backup_goes_where_it_is_safe_and_among_its_own() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    let refused = |to: &str| {
        let ran = run(folder.path(), &["backup", "--data", "d", "--to", to]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        ran.err
    };
    assert!(refused("d/backups").contains("would be lost with it") && !folder.path().join("d/backups").exists());
    fs::create_dir(folder.path().join("letters")).unwrap();
    fs::write(folder.path().join("letters/one"), "Dear").unwrap();
    assert!(refused("letters").contains("files that are not backups"));
    done(folder.path(), &["import", DEMO, "--ledger", "other", "--data", "d2"]);
    done(folder.path(), &["backup", "--data", "d2", "--to", "b2"]);
    assert!(refused("b2").contains("backups of another data folder, with the ledgers other"));
    let ran = run(folder.path(), &["restore", "--from", "letters", "--data", "r"]);
    assert!(ran.err.contains("there are no backups in letters"), "{ran:?}");
}

#[test]
fn a_restore_takes_no_journals_place_unless_forced_and_keeps_what_stood() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    done(folder.path(), &["backup", "--data", "d", "--to", "b"]);
    done(folder.path(), &["import", DEMO, "--ledger", "later", "--data", "d"]);
    let refused = run(folder.path(), &["restore", "--from", "b", "--data", "d"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("(demo: 172 events, later: 172 events): nothing was changed"), "{}", refused.err);

    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    let refused = run(folder.path(), &["restore", "--from", "b", "--data", "d", "--force"]);
    assert!(refused.code == Some(1) && refused.err.contains("is using the data folder"), "{refused:?}");
    assert_eq!(serving.stop("-TERM"), Some(0));

    let out = done(folder.path(), &["restore", "--from", "b", "--data", "d", "--force"]);
    let kept = out.lines().last().unwrap().strip_prefix("the previous journal is kept in ").unwrap();
    assert!(done(folder.path(), &["ledgers", "--data", "d"]).lines().count() == 3);
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("1 ledger, 172 events"));

    // Interrupted after the old journal was moved: the folder must not pass for an empty one.
    fs::rename(folder.path().join("d/journal"), folder.path().join("d/journal.new")).unwrap();
    for command in ["serve", "verify", "ledgers"] {
        let ran = run(folder.path(), &[command, "--data", "d"]);
        assert!(ran.code == Some(1) && ran.err.contains("was cut short"), "{command}: {ran:?}");
    }
    done(folder.path(), &["restore", "--from", "b", "--data", "d"]);
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("1 ledger, 172 events"));

    // The previous journal is still usable.
    fs::create_dir(folder.path().join("e")).unwrap();
    fs::rename(folder.path().join(kept), folder.path().join("e/journal")).unwrap();
    assert!(done(folder.path(), &["ledgers", "--data", "e"]).contains("later"));
}

#[test]
fn a_damaged_backup_is_not_restored_and_what_stands_is_left() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    done(folder.path(), &["backup", "--data", "d", "--to", "b"]);
    let tables = fs::read_dir(folder.path().join("b/shared_checksum")).unwrap().map(|one| one.unwrap().path());
    let largest = tables.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let mut bytes = fs::read(&largest).unwrap();
    bytes[1000] ^= 1;
    fs::write(&largest, bytes).unwrap();
    let ran = run(folder.path(), &["restore", "--from", "b", "--data", "d", "--force"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("backup 1 cannot be used") && ran.err.contains("hecksum"), "{}", ran.err);
    assert!(!folder.path().join("d/journal.new").exists());
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("1 ledger, 172 events"));
}

/// Returns the list of ledgers in a data folder.
fn listed(folder: &Path, data: &str) -> Value {
    let listed: Value = serde_json::from_str(&done(folder, &["ledgers", "--data", data, "--json"])).unwrap();
    listed["ledgers"].clone()
}

fn numbers(folder: &Path, to: &str) -> Vec<u64> {
    let listed: Value = serde_json::from_str(&done(folder, &["backup", "--to", to, "--list", "--json"])).unwrap();
    listed.as_array().unwrap().iter().map(|one| one["backup"].as_u64().unwrap()).collect()
}

/// Records a team.
fn form(folder: &Path, data: &str, ledger: &str, team: &str) {
    let formed = event(team, "team.formed", team, json!({"name": team}));
    let append = ["append", "-", "--create", "--ledger", ledger, "--data", data];
    assert_eq!(run_with(folder, &append, formed.as_bytes()).code, Some(0), "{team}");
}

#[test]
fn a_restored_ledger_goes_on_in_a_new_incarnation_that_shares_what_the_backup_held() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(folder, &["import", DEMO, "--data", "d"]);
    let before = listed(folder, "d")[0].clone();
    done(folder, &["backup", "--data", "d", "--to", "b"]);
    form(folder, "d", "demo", "later");
    let mut known = vec![json!({"incarnation": "talentsync", "shared_to": 172})];
    assert_eq!(before["earlier"], json!(known));

    done(folder, &["restore", "--from", "b", "--data", "r"]);
    let restored = listed(folder, "r")[0].clone();
    known.push(json!({"incarnation": before["incarnation"], "shared_to": 172}));
    assert_eq!(restored["earlier"], json!(known));
    assert_ne!(restored["incarnation"], before["incarnation"]);
    assert_eq!(listed(folder, "r")[0], restored, "it stays the same from then on");

    // With `--join` the incarnation stays the same.
    done(folder, &["restore", "--from", "b", "--data", "j", "--join"]);
    assert_eq!(listed(folder, "j")[0], before);
    for data in ["r", "j"] {
        assert!(done(folder, &["verify", "--data", data]).contains("all is well"));
    }

    // Each restore adds an incarnation; events recorded between restores belong to a single one.
    form(folder, "r", "demo", "other");
    done(folder, &["backup", "--data", "r", "--to", "b"]);
    done(folder, &["restore", "--from", "b", "--data", "r", "--force"]);
    known.push(json!({"incarnation": restored["incarnation"], "shared_to": 173}));
    assert_eq!(listed(folder, "r")[0]["earlier"], json!(known));
}

#[test]
fn a_receipt_names_the_incarnation_that_its_numbers_are_of() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    form(folder, "d", "acme", "t1");
    done(folder, &["backup", "--data", "d", "--to", "b"]);
    done(folder, &["restore", "--from", "b", "--data", "r"]);
    for (data, team) in [("d", "t2"), ("r", "t3")] {
        let serving = Serving::start(folder, &["serve", "--data", data, "--log", "error"]);
        let json_type = [("content-type", "application/json")];
        let formed = event(team, "team.formed", team, json!({"name": team}));
        let (status, receipt) = ask("POST", &format!("{}/v1/ledgers/acme/events", serving.url), &json_type, &formed);
        assert_eq!(status, 201, "{receipt}");
        let receipt: Value = serde_json::from_str(&receipt).unwrap();
        assert_eq!(serving.stop("-TERM"), Some(0));
        assert_eq!(receipt["incarnation"], listed(folder, data)[0]["incarnation"], "{data}");
    }
    assert_ne!(listed(folder, "d")[0]["incarnation"], listed(folder, "r")[0]["incarnation"]);
}

#[test]
fn a_folder_that_holds_no_ledger_is_not_backed_up_unless_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    form(folder, "d", "acme", "t1");
    for _ in 0..2 {
        done(folder, &["backup", "--data", "d", "--to", "b", "--keep", "2"]);
    }
    // An unmounted disk leaves an empty folder.
    fs::rename(folder.join("d"), folder.join("elsewhere")).unwrap();
    fs::create_dir(folder.join("d")).unwrap();
    let backup = ["backup", "--data", "d", "--to", "b", "--keep", "2"];
    let ran = run(folder, &backup);
    assert!(ran.code == Some(1) && ran.err.contains("d holds no journal"), "{ran:?}");
    // A server started there creates a new journal without ledgers.
    let refused = || {
        let ran = run(folder, &backup);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        for says in ["holds no ledger", "mounted", "Nothing was changed", "--force"] {
            assert!(ran.err.contains(says), "no `{says}` in {}", ran.err);
        }
    };
    let serving = Serving::start(folder, &["serve", "--data", "d", "--log", "error"]);
    refused();
    assert_eq!(serving.stop("-TERM"), Some(0));
    refused();
    assert_eq!(numbers(folder, "b"), [1, 2]);

    // With `--force` the backup is made, but it removes none of the others.
    let ran = run(folder, &[&backup[..], &["--force"]].concat());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("backup 3 in b: 0 ledgers"), "{}", ran.out);
    assert!(ran.err.starts_with("warning: no older backup was removed") && ran.err.contains("acme"), "{}", ran.err);
    assert_eq!(numbers(folder, "b"), [1, 2, 3]);
    // Backups of the right folder continue as before.
    done(folder, &["backup", "--data", "elsewhere", "--to", "b", "--keep", "2"]);
    assert_eq!(numbers(folder, "b"), [3, 4]);
}

#[test]
fn another_ledger_of_the_same_name_is_not_backed_up_among_the_first_ones_backups() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    form(folder, "d", "acme", "t1");
    done(folder, &["backup", "--data", "d", "--to", "b", "--keep", "1"]);
    for team in ["t1", "t2", "t3"] {
        form(folder, "anew", "acme", team);
    }
    let backup = ["backup", "--data", "anew", "--to", "b", "--keep", "1"];
    let ran = run(folder, &backup);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for says in ["the ledger `acme` is not the one in backup 1", "another of the same name", "--force"] {
        assert!(ran.err.contains(says), "no `{says}` in {}", ran.err);
    }
    assert_eq!(numbers(folder, "b"), [1]);
    // It contains more events, but different ones.
    let ran = run(folder, &[&backup[..], &["--force"]].concat());
    assert!(ran.code == Some(3) && ran.err.contains("does not hold that ledger"), "{ran:?}");
    assert_eq!(numbers(folder, "b"), [1, 2]);
}

#[test]
fn a_backup_from_before_there_were_incarnations_is_known_by_the_moment_its_ledgers_were_made() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    form(folder, "d", "acme", "t1");
    done(folder, &["backup", "--data", "d", "--to", "b"]);
    let about = folder.join("b/about/1.json");
    let mut described: Value = serde_json::from_slice(&fs::read(&about).unwrap()).unwrap();
    for gone in ["incarnation", "earlier"] {
        described["ledgers"][0].as_object_mut().unwrap().remove(gone).unwrap();
    }
    fs::write(&about, described.to_string()).unwrap();
    form(folder, "other", "acme", "t1");
    let ran = run(folder, &["backup", "--data", "other", "--to", "b"]);
    assert!(ran.code == Some(1) && ran.err.contains("another of the same name"), "{ran:?}");
    done(folder, &["backup", "--data", "d", "--to", "b", "--keep", "1"]);
    assert_eq!(numbers(folder, "b"), [2]);
}

#[test]
fn a_shorter_journal_pushes_no_longer_one_out_and_a_restored_ledger_backs_up_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    form(folder, "d", "acme", "t1");
    done(folder, &["backup", "--data", "d", "--to", "b"]);
    form(folder, "d", "acme", "t2");
    form(folder, "d", "globex", "t1");
    done(folder, &["backup", "--data", "d", "--to", "b"]);
    for (data, join) in [("r", &[][..]), ("j", &["--join"][..])] {
        done(folder, &[&["restore", "--from", "b", "--backup", "1", "--data", data], join].concat());
        // No flag is needed, and without a removal there is no warning.
        done(folder, &["backup", "--data", data, "--to", "b"]);
        let ran = run(folder, &["backup", "--data", data, "--to", "b", "--keep", "1"]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        for says in ["backup 2 holds 2 events of the ledger `acme`", "holds 1", "okr-ledger restore", "--to"] {
            assert!(ran.err.contains(says), "no `{says}` in {}", ran.err);
        }
        let json = run(folder, &["backup", "--data", data, "--to", "b", "--keep", "1", "--json"]);
        let made: Value = serde_json::from_str(&json.out).unwrap();
        assert!(json.code == Some(3) && made["nothing_removed"].is_string(), "{json:?}");
    }
    assert_eq!(numbers(folder, "b"), [1, 2, 3, 4, 5, 6, 7, 8]);
    // One ledger has grown beyond the backup, but the other is still missing.
    for team in ["t3", "t4", "t5"] {
        form(folder, "r", "acme", team);
    }
    let ran = run(folder, &["backup", "--data", "r", "--to", "b", "--keep", "1"]);
    assert!(ran.code == Some(3) && ran.err.contains("1 events of the ledger `globex`"), "{ran:?}");
    // Backups of the complete folder continue, except for events recorded on the other branch.
    for team in ["t3", "t4"] {
        form(folder, "d", "acme", team);
    }
    done(folder, &["backup", "--data", "d", "--to", "b", "--keep", "2"]);
}

#[test]
fn a_restored_backup_of_last_year_records_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let generate = ["generate", "--people", "3", "--quarters", "1", "--start", "2024-01-01", "--ledger", "acme"];
    done(folder, &[&generate[..], &["--data", "d"]].concat());
    done(folder, &["backup", "--data", "d", "--to", "b"]);
    done(folder, &["restore", "--from", "b", "--data", "r"]);
    form(folder, "r", "acme", "late");
    done(folder, &[&generate[..], &["--out", "c.jsonl"]].concat());
    done(folder, &["import", "c.jsonl", "--data", "i"]);
    form(folder, "i", "acme", "late");
    done(folder, &["import", DEMO, "--data", "e"]);
    form(folder, "e", "demo", "late");
    for data in ["r", "i", "e"] {
        assert!(done(folder, &["verify", "--data", data]).contains("all is well"));
        done(folder, &["backup", "--data", data, "--to", &format!("b-{data}")]);
    }
}
