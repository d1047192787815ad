//! Serving over a real socket.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use okr_ledger::http::{HEAD_BYTES_MAX, HEADERS_MAX, serve};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::house::{EVENTS, House};

#[tokio::test]
async fn streams_end_when_the_server_is_told_to() {
    let house = House::quarter().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async { _ = stopped.await };
    let server = tokio::spawn(okr_ledger::http::serve(listener, house.router.clone(), shutdown));
    let (first, seen) = oneshot::channel::<()>();
    let client = tokio::task::spawn_blocking(move || {
        let mut connection = std::net::TcpStream::connect(address).unwrap();
        let request = format!("GET {EVENTS}?after=7 HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n");
        connection.write_all(request.as_bytes()).unwrap();
        let mut read = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&read).contains("-8\ndata: ") {
            let length = connection.read(&mut buffer).unwrap();
            read.extend_from_slice(&buffer[..length]);
        }
        first.send(()).unwrap();
        connection.read_to_end(&mut read).unwrap();
        String::from_utf8(read).unwrap()
    });
    seen.await.unwrap();
    stop.send(()).unwrap();
    let read = tokio::time::timeout(Duration::from_secs(5), client).await.unwrap().unwrap();
    // The last chunk of HTTP/1.1: the stream ended properly.
    assert!(read.ends_with("\r\n0\r\n\r\n"), "{read}");
    tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_sends_too_much_is_told_so() {
    let house = House::quarter().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(okr_ledger::http::serve(listener, house.router.clone(), std::future::pending()));
    let client = tokio::task::spawn_blocking(move || {
        let mut connection = std::net::TcpStream::connect(address).unwrap();
        let head = format!(
            "POST {EVENTS} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: 8388608\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(&vec![b'x'; 8 << 20]).unwrap();
        let mut read = String::new();
        connection.read_to_string(&mut read).unwrap();
        read
    });
    let read = tokio::time::timeout(Duration::from_secs(10), client).await.unwrap().unwrap();
    assert!(read.starts_with("HTTP/1.1 413 "), "{read}");
    server.abort();
}

/// Sends a request for a path over a new connection.
fn asking(address: SocketAddr, path: &str, headers: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).unwrap();
    // A guard against a test that never ends.
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
    connection.write_all(head.as_bytes()).unwrap();
    connection
}

fn answer(mut connection: TcpStream) -> String {
    let mut read = Vec::new();
    connection.read_to_end(&mut read).unwrap();
    String::from_utf8(read).unwrap()
}

#[test]
fn a_probe_is_answered_while_every_worker_and_every_blocking_thread_is_busy() {
    const WORKERS: usize = 2;
    let runtime = Builder::new_multi_thread().worker_threads(WORKERS).max_blocking_threads(1).enable_all().build();
    let runtime = runtime.unwrap();
    let house = runtime.block_on(House::quarter());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(serve(listener, house.router.clone(), std::future::pending()));
    assert!(answer(asking(address, "/readyz", "")).starts_with("HTTP/1.1 200 "));

    let (begin, begun) = mpsc::channel();
    let ends: Vec<mpsc::Sender<()>> = (0..=WORKERS)
        .map(|n| {
            let (end, held) = mpsc::channel::<()>();
            let begin = begin.clone();
            let hold = move || {
                begin.send(()).unwrap();
                _ = held.recv();
            };
            if n < WORKERS {
                runtime.spawn(async move { hold() });
            } else {
                runtime.spawn_blocking(hold);
            }
            end
        })
        .collect();
    (0..=WORKERS).for_each(|_| begun.recv().unwrap());

    // No handler is left to answer this.
    let waiting = asking(address, "/readyz", "");
    for path in ["/healthz", "/healthz?from=probe", "/healthz"] {
        let health = answer(asking(address, path, ""));
        assert!(health.starts_with("HTTP/1.1 200 ") && health.ends_with(r#"{"status":"recording"}"#), "{health}");
    }
    waiting.set_nonblocking(true).unwrap();
    assert_eq!(waiting.peek(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    waiting.set_nonblocking(false).unwrap();
    drop(ends);
    assert!(answer(waiting).starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_probe_among_other_requests_is_answered_like_them() {
    let house = House::quarter().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, house.router.clone(), std::future::pending()));
    let client = tokio::task::spawn_blocking(move || {
        let probe = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        // The second request of a connection.
        let mut second = TcpStream::connect(address).unwrap();
        let both = format!("GET {EVENTS} HTTP/1.1\r\nhost: localhost\r\n\r\n{probe}");
        second.write_all(both.as_bytes()).unwrap();
        // In pieces, the first of which ends within the path.
        let mut in_pieces = TcpStream::connect(address).unwrap();
        let (first, rest) = probe.split_at(7);
        in_pieces.write_all(first.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        in_pieces.write_all(rest.as_bytes()).unwrap();
        (answer(second), answer(in_pieces))
    });
    let (second, in_pieces) = tokio::time::timeout(Duration::from_secs(30), client).await.unwrap().unwrap();
    assert_eq!(second.matches("HTTP/1.1 200 OK").count(), 2, "{second}");
    assert!(in_pieces.starts_with("HTTP/1.1 200 OK"), "{in_pieces}");
    server.abort();
}

#[tokio::test]
async fn a_head_has_its_limits() {
    let house = House::quarter().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, house.router.clone(), std::future::pending()));
    let client = tokio::task::spawn_blocking(move || {
        // Two more headers are always present.
        let many = |headers: usize| (2..headers).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
        let long = |bytes: usize| format!("x-long: {}\r\n", "y".repeat(bytes));
        let ask = |headers: String| answer(asking(address, EVENTS, &headers));
        [ask(many(HEADERS_MAX)), ask(long(HEAD_BYTES_MAX - 200)), ask(many(HEADERS_MAX + 1)), ask(long(HEAD_BYTES_MAX))]
    });
    let [most, longest, too_many, too_long] =
        tokio::time::timeout(Duration::from_secs(30), client).await.unwrap().unwrap();
    for taken in [most, longest] {
        assert!(taken.starts_with("HTTP/1.1 200 "), "{taken}");
    }
    assert!(
        too_many.starts_with("HTTP/1.1 431 ") && too_many.contains("has 65 headers, and at most 64 are accepted"),
        "{too_many}"
    );
    assert!(too_long.starts_with("HTTP/1.1 431 "), "{too_long}");
    server.abort();
}
