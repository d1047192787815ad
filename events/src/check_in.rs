//! Check-ins and their corrections.

use crate::id::EventId;
use crate::limits::{ITEM, NAME, TEXT, up_to};
use crate::metric::{MILESTONES_MAX, words};
use crate::number::{Confidence, Number};
use crate::record::record;
use crate::text::Text;

words!(
    /// The owner's assessment of a key result.
    Status {
        /// The target will be reached.
        OnTrack = "on_track",
        /// The target may be missed.
        AtRisk = "at_risk",
        /// The target is being missed.
        Behind = "behind",
    }
);

record! {
    /// `okr.check_in.recorded`: at least one field. An absent field is not stated; there are no defaults.
    pub struct CheckInRecorded {
        /// The current value, in the metric's unit.
        may value: Number,
        /// The owner's confidence of reaching the target, 0 to 10.
        may confidence: Confidence,
        /// Absent if the owner gives no assessment.
        may status: Status,
        /// A free-text comment.
        may note: Text [TEXT],
        /// Obstacles to progress.
        #[serde(default)]
        list blockers: Text [up_to(50, ITEM)],
        /// Work done.
        #[serde(default)]
        list progress: Text [up_to(50, ITEM)],
        /// Next steps.
        #[serde(default)]
        list plans: Text [up_to(50, ITEM)],
        /// Things that went wrong.
        #[serde(default)]
        list problems: Text [up_to(50, ITEM)],
        /// All milestones done so far, by name.
        may milestones_done: Vec<Text> [up_to(MILESTONES_MAX, NAME)],
    }
    check(this, at, faults) {
        let lists = [&this.blockers, &this.progress, &this.plans, &this.problems];
        let stated = this.value.is_some() || this.confidence.is_some() || this.status.is_some()
            || this.note.is_some() || this.milestones_done.is_some() || lists.iter().any(|list| !list.is_empty());
        if !stated {
            faults.add(at, "nothing_stated", "the check-in is empty: state a value, a confidence, a note …");
        }
    }
}

record! {
    /// `okr.check_in.corrected`: an absent field keeps its value, a null one counts as never stated.
    pub struct CheckInCorrected {
        /// The event id of the check-in.
        need corrects: EventId,
        /// In the metric's unit.
        #[serde(default)]
        patch value: Number,
        /// A whole number from 0 to 10.
        #[serde(default)]
        patch confidence: Confidence,
        /// The owner's assessment.
        #[serde(default)]
        patch status: Status,
        /// A free-text comment.
        #[serde(default)]
        patch note: Text [TEXT],
        /// Replaces the whole list of obstacles.
        #[serde(default)]
        patch blockers: Vec<Text> [up_to(50, ITEM)],
        /// Replaces the whole list of work done.
        #[serde(default)]
        patch progress: Vec<Text> [up_to(50, ITEM)],
        /// Replaces the whole list of next steps.
        #[serde(default)]
        patch plans: Vec<Text> [up_to(50, ITEM)],
        /// Replaces the whole list of things that went wrong.
        #[serde(default)]
        patch problems: Vec<Text> [up_to(50, ITEM)],
        /// Replaces the whole list of milestones done.
        #[serde(default)]
        patch milestones_done: Vec<Text> [up_to(MILESTONES_MAX, NAME)],
        /// The reason for the correction.
        need reason: Text [TEXT],
    }
    check(this, at, faults) {
        let lists = [&this.blockers, &this.progress, &this.plans, &this.problems, &this.milestones_done];
        let corrects = !this.value.is_keep() || !this.confidence.is_keep() || !this.status.is_keep()
            || !this.note.is_keep() || lists.iter().any(|list| !list.is_keep());
        if !corrects {
            let says = "nothing is corrected: name at least one field with its new value";
            faults.add(at.field("corrects"), "nothing_changes", says);
        }
    }
}
