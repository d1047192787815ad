//! Codec, fold and rules alone: runs the criterion benchmarks of `benches/micro.rs` and reads their estimates.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::bar::figure;
use super::report::{Section, Table};
use super::{Failed, Pace};

pub(crate) fn measure(folder: &Path, pace: Pace) -> Result<Section, Failed> {
    let home = folder.join("criterion");
    if home.exists() {
        std::fs::remove_dir_all(&home)?;
    }
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["bench", "--quiet", "--locked", "--bench", "micro"]);
    // Use the same profile, so that trying the suite needs no second build.
    if cfg!(debug_assertions) {
        command.args(["--profile", "dev"]);
    }
    command.args(["--", "--noplot"]);
    if pace.is_quick {
        command.args(["--warm-up-time", "0.05", "--measurement-time", "0.1", "--sample-size", "10"]);
    }
    let house = env!("CARGO_MANIFEST_DIR");
    let status = command.current_dir(house).env("CRITERION_HOME", &home).status()?;
    if !status.success() {
        return Err(format!("`cargo bench --bench micro` ended with {status}").into());
    }
    let columns = ["what", "median µs", "from", "to", "a second"];
    let mut table = Table::new("One at a time, in one thread, over rows in memory (95 % of confidence):", &columns);
    for (name, estimates) in estimates(&home)? {
        let micros = |bound: &Value| bound.as_f64().unwrap_or(f64::NAN) / 1_000.0;
        let median = &estimates["median"];
        let middle = micros(&median["point_estimate"]);
        let interval = &median["confidence_interval"];
        let (from, to) = (micros(&interval["lower_bound"]), micros(&interval["upper_bound"]));
        table.row([name, figure(middle), figure(from), figure(to), figure(1e6 / middle)]);
    }
    if table.rows.len() == 1 {
        return Err(format!("criterion left no estimates in {}", home.display()).into());
    }
    Ok(Section { tables: vec![table], ..Section::default() })
}

/// Reads criterion's layout: GROUP/NAME/new/estimates.json, with the full name in benchmark.json next to it.
fn estimates(home: &Path) -> Result<Vec<(String, Value)>, Failed> {
    let mut found = Vec::new();
    for group in std::fs::read_dir(home)? {
        for one in std::fs::read_dir(group?.path())?.flatten() {
            let new = one.path().join("new");
            if let (Ok(named), Ok(estimates)) =
                (std::fs::read(new.join("benchmark.json")), std::fs::read(new.join("estimates.json")))
            {
                let named: Value = serde_json::from_slice(&named)?;
                let name = named["full_id"].as_str().unwrap_or_default().replace('/', ": ");
                found.push((name, serde_json::from_slice(&estimates)?));
            }
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}
