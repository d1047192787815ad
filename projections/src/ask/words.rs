//! Parts of sentences about figures: names of fields, formatted values and directions.

use events::{Metric, MetricKind, Number};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::rows::{FieldChange, JsonText};

/// Returns the name of a board field for people: `score.final` is the score.
pub(super) fn name(field: &str) -> String {
    match field {
        "score.final" => "score".into(),
        "score.computed" => "computed score".into(),
        "score.graded" => "grade".into(),
        "grade" => "band".into(),
        "previous_confidence" => "previous confidence".into(),
        "last_check_in_on" => "last check-in".into(),
        "counts.objectives" => "number of objectives".into(),
        "counts.key_results" => "number of key results".into(),
        "counts.on_track" => "number of key results on track".into(),
        "counts.at_risk" => "number of key results at risk".into(),
        "counts.behind" => "number of key results behind".into(),
        "counts.unknown" => "number of key results of unknown status".into(),
        "counts.stale" => "number of stale key results".into(),
        "counts.adjusted" => "number of adjusted key results".into(),
        "counts.retired" => "number of retired goals".into(),
        other => words(other.trim_start_matches("cycle.")),
    }
}

/// Converts a JSON word for people: `at_risk` becomes "at risk".
pub(super) fn words(text: &str) -> String {
    text.replace('_', " ")
}

/// Formats a field's value for people; measured fields carry the metric's unit.
pub(super) fn value(field: &str, value: &JsonText, metric: Option<&Metric>) -> String {
    let Some(json) = parse::<Value>(value) else { return "unknown".into() };
    match json {
        Value::Null => "unknown".into(),
        Value::Number(_) if is_score(field) => number(value).map_or_else(|| "unknown".into(), score_of),
        Value::Number(number) => match metric.filter(|_| matches!(field, "baseline" | "target" | "current")) {
            Some(metric) => measured(&number.to_string(), metric),
            None => number.to_string(),
        },
        Value::Bool(is) => if is { "yes" } else { "no" }.into(),
        Value::String(text) if field == "title" => format!("“{text}”"),
        Value::String(text) if matches!(field, "status" | "state" | "cycle.state" | "grade") => words(&text),
        Value::String(text) => text,
        Value::Array(items) if items.is_empty() => "none".into(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
        Value::Object(map) if matches!(field, "carried_to" | "carried_from") => {
            let part = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or("?");
            format!("{} in {}", part("objective"), part("cycle"))
        }
        Value::Object(map) => map.get("name").map_or_else(|| "another".into(), plain),
    }
}

/// Formats a score with two decimals: `0.82`.
pub(super) fn score_of(score: Number) -> String {
    format!("{:.2}", score.rounded(2).decimal())
}

/// Returns `rose from 0.41 to 0.55`, `fell …`, `is 0.55 (it was unknown)` or `is unknown (it was 0.55)`.
pub(super) fn moved(change: &FieldChange) -> String {
    let field = &change.field;
    let (from, to) = (value(field, &change.from, None), value(field, &change.to, None));
    match (number(&change.from), number(&change.to)) {
        (Some(before), Some(after)) => {
            let way = if after > before { "rose" } else { "fell" };
            // Differences beyond the second decimal must remain visible.
            if from == to { format!("{way} from {before} to {after}") } else { format!("{way} from {from} to {to}") }
        }
        (None, _) => format!("is {to} (it was unknown)"),
        (_, None) => format!("is unknown (it was {from})"),
    }
}

/// Parses a value as a number.
pub(super) fn number(value: &JsonText) -> Option<Number> {
    parse(value)
}

/// Adds a full stop unless the author's text already ends the sentence.
pub(super) fn ended(mut says: String) -> String {
    if !says.trim_end_matches(['”', '"', ')']).ends_with(['.', '!', '?', '…']) {
        says.push('.');
    }
    says
}

/// Returns `1 day`, `2 days` and so on.
pub(super) fn count(n: i64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn is_score(field: &str) -> bool {
    matches!(field, "score" | "computed_score" | "score.final" | "score.computed" | "score.graded")
}

fn measured(figure: &str, metric: &Metric) -> String {
    match metric.unit.as_ref().map(events::Text::as_str) {
        _ if metric.kind == MetricKind::Milestones => {
            let share = figure.parse::<Decimal>().ok().and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED));
            share.map_or_else(|| figure.to_owned(), |share| format!("{} %", Number::from(share).rounded(0)))
        }
        Some(sign @ ("$" | "€" | "£" | "¥")) => format!("{sign}{figure}"),
        Some(unit) => format!("{figure} {unit}"),
        None => figure.to_owned(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn parse<T: serde::de::DeserializeOwned>(value: &JsonText) -> Option<T> {
    serde_json::from_str(value.as_str()).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_sentence_ends_once() {
        for (said, ended) in [
            ("graded 0.7", "graded 0.7."),
            ("prices rose.", "prices rose."),
            ("drafted: “Trial”", "drafted: “Trial”."),
            ("drafted: “Why not?”", "drafted: “Why not?”"),
        ] {
            assert_eq!(super::ended(said.to_owned()), ended);
        }
    }
}
