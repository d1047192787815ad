//! `demo`: shows and serves a quarter with a complete history.

mod hints;

use std::path::PathBuf;
use std::sync::Arc;

use events::LedgerSlug;

use super::ask::read;
use super::failure::Failure;
use super::import::take;
use super::progress::Bar;
use super::random::new_incarnation;
use super::scratch::Scratch;
use super::screen::Screen;
use super::serve::Server;
use super::settings::{ListenArg, Settings};
use super::show;
use super::source::{Source, Target};
use crate::clock::Clocks;
use crate::ledger::{Ledgers, check_copy, open_guarded};

/// The copy of the demo ledger.
const QUARTER: &str = include_str!("../../demo/talentsync-2026-q2.jsonl");

const LEDGER: &str = "demo";

const CYCLE: &str = "2026-Q2";

/// The key result whose audit trail is shown: its target was adjusted in mid-quarter.
const KEY_RESULT: &str = "kr-outbound-cac";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keep the demo in this data folder [default: a temporary folder]
    // Without an environment variable: the demo must not enter a user's own data folder unless asked to.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    listen: ListenArg,
    /// Show the quarter and exit without serving it
    #[arg(long)]
    once: bool,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    // Bind the address first: if it is in use, nothing has to be undone.
    let server = if args.once {
        None
    } else {
        Some(Server::bind(&settings.listen(&args.listen), settings.allowed(&args.listen))?)
    };
    let (_scratch, data) = match &args.data {
        Some(data) => (None, data.clone()),
        None => {
            let scratch = Scratch::new()?;
            let data = scratch.path().to_owned();
            (Some(scratch), data)
        }
    };
    let ledgers =
        open_guarded(&data, Clocks::of_this_machine(), new_incarnation(), &mut Bar::new("Catching up the views"))?;
    load(&ledgers)?;
    let ledgers = Arc::new(ledgers);
    show_quarter(&Source::of(Arc::clone(&ledgers), &data)?, screen)?;
    let Some(server) = server else {
        return screen.line(&format!("\nContinue with: {} demo", hints::program()));
    };
    let url = server.url();
    server.run(
        &data,
        |_| Ok(ledgers),
        || {
            screen.line(&hints::to_go_on(&url, args.data.as_deref(), screen.style()))?;
            screen.line(&format!("listening on {url}"))
        },
    )
}

/// Imports the quarter, unless the ledger already has events.
fn load(ledgers: &Ledgers) -> Result<(), Failure> {
    if ledgers.list()?.iter().any(|ledger| ledger.ledger == LEDGER && ledger.last_seq > 0) {
        return Ok(());
    }
    let damaged = |wrong: String| Failure::failed(format!("the demo quarter cannot be imported: {wrong}"));
    let checked = check_copy(QUARTER.as_bytes()).map_err(|fault| damaged(fault.to_string()))?;
    let slug = LedgerSlug::new(LEDGER).map_err(damaged)?;
    take(ledgers, &slug, &checked, || Ok(QUARTER.as_bytes()))
}

fn show_quarter(source: &Source, screen: &mut Screen) -> Result<(), Failure> {
    let style = screen.style();
    let about = |segments: &[&'static str]| Target::of(["ledgers", LEDGER].into_iter().chain(segments.iter().copied()));
    let title = |text: &str| style.bold(&format!("━━ {text} ━━"));

    let board = source.get(&about(&["cycles", CYCLE, "board"]))?;
    screen.line(&format!("{}\n", title("The board")))?;
    let confidence = read(&source.get(&about(&["cycles", CYCLE, "confidence"]))?)?;
    screen.line(&show::board(&read(&board)?, Some(&confidence), &[], style))?;

    screen.line(&format!("{}\n", title("How sure were people?")))?;
    screen.line(&show::confidence(&confidence, style))?;

    let audit = source.get(&about(&["key-results", KEY_RESULT, "audit"]))?;
    screen
        .line(&format!("{}\n", title("Why was the target of CAC eased in mid-quarter, by whom, on what evidence?")))?;
    screen.line(&show::audit(&read(&audit)?, style))?;

    let what_if = source.get(&about(&["cycles", CYCLE, "what-if"]).with("without", Some("adjustments")))?;
    screen.line(&format!("{}\n", title("What would the quarter have scored without?")))?;
    screen.line(show::what_if(&read(&what_if)?, None, style).trim_end())
}
