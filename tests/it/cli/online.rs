//! `verify` and `rebuild` while a server has the folder open, and the socket they use.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::program::{Serving, Writing, ask, done, operate, run};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

/// Waits until a single generation of views is left, and returns it: old ones go with their last reader.
fn only_generation(folder: &Path) -> String {
    let begun = Instant::now();
    loop {
        let found = fs::read_dir(folder.join("d/views")).unwrap();
        let mut names: Vec<String> = found.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "standing" && name != "standing.new");
        match names.as_slice() {
            [only] => return only.clone(),
            _ if begun.elapsed() < Duration::from_secs(10) => std::thread::sleep(Duration::from_millis(20)),
            _ => panic!("{names:?}"),
        }
    }
}

#[test]
fn a_ledger_is_verified_and_rebuilt_while_it_is_written_and_asked() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    let board = format!("{}/v1/ledgers/demo/cycles/2026-Q2/board", serving.url);
    let before = ask("GET", &board, &[], "");
    assert_eq!(before.0, 200);
    let writing = Writing::start(&serving.url);
    let mut stood = only_generation(folder.path());
    for round in 1..=3 {
        writing.until(round * 50);
        let out = done(folder.path(), &["verify", "--data", "d"]);
        assert!(out.contains("2 ledgers, ") && out.contains("all is well"), "{out}");
        let out = done(folder.path(), &["rebuild", "--data", "d"]);
        assert!(out.contains("unchanged: the views are rebuilt"), "{out}");
        assert_eq!(ask("GET", &board, &[], ""), before);
        let now = only_generation(folder.path());
        assert_ne!(now, stood);
        stood = now;
    }
    let answered = writing.stop();
    let (_, ledger) = ask("GET", &format!("{}/v1/ledgers/acme", serving.url), &[], "");
    let ledger: Value = serde_json::from_str(&ledger).unwrap();
    assert_eq!(ledger["last_seq"], answered);
    let (_, teams) = ask("GET", &format!("{}/v1/ledgers/acme/teams", serving.url), &[], "");
    let teams: Value = serde_json::from_str(&teams).unwrap();
    assert_eq!(teams["teams"].as_array().unwrap().len() as u64, answered);
    assert_eq!(serving.stop("-TERM"), Some(0));
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("all is well"));
}

#[test]
fn a_feed_goes_on_when_the_views_under_it_are_rebuilt() {
    use std::io::{BufRead as _, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    let json = [("content-type", "application/json")];
    ask("PUT", &format!("{}/v1/ledgers/acme", serving.url), &json, r#"{"title":"Acme"}"#);
    let form = |id: &str| {
        let event = super::program::event(id, "team.formed", id, serde_json::json!({"name": "A team"}));
        let (status, says) = ask("POST", &format!("{}/v1/ledgers/acme/events", serving.url), &json, &event);
        assert_eq!(status, 201, "{says}");
    };
    let feed = format!("{}/v1/ledgers/acme/events?type=okr.team.formed", serving.url);
    let feed = ureq::get(feed).header("accept", "text/event-stream").call().unwrap();
    let mut lines = BufReader::new(feed.into_body().into_reader()).lines().map_while(Result::ok);
    for round in 1..=3 {
        form(&format!("t{round}"));
        // A filter by type reads the views.
        let found = lines.find(|line| line.starts_with("data: ")).unwrap();
        assert!(found.contains(&format!("\"seq\":{round},")), "{found}");
        done(folder.path(), &["rebuild", "--data", "d"]);
    }
    // The feed keeps no removed generation open.
    only_generation(folder.path());
}

#[test]
fn a_flipped_bit_is_found_where_it_is_and_what_lies_behind_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    // A start turns the log into tables.
    done(folder.path(), &["board", "2026-Q2", "--data", "d"]);
    let tables = fs::read_dir(folder.path().join("d/journal")).unwrap().map(|one| one.unwrap().path());
    let tables = tables.filter(|path| path.extension().is_some_and(|end| end == "sst"));
    let largest = tables.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let sound = fs::read(&largest).unwrap();
    let mut bytes = sound.clone();
    bytes[2_000] ^= 1;
    bytes[12_000] ^= 1;
    fs::write(&largest, &bytes).unwrap();
    let check = |ran: super::program::Ran| {
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let found: Vec<&str> = ran.out.lines().filter(|line| line.contains("cannot be read")).collect();
        assert_eq!(found.len(), 2, "{ran:?}");
        for line in found {
            assert!(line.starts_with("ledger demo, event") && line.contains("checksum"), "{line}");
        }
        assert!(ran.err.contains("the journal itself is damaged"), "{}", ran.err);
    };
    check(run(folder.path(), &["verify", "--data", "d"]));
    // The server has already loaded the tables' indexes, so it finds the damage while running.
    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    check(run(folder.path(), &["verify", "--data", "d"]));
    assert_eq!(serving.stop("-TERM"), Some(0));
    fs::write(&largest, sound).unwrap();
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("all is well"));
}

#[test]
fn operations_are_asked_for_through_the_socket_by_whoever_may_open_it_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    for operation in ["", "/backup", "/verify", "/rebuild", "/accept-clock"] {
        let (status, says) = ask("POST", &format!("{}/v1/operations{operation}", serving.url), &[], "");
        assert!(status == 404 && says.contains("operations.sock in the data folder"), "{status} {says}");
    }
    assert!(!folder.path().join("d/operator").exists());
    let socket = folder.path().join("d/operations.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);

    let (status, lines) = operate(&socket, "verify", "");
    assert_eq!(status, 200, "{lines}");
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["result"]["wrong"], 0, "{last}");
    assert!(lines.lines().count() > 1, "{lines}");
    let (status, says) = operate(&socket, "verify", r#"{"depth":1}"#);
    assert_eq!(status, 422, "{says}");
    let ask_for = serde_json::json!({"to": folder.path().join("d/b")}).to_string();
    let (status, says) = operate(&socket, "backup", &ask_for);
    assert_eq!(status, 422, "{says}");
    assert!(says.contains("urn:okr-ledger:problem:operation-refused"), "{says}");
    let (status, says) = operate(&socket, "backup", r#"{"to": "backups"}"#);
    assert!(status == 422 && says.contains("whole path"), "{status} {says}");
    let (status, says) = operate(&socket, "verify?deep=1", "");
    assert!(status == 422 && says.contains("deep"), "{status} {says}");
    let (status, says) = operate(&socket, "restore", "");
    assert!(status == 404 && says.contains("this socket accepts"), "{status} {says}");
    assert_eq!(serving.stop("-TERM"), Some(0));
    assert!(!socket.exists());
}

#[test]
fn a_clock_that_nobody_doubts_needs_no_acceptance() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    let offline = done(folder.path(), &["accept-clock", "--data", "d"]);
    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    for says in [offline, done(folder.path(), &["accept-clock", "--data", "d"])] {
        assert!(says.contains("no evidence contradicts it"), "{says}");
    }
    // The server notes that the clock is right and no override was accepted.
    let kept: Value = serde_json::from_slice(&fs::read(folder.path().join("d/clock")).unwrap()).unwrap();
    assert!(kept["seen"].is_string() && kept.get("accepted").is_none(), "{kept}");
    assert_eq!(serving.stop("-TERM"), Some(0));
    let ran = run(folder.path(), &["accept-clock", "--data", "nowhere"]);
    assert!(ran.code == Some(1) && !folder.path().join("nowhere").exists(), "{ran:?}");
}

#[test]
fn the_socket_can_be_elsewhere_and_a_server_without_one_says_so_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    let started = |arguments: &[&str]| {
        let arguments = [&["serve", "--data", "d", "--log", "warn"], arguments].concat();
        Serving::start_with(folder.path(), &arguments, std::process::Stdio::piped())
    };
    let log = |mut serving: Serving| {
        let mut log = String::new();
        let stderr = serving.child.stderr.take();
        assert_eq!(serving.stop("-TERM"), Some(0));
        std::io::Read::read_to_string(&mut stderr.unwrap(), &mut log).unwrap();
        log
    };
    let serving = started(&["--operations-socket", "ops"]);
    assert!(folder.path().join("ops").exists() && !folder.path().join("d/operations.sock").exists());
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("all is well"));
    // Another server does not take over the socket.
    let second = Serving::start_with(
        folder.path(),
        &["serve", "--data", "e", "--operations-socket", "ops", "--log", "warn"],
        std::process::Stdio::piped(),
    );
    assert!(log(second).contains("another server answers at"));
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("all is well"));
    assert_eq!(log(serving), "");

    let long = format!("{}/s", "x".repeat(120));
    let serving = started(&["--operations-socket", &long]);
    assert_eq!(ask("GET", &format!("{}/readyz", serving.url), &[], "").0, 200);
    let ran = run(folder.path(), &["verify", "--data", "d"]);
    assert!(ran.code == Some(1) && ran.err.contains("no operations socket"), "{ran:?}");
    let log = log(serving);
    assert!(log.contains("are not available from this server") && log.contains("at most 107"), "{log}");
}

#[test]
fn what_a_server_left_that_was_killed_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    for arguments in [&[][..], &["--operations-socket", "ops"]] {
        let arguments = [&["serve", "--data", "d", "--log", "error"], arguments].concat();
        let socket = folder.path().join(arguments.get(6).copied().unwrap_or("d/operations.sock"));
        drop(Serving::start(folder.path(), &arguments));
        assert!(socket.exists());
        let serving = Serving::start(folder.path(), &arguments);
        assert!(done(folder.path(), &["verify", "--data", "d"]).contains("all is well"));
        assert_eq!(serving.stop("-TERM"), Some(0));
        assert!(!socket.exists());
    }
}

#[test]
fn a_server_that_is_not_the_folders_own_is_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "d"]);
    let own = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    let other = Serving::start(folder.path(), &["serve", "--data", "e", "--log", "error"]);
    assert!(done(folder.path(), &["ledgers", "--data", "d"]).contains("demo"));
    let left = fs::read_to_string(folder.path().join("d/address")).unwrap();
    // Like a server that died, with another one on its port and socket.
    let theirs =
        format!("{} {}", left.trim().replace(&own.url, &other.url), folder.path().join("e/operations.sock").display());
    fs::write(folder.path().join("d/address"), theirs).unwrap();
    for command in ["ledgers", "verify", "rebuild"] {
        let ran = run(folder.path(), &[command, "--data", "d"]);
        assert!(ran.code == Some(1) && ran.err.contains("is using the data folder"), "{command}: {ran:?}");
    }
    drop((own, other));
    // A killed server leaves its address file, which must be ignored.
    assert!(folder.path().join("d/address").exists());
    assert!(done(folder.path(), &["ledgers", "--data", "d"]).contains("demo"));
    assert!(!folder.path().join("d/address").exists());
}
