//! What there is to ask about: ledgers, and their cycles.

use projections::ask;
use serde::Deserialize;

use super::door::no_ledger;
use super::{Door, Question, Target, print_json, read};
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, Style};
use crate::cli::settings::{PlaceArgs, Settings};
use crate::cli::show;
use crate::cli::source::{Missing, Source};
use crate::ledger::LedgerInfo;

/// What can be said to `cycles`.
#[derive(Debug, clap::Args)]
pub(crate) struct Cycles {}

impl Question for Cycles {
    type Answer = ask::Cycles;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.target(["cycles"])])
    }

    fn show(&self, answer: &ask::Cycles, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::cycles(answer, style))
    }
}

/// What can be said to `ledgers`.
#[derive(Debug, clap::Args)]
pub(crate) struct Ledgers {
    #[command(flatten)]
    place: PlaceArgs,
    /// Print the answer as it comes over HTTP
    #[arg(long)]
    json: bool,
}

/// The ledgers there are.
#[derive(Deserialize)]
pub(super) struct LedgerList {
    pub(super) ledgers: Vec<LedgerInfo>,
}

impl LedgerList {
    pub(super) fn target() -> Target {
        Target::of(["ledgers"])
    }
}

pub(crate) fn ledgers(args: &Ledgers, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let source = Source::open(settings.place(&args.place)?, Missing::Refuse)?;
    let body = source.get(&LedgerList::target())?;
    if args.json {
        return print_json(&body, screen);
    }
    let list: LedgerList = read(&body)?;
    if list.ledgers.is_empty() {
        return screen.line(&no_ledger(&source));
    }
    screen.line(show::ledgers(&list.ledgers, screen.style()).trim_end())
}
