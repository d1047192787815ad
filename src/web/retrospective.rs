//! The retrospective: the story of a cycle, as a basis for discussion.

use axum::response::Response;
use maud::{Markup, html};
use projections::ask::retrospective::{GoalGrade, Grading, RetrospectiveWeek};
use projections::ask::{self, BoardAsk, Retrospective};

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::trail::Names;
use super::view::View;
use super::{audit, brief, objective, trail, when};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};

pub(super) async fn retrospective(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    page_request.draw(Calendar::Cycle(id.clone()), move |view| draw(view, &id)).await
}

fn draw(view: &View<'_>, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, id)?, view.look, "a cycle", id)?;
    let story = found(ask::retrospective(&view.ledger.past(), &known, id)?, view.look, "a cycle", id)?;
    let board = found(ask::board(&known, id, &BoardAsk::default())?, view.look, "a cycle", id)?;
    let root = format!("/ledgers/{}", view.ledger.slug());
    let (names, _) = audit::subjects(&board, &root, view.as_of);
    let body = html! {
        div.heading {
            div {
                h1 { "Retrospective" }
                @for says in &story.says { p.quiet { (says) } }
            }
            div.actions { a.button href={ (root) "/cycles/" (id) "/look-back" } { "Look back" } }
        }
        (figures(&story))
        section.panel #timeline {
            h2 { "How it went" }
            @match story.timeline.as_deref() {
                None => p.quiet { "The cycle has more weeks than are told." },
                Some([]) => p.quiet { "Nothing has happened yet." },
                Some(weeks) => ol.weekly { @for one in weeks { (week(one, &root, id)) } },
            }
        }
        section.panel #confidence { h2 { "How sure people were" } (objective::weeks(&story.weekly_confidence)) }
        section.panel #turns {
            h2 { "Where it turned" }
            @if story.turns.is_empty() { p.quiet { "Nothing turned widely from one week to the next." } }
            ul.lines { @for turn in &story.turns { li {
                p { strong { (turn.says) } }
                @if !turn.around.is_empty() { ul.story { @for said in &turn.around { li.quiet { (trail::sentence(said)) } } } }
            } } }
        }
        section.panel #adjustments {
            h2 { "What was adjusted, and why" }
            (trail::trail(&story.adjustments, view.ledger.slug(), Some(&names)))
        }
        section.panel #blockers {
            h2 { "What was in the way" }
            @if story.blockers.is_empty() { p.quiet { "Nothing, as far as check-ins tell." } }
            ul.lines { @for one in &story.blockers { li {
                a.blocker href={ (root) "/key-results/" (one.key_result) } { (one.says) }
            } } }
        }
        section.panel #grades { h2 { "What came of it" } (grades(&story.grades, &names)) }
        section.panel #learnt {
            h2 { "What was learnt" }
            @if story.learnt.is_empty() { p.quiet { "No retrospective has been recorded yet." } }
            ul.lines { @for one in &story.learnt { li { h3 { (one.title) } (objective::looked_back(&one.said)) } } }
        }
        section.panel #carry-over {
            h2 { "What to carry over" }
            @if story.carried_over.is_empty() && story.to_carry_over.is_empty() { p.quiet { "Nothing." } }
            ul.story {
                @for one in &story.carried_over { li { (one.says) } }
                @for one in &story.to_carry_over { li { (one.says) } }
            }
        }
    };
    let here = Here::in_cycle(view, &brief(&cycle), Tab::Retrospective);
    Ok(Drawn::page(Page { title: "Retrospective".into(), here, body }))
}

fn figures(story: &Retrospective) -> Markup {
    let of = |grading| story.grades.iter().filter(|one| one.grading == grading).count();
    html! {
        section.summary.three aria-label="In short" {
            div.stat {
                span.label { "Score" }
                span.big { (figure::score(story.score)) }
                span.quiet { "computed " (figure::score(story.computed_score)) @if let Some(grade) = &story.grade { " · " (grade) } }
            }
            div.stat {
                span.label { "Confidence" }
                span.big { (figure::mean(story.confidence)) span.of { "/10" } }
                span.quiet { "as last stated" }
            }
            div.stat {
                span.label { "Goals that reached what was expected" }
                span.big { (of(Grading::Reached)) span.of { " of " (of(Grading::Reached) + of(Grading::Missed)) } }
                span.quiet { (of(Grading::Open)) " under way · " (of(Grading::Retired)) " retired" }
            }
        }
    }
}

fn week(week: &RetrospectiveWeek, root: &str, cycle: &str) -> Markup {
    html! {
        li {
            div {
                a href={ (root) "/cycles/" (cycle) "?as_of=" (week.to) } { (when::short(week.from)) " – " (when::short(week.to)) }
                p.quiet.small { "score " (figure::score(week.score)) " · sure " (figure::mean(week.confidence)) }
            }
            @if week.says.is_empty() && week.moved.is_empty() { p.quiet { "Nothing was recorded." } }
            @else {
                ul.story {
                    @for saying in &week.says { li {
                        (trail::sentence(&saying.says))
                        @if let Some(seq) = saying.seq { " " a.ref href={ (root) "/events/" (seq) } { "event " (seq) } }
                    } }
                    @for moved in &week.moved { li.quiet { (trail::sentence(moved)) } }
                }
            }
        }
    }
}

fn grades(grades: &[GoalGrade], names: &Names) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Scores against what was expected" {
            table.plain.grades {
                thead { tr { th { "Goal" } th.end { "Expected" } th.end { "Score" } th.end { "Computed" } th { "What to do" } } }
                tbody { @for one in grades {
                    tr.whole[one.given.kind == events::RefKind::Objective] {
                        th scope="row" { (linked(names, one.id.as_str())) }
                        td.end { (figure::score(Some(one.expected))) small.under { (one.ambition) } }
                        td.end { (figure::score(one.score)) @if one.graded.is_some() { small.under { "graded" } } }
                        td.end { (figure::score(one.computed_score)) }
                        td {
                            span class={ "tag " (one.grading.word().replace(' ', "_")) } { (one.grading.word()) }
                            @if let Some(response) = &one.response { " " (response) }
                        }
                    }
                } }
            }
        }
    }
}

fn linked(names: &Names, id: &str) -> Markup {
    match names.get(id) {
        Some((address, title)) => html! { a href=(address) { (title) } },
        None => html! { (id) },
    }
}
