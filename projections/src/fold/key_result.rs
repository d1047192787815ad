//! Folding of key results.

use events::{
    KeyResultAdjusted, KeyResultBaselineSet, KeyResultDrafted, KeyResultReassigned, KeyResultRetired, KeyResultScored,
    KeyResultTargetSet, Recorded, Ref, RefKind,
};

use super::trail::{self, Concerning, Details};
use super::{put_new, stamp};
use crate::context;
use crate::rows::{
    Baseline, Changes, Counters, CycleRow, CycleState, Effect, Error, Grade, Key, KeyResultPlace, KeyResultRow, RefRow,
    Retirement, Rows, RowsMut, SubjectKind, SubjectRow, Table, policy_in_force, put, row, subject,
};
use crate::score::{Measure, out_score};

pub(super) fn drafted(rows: &mut impl RowsMut, event: &Recorded, data: &KeyResultDrafted) -> Result<(), Error> {
    let Some(SubjectKind::Objective(objective)) = subject(rows, &data.objective)? else { return Ok(()) };
    let Some(cycle) = row::<CycleRow>(rows, &CycleRow::key_of(objective.cycle.as_str()))? else { return Ok(()) };
    let mut counters: Counters = row(rows, &Key::of(Table::Counters))?.unwrap_or_default();
    let no = match event.given {
        Some(Ref { kind: RefKind::KeyResult, number }) => number,
        _ => counters.key_results.saturating_add(1),
    };
    counters.key_results = counters.key_results.max(no);
    put(rows, event.seq, &counters)?;
    let place = KeyResultPlace { cycle: objective.cycle.clone(), objective_no: objective.no, no };
    put_new(rows, event.seq, &SubjectRow { id: event.subject.clone(), kind: SubjectKind::KeyResult(place) })?;
    put_new(rows, event.seq, &RefRow { given: Ref::key_result(no), id: event.subject.clone() })?;
    let target = data.target.or_else(|| data.thresholds.as_ref().and_then(|thresholds| thresholds.full()));
    let key_result = KeyResultRow {
        id: event.subject.clone(),
        cycle: objective.cycle,
        objective: data.objective.clone(),
        objective_no: objective.no,
        no,
        title: data.title.clone(),
        owner: data.owner.clone(),
        metric: data.metric.clone(),
        baseline: None,
        target,
        original_target: target,
        thresholds: data.thresholds.clone(),
        due_on: data.due_on,
        weight: data.weight,
        expected_score: data.expected_score,
        drafted: stamp(event),
        adjustments: 0,
        graded: None,
        retired: None,
        touched: event.seq,
    };
    put(rows, event.seq, &key_result)?;

    let mut changes = Changes::default();
    changes.note("title", &None, &Some(&data.title));
    changes.note("owner", &None, &Some(&data.owner));
    changes.note("metric", &None, &Some(&data.metric));
    changes.note("target", &None, &target);
    changes.note("thresholds", &None, &data.thresholds);
    trail::write(rows, event, &cycle, Concerning::KeyResult(&key_result), changes, Details::default())
}

pub(super) fn baseline_set(
    rows: &mut impl RowsMut,
    event: &Recorded,
    data: &KeyResultBaselineSet,
) -> Result<(), Error> {
    let Some((cycle, mut key_result)) = find(rows, event)? else { return Ok(()) };
    let before = key_result.clone();
    let mut changes = Changes::default();
    changes.note("baseline", &key_result.baseline.map(|baseline| baseline.value), &Some(data.value));
    key_result.baseline =
        Some(Baseline { value: data.value, measured_on: Some(data.measured_on), method: Some(data.method.clone()) });
    let details = Details { remark: Some(&data.method), ..Details::default() };
    changed(rows, event, &cycle, &before, key_result, changes, details)
}

pub(super) fn target_set(rows: &mut impl RowsMut, event: &Recorded, data: &KeyResultTargetSet) -> Result<(), Error> {
    let Some((cycle, mut key_result)) = find(rows, event)? else { return Ok(()) };
    let before = key_result.clone();
    let mut changes = Changes::default();
    changes.note("target", &key_result.target, &Some(data.value));
    key_result.target = Some(data.value);
    if data.thresholds.is_some() {
        changes.note("thresholds", &key_result.thresholds, &data.thresholds);
        key_result.thresholds.clone_from(&data.thresholds);
    }
    changed(rows, event, &cycle, &before, key_result, changes, Details::default())
}

pub(super) fn adjusted(rows: &mut impl RowsMut, event: &Recorded, data: &KeyResultAdjusted) -> Result<(), Error> {
    let Some((cycle, mut key_result)) = find(rows, event)? else { return Ok(()) };
    let before = key_result.clone();
    let changes = key_result.adjust(&data.changes);
    if cycle.state != CycleState::Open {
        key_result.adjustments += 1;
    }
    let details =
        Details { justification: Some(&data.justification), context: data.context.clone(), ..Details::default() };
    changed(rows, event, &cycle, &before, key_result, changes, details)
}

pub(super) fn reassigned(rows: &mut impl RowsMut, event: &Recorded, data: &KeyResultReassigned) -> Result<(), Error> {
    let Some((cycle, mut key_result)) = find(rows, event)? else { return Ok(()) };
    let mut changes = Changes::default();
    changes.note("owner", &Some(&key_result.owner), &Some(&data.owner));
    key_result.owner = data.owner.clone();
    key_result.touched = event.seq;
    put(rows, event.seq, &key_result)?;
    let details = Details { remark: Some(&data.reason), ..Details::default() };
    trail::write(rows, event, &cycle, Concerning::KeyResult(&key_result), changes, details)
}

pub(super) fn retired(rows: &mut impl RowsMut, event: &Recorded, data: &KeyResultRetired) -> Result<(), Error> {
    let Some((cycle, mut key_result)) = find(rows, event)? else { return Ok(()) };
    let context = context::of_key_result(rows, &cycle, &key_result, event.time)?;
    key_result.retired = Some(Retirement {
        justification: data.justification.clone(),
        replaced_by: data.replaced_by.clone(),
        at: stamp(event),
    });
    key_result.touched = event.seq;
    put(rows, event.seq, &key_result)?;
    let mut changes = Changes::default();
    changes.note("state", &Some("standing"), &Some("retired"));
    changes.note("replaced_by", &None, &data.replaced_by.named());
    let details = Details { justification: Some(&data.justification), context: Some(context), ..Details::default() };
    trail::write(rows, event, &cycle, Concerning::KeyResult(&key_result), changes, details)
}

pub(super) fn scored(rows: &mut impl RowsMut, event: &Recorded, data: &KeyResultScored) -> Result<(), Error> {
    let Some((cycle, mut key_result)) = find(rows, event)? else { return Ok(()) };
    let context = context::of_key_result(rows, &cycle, &key_result, event.time)?;
    let mut changes = Changes::default();
    changes.note("graded", &key_result.graded.as_ref().map(|grade| grade.score), &Some(data.score));
    key_result.graded = Some(Grade { score: data.score, rationale: data.rationale.clone(), at: stamp(event) });
    key_result.touched = event.seq;
    put(rows, event.seq, &key_result)?;
    let details = Details { remark: Some(&data.rationale), context: Some(context), ..Details::default() };
    trail::write(rows, event, &cycle, Concerning::KeyResult(&key_result), changes, details)
}

/// Returns the key result an event is about, with its cycle.
pub(super) fn find(rows: &impl Rows, event: &Recorded) -> Result<Option<(CycleRow, KeyResultRow)>, Error> {
    let Some(SubjectKind::KeyResult(place)) = subject(rows, &event.subject)? else { return Ok(None) };
    let cycle = row(rows, &CycleRow::key_of(place.cycle.as_str()))?;
    Ok(cycle.zip(row(rows, &place.key())?))
}

/// Writes a changed key result, and a trail row with the effect on its computed score.
fn changed(
    rows: &mut impl RowsMut,
    event: &Recorded,
    cycle: &CycleRow,
    before: &KeyResultRow,
    mut after: KeyResultRow,
    changes: Changes,
    details: Details<'_>,
) -> Result<(), Error> {
    // The original target is the target at the cycle's start; for a key result drafted later, it is the first target.
    if cycle.state == CycleState::Open || after.original_target.is_none() {
        after.original_target = after.target;
    }
    after.touched = event.seq;
    put(rows, event.seq, &after)?;
    let policy = policy_in_force(rows)?;
    let formula = cycle.formula(&policy);
    let latest = context::latest_at(rows, before, event.time)?;
    let computed = |key_result: &KeyResultRow| Measure::of(key_result, &latest).computed(formula).and_then(out_score);
    let effect = Effect { computed_score_before: computed(before), computed_score_after: computed(&after) };
    trail::write(
        rows,
        event,
        cycle,
        Concerning::KeyResult(&after),
        changes,
        Details { effect: Some(effect), ..details },
    )
}
