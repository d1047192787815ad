//! Proposals: changes of goals that wait for somebody's word, and what became of them.

use events::{AdjustmentProposed, Context, EventId, Justification, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{
    Error, FieldChange, JsonText, Key, KeyResultPlace, ObjectivePlace, Row, Rows, Stamp, Table, all, by_id, overtaking,
    packed, row,
};

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// It waits for somebody's word.
    Open,
    /// It was approved: the change was made.
    Approved,
    /// It was declined.
    Declined,
    /// Whoever proposed it took it back.
    Withdrawn,
    /// What it would change was changed otherwise meanwhile.
    Overtaken,
}

impl ProposalState {
    /// Every state.
    pub const ALL: [ProposalState; 5] = [
        ProposalState::Open,
        ProposalState::Approved,
        ProposalState::Declined,
        ProposalState::Withdrawn,
        ProposalState::Overtaken,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            ProposalState::Open => "open",
            ProposalState::Approved => "approved",
            ProposalState::Declined => "declined",
            ProposalState::Withdrawn => "withdrawn",
            ProposalState::Overtaken => "overtaken",
        }
    }
}

impl std::str::FromStr for ProposalState {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let words = ProposalState::ALL.map(ProposalState::as_str).join(", ");
        let found = ProposalState::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not one of {words}"))
    }
}

/// Somebody's word on a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The event.
    pub event_id: EventId,
    /// Who gave it.
    pub by: Text,
    /// What was said.
    pub note: Option<Text>,
    /// When.
    pub at: Stamp,
}

/// A change that overtook a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overtaking {
    /// The event that made it.
    pub seq: u64,
    /// Who made it.
    pub by: Text,
    /// The field, before and after.
    pub change: FieldChange,
}

/// A proposal about a goal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalRow {
    /// The objective concerned.
    pub objective: ObjectivePlace,
    /// The key result concerned; none where it is the objective itself.
    pub key_result: Option<KeyResultPlace>,
    /// The id of the goal.
    pub subject: SubjectId,
    /// The event, by which the proposal is named.
    pub event_id: EventId,
    /// Who proposed it.
    pub by: Text,
    /// When.
    pub at: Stamp,
    /// The event's data, whole: what an approval makes the change from.
    pub data: JsonText,
    /// The fields it would change, as they stood and as they would stand.
    pub changes: Vec<FieldChange>,
    /// Why.
    #[serde(with = "packed")]
    pub justification: Justification,
    /// How things stood when it was proposed.
    pub context: Option<Context>,
    /// What became of it. That it was overtaken is not stored: one change may overtake any number of proposals, and would
    /// have to write them all. It is found out from the trail when a proposal is read.
    pub state: ProposalState,
    /// The word that was given on it.
    pub decision: Option<Decision>,
    /// What overtook it; likewise.
    #[serde(skip)]
    pub overtaken_by: Vec<Overtaking>,
}

impl ProposalRow {
    /// What the keys of a cycle's proposals begin with.
    pub fn of_cycle(cycle: &str) -> Key {
        Key::of(Table::Proposal).text(cycle)
    }

    /// What the keys of the proposals about an objective and its key results begin with.
    pub fn under(objective: &ObjectivePlace) -> Key {
        ProposalRow::of_cycle(objective.cycle.as_str()).number(objective.no)
    }

    /// What the keys of the proposals about an objective itself begin with: no key result has the number 0.
    pub fn of_objective(objective: &ObjectivePlace) -> Key {
        ProposalRow::under(objective).number(0)
    }

    /// What the keys of the proposals about a key result begin with.
    pub fn of_key_result(place: &KeyResultPlace) -> Key {
        ProposalRow::of_cycle(place.cycle.as_str()).number(place.objective_no).number(place.no)
    }

    /// The proposal with this event id about one goal; the keys of its proposals begin with `of_goal`.
    pub fn find(rows: &(impl Rows + ?Sized), of_goal: &Key, id: &EventId) -> Result<Option<ProposalRow>, Error> {
        for seq in by_id::seqs(rows, id)? {
            let found: Option<ProposalRow> = row(rows, &of_goal.clone().seq(seq))?;
            if let Some(mut found) = found.filter(|proposal| proposal.event_id == *id) {
                overtaking::settle(rows, std::slice::from_mut(&mut found))?;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The proposals whose keys begin with `prefix`, each as it stands.
    pub fn all(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<ProposalRow>, Error> {
        let mut found: Vec<ProposalRow> = all(rows, prefix)?;
        // The proposals about one goal are neighbours.
        for of_goal in found.chunk_by_mut(|one, other| one.subject == other.subject) {
            overtaking::settle(rows, of_goal)?;
        }
        Ok(found)
    }

    /// What was proposed.
    pub fn asks(&self) -> Result<AdjustmentProposed, Error> {
        serde_json::from_str(self.data.as_str()).map_err(|error| Error::Damaged(error.to_string()))
    }
}

impl Row for ProposalRow {
    const TABLE: Table = Table::Proposal;
    fn key(&self) -> Key {
        let of_goal = match &self.key_result {
            Some(place) => ProposalRow::of_key_result(place),
            None => ProposalRow::of_objective(&self.objective),
        };
        of_goal.seq(self.at.seq)
    }
}
