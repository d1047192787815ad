//! Turning points of a cycle: the widest changes from one week to the next, with the events around them.

use chrono::NaiveDate;
use events::{Number, Ref, SubjectId, Text, TimeZone};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::ask::confidence::LineKind;
use crate::ask::figures::own;
use crate::ask::replay::check_in;
use crate::ask::{Frame, words};
use crate::calendar::day_of;
use crate::rows::{CheckIn, CycleRow, Error, KeyResult, ObjectiveRow, Rows};

/// Maximum number of turning points.
const TURNS_MAX: usize = 5;

/// Minimum change of a score; for a confidence, a tenth of its scale.
const WIDTH_MIN: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

/// Maximum number of check-ins listed with a turning point.
const CHECK_INS_MAX: usize = 6;

/// A wide change of an objective from one week to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title at the end of that week.
    pub title: Text,
    /// The figure that changed: `score` or `confidence`.
    pub figure: String,
    /// The figure a week earlier.
    pub from: Number,
    /// The figure at the end of the week.
    pub to: Number,
    /// The first day of the week.
    pub since: NaiveDate,
    /// The last day of the week.
    pub until: NaiveDate,
    /// The change as a sentence.
    pub says: String,
    /// Events of that week about the objective and its key results, as sentences.
    pub around: Vec<String>,
}

/// Returns the widest turning points of the objectives, widest first; of equal ones the earlier first.
pub(super) fn of(
    rows: &(impl Rows + ?Sized),
    frames: &[Frame],
    objectives: &[ObjectiveRow],
    key_results: &[KeyResult],
    cycle: &CycleRow,
) -> Result<Vec<Turn>, Error> {
    let zone = cycle.time_zone;
    let mut widest: Vec<(Decimal, usize, Turn)> = Vec::new();
    // Figures in the first frame are initial values, not changes.
    for (n, frame) in frames.iter().enumerate().skip(1) {
        for moved in frame.moved.iter().filter(|moved| moved.kind == LineKind::Objective) {
            for change in moved.changes.iter().filter(|change| matches!(change.field.as_str(), "score" | "confidence"))
            {
                let (Some(from), Some(to)) = (words::number(&change.from), words::number(&change.to)) else { continue };
                let apart = (to.decimal() - from.decimal()).abs();
                let width = if change.field == "score" { apart } else { apart / Decimal::TEN };
                let Some(given) = moved.given.filter(|_| width >= WIDTH_MIN) else { continue };
                let (since, until) = (day_of(frame.from, zone), day_of(frame.to, zone));
                let turn = Turn {
                    id: moved.id.clone(),
                    given,
                    title: moved.title.clone(),
                    figure: change.field.clone(),
                    from,
                    to,
                    since,
                    until,
                    says: format!(
                        "{given} “{}”: {} {} in the week to {until}.",
                        moved.title,
                        change.field,
                        words::moved(change)
                    ),
                    around: Vec::new(),
                };
                widest.push((width, n, turn));
            }
        }
    }
    widest.sort_by_key(|(width, _, _)| std::cmp::Reverse(*width));
    widest.truncate(TURNS_MAX);
    let with_events = |(_, n, mut turn): (Decimal, usize, Turn)| {
        let objective = objectives.iter().find(|one| one.id == turn.id);
        if let Some((frame, objective)) = frames.get(n).zip(objective) {
            turn.around = around(rows, frame, objective, own(key_results, objective), zone)?;
        }
        Ok(turn)
    };
    widest.into_iter().map(with_events).collect()
}

fn around(
    rows: &(impl Rows + ?Sized),
    frame: &Frame,
    objective: &ObjectiveRow,
    key_results: &[KeyResult],
    zone: TimeZone,
) -> Result<Vec<String>, Error> {
    let about = frame.says.iter().filter(|saying| saying.objective.as_ref() == Some(&objective.id));
    let mut lines: Vec<String> = about.map(|saying| saying.says.clone()).collect();
    let check_ins = CheckIn::under(rows, &objective.place().check_ins())?;
    let mut said: Vec<(bool, &CheckIn, &KeyResult)> = Vec::new();
    for row in key_results {
        let of_it = check_ins.get(&(row.objective_no, row.no)).into_iter().flatten();
        let then = of_it.filter(|one| (frame.from..=frame.to).contains(&one.at.recorded_at));
        said.extend(then.map(|one| (one.says.blockers.is_empty() && one.says.note.is_none(), one, row)));
    }
    // Check-ins with an explanation come first.
    said.sort_by_key(|(is_bare, one, _)| (*is_bare, one.at.seq));
    lines.extend(said.into_iter().take(CHECK_INS_MAX).map(|(_, one, row)| {
        words::ended(format!("{} on {}: {}", row.given(), day_of(one.at.time, zone), check_in(&one.says, row)))
    }));
    Ok(lines)
}
