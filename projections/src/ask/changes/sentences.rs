//! Differences as sentences for people.

use events::Metric;

use super::{GoalChange, ObjectiveChange};
use crate::ask::{Board, words};
use crate::rows::{FieldChange, JsonText};

/// Returns one sentence for the cycle, then one for each goal in order.
pub(super) fn of(after: &Board, board: &[FieldChange], objectives: &[ObjectiveChange]) -> Vec<String> {
    let mut says = Vec::new();
    let of_cycle = clauses(board, None);
    if !of_cycle.is_empty() {
        says.push(format!("The cycle: {}.", of_cycle.join("; ")));
    }
    for objective in objectives {
        let named = format!("{} “{}”", objective.given, objective.title);
        says.extend(goal(&named, objective.change, &objective.changes, None));
        let shown = after.objectives.iter().find(|shown| shown.id == objective.id);
        for key_result in &objective.key_results {
            let line = shown.and_then(|shown| shown.key_results.iter().find(|line| line.id == key_result.id));
            let named = format!("{} “{}”", key_result.given, key_result.title);
            says.extend(goal(&named, key_result.change, &key_result.changes, line.map(|line| &line.metric)));
        }
    }
    says
}

fn goal(named: &str, change: GoalChange, changes: &[FieldChange], metric: Option<&Metric>) -> Option<String> {
    match change {
        GoalChange::Appeared => Some(format!("{named} is new.")),
        GoalChange::Retired => Some(format!("{named} was retired.")),
        GoalChange::Changed | GoalChange::Unchanged => {
            let clauses = clauses(changes, metric);
            (!clauses.is_empty()).then(|| format!("{named}: {}.", clauses.join("; ")))
        }
    }
}

/// Returns one clause for each field that is informative by itself.
fn clauses(changes: &[FieldChange], metric: Option<&Metric>) -> Vec<String> {
    let find = |name: &str| changes.iter().find(|change| change.field == name);
    let same = |one: &FieldChange, other: &str| {
        find(other).is_some_and(|other| (&one.from, &one.to) == (&other.from, &other.to))
    };
    let mut clauses = Vec::new();
    for change in changes {
        let field = change.field.as_str();
        let value = |value: &JsonText| words::value(field, value, metric);
        let name = words::name(field);
        match field {
            // Covered by another clause, or of no interest beside it.
            "cycle.elapsed"
            | "progress"
            | "previous_confidence"
            | "last_check_in_on"
            | "adjustments"
            | "grade"
            | "original_target"
            | "counts.unknown"
            | "counts.stale"
            | "counts.adjusted"
            | "metric" => {}
            "computed_score" if same(change, "score") => {}
            "score.computed" | "score.graded" if same(change, "score.final") => {}
            "score" | "computed_score" | "score.final" | "score.computed" | "score.graded" | "confidence" => {
                clauses.push(format!("{name} {}", words::moved(change)));
            }
            "status" => clauses.push(format!("now {} (was {})", value(&change.to), value(&change.from))),
            "stale" if change.to.as_str() == "true" => clauses.push("no check-in for too long".into()),
            "stale" => clauses.push("check-ins resumed".into()),
            "blockers" if change.to.as_str() == "[]" => clauses.push("no longer blocked".into()),
            "blockers" => clauses.push(format!("blocked by: {}", value(&change.to))),
            "carried_to" => clauses.push(format!("continues as {}", value(&change.to))),
            "carried_from" => clauses.push(format!("continues {}", value(&change.to))),
            "title" => clauses.push(format!("reworded, was {}", value(&change.from))),
            _ => clauses.push(format!("{name} {} → {}", value(&change.from), value(&change.to))),
        }
    }
    clauses
}
