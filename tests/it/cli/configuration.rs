//! Precedence: flags, then the environment, then the file, then defaults.

use std::fs;

use super::program::{Ran, okr_ledger, run};

/// Returns the data folder from the message about a missing one.
fn looked_for(ran: &Ran) -> &str {
    let (_, rest) = ran.err.split_once("there is no data folder ").unwrap_or_else(|| panic!("{ran:?}"));
    rest.split([':', ' ']).next().unwrap()
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let plain = run(folder.path(), &["verify"]);
    assert_eq!(looked_for(&plain), "okr-ledger-data");
    fs::create_dir_all(folder.path().join("user/okr-ledger")).unwrap();
    fs::write(folder.path().join("user/okr-ledger/okr-ledger.toml"), "data = '/from-file'\n").unwrap();
    let user = folder.path().join("user");
    let of_user = |arguments: &[&str]| -> Ran {
        okr_ledger(folder.path(), arguments).env("XDG_CONFIG_HOME", &user).output().unwrap().into()
    };
    assert_eq!(looked_for(&of_user(&["verify"])), "/from-file");
    let with_env = |arguments: &[&str]| -> Ran {
        let mut program = okr_ledger(folder.path(), arguments);
        program.env("XDG_CONFIG_HOME", &user).env("OKR_LEDGER_DATA", "from-env").output().unwrap().into()
    };
    assert_eq!(looked_for(&with_env(&["verify"])), "from-env");
    assert_eq!(looked_for(&with_env(&["verify", "--data", "from-flag"])), "from-flag");
    // A URL by flag overrides a folder in the environment, and vice versa.
    let ran = with_env(&["board", "--url", "http://127.0.0.1:9"]);
    assert!(ran.err.contains("http://127.0.0.1:9 does not answer"), "{ran:?}");
}

#[test]
fn a_file_can_be_named_and_its_folder_is_where_its_data_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("etc")).unwrap();
    fs::write(folder.path().join("etc/okr.toml"), "data = 'books'\nledger = 'acme'\nlog = 'error'\n").unwrap();
    assert_eq!(looked_for(&run(folder.path(), &["verify", "--config", "etc/okr.toml"])), "etc/books");
    let missing = run(folder.path(), &["verify", "--config", "etc/none.toml"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
}

#[test]
fn a_setting_that_is_not_known_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("okr.toml"), "folder = 'x'\n").unwrap();
    let ran = run(folder.path(), &["verify", "--config", "okr.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("folder"), "{}", ran.err);
}

#[test]
fn a_file_in_the_current_folder_is_named_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("okr-ledger.toml"), "data = 'from-here'\n").unwrap();
    let ran = run(folder.path(), &["verify"]);
    assert_eq!(looked_for(&ran), "okr-ledger-data");
    assert!(ran.err.contains("okr-ledger.toml was not read") && ran.err.contains("--config"), "{}", ran.err);
    let named = run(folder.path(), &["verify", "--config", "okr-ledger.toml"]);
    assert_eq!(looked_for(&named), "from-here");
    assert!(!named.err.contains("was not read"), "{}", named.err);
}

#[test]
fn a_data_folder_has_settings_of_its_own_and_they_do_not_make_it_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("d")).unwrap();
    fs::write(folder.path().join("d/okr-ledger.toml"), "ledger = 'acme'\n").unwrap();
    let ran = run(folder.path(), &["board", "--data", "d"]);
    assert!(ran.code == Some(1) && ran.err.contains("there is no data folder d"), "{ran:?}");
    assert_eq!(fs::read_dir(folder.path().join("d")).unwrap().count(), 1);
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");
    for ledger in ["demo", "acme"] {
        assert_eq!(run(folder.path(), &["import", demo, "--data", "d", "--ledger", ledger]).code, Some(0));
    }
    let ran = run(folder.path(), &["cycles", "--data", "d"]);
    assert!(ran.code == Some(0) && ran.out.contains("acme as of event"), "{ran:?}");
    // The data folder is the working directory: no setting is ignored.
    assert_eq!(run(&folder.path().join("d"), &["cycles", "--data", "."]).err, "");
    fs::write(folder.path().join("d/okr-ledger.toml"), "data = '../e'\n").unwrap();
    let ran = run(folder.path(), &["cycles", "--data", "d"]);
    assert!(ran.code == Some(2) && ran.err.contains("is in a data folder"), "{ran:?}");
}

#[test]
fn with_nothing_said_and_nothing_there_it_tells_how_to_begin() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), &["board"]);
    // A server may be running at the default address during this test; it is then used.
    if ran.code == Some(1) && ran.err.contains("no data folder") {
        assert!(ran.err.contains("okr-ledger demo"), "{}", ran.err);
    }
}
