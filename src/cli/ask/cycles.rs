//! Lists of ledgers and of their cycles.

use projections::ask;

use super::ledger_client::{LedgerList, no_ledger};
use super::{LedgerClient, Question, Target, print_json};
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, Style};
use crate::cli::settings::{PlaceArgs, Settings};
use crate::cli::show;
use crate::cli::source::{Missing, Source};

#[derive(Debug, clap::Args)]
pub(crate) struct Cycles {}

impl Question for Cycles {
    type Answer = ask::Cycles;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.target(["cycles"])])
    }

    fn show(&self, answer: &ask::Cycles, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::cycles(answer, style))
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Ledgers {
    #[command(flatten)]
    place: PlaceArgs,
    /// Print the answer's JSON, as over HTTP
    #[arg(long)]
    json: bool,
}

pub(crate) fn ledgers(args: &Ledgers, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let source = Source::open(settings.place(&args.place)?, Missing::Refuse)?;
    let list = LedgerList::read_whole(&source)?;
    if args.json {
        let body = serde_json::to_vec(&list).map_err(|error| Failure::failed(error.to_string()))?;
        return print_json(&body, screen);
    }
    if list.ledgers.is_empty() {
        return screen.line(&no_ledger(&source));
    }
    screen.line(show::ledgers(&list.ledgers, screen.style()).trim_end())
}
