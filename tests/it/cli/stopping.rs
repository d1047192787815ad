//! Readiness, shutdown and log of a server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::program::{Serving, Writing, ask, done, okr_ledger};

fn signal(serving: &Serving, signal: &str) {
    let pid = serving.child.id().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
}

/// Sends a request without its body.
fn half_sent(url: &str) -> TcpStream {
    let mut connection = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let head = "PUT /v1/ledgers/late HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                content-type: application/json\r\ncontent-length: 17\r\n\r\n{\"title\":";
    connection.write_all(head.as_bytes()).unwrap();
    // Time for the server to read it.
    std::thread::sleep(Duration::from_millis(300));
    connection
}

#[test]
fn a_server_that_records_and_answers_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    assert_eq!(ask("GET", &format!("{}/readyz", serving.url), &[], ""), (200, r#"{"status":"ready"}"#.into()));
    let (status, health) = ask("GET", &format!("{}/healthz", serving.url), &[], "");
    let health: Value = serde_json::from_str(&health).unwrap();
    assert_eq!((status, &health["status"]), (200, &"recording".into()));
}

#[test]
fn what_is_under_way_is_finished_before_a_server_ends() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    let mut late = half_sent(&serving.url);
    signal(&serving, "-TERM");
    std::thread::sleep(Duration::from_millis(300));
    late.write_all(b"\"Late\" }").unwrap();
    let mut answer = String::new();
    late.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let mut serving = serving;
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    assert!(done(folder.path(), &["ledgers", "--data", "d"]).contains("Late"));
}

#[test]
fn a_client_that_never_ends_holds_a_server_up_for_so_long_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["serve", "--data", "d", "--drain-seconds", "1"];
    let mut serving = Serving::start_with(folder.path(), &arguments, Stdio::piped());
    let _late = half_sent(&serving.url);
    let begun = Instant::now();
    signal(&serving, "-TERM");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(900) && took < Duration::from_secs(10), "{took:?}");
    let mut log = String::new();
    serving.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("1 of them waiting for an answer"), "{log}");
    assert!(log.contains("stopped"), "{log}");
}

#[test]
fn an_operation_that_is_under_way_is_cancelled_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let made = ["generate", "--people", "150", "--quarters", "2", "--ledger", "trial", "--data", "d"];
    done(folder.path(), &made);
    let arguments = ["serve", "--data", "d", "--log", "info"];
    let mut serving = Serving::start_with(folder.path(), &arguments, Stdio::piped());
    let mut asked = UnixStream::connect(folder.path().join("d/operations.sock")).unwrap();
    let head = "POST /v1/operations/verify HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n";
    asked.write_all(head.as_bytes()).unwrap();
    let mut answer = BufReader::new(asked);
    let mut lines = String::new();
    while !lines.contains("\"doing\"") {
        assert!(answer.read_line(&mut lines).unwrap() > 0, "{lines}");
    }
    signal(&serving, "-TERM");
    answer.read_to_string(&mut lines).unwrap();
    let last = lines.lines().rfind(|line| line.starts_with('{')).unwrap();
    assert!(last.contains("urn:okr-ledger:problem:operation-cancelled"), "{last}");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    serving.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("cancelling verify") && log.contains("stopped"), "{log}");
    // The unfinished views are removed.
    assert_eq!(std::fs::read_dir(folder.path().join("d/views")).unwrap().count(), 2);
    assert!(done(folder.path(), &["verify", "--data", "d"]).contains("all is well"));
}

#[test]
fn a_second_signal_ends_a_server_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "off"]);
    let _late = half_sent(&serving.url);
    signal(&serving, "-TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(serving.child.try_wait().unwrap(), None);
    let begun = Instant::now();
    signal(&serving, "-TERM");
    assert_eq!(serving.child.wait().unwrap().code(), Some(1));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(!folder.path().join("d/address").exists());
}

#[test]
fn a_server_that_cannot_write_its_journal_ends_and_what_it_answered_is_there() {
    let folder = tempfile::tempdir().unwrap();
    // Files are limited to 200 blocks of 512 bytes, which acts as a full disk for a log of that length.
    let mut command = Command::new("sh");
    let program = okr_ledger(folder.path(), &[]);
    command.args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\""]).arg(program.get_program());
    command.args(["serve", "--data", "d", "--listen", "127.0.0.1:0", "--log", "error"]);
    command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut serving = Serving::of(command.spawn().unwrap());
    let json = [("content-type", "application/json")];
    assert_eq!(ask("PUT", &format!("{}/v1/ledgers/acme", serving.url), &json, r#"{"title":"Acme"}"#).0, 201);
    let name = "x".repeat(180);
    let mut answered = 0;
    for n in 0..2_000 {
        let id = format!("t{n}");
        let event = super::program::event(&id, "team.formed", &id, serde_json::json!({"name": name}));
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let agent: ureq::Agent = config.build().into();
        let sent = agent.post(format!("{}/v1/ledgers/acme/events", serving.url)).content_type("application/json");
        match sent.send(&event) {
            Ok(answer) if answer.status() == 201 => answered += 1,
            Ok(answer) => {
                assert_eq!(answer.status(), 503);
                break;
            }
            Err(_) => break,
        }
    }
    assert!(answered > 10 && answered < 2_000, "{answered}");
    assert_eq!(serving.child.wait().unwrap().code(), Some(1));
    let mut said = String::new();
    serving.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let last = said.lines().last().unwrap();
    assert!(last.contains("it could not write the journal") && last.contains("restart"), "{said}");
    let listed: Value = serde_json::from_str(&done(folder.path(), &["ledgers", "--data", "d", "--json"])).unwrap();
    let recorded = listed["ledgers"][0]["last_seq"].as_u64().unwrap();
    // The refused event may be recorded: the disk may have written it.
    assert!(recorded == answered || recorded == answered + 1, "{recorded} of {answered}");
}

#[test]
fn every_line_of_a_request_bears_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["serve", "--data", "d", "--log", "info", "--log-format", "json"];
    let mut serving = Serving::start_with(folder.path(), &arguments, Stdio::piped());
    let writing = Writing::start(&serving.url);
    writing.until(20);
    let answered = writing.stop();
    let board = format!("{}/v1/ledgers/acme/cycles/q/board?on=2026-01-01", serving.url);
    assert_eq!(ask("GET", &board, &[("x-request-id", "mine")], "").0, 404);
    signal(&serving, "-TERM");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    serving.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |message: &str| lines.iter().filter(|line| line["message"] == message).collect::<Vec<_>>();
    let asked = lines.iter().find(|line| line["span"]["id"] == "mine").unwrap();
    assert_eq!((&asked["span"]["method"], &asked["status"]), (&"GET".into(), &404.into()));
    assert_eq!(asked["span"]["path"], "/v1/ledgers/acme/cycles/q/board");
    assert_eq!(asked["query"], "on=2026-01-01");
    assert!(asked["duration_ms"].is_u64());
    assert_eq!(said("answered").len() as u64, answered / 2 + 2);
    assert_eq!((&said("serving")[0]["ledgers"], &said("serving")[0]["data"]), (&0.into(), &"d".into()));
    assert_eq!(said("stopped").len(), 1);
}
