//! Writing of trail rows.

use events::{Category, Context, EventId, Justification, Recorded, Text};

use crate::rows::{Changes, CycleRow, CycleState, Effect, Error, KeyResultRow, ObjectiveRow, RowsMut, TrailRow, put};

use super::stamp;

/// The subject of a trail row.
pub(super) enum Concerning<'a> {
    Cycle,
    Objective(&'a ObjectiveRow),
    KeyResult(&'a KeyResultRow),
}

/// The parts of a trail row other than the changed fields.
#[derive(Default)]
pub(super) struct Details<'a> {
    pub(super) justification: Option<&'a Justification>,
    pub(super) remark: Option<&'a Text>,
    pub(super) context: Option<Context>,
    pub(super) effect: Option<Effect>,
    pub(super) proposal: Option<&'a EventId>,
}

/// Writes the trail row of an event.
pub(super) fn write(
    rows: &mut impl RowsMut,
    event: &Recorded,
    cycle: &CycleRow,
    concerning: Concerning<'_>,
    changes: Changes,
    details: Details<'_>,
) -> Result<(), Error> {
    let (subject, objective_no, key_result) = match concerning {
        Concerning::Cycle => (&event.subject, None, None),
        // A carry-over changes two objectives, and only one of them is the event's subject.
        Concerning::Objective(objective) => (&objective.id, Some(objective.no), None),
        Concerning::KeyResult(key_result) => (&event.subject, Some(key_result.objective_no), Some(key_result.place())),
    };
    let is_adjustment = match event.fact.kind().category() {
        Category::CycleState | Category::CarryOver => false,
        Category::Policy
        | Category::Organisation
        | Category::Draft
        | Category::Adjustment
        | Category::Measure
        | Category::Reassignment
        | Category::Retirement
        | Category::Grade
        | Category::Proposal
        | Category::CheckIn
        | Category::Correction
        | Category::Retrospective
        | Category::BoardReport => cycle.state != CycleState::Open,
    };
    let line = TrailRow {
        cycle: cycle.id.clone(),
        subject: subject.clone(),
        objective_no,
        key_result,
        event_id: event.id.clone(),
        kind: event.fact.kind(),
        actor: event.actor.clone(),
        at: stamp(event),
        after_start: is_adjustment,
        changes: changes.into_fields(),
        justification: details.justification.cloned(),
        remark: details.remark.cloned(),
        context: details.context,
        effect: details.effect,
        proposal: details.proposal.cloned(),
        approval: event.fact.approval().cloned(),
    };
    put(rows, event.seq, &line)
}
