//! The list of ledgers, and the cycles of one.

use std::sync::Arc;

use axum::response::Response;
use maud::{Markup, html};
use projections::ask::{self, CycleBrief};
use projections::rows::CycleState;

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest, drawn};
use super::parts::empty;
use super::{error_page, when};
use crate::figure;
use crate::ledger::LedgerInfo;
use crate::request::question::Calendar;

/// Ledgers per page.
const PAGE: usize = 100;

/// Lists the ledgers, a page at a time.
pub(super) async fn all(page_request: PageRequest) -> Response {
    let PageRequest { served, headers, mut params, actor, .. } = page_request;
    let after = params.text("after").unwrap_or_default();
    if let Err(problem) = params.end() {
        return error_page::page(&problem, actor.as_deref());
    }
    let ledgers = Arc::clone(&served.ledgers);
    drawn(&served, &headers, actor, move || {
        let (ledgers, has_more) = ledgers.page(&after, PAGE)?;
        let next = ledgers.last().filter(|_| has_more).map(|last| when::address("/", &[("after", Some(&last.ledger))]));
        Ok(Page { title: "Ledgers".into(), here: Here::nowhere(), body: shelf(&ledgers, next.as_deref()) })
    })
    .await
}

fn shelf(ledgers: &[LedgerInfo], next: Option<&str>) -> Markup {
    html! {
        h1 { "Ledgers" }
        p.lead { "Each is the book of one organisation: what was decided, measured and changed, and why." }
        @if ledgers.is_empty() {
            (empty("No ledger yet", html! { "Make one with " code { "PUT /v1/ledgers/{name}" } ", or look at " code { "okr-ledger demo" } "." }))
        }
        ul.cards {
            @for ledger in ledgers {
                li { a.card href={ "/ledgers/" (ledger.ledger) } {
                    span.title { (ledger.title) }
                    span.quiet { (ledger.ledger) " · " (figure::count(ledger.last_seq, "event"))
                        @if let Some(all) = ledger.awaits { " of " (all) ", the taking of its copy was cut short" }
                        @if let Some(at) = ledger.recorded_at { ", the last on " (when::minute(at)) } }
                } }
            }
        }
        @if let Some(next) = next { p { a.button href=(next) rel="next" { "More ledgers" } } }
    }
}

/// Lists the cycles of a ledger.
pub(super) async fn one(page_request: PageRequest) -> Response {
    page_request.draw(Calendar::Utc, |view| {
        let mut cycles = ask::cycles(&view.look.asked())?.cycles;
        cycles.reverse();
        let title = view.ledger.header().title.clone();
        let body = html! {
            h1 { (title) }
            @if cycles.is_empty() {
                (empty("No cycle yet", html! { "A cycle is opened with the event " code { "okr.cycle.opened" } "." }))
            }
            ul.cards { @for cycle in &cycles { li { (card(view.ledger.slug(), cycle)) } } }
        };
        Ok(Drawn::page(Page { title, here: Here::in_ledger(view, Tab::None), body }))
    })
    .await
}

fn card(ledger: &str, cycle: &CycleBrief) -> Markup {
    html! {
        a.card href={ "/ledgers/" (ledger) "/cycles/" (cycle.id) } {
            span.title { (cycle.title) " " (state(cycle.state)) }
            span.quiet { (when::plain(cycle.starts_on)) " – " (when::plain(cycle.ends_on)) }
        }
    }
}

/// Renders the state of a cycle.
pub(super) fn state(state: CycleState) -> Markup {
    let (class, word) = match state {
        CycleState::Open => ("open", "in planning"),
        CycleState::Started => ("started", "under way"),
        CycleState::Closed => ("closed", "closed"),
    };
    html! { span class={ "state " (class) } { (word) } }
}
