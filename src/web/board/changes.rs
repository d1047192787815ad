//! The changes between two days, as a list.

use events::Number;
use maud::{Markup, html};
use projections::ask::{Changes, GoalChange};
use projections::rows::{FieldChange, JsonText};

use super::table::Links;
use crate::figure;

pub(super) fn changes(changes: &Changes, links: &Links<'_>) -> Markup {
    html! {
        section.changes aria-label="What changed" {
            h2 { "What changed" }
            p.quiet {
                (figure::count(changes.events.len() as u64, "event")) ": from event " (changes.from.seq) " to event " (changes.to.seq)
            }
            @if changes.objectives.is_empty() && changes.board.is_empty() { p { "Nothing." } }
            @if !changes.board.is_empty() { (fields("The cycle", &changes.board)) }
            @for objective in &changes.objectives {
                div.changed {
                    p.title {
                        span.ref { (objective.given) } " "
                        a href=(links.to("objectives", objective.id.as_str(), "")) { (objective.title) } " " (became(objective.change))
                    }
                    @if objective.change == GoalChange::Changed { (list(&objective.changes)) }
                    @for key_result in &objective.key_results {
                        p { span.ref { (key_result.given) } " "
                            a href=(links.to("key-results", key_result.id.as_str(), "")) { (key_result.title) } " " (became(key_result.change)) }
                        @if key_result.change == GoalChange::Changed { (list(&key_result.changes)) }
                    }
                }
            }
        }
    }
}

fn became(change: GoalChange) -> Markup {
    let word = match change {
        GoalChange::Appeared => "new",
        GoalChange::Retired => "retired",
        GoalChange::Changed | GoalChange::Unchanged => return html! {},
    };
    html! { span.tag { (word) } }
}

fn fields(title: &str, changes: &[FieldChange]) -> Markup {
    html! { div.changed { p.title { (title) } (list(changes)) } }
}

/// Fields that follow from others, as a score from a value, or that only explain another change.
const LEFT_OUT: [&str; 11] = [
    "progress",
    "score.computed",
    "score.final",
    "computed_score",
    "previous_confidence",
    "last_check_in_on",
    "adjustments",
    "original_target",
    "cycle.elapsed",
    "counts.stale",
    "metric",
];

/// Lists the changed fields with their values before and after.
fn list(changes: &[FieldChange]) -> Markup {
    let kept = changes.iter().filter(|change| !LEFT_OUT.contains(&change.field.as_str()));
    html! {
        ul.diffs {
            @for change in kept {
                li {
                    span.quiet { (figure::field(&change.field)) " " }
                    span.before { (short(&change.field, &change.from)) } " → " span.after { (short(&change.field, &change.to)) }
                }
            }
        }
    }
}

fn short(field: &str, value: &JsonText) -> String {
    match serde_json::from_str::<Number>(value.as_str()) {
        Ok(score) if field == "score" => figure::score(Some(score)),
        _ => figure::json(value).replace('_', " "),
    }
}
