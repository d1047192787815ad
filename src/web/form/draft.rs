//! Drafting an objective or a key result, with the method's advice while typing.

use axum::extract::Request;
use axum::response::Response;
use events::{Kind, MetricKind};
use maud::{Markup, html};
use projections::ask::{self, CycleStands, Teams};

use super::fields::{day, form, one_of, prose, text};
use super::filled::{Data, Filled};
use super::{FormEvent, Sheet, back, empty, send};
use crate::ledger::Error;
use crate::request::question::{Calendar, found};
use crate::web::brief;
use crate::web::layout::{Here, Page, Tab};
use crate::web::page_request::{Drawn, PageRequest};
use crate::web::view::View;

const OBJECTIVE: [&str; 8] = ["title", "description", "level", "team", "owner", "ambition", "supports", "themes"];
const KEY_RESULT: [&str; 8] =
    ["title", "owner", "metric/name", "metric/unit", "metric/kind", "metric/milestones", "due_on", "expected_score"];

pub(in crate::web) async fn draft(mut page_request: PageRequest) -> Response {
    let (cycle, objective) = (page_request.id.clone(), page_request.params.text("objective"));
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &cycle, objective.as_deref())).await
}

pub(in crate::web) async fn send_draft(mut page_request: PageRequest, request: Request) -> Response {
    let (cycle, objective) = (page_request.id.clone(), page_request.params.text("objective"));
    let noun = if objective.is_some() { "key-results" } else { "objectives" };
    let root = format!("/ledgers/{}/{noun}", page_request.ledger);
    let (of_cycle, of_objective) = (cycle.clone(), objective.clone());
    let make = move |filled: &Filled, form: &str| {
        // The form's id becomes the new goal's id, so that it stays the same however often the form is sent.
        let (kind, data) = match of_objective {
            Some(objective) => (Kind::KeyResultDrafted, key_result(filled, &objective)),
            None => (Kind::ObjectiveDrafted, objective_of(filled, &of_cycle)),
        };
        vec![FormEvent { prefix: String::new(), kind, subject: form.to_owned(), data, time: None }]
    };
    let next = |_: &_, filled: &Filled| back(&format!("{root}/{}", filled.text("form")), &[]);
    send(
        page_request,
        request,
        Calendar::Utc,
        make,
        move |view, sheet| draw(view, sheet, &cycle, objective.as_deref()),
        next,
    )
    .await
}

fn objective_of(filled: &Filled, cycle: &str) -> serde_json::Value {
    let mut data = Data::of(filled, "");
    data.put("cycle", cycle.into());
    let data = data.text("title").text("description").text("level").text("team").text("owner").text("ambition");
    data.text("supports").list("themes").value()
}

fn key_result(filled: &Filled, objective: &str) -> serde_json::Value {
    let mut data = Data::of(filled, "");
    data.put("objective", objective.into());
    let names = filled.text("metric/milestones").lines().map(str::trim).filter(|name| !name.is_empty());
    let milestones: Vec<_> = names.map(|name| serde_json::json!({ "name": name })).collect();
    if !milestones.is_empty() {
        data.put("metric/milestones", milestones.into());
    }
    let data = data.text("title").text("owner").text("metric/name").text("metric/unit").text("metric/kind");
    data.text("due_on").number("expected_score").value()
}

fn draw(view: &View<'_>, sheet: &Sheet, cycle_id: &str, objective: Option<&str>) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, cycle_id)?, view.look, "a cycle", cycle_id)?;
    let path = format!("/ledgers/{}/cycles/{cycle_id}/draft", view.ledger.slug());
    let (title, says, body) = match objective {
        None => {
            let says = "Where to? Qualitative, memorable, without a number: the numbers are its key results'.";
            let fields = of_objective(sheet, &cycle, &ask::teams(&known)?);
            ("Draft an objective", html! { (says) }, form(view, sheet, &path, &OBJECTIVE, "Draft it", fields))
        }
        Some(id) => {
            let stands = found(ask::objective(&known, id)?, view.look, "an objective", id)?;
            let says = html! { "How will we know that “" a href={ "/ledgers/" (view.ledger.slug()) "/objectives/" (id) } { (stands.title) } "” is reached? An outcome, not a task." };
            let action = crate::web::when::address(&path, &[("objective", Some(id))]);
            ("Draft a key result", says, form(view, sheet, &action, &KEY_RESULT, "Draft it", of_key_result(sheet)))
        }
    };
    let body = html! { div.heading { div { h1 { (title) } p.quiet { (says) } } } (body) };
    Ok(Drawn::page(Page { title: title.into(), here: Here::in_cycle(view, &brief(&cycle), Tab::None), body }))
}

fn of_objective(sheet: &Sheet, cycle: &CycleStands, teams: &Teams) -> Markup {
    html! { section.panel { (super::goal::objective(sheet, cycle, teams, &|name| name.to_owned())) } }
}

fn of_key_result(sheet: &Sheet) -> Markup {
    let kinds: Vec<_> = MetricKind::ALL.iter().map(|kind| (kind.to_string(), way(*kind).to_owned())).collect();
    html! {
        section.panel {
            (text(sheet, "title", "Key result", Some("What moves, not what is done: “cut time-to-first-value”, not “launch the new onboarding”."), false))
            (text(sheet, "owner", "Owner", Some("One who answers for it."), false))
            div.row {
                (text(sheet, "metric/name", "Metric", Some("What is measured."), false))
                (text(sheet, "metric/unit", "Unit", Some("%, $, days … may be left out."), false))
                (one_of(sheet, "metric/kind", "It is meant to", None, &kinds))
            }
            (prose(sheet, "metric/milestones", "Milestones", Some("One a line, for milestones alone."), 1))
            div.row {
                (day(sheet, "due_on", "Due", Some("The cycle's end where left empty.")))
                (text(sheet, "expected_score", "Score you expect", Some("0 to 1; may be left out."), true))
            }
            p.quiet { "Baseline and target come next: first it is measured where it begins." }
        }
    }
}

fn way(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Increase => "go up",
        MetricKind::Decrease => "go down",
        MetricKind::AtLeast => "stay at or above",
        MetricKind::AtMost => "stay at or below",
        MetricKind::Milestones => "reach milestones",
    }
}
