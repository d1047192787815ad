//! The audit trail: who, when, the values before and after, and the answers to the method's three questions.

use std::collections::BTreeMap;

use events::Context;
use maud::{Markup, html};
use projections::ask::TrailItem;

use super::when;
use crate::figure;

/// Addresses and titles of subjects.
pub(super) type Names = BTreeMap<String, (String, String)>;

/// Renders the lines of a trail, newest first. If they are about several subjects, `names` has their titles.
pub(super) fn trail(lines: &[TrailItem], ledger: &str, names: Option<&Names>) -> Markup {
    if lines.is_empty() {
        return html! { p.quiet { "No change." } };
    }
    html! { ol.trail { @for line in lines.iter().rev() { (item(line, ledger, names)) } } }
}

fn item(line: &TrailItem, ledger: &str, names: Option<&Names>) -> Markup {
    let name = names.and_then(|names| names.get(line.subject.as_str()));
    html! {
        li.line.adjustment[line.adjustment] id={ "event-" (line.seq) } {
            p.eyebrow {
                (when::minute(line.time)) " · " (line.actor) " · "
                a href={ "/ledgers/" (ledger) "/events/" (line.seq) } { "event " (line.seq) }
                @if line.recorded_at.micros() - line.time.micros() > 86_400_000_000 { " · recorded " (when::minute(line.recorded_at)) }
            }
            @if let Some((address, title)) = name { p.about { a href=(address) { (title) } } }
            p.says { (sentence(&line.summary)) }
            @if !line.changes.is_empty() && line.adjustment {
                dl.diff {
                    @for change in &line.changes {
                        dt { (change.field.replace('_', " ")) }
                        dd { span.before { (figure::json(&change.from)) } " → " span.after { (figure::json(&change.to)) } }
                    }
                }
            }
            @if let Some(why) = &line.justification { (questions(why)) }
            @if let Some(approval) = &line.approval {
                p.small { "Proposed by " strong { (approval.proposed_by) } ", approved by " strong { (approval.approved_by) } "." }
            }
            @if let Some(remark) = &line.remark { p.prose.quiet { "“" (remark) "”" } }
            @if line.adjustment {
                @if let Some(context) = &line.context { (stood(context)) }
                @if let Some(effect) = line.effect.as_ref().filter(|effect| effect.computed_score_before != effect.computed_score_after) {
                    p.quiet.small { "It moved the computed score from " (figure::score(effect.computed_score_before.map(|score| score.number())))
                        " to " (figure::score(effect.computed_score_after.map(|score| score.number()))) "." }
                }
                @if let Some(without) = line.without.as_ref().and_then(|without| without.key_result.as_ref()).filter(|without| without.computed_score != without.computed_score_without) {
                    p.quiet.small { "Without it the computed score would be " (figure::score(without.computed_score_without)) "; it is " (figure::score(without.computed_score)) "." }
                }
            }
        }
    }
}

/// Renders the three questions about a change in mid-quarter, with their answers.
pub(super) fn questions(why: &events::Justification) -> Markup {
    html! {
        dl.questions {
            dt { "What changed outside?" }
            dd.prose { (why.circumstances) }
            dt { "Because we are behind, or because circumstances changed?" }
            dd { strong { (why.cause.as_str().replace('_', " ")) ". " } span.prose { (why.statement) } }
            dt { "Is the spirit of the objective kept?" }
            dd { (if why.preserves_objective { "Yes." } else { "No." }) }
            @if !why.evidence.is_empty() {
                dt { "Evidence" }
                dd { @for uri in &why.evidence { (evidence(uri.as_str())) " " } }
            }
        }
    }
}

/// Only web addresses become links, because other schemes could run scripts.
fn evidence(uri: &str) -> Markup {
    let lower = uri.to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        html! { a href=(uri) rel="noreferrer noopener" { (uri) } }
    } else {
        html! { code { (uri) } }
    }
}

fn stood(context: &Context) -> Markup {
    html! {
        p.quiet.small {
            "It stood at " (figure::percent(context.progress)) " of the way with " (figure::percent(context.elapsed)) " of the cycle gone"
            @if let Some(days) = context.days_left { ", " (figure::count(days.unsigned_abs(), "day")) (if days < 0 { " after its end" } else { " left" }) }
            ", confidence " (figure::confidence(context.confidence)) "."
        }
    }
}

/// Returns a summary as a sentence.
pub(super) fn sentence(summary: &str) -> String {
    let mut letters = summary.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
