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

/// `okr.objective.amended`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveAmended {
    /// At least one changed field.
    pub changes: ObjectiveChanges,
    /// Required once the cycle has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<Justification>,
    /// The state of the objective at the time of the change; stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// The proposer and the approver, if it was proposed; stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

limited!(ObjectiveAmended { changes, justification } stamped { context, approval });

/// `okr.objective.retired`: the objective stays visible but no longer counts in the mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveRetired {
    /// The author's case for the retirement.
    pub justification: Justification,
    /// The objectives that replace it.
    #[serde(default, skip_serializing_if = "Replacements::is_empty")]
    pub replaced_by: Replacements,
    /// The proposer and the approver, if it was proposed; stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

limited!(ObjectiveRetired { justification, replaced_by [up_to(20, ())] } stamped { approval });

/// `okr.objective.carried_over`: the objective continues in another cycle, as an objective drafted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveCarriedOver {
    /// The cycle in which it continues.
    pub to_cycle: SubjectId,
    /// The objective of that cycle that continues this one.
    pub new_id: SubjectId,
    /// The reason, and the differences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The cycle it comes from, so that the events of either cycle suffice to show it. Stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_cycle: Option<SubjectId>,
}

limited!(ObjectiveCarriedOver { to_cycle, new_id, note [TEXT] } stamped { from_cycle });

// Only the ledger stamps `from_cycle`: in a submission it is an unknown field.
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
