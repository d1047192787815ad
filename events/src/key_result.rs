//! Key results: their drafting, their measures, and what is changed of them.

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
        /// The objective it belongs to.
        need objective: SubjectId,
        /// `[verb] [metric] from [baseline] to [target] by [date]`: an outcome, not a task.
        need title: Text [NAME],
        /// The one who answers for it.
        need owner: Text [NAME],
        /// What it measures.
        need metric: Metric,
        /// Where it is to arrive, in the metric's unit.
        may target: Number,
        /// What values mean on the way.
        may thresholds: Thresholds [up_to(20, ())],
        /// When it is due; the cycle's end where not said.
        may due_on: chrono::NaiveDate,
        /// How much it counts in the objective's mean; 1 where not said.
        may weight: Weight,
        /// The score its owner expects.
        may expected_score: Score,
    }
    check(this, at, faults) {
        if this.metric.kind == MetricKind::Milestones {
            for (field, there) in [("target", this.target.is_some()), ("thresholds", this.thresholds.is_some())] {
                if there {
                    faults.add(at.field(field), "out_of_place", format_args!("a metric of milestones takes no `{field}`"));
                }
            }
        }
    }
}

record! {
    /// `okr.key_result.baseline_set`
    pub struct KeyResultBaselineSet {
        /// The value measured, in the metric's unit.
        need value: Number,
        /// The day it was measured on.
        need measured_on: chrono::NaiveDate,
        /// How it was measured.
        need method: Text [TEXT],
    }
}

record! {
    /// `okr.key_result.target_set`: only before the cycle starts; after that a target is adjusted.
    pub struct KeyResultTargetSet {
        /// Where it is to arrive, in the metric's unit.
        need value: Number,
        /// What values mean on the way; absent keeps those that stand.
        may thresholds: Thresholds [up_to(20, ())],
    }
}

record! {
    /// The fields of a key result that an adjustment changes: at least one.
    pub struct KeyResultChanges {
        /// The new target.
        may target: Change<Number>,
        /// The new thresholds.
        may thresholds: Change<Thresholds> [up_to(20, ())],
        /// The baseline as measured anew.
        may baseline: Change<Number>,
        /// The new day it is due on.
        may due_on: Change<chrono::NaiveDate>,
        /// The new metric.
        may metric: Change<Metric>,
        /// The new title.
        may title: Change<Text> [NAME],
        /// How much it counts from now on.
        may weight: Change<Weight>,
        /// The score its owner expects from now on.
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
    /// No changes.
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

    /// The changes as their author submitted them.
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
        /// Who answers for it from now on.
        need owner: Text [NAME],
        /// Why.
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
