//! Ledgers to measure: made once and kept in the benchmark's folder, because large ones take minutes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use events::{Moment, Submission};
use okr_ledger::journal::counting;
use okr_ledger::ledger::{Header, Ledger, open_folder};
use projections::rules::Proposal;
use serde_json::Value;

use super::Failed;
use super::organisation::{DRAFTED, adjustment, check_in, drafts, key_result};
use super::server::okr_ledger;

/// The ledger of every data set.
pub(crate) const LEDGER: &str = "bench";
/// Increase after a change to the data sets, so that kept ones are made again.
const VERSION: u32 = 2;
/// Seed of generated organisations.
const SEED: u64 = 1;
/// Microseconds between the cycle's start and its end, over which check-ins are spread.
const CYCLE_MICROS: i64 = 90 * 24 * 3_600 * 1_000_000;
const ENTRY_EVENTS: usize = 1_000;

/// A ledger to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    /// One cycle with exactly this many key results and check-ins each.
    Exact { key_results: usize, versions: usize },
    /// The output of `okr-ledger generate`: successive quarters.
    Generated { people: usize, quarters: usize },
}

impl What {
    fn name(self) -> String {
        match self {
            What::Exact { key_results, versions } => format!("exact-{key_results}x{versions}-v{VERSION}"),
            What::Generated { people, quarters } => {
                let generator = env!("CARGO_PKG_VERSION");
                format!("generated-{people}x{quarters}-seed{SEED}-{generator}-v{VERSION}")
            }
        }
    }

    /// Returns the data folder of this ledger, new or kept from an earlier run.
    pub(crate) fn folder(self, under: &Path) -> Result<PathBuf, Failed> {
        let folder = under.join("data").join(self.name());
        let data = folder.join("data");
        // Written last, so that an incomplete data set is not used.
        let whole = folder.join("whole");
        if !whole.exists() {
            println!("making {}", self.name());
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            std::fs::create_dir_all(&folder)?;
            match self {
                What::Exact { key_results, versions } => make(&data, key_results, versions)?,
                What::Generated { people, quarters } => generate(&data, people, quarters)?,
            }
            std::fs::write(whole, "")?;
        }
        Ok(data)
    }
}

fn generate(data: &Path, people: usize, quarters: usize) -> Result<(), Failed> {
    let (people, quarters, seed) = (people.to_string(), quarters.to_string(), SEED.to_string());
    let data = data.to_str().ok_or("the data folder's name is not text")?;
    let arguments = ["--people", &people, "--quarters", &quarters, "--seed", &seed, "--ledger", LEDGER, "--data", data];
    let status = okr_ledger(&[&["generate"], &arguments[..]].concat()).status()?;
    if status.success() { Ok(()) } else { Err(format!("`okr-ledger generate` ended with {status}").into()) }
}

/// Returns true if the measured program has the `generate` command.
pub(crate) fn can_generate() -> bool {
    let said = okr_ledger(&["generate", "--help"]).output();
    said.is_ok_and(|said| said.status.success())
}

/// Records an organisation through the writer, at the times of its quarter. In the middle, one key result in ten
/// gets a new target.
fn make(data: &Path, key_results: usize, versions: usize) -> Result<(), Failed> {
    let start = Moment::parse("2026-04-01T09:00:00Z")?.micros();
    let drafted = Moment::parse(DRAFTED)?;
    let clock = Arc::new(AtomicI64::new(drafted.micros()));
    let told = Arc::clone(&clock);
    let now = move || Moment::from_micros(told.load(Ordering::Relaxed)).unwrap_or(drafted);
    let ledgers = open_folder(data, Box::new(now), counting(), &mut ())?;
    tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        let header = Header::new("Bench", drafted);
        ledgers.create(&LEDGER.to_owned().try_into()?, &header).await?;
        let ledger = ledgers.ledger(LEDGER)?;
        for entry in drafts(key_results) {
            if entry.iter().any(|event| event["type"] == "okr.cycle.started") {
                clock.store(start, Ordering::Relaxed);
            }
            record(&ledger, &entry).await?;
        }
        for round in 0..versions {
            let micros = start + CYCLE_MICROS * i64::try_from(round)? / i64::try_from(versions)?;
            clock.store(micros, Ordering::Relaxed);
            let time = Moment::from_micros(micros).unwrap_or(drafted).to_string();
            let mut events = Vec::with_capacity(key_results);
            for n in 0..key_results {
                events.push(check_in(&format!("c{round}-{n}"), &key_result(n), 1_000 * (round + 1) + n % 1_000, &time));
                if round == versions / 2 && n % 10 == 0 {
                    events.push(adjustment(&format!("a{n}"), &key_result(n), 2_100_000, &time));
                }
            }
            for entry in events.chunks(ENTRY_EVENTS) {
                record(&ledger, entry).await?;
            }
        }
        Ok(())
    })
}

async fn record(ledger: &Ledger, entry: &[Value]) -> Result<(), Failed> {
    let read = |event| Submission::read(event, "").map_err(|wrong| format!("{wrong:?}"));
    let submissions = entry.iter().map(read).collect::<Result<_, _>>()?;
    ledger.record(Proposal { submissions, is_list: true, if_match: None }).await?;
    Ok(())
}
