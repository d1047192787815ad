//! `export`, `import`, `rebuild` and `verify`.

use std::fs;

use super::program::{done, run, run_with};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

#[test]
fn a_copy_comes_out_as_it_went_in_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let copy = fs::read_to_string(DEMO).unwrap();
    let out = done(folder.path(), &["import", DEMO, "--data", "a"]);
    assert_eq!(out, format!("{} entries (172 events) taken into demo\n", copy.lines().count() - 1));
    assert_eq!(done(folder.path(), &["export", "--data", "a"]), copy);
    done(folder.path(), &["export", "copy.jsonl", "--ledger", "demo", "--data", "a"]);
    assert_eq!(fs::read_to_string(folder.path().join("copy.jsonl")).unwrap(), copy);
    fs::write(folder.path().join("copy.jsonl"), "mine").unwrap();
    let ran = run(folder.path(), &["export", "copy.jsonl", "--data", "a"]);
    assert!(ran.code == Some(1) && ran.err.contains("--force"), "{ran:?}");
    assert_eq!(fs::read_to_string(folder.path().join("copy.jsonl")).unwrap(), "mine");
    done(folder.path(), &["export", "copy.jsonl", "--data", "a", "--force"]);
    assert_eq!(fs::read_to_string(folder.path().join("copy.jsonl")).unwrap(), copy);

    // Under another name, from stdin; and a second time it is refused, because the ledger holds something.
    let import = ["import", "-", "--ledger", "other", "--data", "a"];
    assert_eq!(run_with(folder.path(), &import, copy.as_bytes()).code, Some(0));
    let again = run_with(folder.path(), &import, copy.as_bytes());
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("172 events"), "{}", again.err);
    let ran = run(folder.path(), &["export", "--data", "a"]);
    assert_eq!(ran.code, Some(2), "which of the two is meant? {ran:?}");

    let out = done(folder.path(), &["verify", "--data", "a"]);
    assert!(out.contains("2 ledgers, 344 events") && out.contains("all is well"), "{out}");
    let board = done(folder.path(), &["board", "--ledger", "other", "--data", "a", "--json"]);
    let out = done(folder.path(), &["rebuild", "--data", "a"]);
    assert!(
        out.starts_with("344 events folded, ") && out.ends_with("the same as before: the views are new\n"),
        "{out}"
    );
    assert_eq!(done(folder.path(), &["board", "--ledger", "other", "--data", "a", "--json"]), board);
    done(folder.path(), &["verify", "--data", "a"]);
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
fn a_copy_from_the_future_is_refused_and_nothing_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let copy = fs::read_to_string(DEMO).unwrap();
    let (before, last) = copy.trim_end().rsplit_once('\n').unwrap();
    let recorded_at = last.split_once(r#""recorded_at":""#).unwrap().1.split_once('"').unwrap().0;
    let copy = format!("{before}\n{}\n", last.replace(recorded_at, "2999-01-01T00:00:00Z"));
    let ran = run_with(folder.path(), &["import", "-", "--data", "a"], copy.as_bytes());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("recorded until 2999-01-01T00:00:00Z"), "{}", ran.err);
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
