//! The benchmark suite: `make bench` measures everything and writes `benches/REPORT.md`.
//!
//! ```text
//! append.rs     durable submissions over HTTP; PostgreSQL doing the same; the raw disk before and after
//! history.rs    rebuilding, opening, memory and size of large ledgers
//! boards.rs     questions, inside and over HTTP
//! pages.rs      pages and board packs of a cycle of 200 key results
//! hostile.rs    latencies of other requests while large bodies are processed
//! micro.rs      codec, fold and rules alone: `benches/micro.rs`
//! load.rs       the client of all: one thread, many connections
//! data.rs       ledgers to measure, made once and kept
//! bar.rs        minimum figures and the verdict        report.rs   results, stored and displayed
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "a benchmark has no callers")]

mod append;
mod bar;
mod boards;
mod cluster;
mod data;
mod history;
mod hostile;
mod http;
mod load;
mod load_alone;
mod machine;
mod micro;
mod organisation;
mod pages;
mod postgres;
mod process;
mod raw;
mod report;
mod server;
mod stats;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use mimalloc::MiMalloc;

use raw::Raw;
use report::{Report, SECTIONS};

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The reason for an aborted measurement.
pub(crate) type Failed = Box<dyn std::error::Error>;

/// Measures, and writes the report.
#[derive(Debug, Parser)]
#[command(name = "bench", args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The sections to measure; all if none is named
    #[arg(value_parser = SECTIONS.map(|(name, _)| name))]
    sections: Vec<String>,
    /// The folder for work and data sets, on the disk to measure
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Passed by `cargo bench` to every benchmark
    #[arg(long, global = true, hide = true)]
    bench: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The append load alone, against a running server
    Load(load_alone::Args),
}

const AFTER_HELP: &str = "\
BENCH_QUICK=1 tries everything in little time; its figures mean nothing and stay out of the report.
BENCH_BINARY=PATH measures another build of the program.";

/// Durations and repetitions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) rounds: usize,
    /// Uncounted and counted time of a load.
    pub(crate) warm_up: Duration,
    pub(crate) lasts: Duration,
    /// Time per probe of the raw disk.
    pub(crate) probe: Duration,
    /// Set for a run that only checks that everything works.
    pub(crate) is_quick: bool,
}

impl Pace {
    /// Returns the pace from the environment. `BENCH_QUICK=1` tries the suite: its figures mean nothing and stay out of
    /// the report.
    fn wanted() -> Pace {
        let millis = Duration::from_millis;
        match std::env::var_os("BENCH_QUICK").is_some_and(|quick| quick != "0" && !quick.is_empty()) {
            false => {
                Pace { rounds: 3, warm_up: millis(1_000), lasts: millis(8_000), probe: millis(700), is_quick: false }
            }
            true => Pace { rounds: 2, warm_up: millis(50), lasts: millis(300), probe: millis(50), is_quick: true },
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.command {
        Some(Command::Load(args)) => load_alone::load(args),
        None => measure(&args, Pace::wanted()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("error: {failed}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args, pace: Pace) -> Result<(), Failed> {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = args.folder.clone().unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench"));
    std::fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let markdown = if pace.is_quick { folder.join("QUICK.md") } else { house.join("benches/REPORT.md") };
    for (name, title) in SECTIONS {
        if !args.sections.is_empty() && !args.sections.iter().any(|section| section == name) {
            continue;
        }
        println!("\n== {title}");
        let mut context = machine::context(&folder, name);
        if pace.is_quick {
            context.push("BENCH_QUICK: a trial of the suite; its figures mean nothing".into());
        }
        let before = Raw::probe(&folder, pace.probe)?;
        let mut section = match name {
            "append" => append::measure(&folder, pace)?,
            "history" => history::measure(&folder, pace)?,
            "boards" => boards::measure(&folder, pace)?,
            "large" => boards::measure_large(&folder, pace)?,
            "pages" => pages::measure(&folder, pace)?,
            "hostile" => hostile::measure(&folder, pace)?,
            _ => micro::measure(&folder, pace)?,
        };
        let after = Raw::probe(&folder, pace.probe)?;
        context.push(format!("raw appends of 512 bytes a second, before / after: {}", before.beside(after)));
        section.context = context;
        // Read late and written after each section, so that a failed section does not lose earlier results.
        let mut report = Report::read(&markdown)?;
        report.put(name, section);
        report.write(&markdown)?;
    }
    println!("\n{}", markdown.display());
    Ok(())
}
