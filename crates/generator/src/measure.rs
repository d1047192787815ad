//! Metrics of key results, and the course of their values.

use events::{Metric, MetricKind, Milestone, Number, Share, Text, Thresholds};

use crate::dice::Dice;
use crate::make::{number, sure, text, weight};
use crate::words::{MILESTONES, SEGMENTS, STAGES};

/// A metric: its wording in a title, name, unit, direction and number of decimals, and the range of its baseline, in
/// units of the last decimal.
type Template = (&'static str, &'static str, &'static str, MetricKind, u32, i64, i64);

const TEMPLATES: [Template; 18] = [
    ("Raise trial-to-paid conversion", "trial-to-paid conversion", "%", MetricKind::Increase, 1, 60, 240),
    ("Cut the median time to first value", "median time to first value", "days", MetricKind::Decrease, 1, 50, 200),
    ("Grow qualified opportunities", "qualified opportunities", "a month", MetricKind::Increase, 0, 20, 300),
    ("Lower the cost of a won customer", "acquisition cost", "EUR", MetricKind::Decrease, 0, 400, 2_400),
    ("Lift weekly active accounts", "weekly active accounts", "accounts", MetricKind::Increase, 0, 200, 9_000),
    (
        "Bring first answers under the promise",
        "median time to first answer",
        "minutes",
        MetricKind::Decrease,
        0,
        30,
        240,
    ),
    ("Grow revenue from expansions", "expansion revenue", "kEUR a month", MetricKind::Increase, 1, 100, 2_000),
    ("Reduce open incidents older than a week", "old incidents", "incidents", MetricKind::Decrease, 0, 20, 120),
    ("Raise the share of self-served requests", "self-served requests", "%", MetricKind::Increase, 1, 150, 500),
    ("Shorten the time from offer to signature", "offer to signature", "days", MetricKind::Decrease, 0, 14, 60),
    ("Win more reference customers", "reference customers", "customers", MetricKind::Increase, 0, 2, 20),
    ("Lift satisfaction after support", "satisfaction after support", "%", MetricKind::Increase, 1, 600, 800),
    ("Fewer returns", "returns", "%", MetricKind::Decrease, 2, 400, 1_500),
    ("Hold availability", "availability", "%", MetricKind::AtLeast, 2, 9_900, 9_960),
    ("Keep delivery on time", "deliveries on time", "%", MetricKind::AtLeast, 1, 850, 920),
    ("Hold logo churn down", "logo churn", "%", MetricKind::AtMost, 1, 20, 60),
    ("Keep overtime low", "overtime", "hours a month", MetricKind::AtMost, 0, 6, 30),
    ("Keep error rates low", "failed requests", "per mille", MetricKind::AtMost, 2, 80, 400),
];

/// A metric drawn for a key result, with its baseline and target.
#[derive(Debug, Clone)]
pub(crate) struct Measure {
    pub(crate) kind: MetricKind,
    /// In units of the last decimal, like the target.
    pub(crate) baseline: i64,
    pub(crate) target: i64,
    places: u32,
    template: usize,
    of: usize,
    milestones: Vec<Text>,
    pub(crate) has_thresholds: bool,
}

impl Measure {
    pub(crate) fn draw(dice: &mut Dice) -> Measure {
        let of = dice.below(SEGMENTS.len());
        if dice.chance(120) {
            let (first, many) = (dice.below(MILESTONES.len()), 3 + dice.below(3));
            let milestones = (0..many).map(|n| text(MILESTONES[(first + 5 * n) % MILESTONES.len()])).collect();
            let (template, kind) = (dice.below(STAGES.len()), MetricKind::Milestones);
            return Measure {
                kind,
                baseline: 0,
                target: 1_000,
                places: 0,
                template,
                of,
                milestones,
                has_thresholds: false,
            };
        }
        let template = dice.below(TEMPLATES.len());
        let (_, _, _, kind, places, least, most) = TEMPLATES[template];
        let baseline = dice.between(least, most);
        let target = match kind {
            MetricKind::Increase => {
                (baseline + (baseline * dice.between(150, 900) / 1_000).max(10)).min(value_max(template, places))
            }
            MetricKind::Decrease => baseline - (baseline * dice.between(150, 600) / 1_000).max(4),
            MetricKind::AtLeast => baseline + dice.between(1, 9) * 4,
            MetricKind::AtMost | MetricKind::Milestones => {
                baseline - (baseline * dice.between(100, 500) / 1_000).max(1)
            }
        };
        let has_thresholds = matches!(kind, MetricKind::Increase | MetricKind::Decrease) && dice.chance(160);
        Measure { kind, baseline, target, places, template, of, milestones: Vec::new(), has_thresholds }
    }

    pub(crate) fn title(&self) -> String {
        let of = SEGMENTS[self.of];
        match self.kind {
            MetricKind::Milestones => format!("{} with {of}", STAGES[self.template]),
            _ => format!("{} for {of}", TEMPLATES[self.template].0),
        }
    }

    pub(crate) fn metric(&self) -> Metric {
        if self.kind == MetricKind::Milestones {
            let weigh = |n: usize| (n == 1).then(|| weight(2));
            let milestones = self.milestones.iter().enumerate();
            let milestones = milestones.map(|(n, name)| Milestone { name: name.clone(), weight: weigh(n) }).collect();
            return Metric { name: text("milestones reached"), unit: None, kind: self.kind, milestones };
        }
        let (_, name, unit, kind, ..) = TEMPLATES[self.template];
        Metric { name: text(name), unit: Some(text(unit)), kind, milestones: Vec::new() }
    }

    /// Converts a value to the metric's unit.
    pub(crate) fn number(&self, value: i64) -> Number {
        number(value, self.places)
    }

    /// Returns values and the scores they earn, up to the target.
    pub(crate) fn thresholds(&self) -> Option<Thresholds> {
        if !self.has_thresholds {
            return None;
        }
        let points = [300, 700, 1_000].map(|share| (sure(Share::new(number(share, 3))), self.number(self.at(share))));
        Thresholds::new(points.into()).ok()
    }

    /// Returns the value at a progress from the baseline to the target, in thousandths.
    pub(crate) fn at(&self, per_mille: i64) -> i64 {
        let value = self.baseline + (self.target - self.baseline) * per_mille / 1_000;
        // No value is negative, and no percentage exceeds 100.
        let most = if self.kind == MetricKind::Milestones { i64::MAX } else { value_max(self.template, self.places) };
        value.clamp(0, most)
    }

    /// Returns the milestones done at a progress in thousandths.
    pub(crate) fn done(&self, per_mille: i64) -> Vec<Text> {
        let done = self.milestones.len() as i64 * per_mille.clamp(0, 1_000) / 1_000;
        self.milestones.iter().take(usize::try_from(done).unwrap_or_default()).cloned().collect()
    }
}

/// Returns the highest value of a template: 100 % if it is a percentage.
fn value_max(template: usize, places: u32) -> i64 {
    if TEMPLATES[template].2 == "%" { 100 * 10_i64.pow(places) } else { i64::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_lie_on_the_side_their_metric_moves_to_and_thresholds_lead_there() {
        let mut dice = Dice::new(3, 3);
        for _ in 0..5_000 {
            let measure = Measure::draw(&mut dice);
            let rises = matches!(measure.kind, MetricKind::Increase | MetricKind::AtLeast | MetricKind::Milestones);
            assert_eq!(measure.target > measure.baseline, rises, "{measure:?}");
            assert_eq!(measure.thresholds().is_some(), measure.has_thresholds, "{measure:?}");
            if let Some(thresholds) = measure.thresholds() {
                assert_eq!(thresholds.full(), Some(measure.number(measure.target)));
            }
            assert_eq!(measure.number(measure.at(1_000)), measure.number(measure.target), "{measure:?}");
        }
    }
}
