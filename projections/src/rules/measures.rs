//! Consistency of baseline, target and thresholds.

use events::{MetricKind, Number, Thresholds};

/// A fault: the field at fault, the rule, and the message.
pub(super) type Fault = (&'static str, &'static str, String);

/// Returns the faults of measures in combination. Missing fields are not compared.
pub(super) fn faults(
    kind: MetricKind,
    baseline: Option<Number>,
    target: Option<Number>,
    thresholds: Option<&Thresholds>,
) -> Vec<Fault> {
    let falls = match kind {
        MetricKind::Increase => false,
        MetricKind::Decrease => true,
        // A value to be held may start at its target; milestones have no measures.
        MetricKind::AtLeast | MetricKind::AtMost | MetricKind::Milestones => return Vec::new(),
    };
    let mut faults = Vec::new();
    let (way, side) = if falls { ("decrease", "below") } else { ("increase", "above") };
    if let (Some(baseline), Some(target)) = (baseline, target) {
        if baseline == target {
            let says = format!("target and baseline are both {target}: the target must be {side} the baseline");
            faults.push(("target", "target_equals_baseline", says));
        } else if (target < baseline) != falls {
            let says = format!("from {baseline} to {target} is no {way}: the target must be {side} the baseline");
            faults.push(("target", "wrong_direction", says));
        }
    }
    if let Some(thresholds) = thresholds {
        let values: Vec<Number> = thresholds.points().map(|(_, value)| value).collect();
        let one_way = values.windows(2).all(|pair| (pair[1] < pair[0]) == falls);
        if !one_way {
            let says = format!("the metric is to {way}, so its thresholds must {way} as the scores rise");
            faults.push(("thresholds", "wrong_direction", says));
        }
        if let (Some(full), Some(target)) = (thresholds.full(), target)
            && full != target
        {
            let says =
                format!("the thresholds earn a score of 1.0 at {full}, but the target is {target}: make them equal");
            faults.push(("thresholds", "thresholds_miss_target", says));
        }
        if let (None, Some(last), Some(target)) = (thresholds.full(), values.last(), target)
            && one_way
            && (*last == target || (*last < target) == falls)
        {
            let says = format!(
                "the thresholds reach {last}, but the target {target} already earns 1.0: end them before the target"
            );
            faults.push(("thresholds", "thresholds_miss_target", says));
        }
        let beyond =
            |value: &Number| baseline.is_some_and(|baseline| (*value < baseline) != falls && *value != baseline);
        if values.first().is_some_and(beyond) {
            let says = format!("the thresholds begin on the wrong side of the baseline: they must be {side} it");
            faults.push(("thresholds", "wrong_direction", says));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn n(text: &str) -> Number {
        text.parse().unwrap()
    }

    fn rules(kind: MetricKind, baseline: &str, target: &str, thresholds: &[(&str, &str)]) -> Vec<&'static str> {
        let points: BTreeMap<_, _> =
            thresholds.iter().map(|(score, value)| (events::Share::new(n(score)).unwrap(), n(value))).collect();
        let thresholds = Thresholds::new(points).ok();
        faults(kind, Some(n(baseline)), Some(n(target)), thresholds.as_ref())
            .into_iter()
            .map(|(_, rule, _)| rule)
            .collect()
    }

    #[test]
    fn a_target_lies_on_the_side_its_metric_moves_to() {
        use MetricKind::{AtLeast, Decrease, Increase};
        assert_eq!(rules(Increase, "18", "45", &[]), [""; 0]);
        assert_eq!(rules(Decrease, "1100", "800", &[]), [""; 0]);
        assert_eq!(rules(Increase, "45", "18", &[]), ["wrong_direction"]);
        assert_eq!(rules(Decrease, "800", "1100", &[]), ["wrong_direction"]);
        assert_eq!(rules(Increase, "5", "5.0", &[]), ["target_equals_baseline"]);
        assert_eq!(rules(AtLeast, "99.9", "99.9", &[]), [""; 0]);
    }

    #[test]
    fn thresholds_lie_between_baseline_and_target() {
        use MetricKind::{Decrease, Increase};
        assert_eq!(rules(Increase, "0", "25", &[("0.3", "5"), ("1.0", "25")]), [""; 0]);
        assert_eq!(rules(Increase, "0", "25", &[("0.3", "15"), ("0.7", "5")]), ["wrong_direction"]);
        assert_eq!(rules(Increase, "0", "25", &[("1.0", "24")]), ["thresholds_miss_target"]);
        assert_eq!(rules(Increase, "0", "25", &[("0.7", "24")]), [""; 0]);
        assert_eq!(rules(Increase, "0", "25", &[("0.7", "25")]), ["thresholds_miss_target"]);
        assert_eq!(rules(Increase, "0", "25", &[("0.7", "30")]), ["thresholds_miss_target"]);
        assert_eq!(rules(Decrease, "10", "2", &[("0.7", "1")]), ["thresholds_miss_target"]);
        assert_eq!(rules(Decrease, "10", "2", &[("0.7", "3")]), [""; 0]);
        assert_eq!(rules(Decrease, "10", "2", &[("0.3", "12")]), ["wrong_direction"]);
    }
}
