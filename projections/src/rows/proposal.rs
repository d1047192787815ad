//! Rows of proposals: proposed changes to goals, and their outcomes.

use events::{AdjustmentProposed, Context, EventId, Justification, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{
    Error, FieldChange, JsonText, Key, KeyResultPlace, ObjectivePlace, Row, Rows, Stamp, Table, all, by_id, overtaking,
    packed, row,
};

/// The state of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Awaiting a decision.
    Open,
    /// Approved, and the change recorded.
    Approved,
    /// Declined by someone other than the proposer.
    Declined,
    /// Withdrawn by the proposer.
    Withdrawn,
    /// Overtaken by another change to the same fields.
    Overtaken,
}

impl ProposalState {
    /// All states, in the order of declaration.
    pub const ALL: [ProposalState; 5] = [
        ProposalState::Open,
        ProposalState::Approved,
        ProposalState::Declined,
        ProposalState::Withdrawn,
        ProposalState::Overtaken,
    ];

    /// Returns the state's name in JSON.
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

/// A decision on a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The id of the deciding event.
    pub event_id: EventId,
    /// The actor who decided.
    pub by: Text,
    /// The note given with the decision.
    pub note: Option<Text>,
    /// The seq and times of the decision.
    pub at: Stamp,
}

/// A change that overtook a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overtaking {
    /// The seq of the overtaking event.
    pub seq: u64,
    /// The actor who made the change.
    pub by: Text,
    /// The changed field, before and after.
    pub change: FieldChange,
}

/// A proposal about a goal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalRow {
    /// The objective concerned, or the one its key result belongs to.
    pub objective: ObjectivePlace,
    /// The key result concerned; `None` if the proposal is about the objective itself.
    pub key_result: Option<KeyResultPlace>,
    /// The id of the goal.
    pub subject: SubjectId,
    /// The id of the proposing event, by which decisions name the proposal.
    pub event_id: EventId,
    /// The actor who proposed it.
    pub by: Text,
    /// The seq and times of the proposal.
    pub at: Stamp,
    /// The complete event data; an approval makes the change from it.
    pub data: JsonText,
    /// The proposed field changes, with the values at the time of the proposal.
    pub changes: Vec<FieldChange>,
    /// The reasons given for the change.
    #[serde(with = "packed")]
    pub justification: Justification,
    /// The figures at the time of the proposal.
    pub context: Option<Context>,
    /// The state. `Overtaken` is not stored, because one change may overtake any number of proposals and would have to
    /// rewrite them all; it is computed from the trail when a proposal is read.
    pub state: ProposalState,
    /// The approval, decline or withdrawal; `None` while the proposal is open or if it was overtaken.
    pub decision: Option<Decision>,
    /// The changes that overtook it; computed like `Overtaken`.
    #[serde(skip)]
    pub overtaken_by: Vec<Overtaking>,
}

impl ProposalRow {
    /// Returns the key prefix of a cycle's proposals.
    pub fn of_cycle(cycle: &str) -> Key {
        Key::of(Table::Proposal).text(cycle)
    }

    /// Returns the key prefix of the proposals about an objective and its key results.
    pub fn under(objective: &ObjectivePlace) -> Key {
        ProposalRow::of_cycle(objective.cycle.as_str()).number(objective.no)
    }

    /// Returns the key prefix of the proposals about an objective itself; no key result has the number 0.
    pub fn of_objective(objective: &ObjectivePlace) -> Key {
        ProposalRow::under(objective).number(0)
    }

    /// Returns the key prefix of the proposals about a key result.
    pub fn of_key_result(place: &KeyResultPlace) -> Key {
        ProposalRow::of_cycle(place.cycle.as_str()).number(place.objective_no).number(place.no)
    }

    /// Finds the proposal about one goal with this event id. `of_goal` is the key prefix of the goal's proposals.
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

    /// Reads the proposals whose keys start with `prefix`, with overtaken ones marked.
    pub fn all(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<ProposalRow>, Error> {
        let mut found: Vec<ProposalRow> = all(rows, prefix)?;
        // The proposals about one goal are adjacent.
        for of_goal in found.chunk_by_mut(|one, other| one.subject == other.subject) {
            overtaking::settle(rows, of_goal)?;
        }
        Ok(found)
    }

    /// Decodes the proposing event's data.
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
