//! The board as documents, from a folder and from a server; the width of tables; a played replay.

use super::program::{Serving, done, okr_ledger, run};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

#[test]
fn a_folder_and_a_server_give_the_same_document() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    let asked = ["board", "2026-Q2", "--as-of", "57"];
    for format in ["csv", "md", "html", "pdf", "xlsx", "json"] {
        let local = format!("local.{format}");
        done(folder.path(), &[&asked[..], &["--data", "a", "--output", &local]].concat());
        let output =
            okr_ledger(folder.path(), &[&asked[..], &["--data", "a", "--format", format]].concat()).output().unwrap();
        assert!(output.status.success(), "{format}: {}", String::from_utf8_lossy(&output.stderr));
        let local = std::fs::read(folder.path().join(local)).unwrap();
        assert!(!local.is_empty() && local == output.stdout, "{format}: what is piped is what is written");
    }
    let server = Serving::start(folder.path(), &["serve", "--data", "a"]);
    for format in ["csv", "md", "html", "pdf", "xlsx", "json"] {
        let remote = format!("remote.{format}");
        done(folder.path(), &[&asked[..], &["--url", &server.url, "-o", &remote]].concat());
        let read = |name: &str| std::fs::read(folder.path().join(format!("{name}.{format}"))).unwrap();
        assert!(read("local") == read("remote"), "{format}");
    }
}

#[test]
fn a_file_says_what_it_is_by_its_name_or_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    let ran = run(folder.path(), &["board", "--data", "a", "-o", "board.docx"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("the name board.docx does not determine a format: set --format"), "{}", ran.err);
    let ran = run(folder.path(), &["board", "--data", "a", "--format", "docx"]);
    assert!(ran.code == Some(2) && ran.err.contains("table, json, csv, md, html, pdf, xlsx"), "{}", ran.err);
    done(folder.path(), &["board", "--data", "a", "-o", "board.txt"]);
    let table = std::fs::read_to_string(folder.path().join("board.txt")).unwrap();
    assert_eq!(table, done(folder.path(), &["board", "--data", "a"]));
    assert!(!folder.path().join("board.txt.part").exists());
}

#[test]
fn tables_are_as_wide_as_they_are_told_to_be() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    for command in ["board", "audit", "replay", "confidence"] {
        for width in ["90", "160"] {
            let shown = done(folder.path(), &[command, "2026-Q2", "--data", "a", "--width", width]);
            let widest = shown.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width.parse().unwrap(), "{command} in {width}: {widest}\n{shown}");
            assert!(!shown.contains('\u{1b}'), "{command}: plain where it is piped");
        }
    }
}

#[test]
fn a_replay_that_is_watched_plays_the_quarter() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    let played = done(folder.path(), &["replay", "2026-Q2", "--data", "a", "--watch"]);
    let frames = played.matches("Replay of 2026-Q2").count();
    assert!(played.contains(&format!("week {frames} of {frames}")), "{played}");
    assert!(frames >= 13 && !played.contains('\u{1b}'), "{played}");
}
