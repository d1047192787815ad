//! Rules of cycles and themes.

use events::{CycleOpened, MetricKind, Ref, Rule, SubjectId, ThemeDeclared};

use super::judge::Judge;
use crate::rows::{CycleRow, CycleState, Error, KeyResultRow, ObjectiveRow, Rows, SubjectKind, decode};

pub(super) fn opened<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &CycleOpened) -> Result<(), Error> {
    judge.new_id()?;
    if let Some(parent) = &data.parent {
        judge.cycle("/data/parent", parent)?;
    }
    Ok(())
}

pub(super) fn started<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<(), Error> {
    let id = judge.submission.subject.clone();
    let Some(cycle) = judge.cycle("/subject", &id)? else { return Ok(()) };
    match cycle.state {
        CycleState::Open => {}
        CycleState::Started => {
            judge.conflict("/subject", "already_started", format!("the cycle `{id}` has already started"))
        }
        CycleState::Closed => judge.not_closed(&cycle),
    }
    // The goals of a started cycle are not checked again.
    if cycle.state == CycleState::Open { ready(judge, &id) } else { Ok(()) }
}

/// Checks the goals of a starting cycle against the policy.
fn ready<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, id: &SubjectId) -> Result<(), Error> {
    // Both scans return rows in the order of objective numbers.
    let mut key_results: Vec<Unready> = Vec::new();
    let of_cycle = CycleRow::key_results(id.as_str());
    judge.rows.skim(&of_cycle, &of_cycle, &mut |key, bytes| {
        key_results.extend(Unready::of(decode(judge.rows, key, bytes)?));
        Ok(true)
    })?;
    let mut objectives: Vec<(u32, SubjectId)> = Vec::new();
    let of_cycle = CycleRow::objectives(id.as_str());
    judge.rows.skim(&of_cycle, &of_cycle, &mut |key, bytes| {
        let objective: ObjectiveRow = decode(judge.rows, key, bytes)?;
        objectives.extend(objective.retired.is_none().then_some((objective.no, objective.id)));
        Ok(true)
    })?;
    for (no, objective) in objectives {
        let first = key_results.partition_point(|key_result| key_result.objective_no < no);
        let standing = key_results.iter().skip(first).take_while(|key_result| key_result.objective_no == no);
        let (least, most) = (judge.policy.limits.key_results_min, judge.policy.limits.key_results_max);
        let count = standing.clone().count();
        let fits = (least as usize..=most as usize).contains(&count);
        if !fits && !judge.unsettled.lacks_key_results(&objective) {
            let given = Ref::objective(no);
            let says =
                format!("the objective `{objective}` ({given}) has {count} key results; {least} to {most} are advised");
            judge.find(Rule::KeyResultCount, "/subject", says);
        }
        for key_result in standing.filter(|key_result| !judge.unsettled.has(&key_result.id)) {
            let missing: Vec<&str> = [
                ("a baseline (okr.key_result.baseline_set)", key_result.lacks_baseline),
                ("a target (okr.key_result.target_set)", key_result.lacks_target),
            ]
            .into_iter()
            .filter_map(|(what, missing)| missing.then_some(what))
            .collect();
            if !missing.is_empty() {
                let (id, given) = (&key_result.id, Ref::key_result(key_result.no));
                let says =
                    format!("the key result `{id}` ({given}) needs {} before the cycle starts", missing.join(" and "));
                judge.find(Rule::BaselineAndTarget, "/subject", says);
            }
        }
    }
    Ok(())
}

/// The parts of an active key result that the start of its cycle checks, kept small because a cycle may have very many.
struct Unready {
    objective_no: u32,
    no: u32,
    id: SubjectId,
    lacks_baseline: bool,
    lacks_target: bool,
}

impl Unready {
    fn of(key_result: KeyResultRow) -> Option<Unready> {
        let is_measured = key_result.metric.kind != MetricKind::Milestones;
        key_result.retired.is_none().then(|| Unready {
            objective_no: key_result.objective_no,
            no: key_result.no,
            lacks_baseline: is_measured && key_result.baseline.is_none(),
            lacks_target: is_measured && key_result.target.is_none(),
            id: key_result.id,
        })
    }
}

pub(super) fn closed<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<(), Error> {
    let id = judge.submission.subject.clone();
    if let Some(cycle) = judge.cycle("/subject", &id)? {
        judge.under_way(&cycle);
    }
    Ok(())
}

pub(super) fn reopened<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<(), Error> {
    let id = judge.submission.subject.clone();
    if let Some(cycle) = judge.cycle("/subject", &id)?
        && cycle.state != CycleState::Closed
    {
        judge.conflict("/subject", "not_closed", format!("the cycle `{id}` is not closed: there is nothing to reopen"));
    }
    Ok(())
}

pub(super) fn theme_declared<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &ThemeDeclared) -> Result<(), Error> {
    judge.new_id()?;
    if let Some(cycle) = judge.cycle("/data/cycle", &data.cycle)? {
        judge.not_closed(&cycle);
    }
    Ok(())
}

/// A retrospective looks back on a cycle or an objective, even a closed or retired one.
pub(super) fn retrospective<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<(), Error> {
    let id = judge.submission.subject.clone();
    match judge.subject(&id)? {
        Some(SubjectKind::Cycle | SubjectKind::Objective(_)) => {}
        other => judge.not_a("/subject", &id, "a cycle or an objective", other),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
