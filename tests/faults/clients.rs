//! Misbehaving clients: unread feeds, endless heads and bodies, thousands of connections. Other clients must be served
//! all the while.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use okr_ledger::app::router;
use okr_ledger::http::{DRAIN, Limits, serve_within};
use serde_json::json;

use crate::campaign::Campaign;
use crate::door::{Desk, Door, LEDGER, Socket};
use crate::history::{check_in, now, prepare};
use crate::oracle::Oracle;
use crate::program::Serving;

/// Longest latency for well-behaved clients, on a machine with other work to do.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs a server in this process with short limits; `attack` gets its address.
fn with_short_limits<T>(folder: &Path, attack: impl FnOnce(&str) -> T) -> T {
    let second = Duration::from_secs(1);
    let limits = Limits { connections_max: 40, head: second, body: second, unread: second };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let desk = Desk::open(folder, now).unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = router(desk.ledgers.clone(), now);
    runtime.spawn(serve_within(limits, listener, router, std::future::pending(), DRAIN));
    attack(&address)
}

/// Reads until the server closes the connection; returns the bytes and the elapsed time.
fn until_closed(mut client: TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (mut read, mut part) = (Vec::new(), [0; 64 << 10]);
    loop {
        match client.read(&mut part) {
            Ok(0) => break,
            Ok(count) => read.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("it is still open: {error}"),
        }
        // A feed is never silent for long.
        assert!(begun.elapsed() < Duration::from_secs(60), "it is still open after {} bytes", read.len());
    }
    (String::from_utf8_lossy(&read).into_owned(), begun.elapsed())
}

/// Returns the longest latency of an ordinary question.
fn slowest_answer(door: &dyn Door, times: u32) -> Duration {
    let one = || {
        let begun = Instant::now();
        assert_eq!(door.get(&format!("{LEDGER}/cycles/q/board")).unwrap().status, 200);
        begun.elapsed()
    };
    (0..times).map(|_| one()).max().unwrap()
}

#[test]
fn a_client_that_sends_by_drops_loses_its_place() {
    let mut campaign = Campaign::new("slow heads and bodies, and a crowd", 1, 10);
    for (round, mut rng) in campaign.rounds() {
        let folder = campaign.path(&round.to_string());
        let mut oracle = Oracle::default();
        prepare(&Desk::open(&folder, now).unwrap(), now().utc().date_naive(), &mut oracle);
        with_short_limits(&folder, |address| {
            let connect = || TcpStream::connect(address).unwrap();
            let door = Socket::to(&format!("http://{address}"));
            let body = check_in("half", 1, 1).to_string();
            let head = format!(
                "POST {LEDGER}/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n",
                body.len()
            );
            // Endless heads, sent drop by drop.
            let dripping: Vec<_> = (0..10)
                .map(|_| {
                    let (mut client, bytes) = (connect(), head.clone());
                    std::thread::spawn(move || {
                        let begun = Instant::now();
                        for byte in bytes.as_bytes() {
                            if client.write_all(&[*byte]).is_err() {
                                break;
                            }
                            std::thread::sleep(Duration::from_millis(100));
                        }
                        begun.elapsed()
                    })
                })
                .collect();
            // Incomplete bodies.
            let halves: Vec<_> = (0..10)
                .map(|_| {
                    let mut client = connect();
                    client.write_all(head.as_bytes()).unwrap();
                    client.write_all(&body.as_bytes()[..rng.usize(..body.len())]).unwrap();
                    client
                })
                .collect();
            assert!(slowest_answer(&door, 20) < PATIENCE);
            for half in halves {
                let (said, after) = until_closed(half);
                assert!(
                    said.starts_with("HTTP/1.1 408 ") && said.contains("urn:okr-ledger:problem:slow-body"),
                    "{said}"
                );
                assert!(after < Duration::from_secs(10), "{after:?}");
            }
            for one in dripping {
                let kept = one.join().unwrap();
                assert!(kept < Duration::from_secs(10), "a head was waited for {kept:?}");
            }
            // Connections beyond the limit are rejected at once and accepted again when there is room. On a busy
            // machine some connections may be closed before the limit is reached, so the attempt is repeated.
            let said = (0..5).find_map(|_| {
                let crowd: Vec<_> = (0..40).map(|_| connect()).collect();
                std::thread::sleep(Duration::from_millis(200));
                let asked = |path: &str| {
                    let mut one_more = connect();
                    one_more.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).unwrap();
                    until_closed(one_more).0
                };
                let (said, probed) = (asked("/v1/ledgers"), asked("/healthz"));
                // A probe is answered all the same.
                assert!(probed.starts_with("HTTP/1.1 200 "), "{probed}");
                for one in crowd {
                    until_closed(one);
                }
                said.starts_with("HTTP/1.1 503 ").then_some(said)
            });
            assert!(said.as_ref().is_some_and(|said| said.contains("retry-after: 1")), "{said:?}");
            campaign.note("heads and bodies by drops", "let go; others served", oracle.judge(&door));
        });
    }
}

#[test]
fn a_feed_that_is_not_read_is_cut_and_goes_on_without_a_gap() {
    let mut campaign = Campaign::new("feeds that are not read", 1, 5);
    for (round, _) in campaign.rounds() {
        let folder = campaign.path(&round.to_string());
        let mut oracle = Oracle::default();
        prepare(&Desk::open(&folder, now).unwrap(), now().utc().date_naive(), &mut oracle);
        with_short_limits(&folder, |address| {
            let door = Socket::to(&format!("http://{address}"));
            let subscribe = |after: u64| {
                let mut client = TcpStream::connect(address).unwrap();
                let head = format!(
                    "GET {LEDGER}/events HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
                     last-event-id: {after}\r\n\r\n"
                );
                client.write_all(head.as_bytes()).unwrap();
                client
            };
            let stalled: Vec<_> = (0..8).map(|_| subscribe(0)).collect();
            let before = resident_kib(std::process::id());
            // More than fits into the buffers between client and server.
            let note = "x".repeat(3_000);
            for n in 0..24_u64 {
                let entry = (0..250).map(|part| {
                    let mut event = check_in(&format!("{n}.{part}"), n, n);
                    event["data"]["note"] = json!(note);
                    event
                });
                let entry = entry.collect::<Vec<_>>();
                let (status, receipt) = door.record(&entry).unwrap();
                assert_eq!(status, 201, "{receipt}");
                oracle.is_answered(&entry, receipt);
            }
            assert!(slowest_answer(&door, 20) < PATIENCE);
            let grown = resident_kib(std::process::id()).saturating_sub(before);
            println!("8 feeds that are not read, 18 MB recorded: {} MiB more resident", grown >> 10);
            assert!(grown < 300 << 10, "{grown} KiB more");
            // One interval in which the client still accepts data, one in which it does not, and some time to spare.
            std::thread::sleep(Duration::from_secs(4));
            let mut last = 0;
            for client in stalled {
                let (read, _) = until_closed(client);
                let seen = ids(&read);
                assert!(seen.iter().copied().eq(1..=seen.len() as u64), "a gap in a feed");
                last = seen.len() as u64;
            }
            let judged = oracle.judge(&door);
            assert!(last > 0 && last < judged.found, "nothing was cut");
            // The client reconnects and gets the rest.
            let mut client = subscribe(last);
            let (mut read, mut buffer) = (Vec::new(), vec![0; 1 << 20]);
            client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            while !String::from_utf8_lossy(&read[read.len().saturating_sub(9_000)..])
                .contains(&format!("-{}\ndata: ", judged.found))
            {
                let length = client.read(&mut buffer).unwrap();
                assert_ne!(length, 0, "the feed has ended");
                read.extend_from_slice(&buffer[..length]);
            }
            let seen = ids(&String::from_utf8_lossy(&read));
            assert!(seen.into_iter().eq(last + 1..=judged.found), "a gap after coming back");
            campaign.note("8 of them", "cut; went on without a gap", judged);
        });
    }
}

/// Returns the sequence numbers of the complete messages in a feed.
fn ids(read: &str) -> Vec<u64> {
    let whole = read.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    // A message without data contains a position and no event.
    let lines = whole.lines().zip(whole.lines().skip(1)).filter(|(_, next)| next.starts_with("data: "));
    lines.filter_map(|(line, _)| line.strip_prefix("id: ")?.rsplit_once('-')?.1.parse().ok()).collect()
}

#[test]
fn connections_by_the_thousand_leave_the_server_quick() {
    let mut campaign = Campaign::new("idle connections", 1, 1);
    let wanted = if Campaign::is_long() { 10_000 } else { 1_000 };
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let count = wanted.min(usize::try_from(files).unwrap() - 200);
    for (round, _) in campaign.rounds() {
        let folder = campaign.path(&round.to_string());
        std::fs::create_dir(&folder).unwrap();
        let serving = Serving::start(&folder, &["serve", "--data", "d", "--log", "warn"]);
        let door = Socket::to(&serving.url);
        let mut oracle = Oracle::default();
        prepare(&door, now().utc().date_naive(), &mut oracle);
        let (alone, before) = (slowest_answer(&door, 50), resident_kib(serving.child.id()));
        let address = serving.url.strip_prefix("http://").unwrap();
        let idle: Vec<TcpStream> = (0..count).map(|_| TcpStream::connect(address).unwrap()).collect();
        // A new connection, after all the others.
        let door = Socket::to(&serving.url);
        let (crowded, after) = (slowest_answer(&door, 50), resident_kib(serving.child.id()));
        let entry = [check_in("one", 1, 1)];
        let (status, receipt) = door.record(&entry).unwrap();
        assert_eq!(status, 201, "{receipt}");
        oracle.is_answered(&entry, receipt);
        println!(
            "{count} idle connections: {} MiB resident, {} before; slowest of 50 boards {crowded:?}, {alone:?} before",
            after >> 10,
            before >> 10
        );
        assert!(crowded < PATIENCE, "{crowded:?}");
        campaign.note(&format!("{count} of them"), "served", oracle.judge(&door));
        drop(idle);
        assert_eq!(serving.stop("-TERM"), Some(0));
    }
}

/// Returns the resident memory of a process, in KiB.
fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
