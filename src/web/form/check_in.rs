//! The weekly check-in: all key results of one owner on one page, usable by keyboard alone.

use std::collections::BTreeSet;

use axum::extract::Request;
use axum::response::Response;
use chrono::NaiveDate;
use events::{Kind, MetricKind, Moment};
use maud::{Markup, html};
use projections::ask::{self, Board, BoardAsk, BoardKeyResult, KeyResultStands};
use projections::rows::CycleState;

use super::fields::{day, faults, form, id, prose, text};
use super::filled::{Data, Filled};
use super::{FormEvent, Sheet, back, empty, send};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};
use crate::web::layout::{Here, Page, Tab};
use crate::web::page_request::{Drawn, PageRequest};
use crate::web::parts::{self, bar, confidence, status};
use crate::web::view::View;
use crate::web::{brief, when};

pub(in crate::web) async fn check_in(mut page_request: PageRequest) -> Response {
    let owner = page_request.params.text("owner");
    let cycle = page_request.id.clone();
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &cycle, owner.as_deref())).await
}

pub(in crate::web) async fn send_check_in(mut page_request: PageRequest, request: Request) -> Response {
    let owner = page_request.params.text("owner");
    let cycle = page_request.id.clone();
    let next = format!("/ledgers/{}/cycles/{cycle}/check-in", page_request.ledger);
    let said = owner.clone();
    let drawn = move |view: &View<'_>, sheet: &Sheet| draw(view, sheet, &cycle, owner.as_deref());
    send(
        page_request,
        request,
        Calendar::Utc,
        |filled, _| made(filled),
        drawn,
        |_, _| back(&next, &[("owner", said.as_deref())]),
    )
    .await
}

/// Returns a check-in for each key result with any value entered.
fn made(filled: &Filled) -> Vec<FormEvent> {
    let time = noon(filled.text("on"));
    let of = |prefix: String| {
        let data = Data::of(filled, &prefix).number("value").number("confidence").text("note").lines("blockers");
        let is_new = has_new_milestones(filled, &prefix);
        let data = if is_new { data.list("milestones_done") } else { data };
        (!data.is_empty()).then(|| FormEvent {
            kind: Kind::CheckInRecorded,
            subject: prefix.trim_end_matches('/').to_owned(),
            data: data.value(),
            time,
            prefix: prefix.clone(),
        })
    };
    filled.prefixes("note").into_iter().filter_map(of).collect()
}

/// Returns true if other milestones are ticked than were done when the form was rendered.
fn has_new_milestones(filled: &Filled, prefix: &str) -> bool {
    let (ticked, was) = (format!("{prefix}milestones_done"), format!("{prefix}was"));
    let ticked: BTreeSet<&str> = filled.all(&ticked).collect();
    let was: BTreeSet<&str> = filled.all(&was).collect();
    ticked != was
}

/// Returns noon of the day given, for a check-in entered later.
fn noon(text: &str) -> Option<Moment> {
    let on: NaiveDate = text.parse().ok()?;
    Some(Moment::from(on.and_hms_opt(12, 0, 0)?.and_utc()))
}

fn draw(view: &View<'_>, sheet: &Sheet, cycle_id: &str, owner: Option<&str>) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, cycle_id)?, view.look, "a cycle", cycle_id)?;
    let board = found(ask::board(&known, cycle_id, &BoardAsk::default())?, view.look, "a cycle", cycle_id)?;
    let owners = owners(&board);
    // A person with a known name who owns key results need not choose an owner.
    let owner = owner.or(view.actor.filter(|actor| owners.contains(actor)));
    let path = format!("/ledgers/{}/cycles/{cycle_id}/check-in", view.ledger.slug());
    let mine: Vec<&BoardKeyResult> = board
        .objectives
        .iter()
        .flat_map(|objective| &objective.key_results)
        .filter(|line| line.state.stands() && Some(line.owner.as_str()) == owner)
        .collect();
    let mut fields = Vec::new();
    let mut names = vec!["on".to_owned()];
    for line in &mine {
        let stands = found(ask::key_result(&known, line.id.as_str())?, view.look, "a key result", line.id.as_str())?;
        names.extend(
            ["", "value", "confidence", "note", "blockers"]
                .map(|field| format!("{}/{field}", line.id).trim_end_matches('/').to_owned()),
        );
        fields.push(row(sheet, &stands, board.cycle.elapsed, view.ledger.slug()));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let action = when::address(&path, &[("owner", owner)]);
    let body = html! {
        div.heading { div {
            h1 { "Check in" }
            p.quiet { "What is the value now, how sure are you, what is in the way? What you leave empty is not stated." }
        } }
        form.view method="get" data-auto="" action=(path) {
            div.filters { label { span { "Key results of" }
                select name="owner" { option value="" { "–" }
                    @for name in &owners { option value=(name) selected[owner == Some(name)] { (name) } } }
            } noscript { button.small { "Show" } } }
        }
        @if cycle.state == CycleState::Closed { p.notice.advice { "This cycle is closed: it is to be reopened before anything is recorded." } }
        @if mine.is_empty() {
            (parts::empty("Whose key results?", html! { "Choose an owner above." }))
        } @else {
            (form(view, sheet, &action, &names, "Record the check-in", html! {
                @for field in &fields { (field) }
                (day(sheet, "on", "For another day than today", Some("Leave it empty for now.")))
            }))
        }
    };
    Ok(Drawn::page(Page { title: "Check in".into(), here: Here::in_cycle(view, &brief(&cycle), Tab::CheckIn), body }))
}

fn owners(board: &Board) -> BTreeSet<&str> {
    let standing =
        board.objectives.iter().flat_map(|objective| &objective.key_results).filter(|line| line.state.stands());
    standing.map(|line| line.owner.as_str()).collect()
}

fn row(sheet: &Sheet, stands: &KeyResultStands, elapsed: events::Number, ledger: &str) -> Markup {
    let line = &stands.board;
    let name = |field: &str| format!("{}/{field}", stands.id);
    let unit = stands.metric.unit.as_ref().map_or_else(String::new, |unit| format!(", {unit}"));
    html! {
        section.panel.check aria-label=(stands.title) {
            div.check-head {
                h2 { span.ref { (stands.given) } " " a href={ "/ledgers/" (ledger) "/key-results/" (stands.id) } { (stands.title) } }
                (status(line.status))
            }
            (bar(line.progress, elapsed, line.status))
            p.way { strong { (figure::value(line.current, &stands.metric)) } " " span.quiet { (figure::way(line.baseline, line.target, &stands.metric)) }
                span.quiet { " · confidence was " } (confidence(line.confidence, None))
                @if let Some(day) = line.last_check_in_on { span.quiet { " on " (when::short(day)) } } }
            @for blocker in &line.blockers { span.blocker { (blocker) } }
            (faults(sheet, stands.id.as_str()))
            div.row.quick {
                @if stands.metric.kind == MetricKind::Milestones { (milestones(sheet, stands)) }
                @else { (text(sheet, &name("value"), &format!("Value{unit}"), None, true)) }
                (text(sheet, &name("confidence"), "Confidence, 0–10", None, true))
                (text(sheet, &name("note"), "Worth saying", None, false))
            }
            (prose(sheet, &name("blockers"), "In the way", Some("One a line."), 1))
        }
    }
}

fn milestones(sheet: &Sheet, stands: &KeyResultStands) -> Markup {
    let name = format!("{}/milestones_done", stands.id);
    let was = stands.check_ins.iter().rev().find_map(|check_in| check_in.milestones_done.as_ref());
    let was: BTreeSet<_> = was.into_iter().flatten().collect();
    let is_new = sheet.filled.text("form").is_empty();
    let ticked: BTreeSet<&str> = sheet.filled.all(&name).collect();
    html! {
        fieldset.field {
            legend { "Done" }
            @for milestone in &stands.metric.milestones {
                @let was_done = was.contains(&milestone.name);
                @if was_done { input type="hidden" name={ (stands.id) "/was" } value=(milestone.name); }
                label.choice {
                    input type="checkbox" name=(name) value=(milestone.name)
                        checked[if is_new { was_done } else { ticked.contains(milestone.name.as_str()) }];
                    span { (milestone.name) }
                }
            }
            div id={ "faults-" (id(&name)) } {}
        }
    }
}
