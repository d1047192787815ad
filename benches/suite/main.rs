//! The benchmark suite: `make bench` measures everything and writes `benches/REPORT.md`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "a benchmark has no callers")]

mod http;
mod load;
mod load_alone;
mod organisation;
mod process;
mod raw;
mod server;

use std::process::ExitCode;

use clap::Parser;

/// Why a measurement was given up.
pub(crate) type Failed = Box<dyn std::error::Error>;

/// Measures, and writes the report.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// Said by `cargo bench` to every benchmark
    #[arg(long, global = true, hide = true)]
    bench: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The append load alone, against a server that is running
    Load(load_alone::Args),
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.command {
        Command::Load(args) => load_alone::load(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("error: {failed}");
            ExitCode::FAILURE
        }
    }
}
