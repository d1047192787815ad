//! The questions of the HTTP contract as commands: each builds a path and a query, and prints the answer as a table or
//! as the exact JSON.

mod attention;
mod audit;
mod board;
mod board_reports;
mod calibration;
mod changes;
mod confidence;
mod cycles;
mod document;
mod events;
mod goalposts;
mod ledger_client;
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
pub(crate) use events::Events;
pub(crate) use goalposts::Goalposts;
pub(crate) use ledger_client::{LedgerClient, only_ledger};
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
    /// The type of the JSON answer.
    type Answer: DeserializeOwned;

    /// Returns the targets to try in order; the first that does not answer 404 is used.
    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure>;

    /// Lays out the answer for people. Facts missing from the answer are fetched with `client`.
    fn show(&self, answer: &Self::Answer, client: &LedgerClient<'_>, style: Style) -> Result<String, Failure>;

    /// Returns the output options, for questions that have them.
    fn document(&self) -> Option<&Document> {
        None
    }

    /// Returns how much is wanted beyond these pages. A page can be short or even empty although others follow.
    fn rest(&self, _pages: &[Vec<u8>]) -> Result<Rest, Failure> {
        Ok(Rest::Nothing)
    }

    /// Joins the bodies of all pages into one.
    fn joined(&self, pages: &[Vec<u8>]) -> Result<Vec<u8>, Failure> {
        Ok(pages.concat())
    }

    /// Returns true if the answer is played frame by frame.
    fn is_played(&self) -> bool {
        false
    }

    /// Plays the answer on the screen.
    fn play(&self, answer: &Self::Answer, client: &LedgerClient<'_>, screen: &mut Screen) -> Result<(), Failure> {
        screen.line(figure::without_direction_marks(self.show(answer, client, screen.style())?).trim_end())
    }
}

/// The amount wanted beyond the pages already read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    Nothing,
    Everything,
    /// At most this many items.
    AtMost(usize),
}

/// A question with its source, its ledger and its layout.
#[derive(Debug, clap::Args)]
pub(crate) struct Ask<Q: Question> {
    #[command(flatten)]
    question: Q,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    ledger: LedgerArg,
    /// Answer as of a past moment, with the events recorded by then: an event's number, a date, or an RFC 3339 time
    #[arg(long, value_name = "SEQ|DATE|TIME")]
    as_of: Option<String>,
    /// Print the answer's JSON, as over HTTP
    #[arg(long)]
    json: bool,
    /// Print the answer as Markdown
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Lay out in this many columns [default: the terminal's width, 120 elsewhere]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    width: Option<u16>,
}

pub(crate) fn run<Q: Question>(ask: &Ask<Q>, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let source = Source::open(settings.place(&ask.place)?, Missing::Refuse)?;
    let client = LedgerClient::new(&source, settings.ledger(&ask.ledger), ask.as_of.clone())?;
    if let Some(width) = ask.width {
        screen.lay_out_in(width);
    }
    let (target, mut answer) = first_answer(&source, ask.question.targets(&client)?, client.as_of())?;
    if answer.next_after().is_some() {
        answer = read_rest(&source, &ask.question, &target, answer)?;
    }
    let form = ask.question.document().map_or(Ok(Form::Table), Document::form)?;
    match (ask.json, ask.question.document(), form) {
        (true, _, _) => print_json(&answer.body, screen)?,
        (false, Some(document), Form::Json | Form::Pack(_)) => document.put(form, &answer.body, screen)?,
        (false, _, _) if ask.question.is_played() => ask.question.play(&read(&answer.body)?, &client, screen)?,
        (false, document, _) => {
            let style = if ask.markdown { Style::MARKDOWN } else { screen.style() };
            let shown = ask.question.show(&read(&answer.body)?, &client, style)?;
            let shown = figure::without_direction_marks(shown.trim_end().to_owned());
            match document {
                Some(document) => document.put(form, format!("{shown}\n").as_bytes(), screen)?,
                None => screen.line(&shown)?,
            }
        }
    }
    // A truncated answer without a notice looks complete.
    if let Some(after) = answer.next_after() {
        aside(&format!("more results follow: continue with --after {after}, or set --limit, at most 1000"));
    }
    Ok(())
}

/// Reads the following pages as far as they are wanted, as of the seq of the first page, and joins them.
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

/// Prints an answer byte for byte, with a final line break.
fn print_json(body: &[u8], screen: &mut Screen) -> Result<(), Failure> {
    screen.json(body)?;
    if body.ends_with(b"\n") { Ok(()) } else { screen.bytes(b"\n") }
}

/// Parses an answer.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let unescaped = without_escapes(body);
    serde_json::from_slice(unescaped.as_deref().unwrap_or(body)).map_err(|error| {
        Failure::failed(format!(
            "this version of okr-ledger cannot read the answer ({error}): --json prints it unchanged"
        ))
    })
}

/// Returns the answer without escape characters in its texts, or `None` if there are none. A ledger records no escape
/// characters, but any program may listen at a URL, and in a layout they would pass for this program's colours.
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

/// Returns the first answer other than 404, with its target.
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
    Err(Failure::failed(merged_details(&unknown)))
}

/// Merges the 404 details of several targets, which differ only in the kind of resource named at the end.
fn merged_details(unknown: &[String]) -> String {
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
