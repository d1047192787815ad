//! Retrospectives of cycles and objectives.

use crate::limits::{ITEM, up_to};
use crate::record::record;
use crate::text::Text;

record! {
    /// `okr.retrospective.recorded`: of a cycle or an objective; at least one list is not empty.
    pub struct RetrospectiveRecorded {
        /// Things that worked.
        #[serde(default)]
        list went_well: Text [up_to(50, ITEM)],
        /// Things that did not work.
        #[serde(default)]
        list went_badly: Text [up_to(50, ITEM)],
        /// Lessons for later cycles.
        #[serde(default)]
        list learnings: Text [up_to(50, ITEM)],
        /// Actions that follow from the lessons.
        #[serde(default)]
        list actions: Text [up_to(50, ITEM)],
    }
    check(this, at, faults) {
        if [&this.went_well, &this.went_badly, &this.learnings, &this.actions].iter().all(|list| list.is_empty()) {
            let says = "the retrospective is empty: fill in went_well, went_badly, learnings or actions";
            faults.add(at, "nothing_stated", says);
        }
    }
}
