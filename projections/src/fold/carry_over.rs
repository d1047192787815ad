//! Objectives that go on in another cycle.
//!
//! The event belongs to both cycles. Fed with one cycle's events only, the fold finds one of the two ends and links that.

use events::{ObjectiveCarriedOver, Recorded, SubjectId};

use super::stamp;
use super::trail::{self, Concerning, Said};
use crate::rows::{
    BySubject, CarriedOver, Changes, CycleRow, Error, ObjectiveRow, Rows, RowsMut, SubjectKind, put, row, subject,
};

pub(super) fn carried_over(
    rows: &mut impl RowsMut,
    event: &Recorded,
    data: &ObjectiveCarriedOver,
) -> Result<(), Error> {
    let end = |cycle: Option<SubjectId>, objective: &SubjectId| CarriedOver {
        cycle,
        objective: objective.clone(),
        note: data.note.clone(),
        at: stamp(event),
    };
    let said = || Said { remark: data.note.as_ref(), ..Said::default() };
    if let Some((cycle, mut old)) = find(rows, &event.subject)? {
        let mut changes = Changes::default();
        changes.note("carried_over_to", &None, &Some(&data.new_id));
        old.carried_to = Some(end(Some(data.to_cycle.clone()), &data.new_id));
        old.touched = event.seq;
        put(rows, event.seq, &old)?;
        trail::write(rows, event, &cycle, Concerning::Objective(&old), changes, said())?;
    }
    put(rows, event.seq, &BySubject { subject: data.new_id.clone(), seq: event.seq })?;
    if let Some((cycle, mut new)) = find(rows, &data.new_id)?
        && cycle.id == data.to_cycle
        && new.id != event.subject
    {
        let mut changes = Changes::default();
        changes.note("carried_over_from", &None, &Some(&event.subject));
        new.carried_from = Some(end(data.from_cycle.clone(), &event.subject));
        new.touched = event.seq;
        put(rows, event.seq, &new)?;
        trail::write(rows, event, &cycle, Concerning::Objective(&new), changes, said())?;
    }
    Ok(())
}

fn find(rows: &impl Rows, id: &SubjectId) -> Result<Option<(CycleRow, ObjectiveRow)>, Error> {
    let Some(SubjectKind::Objective(place)) = subject(rows, id)? else { return Ok(None) };
    let cycle = row(rows, &CycleRow::key_of(place.cycle.as_str()))?;
    Ok(cycle.zip(row(rows, &place.key())?))
}
