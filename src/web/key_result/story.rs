//! Computes the data of a key result's chart.

use chrono::{Datelike as _, Days, NaiveDate};
use events::{MetricKind, Moment, Number, TimeZone};
use projections::ask::{Audit, CheckInStands, CycleStands, KeyResultStands, TrailItem};
use projections::calendar::{day_of, start_of};
use rust_decimal::prelude::ToPrimitive as _;

use crate::figure;
use crate::web::chart::{Mark, MarkKind, Spot, Story};
use crate::web::view::View;
use crate::web::when;

const DAY_MICROS: f64 = 86_400_000_000.0;

/// Returns true if a check-in was entered on a later day than the one it is for.
pub(super) fn is_late(check_in: &CheckInStands, zone: TimeZone) -> bool {
    day_of(check_in.recorded_at, zone) > day_of(check_in.time, zone)
}

pub(super) fn of(view: &View<'_>, stands: &KeyResultStands, audit: &Audit, cycle: &CycleStands) -> Story {
    let zone = cycle.time_zone;
    let day = |moment: Moment| day_of(moment, zone);
    let times = stands.check_ins.iter().map(|check_in| day(check_in.time));
    let first = times.clone().min().map_or(cycle.starts_on, |day| day.min(cycle.starts_on));
    let last = times.max().map_or(cycle.ends_on, |day| day.max(cycle.ends_on));
    let axis = DayAxis { from: start_of(first, zone) };
    let spot = |on: NaiveDate| axis.place(start_of(on, zone));
    let after = |on: NaiveDate| spot(on.checked_add_days(Days::new(1)).unwrap_or(on));
    let (begin, end) = (spot(cycle.starts_on), after(cycle.ends_on));
    let due = after(stands.due_on.unwrap_or(cycle.ends_on));

    let of_milestones = stands.metric.kind == MetricKind::Milestones;
    let all = whole(stands.metric.milestones.len());
    let target = if of_milestones { vec![(begin, all)] } else { steps(&axis, audit, "target") };
    let baseline = if of_milestones { vec![(begin, 0.0)] } else { steps(&axis, audit, "baseline") };
    let events = format!("/ledgers/{}/events", view.ledger.slug());
    let mut values = Vec::new();
    let mut confidence = Vec::new();
    for check_in in &stands.check_ins {
        let at = axis.place(check_in.time);
        let kind = match (check_in.corrected_by.is_empty(), is_late(check_in, zone)) {
            (false, _) => MarkKind::Corrected,
            (true, true) => MarkKind::Backdated,
            (true, false) => MarkKind::CheckIn,
        };
        let mut note = match kind {
            MarkKind::Corrected => ", corrected since".to_owned(),
            MarkKind::Backdated => format!(", entered {}", when::day_in(check_in.recorded_at, zone)),
            MarkKind::CheckIn | MarkKind::Change => String::new(),
        };
        if let Some(said) = &check_in.note {
            note.push_str(&format!(": {said}"));
        }
        let on = when::day_in(check_in.time, zone);
        let mark = |marks: &mut Vec<Mark>, figure: f64, says: String| {
            let says = format!("{on}: {says}{note}");
            marks.push(Mark { at: (at, figure), kind, says, href: format!("{events}/{}", check_in.seq) });
        };
        if let Some(value) = float(check_in.value) {
            mark(&mut values, value, figure::value(check_in.value, &stands.metric));
        } else if let Some(done) = check_in.milestones_done.as_ref().filter(|_| of_milestones) {
            let says =
                format!("{} of {}", done.len(), figure::count(stands.metric.milestones.len() as u64, "milestone"));
            mark(&mut values, whole(done.len()), says);
        }
        if let Some(sure) = check_in.confidence {
            mark(&mut confidence, sure.decimal().to_f64().unwrap_or_default(), format!("confidence {sure}"));
        }
    }
    let adjusted = audit.trail.iter().filter(|line| line.adjustment);
    let unit = stands.metric.unit.as_ref().map(ToString::to_string).unwrap_or_default();
    Story {
        days: after(last),
        ticks: ticks(first, last).into_iter().map(|on| (spot(on), when::short(on))).collect(),
        cycle: begin..end,
        pace: pace(&target, &baseline, begin, due),
        target: drawn(&target, begin, end),
        baseline: drawn(&baseline, begin, end),
        thresholds: stands
            .thresholds
            .iter()
            .flat_map(|thresholds| thresholds.points())
            .filter_map(|(score, value)| Some((value.decimal().to_f64()?, score.to_string())))
            .collect(),
        says: says(stands, values.len()),
        values,
        confidence,
        changes: adjusted.map(|line| change(&axis, line, &events, zone)).collect(),
        unit: label,
        unit_name: if of_milestones { String::new() } else { unit },
        title: format!("{}: value and confidence over the cycle", stands.title),
    }
}

/// Converts moments to days since the chart's first day.
struct DayAxis {
    from: Moment,
}

impl DayAxis {
    fn place(&self, moment: Moment) -> f64 {
        moment.micros().saturating_sub(self.from.micros()) as f64 / DAY_MICROS
    }
}

fn float(number: Option<Number>) -> Option<f64> {
    number.and_then(|number| number.decimal().to_f64())
}

fn whole(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Returns the values of a field over time, by the time of each change rather than by the time it was recorded.
fn steps(axis: &DayAxis, audit: &Audit, field: &str) -> Vec<Spot> {
    let mut steps: Vec<Spot> = Vec::new();
    for line in &audit.trail {
        for change in line.changes.iter().filter(|change| change.field == field) {
            let to = serde_json::from_str::<Number>(change.to.as_str()).ok();
            steps.extend(float(to).map(|to| (axis.place(line.time), to)));
        }
    }
    steps
}

/// Returns the value in force at a point.
fn at(steps: &[Spot], place: f64) -> Option<f64> {
    let standing = steps.iter().rev().find(|step| step.0 <= place).or(steps.first());
    standing.map(|step| step.1)
}

/// Returns a step line over the cycle.
fn drawn(steps: &[Spot], begin: f64, end: f64) -> Vec<Spot> {
    let Some(first) = at(steps, begin) else { return Vec::new() };
    let mut stairs = vec![(begin, first)];
    let mut standing = first;
    for (place, value) in steps.iter().filter(|step| step.0 > begin && step.0 < end) {
        stairs.extend([(*place, standing), (*place, *value)]);
        standing = *value;
    }
    stairs.push((end, standing));
    stairs
}

/// Returns the line from baseline to target, linear in time; it bends at each adjustment of either.
fn pace(target: &[Spot], baseline: &[Spot], begin: f64, due: f64) -> Vec<Spot> {
    let mut turns: Vec<f64> =
        target.iter().chain(baseline).map(|step| step.0).filter(|at| *at > begin && *at < due).collect();
    turns.sort_by(f64::total_cmp);
    let mut spots = Vec::new();
    let mut from = begin;
    for to in turns.into_iter().chain([due]) {
        let middle = from + (to - from) / 2.0;
        if let (Some(low), Some(high)) = (at(baseline, middle), at(target, middle)) {
            let even = |place: f64| low + (high - low) * (place - begin) / (due - begin).max(0.01);
            spots.extend([(from, even(from)), (to, even(to))]);
        }
        from = to;
    }
    spots
}

fn change(axis: &DayAxis, line: &TrailItem, events: &str, zone: TimeZone) -> Mark {
    let says = format!("{}: {}", when::day_in(line.time, zone), line.summary);
    Mark { at: (axis.place(line.time), 0.0), kind: MarkKind::Change, says, href: format!("{events}/{}", line.seq) }
}

/// Returns the days with a label: every second Monday, or the first of each month if the chart is long.
fn ticks(first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
    let days = last.signed_duration_since(first).num_days();
    let wanted =
        |on: &NaiveDate| if days > 130 { on.day() == 1 } else { on.signed_duration_since(first).num_days() % 14 == 0 };
    first.iter_days().take_while(|on| *on <= last).take(1_500).filter(wanted).collect()
}

/// Formats a value for the axis.
fn label(value: f64, unit: &str) -> String {
    let size = value.abs();
    let text = if size >= 100_000.0 {
        format!("{:.0}k", value / 1_000.0)
    } else {
        figure::thousands(format!("{value:.2}").trim_end_matches('0').trim_end_matches('.'))
    };
    match unit {
        "$" | "€" | "£" | "¥" => format!("{unit}{text}"),
        "%" => format!("{text} %"),
        _ => text,
    }
}

fn says(stands: &KeyResultStands, values: usize) -> String {
    format!(
        "From {}, now {}. {} The table of check-ins below has every figure.",
        figure::way(stands.board.baseline, stands.board.target, &stands.metric),
        figure::value(stands.board.current, &stands.metric),
        figure::count(values as u64, "value") + " stated."
    )
}
