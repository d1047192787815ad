//! The next step in the life of a cycle: start, close or reopen.

use axum::extract::Request;
use axum::response::Response;
use events::Kind;
use maud::html;
use projections::ask;
use projections::rows::CycleState;

use super::fields::{form, prose};
use super::filled::{Data, Filled};
use super::{FormEvent, Sheet, back, empty, send};
use crate::ledger::Error;
use crate::request::question::{Calendar, found};
use crate::web::brief;
use crate::web::layout::{Here, Page, Tab};
use crate::web::page_request::{Drawn, PageRequest};
use crate::web::view::View;

/// Returns the next step in each state: its value in the form, the label of its button, and an explanation.
fn next_of(state: CycleState) -> (&'static str, &'static str, &'static str) {
    match state {
        CycleState::Open => (
            "start",
            "Start the cycle",
            "From here a change of a goal is an adjustment, and says why. Every key result has its baseline and its target by now.",
        ),
        CycleState::Started => (
            "close",
            "Close the cycle",
            "Its scores stand from here, by the policy of this day. It can be opened again, with a reason.",
        ),
        CycleState::Closed => {
            ("reopen", "Open it again", "It is recorded that it was closed, and why it is opened again.")
        }
    }
}

pub(in crate::web) async fn step(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &id)).await
}

pub(in crate::web) async fn send_step(page_request: PageRequest, request: Request) -> Response {
    let id = page_request.id.clone();
    let next = format!("/ledgers/{}/cycles/{id}", page_request.ledger);
    let subject = id.clone();
    let make = move |filled: &Filled, _: &str| {
        let data = Data::of(filled, "");
        // The step comes from the form rather than from the state, so that sending the form twice repeats the same
        // step.
        let (kind, data) = match filled.text("step") {
            "start" => (Kind::CycleStarted, data),
            "close" => (Kind::CycleClosed, data.text("note")),
            "reopen" => (Kind::CycleReopened, data.text("reason")),
            _ => return Vec::new(),
        };
        vec![FormEvent { prefix: String::new(), kind, subject, data: data.value(), time: None }]
    };
    let draw = move |view: &View<'_>, sheet: &Sheet| draw(view, sheet, &id);
    send(page_request, request, Calendar::Utc, make, draw, |_, _| back(&next, &[])).await
}

fn draw(view: &View<'_>, sheet: &Sheet, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, id)?, view.look, "a cycle", id)?;
    let path = format!("/ledgers/{}/cycles/{id}", view.ledger.slug());
    let (word, says, means) = next_of(cycle.state);
    let fields = html! {
        input type="hidden" name="step" value=(word);
        @match cycle.state {
            CycleState::Open => {},
            CycleState::Started => (prose(sheet, "note", "What is worth saying at its end", Some("May be left out."), 3)),
            CycleState::Closed => (prose(sheet, "reason", "Why", None, 3)),
        }
    };
    let body = html! {
        div.heading { div {
            p.eyebrow { a href=(path) { (cycle.title) } }
            h1 { (says) }
            p.quiet { (means) }
        } }
        (form(view, sheet, &format!("{path}/step"), &["note", "reason"], says, fields))
    };
    Ok(Drawn::page(Page { title: says.into(), here: Here::in_cycle(view, &brief(&cycle), Tab::None), body }))
}
