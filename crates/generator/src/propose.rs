//! Adjustments of key results: made directly, or proposed and approved, some after a declined or withdrawn proposal.

use events::{
    AdjustmentApproved, AdjustmentDeclined, AdjustmentProposed, AdjustmentWithdrawn, Cause, Fact, GoalChanges,
    KeyResultAdjusted, Replacements, SubjectId,
};

use crate::day::{Day, Numbering};
use crate::dice::Dice;
use crate::make::text;
use crate::person::Person;

const AGREED: [&str; 3] =
    ["Agreed in the mid-quarter review", "Makes sense: the circumstances did change", "Yes, and the objective stands"];

const DECLINED: [&str; 3] = [
    "It is still what we want to know: keep it",
    "Too early to tell, let us look again in two weeks",
    "The circumstances are the same as in planning",
];

/// The people involved in the adjustment of a key result.
pub(crate) struct Parties<'a> {
    pub(crate) key_result: &'a SubjectId,
    pub(crate) owner: Person,
    pub(crate) lead: Person,
}

impl Parties<'_> {
    /// Returns a person who may approve the owner's proposal.
    fn other(&self) -> Person {
        let others = [self.lead, Person::FIRST];
        others.into_iter().find(|person| *person != self.owner).unwrap_or(Person(1))
    }

    /// Records all events of one adjustment, at the same minute.
    pub(crate) fn adjust(
        &self,
        adjusted: KeyResultAdjusted,
        (ids, dice): (&mut Numbering, &mut Dice),
        minute: u32,
        day: &mut Day,
    ) {
        let cause = adjusted.justification.cause;
        let mut record = |by: Person, fact: Fact| day.record(ids, minute, by, self.key_result, fact);
        let proposed = |changes: Option<GoalChanges>| AdjustmentProposed {
            retire: changes.is_none(),
            changes,
            replaced_by: Replacements::default(),
            justification: adjusted.justification.clone(),
            context: None,
        };
        match cause {
            Cause::ExternalChange => {
                let asks = proposed(Some(adjusted.changes.clone().into()));
                let proposal = record(self.owner, Fact::AdjustmentProposed(asks));
                let note = dice.chance(600).then(|| text(*dice.pick(&AGREED)));
                record(self.other(), Fact::AdjustmentApproved(AdjustmentApproved { proposal, note }));
                return;
            }
            Cause::NewInformation => {
                let proposal = record(self.owner, Fact::AdjustmentProposed(proposed(None)));
                let note = text(*dice.pick(&DECLINED));
                record(self.other(), Fact::AdjustmentDeclined(AdjustmentDeclined { proposal, note }));
            }
            Cause::ScopeChange => {
                let asks = proposed(Some(adjusted.changes.clone().into()));
                let proposal = record(self.owner, Fact::AdjustmentProposed(asks));
                let note = dice.chance(500).then(|| text("Said too early"));
                record(self.owner, Fact::AdjustmentWithdrawn(AdjustmentWithdrawn { proposal, note }));
            }
            Cause::MeasurementCorrection | Cause::ExecutionShortfall => {}
        }
        let by = if dice.chance(150) { self.owner } else { self.lead };
        record(by, Fact::KeyResultAdjusted(adjusted));
    }
}
