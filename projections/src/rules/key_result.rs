//! Rules of key results.

use chrono::NaiveDate;
use events::{
    KeyResultAdjusted, KeyResultBaselineSet, KeyResultDrafted, KeyResultReassigned, KeyResultRetired,
    KeyResultTargetSet, MetricKind, Rule, SubjectId, Text, clip,
};

use super::judge::Judge;
use super::{justification, measures};
use crate::calendar::day_of;
use crate::rows::{
    CycleRow, CycleState, Error, KeyResultPlace, KeyResultRow, ObjectiveRow, Rows, SubjectKind, all, row,
};

pub(super) fn drafted<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &KeyResultDrafted) -> Result<(), Error> {
    judge.new_id()?;
    judge.new_ref(|counters| counters.key_results)?;
    advise_title(judge, "/data/title", &data.title)?;
    let target = data.target.or_else(|| data.thresholds.as_ref().and_then(|thresholds| thresholds.full()));
    for (field, rule, says) in measures::faults(data.metric.kind, None, target, data.thresholds.as_ref()) {
        judge.invalid(&format!("/data/{field}"), rule, says);
    }
    let place = match judge.subject(&data.objective)? {
        Some(SubjectKind::Objective(place)) => place,
        other => {
            judge.not_a("/data/objective", &data.objective, "an objective", other);
            return Ok(());
        }
    };
    let cycle: Option<CycleRow> = judge.row(&CycleRow::key_of(place.cycle.as_str()))?;
    let Some((cycle, objective)) = cycle.zip(judge.row::<ObjectiveRow>(&place.key())?) else { return Ok(()) };
    judge.not_closed(&cycle);
    judge.objective_stands(&objective);
    check_due(judge, "/data/due_on", &cycle, data.due_on);
    let standing = all::<KeyResultRow>(judge.rows, &place.key_results())?
        .into_iter()
        .filter(|key_result| key_result.retired.is_none())
        .count();
    let most = judge.policy.limits.key_results_max;
    if standing + 1 > most as usize {
        let says = format!("this is key result {} of the objective; at most {most} are advised", standing + 1);
        judge.find(Rule::KeyResultCount, "", says);
    }
    Ok(())
}

pub(super) fn baseline_set<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    data: &KeyResultBaselineSet,
) -> Result<(), Error> {
    let Some((cycle, objective, key_result)) = judge.key_result()? else { return Ok(()) };
    judge.not_closed(&cycle);
    judge.key_result_stands(&objective, &key_result);
    takes_measures(judge, &key_result);
    if cycle.state == CycleState::Started && key_result.baseline.is_some() {
        let says = "the cycle has started: change the baseline with okr.key_result.adjusted, giving a justification";
        judge.conflict("/subject", "adjust_instead", says);
    }
    if data.measured_on > day_of(judge.now, cycle.time_zone) {
        let says = format!("{} is in the future: a baseline is a past measurement", data.measured_on);
        judge.invalid("/data/measured_on", "time_in_future", says);
    }
    let thresholds = key_result.thresholds.as_ref();
    for (_, rule, says) in measures::faults(key_result.metric.kind, Some(data.value), key_result.target, thresholds) {
        judge.invalid("/data/value", rule, says);
    }
    Ok(())
}

pub(super) fn target_set<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &KeyResultTargetSet) -> Result<(), Error> {
    let Some((cycle, objective, key_result)) = judge.key_result()? else { return Ok(()) };
    judge.not_closed(&cycle);
    judge.key_result_stands(&objective, &key_result);
    takes_measures(judge, &key_result);
    if cycle.state == CycleState::Started {
        let says = "the cycle has started: change the target with okr.key_result.adjusted, giving a justification";
        judge.conflict("/subject", "adjust_instead", says);
    }
    let baseline = key_result.baseline.as_ref().map(|baseline| baseline.value);
    let thresholds = data.thresholds.as_ref().or(key_result.thresholds.as_ref());
    for (field, rule, says) in measures::faults(key_result.metric.kind, baseline, Some(data.value), thresholds) {
        let pointer =
            if field == "thresholds" && data.thresholds.is_some() { "/data/thresholds" } else { "/data/value" };
        judge.invalid(pointer, rule, says);
    }
    Ok(())
}

pub(super) fn adjusted<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &KeyResultAdjusted) -> Result<(), Error> {
    let Some((cycle, objective, key_result)) = judge.key_result()? else { return Ok(()) };
    judge.not_closed(&cycle);
    judge.key_result_stands(&objective, &key_result);
    judge.may_be_made_at_once(&cycle, false);
    justification::check(judge, &cycle, &data.justification, key_result.owner.as_str())?;

    let mut after = KeyResultRow::clone(&key_result);
    if after.adjust(&data.changes).is_empty() {
        judge.invalid(
            "/data/changes",
            "nothing_changes",
            "the key result already has these values: nothing would change",
        );
    }
    let changes = &data.changes;
    if after.metric.kind == MetricKind::Milestones {
        for (field, there) in [
            ("target", changes.target.is_some()),
            ("baseline", changes.baseline.is_some()),
            ("thresholds", changes.thresholds.is_some()),
        ] {
            if there {
                let says = format!("a milestone metric has no `{field}`");
                judge.invalid(&format!("/data/changes/{field}"), "out_of_place", says);
            }
        }
    }
    let baseline = after.baseline.as_ref().map(|baseline| baseline.value);
    for (field, rule, says) in measures::faults(after.metric.kind, baseline, after.target, after.thresholds.as_ref()) {
        // The fault lies in one field, but it is reported for the field that was changed.
        let pointer = match field {
            "thresholds" if changes.thresholds.is_some() => "/data/changes/thresholds/to",
            _ if changes.target.is_some() => "/data/changes/target/to",
            _ if changes.baseline.is_some() => "/data/changes/baseline/to",
            _ => "/data/changes",
        };
        judge.invalid(pointer, rule, says);
    }
    if let Some(title) = changes.title.as_ref().and_then(|change| change.to.as_ref()) {
        advise_title(judge, "/data/changes/title/to", title)?;
    }
    check_due(judge, "/data/changes/due_on/to", &cycle, changes.due_on.as_ref().and_then(|change| change.to));
    Ok(())
}

pub(super) fn reassigned<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &KeyResultReassigned) -> Result<(), Error> {
    let Some((cycle, objective, key_result)) = judge.key_result()? else { return Ok(()) };
    judge.not_closed(&cycle);
    judge.key_result_stands(&objective, &key_result);
    if key_result.owner == data.owner {
        judge.invalid(
            "/data/owner",
            "nothing_changes",
            format_args!("{} already owns this key result", clip(data.owner.as_str())),
        );
    }
    Ok(())
}

pub(super) fn retired<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &KeyResultRetired) -> Result<(), Error> {
    let Some((cycle, objective, key_result)) = judge.key_result()? else { return Ok(()) };
    judge.not_closed(&cycle);
    judge.key_result_stands(&objective, &key_result);
    judge.may_be_made_at_once(&cycle, true);
    justification::check(judge, &cycle, &data.justification, key_result.owner.as_str())?;
    judge.replacements(&data.replaced_by, |judge, pointer, id| check_replacement(judge, &key_result, pointer, id))
}

pub(super) fn scored<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<(), Error> {
    if let Some((cycle, objective, key_result)) = judge.key_result()? {
        judge.under_way(&cycle);
        judge.key_result_stands(&objective, &key_result);
    }
    Ok(())
}

fn takes_measures<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, key_result: &KeyResultRow) {
    if key_result.metric.kind == MetricKind::Milestones {
        judge.invalid("/subject", "out_of_place", "a milestone metric has no baseline and no target");
    }
}

fn check_due<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, pointer: &str, cycle: &CycleRow, due_on: Option<NaiveDate>) {
    if let Some(due_on) = due_on.filter(|day| !(cycle.starts_on..=cycle.ends_on).contains(day)) {
        let says = format!("{due_on} is outside the cycle, {} to {}", cycle.starts_on, cycle.ends_on);
        judge.invalid(pointer, "due_outside_cycle", says);
    }
}

fn check_replacement<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    key_result: &KeyResultRow,
    pointer: &str,
    id: &SubjectId,
) -> Result<(), Error> {
    match judge.subject(id)? {
        Some(SubjectKind::KeyResult(_)) if *id == key_result.id => {
            judge.invalid(pointer, "replaces_itself", "a key result cannot replace itself");
        }
        Some(SubjectKind::KeyResult(place)) => {
            if is_retired(judge.rows, &place)? {
                let says = format!("`{id}` or its objective is itself retired");
                judge.conflict(pointer, "already_retired", says);
            }
        }
        other => judge.not_a(pointer, id, "a key result", other),
    }
    Ok(())
}

/// Returns true if a key result or its objective is retired.
pub(super) fn is_retired(rows: &(impl Rows + ?Sized), place: &KeyResultPlace) -> Result<bool, Error> {
    let own = row::<KeyResultRow>(rows, &place.key())?.is_some_and(|key_result| key_result.retired.is_some());
    let upper = || row::<ObjectiveRow>(rows, &place.objective().key());
    Ok(own || upper()?.is_some_and(|objective| objective.retired.is_some()))
}

/// Warns about a title that describes a task. A key result is an outcome: if the task were done and the metric had not
/// moved, would it be a success?
fn advise_title<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, pointer: &str, title: &Text) -> Result<(), Error> {
    let first: String =
        title.as_str().split_whitespace().next().unwrap_or_default().chars().filter(|c| c.is_alphanumeric()).collect();
    let first = first.to_lowercase();
    let words = &judge.policy.output_words;
    judge.rows.compare(words.iter().map(|word| word.as_str().len() + first.len()).sum())?;
    if words.iter().any(|word| is_form_of(&first, &word.as_str().trim().to_lowercase())) {
        let says =
            format!("`{}` describes a task: name the metric that moves, from which value to which", clip(&first));
        judge.find(Rule::OutputWorded, pointer, says);
    }
    Ok(())
}

/// Returns true if one English word is a form of another: launches, launched; released, releasing; shipped, shipping.
fn is_form_of(form: &str, word: &str) -> bool {
    let plain = form.strip_prefix(word).is_some_and(|ending| {
        let doubled = || word.chars().last().and_then(|last| ending.strip_prefix(last));
        matches!(ending, "" | "s" | "es" | "ed" | "ing") || matches!(doubled(), Some("ed" | "ing"))
    });
    let without_e = || word.strip_suffix('e').and_then(|stem| form.strip_prefix(stem));
    plain || matches!(without_e(), Some("ed" | "ing"))
}

#[cfg(test)]
mod tests;
