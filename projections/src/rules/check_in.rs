//! Rules of check-ins.

use chrono::{Days, NaiveDate};
use events::{CheckInCorrected, CheckInRecorded, MetricKind, Patch, Rule, Text};

use super::judge::Judge;
use crate::calendar::day_of;
use crate::rows::{CheckInLog, Error, KeyResultRow, Rows};

pub(super) fn recorded<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &CheckInRecorded) -> Result<(), Error> {
    let Some((cycle, objective, key_result)) = judge.key_result()? else { return Ok(()) };
    judge.under_way(&cycle);
    judge.key_result_stands(&objective, &key_result);

    let day = day_of(judge.time, cycle.time_zone);
    if day < cycle.starts_on {
        let says = format!("{day} lies before the cycle, which starts on {}", cycle.starts_on);
        judge.invalid("/time", "check_in_before_start", says);
    }
    let grace = judge.policy.limits.check_in_grace_days;
    let last = cycle.ends_on.checked_add_days(Days::new(grace.into())).unwrap_or(NaiveDate::MAX);
    if day > last {
        let says = format!("the cycle ended on {}, and check-ins are taken until {last}, not for {day}", cycle.ends_on);
        judge.find(Rule::CheckInAfterEnd, "/time", says);
    }
    check_value(judge, &key_result, data.value.is_some(), data.milestones_done.as_deref());
    Ok(())
}

pub(super) fn corrected<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &CheckInCorrected) -> Result<(), Error> {
    let Some((cycle, _, key_result)) = judge.key_result()? else { return Ok(()) };
    judge.not_closed(&cycle);
    if CheckInLog::find(judge.rows, &key_result.place(), &data.corrects)?.is_none() {
        let says = format!("`{}` is not the event of a check-in on `{}`", data.corrects, key_result.id);
        judge.invalid("/data/corrects", "unknown_check_in", says);
    }
    let milestones = match &data.milestones_done {
        Patch::Set(done) => Some(done.as_slice()),
        Patch::Keep | Patch::Withdraw => None,
    };
    check_value(judge, &key_result, matches!(data.value, Patch::Set(_)), milestones);
    Ok(())
}

/// A value goes with a metric that is measured, milestones with one that lists them.
fn check_value<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    key_result: &KeyResultRow,
    states_value: bool,
    milestones_done: Option<&[Text]>,
) {
    let by_milestones = key_result.metric.kind == MetricKind::Milestones;
    if by_milestones && states_value {
        let says = "this key result is measured by milestones: say `milestones_done` instead";
        judge.invalid("/data/value", "out_of_place", says);
    }
    let Some(done) = milestones_done else { return };
    if !by_milestones {
        let says = "this key result is measured by a value: say `value` instead";
        judge.invalid("/data/milestones_done", "out_of_place", says);
        return;
    }
    for (n, name) in done.iter().enumerate() {
        let pointer = format!("/data/milestones_done/{n}");
        if !key_result.metric.milestones.iter().any(|milestone| milestone.name == *name) {
            let known: Vec<&str> =
                key_result.metric.milestones.iter().map(|milestone| milestone.name.as_str()).collect();
            judge.invalid(&pointer, "unknown_milestone", format!("`{name}` is not one of {}", known.join(", ")));
        }
        if done[..n].contains(name) {
            judge.invalid(&pointer, "repeated", format!("`{name}` is named twice"));
        }
    }
}

#[cfg(test)]
mod tests;
