//! `kill -9` in the middle of a stream of submissions: what was answered is there, once, and the views agree.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::program::{Serving, done, event};

const THREADS: u64 = 4;
const ROUNDS: u64 = 4;

/// Moments of killing, in milliseconds after the stream began: the same in every run.
fn moment_of(round: u64) -> Duration {
    let mut x = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(round + 1);
    x ^= x >> 29;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 32;
    Duration::from_millis(80 + x % 500)
}

#[test]
fn what_was_answered_outlives_the_process() {
    let begun = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    // The seq that each id was answered with.
    let answered: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
    // What was sent and not answered: nobody knows whether it is recorded, so it is sent again.
    let mut unanswered: Vec<String> = Vec::new();
    for round in 0..ROUNDS {
        let mut serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
        if round == 0 {
            prepare(&serving.url);
        }
        check(&serving.url, &answered.lock().unwrap());
        resend(&serving.url, &mut unanswered, &answered);
        let stop = Arc::new(AtomicBool::new(false));
        let submitters: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (url, stop, answered) = (serving.url.clone(), Arc::clone(&stop), Arc::clone(&answered));
                thread::spawn(move || submit(&url, round, thread, &stop, &answered))
            })
            .collect();
        thread::sleep(moment_of(round));
        serving.child.kill().unwrap();
        serving.child.wait().unwrap();
        stop.store(true, Ordering::Relaxed);
        unanswered.extend(submitters.into_iter().filter_map(|submitter| submitter.join().unwrap()));
    }
    let serving = Serving::start(folder.path(), &["serve", "--data", "d", "--log", "error"]);
    check(&serving.url, &answered.lock().unwrap());
    resend(&serving.url, &mut unanswered, &answered);
    check(&serving.url, &answered.lock().unwrap());
    assert_eq!(serving.stop("-TERM"), Some(0));
    verify(folder.path());
    let answered = answered.lock().unwrap().len();
    assert!(answered > 20, "only {answered} submissions were answered: nothing was tried");
    assert!(begun.elapsed() < Duration::from_secs(60), "took {:?}", begun.elapsed());
}

fn verify(folder: &Path) {
    let out = done(folder, &["verify", "--data", "d"]);
    assert!(out.contains("all is well"), "{out}");
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into()
}

fn post(agent: &ureq::Agent, url: &str, body: &str) -> Result<(u16, Value), ureq::Error> {
    let sent = agent.post(format!("{url}/v1/ledgers/acme/events")).content_type("application/json").send(body)?;
    let (status, mut body) = (sent.status().as_u16(), sent.into_body());
    let text = body.read_to_string()?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
}

/// A cycle under way, with a key result for each thread.
fn prepare(url: &str) {
    let agent = agent();
    let made = agent.put(format!("{url}/v1/ledgers/acme")).content_type("application/json").send(r#"{"title":"Acme"}"#);
    assert_eq!(made.unwrap().status().as_u16(), 201);
    let day = chrono::Utc::now().date_naive();
    let (from, to) = (day - chrono::Days::new(10), day + chrono::Days::new(80));
    let mut events = vec![
        event(
            "a",
            "cycle.opened",
            "q",
            json!({"title": "Q", "kind": "custom", "starts_on": from, "ends_on": to, "time_zone": "UTC"}),
        ),
        event(
            "b",
            "objective.drafted",
            "o",
            json!({"cycle": "q", "title": "Grow", "level": "company", "owner": "Ada", "ambition": "committed"}),
        ),
    ];
    for n in 0..THREADS {
        let id = format!("kr-{n}");
        let metric = json!({"name": "trials", "kind": "increase"});
        let drafted =
            json!({"objective": "o", "title": "Raise trials", "owner": "Ada", "metric": metric, "target": 100_000});
        events.push(event(&format!("c{n}"), "key_result.drafted", &id, drafted));
        let measured = json!({"value": 0, "measured_on": from, "method": "counted"});
        events.push(event(&format!("d{n}"), "key_result.baseline_set", &id, measured));
    }
    events.push(event("e", "cycle.started", "q", json!({})));
    let (status, answer) = post(&agent, url, &format!("[{}]", events.join(","))).unwrap();
    assert_eq!(status, 201, "{answer}");
}

/// Records check-ins, some alone and some two in an entry, until the server is gone. Returns the one that got no answer.
fn submit(
    url: &str,
    round: u64,
    thread: u64,
    stop: &AtomicBool,
    answered: &Mutex<BTreeMap<String, u64>>,
) -> Option<String> {
    let agent = agent();
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let check_in = |part: &str| {
            let id = format!("{round}-{thread}-{n}{part}");
            event(&id, "check_in.recorded", &format!("kr-{thread}"), json!({"value": n, "confidence": n % 11}))
        };
        let body = if n % 5 == 0 { format!("[{},{}]", check_in("x"), check_in("y")) } else { check_in("") };
        let Ok((status, receipt)) = post(&agent, url, &body) else { return Some(body) };
        assert!(status == 201, "{status} {receipt}");
        note(&receipt, answered);
    }
    None
}

fn note(receipt: &Value, answered: &Mutex<BTreeMap<String, u64>>) {
    let mut answered = answered.lock().unwrap();
    for event in receipt["events"].as_array().unwrap() {
        answered.insert(event["id"].as_str().unwrap().to_owned(), event["seq"].as_u64().unwrap());
    }
}

/// Sends again what was not answered: it is recorded now, or it had been.
fn resend(url: &str, unanswered: &mut Vec<String>, answered: &Mutex<BTreeMap<String, u64>>) {
    let agent = agent();
    for body in unanswered.drain(..) {
        let (status, receipt) = post(&agent, url, &body).unwrap();
        assert!(status == 201 || status == 200, "{status} {receipt}");
        note(&receipt, answered);
    }
}

/// Everything that was answered is there, once, under the number it was answered with; and numbers have no gaps.
fn check(url: &str, answered: &BTreeMap<String, u64>) {
    let agent = agent();
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = agent.get(format!("{url}/v1/ledgers/acme/events?after={after}&limit=1000")).call().unwrap();
        let page: Value = serde_json::from_str(&page.into_body().read_to_string().unwrap()).unwrap();
        let events = page["events"].as_array().unwrap();
        for event in events {
            let (id, seq) = (event["id"].as_str().unwrap(), event["seq"].as_u64().unwrap());
            assert_eq!(seq, after + 1, "a gap");
            assert_eq!(found.insert(id.to_owned(), seq), None, "`{id}` was recorded twice");
            after = seq;
        }
        if events.is_empty() {
            break;
        }
    }
    for (id, seq) in answered {
        assert_eq!(found.get(id), Some(seq), "`{id}` was answered");
    }
    // An entry is there wholly or not at all.
    for id in found.keys().filter_map(|id| id.strip_suffix('x')) {
        assert!(found.contains_key(&format!("{id}y")), "half of an entry: {id}");
    }
}
