//! `load`: the append load alone, against a running server, for example under a profiler.

use std::net::SocketAddr;
use std::time::Duration;

use super::Failed;
use super::http::Appends;
use super::load::{Measured, Plan, run};
use super::organisation::{CYCLE, drafts};
use super::process::cpu_seconds;

/// Key results for check-ins.
pub(crate) const KEY_RESULTS: usize = 200;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The server's address, on this machine
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    /// The ledger, created if it does not exist
    #[arg(long, default_value = "bench")]
    ledger: String,
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Events per request
    #[arg(long, default_value_t = 1)]
    events: usize,
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Uncounted seconds at the start
    #[arg(long, default_value_t = 0.5)]
    warm_up: f64,
    /// The server's process, to report its CPU time
    #[arg(long)]
    pid: Option<u32>,
}

pub(crate) fn load(args: &Args) -> Result<(), Failed> {
    if !args.address.ip().is_loopback() {
        return Err(format!("{} is not an address of this machine: load goes to 127.0.0.1 only", args.address).into());
    }
    prepare(args.address, &args.ledger)?;
    let mut appends = Appends::new(args.address, &args.ledger, KEY_RESULTS, args.events)?;
    let plan = Plan {
        connections: args.connections,
        warm_up: Duration::from_secs_f64(args.warm_up),
        lasts: Duration::from_secs_f64(args.seconds),
        requests_max: u64::MAX,
    };
    println!(
        "{} bytes an event, {} events a request, {} connections",
        appends.event_bytes, args.events, args.connections
    );
    let found = run(&mut appends, plan, &|| args.pid.map_or(0.0, cpu_seconds))?;
    println!("{}", line(&found, args.events));
    Ok(())
}

/// Formats a run in one line.
pub(crate) fn line(found: &Measured, events: usize) -> String {
    let per_event = |seconds: f64| seconds * 1e6 / (found.requests as f64 * events as f64);
    format!(
        "{:.0} events/s, {:.0} requests/s, p50 {:.2} p95 {:.2} p99 {:.2} max {:.2} ms; CPU an event: server {:.1} µs, \
         client {:.1} µs; {} answered busy",
        found.per_second() * events as f64,
        found.per_second(),
        found.latency_ms(50.0),
        found.latency_ms(95.0),
        found.latency_ms(99.0),
        found.latency_ns.max() as f64 / 1e6,
        per_event(found.server_cpu_seconds),
        per_event(found.client_cpu_seconds),
        found.busy,
    )
}

/// Creates the ledger and its organisation unless they exist.
pub(crate) fn prepare(address: SocketAddr, ledger: &str) -> Result<(), Failed> {
    let client: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let base = format!("http://{address}/v1/ledgers/{ledger}");
    let done = |mut answer: ureq::http::Response<ureq::Body>| -> Result<(), Failed> {
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(format!("{}: {}", answer.status(), answer.body_mut().read_to_string()?).into()),
        }
    };
    let json = "application/json";
    done(client.put(&base).content_type(json).send(r#"{"title":"Bench"}"#)?)?;
    if client.get(format!("{base}/cycles/{CYCLE}")).call()?.status().is_success() {
        return Ok(());
    }
    for entry in drafts(KEY_RESULTS) {
        done(client.post(format!("{base}/events")).content_type(json).send(serde_json::to_string(&entry)?)?)?;
    }
    Ok(())
}
