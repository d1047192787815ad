//! Latencies of other requests while large bodies are processed: probes of `/healthz`, and entries in another ledger.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::json;

use super::bar::figure;
use super::data::{LEDGER, What};
use super::report::{Section, Table};
use super::server::Server;
use super::stats::median;
use super::{Failed, Pace};

/// The ledger for other entries.
const BESIDE: &str = "beside";

/// Connections that send large bodies, each one after the other.
const SENDERS: usize = 4;

/// Most bytes of a body.
const BODY_BYTES: usize = 1 << 20;

/// Key results of the ledger addressed by the large bodies.
const KEY_RESULTS: usize = 20;

/// Pause between two measured requests.
const PAUSE: Duration = Duration::from_millis(2);

/// A large body: its name, its query, and its content.
struct Load {
    name: &'static str,
    query: &'static str,
    body: String,
}

/// The measurements of one round.
#[derive(Default)]
struct Round {
    probe_ms: [f64; 2],
    record_ms: [f64; 2],
    bodies_per_second: f64,
}

pub(crate) fn measure(folder: &Path, pace: Pace) -> Result<Section, Failed> {
    let kept = What::Exact { key_results: KEY_RESULTS, versions: 1 }.folder(folder)?;
    let title = format!("While {SENDERS} connections send bodies of 1 MiB about another ledger:");
    let columns = ["load", "bodies/s", "/healthz p50 ms", "p99 ms", "recording p50 ms", "p99 ms"];
    let mut table = Table::new(&title, &columns);
    let mut section = Section::default();
    for load in [None, Some(nested()), Some(invalid()), Some(check_ins("?dry_run=true")), Some(check_ins(""))] {
        let mut rounds = Vec::new();
        for _ in 0..pace.rounds {
            // Recorded entries change the ledger, so each round uses a new copy.
            let data = folder.join("hostile");
            if data.exists() {
                std::fs::remove_dir_all(&data)?;
            }
            copy(&kept, &data)?;
            rounds.push(round(&data, load.as_ref(), pace)?);
        }
        let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure));
        let name = load.as_ref().map_or("none", |load| load.name);
        let cells = [
            of(|round| round.bodies_per_second),
            of(|round| round.probe_ms[0]),
            of(|round| round.probe_ms[1]),
            of(|round| round.record_ms[0]),
            of(|round| round.record_ms[1]),
        ];
        println!("{name}: /healthz p99 {} ms, recording p99 {} ms", figure(cells[2]), figure(cells[4]));
        table.row([name.to_owned()].into_iter().chain(cells.map(figure)));
        section.figures.insert(format!("hostile.{name}.probe_p99_ms"), cells[2]);
        section.figures.insert(format!("hostile.{name}.record_p99_ms"), cells[4]);
    }
    section.tables.push(table);
    section.notes.push(
        "A probe has a connection of its own, from connecting to the last byte. An entry is one event, over one connection, \
         durable when it is answered. Both are sent one at a time, with a rest of 2 ms between them.\n"
            .into(),
    );
    Ok(section)
}

/// Returns JSON that is no entry, as deep and as wide as permitted.
fn nested() -> Load {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let body = format!("[{}]", vec![deep; BODY_BYTES / 202].join(","));
    Load { name: "lists in lists", query: "", body }
}

/// Returns an event with as many faults as fit.
fn invalid() -> Load {
    let event = json!({"specversion": "1.0", "id": "hostile", "source": "/x", "type": "okr.check_in.recorded",
        "subject": "k00000", "data": {"blockers": vec![0; (BODY_BYTES - 300) / 2]}});
    Load { name: "invalid", query: "", body: event.to_string() }
}

/// Returns as many check-ins as an entry can contain. `#######` becomes another number each time.
fn check_ins(query: &'static str) -> Load {
    let note = "the figures of the first week are better than what we hoped for ".repeat(10);
    let event = |n: usize| {
        json!({"specversion": "1.0", "id": format!("h#######-{n}"), "source": "/x", "type": "okr.check_in.recorded",
            "subject": format!("k{:05}", n % KEY_RESULTS), "time": "2026-05-04T09:00:00Z",
            "data": {"value": n, "note": note, "plans": ["roll it out", "ask ten users"]}})
    };
    let body = serde_json::Value::from_iter((0..1_000).map(event)).to_string();
    Load { name: if query.is_empty() { "recorded" } else { "tried" }, query, body }
}

fn round(data: &Path, load: Option<&Load>, pace: Pace) -> Result<Round, Failed> {
    let server = Server::start(data)?;
    let address = server.address;
    let made = send(address, "PUT", &format!("/v1/ledgers/{BESIDE}"), r#"{"title":"Beside"}"#)?;
    if !made.starts_with("HTTP/1.1 20") {
        return Err(format!("the other ledger is not made: {made}").into());
    }
    let (is_over, bodies) = (AtomicBool::new(false), AtomicU64::new(0));
    let (probes, entries) = thread::scope(|scope| {
        if let Some(load) = load {
            for sender in 0..SENDERS {
                let (is_over, bodies) = (&is_over, &bodies);
                scope.spawn(move || {
                    let path = format!("/v1/ledgers/{LEDGER}/events{}", load.query);
                    for n in 0.. {
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                        let body = load.body.replace("#######", &format!("{sender}{n:06}"));
                        // A busy server refuses; the next body is sent nevertheless.
                        if send(address, "POST", &path, &body).is_ok() {
                            bodies.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        }
        thread::sleep(pace.warm_up);
        bodies.store(0, Ordering::Relaxed);
        let probing = scope.spawn(|| {
            over(pace.lasts, |_| {
                let health = send(address, "GET", "/healthz", "")?;
                if health.starts_with("HTTP/1.1 200 ") { Ok(()) } else { Err(health) }
            })
        });
        let entries = over(pace.lasts, |n| {
            let event = json!({"specversion": "1.0", "id": format!("b{n}"), "source": "/x", "type": "okr.team.formed",
                "subject": format!("t{n}"), "data": {"name": "A team"}});
            let answer = send(address, "POST", &format!("/v1/ledgers/{BESIDE}/events"), &event.to_string())?;
            if answer.starts_with("HTTP/1.1 201 ") { Ok(()) } else { Err(answer) }
        });
        let probes = probing.join().unwrap_or_else(|_| Err("the thread that probes has panicked".into()));
        is_over.store(true, Ordering::Relaxed);
        (probes, entries)
    });
    let at = |took: &Histogram<u64>| [50.0, 99.0].map(|percent| took.value_at_percentile(percent) as f64 / 1e6);
    let (probe_ms, record_ms) = (at(&probes?), at(&entries?));
    server.stop()?;
    Ok(Round { probe_ms, record_ms, bodies_per_second: bodies.into_inner() as f64 / pace.lasts.as_secs_f64() })
}

/// Repeats `ask` and measures the duration of each call.
fn over(lasts: Duration, mut ask: impl FnMut(u64) -> Result<(), String>) -> Result<Histogram<u64>, String> {
    let mut took = Histogram::new(3).map_err(|error| error.to_string())?;
    let begun = Instant::now();
    for n in 0.. {
        let from = Instant::now();
        ask(n)?;
        let nanos = u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX);
        took.record(nanos).map_err(|error| error.to_string())?;
        if begun.elapsed() > lasts {
            break;
        }
        thread::sleep(PAUSE);
    }
    Ok(took)
}

/// Sends one request over a new connection and returns the answer.
fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> Result<String, String> {
    let talk = || -> std::io::Result<String> {
        let mut connection = TcpStream::connect(address)?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes())?;
        connection.write_all(body.as_bytes())?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok(answer)
    };
    talk().map_err(|error| format!("{method} {path}: {error}"))
}

fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
