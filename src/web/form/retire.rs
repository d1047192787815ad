//! Retiring a goal: recorded with its reasons and perhaps a replacement, never deleted.

use axum::extract::Request;
use axum::response::Response;
use events::Kind;
use maud::html;
use projections::ask;

use super::fields::{form, text};
use super::filled::{Data, Filled};
use super::{FormEvent, Sheet, empty, send, why};
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

pub(in crate::web) async fn retire(page_request: PageRequest) -> Response {
    let (id, kr) = (page_request.id.clone(), is_key_result(&page_request));
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &id, kr)).await
}

pub(in crate::web) async fn send_retire(page_request: PageRequest, request: Request) -> Response {
    let (id, kr) = (page_request.id.clone(), is_key_result(&page_request));
    let root = format!("/ledgers/{}", page_request.ledger);
    let goal = format!("{}/{id}", if kr { "key-results" } else { "objectives" });
    let subject = id.clone();
    let make = move |filled: &Filled, _: &str| {
        let mut data = Data::of(filled, "");
        let kind = match (why::is_proposed(filled), kr) {
            (true, _) => {
                data.put("retire", true.into());
                Kind::AdjustmentProposed
            }
            (false, true) => Kind::KeyResultRetired,
            (false, false) => Kind::ObjectiveRetired,
        };
        vec![FormEvent {
            prefix: String::new(),
            kind,
            subject,
            data: why::answered(data.words("replaced_by")),
            time: None,
        }]
    };
    let next = move |_: &_, filled: &Filled| why::next(&root, &goal, filled);
    send(page_request, request, Calendar::Utc, make, move |view, sheet| draw(view, sheet, &id, kr), next).await
}

fn draw(view: &View<'_>, sheet: &Sheet, id: &str, is_key_result: bool) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let (title, cycle, noun, what) = if is_key_result {
        let stands = found(ask::key_result(&known, id)?, view.look, "a key result", id)?;
        (stands.title, stands.cycle, "key-results", "the key result")
    } else {
        let stands = found(ask::objective(&known, id)?, view.look, "an objective", id)?;
        (stands.title, stands.cycle, "objectives", "the objective")
    };
    let cycle = found(ask::cycle(&known, cycle.as_str())?, view.look, "a cycle", cycle.as_str())?;
    let path = format!("/ledgers/{}/{noun}/{id}", view.ledger.slug());
    let names: Vec<&str> = ["replaced_by"].into_iter().chain(why::WHY).collect();
    let fields = html! {
        section.panel {
            h2 { "What takes its place" }
            (text(sheet, "replaced_by", "Its id or its ref, such as KR-12", Some("Where it was split, several with blanks between them. May be left out. Draft it first."), false))
        }
        (why::questions(sheet, &cycle.id))
    };
    let body = html! {
        div.heading { div {
            p.eyebrow { a href=(path) { (title) } }
            h1 { "Retire" }
            p.quiet { "It stays to be seen, with its reason, and counts in no score any more." }
        } }
        (form(view, sheet, &format!("{path}/retire"), &names, &format!("Retire {what}"), fields))
    };
    Ok(Drawn::page(Page { title: "Retire".into(), here: Here::in_cycle(view, &brief(&cycle), Tab::None), body }))
}
