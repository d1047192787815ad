//! Objectives.

use serde::{Deserialize, Serialize};

use crate::adjustment::Approval;
use crate::change::Change;
use crate::fields::{Fields, Read};
use crate::id::SubjectId;
use crate::json::Json;
use crate::justification::{Context, Justification};
use crate::limits::{NAME, TEXT, limited, up_to};
use crate::metric::words;
use crate::number::Weight;
use crate::place::At;
use crate::record::{always, record};
use crate::replacements::Replacements;
use crate::text::Text;
use crate::violation::Faults;

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

/// `okr.objective.amended`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveAmended {
    /// What changes.
    pub changes: ObjectiveChanges,
    /// Why; must be there once the cycle has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<Justification>,
    /// How things stood; stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// Who proposed and who approved it, where it was proposed; stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

limited!(ObjectiveAmended { changes, justification } stamped { context, approval });

/// `okr.objective.retired`: it stays visible, out of the mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveRetired {
    /// Why.
    pub justification: Justification,
    /// The objectives that take its place.
    #[serde(default, skip_serializing_if = "Replacements::is_empty")]
    pub replaced_by: Replacements,
    /// Who proposed and who approved it, where it was proposed; stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

limited!(ObjectiveRetired { justification, replaced_by [up_to(20, ())] } stamped { approval });

/// `okr.objective.carried_over`: it goes on in another cycle, as an objective that was drafted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveCarriedOver {
    /// The cycle it goes on in.
    pub to_cycle: SubjectId,
    /// The objective of that cycle by which it goes on.
    pub new_id: SubjectId,
    /// Why, and with what changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The cycle it comes from, so that either cycle can be told from its own events. Stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_cycle: Option<SubjectId>,
}

limited!(ObjectiveCarriedOver { to_cycle, new_id, note [TEXT] } stamped { from_cycle });

// Where it comes from is the ledger's to stamp: a submission that names it has an unknown field.
impl Read for ObjectiveCarriedOver {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, at, faults)?;
        let to_cycle = fields.need("to_cycle", faults);
        let new_id = fields.need("new_id", faults);
        let note = fields.may("note", faults);
        fields.close(faults);
        Some(ObjectiveCarriedOver { to_cycle: to_cycle?, new_id: new_id?, note: note?, from_cycle: None })
    }
}
