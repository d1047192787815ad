//! Calibration: stated confidences compared with the scores that followed.

use axum::response::Response;
use events::Number;
use maud::{Markup, html};
use projections::ask::calibration::{CalibrationGroup, GroupKind, Outcome};
use projections::ask::{self, BoardAsk, Calibration, Teams};
use rust_decimal::Decimal;

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::parts::{empty, level};
use super::trail::Names;
use super::view::View;
use super::{audit, brief, when};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};

pub(super) async fn calibration(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    page_request.draw(Calendar::Cycle(id.clone()), move |view| draw(view, &id)).await
}

fn draw(view: &View<'_>, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, id)?, view.look, "a cycle", id)?;
    let answer = found(ask::calibration(&known, id)?, view.look, "a cycle", id)?;
    let board = found(ask::board(&known, id, &BoardAsk::default())?, view.look, "a cycle", id)?;
    let teams = ask::teams(&known)?;
    let root = format!("/ledgers/{}", view.ledger.slug());
    let (names, _) = audit::subjects(&board, &root, view.as_of);
    let of_cycle = answer.groups.iter().find(|group| group.by == GroupKind::Cycle);
    let body = html! {
        div.heading { div {
            h1 { "Calibration" }
            p.quiet { "How far confidences could be believed: what was stated before the outcome was known, against the outcome. Goals are ranked, never people." }
        } }
        @match of_cycle {
            None => (empty("No forecast has an outcome yet", html! { "A key result has one when it is graded, or when the cycle is over." })),
            Some(group) => section.panel #forecasts { h2 { "What was stated, and what came of it" } p { (group.says) } (by_confidence(group)) },
        }
        @if answer.groups.len() > 1 { section.panel #groups { h2 { "By level and team" } (groups(&answer.groups, &teams)) } }
        @if !answer.key_results.is_empty() { section.panel #goals { h2 { "Key results, furthest off first" } (key_results(&answer, &names)) } }
        section.panel #signals {
            h2 { "Worth asking about" }
            @if answer.signals.is_empty() { p.quiet { "Nothing makes the confidences doubtful." } }
            ul.lines { @for one in &answer.signals { li { p { (linked(&names, one.key_result.as_str())) } p { (one.says) " " (events(&one.events, &root)) } } } }
        }
        @if !answer.hindsight.is_empty() {
            section.panel #hindsight {
                h2 { "Left out: said in hindsight" }
                ul.lines { @for one in &answer.hindsight { li {
                    p { (linked(&names, one.key_result.as_str())) }
                    p { (one.says) " " (events(&[one.seq], &root)) " " span.quiet.small { "recorded " (when::minute(one.recorded_at)) } }
                } } }
            }
        }
    };
    let here = Here::in_cycle(view, &brief(&cycle), Tab::Calibration);
    Ok(Drawn::page(Page { title: "Calibration".into(), here, body }))
}

/// Renders the shares as bars, each with a mark at the share expected if confidences were probabilities.
fn by_confidence(group: &CalibrationGroup) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Forecasts by confidence" {
            table.plain {
                thead { tr { th { "Confidence" } th.end { "Stated" } th.end { "Reached" } th.end { "Share" } th { "Against what it says" } } }
                tbody { @for row in &group.table {
                    @let chance = row.confidence.decimal().checked_div(Decimal::TEN).map(Number::from);
                    tr {
                        th scope="row" { (figure::confidence(Some(row.confidence))) }
                        td.end { (row.forecasts) }
                        td.end { (row.reached) }
                        td.end.nowrap { (figure::percent(row.share)) }
                        td { (level(row.share, chance, &format!("{} reached, {} stated", figure::percent(row.share), figure::percent(chance)))) }
                    }
                } }
            }
        }
    }
}

fn groups(groups: &[CalibrationGroup], teams: &Teams) -> Markup {
    let called = |name: &str| {
        let team = teams.teams.iter().find(|team| team.id.as_str() == name);
        team.map_or(name.to_owned(), |team| team.name.to_string())
    };
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="By level and team" {
            table.plain {
                thead { tr { th { "Of" } th.end { "Key results" } th.end { "Reached" } th.end { "Forecasts" } th.end { "Brier score" } } }
                tbody { @for group in groups {
                    tr {
                        th scope="row" { (group.by.word()) @if let Some(name) = &group.name { " " strong { (if group.by == GroupKind::Team { called(name) } else { name.clone() }) } } }
                        td.end { (group.key_results) }
                        td.end { (group.reached) }
                        td.end { (group.forecasts) }
                        td.end { span.figure { (figure::score(group.brier)) } }
                    }
                } }
            }
        }
        p.quiet.small { "The Brier score is the mean square of what each forecast was off by: 0 is perfect, 0.25 a coin, 1 always wrong." }
    }
}

fn key_results(answer: &Calibration, names: &Names) -> Markup {
    let word = |outcome| match outcome {
        Outcome::Reached => "reached",
        Outcome::Missed => "missed",
        Outcome::Open => "under way",
        Outcome::None => "none",
    };
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Key results" {
            table.plain.goals {
                thead { tr { th { "Key result" } th.end { "Expected" } th.end { "Final" } th { "Outcome" } th.end { "Forecasts" } th.end { "Hindsight" } th.end { "Brier score" } } }
                tbody { @for one in &answer.key_results {
                    tr {
                        th scope="row" { (linked(names, one.id.as_str())) }
                        td.end { (figure::score(Some(one.expected))) }
                        td.end { (figure::score(one.last)) }
                        td.nowrap { (word(one.outcome)) }
                        td.end { (one.forecasts) }
                        td.end { (one.hindsight) }
                        td.end { span.figure { (figure::score(one.brier)) } }
                    }
                } }
            }
        }
    }
}

fn linked(names: &Names, id: &str) -> Markup {
    match names.get(id) {
        Some((address, title)) => html! { a href=(address) { (title) } },
        None => html! { (id) },
    }
}

fn events(seqs: &[u64], root: &str) -> Markup {
    html! { @for seq in seqs { a.ref href={ (root) "/events/" (seq) } { "event " (seq) } " " } }
}
