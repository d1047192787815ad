//! Before the cycle starts: a key result's baseline, its source, and the target.

use axum::extract::Request;
use axum::response::Response;
use events::Kind;
use maud::html;
use projections::ask;

use super::fields::{day, form, prose, text};
use super::filled::{Data, Filled};
use super::{FormEvent, Sheet, back, empty, send};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};
use crate::web::brief;
use crate::web::layout::{Here, Page, Tab};
use crate::web::page_request::{Drawn, PageRequest};
use crate::web::view::View;

const FIELDS: [&str; 4] = ["baseline/value", "baseline/measured_on", "baseline/method", "target/value"];

pub(in crate::web) async fn measures(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &id)).await
}

pub(in crate::web) async fn send_measures(page_request: PageRequest, request: Request) -> Response {
    let id = page_request.id.clone();
    let next = format!("/ledgers/{}/key-results/{id}", page_request.ledger);
    let subject = id.clone();
    let make = move |filled: &Filled, _: &str| {
        let baseline = Data::of(filled, "baseline/").number("value").text("measured_on").text("method");
        let target = Data::of(filled, "target/").number("value");
        let of = |prefix: &str, kind, data: Data<'_>| {
            (!data.is_empty()).then(|| FormEvent {
                prefix: prefix.into(),
                kind,
                subject: subject.clone(),
                data: data.value(),
                time: None,
            })
        };
        let baseline = of("baseline/", Kind::KeyResultBaselineSet, baseline);
        baseline.into_iter().chain(of("target/", Kind::KeyResultTargetSet, target)).collect()
    };
    send(page_request, request, Calendar::Utc, make, move |view, sheet| draw(view, sheet, &id), |_, _| back(&next, &[]))
        .await
}

fn draw(view: &View<'_>, sheet: &Sheet, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let stands = found(ask::key_result(&known, id)?, view.look, "a key result", id)?;
    let cycle = found(ask::cycle(&known, stands.cycle.as_str())?, view.look, "a cycle", stands.cycle.as_str())?;
    let path = format!("/ledgers/{}/key-results/{id}", view.ledger.slug());
    let now = |value| format!("now {}", figure::value(value, &stands.metric));
    let fields = html! {
        section.panel {
            h2 { "Baseline" }
            div.row {
                (text(sheet, FIELDS[0], "Measured", Some(&now(stands.baseline.as_ref().map(|baseline| baseline.value))), true))
                (day(sheet, FIELDS[1], "On", None))
            }
            (prose(sheet, FIELDS[2], "How it was measured", Some("So that somebody else would measure the same."), 2))
        }
        section.panel { h2 { "Target" } (text(sheet, FIELDS[3], "To arrive at", Some(&now(stands.target)), true)) }
    };
    let body = html! {
        div.heading { div {
            p.eyebrow { a href=(path) { (stands.title) } }
            h1 { "Baseline and target" }
            p.quiet { "No target without a measured baseline. Once the cycle has started, a change is an adjustment and says why." }
        } }
        (form(view, sheet, &format!("{path}/measures"), &FIELDS, "Record", fields))
    };
    Ok(Drawn::page(Page {
        title: "Baseline and target".into(),
        here: Here::in_cycle(view, &brief(&cycle), Tab::None),
        body,
    }))
}
