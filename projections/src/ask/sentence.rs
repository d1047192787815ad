//! A trail line as a sentence: `target 750 → 800 USD, eased, 42 days left, 8 points behind pace, confidence 8, external
//! change: the auction prices rose`.

use events::{Context, Justification, Kind, Metric, Number};
use rust_decimal::Decimal;
use serde_json::Value;

use super::audit::changes_a_goal;
use super::direction::{Direction, of_field, of_line};
use crate::rows::{FieldChange, JsonText, TrailRow};

/// Describes a trail line. `metric` is the key result's metric at the time of recording.
pub(super) fn summary(line: &TrailRow, metric: Option<&Metric>) -> String {
    let mut parts = match line.kind {
        Kind::ObjectiveDrafted => drafted("objective", line, metric, &["title"]),
        Kind::KeyResultDrafted => drafted("key result", line, metric, &["title", "target"]),
        Kind::CycleOpened => vec!["cycle opened".into()],
        Kind::CycleStarted => vec!["cycle started".into()],
        Kind::CycleClosed => vec![with_remark("cycle closed", line)],
        Kind::CycleReopened => vec![with_remark("cycle reopened", line)],
        Kind::ObjectiveRetired => retired("objective retired", line),
        Kind::KeyResultRetired => retired("key result retired", line),
        Kind::ObjectiveScored | Kind::KeyResultScored => graded(line),
        Kind::ObjectiveCarriedOver => carried_over(line),
        Kind::CheckInCorrected => {
            let fields = changes(line, metric);
            vec![if fields.is_empty() {
                "check-in corrected".into()
            } else {
                format!("check-in corrected: {}", fields.join(", "))
            }]
        }
        Kind::KeyResultAdjusted if of_line(line, metric) == Some(Direction::Remeasured) => {
            // A direction is meaningless after a change of scale.
            let mut parts: Vec<String> = line.changes.iter().map(|change| moved(change, metric, None)).collect();
            parts.push("measured another way".into());
            parts
        }
        Kind::ObjectiveAmended
        | Kind::KeyResultBaselineSet
        | Kind::KeyResultTargetSet
        | Kind::KeyResultAdjusted
        | Kind::KeyResultReassigned => changes(line, metric),
        Kind::AdjustmentProposed => proposed(line, metric),
        Kind::AdjustmentApproved => vec![with_remark("proposal approved", line)],
        Kind::AdjustmentDeclined => vec![with_remark("proposal declined", line)],
        Kind::AdjustmentWithdrawn => vec![with_remark("proposal withdrawn", line)],
        Kind::PolicyAdopted
        | Kind::TeamFormed
        | Kind::TeamChanged
        | Kind::TeamDissolved
        | Kind::ThemeDeclared
        | Kind::CheckInRecorded
        | Kind::RetrospectiveRecorded
        | Kind::BoardReportIssued => Vec::new(),
    };
    if parts.is_empty() {
        // The line changed nothing, or its type leaves no details in the trail; the type is still informative.
        parts.push(line.kind.as_str().trim_start_matches("okr.").replace(['.', '_'], " "));
    }
    if line.after_start && (changes_a_goal(line.kind) || line.kind == Kind::AdjustmentProposed) {
        parts.extend(line.context.iter().flat_map(circumstances));
        parts.extend(line.justification.iter().map(reason));
        parts.extend(line.approval.iter().map(|approval| format!("approved by {}", approval.approved_by)));
    }
    parts.join(", ")
}

fn drafted(what: &str, line: &TrailRow, metric: Option<&Metric>, fields: &[&str]) -> Vec<String> {
    let mut parts = Vec::new();
    for change in line.changes.iter().filter(|change| fields.contains(&change.field.as_str())) {
        let value = shown(&change.field, &change.to, metric);
        parts.push(if change.field == "title" {
            format!("{what} drafted: {value}")
        } else {
            format!("{} {value}", change.field)
        });
    }
    if line.after_start && !parts.is_empty() {
        parts.push("after the cycle's start".into());
    }
    parts
}

fn retired(what: &str, line: &TrailRow) -> Vec<String> {
    let mut parts = vec![what.to_owned()];
    if let Some(change) = line.changes.iter().find(|change| change.field == "replaced_by") {
        parts.push(format!("replaced by {}", shown("replaced_by", &change.to, None)));
    }
    parts
}

fn proposed(line: &TrailRow, metric: Option<&Metric>) -> Vec<String> {
    let parts = would_change(&line.changes, metric);
    if parts.is_empty() { Vec::new() } else { vec![format!("proposed: {}", parts.join(", "))] }
}

/// Describes the changes of a proposal.
pub(super) fn would_change(changes: &[FieldChange], metric: Option<&Metric>) -> Vec<String> {
    let one = |change: &FieldChange| match change.field.as_str() {
        "state" => "to be retired".to_owned(),
        "replaced_by" => format!("replaced by {}", shown("replaced_by", &change.to, None)),
        _ => changed(change, metric),
    };
    changes.iter().map(one).collect()
}

fn graded(line: &TrailRow) -> Vec<String> {
    let Some(change) = line.changes.iter().find(|change| change.field == "graded") else { return Vec::new() };
    let to = shown("graded", &change.to, None);
    let mut parts = vec![match is_null(&change.from) {
        true => format!("graded {to}"),
        false => format!("graded {} → {to}", shown("graded", &change.from, None)),
    }];
    parts.extend(
        line.context.iter().filter_map(|context| context.computed_score).map(|score| format!("computed {score}")),
    );
    parts
}

fn carried_over(line: &TrailRow) -> Vec<String> {
    let said = line
        .changes
        .iter()
        .map(|change| format!("{} {}", change.field.replace('_', " "), shown(&change.field, &change.to, None)));
    said.chain(line.remark.iter().map(ToString::to_string)).collect()
}

fn with_remark(what: &str, line: &TrailRow) -> String {
    line.remark.as_ref().map_or_else(|| what.to_owned(), |remark| format!("{what}: {remark}"))
}

fn changes(line: &TrailRow, metric: Option<&Metric>) -> Vec<String> {
    line.changes.iter().map(|change| changed(change, metric)).collect()
}

fn changed(change: &FieldChange, metric: Option<&Metric>) -> String {
    moved(change, metric, of_field(change, metric.map(|metric| metric.kind)))
}

fn moved(change: &FieldChange, metric: Option<&Metric>, way: Option<Direction>) -> String {
    let name = change.field.replace('_', " ");
    let to = shown(&change.field, &change.to, metric);
    if is_null(&change.from) {
        return format!("{name} set to {to}");
    }
    if is_null(&change.to) {
        return format!("{name} cleared, was {}", shown(&change.field, &change.from, metric));
    }
    // A currency sign precedes each figure; any other unit follows the last one only.
    let from = shown(&change.field, &change.from, metric.filter(|metric| money(metric).is_some()));
    format!("{name} {from} → {to}{}", way.map(|way| format!(", {way}")).unwrap_or_default())
}

/// Returns the cause, followed by the author's statement.
fn reason(why: &Justification) -> String {
    let statement = why.statement.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}: {statement}", why.cause.as_str().replace('_', " "))
}

/// Describes the state of the goal: days left, pace and confidence.
fn circumstances(context: &Context) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(context.days_left.map(|days| match days {
        0 => "on the last day".into(),
        1 => "1 day left".into(),
        -1 => "1 day after the end".into(),
        days if days > 0 => format!("{days} days left"),
        days => format!("{} days after the end", days.unsigned_abs()),
    }));
    parts.extend(context.pace_gap.and_then(pace));
    parts.extend(context.confidence.map(|confidence| format!("confidence {confidence}")));
    parts
}

/// Describes a pace gap in points.
pub(super) fn pace(gap: Number) -> Option<String> {
    let points = Number::from(gap.decimal().checked_mul(Decimal::ONE_HUNDRED)?).rounded(0);
    let word = if points.decimal().abs() == Decimal::ONE { "point" } else { "points" };
    Some(match points.decimal() {
        none if none.is_zero() => "on pace".into(),
        ahead if ahead.is_sign_negative() => format!("{} {word} ahead of pace", ahead.abs()),
        behind => format!("{behind} {word} behind pace"),
    })
}

/// Formats a field's value for people. Measured fields carry the metric's unit.
fn shown(field: &str, value: &JsonText, metric: Option<&Metric>) -> String {
    let text = match parse(value) {
        Some(Value::Null) | None => "none".into(),
        Some(Value::String(text)) if matches!(field, "title" | "note" | "description") => format!("“{text}”"),
        Some(Value::String(text)) => text,
        Some(Value::Array(items)) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Some(Value::Object(map)) if field == "metric" => map.get("name").map_or_else(|| "a metric".into(), plain),
        Some(Value::Object(map)) => {
            map.iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    };
    let is_measured = matches!(field, "target" | "baseline" | "value") && !is_null(value);
    match metric.filter(|_| is_measured).map(|metric| (money(metric), metric.unit.as_ref())) {
        Some((Some(sign), _)) => format!("{sign}{text}"),
        Some((None, Some(unit))) => format!("{text} {unit}"),
        _ => text,
    }
}

/// Returns the metric's unit if it is a currency sign.
fn money(metric: &Metric) -> Option<&str> {
    metric.unit.as_ref().map(events::Text::as_str).filter(|unit| matches!(*unit, "$" | "€" | "£" | "¥"))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn is_null(value: &JsonText) -> bool {
    value.as_str() == "null"
}

fn parse<T: serde::de::DeserializeOwned>(value: &JsonText) -> Option<T> {
    serde_json::from_str(value.as_str()).ok()
}

#[cfg(test)]
mod tests;
