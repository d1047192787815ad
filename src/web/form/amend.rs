//! Amending an objective: the form starts with the current values, and only changed fields are recorded. Once the cycle
//! has started, it includes the method's three questions.

use axum::extract::Request;
use axum::response::Response;
use events::Kind;
use maud::{Markup, html};
use projections::ask::{self, CycleStands, ObjectiveStands, Teams};
use projections::rows::CycleState;

use super::fields::{faults, form, text};
use super::filled::{Data, Filled, to, was};
use super::{FormEvent, Sheet, empty, goal, send, why};
use crate::ledger::Error;
use crate::request::question::{Calendar, found};
use crate::web::brief;
use crate::web::layout::{Here, Page, Tab};
use crate::web::page_request::{Drawn, PageRequest};
use crate::web::view::View;

const TEXTS: [&str; 7] = ["title", "description", "owner", "level", "team", "ambition", "supports"];
const WEIGHT: &str = "weight";
const THEMES: &str = "themes";

pub(in crate::web) async fn amend(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &id)).await
}

pub(in crate::web) async fn send_amend(page_request: PageRequest, request: Request) -> Response {
    let id = page_request.id.clone();
    let root = format!("/ledgers/{}", page_request.ledger);
    let path = format!("objectives/{id}");
    let subject = id.clone();
    let make = move |filled: &Filled, _: &str| {
        let kind = if why::is_proposed(filled) { Kind::AdjustmentProposed } else { Kind::ObjectiveAmended };
        vec![FormEvent { prefix: String::new(), kind, subject, data: data(filled), time: None }]
    };
    let next = move |_: &_, filled: &Filled| why::next(&root, &path, filled);
    send(page_request, request, Calendar::Utc, make, move |view, sheet| draw(view, sheet, &id), next).await
}

fn data(filled: &Filled) -> serde_json::Value {
    let texts = TEXTS.iter().fold(Data::of(filled, ""), |data, name| data.changed(name));
    let mut data = texts.changed_number(WEIGHT).changed_list(THEMES);
    if data.is_empty() {
        data.put("changes", serde_json::json!({}));
    }
    why::answered(data)
}

fn draw(view: &View<'_>, sheet: &Sheet, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let stands = found(ask::objective(&known, id)?, view.look, "an objective", id)?;
    let cycle = found(ask::cycle(&known, stands.cycle.as_str())?, view.look, "a cycle", stands.cycle.as_str())?;
    let teams = ask::teams(&known)?;
    let path = format!("/ledgers/{}/objectives/{id}", view.ledger.slug());
    let begun;
    let sheet = match sheet.is_fresh() {
        true => {
            begun = Sheet { filled: Filled::with(standing(&stands)), ..Sheet::fresh() };
            &begun
        }
        false => sheet,
    };
    let has_started = cycle.state != CycleState::Open;
    let names: Vec<String> = TEXTS.iter().chain(&[WEIGHT, THEMES]).map(|name| to(name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["changes"]).chain(why::WHY).collect();
    let body = html! {
        div.heading { div {
            p.eyebrow { a href=(path) { (stands.title) } }
            h1 { "Amend" }
            p.quiet {
                "What stands is filled in; what you change is recorded, and nothing else. "
                @if has_started { "The cycle has started: a change of a goal says why." }
                @else { "The cycle has not started: its goals are still being agreed, and no reason is asked for." }
            }
        } }
        (form(view, sheet, &format!("{path}/amend"), &names, "Record the amendment", fields(sheet, &cycle, &teams, has_started)))
    };
    Ok(Drawn::page(Page { title: "Amend".into(), here: Here::in_cycle(view, &brief(&cycle), Tab::None), body }))
}

/// Returns the current values under the names of the fields, and again as hidden fields, so that the server can tell
/// which ones were changed.
fn standing(stands: &ObjectiveStands) -> Vec<(String, String)> {
    let said = |text: Option<String>| text.unwrap_or_default();
    let texts = [
        stands.title.to_string(),
        said(stands.description.as_ref().map(ToString::to_string)),
        stands.owner.to_string(),
        stands.level.to_string(),
        said(stands.team.as_ref().map(ToString::to_string)),
        stands.ambition.to_string(),
        said(stands.supports.as_ref().map(ToString::to_string)),
    ];
    let texts = TEXTS.into_iter().zip(texts);
    let weight = (WEIGHT, said(stands.weight.map(|weight| weight.to_string())));
    let themes = stands.themes.iter().map(|theme| (THEMES, theme.to_string()));
    texts.chain([weight]).chain(themes).flat_map(|(name, said)| [(to(name), said.clone()), (was(name), said)]).collect()
}

fn fields(sheet: &Sheet, cycle: &CycleStands, teams: &Teams, has_started: bool) -> Markup {
    html! {
        section.panel {
            (goal::objective(sheet, cycle, teams, &to))
            (text(sheet, &to(WEIGHT), "Weight in the cycle", Some("1 where it is left out."), true))
            @for name in TEXTS.iter().chain(&[WEIGHT, THEMES]) {
                @for said in sheet.filled.all(&was(name)) { input type="hidden" name=(was(name)) value=(said); }
            }
            (faults(sheet, "changes"))
        }
        @if has_started { (why::questions(sheet, &cycle.id)) }
    }
}
