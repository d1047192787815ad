//! The page of a key result: its chart, its current state, every change with its reasons, every check-in.

mod story;

use axum::response::Response;
use maud::{Markup, html};
use projections::ask::{self, CheckInStands, CycleStands, KeyResultStands};
use projections::rows::CycleState;

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::parts::{bar, confidence, score, status};
use super::view::View;
use super::{brief, chart, trail, when};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};

const A_KEY_RESULT: &str = "a key result";

pub(super) async fn key_result(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    page_request.draw(Calendar::Goal(id.clone()), move |view| draw(view, &id)).await
}

fn draw(view: &View<'_>, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let stands = found(ask::key_result(&known, id)?, view.look, A_KEY_RESULT, id)?;
    let audit = found(ask::audit_key_result(&known, id)?, view.look, A_KEY_RESULT, id)?;
    let cycle = found(ask::cycle(&known, stands.cycle.as_str())?, view.look, "a cycle", stands.cycle.as_str())?;
    let story = story::of(view, &stands, &audit, &cycle);
    let root = format!("/ledgers/{}", view.ledger.slug());
    let address = format!("{root}/key-results/{}", stands.id);
    let keep = view.as_of.map(|as_of| format!("?as_of={}", when::escaped(as_of))).unwrap_or_default();
    let body = html! {
        div.heading {
            div {
                p.eyebrow { a href={ (root) "/objectives/" (stands.objective) (keep) } { "Objective" } " · Key result " (stands.given) }
                h1 { (stands.title) @if stands.retired.is_some() { " " span.tag { "retired" } } }
                p.quiet { (stands.metric.name) " · " (stands.owner) }
            }
            @if !view.is_past() { div.actions {
                a.button.primary href={ (root) "/cycles/" (stands.cycle) "/check-in?owner=" (when::escaped(stands.owner.as_str())) } { "Check in" }
                @if cycle.state == CycleState::Open { a.button href={ (address) "/measures" } { "Baseline and target" } }
                @else { a.button href={ (address) "/adjust" } { "Adjust" } }
                a.button href={ (address) "/score" } { "Score" }
                @if stands.retired.is_none() { a.button href={ (address) "/retire" } { "Retire" } }
            } }
        }
        (figures(&stands, &cycle, view.is_past()))
        section.panel {
            h2 { "The way so far" }
            @match chart::key_result(&story) {
                Some(picture) => { (legend()) div.chart-scroll { (picture) } },
                None => p.quiet { "There is nothing to draw yet: neither a baseline, nor a target, nor a check-in." },
            }
        }
        section.panel #trail {
            h2 { "Why it is what it is" }
            (trail::trail(&audit.trail, view.ledger.slug(), None))
        }
        (check_ins(view, &stands, &cycle))
    };
    let here = Here::in_cycle(view, &brief(&cycle), Tab::None);
    Ok(Drawn::page(Page { title: stands.title.to_string(), here, body }))
}

fn figures(stands: &KeyResultStands, cycle: &CycleStands, is_past: bool) -> Markup {
    let line = &stands.board;
    let metric = &stands.metric;
    html! {
        section.summary aria-label="How it stands" {
            div.stat {
                span.label { (if is_past { "Then" } else { "Now" }) }
                span.big { (figure::value(line.current, metric)) }
                span.quiet { (figure::way(line.baseline, line.target, metric))
                    @if line.original_target != line.target && line.original_target.is_some() {
                        ", at the start → " (figure::value(line.original_target, metric)) } }
            }
            div.stat {
                span.label { "Score" }
                span.big { (score(line.score.last)) }
                span.quiet { "computed " (figure::score(line.score.computed))
                    @if line.score.graded.is_some() { " · graded " (figure::score(line.score.graded)) } }
            }
            div.stat.wide {
                span.label { "Progress" }
                span.big { (figure::percent(line.progress)) }
                (bar(line.progress, cycle.elapsed, line.status))
                span.quiet { (figure::percent(Some(cycle.elapsed))) " of the cycle gone"
                    @if let Some(due) = stands.due_on { " · due " (when::plain(due)) } }
            }
            div.stat {
                span.label { "Confidence" }
                span.big { (confidence(line.confidence, line.previous_confidence)) }
                (status(line.status))
            }
        }
        @if let Some(graded) = &stands.graded {
            section.panel { h2 { "Graded " (graded.score) } p { (graded.rationale) } }
        }
        @if !line.blockers.is_empty() {
            section.panel { h2 { "In the way" } @for blocker in &line.blockers { span.blocker { (blocker) } } }
        }
    }
}

fn legend() -> Markup {
    html! {
        ul.legend aria-hidden="true" {
            li { svg.chart { line.value x1="0" x2="22" y1="6" y2="6" {} } "value" }
            li { svg.chart { line.pace x1="0" x2="22" y1="6" y2="6" {} } "expected pace" }
            li { svg.chart { line.target x1="0" x2="22" y1="6" y2="6" {} } "target" }
            li { svg.chart { line.baseline x1="0" x2="22" y1="6" y2="6" {} } "baseline" }
            li { svg.mark.backdated { circle cx="11" cy="6" r="4.5" {} } "entered later" }
            li { svg.mark.corrected { path d="M11,0.5 l5.5,5.5 l-5.5,5.5 l-5.5,-5.5 z" {} } "corrected" }
            li { svg.mark.change { line x1="11" x2="11" y1="0" y2="12" {} circle cx="11" cy="6" r="4.5" {} } "adjusted" }
            li { svg.chart { line.confidence x1="0" x2="22" y1="6" y2="6" {} } "confidence" }
        }
    }
}

/// Renders the check-ins as a table, for screen readers and for exact figures.
fn check_ins(view: &View<'_>, stands: &KeyResultStands, cycle: &CycleStands) -> Markup {
    if stands.check_ins.is_empty() {
        return html! {};
    }
    html! {
        section.panel {
            h2 { "Check-ins" }
            div.table-scroll tabindex="0" role="region" aria-label="Check-ins" {
                table.plain {
                    thead { tr { th { "Day" } th.end { "Value" } th.end { "Confidence" } th { "Said" } th { "By" } th { "Event" } } }
                    tbody { @for check_in in stands.check_ins.iter().rev() { (check_in_row(view, stands, check_in, cycle)) } }
                }
            }
        }
    }
}

fn check_in_row(view: &View<'_>, stands: &KeyResultStands, check_in: &CheckInStands, cycle: &CycleStands) -> Markup {
    let events = format!("/ledgers/{}/events", view.ledger.slug());
    html! {
        tr {
            td.nowrap { (when::day_in(check_in.time, cycle.time_zone))
                @if story::is_late(check_in, cycle.time_zone) {
                    small.under { "entered " (when::day_in(check_in.recorded_at, cycle.time_zone)) } } }
            td.end.nowrap { (value(stands, check_in)) }
            td.end { (figure::confidence(check_in.confidence.map(|sure| sure.number()))) }
            td.telling {
                @if let Some(said) = check_in.status { span class={ "status " (said) } { (said.as_str().replace('_', " ")) } " " }
                @if let Some(note) = &check_in.note { span.prose { (note) } }
                @for blocker in &check_in.blockers { span.blocker { (blocker) } }
                (list("Done", &check_in.progress))
                (list("Next", &check_in.plans))
                (list("Trouble", &check_in.problems))
                @for seq in &check_in.corrected_by { " " a.tag href={ (events) "/" (seq) } { "corrected by event " (seq) } }
            }
            td { (check_in.actor) }
            td { a href={ (events) "/" (check_in.seq) } { (check_in.seq) } }
        }
    }
}

fn value(stands: &KeyResultStands, check_in: &CheckInStands) -> String {
    match &check_in.milestones_done {
        Some(done) => format!("{} of {}", done.len(), stands.metric.milestones.len()),
        None => figure::value(check_in.value, &stands.metric),
    }
}

fn list(title: &str, lines: &[events::Text]) -> Markup {
    html! {
        @if !lines.is_empty() {
            span.said { strong { (title) ": " } @for (n, line) in lines.iter().enumerate() { @if n > 0 { "; " } (line) } }
        }
    }
}
