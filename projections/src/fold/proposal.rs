//! Folding of proposals and decisions on them.

use events::{AdjustmentProposed, EventId, Recorded, Text};

use super::stamp;
use super::trail::{self, Concerning, Details};
use crate::rows::{
    Changes, CycleRow, Decision, Error, Key, KeyResultRow, ObjectiveRow, ProposalRow, ProposalState, RowsMut,
    SubjectKind, by_id, put, row, subject,
};

/// The goal a proposal is about.
enum GoalRow {
    Objective(ObjectiveRow),
    KeyResult(KeyResultRow),
}

impl GoalRow {
    fn find(rows: &impl RowsMut, event: &Recorded) -> Result<Option<(CycleRow, GoalRow)>, Error> {
        let (cycle, goal) = match subject(rows, &event.subject)? {
            Some(SubjectKind::Objective(place)) => {
                (place.cycle.clone(), row(rows, &place.key())?.map(GoalRow::Objective))
            }
            Some(SubjectKind::KeyResult(place)) => {
                (place.cycle.clone(), row(rows, &place.key())?.map(GoalRow::KeyResult))
            }
            Some(SubjectKind::Team | SubjectKind::Cycle | SubjectKind::Theme(_) | SubjectKind::BoardReport(_))
            | None => {
                return Ok(None);
            }
        };
        let cycle: Option<CycleRow> = row(rows, &CycleRow::key_of(cycle.as_str()))?;
        Ok(cycle.zip(goal))
    }

    /// Sets `touched`, so that an `if_match` from before the event fails.
    fn touch(&mut self, rows: &mut impl RowsMut, seq: u64) -> Result<(), Error> {
        match self {
            GoalRow::Objective(objective) => {
                objective.touched = seq;
                put(rows, seq, objective)
            }
            GoalRow::KeyResult(key_result) => {
                key_result.touched = seq;
                put(rows, seq, key_result)
            }
        }
    }

    fn concerning(&self) -> Concerning<'_> {
        match self {
            GoalRow::Objective(objective) => Concerning::Objective(objective),
            GoalRow::KeyResult(key_result) => Concerning::KeyResult(key_result),
        }
    }

    fn proposals(&self) -> Key {
        match self {
            GoalRow::Objective(objective) => ProposalRow::of_objective(&objective.place()),
            GoalRow::KeyResult(key_result) => ProposalRow::of_key_result(&key_result.place()),
        }
    }

    /// Returns the field changes the proposal asks for.
    fn would_change(&self, data: &AdjustmentProposed) -> Changes {
        if data.retire {
            let mut changes = Changes::default();
            changes.note("state", &Some("standing"), &Some("retired"));
            changes.note("replaced_by", &None, &data.replaced_by.named());
            return changes;
        }
        let asked = data.changes.as_ref();
        match self {
            GoalRow::Objective(objective) => {
                let asked = asked.and_then(|changes| changes.of_objective().ok());
                asked.map(|asked| objective.clone().amend(&asked)).unwrap_or_default()
            }
            GoalRow::KeyResult(key_result) => {
                let asked = asked.and_then(|changes| changes.of_key_result().ok());
                asked.map(|asked| key_result.clone().adjust(&asked)).unwrap_or_default()
            }
        }
    }
}

pub(super) fn proposed(rows: &mut impl RowsMut, event: &Recorded, data: &AdjustmentProposed) -> Result<(), Error> {
    let Some((cycle, mut goal)) = GoalRow::find(rows, event)? else { return Ok(()) };
    goal.touch(rows, event.seq)?;
    let changes = goal.would_change(data);
    let (objective, key_result) = match &goal {
        GoalRow::Objective(objective) => (objective.place(), None),
        GoalRow::KeyResult(key_result) => (key_result.place().objective(), Some(key_result.place())),
    };
    let proposal = ProposalRow {
        objective,
        key_result,
        subject: event.subject.clone(),
        event_id: event.id.clone(),
        by: event.actor.clone(),
        at: stamp(event),
        data: crate::rows::JsonText::of(data),
        changes: changes.clone().into_fields(),
        justification: data.justification.clone(),
        context: data.context.clone(),
        state: ProposalState::Open,
        decision: None,
        overtaken_by: Vec::new(),
    };
    put(rows, event.seq, &proposal)?;
    by_id::note(rows, event.seq, &event.id)?;
    let details = Details {
        justification: Some(&data.justification),
        context: data.context.clone(),
        proposal: Some(&event.id),
        ..Details::default()
    };
    trail::write(rows, event, &cycle, goal.concerning(), changes, details)
}

/// Records a decision on a proposal. A proposal that is no longer open keeps its state.
pub(super) fn decided(
    rows: &mut impl RowsMut,
    event: &Recorded,
    id: &EventId,
    note: Option<&Text>,
    state: ProposalState,
) -> Result<(), Error> {
    let Some((cycle, mut goal)) = GoalRow::find(rows, event)? else { return Ok(()) };
    goal.touch(rows, event.seq)?;
    let found = ProposalRow::find(rows, &goal.proposals(), id)?;
    if let Some(mut proposal) = found.filter(|proposal| proposal.state == ProposalState::Open) {
        proposal.state = state;
        let (event_id, by) = (event.id.clone(), event.actor.clone());
        proposal.decision = Some(Decision { event_id, by, note: note.cloned(), at: stamp(event) });
        put(rows, event.seq, &proposal)?;
    }
    let details = Details { remark: note, proposal: Some(id), ..Details::default() };
    trail::write(rows, event, &cycle, goal.concerning(), Changes::default(), details)
}
