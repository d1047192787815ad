//! Grading: a grade beside the computed score, and the reason for it.

use axum::extract::Request;
use axum::response::Response;
use events::Kind;
use maud::html;
use projections::ask;

use super::fields::{form, prose, text};
use super::filled::{Data, Filled};
use super::{FormEvent, Sheet, back, empty, send};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};
use crate::web::brief;
use crate::web::layout::{Here, Page, Tab};
use crate::web::page_request::{Drawn, PageRequest};
use crate::web::view::View;

/// Returns true if the path is about a key result, false for an objective.
fn is_key_result(page_request: &PageRequest) -> bool {
    page_request.uri.path().contains("/key-results/")
}

pub(in crate::web) async fn score(page_request: PageRequest) -> Response {
    let (id, kr) = (page_request.id.clone(), is_key_result(&page_request));
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &id, kr)).await
}

pub(in crate::web) async fn send_score(page_request: PageRequest, request: Request) -> Response {
    let (id, kr) = (page_request.id.clone(), is_key_result(&page_request));
    let noun = if kr { "key-results" } else { "objectives" };
    let next = format!("/ledgers/{}/{noun}/{id}", page_request.ledger);
    let subject = id.clone();
    let make = move |filled: &Filled, _: &str| {
        let kind = if kr { Kind::KeyResultScored } else { Kind::ObjectiveScored };
        vec![FormEvent {
            prefix: String::new(),
            kind,
            subject,
            data: Data::of(filled, "").number("score").text("rationale").value(),
            time: None,
        }]
    };
    send(
        page_request,
        request,
        Calendar::Utc,
        make,
        move |view, sheet| draw(view, sheet, &id, kr),
        |_, _| back(&next, &[]),
    )
    .await
}

fn draw(view: &View<'_>, sheet: &Sheet, id: &str, is_key_result: bool) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let (title, computed, cycle, noun) = if is_key_result {
        let stands = found(ask::key_result(&known, id)?, view.look, "a key result", id)?;
        (stands.title, stands.board.score.computed, stands.cycle, "key-results")
    } else {
        let stands = found(ask::objective(&known, id)?, view.look, "an objective", id)?;
        (stands.title, stands.board.computed_score, stands.cycle, "objectives")
    };
    let cycle = found(ask::cycle(&known, cycle.as_str())?, view.look, "a cycle", cycle.as_str())?;
    let path = format!("/ledgers/{}/{noun}/{id}", view.ledger.slug());
    let fields = html! {
        (text(sheet, "score", "Score, 0 to 1", Some("1.0 too easy · 0.7 to 0.9 strong · 0.5 to 0.6 meaningful · 0.3 to 0.4 limited · 0 to 0.2 little"), true))
        (prose(sheet, "rationale", "Why", Some("What people will want to know when they read this score in a year."), 4))
    };
    let body = html! {
        div.heading { div {
            p.eyebrow { a href=(path) { (title) } }
            h1 { "Score" }
            p.quiet { "Computed: " strong { (figure::score(computed)) } ". What people decide stands beside it, and counts. Scoring is for learning: it ranks no one." }
        } }
        (form(view, sheet, &format!("{path}/score"), &["score", "rationale"], "Record the score", fields))
    };
    Ok(Drawn::page(Page { title: "Score".into(), here: Here::in_cycle(view, &brief(&cycle), Tab::None), body }))
}
