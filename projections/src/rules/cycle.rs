//! Rules of cycles and themes.

use events::{CycleOpened, MetricKind, Rule, ThemeDeclared};

use super::judge::Judge;
use crate::rows::{CycleRow, CycleState, Error, KeyResultRow, ObjectiveRow, Rows, SubjectKind, all};

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
        CycleState::Started => judge.conflict("/subject", "already_started", format!("the cycle `{id}` has started")),
        CycleState::Closed => judge.not_closed(&cycle),
    }
    // Both come in the order of the objectives' numbers.
    let key_results: Vec<KeyResultRow> = all(judge.rows, &CycleRow::key_results(id.as_str()))?;
    for objective in all::<ObjectiveRow>(judge.rows, &CycleRow::objectives(id.as_str()))? {
        if objective.retired.is_some() {
            continue;
        }
        let first = key_results.partition_point(|key_result| key_result.objective_no < objective.no);
        let standing: Vec<&KeyResultRow> = key_results
            .iter()
            .skip(first)
            .take_while(|key_result| key_result.objective_no == objective.no)
            .filter(|key_result| key_result.retired.is_none())
            .collect();
        let (least, most) = (judge.policy.limits.key_results_min, judge.policy.limits.key_results_max);
        let fits = (least as usize..=most as usize).contains(&standing.len());
        if !fits && !judge.unsettled.lacks_key_results(&objective.id) {
            let (id, given, count) = (&objective.id, objective.given(), standing.len());
            let says = format!("the objective `{id}` ({given}) has {count} key results; {least} to {most} are advised");
            judge.find(Rule::KeyResultCount, "/subject", says);
        }
        for key_result in standing.into_iter().filter(|key_result| !judge.unsettled.has(&key_result.id)) {
            let missing: Vec<&str> = [
                ("a baseline (okr.key_result.baseline_set)", key_result.baseline.is_none()),
                ("a target (okr.key_result.target_set)", key_result.target.is_none()),
            ]
            .into_iter()
            .filter_map(|(what, missing)| missing.then_some(what))
            .collect();
            if key_result.metric.kind != MetricKind::Milestones && !missing.is_empty() {
                let (id, given) = (&key_result.id, key_result.given());
                let says = format!(
                    "the key result `{id}` ({given}) has not {}; set it before the start",
                    missing.join(" nor ")
                );
                judge.find(Rule::BaselineAndTarget, "/subject", says);
            }
        }
    }
    Ok(())
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
        judge.conflict("/subject", "not_closed", format!("the cycle `{id}` is not closed"));
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

/// A retrospective looks back on a cycle or an objective, also on a closed or retired one.
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
