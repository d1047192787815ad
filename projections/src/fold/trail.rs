//! Writing the trail of goal changes.

use events::{Context, Fact, Justification, Recorded, Text};
use serde::Serialize;

use crate::rows::{
    CycleRow, CycleState, Effect, Error, FieldChange, JsonText, KeyResultRow, ObjectiveRow, RowsMut, TrailRow, put,
};

use super::stamp;

/// What was changed, for the trail.
pub(super) enum Concerning<'a> {
    Cycle,
    Objective(&'a ObjectiveRow),
    KeyResult(&'a KeyResultRow),
}

/// The changes of one event, gathered while it is folded.
#[derive(Default)]
pub(super) struct Changes(Vec<FieldChange>);

impl Changes {
    /// Notes a field, before and after, if the two differ.
    pub(super) fn note<T: Serialize + PartialEq>(&mut self, field: &str, from: &Option<T>, to: &Option<T>) {
        if from != to {
            let json = |value: &Option<T>| value.as_ref().map_or_else(JsonText::null, JsonText::of);
            self.0.push(FieldChange { field: field.into(), from: json(from), to: json(to) });
        }
    }
}

/// What a change says beside its fields.
#[derive(Default)]
pub(super) struct Said<'a> {
    pub(super) justification: Option<&'a Justification>,
    pub(super) remark: Option<&'a Text>,
    pub(super) context: Option<Context>,
    pub(super) effect: Option<Effect>,
}

/// Writes the trail's row of an event.
pub(super) fn write(
    rows: &mut impl RowsMut,
    event: &Recorded,
    cycle: &CycleRow,
    concerning: Concerning<'_>,
    changes: Changes,
    said: Said<'_>,
) -> Result<(), Error> {
    let (objective_no, key_result) = match concerning {
        Concerning::Cycle => (None, None),
        Concerning::Objective(objective) => (Some(objective.no), None),
        Concerning::KeyResult(key_result) => (Some(key_result.objective_no), Some(key_result.place())),
    };
    let is_adjustment = match event.fact {
        Fact::CycleOpened(_) | Fact::CycleStarted(_) | Fact::CycleClosed(_) | Fact::CycleReopened(_) => false,
        _ => cycle.state != CycleState::Open,
    };
    let line = TrailRow {
        cycle: cycle.id.clone(),
        subject: event.subject.clone(),
        objective_no,
        key_result,
        event_id: event.id.clone(),
        kind: event.fact.kind(),
        actor: event.actor.clone(),
        at: stamp(event),
        after_start: is_adjustment,
        changes: changes.0,
        justification: said.justification.cloned(),
        remark: said.remark.cloned(),
        context: said.context,
        effect: said.effect,
    };
    put(rows, event.seq, &line)
}
