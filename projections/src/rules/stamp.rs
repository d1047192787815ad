//! The ledger's additions to an event: previous values and figures for an adjustment, the last included event for a
//! board report, the source cycle for a carry-over.

use events::{
    AdjustmentProposed, BoardReportIssued, Change, Fact, KeyResultAdjusted, KeyResultChanges, Moment, ObjectiveAmended,
    ObjectiveCarriedOver, ObjectiveChanges, SubjectId,
};

use crate::context;
use crate::rows::{CycleRow, Error, KeyResultRow, ObjectiveRow, Rows, SubjectKind, row, subject};

/// Returns the fact as it will be recorded, under this seq and at this time.
pub(super) fn stamped(
    rows: &(impl Rows + ?Sized),
    id: &SubjectId,
    fact: &Fact,
    (seq, time): (u64, Moment),
) -> Result<Fact, Error> {
    // Most facts are not stamped, so their subject need not be read.
    let is_stamped = matches!(
        fact,
        Fact::KeyResultAdjusted(_)
            | Fact::ObjectiveAmended(_)
            | Fact::AdjustmentProposed(_)
            | Fact::ObjectiveCarriedOver(_)
            | Fact::BoardReportIssued(_)
    );
    if !is_stamped {
        return Ok(fact.clone());
    }
    match (fact, subject(rows, id)?) {
        (Fact::KeyResultAdjusted(data), Some(SubjectKind::KeyResult(place))) => {
            let cycle: Option<CycleRow> = row(rows, &CycleRow::key_of(place.cycle.as_str()))?;
            let Some((cycle, key_result)) = cycle.zip(row(rows, &place.key())?) else { return Ok(fact.clone()) };
            Ok(Fact::KeyResultAdjusted(KeyResultAdjusted {
                changes: key_result_changes(&data.changes, &key_result),
                justification: data.justification.clone(),
                context: Some(context::of_key_result(rows, &cycle, &key_result, time)?),
                approval: data.approval.clone(),
            }))
        }
        (Fact::ObjectiveAmended(data), Some(SubjectKind::Objective(place))) => {
            let cycle: Option<CycleRow> = row(rows, &CycleRow::key_of(place.cycle.as_str()))?;
            let Some((cycle, objective)) = cycle.zip(row(rows, &place.key())?) else { return Ok(fact.clone()) };
            Ok(Fact::ObjectiveAmended(ObjectiveAmended {
                changes: objective_changes(&data.changes, &objective),
                justification: data.justification.clone(),
                context: Some(context::of_objective(rows, &cycle, &objective, time)?),
                approval: data.approval.clone(),
            }))
        }
        (Fact::AdjustmentProposed(data), Some(kind)) => {
            Ok(Fact::AdjustmentProposed(proposed(rows, data, &kind, time)?.unwrap_or_else(|| data.clone())))
        }
        (Fact::ObjectiveCarriedOver(data), Some(SubjectKind::Objective(place))) => {
            Ok(Fact::ObjectiveCarriedOver(ObjectiveCarriedOver { from_cycle: Some(place.cycle), ..data.clone() }))
        }
        // A report includes the events before it in its own entry, and none after it.
        (Fact::BoardReportIssued(data), _) => {
            Ok(Fact::BoardReportIssued(BoardReportIssued { stands_on: Some(seq.saturating_sub(1)), ..data.clone() }))
        }
        _ => Ok(fact.clone()),
    }
}

/// Stamps a proposal like the change itself, as of the time of the proposal.
fn proposed(
    rows: &(impl Rows + ?Sized),
    data: &AdjustmentProposed,
    kind: &SubjectKind,
    time: Moment,
) -> Result<Option<AdjustmentProposed>, Error> {
    let asked = data.changes.as_ref();
    let (context, changes) = match kind {
        SubjectKind::KeyResult(place) => {
            let cycle: Option<CycleRow> = row(rows, &CycleRow::key_of(place.cycle.as_str()))?;
            let Some((cycle, was)) = cycle.zip(row(rows, &place.key())?) else { return Ok(None) };
            let changes = asked.and_then(|changes| changes.of_key_result().ok());
            let changes = changes.map(|changes| key_result_changes(&changes, &was).into());
            (context::of_key_result(rows, &cycle, &was, time)?, changes)
        }
        SubjectKind::Objective(place) => {
            let cycle: Option<CycleRow> = row(rows, &CycleRow::key_of(place.cycle.as_str()))?;
            let Some((cycle, was)) = cycle.zip(row(rows, &place.key())?) else { return Ok(None) };
            let changes = asked.and_then(|changes| changes.of_objective().ok());
            let changes = changes.map(|changes| objective_changes(&changes, &was).into());
            (context::of_objective(rows, &cycle, &was, time)?, changes)
        }
        SubjectKind::Team | SubjectKind::Cycle | SubjectKind::Theme(_) | SubjectKind::BoardReport(_) => {
            return Ok(None);
        }
    };
    Ok(Some(AdjustmentProposed { changes, context: Some(context), ..data.clone() }))
}

fn key_result_changes(changes: &KeyResultChanges, was: &KeyResultRow) -> KeyResultChanges {
    let changes = changes.clone();
    KeyResultChanges {
        target: with(changes.target, was.target),
        thresholds: with(changes.thresholds, was.thresholds.clone()),
        baseline: with(changes.baseline, was.baseline.as_ref().map(|baseline| baseline.value)),
        due_on: with(changes.due_on, was.due_on),
        metric: with(changes.metric, Some(was.metric.clone())),
        title: with(changes.title, Some(was.title.clone())),
        weight: with(changes.weight, was.weight),
        expected_score: with(changes.expected_score, was.expected_score),
    }
}

fn objective_changes(changes: &ObjectiveChanges, was: &ObjectiveRow) -> ObjectiveChanges {
    let changes = changes.clone();
    ObjectiveChanges {
        title: with(changes.title, Some(was.title.clone())),
        description: with(changes.description, was.description.clone()),
        level: with(changes.level, Some(was.level)),
        team: with(changes.team, was.team.clone()),
        owner: with(changes.owner, Some(was.owner.clone())),
        ambition: with(changes.ambition, Some(was.ambition)),
        supports: with(changes.supports, was.supports.clone()),
        themes: with(changes.themes, Some(was.themes.clone())),
        weight: with(changes.weight, was.weight),
    }
}

fn with<T>(change: Option<Change<T>>, from: Option<T>) -> Option<Change<T>> {
    change.map(|change| change.stamped(from))
}

#[cfg(test)]
mod tests;
