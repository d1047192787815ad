//! `serve`: start and end.

use super::program::{Serving, done, run};

#[test]
fn only_loopback_addresses_are_listened_on() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let ran = run(folder.path(), &["serve", "--data", "d", "--listen", address]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("no access control yet"), "{}", ran.err);
    }
    let ran = run(folder.path(), &["serve", "--data", "d", "--listen", "nonsense"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!folder.path().join("d").exists());
}

#[test]
fn a_second_server_on_the_same_folder_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let first = Serving::start(folder.path(), &["serve", "--data", "d"]);
    let second = run(folder.path(), &["serve", "--data", "d", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, Some(1));
    assert!(second.err.contains("another okr-ledger is using the data folder"), "{}", second.err);
    assert_eq!(first.stop("-INT"), Some(0));
    assert!(!folder.path().join("d/address").exists());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["demo", "--once", "--data", "d"]);
    let mut command = super::program::okr_ledger(folder.path(), &["export", "--data", "d"]);
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let ran: super::program::Ran = child.wait_with_output().unwrap().into();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn misuse_is_told_apart_from_failure() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["bored"]).code, Some(2));
    assert_eq!(run(folder.path(), &["what-if", "2026-Q2", "--data", "d"]).code, Some(2));
    assert_eq!(run(folder.path(), &["board", "--url", "ftp://x"]).code, Some(2));
    assert_eq!(run(folder.path(), &["board", "--data", "d", "--url", "http://127.0.0.1:9"]).code, Some(2));
    assert_eq!(run(folder.path(), &["--help"]).code, Some(0));
    assert_eq!(run(folder.path(), &["--version"]).code, Some(0));
    let ran = run(folder.path(), &["board", "--log", "=,="]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}
