//! Pages and board packs of a cycle of 200 key results: server time and bytes sent.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Instant;

use hdrhistogram::Histogram;

use super::bar::figure;
use super::data::{LEDGER, What};
use super::history::rebuild;
use super::report::{Section, Table};
use super::server::Server;
use super::stats::median;
use super::{Failed, Pace};

const KEY_RESULTS: usize = 200;
const CHECK_INS: usize = 30;
/// Repetitions of a page in one round, unless time runs out.
const TIMES_MAX: u64 = 100;
const TIMES_MIN: u64 = 3;

/// Every page about a cycle, and the packs of its board; relative to the ledger's path.
#[rustfmt::skip]
const PAGES: [(&str, &str); 19] = [
    ("board",                        "/cycles/q?as_of=2026-06-30"),
    ("board, two days compared",     "/cycles/q?as_of=2026-06-30&from=2026-05-15"),
    ("attention",                    "/cycles/q/attention?as_of=2026-06-20"),
    ("audit, adjustments",           "/cycles/q/audit"),
    ("audit, all",                   "/cycles/q/audit?show=all"),
    ("goalposts",                    "/cycles/q/goalposts"),
    ("goalposts, what if",           "/cycles/q/goalposts?without=adjustments"),
    ("replay, a week",               "/cycles/q/replay?frame=7"),
    ("retrospective",                "/cycles/q/retrospective"),
    ("calibration",                  "/cycles/q/calibration"),
    ("board reports",                "/board-reports?cycle=q"),
    ("check-in, everybody's",        "/cycles/q/check-in?owner=somebody"),
    ("proposals",                    "/cycles/q/proposals"),
    ("draft an objective",           "/cycles/q/draft"),
    ("amend an objective",           "/objectives/o00000/amend"),
    ("objective",                    "/objectives/o00000"),
    ("key result",                   "/key-results/k00000"),
    ("adjust a key result",          "/key-results/k00000/adjust"),
    ("events",                       "/events"),
];
const PACKS: [&str; 5] = ["html", "pdf", "xlsx", "csv", "md"];

/// One address, over all rounds.
struct Asked {
    name: String,
    is_page: bool,
    /// Bytes sent: head and compressed body.
    bytes: usize,
    took: Vec<Histogram<u64>>,
    cpu_ms: Vec<f64>,
}

pub(crate) fn measure(folder: &Path, pace: Pace) -> Result<Section, Failed> {
    let (key_results, versions) = if pace.is_quick { (20, 3) } else { (KEY_RESULTS, CHECK_INS) };
    let data = What::Exact { key_results, versions }.folder(folder)?;
    rebuild(&data)?;
    let server = Server::start(&data)?;
    let pages = PAGES.map(|(name, path)| (name.to_owned(), format!("/ledgers/{LEDGER}{path}"), true));
    let pack = |format| (format!("pack as {format}"), format!("/v1/ledgers/{LEDGER}/cycles/q/board.{format}"), false);
    let mut all = Vec::new();
    for (name, path, is_page) in pages.into_iter().chain(PACKS.map(pack)) {
        let asked = ask(&server, name, &path, is_page, pace)?;
        println!("{}: {} ms, {} KB", asked.name, figure(at(&asked.took, 50.0)), figure(asked.bytes as f64 / 1e3));
        all.push(asked);
    }
    server.stop()?;
    let mut section = Section { tables: vec![table(&all, key_results, versions)], ..Section::default() };
    section.figures = figures(&all);
    section.notes.push(format!(
        "Each request on a connection of its own, one after the other, from connecting to the last byte; bodies packed with \
         gzip where the server packs them, and counted with their heads. A round asks up to {TIMES_MAX} times within {} s, at \
         least {TIMES_MIN} times, after one that is not counted. CPU is the server's, all threads, by the request. The bar \
         judges the slowest page and the largest.\n",
        figure(pace.lasts.as_secs_f64()),
    ));
    Ok(section)
}

fn ask(server: &Server, name: String, path: &str, is_page: bool, pace: Pace) -> Result<Asked, Failed> {
    let bytes = get(server.address, path)?;
    let (mut took, mut cpu_ms) = (Vec::new(), Vec::new());
    for _ in 0..pace.rounds {
        let mut took_ns = Histogram::new(3)?;
        let (start, cpu) = (Instant::now(), server.cpu_seconds());
        while took_ns.len() < TIMES_MAX && (took_ns.len() < TIMES_MIN || start.elapsed() < pace.lasts) {
            let from = Instant::now();
            get(server.address, path)?;
            took_ns.record(u64::try_from(from.elapsed().as_nanos())?)?;
        }
        cpu_ms.push((server.cpu_seconds() - cpu) * 1_000.0 / took_ns.len() as f64);
        took.push(took_ns);
    }
    Ok(Asked { name, is_page, bytes, took, cpu_ms })
}

/// Sends a request and counts the received bytes.
fn get(address: SocketAddr, path: &str) -> Result<usize, Failed> {
    let mut connection = TcpStream::connect(address)?;
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n");
    connection.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    if !answer.starts_with(b"HTTP/1.1 200 ") {
        let says = String::from_utf8_lossy(answer.get(..300).unwrap_or(&answer)).into_owned();
        return Err(format!("{path} is answered with {says}").into());
    }
    Ok(answer.len())
}

/// Returns the median over the rounds of a latency percentile, in milliseconds.
fn at(rounds: &[Histogram<u64>], percent: f64) -> f64 {
    median(rounds.iter().map(|round| round.value_at_percentile(percent) as f64 / 1e6))
}

fn table(all: &[Asked], key_results: usize, versions: usize) -> Table {
    let title = format!("Of a cycle of {key_results} key results with {versions} check-ins each:");
    let mut table = Table::new(&title, &["page", "times a round", "KB over the wire", "p50 ms", "p99 ms", "CPU ms"]);
    for asked in all {
        table.row([
            asked.name.clone(),
            asked.took.iter().map(Histogram::len).min().unwrap_or_default().to_string(),
            figure(asked.bytes as f64 / 1e3),
            figure(at(&asked.took, 50.0)),
            figure(at(&asked.took, 99.0)),
            figure(median(asked.cpu_ms.iter().copied())),
        ]);
    }
    table
}

fn figures(all: &[Asked]) -> std::collections::BTreeMap<String, f64> {
    let most = |of: fn(&Asked) -> f64| all.iter().filter(|asked| asked.is_page).map(of).fold(f64::NAN, f64::max);
    let pdf = all.iter().find(|asked| asked.name == "pack as pdf");
    [
        ("pages.slowest_ms", most(|asked| at(&asked.took, 50.0))),
        ("pages.largest_kb", most(|asked| asked.bytes as f64 / 1e3)),
        ("pages.pdf_seconds", pdf.map_or(f64::NAN, |asked| at(&asked.took, 50.0) / 1_000.0)),
    ]
    .map(|(name, figure)| (name.to_owned(), figure))
    .into()
}
