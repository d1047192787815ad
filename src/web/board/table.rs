//! The table of objectives and key results, with their figures in columns.

use std::collections::BTreeMap;

use events::{Metric, Number};
use maud::{Markup, html};
use projections::ask::{Board, BoardKeyResult, BoardObjective, ConfidenceLine, ConfidenceReport, Standing, Teams};

use crate::figure;
use crate::web::parts::{bar, confidence, empty, score, spark, status};
use crate::web::when;

/// The link targets of the rows, which keep the moment unless it is the latest.
pub(super) struct Links<'a> {
    pub(super) ledger: &'a str,
    pub(super) as_of: Option<String>,
}

impl Links<'_> {
    pub(super) fn to(&self, noun: &str, id: &str, place: &str) -> String {
        let as_of = self.as_of.as_ref().map(|as_of| format!("?as_of={}", when::escaped(as_of))).unwrap_or_default();
        format!("/ledgers/{}/{noun}/{id}{as_of}{place}", self.ledger)
    }
}

pub(super) fn table(board: &Board, sure: &ConfidenceReport, teams: &Teams, links: &Links<'_>) -> Markup {
    if board.objectives.is_empty() {
        return empty("Nothing here", html! { "No objective was known on this day that fits the filters." });
    }
    let sure: BTreeMap<&str, &ConfidenceLine> =
        sure.subject.parts.iter().map(|line| (line.id.as_str(), line)).collect();
    let names: BTreeMap<&str, &str> = teams.teams.iter().map(|team| (team.id.as_str(), team.name.as_str())).collect();
    html! {
        table.board {
            (columns("Objective and key results"))
            @for objective in &board.objectives {
                tbody.retired[!objective.state.stands()] id=(objective.given) {
                    (head(objective, sure.get(objective.id.as_str()).copied(), &names, board.cycle.elapsed, links))
                    @for key_result in &objective.key_results { (row(key_result, board.cycle.elapsed, links)) }
                }
            }
        }
    }
}

/// Renders the rows of an objective's key results, without the objective itself.
pub(super) fn rows(objective: &BoardObjective, elapsed: Number, links: &Links<'_>) -> Markup {
    if objective.key_results.is_empty() {
        return empty("No key result yet", html! { "How will we know that it is reached?" });
    }
    html! {
        table.board.alone {
            (columns("Key results"))
            tbody { @for key_result in &objective.key_results { (row(key_result, elapsed, links)) } }
        }
    }
}

fn columns(first: &str) -> Markup {
    html! {
        thead { tr {
            th scope="col" { (first) }
            th scope="col" { "Progress" }
            th.end scope="col" { "Score" }
            th.end scope="col" { "Confidence" }
            th scope="col" { "Status" }
            th.end scope="col" { "Check-in" }
        } }
    }
}

fn head(
    objective: &BoardObjective,
    sure: Option<&ConfidenceLine>,
    names: &BTreeMap<&str, &str>,
    elapsed: Number,
    links: &Links<'_>,
) -> Markup {
    let weeks: Vec<_> = sure.iter().flat_map(|line| &line.weeks).map(|week| week.confidence).collect();
    let before = earlier(&weeks);
    let team = objective.team.as_ref().map(|team| names.get(team.as_str()).copied().unwrap_or(team.as_str()));
    html! {
        tr.objective {
            th scope="rowgroup" {
                span.ref { (objective.given) } " "
                a.title href=(links.to("objectives", objective.id.as_str(), "")) { (objective.title) }
                span.quiet {
                    (objective.owner) " · " (team.unwrap_or(objective.level.as_str())) " · " (objective.ambition)
                    @if !objective.state.stands() { " · retired" }
                }
            }
            td data-label="Progress" { (bar(objective.computed_score, elapsed, objective.status)) }
            td.end data-label="Score" {
                (score(objective.score))
                @if objective.score != objective.computed_score {
                    small.under { "computed " (figure::score(objective.computed_score)) }
                }
            }
            td.end data-label="Confidence" { (confidence(objective.confidence, before)) (spark(&weeks)) }
            td data-label="Status" { (status(objective.status)) }
            td.end {}
        }
    }
}

/// Returns the confidence stated before the latest one.
fn earlier(weeks: &[Option<Number>]) -> Option<Number> {
    weeks.iter().rev().flatten().nth(1).copied()
}

fn row(key_result: &BoardKeyResult, elapsed: Number, links: &Links<'_>) -> Markup {
    let standing = if key_result.state.stands() { key_result.status } else { Standing::Unknown };
    html! {
        tr.retired[!key_result.state.stands()] {
            th scope="row" {
                span.ref { (key_result.given) } " "
                a href=(links.to("key-results", key_result.id.as_str(), "")) { (key_result.title) }
                @if key_result.adjustments > 0 { " " (adjusted(key_result, links)) }
                @if !key_result.state.stands() { " " span.tag { "retired" } }
                span.quiet { (key_result.owner) }
                @for blocker in &key_result.blockers { span.blocker { (blocker) } }
            }
            td data-label="Progress" {
                (bar(key_result.progress, elapsed, standing))
                span.way {
                    strong { (figure::value(key_result.current, &key_result.metric)) }
                    " " span.quiet { (way(key_result, &key_result.metric)) }
                }
            }
            td.end data-label="Score" {
                (score(key_result.score.last))
                @if key_result.score.graded.is_some() {
                    small.under { "computed " (figure::score(key_result.score.computed)) }
                }
            }
            td.end data-label="Confidence" { (confidence(key_result.confidence, key_result.previous_confidence)) }
            td data-label="Status" { (status(key_result.status)) }
            td.end data-label="Check-in" {
                @match key_result.last_check_in_on {
                    Some(day) => span.stale[key_result.stale] { (when::short(day)) },
                    None => span.quiet { "none" },
                }
                @if key_result.stale { small.under.stale { "overdue" } }
            }
        }
    }
}

fn way(key_result: &BoardKeyResult, metric: &Metric) -> String {
    figure::way(key_result.baseline, key_result.target, metric)
}

fn adjusted(key_result: &BoardKeyResult, links: &Links<'_>) -> Markup {
    let times = match key_result.adjustments {
        1 => "adjusted".to_owned(),
        n => format!("adjusted {n}×"),
    };
    let was = match (key_result.original_target, key_result.target) {
        (Some(was), Some(is)) if was != is => {
            format!("the target was {} at the start", figure::value(Some(was), &key_result.metric))
        }
        _ => "changed after the cycle's start".into(),
    };
    html! {
        a.tag.adjusted href=(links.to("key-results", key_result.id.as_str(), "#trail")) title=(was) { (times) }
    }
}
