//! Objectives.

use crate::change::Change;
use crate::id::SubjectId;
use crate::justification::{Approval, Context, Justification};
use crate::limits::{NAME, TEXT, up_to};
use crate::metric::words;
use crate::number::Weight;
use crate::record::{always, record};
use crate::replacements::Replacements;
use crate::text::Text;

words!(
    /// The organisational level of an objective.
    Level {
        /// An objective of the whole company.
        Company = "company",
        /// An objective of one team.
        Team = "team",
        /// An objective of one person.
        Individual = "individual",
    }
);

words!(
    /// The score that counts as success.
    Ambition {
        /// Must happen: 1.0 is expected.
        Committed = "committed",
        /// A stretch: 0.7 is success.
        Aspirational = "aspirational",
    }
);

record! {
    /// `okr.objective.drafted`
    pub struct ObjectiveDrafted {
        /// The cycle's id or ref.
        need cycle: SubjectId,
        /// The direction: qualitative, memorable, without a number.
        need title: Text [NAME],
        /// Explains the title, in at most 20,000 characters.
        may description: Text [TEXT],
        /// A team objective also needs a `team`.
        need level: Level,
        /// The team it belongs to; required for a team objective.
        may team: SubjectId,
        /// The person accountable for it.
        need owner: Text [NAME],
        /// The score that counts as success.
        need ambition: Ambition,
        /// The objective or key result it supports.
        may supports: SubjectId,
        /// At most 20 themes that it serves.
        #[serde(default)]
        list themes: SubjectId [up_to(20, ())],
        /// The weight in the cycle's mean; absent means 1.
        may weight: Weight,
    }
    check(this, at, faults) {
        if this.level == Level::Team && this.team.is_none() {
            faults.add(at.field("team"), "required", "a team objective needs a `team`");
        }
    }
}

record! {
    /// The fields of an objective that an amendment changes: at least one.
    pub struct ObjectiveChanges {
        /// At most 500 characters; cannot be cleared.
        may title: Change<Text> [NAME],
        /// At most 20,000 characters; null clears it.
        may description: Change<Text> [TEXT],
        /// Cannot be cleared.
        may level: Change<Level>,
        /// Required for a team objective.
        may team: Change<SubjectId>,
        /// The person accountable; cannot be cleared.
        may owner: Change<Text> [NAME],
        /// Committed or aspirational; cannot be cleared.
        may ambition: Change<Ambition>,
        /// The objective or key result to support.
        may supports: Change<SubjectId>,
        /// Replaces the whole list, at most 20.
        may themes: Change<Vec<SubjectId>> [up_to(20, ())],
        /// The weight in the cycle's mean; null means 1.
        may weight: Change<Weight>,
    }
    check(this, at, faults) {
        if *this == ObjectiveChanges::none() {
            faults.add(at, "nothing_changes", "name at least one field to change: {\"title\": {\"to\": …}}");
        }
        let cleared = [
            ("title", this.title.as_ref().is_some_and(|change| change.to.is_none())),
            ("level", this.level.as_ref().is_some_and(|change| change.to.is_none())),
            ("owner", this.owner.as_ref().is_some_and(|change| change.to.is_none())),
            ("ambition", this.ambition.as_ref().is_some_and(|change| change.to.is_none())),
        ];
        for (field, _) in cleared.into_iter().filter(|(_, cleared)| *cleared) {
            faults.add(at.field(field).field("to"), "required", format_args!("`{field}` cannot be cleared"));
        }
    }
}

always!(ObjectiveChanges);

impl ObjectiveChanges {
    /// Returns changes that name no field.
    pub fn none() -> Self {
        ObjectiveChanges {
            title: None,
            description: None,
            level: None,
            team: None,
            owner: None,
            ambition: None,
            supports: None,
            themes: None,
            weight: None,
        }
    }

    /// Returns the changes without the `from` values that the ledger stamped.
    pub fn unstamped(self) -> Self {
        ObjectiveChanges {
            title: self.title.map(Change::unstamped),
            description: self.description.map(Change::unstamped),
            level: self.level.map(Change::unstamped),
            team: self.team.map(Change::unstamped),
            owner: self.owner.map(Change::unstamped),
            ambition: self.ambition.map(Change::unstamped),
            supports: self.supports.map(Change::unstamped),
            themes: self.themes.map(Change::unstamped),
            weight: self.weight.map(Change::unstamped),
        }
    }
}

record! {
    /// `okr.objective.amended`
    pub struct ObjectiveAmended {
        /// The changes.
        need changes: ObjectiveChanges,
        /// The reason; required once the cycle has started.
        may justification: Justification,
        /// The objective's state at the moment of the change.
        stamp context: Context,
        /// The people who proposed and approved the change, if it was proposed.
        stamp approval: Approval,
    }
}

record! {
    /// `okr.objective.retired`: the objective stays visible, out of the mean.
    pub struct ObjectiveRetired {
        /// The reason.
        need justification: Justification,
        /// The objectives that take its place.
        #[serde(default)]
        or_default replaced_by: Replacements [up_to(20, ())],
        /// The people who proposed and approved the retirement, if it was proposed.
        stamp approval: Approval,
    }
}

record! {
    /// `okr.objective.carried_over`: the objective continues in another cycle, as an objective drafted there.
    pub struct ObjectiveCarriedOver {
        /// The cycle it continues in.
        need to_cycle: SubjectId,
        /// The objective of that cycle that continues it.
        need new_id: SubjectId,
        /// The reason, and the differences.
        may note: Text [TEXT],
        /// The cycle it comes from: each cycle's own events name the other.
        stamp from_cycle: SubjectId,
    }
}
