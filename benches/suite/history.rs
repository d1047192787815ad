//! Large histories: rebuilding the views, opening, memory, size on disk. Each measurement uses a new process of the
//! program.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::bar::figure;
use super::data::{LEDGER, What, can_generate};
use super::http::{Appends, Asks};
use super::load::{Plan, run};
use super::load_alone::{KEY_RESULTS, prepare};
use super::process::{Resident, resident};
use super::raw::Raw;
use super::report::{Section, Table};
use super::server::{Server, okr_ledger};
use super::stats::median;
use super::{Failed, Pace};

/// Boards requested before memory is read.
const BOARDS: u64 = 10;

/// The measurements of one ledger.
#[derive(Debug, Default)]
struct Found {
    events: f64,
    /// In the last quarter.
    key_results: f64,
    rebuilds: Vec<Rebuilt>,
    opens: Vec<Opened>,
    journal_bytes: f64,
    views_bytes: f64,
    after_boards: Resident,
    after_writers: Resident,
}

impl Found {
    fn rebuilt_per_second(&self, rebuilt: &Rebuilt) -> f64 {
        self.events / rebuilt.seconds
    }

    fn rebuilt_per_raw(&self, rebuilt: &Rebuilt) -> f64 {
        self.rebuilt_per_second(rebuilt) / rebuilt.raw_by_64
    }
}

#[derive(Debug, Default)]
pub(crate) struct Rebuilt {
    seconds: f64,
    peak_mib: f64,
    /// The raw disk, mean of the probes before and after this rebuild.
    raw_by_64: f64,
}

#[derive(Debug, Default)]
struct Opened {
    ready_seconds: f64,
    board_seconds: f64,
    resident: Resident,
}

pub(crate) fn measure(folder: &Path, pace: Pace) -> Result<Section, Failed> {
    let is_generated = can_generate();
    let sizes = match (pace.is_quick, is_generated) {
        // About 49 events per person and quarter; the larger one has 30,000 active key results in each quarter.
        (false, true) => [(2_050, 10), (10_250, 10)].map(|(people, quarters)| What::Generated { people, quarters }),
        (true, true) => [(10, 2), (20, 2)].map(|(people, quarters)| What::Generated { people, quarters }),
        (false, false) => {
            [(30_000, 31), (30_000, 165)].map(|(key_results, versions)| What::Exact { key_results, versions })
        }
        (true, false) => [(200, 3), (200, 6)].map(|(key_results, versions)| What::Exact { key_results, versions }),
    };
    let mut section = Section::default();
    let mut all = Vec::new();
    for what in sizes {
        let data = what.folder(folder)?;
        all.push(one(folder, &data, pace)?);
    }
    section.tables = tables(&all);
    section.notes.push(notes(is_generated));
    if let Some(largest) = all.last() {
        let opens = largest.opens.iter().map(|open| open.ready_seconds);
        section.figures = [
            ("history.rebuild_per_raw", median(largest.rebuilds.iter().map(|one| largest.rebuilt_per_raw(one)))),
            ("history.open_seconds", median(opens)),
            ("history.resident_mib", largest.after_writers.peak_mib),
        ]
        .map(|(name, figure)| (name.to_owned(), figure))
        .into();
    }
    Ok(section)
}

fn one(folder: &Path, data: &Path, pace: Pace) -> Result<Found, Failed> {
    let mut found = Found::default();
    for _ in 0..pace.rounds {
        let before = Raw::probe(folder, pace.probe)?;
        let rebuilt = rebuild(data)?;
        let raw = before.mean(Raw::probe(folder, pace.probe)?);
        println!("rebuilt in {:.2} s, at most {:.0} MiB", rebuilt.seconds, rebuilt.peak_mib);
        found.rebuilds.push(Rebuilt { raw_by_64: raw.by_64, ..rebuilt });
    }
    found.journal_bytes = bytes_under(&data.join("journal"))?;
    found.views_bytes = bytes_under(&data.join("views"))?;
    let mut board = String::new();
    for _ in 0..pace.rounds {
        if !pace.is_quick {
            drop_page_cache();
        }
        let start = Instant::now();
        let server = Server::start(data)?;
        until_ready(&server)?;
        let ready_seconds = start.elapsed().as_secs_f64();
        let resident = resident(server.pid()).unwrap_or_default();
        if board.is_empty() {
            board = format!("/v1/ledgers/{LEDGER}/cycles/{}/board", last_cycle(&server)?);
            found.events = asked(&server, &format!("/v1/ledgers/{LEDGER}"))?["last_seq"].as_f64().unwrap_or_default();
        }
        let answer = asked(&server, &board)?;
        found.key_results = answer["counts"]["key_results"].as_f64().unwrap_or_default();
        let board_seconds = start.elapsed().as_secs_f64();
        println!("ready in {ready_seconds:.3} s, first board by {board_seconds:.3} s, {:.0} MiB", resident.now_mib);
        found.opens.push(Opened { ready_seconds, board_seconds, resident });
        server.stop()?;
    }
    serve(folder, data, &board, pace, &mut found)?;
    Ok(found)
}

/// Serves boards and 32 writers on a copy, so that the ledger stays the same for the next run.
fn serve(folder: &Path, data: &Path, board: &str, pace: Pace, found: &mut Found) -> Result<(), Failed> {
    let place = tempfile::Builder::new().prefix("serve-").tempdir_in(folder)?;
    let copy = place.path().join("data");
    let copied = Command::new("cp").args(["-r", "--reflink=auto"]).arg(data).arg(&copy).status()?;
    if !copied.success() {
        return Err("the data folder cannot be copied".into());
    }
    let server = Server::start(&copy)?;
    let plan = Plan { connections: 1, warm_up: Duration::ZERO, lasts: Duration::from_secs(60), requests_max: BOARDS };
    // In the last of ten quarters.
    let earlier = found.events as u64 / 100 * 95;
    for path in [board.to_owned(), format!("{board}?as_of={earlier}")] {
        run(&mut Asks::new(server.address, &path), plan, &|| 0.0)?;
    }
    found.after_boards = resident(server.pid()).unwrap_or_default();
    prepare(server.address, LEDGER)?;
    let plan = Plan { connections: 32, warm_up: pace.warm_up, lasts: pace.lasts, requests_max: u64::MAX };
    run(&mut Appends::new(server.address, LEDGER, KEY_RESULTS, 1)?, plan, &|| 0.0)?;
    found.after_writers = resident(server.pid()).unwrap_or_default();
    println!("resident {:.0} MiB, at most {:.0} MiB", found.after_writers.now_mib, found.after_writers.peak_mib);
    server.stop()
}

/// Runs the rebuild command and watches its memory until it ends.
pub(crate) fn rebuild(data: &Path) -> Result<Rebuilt, Failed> {
    let path = data.to_str().ok_or("the data folder's name is not text")?;
    let start = Instant::now();
    let mut child =
        okr_ledger(&["rebuild", "--no-compare", "--data", path]).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut peak_mib = 0.0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        // The last reading includes the peak so far, so only the final moments can be missed.
        peak_mib = resident(child.id()).map_or(peak_mib, |resident| resident.peak_mib.max(peak_mib));
        std::thread::sleep(Duration::from_millis(10));
    };
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("`okr-ledger rebuild` ended with {status}").into());
    }
    Ok(Rebuilt { seconds, peak_mib, raw_by_64: 0.0 })
}

/// Waits until the server reports that it is ready.
fn until_ready(server: &Server) -> Result<(), Failed> {
    let client: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(600) {
        let answer = client.get(format!("http://{}/readyz", server.address)).call();
        // An older server without this path is ready as soon as it answers.
        if answer.is_ok_and(|answer| answer.status().is_success() || answer.status() == 404) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err("the server was not ready within ten minutes".into())
}

fn asked(server: &Server, path: &str) -> Result<Value, Failed> {
    Ok(serde_json::from_reader(ureq::get(format!("http://{}{path}", server.address)).call()?.body_mut().as_reader())?)
}

/// Returns the cycle that starts last, the one that people look at.
fn last_cycle(server: &Server) -> Result<String, Failed> {
    let cycles = asked(server, &format!("/v1/ledgers/{LEDGER}/cycles"))?;
    let cycles = cycles["cycles"].as_array().ok_or("the answer holds no cycles")?;
    let quarters = cycles.iter().filter(|cycle| cycle["kind"] == "quarter");
    let last = quarters.max_by_key(|cycle| cycle["starts_on"].as_str().unwrap_or_default().to_owned());
    Ok(last.and_then(|cycle| cycle["id"].as_str()).ok_or("the ledger has no quarter")?.to_owned())
}

/// Drops the system's page cache if permitted: a start after a reboot reads from the disk.
fn drop_page_cache() {
    let dropped = Command::new("sync").status().and_then(|_| std::fs::write("/proc/sys/vm/drop_caches", "3"));
    if let Err(error) = dropped {
        println!("the page cache is not dropped: {error}");
    }
}

fn bytes_under(folder: &Path) -> Result<f64, Failed> {
    let mut bytes = 0.0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => bytes_under(&entry.path())?,
            false => entry.metadata()?.len() as f64,
        };
    }
    Ok(bytes)
}

fn tables(all: &[Found]) -> Vec<Table> {
    let mut rebuilds = Table::new(
        "Rebuilding all views (`okr-ledger rebuild --no-compare`; comparing every row with those that stood comes on top):",
        &["events", "seconds", "events/s", "÷ raw by 64", "peak MiB"],
    );
    let mut opens = Table::new(
        "Opening: a new process, from its start to its first answer on `/readyz`, and to its first board:",
        &[
            "events",
            "key results of the last quarter",
            "ready s",
            "first board s",
            "resident MiB when ready",
            "peak MiB when ready",
        ],
    );
    let mut memory = Table::new(
        "Resident memory of the server while it serves, in MiB (now / peak):",
        &["events", "after boards", "after 32 writers too"],
    );
    let mut sizes = Table::new("Size on disk, in MB a million events:", &["events", "journal", "views", "both"]);
    for found in all {
        let events = figure(found.events);
        let rebuilds_of = |what: &dyn Fn(&Rebuilt) -> f64| median(found.rebuilds.iter().map(what));
        let opens_of = |what: &dyn Fn(&Opened) -> f64| figure(median(found.opens.iter().map(what)));
        rebuilds.row([
            events.clone(),
            figure(rebuilds_of(&|one| one.seconds)),
            figure(rebuilds_of(&|one| found.rebuilt_per_second(one))),
            figure(rebuilds_of(&|one| found.rebuilt_per_raw(one))),
            figure(rebuilds_of(&|one| one.peak_mib)),
        ]);
        opens.row([
            events.clone(),
            figure(found.key_results),
            opens_of(&|one| one.ready_seconds),
            opens_of(&|one| one.board_seconds),
            opens_of(&|one| one.resident.now_mib),
            opens_of(&|one| one.resident.peak_mib),
        ]);
        let both = |one: Resident| format!("{} / {}", figure(one.now_mib), figure(one.peak_mib));
        memory.row([events.clone(), both(found.after_boards), both(found.after_writers)]);
        let size = |bytes: f64| figure(bytes / found.events);
        let bytes = found.journal_bytes + found.views_bytes;
        sizes.row([events, size(found.journal_bytes), size(found.views_bytes), size(bytes)]);
    }
    vec![rebuilds, opens, memory, sizes]
}

fn notes(is_generated: bool) -> String {
    let source = if is_generated {
        "The ledgers are what `okr-ledger generate` makes: ten quarters with their drafts, weekly check-ins, adjustments, \
         corrections, retirements and grades."
    } else {
        "The ledgers hold one quarter of 30,000 key results with as many check-ins as it takes."
    };
    format!(
        "{source} Around each rebuild the disk is probed with appends of 512 bytes to one file, 64 of them to an \
         fdatasync; the ratio is to the mean of before and after, and the bar judges the ratio of the largest ledger. \
         Before each opening the page cache is dropped where the system allows it. Memory is judged by its peak: after \
         {BOARDS} boards of the last quarter now and {BOARDS} of an earlier moment, and then 32 writers.\n"
    )
}
