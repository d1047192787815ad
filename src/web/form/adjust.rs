//! Adjusting a key result in mid-quarter: what changes, and the method's three questions.
//!
//! It is recorded as it is, or proposed for somebody else's approval.

use axum::extract::Request;
use axum::response::Response;
use events::{Cause, Kind, SubjectId};
use maud::{Markup, html};
use projections::ask::{self, KeyResultStands};

use super::fields::{day, form, one_of, prose, radios, text};
use super::filled::{Data, Filled};
use super::{Made, Sheet, back, empty, send};
use crate::figure;
use crate::http::question::{Calendar, found};
use crate::ledger::Error;
use crate::web::brief;
use crate::web::shell::{Here, Page, Tab};
use crate::web::visit::{Drawn, View, Visit};

const CHANGES: [&str; 5] =
    ["changes/target/to", "changes/baseline/to", "changes/due_on/to", "changes/weight/to", "changes/title/to"];
const WHY: [&str; 5] = [
    "justification/circumstances",
    "justification/cause",
    "justification/statement",
    "justification/preserves_objective",
    "justification/evidence",
];

pub(in crate::web) async fn adjust(visit: Visit) -> Response {
    let id = visit.id.clone();
    empty(visit, Calendar::Utc, move |view, sheet| draw(view, sheet, &id)).await
}

pub(in crate::web) async fn send_adjust(visit: Visit, request: Request) -> Response {
    let id = visit.id.clone();
    let root = format!("/ledgers/{}", visit.ledger);
    let next = format!("{root}/key-results/{id}");
    let subject = id.clone();
    let make = move |filled: &Filled, _: &str| {
        let kind = if is_proposed(filled) { Kind::AdjustmentProposed } else { Kind::KeyResultAdjusted };
        vec![Made { prefix: String::new(), kind, subject, data: data(filled), time: None }]
    };
    let proposals = move |filled: &Filled| {
        let cycle = SubjectId::new(filled.text("cycle")).ok().filter(|_| is_proposed(filled));
        cycle.map(|cycle| format!("{root}/cycles/{cycle}/proposals"))
    };
    let next = move |_: &_, filled: &Filled| back(&proposals(filled).unwrap_or(next), &[]);
    send(visit, request, Calendar::Utc, make, move |view, sheet| draw(view, sheet, &id), next).await
}

fn is_proposed(filled: &Filled) -> bool {
    !filled.text("propose").is_empty()
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
    data.text("justification/circumstances")
        .text("justification/cause")
        .text("justification/statement")
        .flag("justification/preserves_objective")
        .lines("justification/evidence")
        .value()
}

fn draw(view: &View<'_>, sheet: &Sheet, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let stands = found(ask::key_result(&known, id)?, view.look, "a key result", id)?;
    let cycle = found(ask::cycle(&known, stands.cycle.as_str())?, view.look, "a cycle", stands.cycle.as_str())?;
    let path = format!("/ledgers/{}/key-results/{id}", view.ledger.slug());
    let known: Vec<&str> = CHANGES.into_iter().chain(WHY).collect();
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
    Ok(Drawn::Page(Page { title: "Adjust".into(), here: Here::in_cycle(view, &brief(&cycle), Tab::None), body }))
}

fn fields(sheet: &Sheet, stands: &KeyResultStands) -> Markup {
    let now = |value| format!("now {}", figure::value(value, &stands.metric));
    let due = stands.due_on.map_or("now the cycle's end".to_owned(), |due| format!("now {due}"));
    let weight = stands.weight.map_or("now 1".to_owned(), |weight| format!("now {weight}"));
    let causes: Vec<(String, String)> =
        Cause::ALL.iter().map(|cause| (cause.to_string(), meaning(*cause).to_owned())).collect();
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
        section.panel {
            h2 { "Why: three questions" }
            (prose(sheet, WHY[0], "1. What has changed outside?", Some("A competitor, a lost customer, a dead channel: what anybody could go and look at."), 3))
            (one_of(sheet, WHY[1], "2. Because we are behind, or because circumstances changed?", None, &causes))
            (prose(sheet, WHY[2], "Say it in a sentence or two", Some("It is read by the board."), 2))
            (radios(sheet, WHY[3], "3. Is the spirit of the objective kept?", &[("yes", "Yes, it is still what we wanted"), ("no", "No")]))
            input type="hidden" name="cycle" value=(stands.cycle);
            (prose(sheet, WHY[4], "Evidence", Some("Addresses, one a line. May be left out."), 2))
            p.quiet { "Where somebody else is to approve it: " button.small #propose name="propose" value="yes" { "Propose it" } }
        }
    }
}

fn meaning(cause: Cause) -> &'static str {
    match cause {
        Cause::ExternalChange => "Conditions outside changed",
        Cause::NewInformation => "We learnt something that was true all along",
        Cause::MeasurementCorrection => "The measurement was wrong, not the goal",
        Cause::ScopeChange => "What the goal covers was redrawn",
        Cause::ExecutionShortfall => "We are behind",
    }
}
