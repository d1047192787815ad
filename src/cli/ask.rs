//! The questions of the HTTP contract as commands: each builds the very path and query, and shows the answer as a table
//! or as the exact JSON.

mod attention;
mod audit;
mod board;
mod board_reports;
mod calibration;
mod changes;
mod confidence;
mod cycles;
mod document;
mod door;
mod events;
mod goalposts;
mod lineage;
mod policy;
mod proposals;
mod replay;
mod retro;
mod under_policy;
mod what_if;

use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use attention::Attention;
pub(crate) use audit::Audit;
pub(crate) use board::Board;
pub(crate) use board_reports::{BoardReport, BoardReports, Restatements};
pub(crate) use calibration::Calibration;
pub(crate) use changes::Changes;
pub(crate) use confidence::Confidence;
pub(crate) use cycles::{Cycles, Ledgers, ledgers};
pub(crate) use document::{Document, Form};
pub(crate) use door::{Door, only_ledger};
pub(crate) use events::Events;
pub(crate) use goalposts::Goalposts;
pub(crate) use lineage::Lineage;
pub(crate) use policy::Policy;
pub(crate) use proposals::Proposals;
pub(crate) use replay::Replay;
pub(crate) use retro::Retro;
pub(crate) use under_policy::UnderPolicy;
pub(crate) use what_if::WhatIf;

use super::failure::Failure;
use super::screen::{Screen, Style, aside, printable};
use super::settings::{LedgerArg, PlaceArgs, Settings};
use super::source::{Answer, Missing, Problem, Source, Target};
use crate::figure;

/// A question of the HTTP contract.
pub(crate) trait Question: clap::Args {
    /// What answers it.
    type Answer: DeserializeOwned;

    /// Where it is asked. Of several places the first that knows what is meant answers.
    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure>;

    /// Lays out the answer for people. What the answer leaves unsaid is asked for, through the door.
    fn show(&self, answer: &Self::Answer, door: &Door<'_>, style: Style) -> Result<String, Failure>;

    /// In which form and where to the answer is wanted, where that can be said.
    fn document(&self) -> Option<&Document> {
        None
    }

    /// How much is wanted beyond these pages. A page may hold less than was asked for, or nothing, though others follow.
    fn rest(&self, _pages: &[Vec<u8>]) -> Result<Rest, Failure> {
        Ok(Rest::Nothing)
    }

    /// The bodies of all pages as one.
    fn joined(&self, pages: &[Vec<u8>]) -> Result<Vec<u8>, Failure> {
        Ok(pages.concat())
    }

    /// Whether the answer is played rather than shown.
    fn is_played(&self) -> bool {
        false
    }

    /// Plays the answer.
    fn play(&self, answer: &Self::Answer, door: &Door<'_>, screen: &mut Screen) -> Result<(), Failure> {
        screen.line(figure::unturned(self.show(answer, door, screen.style())?).trim_end())
    }
}

/// What is wanted beyond the pages that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    Nothing,
    Everything,
    /// At most so many items.
    AtMost(usize),
}

/// A question, of whom it is asked, and how the answer is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Ask<Q: Question> {
    #[command(flatten)]
    question: Q,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    ledger: LedgerArg,
    /// What the ledger knew at a moment of the past: an event's number, a date, or an RFC 3339 time
    #[arg(long, value_name = "SEQ|DATE|TIME")]
    as_of: Option<String>,
    /// Print the answer as it comes over HTTP
    #[arg(long)]
    json: bool,
    /// Print the answer as Markdown, for a document
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Lay it out in so many columns [default: the terminal's, 120 elsewhere]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    width: Option<u16>,
}

pub(crate) fn run<Q: Question>(ask: &Ask<Q>, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let source = Source::open(settings.place(&ask.place)?, Missing::Refuse)?;
    let door = Door::new(&source, settings.ledger(&ask.ledger), ask.as_of.clone())?;
    if let Some(width) = ask.width {
        screen.lay_out_in(width);
    }
    let (target, mut answer) = first_answer(&source, ask.question.targets(&door)?, door.as_of())?;
    if answer.next_after().is_some() {
        answer = read_rest(&source, &ask.question, &target, answer)?;
    }
    let form = ask.question.document().map_or(Ok(Form::Table), Document::form)?;
    match (ask.json, ask.question.document(), form) {
        (true, _, _) => print_json(&answer.body, screen)?,
        (false, Some(document), Form::Json | Form::Pack(_)) => document.put(form, &answer.body, screen)?,
        (false, _, _) if ask.question.is_played() => ask.question.play(&read(&answer.body)?, &door, screen)?,
        (false, document, _) => {
            let style = if ask.markdown { Style::MARKDOWN } else { screen.style() };
            let shown = ask.question.show(&read(&answer.body)?, &door, style)?;
            let shown = figure::unturned(shown.trim_end().to_owned());
            match document {
                Some(document) => document.put(form, format!("{shown}\n").as_bytes(), screen)?,
                None => screen.line(&shown)?,
            }
        }
    }
    // What is cut off without a word looks like the whole.
    if let Some(after) = answer.next_after() {
        aside(&format!("there are more: go on with --after {after}, or take up to 1000 with --limit"));
    }
    Ok(())
}

/// Reads the pages that follow as far as they are wanted, as of the first one, and puts them together.
fn read_rest<Q: Question>(
    source: &Source,
    question: &Q,
    target: &Target,
    mut first: Answer,
) -> Result<Answer, Failure> {
    let mut pages = vec![std::mem::take(&mut first.body)];
    let seq = first.headers.get("ledger-seq").and_then(|seq| seq.to_str().ok()).map(str::to_owned);
    while let Some(from) = first.next_after() {
        let next = target.clone().set("as_of", seq.as_ref()).set("after", Some(from));
        let next = match question.rest(&pages)? {
            Rest::Nothing => break,
            Rest::Everything => next,
            Rest::AtMost(limit) => next.set("limit", Some(limit)),
        };
        let page = source.ask(&next)?;
        if !page.status.is_success() {
            return Err(Problem::of(&page).failure());
        }
        pages.push(page.body);
        first.headers.remove(header::LINK);
        first.headers.extend(page.headers.get(header::LINK).map(|link| (header::LINK, link.clone())));
    }
    let body = if pages.len() == 1 { pages.concat() } else { question.joined(&pages)? };
    Ok(Answer { body, ..first })
}

/// Prints an answer's very bytes.
fn print_json(body: &[u8], screen: &mut Screen) -> Result<(), Failure> {
    screen.json(body)?;
    if body.ends_with(b"\n") { Ok(()) } else { screen.bytes(b"\n") }
}

/// Reads an answer.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let unescaped = without_escapes(body);
    serde_json::from_slice(unescaped.as_deref().unwrap_or(body)).map_err(|error| {
        Failure::failed(format!("the answer is not what this version of okr-ledger expects ({error}): --json shows it"))
    })
}

/// An answer without escape characters in its texts, if it has any: laid out, they would pass for our own colours. What a
/// ledger records has none; what listens at a URL may send anything.
fn without_escapes(body: &[u8]) -> Option<Vec<u8>> {
    let is_escape = |six: &[u8]| six.eq_ignore_ascii_case(b"\\u001b");
    if !body.windows(6).any(is_escape) {
        return None;
    }
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    let mut waiting = vec![&mut answer];
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) => *text = printable(text).into_owned(),
            Value::Array(values) => waiting.extend(values),
            Value::Object(fields) => waiting.extend(fields.values_mut()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    serde_json::to_vec(&answer).ok()
}

/// The first answer that is not "no such thing".
fn first_answer(source: &Source, targets: Vec<Target>, as_of: Option<&str>) -> Result<(Target, Answer), Failure> {
    let mut unknown: Vec<String> = Vec::new();
    for target in targets {
        let answer = source.ask(&target.clone().with("as_of", as_of))?;
        if answer.status.is_success() {
            return Ok((target, answer));
        }
        let problem = Problem::of(&answer);
        if answer.status != StatusCode::NOT_FOUND {
            return Err(problem.failure());
        }
        let says = problem.text();
        if !unknown.contains(&says) {
            unknown.push(says);
        }
    }
    Err(Failure::failed(said_once(&unknown)))
}

/// What several places say that know nothing of it: they differ in what each of them is asked for, at the end.
fn said_once(unknown: &[String]) -> String {
    match unknown {
        [first, _, ..] => {
            let says = first.rsplit_once("; ").map_or(first.as_str(), |(says, _)| says);
            format!("{says}; a key result, an objective or a cycle is expected here")
        }
        one => one.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_strange_server_sends_does_not_pass_for_colours() {
        let body = br#"{"title": "a\u001B[8mb\u001b[0m", "list": [{"x": "\u001b]0;t\u0007"}], "n": 1.10}"#;
        let read: Value = read(body).unwrap();
        assert_eq!(read.to_string(), r#"{"list":[{"x":"]0;t"}],"n":1.10,"title":"a[8mb[0m"}"#);
        assert_eq!(without_escapes(br#"{"title": "plain"}"#), None);
    }
}
