//! Proposals, and the approver's decision on each.

use axum::extract::Request;
use axum::response::Response;
use events::Kind;
use maud::{Markup, html};
use projections::ask::{self, ProposalStands};
use projections::rows::ProposalState;

use super::filled::{Data, Filled};
use super::{FormEvent, Sheet, back, empty, send};
use crate::ledger::Error;
use crate::request::question::{Calendar, found};
use crate::web::layout::{Here, Page, Tab};
use crate::web::page_request::{Drawn, PageRequest};
use crate::web::view::View;
use crate::web::{brief, parts, trail, when};

pub(in crate::web) async fn proposals(page_request: PageRequest) -> Response {
    let cycle = page_request.id.clone();
    empty(page_request, Calendar::Utc, move |view, sheet| draw(view, sheet, &cycle)).await
}

pub(in crate::web) async fn send_word(page_request: PageRequest, request: Request) -> Response {
    let cycle = page_request.id.clone();
    let next = format!("/ledgers/{}/cycles/{cycle}/proposals", page_request.ledger);
    send(
        page_request,
        request,
        Calendar::Utc,
        |filled, _| word(filled),
        move |view, sheet| draw(view, sheet, &cycle),
        |_, _| back(&next, &[]),
    )
    .await
}

fn word(filled: &Filled) -> Vec<FormEvent> {
    let kind = match filled.text("word") {
        "declined" => Kind::AdjustmentDeclined,
        "withdrawn" => Kind::AdjustmentWithdrawn,
        _ => Kind::AdjustmentApproved,
    };
    let data = Data::of(filled, "").text("proposal").text("note").value();
    vec![FormEvent { prefix: String::new(), kind, subject: filled.text("subject").to_owned(), data, time: None }]
}

fn draw(view: &View<'_>, sheet: &Sheet, cycle_id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, cycle_id)?, view.look, "a cycle", cycle_id)?;
    let mut answer = found(ask::proposals(&known, cycle_id, None)?, view.look, "a cycle", cycle_id)?.proposals;
    answer.sort_by_key(|one| (one.state != ProposalState::Open, std::cmp::Reverse(one.seq)));
    let action = format!("/ledgers/{}/cycles/{cycle_id}/proposals", view.ledger.slug());
    let body = html! {
        div.heading { div {
            h1 { "Proposals" }
            p.quiet { "Changes of goals that somebody asked for. Somebody else approves them; then the ledger records the change." }
        } }
        @if answer.is_empty() { (parts::empty("None", html! { "A change is proposed on the page of a key result, under “Adjust”." })) }
        @for one in &answer { (proposal(view, sheet, one, &action)) }
    };
    Ok(Drawn::page(Page {
        title: "Proposals".into(),
        here: Here::in_cycle(view, &brief(&cycle), Tab::Proposals),
        body,
    }))
}

fn proposal(view: &View<'_>, sheet: &Sheet, one: &ProposalStands, action: &str) -> Markup {
    let root = format!("/ledgers/{}", view.ledger.slug());
    let noun = if one.given.to_string().starts_with('O') { "objectives" } else { "key-results" };
    html! {
        section.panel.proposal id={ "proposal-" (one.seq) } {
            div.talk-head {
                h2 { span.ref { (one.given) } " " a href={ (root) "/" (noun) "/" (one.subject) } { (one.title) } }
                span.tag { (one.state.as_str()) }
            }
            p.eyebrow { (when::minute(one.time)) " · proposed by " (one.proposed_by) " · " a href={ (root) "/events/" (one.seq) } { "event " (one.seq) } }
            p.says { strong { (trail::sentence(&one.summary)) } }
            (trail::questions(&one.justification))
            @if let Some(decision) = &one.decision {
                p.quiet { (one.state.as_str()) " by " (decision.by) ", " (when::minute(decision.at.time)) @if let Some(note) = &decision.note { ": “" (note) "”" } }
            }
            @if one.state == ProposalState::Open { (word_form(view, sheet, one, action)) }
        }
    }
}

fn word_form(view: &View<'_>, sheet: &Sheet, one: &ProposalStands, action: &str) -> Markup {
    // The faults of one proposal's form belong to that form only.
    let fresh = Sheet::fresh();
    let is_mine = sheet.filled.text("proposal") == one.event_id.as_str();
    let sheet = if is_mine { sheet } else { &fresh };
    html! {
        form.sheet method="post" action=(action) {
            input type="hidden" name="form" value=(sheet.id);
            input type="hidden" name="proposal" value=(one.event_id);
            input type="hidden" name="subject" value=(one.subject);
            div.field {
                label { "What is worth saying" span.hint { "Whoever declines says why." }
                    textarea name="note" rows="2" { (sheet.filled.text("note")) } }
                @for fault in &sheet.faults { p.fault role="alert" { (fault.message) } }
            }
            div.send {
                @match view.actor {
                    Some(name) => p.quiet { "As " strong { (name) } " · " a href="/actor" { "someone else?" } },
                    None => div.field { label { "Who are you?" input type="text" name="actor" autocomplete="off"; } },
                }
                div.buttons.words {
                    button.primary name="word" value="approved" { "Approve" }
                    button name="word" value="declined" { "Decline" }
                    button name="word" value="withdrawn" { "Withdraw" }
                }
            }
        }
    }
}
