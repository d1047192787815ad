//! Reports to a board: their figures as issued, and restatements since.

use axum::response::Response;
use events::Number;
use maud::{Markup, html};
use projections::ask::{self, BoardReport, BoardReportHead, Restatements};
use projections::rows::JsonText;

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::parts::{confidence, empty, score, status};
use super::view::View;
use super::{board, brief, trail, when};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};

const A_REPORT: &str = "a board report";

/// Lists all reports, or those of one cycle.
pub(super) async fn list(mut page_request: PageRequest) -> Response {
    let cycle = page_request.params.text("cycle");
    let calendar = cycle.clone().map_or(Calendar::Utc, Calendar::Cycle);
    page_request.draw(calendar, move |view| draw_list(view, cycle.as_deref())).await
}

fn draw_list(view: &View<'_>, id: Option<&str>) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let reports = found(ask::board_reports(&known, id)?, view.look, "a cycle", id.unwrap_or_default())?;
    let here = match id {
        None => Here::in_ledger(view, Tab::Reports),
        Some(id) => {
            let cycle = found(ask::cycle(&known, id)?, view.look, "a cycle", id)?;
            Here::in_cycle(view, &brief(&cycle), Tab::Reports)
        }
    };
    let root = format!("/ledgers/{}", view.ledger.slug());
    let body = html! {
        div.heading { div {
            h1 { "Board reports" }
            p.quiet { "What a board was told stays as it was told; what is known better since then is told beside it." }
        } }
        @if reports.board_reports.is_empty() {
            (empty("No board has been told anything yet", html! { "A report is issued with the event " code { "okr.board_report.issued" } "." }))
        }
        ul.cards { @for report in reports.board_reports.iter().rev() { li { (card(report, &root)) } } }
    };
    Ok(Drawn::page(Page { title: "Board reports".into(), here, body }))
}

fn card(report: &BoardReportHead, root: &str) -> Markup {
    html! {
        a.card href={ (root) "/board-reports/" (report.id) } {
            span.title { (report.title) }
            span.quiet { "on " (report.cycle) " · " (when::minute(report.time)) " · " (report.actor) " · knows up to event " (report.stands_on) }
        }
    }
}
pub(super) async fn one(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    page_request.draw(Calendar::Goal(id.clone()), move |view| draw(view, &id)).await
}

fn draw(view: &View<'_>, id: &str) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let told = found(ask::board_report(&view.ledger.past(), &known, id)?, view.look, A_REPORT, id)?;
    let since = found(ask::restatements(&view.ledger.past(), &known, id)?, view.look, A_REPORT, id)?;
    let report = &told.report;
    let cycle = found(ask::cycle(&known, report.cycle.as_str())?, view.look, "a cycle", report.cycle.as_str())?;
    let root = format!("/ledgers/{}", view.ledger.slug());
    let body = html! {
        div.heading {
            div {
                p.eyebrow { "Board report · " (cycle.title) }
                h1 { (report.title) }
                p.quiet {
                    "Issued " (when::minute(report.time)) " by " (report.actor) ", " a href={ (root) "/events/" (report.seq) } { "event " (report.seq) }
                    " · knows up to event " (report.stands_on)
                }
            }
            div.actions { a.button href={ (root) "/cycles/" (report.cycle) "?as_of=" (report.stands_on) } { "The board of it" } }
        }
        @if let Some(note) = &report.note { p.lead.prose { (note) } }
        (board::in_short(&told.board))
        section.panel #told { h2 { "What was told" } (objectives(&told, &root)) }
        section.panel #restatements { h2 { "What is known better by now" } (restated(&since, &root)) }
    };
    let here = Here::in_cycle(view, &brief(&cycle), Tab::Reports);
    Ok(Drawn::page(Page { title: report.title.to_string(), here, body }))
}

fn objectives(told: &BoardReport, root: &str) -> Markup {
    let policy = match told.policy_version {
        0 => "the default policy".to_owned(),
        version => format!("policy version {version}"),
    };
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Objectives" {
            table.plain.goals {
                thead { tr { th { "Objective" } th.end { "Score" } th.end { "Computed" } th.end { "Confidence" } th { "Status" } } }
                tbody { @for objective in &told.board.objectives {
                    tr {
                        th scope="row" { span.ref { (objective.given) } " "
                            a href={ (root) "/objectives/" (objective.id) "?as_of=" (told.report.stands_on) } { (objective.title) } }
                        td.end { (score(objective.score)) }
                        td.end { (figure::score(objective.computed_score)) }
                        td.end { (confidence(objective.confidence, None)) }
                        td { (status(objective.status)) }
                    }
                } }
            }
        }
        p.quiet.small { "Scored by " (told.formula) " under " (policy) "." }
    }
}

fn restated(since: &Restatements, root: &str) -> Markup {
    if since.figures.is_empty() {
        return html! { p.quiet { "Nothing that was reported has been corrected since." } };
    }
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Restated figures" {
            table.plain.goals {
                thead { tr { th { "" } th { "Figure" } th.end { "Reported" } th.end { "Known now" } th.end { "By events" } } }
                tbody { @for one in &since.figures {
                    tr {
                        th scope="row" { @if let Some(given) = one.given { span.ref { (given) } " " } (one.title) }
                        td { (figure::field(&one.figure)) }
                        td.end.nowrap { span.before { (short(&one.figure, &one.reported)) } }
                        td.end.nowrap { span.after { (short(&one.figure, &one.restated)) } }
                        td.end { @for seq in &one.events { a href={ (root) "/events/" (seq) } { (seq) } " " } }
                    }
                } }
            }
        }
        h3 { "Why" }
        ul.story { @for event in &since.events { li { (trail::sentence(&figure::because(event))) } } }
    }
}

fn short(field: &str, value: &JsonText) -> String {
    match serde_json::from_str::<Number>(value.as_str()) {
        Ok(score) if field.contains("score") => figure::score(Some(score)),
        Ok(share) if field == "progress" => figure::percent(Some(share)),
        _ => figure::json(value).replace('_', " "),
    }
}
