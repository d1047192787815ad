//! The command line: one binary, `okr-ledger`.
//!
//! Each command has a file with its arguments and its implementation. Questions go through the HTTP interface, either
//! of a server or of a router in this process, so both give byte-identical answers.

mod accept_clock;
mod append;
mod ask;
mod backup;
mod demo;
mod export;
mod failure;
mod generate;
mod import;
mod log;
mod operator;
mod progress;
mod random;
mod rebuild;
mod restore;
mod scratch;
mod screen;
mod serve;
mod settings;
mod show;
mod source;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use failure::Failure;
use screen::{Screen, aside};
use settings::Settings;

/// A system of record for goals: every change to an OKR is an event, appended and never edited.
#[derive(Debug, Parser)]
#[command(name = "okr-ledger", version, max_term_width = 110, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    general: settings::General,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Settings are taken from flags, then from OKR_LEDGER_* in the environment, then from okr-ledger.toml, then from defaults.
Exit codes: 0 done, 1 refused or failed, 2 misused, 3 done with a warning that needs attention.

Begin with:  okr-ledger demo";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a data folder over HTTP
    Serve(serve::Args),
    /// Load the demo quarter, show its board and audit trail, serve it
    Demo(demo::Args),
    /// Record events from a file: a CloudEvent, an array of them, JSON Lines of either, or a ledger's copy
    Append(append::Args),
    /// Show a cycle's board: progress, status and confidence
    Board(ask::Ask<ask::Board>),
    /// Show why goals were changed, by whom, on which evidence, and how they were doing then
    Audit(ask::Ask<ask::Audit>),
    /// Show confidence week by week
    Confidence(ask::Ask<ask::Confidence>),
    /// Compare confidence with results: how reliable the forecasts were
    Calibration(ask::Ask<ask::Calibration>),
    /// Show how a cycle went, step by step
    Replay(ask::Ask<ask::Replay>),
    /// Prepare a retrospective: how the cycle went, its turning points, results and lessons
    Retro(ask::Ask<ask::Retro>),
    /// Compute the scores without some events, or with another formula
    WhatIf(ask::Ask<ask::WhatIf>),
    /// Apply another policy to a cycle: the events it would have refused, and the scores without them
    UnderPolicy(ask::Ask<ask::UnderPolicy>),
    /// Show changes to goals after a cycle's start: how far, how late, why, and their effect on scores
    Goalposts(ask::Ask<ask::Goalposts>),
    /// Trace a score: each event that changed it, with the score before and after, at every level
    Lineage(ask::Ask<ask::Lineage>),
    /// List only the topics that need discussion this week
    Attention(ask::Ask<ask::Attention>),
    /// List proposed changes to goals and their decisions
    Proposals(ask::Ask<ask::Proposals>),
    /// Show the policy in force: each rule, its purpose and its thresholds
    Policy(ask::Ask<ask::Policy>),
    /// Show the differences between two moments, and the events behind them
    Changes(ask::Ask<ask::Changes>),
    /// List the board reports and their dates
    BoardReports(ask::Ask<ask::BoardReports>),
    /// Show a board report as it was given
    BoardReport(ask::Ask<ask::BoardReport>),
    /// Show corrections to a board report that became known later, with reasons
    Restatements(ask::Ask<ask::Restatements>),
    /// List the events, in order
    Events(ask::Ask<ask::Events>),
    /// List the cycles of a ledger
    Cycles(ask::Ask<ask::Cycles>),
    /// List the ledgers
    Ledgers(ask::Ledgers),
    /// Rebuild the views from the journal, even while they are served
    Rebuild(rebuild::Args),
    /// Check every event of the journal and compare the views with rebuilt ones, even while they are served
    Verify(verify::Args),
    /// Back up the journal into a backup folder, even while it is served
    Backup(backup::Args),
    /// Restore a backup into a data folder
    Restore(restore::Args),
    /// Accept the machine's clock despite contrary evidence and record again, even while the folder is served
    AcceptClock(accept_clock::Args),
    /// Write a copy of a ledger: every entry, byte for byte
    Export(export::Args),
    /// Import a ledger's copy into an empty ledger
    Import(import::Args),
    /// Generate the history of a fictitious organisation of any size, for experiments
    Generate(generate::Args),
}

/// Runs the command given by the arguments, reports any failure on stderr, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let read = Cli::command().try_get_matches_from(arguments).and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches)?;
        Ok((cli, matches))
    });
    let (cli, matches) = match read {
        Ok(read) => read,
        Err(error) => {
            // Clap also returns help and version as an error, with exit code 0.
            _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let mut screen = Screen::stdout();
    match Settings::read(cli.general, &matches).and_then(|settings| carry_out(cli.command, &settings, &mut screen)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(says) = failure.message() {
                let kind = if matches!(failure, Failure::Look(_)) { "warning" } else { "error" };
                aside(&format!("{kind}: {says}"));
            }
            failure.exit_code()
        }
    }
}

fn carry_out(command: Command, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    log::begin(settings, matches!(command, Command::Serve(_)))?;
    match command {
        Command::Serve(args) => serve::run(&args, settings, screen),
        Command::Demo(args) => demo::run(&args, settings, screen),
        Command::Append(args) => append::run(&args, settings, screen),
        Command::Board(ask) => ask::run(&ask, settings, screen),
        Command::Audit(ask) => ask::run(&ask, settings, screen),
        Command::Confidence(ask) => ask::run(&ask, settings, screen),
        Command::Calibration(ask) => ask::run(&ask, settings, screen),
        Command::Replay(ask) => ask::run(&ask, settings, screen),
        Command::Retro(ask) => ask::run(&ask, settings, screen),
        Command::WhatIf(ask) => ask::run(&ask, settings, screen),
        Command::UnderPolicy(ask) => ask::run(&ask, settings, screen),
        Command::Goalposts(ask) => ask::run(&ask, settings, screen),
        Command::Lineage(ask) => ask::run(&ask, settings, screen),
        Command::Attention(ask) => ask::run(&ask, settings, screen),
        Command::Proposals(ask) => ask::run(&ask, settings, screen),
        Command::Policy(ask) => ask::run(&ask, settings, screen),
        Command::Changes(ask) => ask::run(&ask, settings, screen),
        Command::BoardReports(ask) => ask::run(&ask, settings, screen),
        Command::BoardReport(ask) => ask::run(&ask, settings, screen),
        Command::Restatements(ask) => ask::run(&ask, settings, screen),
        Command::Events(ask) => ask::run(&ask, settings, screen),
        Command::Cycles(ask) => ask::run(&ask, settings, screen),
        Command::Ledgers(args) => ask::ledgers(&args, settings, screen),
        Command::Rebuild(args) => rebuild::run(&args, settings, screen),
        Command::Verify(args) => verify::run(&args, settings, screen),
        Command::Backup(args) => backup::run(&args, settings, screen),
        Command::Restore(args) => restore::run(&args, settings, screen),
        Command::AcceptClock(args) => accept_clock::run(&args, settings, screen),
        Command::Export(args) => export::run(&args, settings, screen),
        Command::Import(args) => import::run(&args, settings, screen),
        Command::Generate(args) => generate::run(&args, settings, screen),
    }
}
