//! The page of an objective: its state, confidence by week, its key results and their changes.

use ::events::SubjectId;
use axum::response::Response;
use maud::{Markup, html};
use projections::ask::{self, ConfidenceLine, ObjectiveStands, RetrospectiveStands};

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::parts::{confidence, score, status};
use super::trail::Names;
use super::view::View;
use super::{board, brief, trail, when};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};

const AN_OBJECTIVE: &str = "an objective";

pub(super) async fn objective(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    page_request.draw(Calendar::Goal(id.clone()), move |view| draw(view, &id)).await
}

fn draw(view: &View<'_>, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let stands = found(ask::objective(&known, id)?, view.look, AN_OBJECTIVE, id)?;
    let audit = found(ask::audit_objective(&known, id)?, view.look, AN_OBJECTIVE, id)?;
    let sure = found(ask::confidence_of_objective(&known, id)?, view.look, AN_OBJECTIVE, id)?;
    let cycle = found(ask::cycle(&known, stands.cycle.as_str())?, view.look, "a cycle", stands.cycle.as_str())?;
    let root = format!("/ledgers/{}", view.ledger.slug());
    let keep = view.as_of.map(|as_of| format!("?as_of={}", when::escaped(as_of))).unwrap_or_default();
    let key_results = stands.board.key_results.iter();
    let names: Names = key_results
        .map(|line| (line.id.to_string(), (format!("{root}/key-results/{}{keep}", line.id), line.title.to_string())))
        .collect();
    let called = |id: &SubjectId| {
        let goal = cycle.objectives.iter().find(|goal| goal.id == *id);
        goal.map_or(id.to_string(), |goal| format!("{} {}", goal.given, goal.title))
    };
    let theme_called = |id: &SubjectId| {
        let theme = cycle.themes.iter().find(|theme| theme.id == *id);
        theme.map_or(id.to_string(), |theme| format!("“{}”", theme.title))
    };
    let body = html! {
        div.heading {
            div {
                p.eyebrow { "Objective · " (stands.given) }
                h1 { (stands.title) @if stands.retired.is_some() { " " span.tag { "retired" } } }
                p.quiet {
                    (stands.owner) " · " (stands.level) " · " (stands.ambition)
                    @if let Some(supports) = &stands.supports { " · supports " (called(supports)) }
                    @for theme in &stands.themes { " · theme " (theme_called(theme)) }
                }
            }
            @if !view.is_past() { div.actions {
                a.button href={ (root) "/cycles/" (stands.cycle) "/draft?objective=" (stands.id) } { "Add a key result" }
                a.button href={ (root) "/objectives/" (stands.id) "/score" } { "Score" }
                a.button href={ (root) "/objectives/" (stands.id) "/look-back" } { "Look back" }
                @if stands.retired.is_none() {
                    a.button href={ (root) "/objectives/" (stands.id) "/amend" } { "Amend" }
                    a.button href={ (root) "/objectives/" (stands.id) "/retire" } { "Retire" }
                }
            } }
        }
        @if let Some(description) = &stands.description { p.lead.prose { (description) } }
        (figures(&stands))
        (board::key_results(&stands.board, cycle.elapsed, view.ledger.slug(), view.as_of))
        section.panel { h2 { "How sure people were" } (weeks(&sure.subject)) }
        (retrospectives(&stands))
        section.panel #trail { h2 { "Every change" } (trail::trail(&audit.trail, view.ledger.slug(), Some(&names))) }
    };
    let here = Here::in_cycle(view, &brief(&cycle), Tab::None);
    Ok(Drawn::page(Page { title: stands.title.to_string(), here, body }))
}

fn figures(stands: &ObjectiveStands) -> Markup {
    let line = &stands.board;
    html! {
        section.summary.three aria-label="How it stands" {
            div.stat {
                span.label { "Score" }
                span.big { (score(line.score)) }
                span.quiet { "computed " (figure::score(line.computed_score)) @if let Some(grade) = &line.grade { " · " (grade) } }
            }
            div.stat { span.label { "Confidence" } span.big { (confidence(line.confidence, None)) } }
            div.stat { span.label { "Status" } span.big { (status(line.status)) } span.quiet { (figure::count(line.key_results.len() as u64, "key result")) } }
        }
        @if let Some(graded) = &stands.graded { section.panel { h2 { "Graded " (graded.score) } p.prose { (graded.rationale) } } }
    }
}

/// Renders the confidence stated in each week.
pub(super) fn weeks(subject: &ConfidenceLine) -> Markup {
    if subject.weeks.is_empty() {
        return html! { p.quiet { "Nothing was stated yet." } };
    }
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Confidence by week" {
            table.plain.weeks {
                thead { tr { th { "" } @for week in &subject.weeks { th.end scope="col" title={ (week.from) " to " (week.to) } { "w" (week.week) } } } }
                tbody {
                    (week_row(subject, true))
                    @for part in &subject.parts { (week_row(part, false)) }
                }
            }
        }
    }
}

fn week_row(line: &ConfidenceLine, whole: bool) -> Markup {
    let band = |sure: Option<events::Number>| match sure.map(|sure| sure.rounded(0)) {
        None => "",
        Some(sure) if sure >= events::Number::from(8) => "sure-3",
        Some(sure) if sure >= events::Number::from(4) => "sure-2",
        Some(_) => "sure-1",
    };
    html! {
        tr.whole[whole] {
            th scope="row" { @if let Some(given) = line.given { span.ref { (given) } " " } (line.title) }
            @for week in &line.weeks {
                td class={ "end " (band(week.confidence)) } { (figure::confidence(week.confidence)) }
            }
        }
    }
}

fn retrospectives(stands: &ObjectiveStands) -> Markup {
    html! {
        @for said in &stands.retrospectives { section.panel { h2 { "Looking back" } (looked_back(said)) } }
    }
}

/// Renders the answers of a retrospective.
pub(super) fn looked_back(said: &RetrospectiveStands) -> Markup {
    let parts = [
        ("What worked", &said.went_well),
        ("What did not", &said.went_badly),
        ("Learnt", &said.learnings),
        ("To be done", &said.actions),
    ];
    html! {
        p.eyebrow { (when::minute(said.time)) " · " (said.actor) }
        div.columns {
            @for (title, lines) in parts {
                @if !lines.is_empty() { div { h3 { (title) } ul { @for line in lines { li { (line) } } } } }
            }
        }
    }
}
