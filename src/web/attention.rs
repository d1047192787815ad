//! The weekly fifteen-minute review: the goals that need discussion.

use axum::response::Response;
use maud::{Markup, html};
use projections::ask::attention::Concern;
use projections::ask::{self, AttentionKeyResult, AttentionObjective, Reason};
use projections::rows::CycleState;

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::parts::{confidence, empty, status};
use super::view::View;
use super::{brief, trail, when};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};

pub(super) async fn attention(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    page_request.draw(Calendar::Cycle(id.clone()), move |view| draw(view, &id)).await
}

fn draw(view: &View<'_>, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, id)?, view.look, "a cycle", id)?;
    let answer = found(ask::attention(&known, id)?, view.look, "a cycle", id)?;
    let root = format!("/ledgers/{}", view.ledger.slug());
    let talk: usize = answer.objectives.iter().map(|objective| objective.key_results.len()).sum();
    let body = html! {
        div.heading { div {
            h1 { "Attention" }
            p.quiet {
                @if talk > 0 { (figure::count(talk as u64, "key result")) " to talk about; " (answer.left_out) " left out, because nothing about them needs talking." }
                @else { "What needs talking about in " (cycle.title) "." }
            }
        } }
        @if answer.objectives.is_empty() {
            @let (nothing, because) = figure::nothing_to_talk_about(cycle.state);
            (empty(nothing, html! {
                (trail::sentence(because)) "."
                @if cycle.state == CycleState::Closed { " Look at a week of it on the " a href={ (root) "/cycles/" (id) } { "board" } "." }
            }))
        }
        @for objective in &answer.objectives { (card(objective, &root, view.as_of)) }
    };
    Ok(Drawn::page(Page {
        title: "Attention".into(),
        here: Here::in_cycle(view, &brief(&cycle), Tab::Attention),
        body,
    }))
}

fn card(objective: &AttentionObjective, root: &str, as_of: Option<&str>) -> Markup {
    let keep = as_of.map(|as_of| format!("?as_of={}", when::escaped(as_of))).unwrap_or_default();
    html! {
        section.panel.talk {
            div.talk-head {
                h2 { span.ref { (objective.given) } " " a href={ (root) "/objectives/" (objective.id) (keep) } { (objective.title) } }
                (status(objective.status))
            }
            (reasons(&objective.reasons))
            @for key_result in &objective.key_results { (line(key_result, root, &keep)) }
        }
    }
}

fn line(key_result: &AttentionKeyResult, root: &str, keep: &str) -> Markup {
    html! {
        article.concern {
            div {
                h3 { span.ref { (key_result.given) } " " a href={ (root) "/key-results/" (key_result.id) (keep) } { (key_result.title) } }
                (reasons(&key_result.reasons))
            }
            div.aside {
                (status(key_result.status))
                span { "confidence " (confidence(key_result.confidence, key_result.previous_confidence)) }
                span.quiet { (key_result.owner) }
            }
        }
    }
}

fn reasons(concerns: &[Concern]) -> Markup {
    html! {
        @if !concerns.is_empty() { ul.reasons { @for concern in concerns { li class=(reason(concern.reason)) { (concern.says) } } } }
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Behind => "behind",
        Reason::AtRisk => "at_risk",
        Reason::Blocked => "blocked",
        Reason::FallingConfidence => "falling",
        Reason::Stale => "stale",
        Reason::ProposalWaiting => "waiting",
    }
}
