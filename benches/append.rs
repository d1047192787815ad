//! Durable submissions over HTTP, one event a request, against what the disk allows in the same run.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "a benchmark has no callers")]
#![allow(clippy::unwrap_used, reason = "a benchmark that fails is to stop")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{check_in, ms, open, organisation, percentile, raw_appends_per_second};
use events::Moment;
use okr_ledger::http;

const SECONDS: u64 = 4;
const KEY_RESULTS: usize = 200;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (address, server) = runtime.block_on(async {
        let (ledgers, ledger) = open(&folder.path().join("data")).await;
        organisation(&ledger, KEY_RESULTS).await;
        drop(ledger);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = http::router(Arc::new(ledgers), || Moment::from(chrono::Utc::now()));
        let server = tokio::spawn(http::serve(listener, router, async move { _ = stopped.await }));
        (address, server)
    });
    println!("| connections | submissions/s | ÷ raw | p50 | p95 | p99 |\n|---|---|---|---|---|---|");
    for (round, connections) in [1, 32, 1, 32, 1, 32].into_iter().enumerate() {
        let raw = raw_appends_per_second(folder.path(), connections);
        let latencies = load(address, connections, round);
        let per_second = latencies.len() as f64 / SECONDS as f64;
        let at = |percent| ms(percentile(&latencies, percent));
        println!(
            "| {connections} | {per_second:.0} | {:.2} of {raw:.0} | {} | {} | {} |",
            per_second / raw,
            at(50),
            at(95),
            at(99)
        );
    }
    _ = stop.send(());
    _ = runtime.block_on(server);
}

/// Lets so many connections submit, each its next event when the one before was answered. Returns the latencies, sorted.
fn load(address: SocketAddr, connections: usize, round: usize) -> Vec<Duration> {
    let end = Instant::now() + Duration::from_secs(SECONDS);
    let threads: Vec<_> = (0..connections)
        .map(|connection| {
            std::thread::spawn(move || {
                let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
                stream.get_ref().set_nodelay(true).unwrap();
                let mut latencies = Vec::new();
                while Instant::now() < end {
                    let n = latencies.len();
                    let id = format!("r{round}-{connection}-{n}");
                    let body = check_in(id, &format!("k{}", (connection * 31 + n) % KEY_RESULTS), n).to_string();
                    let start = Instant::now();
                    submit(&mut stream, &body);
                    latencies.push(start.elapsed());
                }
                latencies
            })
        })
        .collect();
    let mut all: Vec<Duration> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    all.sort();
    all
}

fn submit(stream: &mut BufReader<TcpStream>, body: &str) {
    let request = format!(
        "POST /v1/ledgers/bench/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/cloudevents+json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.get_mut().write_all(request.as_bytes()).unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 201"), "{line}");
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
            Some(_) => {}
        }
    }
    let mut receipt = vec![0; length];
    stream.read_exact(&mut receipt).unwrap();
}
