//! Moved goalposts: changes after the start and their effect, beside the ladder; and the scores without some of them.

mod groups;
mod supposed;

use axum::response::Response;
use maud::{Markup, html};
use projections::ask::goalposts::{Goalposts, Move, Replacement, Scope};
use projections::ask::{self, BoardAsk, Rungs};

use self::supposed::Supposed;
use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::parts::{empty, level};
use super::trail::Names;
use super::view::View;
use super::{audit, brief, trail, when};
use crate::figure::{self, days_left};
use crate::http::what_if;
use crate::ledger::Error;
use crate::request::omissions;
use crate::request::question::{Calendar, found};

pub(super) async fn goalposts(mut page_request: PageRequest) -> Response {
    let ask = omissions::supposed(&mut page_request.params);
    let id = page_request.id.clone();
    page_request.draw(Calendar::Cycle(id.clone()), move |view| draw(view, &id, &ask)).await
}

fn draw(view: &View<'_>, id: &str, ask: &ask::WhatIfAsk) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, id)?, view.look, "a cycle", id)?;
    let moved = found(ask::goalposts(&known, id)?, view.look, "a cycle", id)?;
    let board = found(ask::board(&known, id, &BoardAsk::default())?, view.look, "a cycle", id)?;
    let teams = ask::teams(&known)?;
    let answer = match *ask == ask::WhatIfAsk::default() {
        true => None,
        false => Some(what_if::answered(view.ledger, view.look, id, ask)?),
    };
    let root = format!("/ledgers/{}", view.ledger.slug());
    let path = format!("{root}/cycles/{id}/goalposts");
    let (names, _) = audit::subjects(&board, &root, view.as_of);
    let supposed = Supposed { path: &path, as_of: view.as_of, ask, answer: answer.as_deref(), board: &board };
    let body = html! {
        div.heading { div {
            h1 { "Goalposts" }
            p.quiet { "What was moved after the start of " (cycle.title) ", how far, how late, why, and what it brought." }
        } }
        @if moved.started.is_none() {
            (empty("Nothing can be moved yet", html! { "The cycle is not started: until then its goals are being agreed." }))
        } @else {
            (figures(&moved))
            section.panel #ladder {
                h2 { "The score, judged four ways" }
                (rungs(&moved.ladder))
            }
            (supposed.draw(&moved.moves, &names))
            @if !moved.moves.is_empty() {
                section.panel #groups { h2 { "Where it was moved" } (groups::groups(&moved, &teams, &root, view.as_of)) }
                section.panel #moves {
                    h2 { "Move by move" }
                    ol.trail { @for one in moved.moves.iter().rev() { (line(one, &root, &names, &supposed)) } }
                }
            }
            section.panel #scope { h2 { "What was set at the start, and what is scored" } (scope(&moved.scope, &root, &names)) }
        }
    };
    Ok(Drawn::page(Page {
        title: "Goalposts".into(),
        here: Here::in_cycle(view, &brief(&cycle), Tab::Goalposts),
        body,
    }))
}

fn figures(moved: &Goalposts) -> Markup {
    let all = &moved.total;
    let ways = figure::ways(all);
    html! {
        section.summary.three aria-label="In short" {
            div.stat {
                span.label { "Lift" }
                span.big { (figure::signed(moved.lift)) }
                span.quiet { "what moving the goalposts brought the computed score" }
            }
            div.stat {
                span.label { "Moves after the start" }
                span.big { (all.moves) }
                span.quiet { (if ways.is_empty() { "nothing was moved".to_owned() } else { ways.join(", ") }) }
            }
            div.stat {
                span.label { "The latest move" }
                span.big { (all.days_left_least.map_or(figure::NONE.into(), days_left)) }
                span.quiet { "on average " (figure::percent(all.elapsed_mean)) " of the cycle was gone" }
            }
        }
    }
}

/// Renders the four rungs as bars, with a mark at the score as agreed at the start.
fn rungs(ladder: &Rungs) -> Markup {
    let steps = [
        ("As agreed at the start", "by the targets and the scope of the first day", ladder.original),
        ("By each wording for its time", "every wording counts for as long as it was in force", ladder.time_weighted),
        ("As worded at the end", "the computed score of the board", ladder.final_wording),
        ("As graded", "the score that counts: people graded", ladder.as_graded),
    ];
    html! {
        ol.rungs {
            @for (name, says, score) in steps {
                li {
                    div { strong { (name) } span.quiet.small { (says) } }
                    (level(score, ladder.original, &format!("{name}: {}", figure::score(score))))
                    span.figure { (figure::score(score)) }
                }
            }
        }
    }
}

fn line(one: &Move, root: &str, names: &Names, supposed: &Supposed<'_>) -> Markup {
    html! {
        li.line.adjustment {
            p.eyebrow {
                (when::minute(one.time)) " · " a href={ (root) "/events/" (one.seq) } { "event " (one.seq) }
                " · " (days_left(one.days_left)) ", " (figure::percent(Some(one.elapsed))) " of the cycle gone"
            }
            @if let Some((address, title)) = names.get(one.subject.as_str()) { p.about { a href=(address) { (title) } } }
            p.says { (trail::sentence(&one.summary)) }
            p.small.quiet {
                @if one.share.is_some() { "Of the way first agreed it took off " strong { (figure::percent(one.share)) } ". " }
                "It brought the cycle's computed score " strong { (figure::signed(one.lift)) } ". "
                a href=(supposed.without(one.seq)) { "What if it had not been?" }
            }
        }
    }
}

fn scope(scope: &Scope, root: &str, names: &Names) -> Markup {
    let title = |id: &events::SubjectId, given: events::Ref, title: &events::Text| match names.get(id.as_str()) {
        Some((address, title)) => html! { a href=(address) { (title) } },
        None => html! { span.ref { (given) } " " (title) },
    };
    let event = |seq: u64| html! { a href={ (root) "/events/" (seq) } { "event " (seq) } };
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Scope" {
            table.plain {
                thead { tr { th { "" } th.end { "Set at the start" } th.end { "Retired since" } th.end { "Drafted later" } th.end { "Stand" } th.end { "With a score" } } }
                tbody { @for (what, of) in [("Objectives", scope.objectives), ("Key results", scope.key_results)] {
                    tr { th scope="row" { (what) }
                        @for n in [of.set_at_start, of.vanished, of.appeared, of.standing, of.scored] { td.end { (n) } } }
                } }
            }
        }
        @if scope.vanished.is_empty() && scope.appeared.is_empty() { p.quiet { "All that was set at the start stands, and nothing else." } }
        @if !scope.vanished.is_empty() {
            h3 { "Gone" }
            ul.story { @for one in &scope.vanished { li {
                (title(&one.id, one.given, &one.title)) ", " (days_left(one.days_left)) " (" (event(one.seq)) ")"
                @if one.with_objective { ", with its objective" }
                ": " strong { (one.justification.cause.as_str().replace('_', " ")) ". " } span.prose { (one.justification.statement) }
                @if !one.replaced_by.is_empty() { " In its place: " (one.replaced_by.iter().map(Replacement::name).collect::<Vec<_>>().join("; ")) "." }
            } } }
        }
        @if !scope.appeared.is_empty() {
            h3 { "New" }
            ul.story { @for one in &scope.appeared { li {
                (title(&one.id, one.given, &one.title)) ", " (days_left(one.days_left)) " (" (event(one.seq)) ")"
                @if !one.replaces.is_empty() { ", in the place of " (one.replaces.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")) }
                @if !one.stands { ", retired again" }
                "."
            } } }
        }
    }
}
