//! Serving: over a real socket.

use std::io::{Read as _, Write as _};
use std::time::Duration;

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
    // The last chunk of HTTP/1.1: the stream ended in good order.
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
