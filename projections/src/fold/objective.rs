//! Folding of objectives.

use events::{ObjectiveAmended, ObjectiveDrafted, ObjectiveRetired, ObjectiveScored, Recorded, Ref, RefKind};

use super::trail::{self, Concerning, Details};
use super::{put_new, stamp};
use crate::context;
use crate::rows::{
    Changes, Counters, CycleRow, CycleState, Error, Grade, Key, ObjectivePlace, ObjectiveRow, RefRow, Retirement,
    Row as _, Rows, RowsMut, SubjectKind, SubjectRow, Table, UnitRow, put, row, subject,
};

pub(super) fn drafted(rows: &mut impl RowsMut, event: &Recorded, data: &ObjectiveDrafted) -> Result<(), Error> {
    let Some(cycle) = row::<CycleRow>(rows, &CycleRow::key_of(data.cycle.as_str()))? else { return Ok(()) };
    let mut counters: Counters = row(rows, &Key::of(Table::Counters))?.unwrap_or_default();
    let no = match event.given {
        Some(Ref { kind: RefKind::Objective, number }) => number,
        _ => counters.objectives.saturating_add(1),
    };
    counters.objectives = counters.objectives.max(no);
    put(rows, event.seq, &counters)?;
    let place = ObjectivePlace { cycle: data.cycle.clone(), no };
    put_new(rows, event.seq, &SubjectRow { id: event.subject.clone(), kind: SubjectKind::Objective(place) })?;
    put_new(rows, event.seq, &RefRow { given: Ref::objective(no), id: event.subject.clone() })?;
    let objective = ObjectiveRow {
        id: event.subject.clone(),
        cycle: data.cycle.clone(),
        no,
        title: data.title.clone(),
        description: data.description.clone(),
        level: data.level,
        team: data.team.clone(),
        owner: data.owner.clone(),
        ambition: data.ambition,
        supports: data.supports.clone(),
        themes: data.themes.clone(),
        weight: data.weight,
        drafted: stamp(event),
        adjustments: 0,
        graded: None,
        retired: None,
        carried_to: None,
        carried_from: None,
        touched: event.seq,
    };
    // An imported copy may assign a ref twice: the later objective replaces the earlier one.
    let replaced: Option<ObjectiveRow> = row(rows, &objective.key())?;
    count(rows, event.seq, replaced.as_ref(), Some(&objective))?;
    put(rows, event.seq, &objective)?;

    let mut changes = Changes::default();
    changes.note("title", &None, &Some(&data.title));
    changes.note("owner", &None, &Some(&data.owner));
    changes.note("ambition", &None, &Some(data.ambition));
    trail::write(rows, event, &cycle, Concerning::Objective(&objective), changes, Details::default())
}

pub(super) fn amended(rows: &mut impl RowsMut, event: &Recorded, data: &ObjectiveAmended) -> Result<(), Error> {
    let Some((cycle, mut objective)) = find(rows, event)? else { return Ok(()) };
    let was = objective.clone();
    let changes = objective.amend(&data.changes);
    count(rows, event.seq, Some(&was), Some(&objective))?;
    if cycle.state != CycleState::Open {
        objective.adjustments += 1;
    }
    objective.touched = event.seq;
    put(rows, event.seq, &objective)?;
    let details =
        Details { justification: data.justification.as_ref(), context: data.context.clone(), ..Details::default() };
    trail::write(rows, event, &cycle, Concerning::Objective(&objective), changes, details)
}

pub(super) fn retired(rows: &mut impl RowsMut, event: &Recorded, data: &ObjectiveRetired) -> Result<(), Error> {
    let Some((cycle, mut objective)) = find(rows, event)? else { return Ok(()) };
    let context = context::of_objective(rows, &cycle, &objective, event.time)?;
    count(rows, event.seq, Some(&objective), None)?;
    objective.retired = Some(Retirement {
        justification: data.justification.clone(),
        replaced_by: data.replaced_by.clone(),
        at: stamp(event),
    });
    objective.touched = event.seq;
    put(rows, event.seq, &objective)?;
    let mut changes = Changes::default();
    changes.note("state", &Some("standing"), &Some("retired"));
    changes.note("replaced_by", &None, &data.replaced_by.named());
    let details = Details { justification: Some(&data.justification), context: Some(context), ..Details::default() };
    trail::write(rows, event, &cycle, Concerning::Objective(&objective), changes, details)
}

pub(super) fn scored(rows: &mut impl RowsMut, event: &Recorded, data: &ObjectiveScored) -> Result<(), Error> {
    let Some((cycle, mut objective)) = find(rows, event)? else { return Ok(()) };
    let context = context::of_objective(rows, &cycle, &objective, event.time)?;
    let mut changes = Changes::default();
    changes.note("graded", &objective.graded.as_ref().map(|grade| grade.score), &Some(data.score));
    objective.graded = Some(Grade { score: data.score, rationale: data.rationale.clone(), at: stamp(event) });
    objective.touched = event.seq;
    put(rows, event.seq, &objective)?;
    let details = Details { remark: Some(&data.rationale), context: Some(context), ..Details::default() };
    trail::write(rows, event, &cycle, Concerning::Objective(&objective), changes, details)
}

/// Updates the counts of active objectives per owner unit when one objective changes from `before` to `after`.
fn count(
    rows: &mut impl RowsMut,
    seq: u64,
    before: Option<&ObjectiveRow>,
    after: Option<&ObjectiveRow>,
) -> Result<(), Error> {
    let standing = |one: Option<&ObjectiveRow>| one.filter(|one| one.retired.is_none()).map(UnitRow::of);
    let (before, after) = (standing(before), standing(after));
    if before == after {
        return Ok(());
    }
    for (unit, more) in [(before, false), (after, true)] {
        let Some(unit) = unit else { continue };
        let mut unit: UnitRow = row(rows, &unit.key())?.unwrap_or(unit);
        unit.standing = if more { unit.standing.saturating_add(1) } else { unit.standing.saturating_sub(1) };
        put(rows, seq, &unit)?;
    }
    Ok(())
}

/// Sets `touched` of the objective that an event is about.
pub(super) fn touch(rows: &mut impl RowsMut, event: &Recorded) -> Result<(), Error> {
    let Some((_, mut objective)) = find(rows, event)? else { return Ok(()) };
    objective.touched = event.seq;
    put(rows, event.seq, &objective)
}

fn find(rows: &impl Rows, event: &Recorded) -> Result<Option<(CycleRow, ObjectiveRow)>, Error> {
    let Some(SubjectKind::Objective(place)) = subject(rows, &event.subject)? else { return Ok(None) };
    let cycle = row(rows, &CycleRow::key_of(place.cycle.as_str()))?;
    Ok(cycle.zip(row(rows, &place.key())?))
}
