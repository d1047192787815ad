//! Key results: drafts, baselines, targets and changes.

use crate::change::Change;
use crate::id::SubjectId;
use crate::justification::{Approval, Context, Justification};
use crate::limits::{NAME, TEXT, up_to};
use crate::metric::{Metric, MetricKind, Thresholds};
use crate::number::{Number, Score, Weight};
use crate::record::{always, record};
use crate::replacements::Replacements;
use crate::text::Text;

record! {
    /// `okr.key_result.drafted`
    pub struct KeyResultDrafted {
        /// The id or ref of the objective it belongs to.
        need objective: SubjectId,
        /// `[verb] [metric] from [baseline] to [target] by [date]`: an outcome, not a task.
        need title: Text [NAME],
        /// The person accountable for it.
        need owner: Text [NAME],
        /// Name, unit and direction of the measured value.
        need metric: Metric,
        /// The value to reach, in the metric's unit.
        may target: Number,
        /// Values and the scores they earn.
        may thresholds: Thresholds [up_to(20, ())],
        /// The due date; absent means the cycle's last day.
        may due_on: chrono::NaiveDate,
        /// The weight in the objective's mean; absent means 1.
        may weight: Weight,
        /// The score that the owner expects, 0 to 1.
        may expected_score: Score,
    }
    check(this, at, faults) {
        if this.metric.kind == MetricKind::Milestones {
            for (field, there) in [("target", this.target.is_some()), ("thresholds", this.thresholds.is_some())] {
                if there {
                    let says = format_args!("a metric of kind milestones has no `{field}`: leave it out");
                    faults.add(at.field(field), "out_of_place", says);
                }
            }
        }
    }
}

record! {
    /// `okr.key_result.baseline_set`
    pub struct KeyResultBaselineSet {
        /// The measured value, in the metric's unit.
        need value: Number,
        /// The day of the measurement.
        need measured_on: chrono::NaiveDate,
        /// The method of measurement, so that others can repeat it.
        need method: Text [TEXT],
    }
}

record! {
    /// `okr.key_result.target_set`: only before the cycle starts; afterwards, targets are adjusted.
    pub struct KeyResultTargetSet {
        /// The value to reach, in the metric's unit.
        need value: Number,
        /// Values and the scores they earn; absent keeps the current ones.
        may thresholds: Thresholds [up_to(20, ())],
    }
}

record! {
    /// The fields of a key result that an adjustment changes: at least one.
    pub struct KeyResultChanges {
        /// In the metric's unit; cannot be cleared.
        may target: Change<Number>,
        /// At most 20 pairs of score and value; null removes them.
        may thresholds: Change<Thresholds> [up_to(20, ())],
        /// The corrected baseline, in the metric's unit; cannot be cleared.
        may baseline: Change<Number>,
        /// Null means the cycle's last day.
        may due_on: Change<chrono::NaiveDate>,
        /// Replaces name, unit, kind and milestones together; cannot be cleared.
        may metric: Change<Metric>,
        /// At most 500 characters; cannot be cleared.
        may title: Change<Text> [NAME],
        /// The weight in the objective's mean; null means 1.
        may weight: Change<Weight>,
        /// The score that the owner expects, 0 to 1.
        may expected_score: Change<Score>,
    }
    check(this, at, faults) {
        if *this == KeyResultChanges::none() {
            faults.add(at, "nothing_changes", "name at least one field to change: {\"target\": {\"to\": 800}}");
        }
        let cleared = [
            ("target", this.target.as_ref().is_some_and(|change| change.to.is_none())),
            ("baseline", this.baseline.as_ref().is_some_and(|change| change.to.is_none())),
            ("metric", this.metric.as_ref().is_some_and(|change| change.to.is_none())),
            ("title", this.title.as_ref().is_some_and(|change| change.to.is_none())),
        ];
        for (field, _) in cleared.into_iter().filter(|(_, cleared)| *cleared) {
            faults.add(at.field(field).field("to"), "required", format_args!("`{field}` cannot be cleared"));
        }
    }
}

always!(KeyResultChanges);

impl KeyResultChanges {
    /// Returns changes that name no field.
    pub fn none() -> Self {
        KeyResultChanges {
            target: None,
            thresholds: None,
            baseline: None,
            due_on: None,
            metric: None,
            title: None,
            weight: None,
            expected_score: None,
        }
    }

    /// Returns the changes without the `from` values that the ledger stamped.
    pub fn unstamped(self) -> Self {
        KeyResultChanges {
            target: self.target.map(Change::unstamped),
            thresholds: self.thresholds.map(Change::unstamped),
            baseline: self.baseline.map(Change::unstamped),
            due_on: self.due_on.map(Change::unstamped),
            metric: self.metric.map(Change::unstamped),
            title: self.title.map(Change::unstamped),
            weight: self.weight.map(Change::unstamped),
            expected_score: self.expected_score.map(Change::unstamped),
        }
    }
}

record! {
    /// `okr.key_result.adjusted`
    pub struct KeyResultAdjusted {
        /// The changes.
        need changes: KeyResultChanges,
        /// The reason.
        need justification: Justification,
        /// The key result's state at the moment of the change.
        stamp context: Context,
        /// The people who proposed and approved the change, if it was proposed.
        stamp approval: Approval,
    }
}

record! {
    /// `okr.key_result.reassigned`
    pub struct KeyResultReassigned {
        /// The person accountable from now on.
        need owner: Text [NAME],
        /// The reason for the reassignment.
        need reason: Text [TEXT],
    }
}

record! {
    /// `okr.key_result.retired`: the key result stays visible, out of the mean.
    pub struct KeyResultRetired {
        /// The reason.
        need justification: Justification,
        /// The key results that take its place.
        #[serde(default)]
        or_default replaced_by: Replacements [up_to(20, ())],
        /// The people who proposed and approved the retirement, if it was proposed.
        stamp approval: Approval,
    }
}
