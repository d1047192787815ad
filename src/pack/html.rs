//! The pack as a single page with its style and charts inside. It fetches nothing and runs nothing. It suits screen and
//! paper.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use projections::ask::{BoardKeyResult, BoardObjective, ConfidenceLine, Restatements, Standing};

use super::chart::Charts;
use super::{Adjustment, Pack};
use crate::figure;

/// The page's content security policy. It is also in the page itself, because packs are opened from disks and
/// mailboxes.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The policy without the directives that are valid in a header only.
const POLICY_INSIDE: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("html/pack.css");

pub(super) fn write(pack: &Pack) -> Result<String, String> {
    let board = &pack.board;
    let charts = Charts::of(pack);
    let objectives =
        board.objectives.iter().map(|objective| section(pack, &charts, objective)).collect::<Result<Vec<_>, _>>()?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY_INSIDE);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (pack.organisation) ": " (pack.title()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (cover(pack))
                    (summary(pack))
                    @for objective in objectives { (objective) }
                    @for told in &pack.restatements { (restated(told)) }
                    (adjustments(pack))
                }
                footer {
                    p { (pack.organisation) " · " bdi { (board.cycle.title) } " · " (pack.as_of_words()) }
                    p { "Asked for again: " code { (pack.path()) } }
                }
            }
        }
    };
    Ok(page.into_string())
}

fn cover(pack: &Pack) -> Markup {
    let board = &pack.board;
    let (cycle, counts) = (&board.cycle, &board.counts);
    html! {
        header {
            p.organisation { bdi { (pack.organisation) } }
            h1 { bdi { (cycle.title) } }
            p.stands {
                (cycle.starts_on) " to " (cycle.ends_on) " · " (cycle.state.as_str()) " · "
                (figure::percent(Some(cycle.elapsed))) " gone"
            }
            p.stands { "Board pack, " (pack.as_of_words()) }
            @if let Some(part) = pack.part() { p.part { bdi { (part) } } }
            dl.figures {
                div { dt { "Score" } dd { (figure::score(board.score)) } @if let Some(grade) = &board.grade { dd.says { (grade) } } }
                div { dt { "Computed" } dd { (figure::score(board.computed_score)) } }
                div { dt { "Confidence" } dd { (figure::mean(board.confidence)) } dd.says { "of 10" } }
                div { dt { "Key results" } dd { (counts.key_results) } dd.says { "in " (figure::count(counts.objectives.into(), "objective")) } }
                div { dt { "Adjusted" } dd { (counts.adjusted) } dd.says { (counts.retired) " retired" } }
            }
            p.split {
                @for (n, standing) in [(counts.on_track, Standing::OnTrack), (counts.at_risk, Standing::AtRisk), (counts.behind, Standing::Behind), (counts.unknown, Standing::Unknown)] {
                    @if n > 0 { span.status.(standing.as_str()) { (n) " " (figure::status(standing)) } " " }
                }
                @if counts.stale > 0 { span.status.unknown { (counts.stale) " stale" } }
            }
        }
    }
}

fn summary(pack: &Pack) -> Markup {
    html! {
        section.summary {
            h2 { "Summary" }
            div.wide { table {
                thead { tr { th { "" } th { "Objective" } th { "Owner" } th.n { "Score" } th.n { "Computed" } th.n { "Confidence" } th { "Status" } } }
                tbody { @for objective in &pack.board.objectives { tr {
                    td { a href={ "#" (objective.given) } { (objective.given) } }
                    td { bdi { (objective.title) } }
                    td { bdi { (objective.owner) } }
                    td.n { b { (figure::score(objective.score)) } }
                    td.n { (figure::score(objective.computed_score)) }
                    td.n { (figure::mean(objective.confidence)) }
                    td { (status_label(objective.state.stands(), objective.status)) }
                } } }
            } }
            (weeks(pack))
        }
    }
}

fn weeks(pack: &Pack) -> Markup {
    let numbers = pack.week_numbers();
    let row = |name: String, line: &ConfidenceLine| {
        html! { tr {
            td { (name) }
            td { bdi { (line.title) } }
            @for n in 0..numbers.len() { td.n { (figure::confidence(line.weeks.get(n).and_then(|week| week.confidence))) } }
        } }
    };
    html! {
        @if !numbers.is_empty() {
            h3 { "Confidence by week" }
            div.wide { table.weeks {
                thead { tr { th { "" } th { "Objective" } @for week in &numbers { th.n { (week) } } } }
                tbody {
                    @for line in &pack.weeks { (row(line.given.map(|given| given.to_string()).unwrap_or_default(), line)) }
                    @if let Some(line) = &pack.confidence { (row("all".into(), line)) }
                }
            } }
        }
    }
}

fn section<'a>(pack: &'a Pack, charts: &Charts<'a>, objective: &'a BoardObjective) -> Result<Markup, String> {
    let charts =
        objective.key_results.iter().map(|key_result| picture(charts, key_result)).collect::<Result<Vec<_>, _>>()?;
    Ok(html! {
        section.objective id=(objective.given) {
            h2 { span.ref { (objective.given) } " " bdi { (objective.title) } }
            p.about {
                bdi { (objective.owner) } " · " (objective.level) " · " (objective.ambition)
                @if let Some(team) = &objective.team { " · team " bdi { (pack.team(team)) } }
                @if let Some(goal) = &objective.supports { " · supports " bdi { (goal) } }
                @for end in figure::carried(objective) { " · " (end) }
            }
            p.about {
                "Score " b { (figure::score(objective.score)) }
                @if let Some(grade) = &objective.grade { " " (grade) }
                " (computed " (figure::score(objective.computed_score)) ") · confidence " (figure::mean(objective.confidence)) " · "
                (status_label(objective.state.stands(), objective.status))
            }
            @if !objective.key_results.is_empty() {
                div.wide { table {
                    thead { tr {
                        th { "" } th { "Key result" } th { "From → to" } th.n { "Now" } th.n { "Done" } th.n { "Computed" }
                        th.n { "Graded" } th.n { "Sure (before)" } th { "Last heard" } th { "Status" }
                    } }
                    tbody { @for key_result in &objective.key_results { (row(key_result)) } }
                } }
                div.charts { @for chart in charts { (chart) } }
            }
        }
    })
}

fn row(key_result: &BoardKeyResult) -> Markup {
    let metric = &key_result.metric;
    html! { tr {
        td { (key_result.given) }
        td {
            bdi { (key_result.title) }
            div.owner { bdi { (key_result.owner) } }
            @for blocker in &key_result.blockers { div.blocker { "Blocked: " bdi { (blocker) } } }
        }
        td {
            bdi { (figure::way(key_result.baseline, key_result.target, metric)) }
            @if figure::is_moved(key_result) { div.owner { "was " (figure::short(key_result.original_target, metric)) } }
        }
        td.n { (figure::short(key_result.current, metric)) }
        td.n { (figure::percent(key_result.progress)) }
        td.n { (figure::score(key_result.score.computed)) }
        td.n { (figure::score(key_result.score.graded)) }
        td.n { (figure::confidence_and_previous(key_result.confidence, key_result.previous_confidence)) }
        td.date { (key_result.last_check_in_on.map_or(figure::NONE.into(), |day| day.to_string())) }
        td {
            (status_label(key_result.state.stands(), key_result.status))
            @for mark in figure::marks(key_result).iter().skip(1) { div.owner { (mark) } }
        }
    } }
}

fn picture<'a>(charts: &Charts<'a>, key_result: &'a BoardKeyResult) -> Result<Markup, String> {
    let chart = charts.chart(key_result);
    let svg = chart.svg()?;
    Ok(html! {
        figure {
            figcaption { (key_result.given) " " bdi { (super::plain::short(key_result.title.as_str(), 90)) } }
            div role="img" aria-label=(chart.words()) { (PreEscaped(svg)) }
        }
    })
}

fn restated(told: &Restatements) -> Markup {
    let report = &told.report;
    html! {
        section.restated {
            h2 { "What was told before: " bdi { (report.title) } }
            p.about {
                "Issued " (figure::minute(report.time)) " by " bdi { (report.actor) } ", knowing up to event " (report.stands_on) "."
            }
            @if told.figures.is_empty() { p { "Nothing of it has been corrected since." } }
            @else {
                div.wide { table {
                    thead { tr { th { "" } th { "Goal" } th { "Figure" } th.n { "Told" } th.n { "Known now" } th { "By events" } } }
                    tbody { @for one in &told.figures { tr {
                        td { @if let Some(given) = one.given { (given) } }
                        td { bdi { (one.title) } }
                        td { (figure::field(&one.figure)) }
                        td.n { bdi { (figure::json(&one.reported)) } }
                        td.n { b { bdi { (figure::json(&one.restated)) } } }
                        td { @for (n, seq) in one.events.iter().enumerate() { @if n > 0 { ", " } (seq) } }
                    } } }
                } }
                ul { @for event in &told.events { li { bdi { (figure::because(event)) } } } }
            }
        }
    }
}

fn adjustments(pack: &Pack) -> Markup {
    html! {
        section.adjustments {
            h2 { "Adjustments in mid-cycle" }
            @if pack.adjustments.is_empty() { p { "None: every goal stands as it was agreed at the start." } }
            @for adjustment in &pack.adjustments { (adjusted(adjustment)) }
        }
    }
}

fn adjusted(adjustment: &Adjustment) -> Markup {
    let item = &adjustment.item;
    html! {
        article {
            h3 { span.ref { (adjustment.given) } " " bdi { (adjustment.title) } }
            p { b { bdi { (item.summary) } } }
            p.owner { (figure::minute(item.time)) " · by " bdi { (item.actor) } " · event " (item.seq) }
            @if let Some(why) = &item.justification {
                dl.why {
                    dt { "What changed outside?" } dd { bdi { (why.circumstances) } }
                    dt { "Why adjust?" } dd { i { (why.cause.as_str().replace('_', " ")) } ": " bdi { (why.statement) } }
                    dt { "Is the objective preserved?" } dd { (if why.preserves_objective { "Yes" } else { "No" }) }
                    @if !why.evidence.is_empty() {
                        dt { "Evidence" } dd { @for evidence in &why.evidence { div { bdi { (evidence) } } } }
                    }
                }
            }
        }
    }
}

fn status_label(is_standing: bool, status: Standing) -> Markup {
    html! {
        @if is_standing { span.status.(status.as_str()) { (figure::status(status)) } }
        @else { span.status.unknown { "retired" } }
    }
}
