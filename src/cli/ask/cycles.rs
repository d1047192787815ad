//! Lists of ledgers and of their cycles.

use projections::ask;
use serde::{Deserialize, Serialize};

use super::ledger_client::no_ledger;
use super::{LedgerClient, Question, Target, print_json, read};
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, Style};
use crate::cli::settings::{PlaceArgs, Settings};
use crate::cli::show;
use crate::cli::source::{Missing, Problem, Source};
use crate::ledger::LedgerInfo;

#[derive(Debug, clap::Args)]
pub(crate) struct Cycles {}

impl Question for Cycles {
    type Answer = ask::Cycles;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.target(["cycles"])])
    }

    fn show(&self, answer: &ask::Cycles, _door: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
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

#[derive(Serialize, Deserialize)]
pub(super) struct LedgerList {
    pub(super) ledgers: Vec<LedgerInfo>,
}

impl LedgerList {
    /// Reads all pages.
    pub(super) fn read_whole(source: &Source) -> Result<LedgerList, Failure> {
        let first = Target::of(["ledgers"]).with("limit", Some(PAGE));
        let mut whole = LedgerList { ledgers: Vec::new() };
        let mut next = Some(first.clone());
        while let Some(target) = next {
            let answer = source.ask(&target)?;
            if !answer.status.is_success() {
                return Err(Problem::of(&answer).failure());
            }
            whole.ledgers.extend(read::<LedgerList>(&answer.body)?.ledgers);
            next = answer.next_after().map(|after| first.clone().with("after", Some(after)));
        }
        Ok(whole)
    }
}

/// Ledgers per request.
const PAGE: usize = 1_000;

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
