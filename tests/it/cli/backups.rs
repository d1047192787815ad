//! `backup` and `restore`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::program::{Serving, Writing, done, run};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

/// The entries of a ledger's copy, without the line that describes it.
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
    // What is written down of a backup comes last.
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
    assert!(refused("d/backups").contains("is lost with it") && !folder.path().join("d/backups").exists());
    fs::create_dir(folder.path().join("letters")).unwrap();
    fs::write(folder.path().join("letters/one"), "Dear").unwrap();
    assert!(refused("letters").contains("holds something else"));
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
    let kept = out.lines().last().unwrap().strip_prefix("what stood before is kept in ").unwrap();
    assert!(done(folder.path(), &["ledgers", "--data", "d"]).lines().count() == 3);
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("1 ledger, 172 events"));

    // Cut short after the old journal was moved: nobody takes the folder for an empty one.
    fs::rename(folder.path().join("d/journal"), folder.path().join("d/journal.new")).unwrap();
    for command in ["serve", "verify", "ledgers"] {
        let ran = run(folder.path(), &[command, "--data", "d"]);
        assert!(ran.code == Some(1) && ran.err.contains("was cut short"), "{command}: {ran:?}");
    }
    done(folder.path(), &["restore", "--from", "b", "--data", "d"]);
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("1 ledger, 172 events"));

    // What stood before is a journal still.
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
