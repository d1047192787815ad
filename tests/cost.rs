//! The cost law: no request of at most 1 MiB uses much memory, gets a large answer, or grows the views out of
//! proportion, however it arrives and whatever its outcome.
//!
//! The tests count bytes, not seconds, so that the law is the same on every machine. The bodies come from a grammar
//! (`cost/hostile.rs`) and a seed: `COST_SEED=7 COST_ROUNDS=2000` runs a longer campaign.

// Clippy lets tests unwrap; this marks the helpers between them as test code too.
#![cfg(test)]

#[path = "cost/doors.rs"]
mod doors;
#[path = "cost/hostile.rs"]
mod hostile;
#[path = "it/house.rs"]
#[expect(dead_code, reason = "these tests need a part of it")]
mod house;
#[path = "cost/pointers.rs"]
mod pointers;
#[path = "cost/stage.rs"]
mod stage;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use axum::http::StatusCode;
use fastrand::Rng;
use okr_ledger::views::{Opened, Views};
use peak_alloc::PeakAlloc;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use doors::Mode;
use hostile::{BYTES_MAX, hostile};
use house::{Answer, House};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Additional memory of one request.
const MEMORY_MAX: usize = 64 << 20;

/// The longest problem document, and the longest receipt.
const PROBLEM_MAX: usize = 64 << 10;
const RECEIPT_MAX: usize = 512 << 10;

/// Growth of the views per byte of a body, and in addition.
const GROWTH_FACTOR: usize = 32;
const GROWTH_MAX: usize = 256 << 10;

/// The longest recorded event including blanks, and the longest of all lists.
const EVENT_MAX: usize = 66 << 10;
const ITEMS_MAX: usize = 200;

/// Serialises the tests: the allocator counts for the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(|error| error.into_inner())
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// Returns the generator of one round, so that each round can be repeated alone.
fn dice(test: u64, round: u64) -> Rng {
    Rng::with_seed(setting("COST_SEED", 1) << 40 | test << 32 | round)
}

fn rounds(otherwise: u64) -> std::ops::Range<u64> {
    let from = setting("COST_FROM", 0);
    from..from + setting("COST_ROUNDS", otherwise)
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// Runs `work` and returns its result with its peak of additional memory.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = work();
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

/// Returns the faults in the cost of a request.
fn faults(answer: &Answer, memory: usize) -> Vec<String> {
    let mut faults = Vec::new();
    if memory > MEMORY_MAX {
        faults.push(format!("{} MiB of memory", memory >> 20));
    }
    if answer.status.is_server_error() {
        faults.push(format!("{}", answer.status));
    }
    let most = if answer.status.is_success() { RECEIPT_MAX } else { PROBLEM_MAX };
    if answer.body.len() > most {
        faults.push(format!("an answer ({}) of {} bytes", answer.status, answer.body.len()));
    }
    faults
}

/// Returns a description if a recorded event, or a list in it, is too large.
fn too_large(event: &str) -> Option<String> {
    if event.len() > EVENT_MAX {
        return Some(format!("an event of {} bytes was recorded", event.len()));
    }
    let event: Value = serde_json::from_str(event).unwrap();
    let lists = pointers::pointers(&event, Value::is_array);
    let items = |at: &String| event.pointer(at).and_then(Value::as_array).map_or(0, Vec::len);
    let longest = lists.iter().max_by_key(|at| items(at))?;
    let is_long = items(longest) > ITEMS_MAX;
    is_long.then(|| format!("a list of {} items was recorded, {longest}", items(longest)))
}

/// Stops a ledger and returns the folder of its views.
fn ended(house: House) -> TempDir {
    let House { router, ledgers, _folder, .. } = house;
    drop((router, ledgers));
    _folder
}

/// Returns the bytes of all rows in closed views.
fn stored(folder: &Path) -> usize {
    let Opened::Usable(views) = Views::open(folder).unwrap() else { panic!("views of this very program") };
    let mut bytes = 0;
    views.each_stored(|_, key, row| bytes += key.len() + row.len()).unwrap();
    bytes
}

/// Collects violations of the law, so that a run shows all of them.
#[derive(Default)]
struct Broken(Vec<String>);

impl Broken {
    fn note(&mut self, what: &str, round: u64, faults: Vec<String>) {
        if !faults.is_empty() {
            self.0.push(format!("round {round}: {what}: {}", faults.join(", ")));
        }
    }

    fn none(self) {
        assert!(self.0.is_empty(), "{} requests cost too much:\n{}", self.0.len(), self.0.join("\n"));
    }
}

#[test]
fn templates_are_recorded_and_have_every_field_of_every_type() {
    let _alone = alone();
    let templates = stage::templates();
    runtime().block_on(async {
        let house = stage::acme().await;
        for event in &templates {
            let path = format!("{}?dry_run=true", house::EVENTS);
            let tried =
                house.post_with(&path, &[("content-type", "application/json")], event.to_string().into_bytes()).await;
            assert_eq!(tried.status, StatusCode::OK, "{event}: {}", tried.text());
        }
    });
    // The frozen events have the present fields, and those added by the ledger.
    let fields = |events: &[Value], kind: &str| -> BTreeSet<String> {
        let alike = events.iter().filter(|event| event["type"] == kind);
        alike.flat_map(|event| pointers::fields(&event["data"])).collect()
    };
    let golden: Vec<Value> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/events/tests/golden"))
        .unwrap()
        .map(|file| serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap())
        .collect();
    for kind in events::Kind::ALL.iter().map(|kind| kind.as_str()) {
        let stamped = |field: &str| {
            ["context", "approval", "from_cycle", "stands_on"]
                .iter()
                .any(|stamp| field.starts_with(&format!("/{stamp}")))
                || field.split('/').any(|part| part == "from") && !field.starts_with("/bands")
                || field.split('/').any(|part| part.starts_with(|c: char| c.is_ascii_digit()))
        };
        let known = fields(&templates, kind);
        // A single replacement and a list of them are the same field.
        let missing: Vec<String> =
            fields(&golden, kind).into_iter().filter(|field| !stamped(field) && !known.contains(field)).collect();
        assert!(!known.is_empty() && missing.is_empty(), "{kind}: no template has {missing:?}");
    }
}

#[test]
fn an_entry_that_is_tried_costs_little() {
    let _alone = alone();
    let (templates, runtime, mut broken) = (stage::templates(), runtime(), Broken::default());
    let house = runtime.block_on(stage::acme());
    for round in rounds(120) {
        let mut dice = dice(1, round);
        let entry = hostile(&mut dice, &templates);
        assert!(entry.body().len() <= BYTES_MAX, "{} has {} bytes", entry.made, entry.body().len());
        let mode = [Mode::Json, Mode::Json, Mode::Batch, Mode::Binary][dice.usize(..4)];
        let (answer, memory) = measured(|| runtime.block_on(doors::submit(&house, &entry, mode, true)));
        broken.note(&format!("{} ({mode:?}, dry run)", entry.made), round, faults(&answer, memory));
    }
    broken.none();
}

#[test]
fn an_entry_that_is_recorded_costs_little_and_so_do_its_rows() {
    let _alone = alone();
    let (templates, runtime, mut broken) = (stage::templates(), runtime(), Broken::default());
    let before = stored(ended(runtime.block_on(stage::acme())).path());
    for round in rounds(60) {
        let mut dice = dice(2, round);
        let entry = hostile(&mut dice, &templates);
        let house = runtime.block_on(stage::acme());
        let (answer, memory) = measured(|| runtime.block_on(doors::submit(&house, &entry, Mode::Json, false)));
        let mut faults = faults(&answer, memory);
        let grown = stored(ended(house).path()).saturating_sub(before);
        let most = if answer.status.is_success() { entry.body().len() * GROWTH_FACTOR + GROWTH_MAX } else { 0 };
        if grown > most {
            faults.push(format!("rows of {grown} bytes for an entry of {}", entry.body().len()));
        }
        if answer.status.is_success() {
            faults.extend(entry.events.iter().filter_map(|event| too_large(event)));
        }
        broken.note(&entry.made, round, faults);
    }
    broken.none();
}

#[test]
fn a_form_costs_little() {
    let _alone = alone();
    let (runtime, mut broken, mut sent) = (runtime(), Broken::default(), 0);
    let paths: Vec<String> = doors::paths().into_iter().filter(|path| !path.starts_with("/v1/")).collect();
    let house = runtime.block_on(stage::acme());
    for round in rounds(3) {
        for (n, path) in paths.iter().enumerate() {
            let mut dice = dice(3, round << 8 | n as u64);
            let (answer, memory) = measured(|| runtime.block_on(doors::form(&house, path, &mut dice, BYTES_MAX)));
            let Some((made, answer)) = answer else { continue };
            sent += 1;
            // The page returns the submitted values, so that nobody has to type them again.
            let mut faults = faults(&answer, memory);
            faults.retain(|fault| !fault.starts_with("an answer"));
            if answer.body.len() > 8 * BYTES_MAX {
                faults.push(format!("a page of {} bytes", answer.body.len()));
            }
            broken.note(&made, round, faults);
        }
    }
    assert!(sent > 20, "the forms of the pages are read otherwise: {sent}");
    broken.none();
}

#[test]
fn a_question_with_long_parameters_costs_little() {
    let _alone = alone();
    let (runtime, mut broken) = (runtime(), Broken::default());
    let house = runtime.block_on(stage::acme());
    for round in rounds(2) {
        for (n, path) in doors::paths().iter().enumerate() {
            let mut dice = dice(4, round << 8 | n as u64);
            let ((made, answer), memory) = measured(|| runtime.block_on(doors::query(&house, path, &mut dice)));
            let mut faults = faults(&answer, memory);
            if answer.status.is_success() || answer.header("content-type").starts_with("text/html") {
                faults.retain(|fault| !fault.starts_with("an answer"));
            }
            broken.note(&made, round, faults);
        }
    }
    broken.none();
}

#[test]
fn appending_a_file_costs_little() {
    let _alone = alone();
    let (templates, mut broken) = (stage::templates(), Broken::default());
    for round in rounds(4) {
        let mut dice = dice(5, round);
        let entry = hostile(&mut dice, &templates);
        let folder = tempfile::tempdir().unwrap();
        let (file, data) = (folder.path().join("entry.jsonl"), folder.path().join("data"));
        let mut lines: Vec<String> = stage::entries().iter().map(|(_, entry)| entry.to_string()).collect();
        lines.push(entry.body());
        std::fs::write(&file, lines.join("\n")).unwrap();
        let arguments = [
            "okr-ledger",
            "append",
            file.to_str().unwrap(),
            "--ledger",
            "acme",
            "--create",
            "--data",
            data.to_str().unwrap(),
        ];
        let (_, memory) = measured(|| okr_ledger::cli::run(arguments.map(Into::into)));
        let faults = (memory > MEMORY_MAX).then(|| format!("{} MiB of memory", memory >> 20));
        broken.note(&format!("append: {}", entry.made), round, faults.into_iter().collect());
    }
    broken.none();
}
