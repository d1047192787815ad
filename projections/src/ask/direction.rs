//! Direction and distance of a moved goalpost: easier to reach, harder, or measured differently.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use events::{Cause, Metric, MetricKind, Number, Thresholds};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::tally::{changes_unit, number};
use crate::rows::{FieldChange, JsonText, TrailRow};

/// The direction in which a change moved a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Easier to reach than before.
    Eased,
    /// Harder to reach than before.
    Hardened,
    /// Measured differently, so that before and after have no common scale.
    Remeasured,
}

impl Direction {
    /// All directions, in order.
    pub const ALL: [Direction; 3] = [Direction::Eased, Direction::Hardened, Direction::Remeasured];

    /// Returns the name used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Eased => "eased",
            Direction::Hardened => "hardened",
            Direction::Remeasured => "remeasured",
        }
    }

    fn of(easier_by: Decimal) -> Option<Self> {
        match easier_by {
            none if none.is_zero() => None,
            more if more.is_sign_positive() => Some(Direction::Eased),
            _ => Some(Direction::Hardened),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Direction {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Direction::ALL
            .into_iter()
            .find(|direction| direction.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not one of eased, hardened, remeasured"))
    }
}

/// Returns the direction in which a trail line moved its key result; `None` if nothing to be reached was moved.
/// `metric` is the one in force before the line.
pub(super) fn of_line(line: &TrailRow, metric: Option<&Metric>) -> Option<Direction> {
    let is_corrected = line.justification.as_ref().is_some_and(|why| why.cause == Cause::MeasurementCorrection);
    let measures = |field: &str| line.changes.iter().any(|change| change.field == field && !is_null(&change.from));
    let kind = metric.map(|metric| metric.kind);
    if changes_unit(line) || changes_scale(line) || (is_corrected && (measures("baseline") || measures("metric"))) {
        return Some(Direction::Remeasured);
    }
    let ways: Vec<Direction> = line.changes.iter().filter_map(|change| of_field(change, kind)).collect();
    let one = *ways.first()?;
    if ways.iter().all(|way| *way == one) {
        return Some(one);
    }
    // Some fields ease and others harden, so the effect on the score at the current value decides.
    let effect = line.effect.as_ref()?;
    let (before, after) = (effect.computed_score_before?, effect.computed_score_after?);
    Direction::of(after.decimal() - before.decimal()).or(Some(Direction::Remeasured))
}

/// Returns the direction in which the change of one field moves a key result with a metric of this kind.
pub(super) fn of_field(change: &FieldChange, kind: Option<MetricKind>) -> Option<Direction> {
    match change.field.as_str() {
        "due_on" => {
            let (from, to): (NaiveDate, NaiveDate) = (parse(&change.from)?, parse(&change.to)?);
            Direction::of(Decimal::from(to.signed_duration_since(from).num_days()))
        }
        "thresholds" => {
            let eases = thresholds(change, kind?)?;
            let ways: Vec<Direction> = eases.into_iter().filter_map(Direction::of).collect();
            let one = *ways.first()?;
            Some(if ways.iter().all(|way| *way == one) { one } else { Direction::Remeasured })
        }
        _ => Direction::of(easier_by(change, kind?)?),
    }
}

/// Returns the distance by which a line made its key result easier to reach, as a share of the span; negative if
/// harder. Changes of dates and of the measurement have no distance.
pub(super) fn share(line: &TrailRow, metric: Option<&Metric>, span: Option<Decimal>) -> Option<Decimal> {
    if of_line(line, metric) == Some(Direction::Remeasured) {
        return None;
    }
    let kind = metric?.kind;
    let mut moved = None;
    for change in &line.changes {
        let by = match change.field.as_str() {
            "thresholds" => {
                // A change of the target covers the thresholds, so they are not counted twice.
                let is_said = line.changes.iter().any(|change| change.field == "target" && !is_null(&change.from));
                thresholds(change, kind).filter(|_| !is_said).and_then(|eases| {
                    let points = Decimal::from(eases.len());
                    eases.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add)?.checked_div(points)
                })
            }
            _ => easier_by(change, kind),
        };
        if let Some(by) = by {
            moved = moved.unwrap_or(Decimal::ZERO).checked_add(by);
        }
    }
    moved?.checked_div(span?)
}

/// Returns the distance by which a target or baseline was moved, in the metric's unit; positive if easier. The sign is
/// reversed for metrics that should fall.
fn easier_by(change: &FieldChange, kind: MetricKind) -> Option<Decimal> {
    if !matches!(change.field.as_str(), "target" | "baseline") {
        return None;
    }
    let (from, to) = (number(&change.from)?, number(&change.to)?);
    turned(from, to, kind)
}

/// Returns the distance at each score that both sets of thresholds contain.
fn thresholds(change: &FieldChange, kind: MetricKind) -> Option<Vec<Decimal>> {
    let (from, to): (Thresholds, Thresholds) = (parse(&change.from)?, parse(&change.to)?);
    let both = from.points().filter_map(|(score, was)| {
        let (_, is) = to.points().find(|(other, _)| *other == score)?;
        turned(was, is, kind)
    });
    Some(both.collect::<Vec<_>>()).filter(|both| !both.is_empty())
}

fn turned(from: Number, to: Number, kind: MetricKind) -> Option<Decimal> {
    let lower = from.decimal().checked_sub(to.decimal())?;
    match kind {
        MetricKind::Increase | MetricKind::AtLeast => Some(lower),
        MetricKind::Decrease | MetricKind::AtMost => Some(-lower),
        MetricKind::Milestones => None,
    }
}

/// Returns true if the metric's kind changed (say from rising to falling) or its milestones did.
fn changes_scale(line: &TrailRow) -> bool {
    let Some(change) = line.changes.iter().find(|change| change.field == "metric") else { return false };
    let (from, to): (Option<Metric>, Option<Metric>) = (parse(&change.from), parse(&change.to));
    from.zip(to).is_some_and(|(from, to)| from.kind != to.kind || from.milestones != to.milestones)
}

fn is_null(value: &JsonText) -> bool {
    value.as_str() == "null"
}

fn parse<T: serde::de::DeserializeOwned>(value: &JsonText) -> Option<T> {
    serde_json::from_str(value.as_str()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn change(field: &str, from: Value, to: Value) -> FieldChange {
        FieldChange { field: field.into(), from: JsonText::of(&from), to: JsonText::of(&to) }
    }

    #[test]
    fn what_is_meant_to_fall_is_turned_round() {
        use MetricKind::{AtLeast, AtMost, Decrease, Increase, Milestones};
        for (field, from, to, kind, wanted) in [
            ("target", json!(45), json!(40), Increase, "eased"),
            ("target", json!(45), json!(50), AtLeast, "hardened"),
            ("target", json!(750), json!(800), Decrease, "eased"),
            ("target", json!(2), json!(1.5), AtMost, "hardened"),
            ("baseline", json!(14), json!(12), Increase, "eased"),
            ("baseline", json!(1100), json!(1000), Decrease, "hardened"),
            ("due_on", json!("2026-06-15"), json!("2026-06-30"), Milestones, "eased"),
            ("thresholds", json!({"0.3": 5, "1.0": 25}), json!({"0.3": 4, "1.0": 25}), Increase, "eased"),
            ("thresholds", json!({"0.3": 5, "1.0": 25}), json!({"0.3": 4, "1.0": 30}), Increase, "remeasured"),
            ("thresholds", json!({"1.0": 25}), json!({"1.0": 20}), Decrease, "hardened"),
            ("target", Value::Null, json!(3), Increase, "-"),
            ("title", json!("a"), json!("b"), Increase, "-"),
        ] {
            let found = of_field(&change(field, from, to), Some(kind)).map_or("-", Direction::as_str);
            assert_eq!(found, wanted, "{field} of {kind}");
        }
    }
}
