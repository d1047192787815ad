//! `append`: records the entries of a file, over the HTTP interface.
//!
//! It can be run again: an event that is recorded already is answered with its first receipt.

mod entries;
mod outcome;
mod rehearsal;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::json;
use serde_json::value::RawValue;

use self::entries::{Entries, Item};
use self::outcome::Outcome;
use self::rehearsal::Rehearsal;
use super::ask::only_ledger;
use super::failure::Failure;
use super::screen::Screen;
use super::settings::{LedgerArg, PlaceArgs, Settings};
use super::source::{Answer, Missing, Problem, Source, Target};

/// How often a busy writer is asked again.
const TRIES: u32 = 10;

/// What can be said to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A CloudEvent, an array of them (one entry), JSON Lines of either, or a ledger's copy; `-` reads stdin
    file: PathBuf,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    ledger: LedgerArg,
    /// Check everything, as one entry; record nothing and make nothing
    #[arg(long)]
    dry_run: bool,
    /// Make the ledger, and the data folder, if they are not there
    #[arg(long)]
    create: bool,
    /// The title of a ledger that is made [default: that of the copy, else the slug]
    #[arg(long, requires = "create")]
    title: Option<String>,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let mut entries = Entries::of(open(&args.file)?);
    let first = entries.next().transpose()?;
    if first.is_none() {
        return Err(Failure::failed(format!("{}: nothing to append", args.file.display())));
    }
    let header = match &first {
        Some(Item::Header { ledger, title }) => Some((ledger.clone(), title.clone())),
        Some(Item::Entry(_)) | None => None,
    };
    let named = settings.ledger(&args.ledger).or_else(|| header.as_ref().map(|(ledger, _)| ledger.clone()));
    if args.create && named.is_none() {
        return Err(Failure::misused("a ledger that is made needs a name: --ledger"));
    }
    let place = settings.place(&args.place)?;
    let title = args.title.clone().or_else(|| header.map(|(_, title)| title));
    let mut outcome = Outcome::default();
    let entries = first.into_iter().map(Ok).chain(entries);
    if let (Some(ledger), true, true) = (&named, args.create, args.dry_run) {
        let tried = Rehearsal::of(place, ledger)?;
        if tried.makes.is_some() {
            create(&tried.source, ledger, title.as_deref().unwrap_or(ledger))?;
        }
        try_all(&tried.source, ledger, entries, &mut outcome, screen)?;
        let makes = tried.makes.map(|makes| format!("; {makes} would be made")).unwrap_or_default();
        return screen.line(&format!("{}{makes}", outcome.would_be(ledger, &tried.destination)));
    }
    let source = Source::open(place, if args.create { Missing::Make } else { Missing::Refuse })?;
    let ledger = match named {
        Some(named) => named,
        None => only_ledger(&source)?,
    };
    let destination = source.to_string();
    if args.dry_run {
        try_all(&source, &ledger, entries, &mut outcome, screen)?;
        return screen.line(&outcome.would_be(&ledger, &destination));
    }
    if args.create {
        create(&source, &ledger, title.as_deref().unwrap_or(&ledger))?;
    }
    match record_all(&source, &ledger, entries, &mut outcome, screen) {
        Ok(()) => screen.line(&outcome.sums_up(&ledger, &destination)),
        Err(Failure::Failed(says)) => {
            Err(Failure::failed(format!("{says}\n{}", outcome.stops_at(&ledger, &destination))))
        }
        Err(other) => Err(other),
    }
}

fn open(file: &PathBuf) -> Result<Box<dyn Read>, Failure> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    let opened = File::open(file).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    Ok(Box::new(BufReader::new(opened)))
}

fn create(source: &Source, ledger: &str, title: &str) -> Result<(), Failure> {
    let body = json!({ "title": title }).to_string().into_bytes();
    let answer = source.put(Method::PUT, &Target::of(["ledgers", ledger]), "application/json", body)?;
    if answer.status.is_success() { Ok(()) } else { Err(Problem::of(&answer).failure()) }
}

/// Records entry after entry, up to the first that is refused.
fn record_all(
    source: &Source,
    ledger: &str,
    entries: impl Iterator<Item = Result<Item, Failure>>,
    outcome: &mut Outcome,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let target = Target::of(["ledgers", ledger, "events"]);
    for item in entries {
        let Item::Entry(entry) = item? else { continue };
        let answer = submit(source, &target, &entry.events, entry.is_list)?;
        outcome.take(&entry, &answer, screen)?;
    }
    Ok(())
}

/// Tries all entries as one, because each may rest on those before it. Those that are recorded already are left out.
fn try_all(
    source: &Source,
    ledger: &str,
    entries: impl Iterator<Item = Result<Item, Failure>>,
    outcome: &mut Outcome,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let target = Target::of(["ledgers", ledger, "events"]).with("dry_run", Some(true));
    let mut together: Vec<Box<RawValue>> = Vec::new();
    let mut lines = Vec::new();
    for item in entries {
        let Item::Entry(entry) = item? else { continue };
        if together.is_empty() {
            let answer = submit(source, &target, &entry.events, entry.is_list)?;
            if answer.is_replay() {
                outcome.take(&entry, &answer, screen)?;
                continue;
            }
        }
        lines.extend(entry.events.iter().map(|_| entry.line));
        together.extend(entry.events);
    }
    if together.is_empty() {
        return Ok(());
    }
    let answer = submit(source, &target, &together, true)?;
    outcome.take_tried(&lines, &answer, screen)
}

/// Submits an entry. A writer that is busy is waited for.
fn submit(source: &Source, target: &Target, events: &[Box<RawValue>], is_list: bool) -> Result<Answer, Failure> {
    let (content_type, body) = match events {
        [one] if !is_list => ("application/cloudevents+json", one.get().to_owned()),
        many => {
            let texts: Vec<&str> = many.iter().map(|event| event.get()).collect();
            ("application/cloudevents-batch+json", format!("[{}]", texts.join(",")))
        }
    };
    let mut tries = 1;
    loop {
        let answer = source.put(Method::POST, target, content_type, body.clone().into_bytes())?;
        match answer.retry_after() {
            Some(seconds) if answer.status == StatusCode::SERVICE_UNAVAILABLE && tries < TRIES => {
                std::thread::sleep(Duration::from_secs(seconds.min(5)));
                tries += 1;
            }
            _ => return Ok(answer),
        }
    }
}
