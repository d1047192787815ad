//! Adjusting a key result in mid-quarter: the changes, and the method's three questions.
//!
//! The change is recorded directly, or proposed for another person's approval.

use axum::extract::Request;
use axum::response::Response;
use events::Kind;
use maud::{Markup, html};
use projections::ask::{self, KeyResultStands};

use super::fields::{day, form, text};
use super::filled::{Data, Filled};
use super::{FormEvent, Sheet, empty, send, why};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};
use crate::web::brief;
use crate::web::layout::{Here, Page, Tab};
use crate::web::page_request::{Drawn, PageRequest};
use crate::web::view::View;

const CHANGES: [&str; 5] =
    ["changes/target/to", "changes/baseline/to", "changes/due_on/to", "changes/weight/to", "changes/title/to"];
pub(in crate::web) async fn adjust(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &id)).await
}

pub(in crate::web) async fn send_adjust(page_request: PageRequest, request: Request) -> Response {
    let id = page_request.id.clone();
    let root = format!("/ledgers/{}", page_request.ledger);
    let goal = format!("key-results/{id}");
    let subject = id.clone();
    let make = move |filled: &Filled, _: &str| {
        let kind = if why::is_proposed(filled) { Kind::AdjustmentProposed } else { Kind::KeyResultAdjusted };
        vec![FormEvent { prefix: String::new(), kind, subject, data: data(filled), time: None }]
    };
    let next = move |_: &_, filled: &Filled| why::next(&root, &goal, filled);
    send(page_request, request, Calendar::Utc, make, move |view, sheet| draw(view, sheet, &id), next).await
}

fn data(filled: &Filled) -> serde_json::Value {
    let mut data = Data::of(filled, "")
        .number("changes/target/to")
        .number("changes/baseline/to")
        .text("changes/due_on/to")
        .number("changes/weight/to")
        .text("changes/title/to");
    if data.is_empty() {
        data.put("changes", serde_json::json!({}));
    }
    why::answered(data)
}

fn draw(view: &View<'_>, sheet: &Sheet, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let stands = found(ask::key_result(&known, id)?, view.look, "a key result", id)?;
    let cycle = found(ask::cycle(&known, stands.cycle.as_str())?, view.look, "a cycle", stands.cycle.as_str())?;
    let path = format!("/ledgers/{}/key-results/{id}", view.ledger.slug());
    let known: Vec<&str> = CHANGES.into_iter().chain(why::WHY).collect();
    let body = html! {
        div.heading { div {
            p.eyebrow { a href=(path) { (stands.title) } }
            h1 { "Adjust" }
            p.quiet {
                "A goal may be adjusted because the world changed, not because the team is behind. What stands now, and how things stand, is recorded with it: "
                (figure::percent(stands.board.progress)) " of the way, " (figure::percent(Some(cycle.elapsed))) " of the cycle gone, "
                (figure::count(cycle.days_left.unsigned_abs(), "day")) (if cycle.days_left < 0 { " after its end." } else { " left." })
            }
        } }
        (form(view, sheet, &format!("{path}/adjust"), &known, "Record the adjustment", fields(sheet, &stands)))
    };
    Ok(Drawn::page(Page { title: "Adjust".into(), here: Here::in_cycle(view, &brief(&cycle), Tab::None), body }))
}

fn fields(sheet: &Sheet, stands: &KeyResultStands) -> Markup {
    let now = |value| format!("now {}", figure::value(value, &stands.metric));
    let due = stands.due_on.map_or("now the cycle's end".to_owned(), |due| format!("now {due}"));
    let weight = stands.weight.map_or("now 1".to_owned(), |weight| format!("now {weight}"));
    html! {
        section.panel {
            h2 { "What changes" }
            div.row {
                (text(sheet, CHANGES[0], "New target", Some(&now(stands.target)), true))
                (text(sheet, CHANGES[1], "New baseline", Some(&now(stands.baseline.as_ref().map(|baseline| baseline.value))), true))
                (day(sheet, CHANGES[2], "New due day", Some(&due)))
                (text(sheet, CHANGES[3], "New weight", Some(&weight), true))
            }
            (text(sheet, CHANGES[4], "New title", None, false))
            (super::fields::faults(sheet, "changes"))
        }
        (why::questions(sheet, &stands.cycle))
    }
}
