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
    /// Whose objective it is.
    Level {
        /// The whole company's.
        Company = "company",
        /// A team's.
        Team = "team",
        /// One person's.
        Individual = "individual",
    }
);

words!(
    /// What is expected of it.
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
        /// The cycle it belongs to.
        need cycle: SubjectId,
        /// Where to? Qualitative, memorable, without a number.
        need title: Text [NAME],
        /// What it means, at length.
        may description: Text [TEXT],
        /// Whose objective it is.
        need level: Level,
        /// The team it belongs to; a team's objective names it.
        may team: SubjectId,
        /// Who answers for it.
        need owner: Text [NAME],
        /// What is expected of it.
        need ambition: Ambition,
        /// The objective or key result it supports.
        may supports: SubjectId,
        /// The themes it serves.
        #[serde(default)]
        list themes: SubjectId [up_to(20, ())],
        /// How much it counts in the cycle's mean; 1 where not said.
        may weight: Weight,
    }
    check(this, at, faults) {
        if this.level == Level::Team && this.team.is_none() {
            faults.add(at.field("team"), "required", "a team's objective names its `team`");
        }
    }
}

record! {
    /// The fields of an objective that an amendment changes: at least one.
    pub struct ObjectiveChanges {
        /// The new title.
        may title: Change<Text> [NAME],
        /// The new description.
        may description: Change<Text> [TEXT],
        /// The new level.
        may level: Change<Level>,
        /// The new team.
        may team: Change<SubjectId>,
        /// The new owner.
        may owner: Change<Text> [NAME],
        /// The new ambition.
        may ambition: Change<Ambition>,
        /// What it supports from now on.
        may supports: Change<SubjectId>,
        /// The themes it serves from now on.
        may themes: Change<Vec<SubjectId>> [up_to(20, ())],
        /// How much it counts from now on.
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
    /// No changes.
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

    /// The changes as their author submitted them.
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
