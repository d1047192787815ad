//! `generate`: the history of a fictitious organisation, recorded by the rules, for experiments.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use events::LedgerSlug;
use generator::Plan;
use tokio::runtime::Builder;

use super::export::{check_free, write_copy};
use super::failure::Failure;
use super::progress::Bar;
use super::random::new_incarnation;
use super::scratch::Scratch;
use super::screen::{Screen, aside};
use super::settings::{DataArg, LedgersMaxArg, Settings};
use super::show::count;
use crate::clock::now;
use crate::generate::{Made, SetClock, into};
use crate::ledger::open_folder;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of people in the organisation
    #[arg(long, value_name = "N")]
    people: u32,
    /// Number of quarters
    #[arg(long, value_name = "Q")]
    quarters: u32,
    /// Seed of the generator: the same seed and size make the same ledger, byte for byte
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Begin with the first quarter that starts on this day or later
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2020-01-01")]
    start: NaiveDate,
    /// The ledger to record in: empty, or created if it does not exist
    #[arg(long, short = 'l', value_name = "SLUG", env = "OKR_LEDGER_LEDGER")]
    ledger: String,
    /// Title of a new ledger [default: from its size]
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    folder: DataArg,
    /// Write a copy of the ledger to this file and keep nothing else; `-` writes stdout
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    out: Option<PathBuf>,
    #[command(flatten)]
    ledgers_max: LedgersMaxArg,
    /// Overwrite an existing file
    #[arg(long, requires = "out")]
    force: bool,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let plan = Plan::new(args.people, args.quarters, args.seed, args.start).map_err(Failure::misused)?;
    // Later entries cannot be older than the generated ones, so a history must not end in the future.
    let (ends_at, now) = (plan.ends_at(), now());
    if ends_at > now {
        let says = format!(
            "the last quarter would end on {ends_at}, but the current time is {now}: choose an earlier --start"
        );
        return Err(Failure::misused(says));
    }
    let slug = LedgerSlug::new(args.ledger.as_str()).map_err(Failure::misused)?;
    let title = args.title.clone().unwrap_or_else(|| format!("{} people, made up", args.people));
    let Some(file) = &args.out else {
        let data = settings.data(&args.folder);
        let made = make(&data, &slug, &title, plan, settings.ledgers_max(&args.ledgers_max))?;
        return screen.line(&format!("{} recorded in {slug} (data folder {})", sum(&made), data.display()));
    };
    check_free(file, args.force)?;
    let scratch = Scratch::new()?;
    let made = make(scratch.path(), &slug, &title, plan, 1)?;
    write_copy(&made.ledger, file, args.force, screen)?;
    aside(&format!("{} generated", sum(&made)));
    Ok(())
}

fn make(data: &Path, slug: &LedgerSlug, title: &str, plan: Plan, ledgers_max: usize) -> Result<Made, Failure> {
    let clock = SetClock::at(plan.made_at());
    let ledgers = open_folder(data, clock.clock(), new_incarnation(), &mut Bar::new("Catching up the views"))?;
    ledgers.set_ledgers_max(ledgers_max);
    let runtime = Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| Failure::failed(format!("cannot start the async runtime: {error}")))?;
    Ok(runtime.block_on(into(&ledgers, &clock, slug, title, plan, &mut Bar::new("Generating a history")))?)
}

fn sum(made: &Made) -> String {
    let entries = if made.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", made.entries) };
    format!("{entries} ({})", count(made.events, "event"))
}
