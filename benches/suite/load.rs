//! The load: closed loops over many connections, driven by one thread.
//!
//! Client and server share the machine's cores, so an expensive client measures itself. This one waits on all sockets
//! at once, sends pre-rendered requests, parses only the end of an answer, and serves both contenders in the same
//! manner; the differences are in their [`Talk`].

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::Failed;
use super::process::cpu_seconds_self;

/// Longest time without any answer before the run is aborted.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// The protocol on a connection, including the detection of an answer's end.
pub(crate) trait Talk {
    /// Connects, and performs the exchange before the first request.
    fn connect(&self, connection: usize) -> Result<std::net::TcpStream, Failed>;

    /// Writes the next request of a connection.
    fn request(&mut self, connection: usize, out: &mut Vec<u8>);

    /// Parses the start of `bytes`: an incomplete answer, an answer, or an error that ends the run.
    fn answer(&self, bytes: &[u8]) -> Result<Option<Answer>, Failed>;
}

/// A complete answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) bytes: usize,
    /// False if the server was too busy, which is counted separately.
    pub(crate) is_done: bool,
}

/// Duration and limits of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) connections: usize,
    /// Uncounted time at the start.
    pub(crate) warm_up: Duration,
    /// Counted time, unless the requests are done earlier.
    pub(crate) lasts: Duration,
    /// Most counted requests.
    pub(crate) requests_max: u64,
}

/// The measurements of a run.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) requests: u64,
    /// Requests that the server was too busy for.
    pub(crate) busy: u64,
    pub(crate) seconds: f64,
    pub(crate) latency_ns: Histogram<u64>,
    pub(crate) server_cpu_seconds: f64,
    pub(crate) client_cpu_seconds: f64,
}

impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// Returns a latency percentile, in milliseconds.
    pub(crate) fn latency_ms(&self, percent: f64) -> f64 {
        self.latency_ns.value_at_percentile(percent) as f64 / 1e6
    }
}

struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    sent: usize,
    received: Vec<u8>,
    since: Instant,
    is_waiting: bool,
}

/// Runs the load. `server_cpu` returns the CPU seconds of the server so far.
pub(crate) fn run(talk: &mut impl Talk, plan: Plan, server_cpu: &dyn Fn() -> f64) -> Result<Measured, Failed> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(plan.connections.clamp(64, 1_024));
    let mut connections = Vec::with_capacity(plan.connections);
    for n in 0..plan.connections {
        let stream = talk.connect(n)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(n), Interest::READABLE | Interest::WRITABLE)?;
        let (out, received) = (Vec::with_capacity(8 << 10), Vec::with_capacity(8 << 10));
        connections.push(Connection { stream, out, sent: 0, received, since: Instant::now(), is_waiting: false });
    }
    let mut chunk = vec![0; 256 << 10];
    let mut measured = Measured {
        requests: 0,
        busy: 0,
        seconds: 0.0,
        latency_ns: Histogram::new(3)?,
        server_cpu_seconds: 0.0,
        client_cpu_seconds: 0.0,
    };
    let counted_from = Instant::now() + plan.warm_up;
    let mut window = Window::WarmUp;
    for (n, connection) in connections.iter_mut().enumerate() {
        connection.ask(talk, n)?;
    }
    let mut waiting = plan.connections;
    while waiting > 0 {
        poll.poll(&mut events, Some(SILENCE_MAX)).or_else(|error| match error.kind() {
            ErrorKind::Interrupted => Ok(()),
            _ => Err(error),
        })?;
        let now = Instant::now();
        if events.is_empty() && now >= counted_from {
            return Err(format!("no answer for {} s on any of {waiting} connections", SILENCE_MAX.as_secs()).into());
        }
        match window {
            Window::WarmUp if now >= counted_from => {
                window = Window::Counting { from: now, server: server_cpu(), client: cpu_seconds_self() };
            }
            Window::Counting { from, .. } if now - from >= plan.lasts => window.close(&mut measured, server_cpu),
            _ => {}
        }
        for event in &events {
            let n = event.token().0;
            let connection = &mut connections[n];
            connection.flush()?;
            let Some(answer) = connection.receive(talk, &mut chunk)? else { continue };
            if matches!(window, Window::Counting { .. }) {
                match answer.is_done {
                    true => {
                        measured.requests += 1;
                        let took = connection.since.elapsed();
                        measured.latency_ns.record(u64::try_from(took.as_nanos())?)?;
                    }
                    false => measured.busy += 1,
                }
                if measured.requests >= plan.requests_max {
                    window.close(&mut measured, server_cpu);
                }
            }
            match window {
                Window::Over => waiting -= 1,
                _ => connection.ask(talk, n)?,
            }
        }
    }
    Ok(measured)
}

#[derive(Clone, Copy)]
enum Window {
    WarmUp,
    Counting { from: Instant, server: f64, client: f64 },
    Over,
}

impl Window {
    /// Ends the counting.
    fn close(&mut self, measured: &mut Measured, server_cpu: &dyn Fn() -> f64) {
        if let Window::Counting { from, server, client } = std::mem::replace(self, Window::Over) {
            measured.seconds = from.elapsed().as_secs_f64();
            measured.server_cpu_seconds = server_cpu() - server;
            measured.client_cpu_seconds = cpu_seconds_self() - client;
        }
    }
}

impl Connection {
    fn ask(&mut self, talk: &mut impl Talk, n: usize) -> Result<(), Failed> {
        self.out.clear();
        self.sent = 0;
        talk.request(n, &mut self.out);
        self.since = Instant::now();
        self.is_waiting = true;
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Failed> {
        while self.sent < self.out.len() {
            match self.stream.write(&self.out[self.sent..]) {
                Ok(sent) => self.sent += sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("the server does not take a request: {error}").into()),
            }
        }
        Ok(())
    }

    fn receive(&mut self, talk: &impl Talk, chunk: &mut [u8]) -> Result<Option<Answer>, Failed> {
        loop {
            match self.stream.read(chunk) {
                Ok(0) => return Err("the server hung up".into()),
                Ok(read) => {
                    self.received.extend_from_slice(&chunk[..read]);
                    // A short read means that the socket is empty; mio reports the next data.
                    if read < chunk.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("the server's answer cannot be read: {error}").into()),
            }
        }
        if !self.is_waiting {
            return Ok(None);
        }
        let answer = talk.answer(&self.received)?;
        if let Some(answer) = answer {
            self.received.drain(..answer.bytes);
            self.is_waiting = false;
        }
        Ok(answer)
    }
}

/// Connects to an address of this machine.
pub(crate) fn connect(address: SocketAddr) -> Result<std::net::TcpStream, Failed> {
    std::net::TcpStream::connect(address).map_err(|error| format!("cannot connect to {address}: {error}").into())
}
