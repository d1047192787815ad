//! The page of events: live updates, after a restart, with all feeds in use, after a restore.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::forms::under_way;
use crate::stage::{PATIENCE, Stage, is_left_out};

fn check_in(id: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "source": format!("/people/{id}"), "type": "okr.check_in.recorded",
        "subject": "churn", "data": {"value": 4}})
}

/// A stand-in server that answers 503 to every request and exposes the request heads.
struct Refusing {
    heads: Receiver<String>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Refusing {
    fn at(address: &str) -> Refusing {
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (said, heads) = channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                let Ok((mut client, _)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(10));
                    continue;
                };
                client.set_nonblocking(false).unwrap();
                client.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
                let mut head = Vec::new();
                let mut buffer = [0; 4096];
                while !head.ends_with(b"\r\n\r\n") {
                    match client.read(&mut buffer) {
                        Ok(length @ 1..) => head.extend_from_slice(&buffer[..length]),
                        _ => break,
                    }
                }
                let answer = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
                _ = client.write_all(answer.as_bytes());
                _ = said.send(String::from_utf8_lossy(&head).to_lowercase());
            }
        });
        Refusing { heads, is_over, thread: Some(thread) }
    }

    /// Returns the next head that contains `part`.
    fn sees(&self, part: &str) -> String {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(head) = self.heads.recv_timeout(Duration::from_millis(100))
                && head.contains(part)
            {
                return head;
            }
        }
        panic!("nobody asks with `{part}`");
    }
}

impl Drop for Refusing {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Waits until a text has disappeared from an element.
async fn misses(stage: &Stage, css: &str, text: &str) {
    let begun = Instant::now();
    loop {
        // During a page load no script can run.
        let script = "return document.querySelector(arguments[0])?.innerText";
        let seen = stage.browser.execute(script, vec![css.into()]).await;
        if matches!(&seen, Ok(Value::String(seen)) if !seen.contains(text)) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "`{text}` is still in {css}: {seen:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_page_recovers_from_a_503_and_misses_nothing() {
    if is_left_out() {
        return;
    }
    let mut stage = under_way().await;
    stage.open("/ledgers/acme/events?subject=churn").await;
    stage.sees("#live", "live").await;
    stage.record(&check_in("before")).await;
    stage.sees("#feed", "/people/before").await;
    let last = stage.ask("ledgers/acme").await["last_seq"].as_u64().unwrap();
    stage.stop();
    let refusing = Refusing::at(stage.address());
    // The browser reconnects by itself, once, with the last position.
    let head = refusing.sees("last-event-id:");
    let id = head.lines().find_map(|line| line.strip_prefix("last-event-id: ")).unwrap_or_default();
    assert!(id.ends_with(&last.to_string()), "{head}");
    stage.sees("#live", "not connected: trying again").await;
    drop(refusing);
    stage.start();
    stage.record(&check_in("meanwhile")).await;
    stage.sees("#feed", "/people/meanwhile").await;
    stage.sees("#live", "live").await;
    stage.record(&check_in("after")).await;
    stage.sees("#feed", "/people/after").await;
    let shown = stage.run("return document.querySelectorAll('#feed .fresh').length", vec![]).await;
    assert_eq!(shown, 3, "an event is missing, or there twice");
    stage.forget_console().await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_data_moves_the_browsers_position_and_calls_nobody() {
    if is_left_out() {
        return;
    }
    let mut stage = under_way().await;
    stage.open("/ledgers/acme/events/1").await;
    let last = stage.ask("ledgers/acme").await["last_seq"].as_u64().unwrap();
    // No event has this type: the feed sends its start position and nothing else.
    let script = "window.called = 0; \
                  const feed = new EventSource('/v1/ledgers/acme/events?type=okr.cycle.closed&after=' + arguments[0]); \
                  feed.onmessage = () => { window.called += 1; }; \
                  feed.onopen = () => setTimeout(arguments[1], 200);";
    stage.browser.execute_async(script, vec![last.into()]).await.unwrap();
    stage.stop();
    let head = Refusing::at(stage.address()).sees("last-event-id:");
    let id = head.lines().find_map(|line| line.strip_prefix("last-event-id: ")).unwrap_or_default();
    assert!(id.ends_with(&last.to_string()), "{head}");
    assert_eq!(stage.run("return window.called", vec![]).await, 0);
    stage.start();
    stage.forget_console().await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_feeds_are_taken_the_page_asks_from_time_to_time_and_comes_back_to_the_feed() {
    if is_left_out() {
        return;
    }
    let stage = Stage::of(&["serve", "--feeds-max", "1"]).await;
    stage.open("/").await;
    crate::forms::make(&stage).await;
    stage.record(&crate::forms::quarter("Cut churn", "Ada")).await;
    let mut other = TcpStream::connect(stage.address()).unwrap();
    let request = "GET /v1/ledgers/acme/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    other.write_all(request.as_bytes()).unwrap();
    assert!(other.read(&mut [0; 1]).unwrap() == 1, "the only place is taken");
    stage.open("/ledgers/acme/events").await;
    stage.sees("#live", "not live: checked every 30 s").await;
    stage.record(&check_in("meanwhile")).await;
    stage.sees("#feed", "/people/meanwhile").await;
    drop(other);
    stage.sees("#live", "live").await;
    misses(&stage, "#live", "not live").await;
    stage.record(&check_in("after")).await;
    stage.sees("#feed", "/people/after").await;
    let shown = stage.run("return document.querySelectorAll('#feed .fresh').length", vec![]).await;
    assert_eq!(shown, 2, "an event is missing, or there twice");
    stage.forget_console().await;
    stage.end().await;
}

/// Runs the program to its end.
fn done(arguments: &[&str]) {
    let ended = Command::new(env!("CARGO_BIN_EXE_okr-ledger")).args(arguments).output().unwrap();
    assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_before_a_restore_loads_itself_anew() {
    if is_left_out() {
        return;
    }
    let mut stage = under_way().await;
    let backups = tempfile::tempdir().unwrap();
    let (data, to) = (stage.data.path().display().to_string(), backups.path().display().to_string());
    stage.open("/ledgers/acme/events").await;
    stage.sees("#live", "live").await;
    done(&["backup", "--data", &data, "--to", &to]);
    stage.record(&check_in("lost")).await;
    stage.sees("#feed", "/people/lost").await;
    stage.stop();
    done(&["restore", "--from", &to, "--data", &data, "--force"]);
    stage.start();
    misses(&stage, "#feed", "/people/lost").await;
    stage.sees("#live", "live").await;
    stage.record(&check_in("anew")).await;
    stage.sees("#feed", "/people/anew").await;
    stage.forget_console().await;
    stage.end().await;
}
