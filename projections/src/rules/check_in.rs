//! Rules of check-ins.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use events::{CheckInCorrected, CheckInRecorded, MetricKind, Patch, Rule, Text, clip, list_names};

use super::judge::Judge;
use crate::calendar::day_of;
use crate::rows::{CheckInLog, Error, KeyResultRow, Rows};

pub(super) fn recorded<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &CheckInRecorded) -> Result<(), Error> {
    let Some((cycle, objective, key_result)) = judge.key_result()? else { return Ok(()) };
    judge.under_way(&cycle);
    judge.key_result_stands(&objective, &key_result);

    let day = day_of(judge.time, cycle.time_zone);
    if day < cycle.starts_on {
        let says = format!("{day} is before the cycle, which starts on {}", cycle.starts_on);
        judge.invalid("/time", "check_in_before_start", says);
    }
    let grace = judge.policy.limits.check_in_grace_days;
    let last = cycle.ends_on.checked_add_days(Days::new(grace.into())).unwrap_or(NaiveDate::MAX);
    if day > last {
        let says = format!(
            "the cycle ended on {}; check-ins are accepted for days up to {last}, not for {day}",
            cycle.ends_on
        );
        judge.find(Rule::CheckInAfterEnd, "/time", says);
    }
    check_value(judge, &key_result, data.value.is_some(), data.milestones_done.as_deref());
    Ok(())
}

pub(super) fn corrected<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &CheckInCorrected) -> Result<(), Error> {
    let Some((cycle, _, key_result)) = judge.key_result()? else { return Ok(()) };
    judge.not_closed(&cycle);
    if CheckInLog::find(judge.rows, &key_result.place(), &data.corrects)?.is_none() {
        let corrects = clip(data.corrects.as_str());
        let says = format!("`{corrects}` is not the event id of a check-in on `{}`", key_result.id);
        judge.invalid("/data/corrects", "unknown_check_in", says);
    }
    let milestones = match &data.milestones_done {
        Patch::Set(done) => Some(done.as_slice()),
        Patch::Keep | Patch::Withdraw => None,
    };
    check_value(judge, &key_result, matches!(data.value, Patch::Set(_)), milestones);
    Ok(())
}

/// Checks that a check-in states milestones for a milestone metric, and a value for any other metric.
fn check_value<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    key_result: &KeyResultRow,
    states_value: bool,
    milestones_done: Option<&[Text]>,
) {
    let by_milestones = key_result.metric.kind == MetricKind::Milestones;
    if by_milestones && states_value {
        let says = "this key result is measured by milestones: use `milestones_done` instead";
        judge.invalid("/data/value", "out_of_place", says);
    }
    let Some(done) = milestones_done else { return };
    if !by_milestones {
        let says = "this key result is measured by a value: use `value` instead";
        judge.invalid("/data/milestones_done", "out_of_place", says);
        return;
    }
    let milestones = || key_result.metric.milestones.iter().map(|milestone| milestone.name.as_str());
    let (known, mut before): (BTreeSet<&str>, _) = (milestones().collect(), BTreeSet::new());
    for (n, name) in done.iter().map(Text::as_str).enumerate() {
        let at = || format!("/data/milestones_done/{n}");
        if !known.contains(name) {
            let says = format_args!(
                "`{}` is not a milestone of this key result, which has {}",
                clip(name),
                list_names(milestones())
            );
            judge.invalid(&at(), "unknown_milestone", says);
        }
        if !before.insert(name) {
            judge.invalid(&at(), "repeated", format_args!("`{}` is listed twice", clip(name)));
        }
    }
}

#[cfg(test)]
mod tests;
