//! Scores, progress and means.
//!
//! All figures are exact decimals internally and are rounded half-up to [`PLACES`] decimals for output. A figure that
//! cannot be computed is `None`, never 0: there is no baseline, no target or no check-in yet, or the figures exceed 28
//! digits.

use std::collections::BTreeSet;

use events::{Formula, Metric, MetricKind, Number, Score, Share, Text, Thresholds};
use rust_decimal::Decimal;

use crate::rows::{KeyResultRow, Latest};

/// Decimal places of scores in output.
pub const PLACES: u32 = 4;

/// Decimal places of a sum that do not depend on the order of addition.
const GUARD_PLACES: u32 = 20;

/// The inputs of a key result's score.
#[derive(Debug, Clone, Copy)]
pub struct Measure<'a> {
    /// The direction in which the value is to move.
    pub kind: MetricKind,
    /// The starting value.
    pub baseline: Option<Decimal>,
    /// The value to reach.
    pub target: Option<Decimal>,
    /// The values that earn given scores.
    pub thresholds: Option<&'a Thresholds>,
    /// The latest value.
    pub current: Option<Decimal>,
}

impl<'a> Measure<'a> {
    /// Returns the measure of a key result at its latest check-in values.
    pub fn of(key_result: &'a KeyResultRow, latest: &Latest) -> Self {
        let done = latest.milestones_done.as_ref().map(|done| done.what.as_slice());
        Measure::of_milestones(&key_result.metric, done).unwrap_or_else(|| Measure {
            kind: key_result.metric.kind,
            baseline: key_result.baseline.as_ref().map(|baseline| baseline.value.decimal()),
            target: key_result.target.map(Number::decimal),
            thresholds: key_result.thresholds.as_ref(),
            current: latest.value.as_ref().map(|value| value.what.decimal()),
        })
    }

    /// Returns the measure of a milestone metric; `None` for other metrics.
    pub(crate) fn of_milestones(metric: &Metric, done: Option<&[Text]>) -> Option<Self> {
        (metric.kind == MetricKind::Milestones).then(|| Measure {
            kind: MetricKind::Milestones,
            baseline: Some(Decimal::ZERO),
            target: Some(Decimal::ONE),
            thresholds: None,
            current: done.and_then(|done| share_done(metric, done)),
        })
    }

    /// Returns the progress from the baseline (0) to the target (1); it may be negative or exceed 1. A value to be held
    /// counts as 1 while it is held.
    pub fn progress(&self) -> Option<Decimal> {
        let (baseline, target, current) = (self.baseline?, self.target?, self.current?);
        let held = match self.kind {
            MetricKind::AtLeast => Some(current >= target),
            MetricKind::AtMost => Some(current <= target),
            MetricKind::Increase | MetricKind::Decrease | MetricKind::Milestones => None,
        };
        // If the value was on the right side from the start, there is no distance to cover: it is held or it is not.
        let on_the_good_side = match self.kind {
            MetricKind::AtLeast => baseline >= target,
            MetricKind::AtMost => baseline <= target,
            MetricKind::Increase | MetricKind::Decrease | MetricKind::Milestones => false,
        };
        match held {
            Some(true) => Some(Decimal::ONE),
            Some(false) if on_the_good_side => Some(Decimal::ZERO),
            _ if baseline == target => Some(if self.met(current, target) { Decimal::ONE } else { Decimal::ZERO }),
            _ => between(current, baseline, target),
        }
    }

    /// Returns the computed score, 0 to 1, not rounded.
    pub fn computed(&self, formula: Formula) -> Option<Decimal> {
        self.score(formula, || self.progress())
    }

    /// Like [`Measure::computed`], for callers that may already know the progress.
    pub(crate) fn score(&self, formula: Formula, progress: impl FnOnce() -> Option<Decimal>) -> Option<Decimal> {
        let score = match (formula, self.kind) {
            (Formula::Ratio1, MetricKind::Increase | MetricKind::AtLeast) => ratio(self.current?, self.target?)?,
            (Formula::Ratio1, MetricKind::Decrease | MetricKind::AtMost) => ratio(self.target?, self.current?)?,
            (Formula::Linear1, MetricKind::Increase | MetricKind::Decrease) => match self.thresholds {
                Some(thresholds) => self.along(thresholds)?,
                None => progress()?,
            },
            (Formula::Linear1, MetricKind::AtLeast | MetricKind::AtMost) | (_, MetricKind::Milestones) => progress()?,
        };
        Some(score.clamp(Decimal::ZERO, Decimal::ONE))
    }

    fn met(&self, current: Decimal, target: Decimal) -> bool {
        match self.kind {
            MetricKind::Decrease | MetricKind::AtMost => current <= target,
            MetricKind::Increase | MetricKind::AtLeast | MetricKind::Milestones => current >= target,
        }
    }

    /// Interpolates linearly between the thresholds. The baseline scores 0 and the target scores 1 unless the
    /// thresholds say otherwise.
    fn along(&self, thresholds: &Thresholds) -> Option<Decimal> {
        let (baseline, target, current) = (self.baseline?, self.target?, self.current?);
        let mut points: Vec<(Decimal, Decimal)> =
            thresholds.points().map(|(score, value): (Share, Number)| (score.decimal(), value.decimal())).collect();
        if points.first().is_none_or(|(score, _)| !score.is_zero()) {
            points.insert(0, (Decimal::ZERO, baseline));
        }
        if points.last().is_none_or(|(score, _)| *score != Decimal::ONE) {
            points.push((Decimal::ONE, target));
        }
        let falling = self.kind == MetricKind::Decrease;
        let reached = |value: Decimal| if falling { current <= value } else { current >= value };
        // The highest threshold reached, then the part of the distance to the next.
        let Some(n) = points.iter().rposition(|(_, value)| reached(*value)) else {
            return Some(Decimal::ZERO);
        };
        let (from_score, from_value) = points[n];
        match points.get(n + 1) {
            None => Some(from_score),
            Some((to_score, to_value)) => {
                let part = between(current, from_value, *to_value)?;
                part.checked_mul(*to_score - from_score)?.checked_add(from_score)
            }
        }
    }
}

/// Returns the position of `current` between `from` (0) and `to` (1); `None` if the two are equal.
fn between(current: Decimal, from: Decimal, to: Decimal) -> Option<Decimal> {
    current.checked_sub(from)?.checked_div(to.checked_sub(from)?)
}

fn ratio(part: Decimal, whole: Decimal) -> Option<Decimal> {
    // Dividing by zero: 0 over 0 counts as met, and a positive number over 0 as fully met.
    if whole.is_zero() {
        Some(if part < whole { Decimal::ZERO } else { Decimal::ONE })
    } else {
        part.checked_div(whole)
    }
}

/// Up to this many names are compared one by one.
const FEW: usize = 16;

fn share_done(metric: &Metric, done: &[Text]) -> Option<Decimal> {
    let weight = |n: usize| metric.milestones[n].weight.map_or(Decimal::ONE, |weight| weight.decimal());
    let mut all = Decimal::ZERO;
    let mut reached = Decimal::ZERO;
    // For few names a linear search is faster; older events may contain very many.
    let many: BTreeSet<&Text> = if done.len() > FEW { done.iter().collect() } else { BTreeSet::new() };
    let is_done = |name: &Text| if done.len() > FEW { many.contains(name) } else { done.contains(name) };
    for (n, milestone) in metric.milestones.iter().enumerate() {
        all += weight(n);
        if is_done(&milestone.name) {
            reached += weight(n);
        }
    }
    reached.checked_div(all)
}

/// Returns the weighted mean of the figures; `None` if there are none. Missing figures are left out, not counted as 0.
pub fn mean(figures: impl IntoIterator<Item = (Option<Decimal>, Decimal)>) -> Option<Decimal> {
    let mut sum = Decimal::ZERO;
    let mut weights = Decimal::ZERO;
    for (figure, weight) in figures {
        if let Some(figure) = figure {
            // Most weights are 1, which leaves the figure as it is.
            let is_once = weight.mantissa() == 1 && weight.scale() == 0 && !figure.is_zero();
            sum = sum.checked_add(if is_once { figure } else { figure.checked_mul(weight)? })?;
            weights = weights.checked_add(weight)?;
        }
    }
    sum.checked_div(weights)
}

/// Rounds a figure for output. Means added up in different orders differ in their last digits. These are rounded away
/// first, so that equal figures never round to different sides of a half.
pub fn out(figure: Decimal) -> Number {
    Number::from(figure.round_dp(GUARD_PLACES)).rounded(PLACES)
}

/// Rounds a computed score for output; `None` if the result is not a valid score.
pub fn out_score(figure: Decimal) -> Option<Score> {
    Score::new(out(figure)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn measure(kind: MetricKind, baseline: &str, target: &str, current: &str) -> Measure<'static> {
        Measure {
            kind,
            baseline: Some(d(baseline)),
            target: Some(d(target)),
            thresholds: None,
            current: Some(d(current)),
        }
    }

    fn shown(figure: Option<Decimal>) -> String {
        figure.map_or("null".into(), |figure| out(figure).to_string())
    }

    #[test]
    fn progress_and_score_of_every_metric_kind() {
        use MetricKind::{AtLeast, AtMost, Decrease, Increase};
        for (kind, baseline, target, current, progress, score) in [
            (Increase, "18", "45", "39", "0.7778", "0.7778"),
            (Increase, "10", "25", "35", "1.6667", "1"),
            (Increase, "10", "25", "5", "-0.3333", "0"),
            (Decrease, "1100", "800", "840", "0.8667", "0.8667"),
            (Decrease, "12", "4", "4.5", "0.9375", "0.9375"),
            (Decrease, "12", "4", "13", "-0.125", "0"),
            (Increase, "5", "5", "5", "1", "1"),
            (Increase, "5", "5", "4", "0", "0"),
            (Decrease, "5", "5", "6", "0", "0"),
            (AtLeast, "90", "99", "99.5", "1", "1"),
            (AtLeast, "90", "99", "94.5", "0.5", "0.5"),
            (AtLeast, "99", "99", "98", "0", "0"),
            (AtMost, "3.5", "2", "1.8", "1", "1"),
            (AtMost, "3.5", "2", "2.75", "0.5", "0.5"),
            (AtMost, "3.5", "2", "5", "-1", "0"),
            (AtMost, "1", "2", "2.1", "0", "0"),
        ] {
            let measure = measure(kind, baseline, target, current);
            let found = (shown(measure.progress()), shown(measure.computed(Formula::Linear1)));
            assert_eq!(found, (progress.into(), score.into()), "{kind} {baseline} -> {target} at {current}");
        }
    }

    #[test]
    fn thresholds_are_linear_between_their_points() {
        let points = [("0.3", "5"), ("0.7", "15"), ("1", "25")]
            .map(|(score, value)| (Share::new(score.parse().unwrap()).unwrap(), value.parse().unwrap()));
        let thresholds = Thresholds::new(BTreeMap::from(points)).unwrap();
        for (current, score) in
            [("-1", "0"), ("0", "0"), ("2.5", "0.15"), ("5", "0.3"), ("10", "0.5"), ("20", "0.85"), ("40", "1")]
        {
            let measure =
                Measure { thresholds: Some(&thresholds), ..measure(MetricKind::Increase, "0", "25", current) };
            assert_eq!(shown(measure.computed(Formula::Linear1)), score, "at {current}");
        }
    }

    #[test]
    fn a_score_without_its_inputs_is_null() {
        let whole = measure(MetricKind::Increase, "1", "2", "1");
        for missing in [
            Measure { baseline: None, ..whole },
            Measure { target: None, ..whole },
            Measure { current: None, ..whole },
            measure(MetricKind::Increase, "-79228162514264337593543950335", "79228162514264337593543950335", "0"),
        ] {
            assert_eq!(missing.computed(Formula::Linear1), None);
        }
    }

    #[test]
    fn the_ratio_ignores_the_baseline() {
        let calls = Measure { baseline: None, ..measure(MetricKind::Increase, "0", "15", "14") };
        assert_eq!(shown(calls.computed(Formula::Ratio1)), "0.9333");
        let cac = measure(MetricKind::Decrease, "1100", "800", "840");
        assert_eq!(shown(cac.computed(Formula::Ratio1)), "0.9524");
        let none_left = measure(MetricKind::Decrease, "3", "0", "0");
        assert_eq!(shown(none_left.computed(Formula::Ratio1)), "1");
    }

    #[test]
    fn the_share_of_milestones_is_the_same_for_few_and_for_many() {
        let text = |n: usize| Text::new(format!("step {n}")).unwrap();
        for count in [FEW, FEW + 1] {
            let milestones = (0..2 * count).map(|n| events::Milestone { name: text(n), weight: None }).collect();
            let metric = Metric { name: text(0), unit: None, kind: MetricKind::Milestones, milestones };
            let done: Vec<Text> = (0..count).map(|n| text(2 * n)).collect();
            assert_eq!(share_done(&metric, &done), Some(d("0.5")), "{count}");
        }
    }

    #[test]
    fn a_mean_with_weights_of_1_equals_the_mean_with_multiplied_figures() {
        let figures = ["0.3333333333333333333333333333", "0.00", "-1.50", "7", "0"].map(|figure| Some(d(figure)));
        let plain = mean(figures.map(|figure| (figure, Decimal::ONE)));
        let multiplied = mean(figures.map(|figure| (figure.map(|figure| figure * d("1.0")), d("1.0"))));
        assert_eq!(plain, multiplied);
    }

    #[test]
    fn a_mean_leaves_out_missing_figures() {
        assert_eq!(mean([(Some(d("1")), d("3")), (None, d("9")), (Some(d("0")), d("1"))]), Some(d("0.75")));
        assert_eq!(mean([(None, d("1"))]), None);
    }
}
