//! The retrospective of a cycle or an objective: lessons learned.

use axum::extract::Request;
use axum::response::Response;
use events::Kind;
use maud::html;
use projections::ask;

use super::fields::{form, prose};
use super::filled::{Data, Filled};
use super::{FormEvent, Sheet, back, empty, send};
use crate::ledger::Error;
use crate::request::question::{Calendar, found};
use crate::web::brief;
use crate::web::layout::{Here, Page, Tab};
use crate::web::page_request::{Drawn, PageRequest};
use crate::web::view::View;

const LISTS: [(&str, &str); 4] = [
    ("went_well", "What worked"),
    ("went_badly", "What did not"),
    ("learnings", "What we learnt"),
    ("actions", "What we do about it"),
];

/// Returns true if the path is about an objective, false for a cycle.
fn is_objective(page_request: &PageRequest) -> bool {
    page_request.uri.path().contains("/objectives/")
}

pub(in crate::web) async fn look_back(page_request: PageRequest) -> Response {
    let (id, objective) = (page_request.id.clone(), is_objective(&page_request));
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &id, objective)).await
}

pub(in crate::web) async fn send_look_back(page_request: PageRequest, request: Request) -> Response {
    let (id, objective) = (page_request.id.clone(), is_objective(&page_request));
    let root = format!("/ledgers/{}", page_request.ledger);
    let next = if objective { format!("{root}/objectives/{id}") } else { format!("{root}/cycles/{id}/retrospective") };
    let subject = id.clone();
    let make = move |filled: &Filled, _: &str| {
        let data = LISTS.iter().fold(Data::of(filled, ""), |data, (name, _)| data.lines(name)).value();
        vec![FormEvent { prefix: String::new(), kind: Kind::RetrospectiveRecorded, subject, data, time: None }]
    };
    let draw = move |view: &View<'_>, sheet: &Sheet| draw(view, sheet, &id, objective);
    send(page_request, request, Calendar::Utc, make, draw, |_, _| back(&next, &[])).await
}

fn draw(view: &View<'_>, sheet: &Sheet, id: &str, is_objective: bool) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let objective = match is_objective {
        true => Some(found(ask::objective(&known, id)?, view.look, "an objective", id)?),
        false => None,
    };
    let cycle_id = objective.as_ref().map_or(id, |stands| stands.cycle.as_str());
    let cycle = found(ask::cycle(&known, cycle_id)?, view.look, "a cycle", cycle_id)?;
    let noun = if is_objective { "objectives" } else { "cycles" };
    let path = format!("/ledgers/{}/{noun}/{id}", view.ledger.slug());
    let title = objective.as_ref().map_or(&cycle.title, |stands| &stands.title);
    let fields = html! { @for (name, says) in LISTS { (prose(sheet, name, says, Some("One a line."), 3)) } };
    let body = html! {
        div.heading { div {
            p.eyebrow { a href=(path) { (title) } }
            h1 { "Look back" }
            p.quiet { "For learning, not for judgement. What is written here is told in the retrospective, and feeds the planning of what comes next." }
        } }
        (form(view, sheet, &format!("{path}/look-back"), &LISTS.map(|(name, _)| name), "Record what was learnt", fields))
    };
    Ok(Drawn::page(Page { title: "Look back".into(), here: Here::in_cycle(view, &brief(&cycle), Tab::None), body }))
}
