//! PostgreSQL at the same client cost as a ledger: one prepared insert, bound anew for each transaction.
//!
//! Several rows of a transaction are one multi-row insert. It is bound and executed once, in one round trip, and
//! commits by itself; ten pipelined inserts between BEGIN and COMMIT are bound and executed twelve times.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::BytesMut;
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend;

use super::Failed;
use super::http::digits;
use super::load::{Answer, Talk, connect};
use super::organisation::{check_in, key_result};

/// The only database user, who needs no password on loopback.
pub(crate) const USER: &str = "bench";

/// Digits of a row's version.
const VERSION_DIGITS: usize = 10;
const VERSION: &str = "##########";

/// Rows, a fixed number per transaction, each appended to its connection's stream.
pub(crate) struct Inserts {
    address: SocketAddr,
    insert: String,
    /// One per connection.
    requests: Vec<Request>,
}

/// A transaction, rendered once and patched.
struct Request {
    bytes: Vec<u8>,
    /// Offsets of each row's version.
    places: Vec<usize>,
    next_version: usize,
}

impl Inserts {
    pub(crate) fn new(address: SocketAddr, table: &str, connections: usize, rows: usize) -> Result<Inserts, Failed> {
        let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
        let requests = (0..connections).map(|n| {
            let stream = format!("{run:x}-{n}");
            let data = check_in(&format!("{run:x}-000000000000"), &key_result(n), 177_777, "2026-05-04T09:00:00Z");
            let data = data.to_string();
            let values = (0..rows).flat_map(|_| [stream.as_bytes(), VERSION.as_bytes(), data.as_bytes()]);
            let mut out = BytesMut::new();
            frontend::bind("", "rows", [], values, put, [], &mut out).map_err(|_| "the rows cannot be bound")?;
            frontend::execute("", 0, &mut out)?;
            frontend::sync(&mut out);
            let windows = out.windows(VERSION_DIGITS).enumerate();
            let places: Vec<_> =
                windows.filter(|(_, window)| *window == VERSION.as_bytes()).map(|(at, _)| at).collect();
            if places.len() != rows {
                return Err("the request does not contain one version per row".into());
            }
            Ok(Request { bytes: out.to_vec(), places, next_version: 1 })
        });
        let requests = requests.collect::<Result<_, Failed>>()?;
        Ok(Inserts { address, insert: insert(table, rows), requests })
    }
}

/// Returns the statement that inserts this many rows.
pub(crate) fn insert(table: &str, rows: usize) -> String {
    let row = |n: usize| format!("(${}, ${}, ${})", 3 * n + 1, 3 * n + 2, 3 * n + 3);
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!("insert into {table}(stream, ver, data) values {}", rows.join(", "))
}

impl Talk for Inserts {
    fn connect(&self, _connection: usize) -> Result<TcpStream, Failed> {
        let mut stream = greet(self.address)?;
        let mut out = BytesMut::new();
        frontend::parse("rows", &self.insert, [], &mut out)?;
        frontend::sync(&mut out);
        stream.write_all(&out)?;
        until_ready(&mut stream)?;
        Ok(stream)
    }

    fn request(&mut self, connection: usize, out: &mut Vec<u8>) {
        let Request { bytes, places, next_version } = &mut self.requests[connection];
        for &at in &*places {
            digits(&mut bytes[at..at + VERSION_DIGITS], *next_version);
            *next_version += 1;
        }
        out.extend_from_slice(bytes);
    }

    fn answer(&self, bytes: &[u8]) -> Result<Option<Answer>, Failed> {
        Ok(up_to_ready(bytes)?.map(|bytes| Answer { bytes, is_done: true }))
    }
}

/// Finds the end of PostgreSQL's answer, which is ReadyForQuery. A message is a letter, a length that includes itself,
/// and a body.
fn up_to_ready(bytes: &[u8]) -> Result<Option<usize>, Failed> {
    let mut at = 0;
    while let Some((letter, length)) = bytes.get(at).zip(bytes.get(at + 1..).and_then(|rest| rest.first_chunk())) {
        let end = at + 1 + usize::try_from(u32::from_be_bytes(*length))?;
        let Some(body) = bytes.get(at + 5..end) else { break };
        match letter {
            b'E' => return Err(format!("PostgreSQL: {}", String::from_utf8_lossy(body).replace('\0', " ")).into()),
            b'Z' => return Ok(Some(end)),
            _ => at = end,
        }
    }
    Ok(None)
}

/// Runs statements and ignores their results.
pub(crate) fn execute(address: SocketAddr, sql: &str) -> Result<(), Failed> {
    let mut stream = greet(address)?;
    let mut out = BytesMut::new();
    frontend::query(sql, &mut out)?;
    stream.write_all(&out)?;
    until_ready(&mut stream)
}

fn put(value: &[u8], out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
    out.extend_from_slice(value);
    Ok(IsNull::No)
}

fn greet(address: SocketAddr) -> Result<TcpStream, Failed> {
    let mut stream = connect(address)?;
    let mut out = BytesMut::new();
    frontend::startup_message([("user", USER), ("database", "postgres")], &mut out)?;
    stream.write_all(&out)?;
    until_ready(&mut stream)?;
    Ok(stream)
}

/// Reads PostgreSQL's messages until it is ready or reports an error.
fn until_ready(stream: &mut TcpStream) -> Result<(), Failed> {
    let mut received = Vec::new();
    let mut chunk = [0; 4_096];
    while up_to_ready(&received)?.is_none() {
        match stream.read(&mut chunk)? {
            0 => return Err("PostgreSQL hung up".into()),
            read => received.extend_from_slice(&chunk[..read]),
        }
    }
    Ok(())
}
