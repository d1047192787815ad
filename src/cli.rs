//! The command line: one binary, `okr-ledger`.
//!
//! Every command is a file of its own: what can be said to it, and what it does. Questions are asked over the HTTP
//! interface, of a server or of a router in this process, so that both give the same answer to the byte.

mod accept_clock;
mod append;
mod ask;
mod backup;
mod chance;
mod demo;
mod export;
mod failure;
mod generate;
mod import;
mod log;
mod operator;
mod progress;
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
Exit codes: 0 done, 1 refused or failed, 2 misused, 3 done, but look at what is said.

Begin with:  okr-ledger demo";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a data folder over HTTP
    Serve(serve::Args),
    /// Load the demo quarter, show its board and audit trail, serve it
    Demo(demo::Args),
    /// Record events from a file: a CloudEvent, an array of them, JSON Lines of either, or a ledger's copy
    Append(append::Args),
    /// Where a cycle stands
    Board(ask::Ask<ask::Board>),
    /// Why goals were changed, by whom, on what evidence, and how things stood then
    Audit(ask::Ask<ask::Audit>),
    /// How sure people were, week by week
    Confidence(ask::Ask<ask::Confidence>),
    /// How far confidences could be believed: forecasts against what came of them
    Calibration(ask::Ask<ask::Calibration>),
    /// How the cycle went, step by step
    Replay(ask::Ask<ask::Replay>),
    /// The cycle's story, to talk about: how it went, where it turned, what came of it, what was learnt
    Retro(ask::Ask<ask::Retro>),
    /// The scores, had some events not been or another formula been in force
    WhatIf(ask::Ask<ask::WhatIf>),
    /// A cycle had another policy been in force: what it would have refused, and the scores without that
    UnderPolicy(ask::Ask<ask::UnderPolicy>),
    /// What was moved after a cycle's start: how far, how late, why, and what it brought
    Goalposts(ask::Ask<ask::Goalposts>),
    /// Which event moved a score from what to what, at every level up
    Lineage(ask::Ask<ask::Lineage>),
    /// What needs talking about this week, and nothing else
    Attention(ask::Ask<ask::Attention>),
    /// Which changes of goals were proposed, and what became of them
    Proposals(ask::Ask<ask::Proposals>),
    /// The policy in force: what each rule does, why it is there, and by which figures it goes
    Policy(ask::Ask<ask::Policy>),
    /// What differs between two moments, and the events that made it so
    Changes(ask::Ask<ask::Changes>),
    /// What boards were told, and when
    BoardReports(ask::Ask<ask::BoardReports>),
    /// What a board was told, as it was told
    BoardReport(ask::Ask<ask::BoardReport>),
    /// What is known better by now of what a board was told, and why
    Restatements(ask::Ask<ask::Restatements>),
    /// The events, in order
    Events(ask::Ask<ask::Events>),
    /// The cycles of a ledger
    Cycles(ask::Ask<ask::Cycles>),
    /// The ledgers there are
    Ledgers(ask::Ledgers),
    /// Build the views anew from the journal, also while they are served
    Rebuild(rebuild::Args),
    /// Check every event of the journal, and compare the views with rebuilt ones; also while they are served
    Verify(verify::Args),
    /// Copy the journal into a folder of backups, also while it is served
    Backup(backup::Args),
    /// Put a backup into a data folder
    Restore(restore::Args),
    /// Record by the machine's clock, though something speaks against it; also while the folder is served
    AcceptClock(accept_clock::Args),
    /// Write a copy of a ledger: every entry as it is, to the byte
    Export(export::Args),
    /// Take a ledger's copy into an empty ledger
    Import(import::Args),
    /// Make up the history of an organisation, as large as wanted, to try things out on
    Generate(generate::Args),
}

/// Does what the arguments ask for, and says how it went.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let read = Cli::command().try_get_matches_from(arguments).and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches)?;
        Ok((cli, matches))
    });
    let (cli, matches) = match read {
        Ok(read) => read,
        Err(error) => {
            // Help and version come this way too, as an error with exit code 0.
            _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let mut screen = Screen::stdout();
    match Settings::read(cli.general, &matches).and_then(|settings| carry_out(cli.command, &settings, &mut screen)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(says) = failure.says() {
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
