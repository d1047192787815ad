//! What was learnt.

use crate::limits::{ITEM, up_to};
use crate::record::record;
use crate::text::Text;

record! {
    /// `okr.retrospective.recorded`: of a cycle or an objective; at least one list says something.
    pub struct RetrospectiveRecorded {
        /// What worked.
        #[serde(default)]
        list went_well: Text [up_to(50, ITEM)],
        /// What did not.
        #[serde(default)]
        list went_badly: Text [up_to(50, ITEM)],
        /// What was learnt.
        #[serde(default)]
        list learnings: Text [up_to(50, ITEM)],
        /// What is done about it.
        #[serde(default)]
        list actions: Text [up_to(50, ITEM)],
    }
    check(this, at, faults) {
        if [&this.went_well, &this.went_badly, &this.learnings, &this.actions].iter().all(|list| list.is_empty()) {
            faults.add(at, "nothing_stated", "a retrospective says something: went_well, went_badly, learnings, actions");
        }
    }
}
