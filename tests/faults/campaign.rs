//! One campaign: its seed, rounds, folder and table of outcomes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::oracle::Judgement;

/// The sum of the rounds of one fault.
#[derive(Debug, Default)]
struct Row {
    rounds: u64,
    sum: Judgement,
    /// Outcomes with their number of rounds.
    outcomes: BTreeMap<String, u64>,
}

pub(crate) struct Campaign {
    name: &'static str,
    seed: u64,
    rounds: u64,
    folder: Option<tempfile::TempDir>,
    rows: BTreeMap<String, Row>,
}

impl Campaign {
    /// Creates a campaign: with `few` rounds as an ordinary test, `many` under `make faults`.
    pub(crate) fn new(name: &'static str, few: u64, many: u64) -> Campaign {
        let number = |variable: &str| std::env::var(variable).ok().filter(|text| !text.is_empty());
        let number = |variable: &str| number(variable).map(|text| text.parse::<u64>().expect("a number"));
        let rounds = number("FAULTS_ROUNDS").unwrap_or(if Campaign::is_long() { many } else { few });
        let folder = Some(tempfile::Builder::new().prefix("okr-ledger-faults-").tempdir().unwrap());
        Campaign { name, seed: number("FAULTS_SEED").unwrap_or(1), rounds, folder, rows: BTreeMap::new() }
    }

    /// Returns true under `make faults`.
    pub(crate) fn is_long() -> bool {
        std::env::var_os("FAULTS").is_some_and(|said| said == "long")
    }

    /// Returns the rounds, each with its own generator, so that a round can be repeated alone.
    pub(crate) fn rounds(&self) -> impl Iterator<Item = (u64, fastrand::Rng)> + use<> {
        let seed = self.seed;
        (0..self.rounds).map(move |round| (round, fastrand::Rng::with_seed(seed.wrapping_mul(1_000_003) + round)))
    }

    /// Returns a path in the campaign's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.as_ref().unwrap().path().join(name)
    }

    /// Notes the outcome of a round, and fails if it is not allowed.
    #[track_caller]
    pub(crate) fn note(&mut self, fault: &str, outcome: &str, judgement: Judgement) {
        let row = self.rows.entry(fault.to_owned()).or_default();
        row.rounds += 1;
        *row.outcomes.entry(outcome.to_owned()).or_default() += 1;
        let is_sound = judgement.is_sound();
        let said = format!("{judgement:#?}");
        row.sum.add(judgement);
        assert!(is_sound, "{fault}: {said}");
    }
}

impl Drop for Campaign {
    fn drop(&mut self) {
        println!("\n{}, seed {}", self.name, self.seed);
        println!("| fault | rounds | answered | found | lost | twice | gaps | wrong | what came of it |");
        println!("|---|---|---|---|---|---|---|---|---|");
        for (fault, Row { rounds, sum, outcomes }) in &self.rows {
            let Judgement { answered, found, lost, twice, gaps, wrong } = sum;
            let outcomes = outcomes.iter().map(|(outcome, times)| format!("{times} × {outcome}"));
            let outcomes = outcomes.collect::<Vec<_>>().join("; ");
            let wrong = wrong.len();
            println!(
                "| {fault} | {rounds} | {answered} | {found} | {lost} | {twice} | {gaps} | {wrong} | {outcomes} |"
            );
        }
        if std::thread::panicking()
            && let Some(folder) = self.folder.take()
        {
            println!("FAILED with seed {}; what was on the disk is left in {}", self.seed, folder.keep().display());
        }
    }
}

/// Copies a folder recursively.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in from.read_dir().unwrap().map(Result::unwrap) {
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

/// Returns all files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in folder.read_dir().unwrap().map(|file| file.unwrap().path()) {
        if file.is_dir() { found.extend(files(&file)) } else { found.push(file) }
    }
    found.sort();
    found
}
