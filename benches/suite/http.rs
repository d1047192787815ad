//! HTTP/1.1 with a ledger: submissions rendered once and patched, or one question repeated.

use std::net::{SocketAddr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Failed;
use super::load::{Answer, Talk, connect};
use super::organisation::check_in;

/// Digits of the number at the end of an event's id.
const ID_DIGITS: usize = 12;
const ID: &str = "############";
/// Digits of a key result's number.
const SUBJECT_DIGITS: usize = 5;
const SUBJECT: &str = "k@@@@@";
/// Variable digits of a check-in's value: the first of its six digits is constant.
const VALUE_DIGITS: usize = 5;
const VALUE: usize = 177_777;

/// Check-ins, a fixed number per request, each with a new id, over key results `k00000` and up.
pub(crate) struct Appends {
    address: SocketAddr,
    template: Vec<u8>,
    /// Offsets in the template of each event's id, subject and value.
    places: Vec<[usize; 3]>,
    key_results: usize,
    next: usize,
    /// The bytes of one event as sent.
    pub(crate) event_bytes: usize,
}

impl Appends {
    pub(crate) fn new(address: SocketAddr, ledger: &str, key_results: usize, events: usize) -> Result<Appends, Failed> {
        // Ids of another run must not recur: the ledger keeps them for ever.
        let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
        let event = check_in(&format!("{run:x}-{ID}"), SUBJECT, VALUE, "2026-05-04T09:00:00Z").to_string();
        let body = match events {
            1 => event.clone(),
            _ => format!("[{}]", vec![event.as_str(); events].join(",")),
        };
        let kind = if events == 1 { "cloudevents+json" } else { "cloudevents-batch+json" };
        let request = format!(
            "POST /v1/ledgers/{ledger}/events HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/{kind}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let value = VALUE.to_string();
        let find = |what: &str| request.match_indices(what).map(|(at, _)| at).collect::<Vec<_>>();
        let (ids, subjects, values) = (find(ID), find(SUBJECT), find(&value));
        if [ids.len(), subjects.len(), values.len()] != [events; 3] {
            return Err("the template of a submission does not hold each of its places once an event".into());
        }
        let places = (0..events).map(|n| [ids[n], subjects[n] + 1, values[n] + 1]).collect();
        let (template, event_bytes) = (request.into_bytes(), event.len());
        Ok(Appends { address, template, places, key_results, next: 0, event_bytes })
    }
}

impl Talk for Appends {
    fn connect(&self, _connection: usize) -> Result<TcpStream, Failed> {
        connect(self.address)
    }

    fn request(&mut self, _connection: usize, out: &mut Vec<u8>) {
        for &[id, subject, value] in &self.places {
            let n = self.next;
            self.next += 1;
            digits(&mut self.template[id..id + ID_DIGITS], n);
            // Consecutive check-ins go to different key results, as in practice.
            digits(&mut self.template[subject..subject + SUBJECT_DIGITS], n * 31 % self.key_results);
            digits(&mut self.template[value..value + VALUE_DIGITS], n % 100_000);
        }
        out.extend_from_slice(&self.template);
    }

    fn answer(&self, bytes: &[u8]) -> Result<Option<Answer>, Failed> {
        answer(bytes, 201)
    }
}

/// One question, repeated.
pub(crate) struct Asks {
    address: SocketAddr,
    request: Vec<u8>,
}

impl Asks {
    pub(crate) fn new(address: SocketAddr, path: &str) -> Asks {
        Asks { address, request: format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").into_bytes() }
    }
}

impl Talk for Asks {
    fn connect(&self, _connection: usize) -> Result<TcpStream, Failed> {
        connect(self.address)
    }

    fn request(&mut self, _connection: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.request);
    }

    fn answer(&self, bytes: &[u8]) -> Result<Option<Answer>, Failed> {
        answer(bytes, 200)
    }
}

/// Overwrites digits with a number's last ones.
pub(crate) fn digits(place: &mut [u8], mut number: usize) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

/// Finds the end of an answer; only its status and length are read. A status of 503 means a busy server; any other
/// unexpected status ends the run.
fn answer(bytes: &[u8], wanted: u16) -> Result<Option<Answer>, Failed> {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let lines = || bytes[..head].split(|byte| *byte == b'\n');
    let status = bytes.get(9..12).and_then(|status| str::from_utf8(status).ok()).and_then(|status| status.parse().ok());
    let length = lines().find_map(|line| {
        let (name, value) = line.split_at_checked(b"content-length:".len())?;
        if !name.eq_ignore_ascii_case(b"content-length:") {
            return None;
        }
        str::from_utf8(value).ok()?.trim().parse::<usize>().ok()
    });
    let (Some(status), Some(length)) = (status, length) else {
        let says = String::from_utf8_lossy(&bytes[..head]);
        return Err(format!("an answer without a status or a content-length: {says}").into());
    };
    let end = head + 4 + length;
    if bytes.len() < end {
        return Ok(None);
    }
    match status {
        503 => Ok(Some(Answer { bytes: end, is_done: false })),
        status if status == wanted => Ok(Some(Answer { bytes: end, is_done: true })),
        _ => Err(format!("an answer other than {wanted}: {}", String::from_utf8_lossy(&bytes[..end])).into()),
    }
}
