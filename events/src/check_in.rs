//! Check-ins and their corrections.

use crate::id::EventId;
use crate::limits::{ITEM, NAME, TEXT, up_to};
use crate::metric::{MILESTONES_MAX, words};
use crate::number::{Confidence, Number};
use crate::record::record;
use crate::text::Text;

words!(
    /// How a key result stands, as its owner sees it.
    Status {
        /// It will be reached.
        OnTrack = "on_track",
        /// It may be missed.
        AtRisk = "at_risk",
        /// It is being missed.
        Behind = "behind",
    }
);

record! {
    /// `okr.check_in.recorded`: at least one field. What is absent is not stated; nothing has a default.
    pub struct CheckInRecorded {
        /// The current value, in the metric's unit.
        may value: Number,
        /// How sure the owner is of reaching the target.
        may confidence: Confidence,
        /// How it stands, where the owner says so.
        may status: Status,
        /// What is worth saying.
        may note: Text [TEXT],
        /// What is in the way.
        #[serde(default)]
        list blockers: Text [up_to(50, ITEM)],
        /// What was done.
        #[serde(default)]
        list progress: Text [up_to(50, ITEM)],
        /// What is next.
        #[serde(default)]
        list plans: Text [up_to(50, ITEM)],
        /// What went wrong.
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
            faults.add(at, "nothing_stated", "a check-in states something: a value, a confidence, a note …");
        }
    }
}

record! {
    /// `okr.check_in.corrected`: a field that is absent stands, one that is null counts as never stated.
    pub struct CheckInCorrected {
        /// The id of the check-in's event.
        need corrects: EventId,
        /// The corrected value.
        #[serde(default)]
        patch value: Number,
        /// The corrected confidence.
        #[serde(default)]
        patch confidence: Confidence,
        /// The corrected status.
        #[serde(default)]
        patch status: Status,
        /// The corrected note.
        #[serde(default)]
        patch note: Text [TEXT],
        /// The corrected blockers.
        #[serde(default)]
        patch blockers: Vec<Text> [up_to(50, ITEM)],
        /// The corrected list of what was done.
        #[serde(default)]
        patch progress: Vec<Text> [up_to(50, ITEM)],
        /// The corrected list of what is next.
        #[serde(default)]
        patch plans: Vec<Text> [up_to(50, ITEM)],
        /// The corrected list of what went wrong.
        #[serde(default)]
        patch problems: Vec<Text> [up_to(50, ITEM)],
        /// The corrected list of milestones done.
        #[serde(default)]
        patch milestones_done: Vec<Text> [up_to(MILESTONES_MAX, NAME)],
        /// Why it is corrected.
        need reason: Text [TEXT],
    }
    check(this, at, faults) {
        let lists = [&this.blockers, &this.progress, &this.plans, &this.problems, &this.milestones_done];
        let corrects = !this.value.is_keep() || !this.confidence.is_keep() || !this.status.is_keep()
            || !this.note.is_keep() || lists.iter().any(|list| !list.is_keep());
        if !corrects {
            faults.add(at.field("corrects"), "nothing_changes", "name the fields to correct, with their new values");
        }
    }
}
