//! `append`: records the entries of a file, over the HTTP interface.
//!
//! The command can be repeated after an interruption: for an event that is already recorded, the server returns the
//! first receipt.

mod entries;
mod rehearsal;
mod summary;
mod wave;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use projections::rules::ENTRY_EVENTS_MAX;
use serde_json::json;
use serde_json::value::RawValue;

use self::entries::{Entries, Entry, Item};
use self::rehearsal::Rehearsal;
use self::summary::Summary;
use self::wave::Waves;
use super::ask::only_ledger;
use super::failure::Failure;
use super::progress::{SharedBar, Watched};
use super::screen::Screen;
use super::settings::{LedgerArg, LedgersMaxArg, PlaceArgs, Settings};
use super::source::{Answer, Missing, Problem, Source, Target};

/// Attempts per entry while the writer is busy.
const TRIES: u32 = 10;

const BUFFER_BYTES: usize = 64 << 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A CloudEvent, an array of them (one entry), JSON Lines of either, or a ledger's copy; `-` reads stdin
    file: PathBuf,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    ledger: LedgerArg,
    /// Check everything as one entry; record and create nothing
    #[arg(long)]
    dry_run: bool,
    /// Create the ledger and the data folder if they do not exist
    #[arg(long)]
    create: bool,
    /// Title of a new ledger [default: that of the copy, else the slug]
    #[arg(long, requires = "create")]
    title: Option<String>,
    #[command(flatten)]
    ledgers_max: LedgersMaxArg,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let bar = SharedBar::of_bytes(if args.dry_run { "Reading" } else { "Recording" });
    let mut entries = Entries::of(open(&args.file, &bar)?);
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
        return Err(Failure::misused("a new ledger needs a name: set it with --ledger"));
    }
    let place = settings.place(&args.place)?;
    let title = args.title.clone().or_else(|| header.map(|(_, title)| title));
    let mut summary = Summary::default();
    let entries = first.into_iter().map(Ok).chain(entries);
    if let (Some(ledger), true, true) = (&named, args.create, args.dry_run) {
        let tried = Rehearsal::of(place, ledger)?;
        if tried.makes.is_some() {
            create(&tried.source, ledger, title.as_deref().unwrap_or(ledger))?;
        }
        if tried.makes.is_some() {
            try_in_scratch(&tried, ledger, entries, &mut summary, screen)?;
        } else {
            try_all(&tried.source, ledger, entries, &mut summary, screen)?;
        }
        let makes = tried.makes.map(|makes| format!("; {makes} would be created")).unwrap_or_default();
        return screen.line(&format!("{}{makes}", summary.would_be(ledger, &tried.destination)));
    }
    let source = Source::open(place, if args.create { Missing::Make } else { Missing::Refuse })?;
    source.set_ledgers_max(settings.ledgers_max(&args.ledgers_max));
    let ledger = match named {
        Some(named) => named,
        None => only_ledger(&source)?,
    };
    let destination = source.to_string();
    if args.dry_run {
        try_all(&source, &ledger, entries, &mut summary, screen)?;
        return screen.line(&summary.would_be(&ledger, &destination));
    }
    if args.create {
        create(&source, &ledger, title.as_deref().unwrap_or(&ledger))?;
    }
    let recorded =
        record_all(&source, &ledger, entries, &mut summary, &mut |line| bar.while_hidden(|| screen.line(line)));
    bar.clear();
    match recorded {
        Ok(()) => screen.line(&summary.recorded(&ledger, &destination)),
        Err(Failure::Failed(says)) => {
            Err(Failure::failed(format!("{says}\n{}", summary.interrupted(&ledger, &destination))))
        }
        Err(other) => Err(other),
    }
}

/// A file or stdin; reading it advances the progress bar.
type Opened = BufReader<Watched<Box<dyn Read>, SharedBar>>;

fn open(file: &PathBuf, bar: &SharedBar) -> Result<Opened, Failure> {
    let (opened, bytes): (Box<dyn Read>, u64) = if file.as_os_str() == "-" {
        (Box::new(std::io::stdin()), 0)
    } else {
        let opened = File::open(file).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
        let bytes = opened.metadata().map_or(0, |file| file.len());
        (Box::new(opened), bytes)
    };
    // The bar advances per buffer: an update for every byte would cost more than the reading.
    Ok(BufReader::with_capacity(BUFFER_BYTES, Watched::new(opened, bytes, bar.clone())))
}

fn create(source: &Source, ledger: &str, title: &str) -> Result<(), Failure> {
    let body = json!({ "title": title }).to_string().into_bytes();
    let answer = source.put(Method::PUT, &Target::of(["ledgers", ledger]), "application/json", body)?;
    if answer.status.is_success() { Ok(()) } else { Err(Problem::of(&answer).failure()) }
}

/// Records the entries in order, up to the first refusal.
fn record_all(
    source: &Source,
    ledger: &str,
    entries: impl Iterator<Item = Result<Item, Failure>>,
    summary: &mut Summary,
    tell: &mut dyn FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let target = Target::of(["ledgers", ledger, "events"]);
    let mut waves = Waves::of(entries);
    loop {
        let wave = waves.next()?;
        if wave.is_empty() {
            return Ok(());
        }
        let answers = submit_all(source, &target, &wave).inspect_err(|_| summary.mark_unanswered())?;
        // Other entries of the wave may have been recorded although one was refused; they are counted.
        let mut wrong = Vec::new();
        for (entry, answer) in wave.iter().zip(answers) {
            let answer = answer.inspect_err(|_| summary.mark_unanswered());
            let taken = answer.and_then(|answer| summary.add(entry, &answer, tell));
            match taken {
                Ok(()) if wrong.is_empty() => {}
                Ok(()) => summary.count_later(),
                Err(Failure::Failed(says)) => wrong.push(says),
                Err(other) => return Err(other),
            }
        }
        if !wrong.is_empty() {
            return Err(Failure::failed(wrong.join("\n")));
        }
    }
}

/// Submits independent entries concurrently, retrying while the writer is busy.
fn submit_all(source: &Source, target: &Target, wave: &[Entry]) -> Result<Vec<Result<Answer, Failure>>, Failure> {
    if let [only] = wave {
        return Ok(vec![submit(source, target, &only.events, only.is_list)]);
    }
    let bodies = wave.iter().map(|entry| body(&entry.events, entry.is_list)).collect();
    let mut answers = source.post_all(target, bodies)?;
    for (entry, answer) in wave.iter().zip(&mut answers) {
        if answer.as_ref().is_ok_and(is_busy) {
            *answer = submit(source, target, &entry.events, entry.is_list);
        }
    }
    Ok(answers)
}

/// Tries all new entries as one, because each may depend on earlier ones. Entries that are already recorded are
/// skipped.
fn try_all(
    source: &Source,
    ledger: &str,
    entries: impl Iterator<Item = Result<Item, Failure>>,
    summary: &mut Summary,
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
                summary.add(&entry, &answer, &mut |line| screen.line(line))?;
                continue;
            }
        }
        if !together.is_empty() && together.len() + entry.events.len() > ENTRY_EVENTS_MAX {
            return Err(Failure::failed(format!(
                "line {}: a dry run tries all new events as one entry, which can contain at most {ENTRY_EVENTS_MAX} \
                 events, and the file has more. Try them in a copy of the data folder instead: `okr-ledger backup --to \
                 COPIES`, `okr-ledger restore --from COPIES --data TRIAL`, then append to it without --dry-run \
                 (--ledger {ledger} --data TRIAL)",
                entry.line
            )));
        }
        lines.extend(entry.events.iter().map(|_| entry.line));
        together.extend(entry.events);
    }
    if together.is_empty() {
        return Ok(());
    }
    let answer = submit(source, &target, &together, true)?;
    summary.add_dry_run(&lines, &answer, screen)
}

/// Tries entries in a temporary ledger. Up to the size of one entry they are tried as one, so that every violation is
/// reported; longer files are recorded there entry by entry, up to the first refusal.
fn try_in_scratch(
    tried: &Rehearsal,
    ledger: &str,
    entries: impl Iterator<Item = Result<Item, Failure>>,
    summary: &mut Summary,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let mut entries = entries;
    let mut first = Vec::new();
    let mut events = 0;
    while events <= ENTRY_EVENTS_MAX {
        match entries.next().transpose()? {
            None => return try_all(&tried.source, ledger, first.into_iter().map(Ok), summary, screen),
            Some(item) => {
                events += if let Item::Entry(entry) = &item { entry.events.len() } else { 0 };
                first.push(item);
            }
        }
    }
    let all = first.into_iter().map(Ok).chain(entries);
    record_all(&tried.source, ledger, all, summary, &mut |line| screen.line(line)).map_err(|failure| match failure {
        Failure::Failed(says) => {
            let before = summary.would_be(ledger, &tried.destination);
            Failure::failed(format!("{says}\n{before}; the rest was not tried"))
        }
        other => other,
    })
}

/// Submits an entry, retrying while the writer is busy.
fn submit(source: &Source, target: &Target, events: &[Box<RawValue>], is_list: bool) -> Result<Answer, Failure> {
    let (content_type, body) = body(events, is_list);
    let mut tries = 1;
    loop {
        let answer = source.put(Method::POST, target, content_type, body.clone())?;
        match answer.retry_after() {
            Some(seconds) if is_busy(&answer) && tries < TRIES => {
                std::thread::sleep(Duration::from_secs(seconds.min(5)));
                tries += 1;
            }
            _ => return Ok(answer),
        }
    }
}

fn is_busy(answer: &Answer) -> bool {
    answer.status == StatusCode::SERVICE_UNAVAILABLE && answer.retry_after().is_some()
}

/// Returns the content type and the body of an entry.
fn body(events: &[Box<RawValue>], is_list: bool) -> (&'static str, Vec<u8>) {
    match events {
        [one] if !is_list => ("application/cloudevents+json", one.get().as_bytes().to_vec()),
        many => {
            let texts: Vec<&str> = many.iter().map(|event| event.get()).collect();
            ("application/cloudevents-batch+json", format!("[{}]", texts.join(",")).into_bytes())
        }
    }
}
