//! Appending: the server as its users run it, PostgreSQL doing the same work, and the raw disk before and after each.

use std::path::Path;
use std::time::Duration;

use super::bar::figure;
use super::cluster::{Cluster, TABLE_JSONB, TABLE_TEXT};
use super::http::Appends;
use super::load::{Measured, Plan, run};
use super::load_alone::{KEY_RESULTS, line, prepare};
use super::postgres::Inserts;
use super::raw::Raw;
use super::report::{Section, Table};
use super::server::Server;
use super::stats::median;
use super::{Failed, Pace};

const LEDGER: &str = "bench";

/// The number of connections and of events per request, which are rows per transaction in PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    connections: usize,
    events: usize,
    /// Set if PostgreSQL does the same work.
    is_compared: bool,
}

impl Shape {
    /// Returns the events in these requests, or the rows in these transactions.
    fn events(self, measured: &Measured) -> f64 {
        measured.requests as f64 * self.events as f64
    }

    fn per_second(self, measured: &Measured) -> f64 {
        measured.per_second() * self.events as f64
    }
}

const SHAPES: [Shape; 5] = [
    Shape { connections: 1, events: 1, is_compared: true },
    Shape { connections: 32, events: 1, is_compared: true },
    Shape { connections: 50, events: 1, is_compared: true },
    Shape { connections: 256, events: 1, is_compared: false },
    Shape { connections: 32, events: 10, is_compared: true },
];

/// One run of one contender, or of both, with the raw disk before and after.
struct Run {
    shape: Shape,
    raw: Raw,
    ours: Measured,
    postgres: Vec<(&'static str, Measured)>,
}

impl Run {
    fn events_per_second(&self) -> f64 {
        self.shape.per_second(&self.ours)
    }

    fn raw_per_second(&self) -> f64 {
        self.raw.for_writers(self.shape.connections).1
    }

    /// Returns the better of PostgreSQL's figures: a lead over the worse one would prove little.
    fn postgres_per_second(&self) -> f64 {
        self.postgres.iter().map(|(_, measured)| self.shape.per_second(measured)).fold(f64::NAN, f64::max)
    }
}

pub(crate) fn measure(folder: &Path, pace: Pace) -> Result<Section, Failed> {
    let place = tempfile::Builder::new().prefix("append-").tempdir_in(folder)?;
    // As root, PostgreSQL runs as another user, who needs access.
    std::fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let mut section = Section::default();
    let cluster = match Cluster::programs() {
        None => Err("its server is not installed (initdb and pg_ctl are looked for)".into()),
        Some(programs) => Cluster::start(&programs, &place.path().join("postgres")),
    };
    let cluster = cluster.inspect_err(|why| section.notes.push(format!("PostgreSQL was not measured: {why}.\n"))).ok();
    let mut runs = Vec::new();
    for round in 0..pace.rounds {
        let data = place.path().join(format!("data-{round}"));
        let server = Server::start(&data)?;
        prepare(server.address, LEDGER)?;
        for shape in SHAPES {
            runs.push(one(place.path(), pace, shape, &server, cluster.as_ref(), round)?);
        }
        server.stop()?;
        std::fs::remove_dir_all(data)?;
    }
    let event_bytes = Appends::new(([127, 0, 0, 1], 0).into(), LEDGER, KEY_RESULTS, 1)?.event_bytes;
    section.tables = tables(&runs);
    section.notes.push(notes(pace, event_bytes, cluster.as_ref()));
    section.figures = figures(&runs);
    Ok(section)
}

fn one(
    folder: &Path,
    pace: Pace,
    shape: Shape,
    server: &Server,
    cluster: Option<&Cluster>,
    round: usize,
) -> Result<Run, Failed> {
    let Shape { connections, events, is_compared } = shape;
    let plan = Plan { connections, warm_up: pace.warm_up, lasts: pace.lasts, requests_max: u64::MAX };
    let cluster = cluster.filter(|_| is_compared);
    let before = Raw::probe(folder, pace.probe)?;
    // Alternate the order: background work of the first contender slows the second.
    let mut postgres = if round % 2 == 1 { inserts(cluster, plan, shape)? } else { Vec::new() };
    let mut appends = Appends::new(server.address, LEDGER, KEY_RESULTS, events)?;
    let ours = run(&mut appends, plan, &|| server.cpu_seconds())?;
    println!("{connections} × {events}: {}", line(&ours, events));
    if postgres.is_empty() {
        postgres = inserts(cluster, plan, shape)?;
    }
    let raw = before.mean(Raw::probe(folder, pace.probe)?);
    println!("raw: {:.0} by 1, {:.0} by 32, {:.0} by 64", raw.by_1, raw.by_32, raw.by_64);
    Ok(Run { shape, raw, ours, postgres })
}

/// Runs the same work in PostgreSQL, in each of its tables.
fn inserts(cluster: Option<&Cluster>, plan: Plan, shape: Shape) -> Result<Vec<(&'static str, Measured)>, Failed> {
    let Shape { connections, events, .. } = shape;
    let mut all = Vec::new();
    for (cluster, table) in cluster.into_iter().flat_map(|cluster| [(cluster, TABLE_JSONB), (cluster, TABLE_TEXT)]) {
        let mut inserts = Inserts::new(cluster.address, table, connections, events)?;
        let measured = run(&mut inserts, plan, &|| cluster.cpu_seconds())?;
        println!("{connections} × {events}, PostgreSQL, {table}: {}", line(&measured, events));
        if events > 1 {
            // Vacuuming this many rows would slow the next runs.
            cluster.empty(table)?;
        }
        cluster.settle()?;
        all.push((table, measured));
    }
    Ok(all)
}

fn of(runs: &[Run], shape: Shape) -> impl Iterator<Item = &Run> + Clone {
    runs.iter().filter(move |run| run.shape == shape)
}

fn tables(runs: &[Run]) -> Vec<Table> {
    let columns = [
        "connections × events a request",
        "events/s",
        "÷ raw",
        "raw, by so many a sync",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "server CPU µs/event",
        "client CPU µs/event",
        "answered busy",
    ];
    let mut ours = Table::new("The ledger, every answer after the sync:", &columns);
    let columns = [
        "connections × rows a transaction",
        "data as",
        "rows/s",
        "÷ raw",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "server CPU µs/row",
        "client CPU µs/row",
        "the ledger ÷ this",
    ];
    let mut theirs = Table::new("PostgreSQL, the same work in the same run, every answer after its commit:", &columns);
    for shape in SHAPES {
        let all = of(runs, shape);
        let middle = |what: &dyn Fn(&Run) -> f64| figure(median(all.clone().map(what)));
        let at = |percent| middle(&|run| run.ours.latency_ms(percent));
        ours.row([
            format!("{} × {}", shape.connections, shape.events),
            middle(&Run::events_per_second),
            middle(&|run| run.events_per_second() / run.raw_per_second()),
            format!(
                "{} by {}",
                middle(&Run::raw_per_second),
                all.clone().next().map_or(0, |run| run.raw.for_writers(shape.connections).0)
            ),
            at(50.0),
            at(95.0),
            at(99.0),
            middle(&|run| run.ours.server_cpu_seconds * 1e6 / shape.events(&run.ours)),
            middle(&|run| run.ours.client_cpu_seconds * 1e6 / shape.events(&run.ours)),
            figure(all.clone().map(|run| run.ours.busy as f64).sum()),
        ]);
        for (n, (table, _)) in all.clone().next().into_iter().flat_map(|run| &run.postgres).enumerate() {
            let middle =
                |what: &dyn Fn(&Measured) -> f64| figure(median(all.clone().map(|run| what(&run.postgres[n].1))));
            let ratio = |what: &dyn Fn(&Run, f64) -> f64| {
                figure(median(all.clone().map(|run| what(run, shape.per_second(&run.postgres[n].1)))))
            };
            theirs.row([
                format!("{} × {}", shape.connections, shape.events),
                if *table == TABLE_JSONB { "jsonb" } else { "text" }.into(),
                middle(&|measured| shape.per_second(measured)),
                ratio(&|run, per_second| per_second / run.raw_per_second()),
                middle(&|measured| measured.latency_ms(50.0)),
                middle(&|measured| measured.latency_ms(95.0)),
                middle(&|measured| measured.latency_ms(99.0)),
                middle(&|measured| measured.server_cpu_seconds * 1e6 / shape.events(measured)),
                middle(&|measured| measured.client_cpu_seconds * 1e6 / shape.events(measured)),
                ratio(&|run, per_second| run.events_per_second() / per_second),
            ]);
        }
    }
    if theirs.rows.len() == 1 { vec![ours] } else { vec![ours, theirs] }
}

fn figures(runs: &[Run]) -> std::collections::BTreeMap<String, f64> {
    let middle = |connections, events, what: &dyn Fn(&Run) -> f64| {
        let is_wanted = |run: &&Run| (run.shape.connections, run.shape.events) == (connections, events);
        median(runs.iter().filter(is_wanted).map(what))
    };
    let per_raw = |run: &Run| run.events_per_second() / run.raw_per_second();
    let per_postgres = |run: &Run| run.events_per_second() / run.postgres_per_second();
    [
        ("append.1.per_raw", middle(1, 1, &per_raw)),
        ("append.32.per_raw", middle(32, 1, &per_raw)),
        ("append.32.per_postgres", middle(32, 1, &per_postgres)),
        ("append.32x10.per_postgres", middle(32, 10, &per_postgres)),
        ("append.50.p95_ms", middle(50, 1, &|run| run.ours.latency_ms(95.0))),
    ]
    .map(|(name, figure)| (name.to_owned(), figure))
    .into()
}

fn notes(pace: Pace, event_bytes: usize, cluster: Option<&Cluster>) -> String {
    let seconds = |duration: Duration| figure(duration.as_secs_f64());
    let mut out = format!(
        "A run is {} s after {} s of warming up; each connection sends its next request when the one before was \
         answered. An event is {event_bytes} bytes of JSON as it is sent, a check-in of one of {KEY_RESULTS} key \
         results. Around each run the disk is probed with appends of 512 bytes to one file, 1, 32 and 64 of them to an \
         fdatasync, for {} s each; ratios go to the mean of before and after. Server and client share the processors: \
         the CPU time of each is told apart.\n",
        seconds(pace.lasts),
        seconds(pace.warm_up),
        seconds(pace.probe),
    );
    if let Some(cluster) = cluster {
        out += &format!(
            "\n{}: a cluster of its own with its default durability, `insert into ev(stream, ver, data)` with unique \
             (stream, ver), prepared, driven by the same client, which speaks its protocol. Each insert is its own \
             transaction; ten rows are one multi-row insert, in one round trip. The two take turns at being first; the \
             bar is held against the faster of its two tables in each round. The tables are emptied after each run of \
             ten rows a transaction.\n",
            cluster.version
        );
    }
    out
}
