//! Confidence you can believe: forecasts held against what came of them.
//!
//! A forecast is a confidence that was recorded before the outcome was known:
//!
//! ```text
//!  start ──────── forecasts ────────┤ first grade, closing, or the cycle's end ├──── hindsight ────
//! ```
//!
//! What was recorded later, or long after the day it speaks of, is hindsight: it is flagged and left out. The outcome of a
//! key result is whether its final score reached what its objective's ambition expects. Goals are ranked, never people.

mod forecasts;
mod signals;
mod tally;

use std::collections::BTreeMap;

use events::{Ambition, Confidence, EventId, Kind, Level, Moment, Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::board::KeyResultFacts;
use super::figures::{Scoring, own};
use super::resolve::find_cycle;
use super::{AsOf, Asked};
use crate::rows::{CheckInLog, CycleRow, Error, KeyResult, ObjectiveRow, Rows, TrailRow, all, policy_of};

pub use signals::{Signal, SignalKind};
pub use tally::{CalibrationGroup, CalibrationRow, GroupKind};

use forecasts::Turn;

/// How far the confidences of a cycle could be believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calibration {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle's id.
    pub cycle: SubjectId,
    /// What was known.
    pub as_of: AsOf,
    /// The cycle, its levels and its teams; those without a forecast whose outcome is known are left out.
    pub groups: Vec<CalibrationGroup>,
    /// The key results with forecasts: those that were furthest off first, those without an outcome last.
    pub key_results: Vec<CalibratedKeyResult>,
    /// Confidences that are no forecasts, in the order of seq.
    pub hindsight: Vec<Hindsight>,
    /// What makes confidences doubtful, in the order of the key results' refs.
    pub signals: Vec<Signal>,
}

/// A key result's forecasts and what came of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalibratedKeyResult {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Its objective.
    pub objective: SubjectId,
    /// Whose objective that is.
    pub level: Level,
    /// The team that belongs to.
    pub team: Option<SubjectId>,
    /// What is expected of it.
    pub ambition: Ambition,
    /// The score that ambition expects.
    pub expected: Number,
    /// The score it came to; null while that is not known.
    #[serde(rename = "final")]
    pub last: Option<Number>,
    /// Where it stands with its outcome.
    pub outcome: Outcome,
    /// How many forecasts were made of it.
    pub forecasts: u32,
    /// How many confidences were hindsight.
    pub hindsight: u32,
    /// The mean square of what each forecast was off by: 0 is perfect, 0.25 a coin, 1 always wrong.
    pub brier: Option<Number>,
}

/// What came of a key result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It reached what was expected.
    Reached,
    /// It did not.
    Missed,
    /// It is still under way.
    Open,
    /// It was retired, or nothing tells its score.
    None,
}

/// A confidence that is no forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hindsight {
    /// The event: a check-in, or the correction of one.
    pub seq: u64,
    /// Its id.
    pub event_id: EventId,
    /// The key result.
    pub key_result: SubjectId,
    /// When it was so, says the check-in.
    pub time: Moment,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
    /// What was stated; null where a correction took it back.
    pub confidence: Option<Confidence>,
    /// Why it is no forecast: at least one reason.
    pub reasons: Vec<HindsightReason>,
    /// They in a sentence.
    pub says: String,
}

/// Why a confidence is no forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HindsightReason {
    /// It was recorded after the cycle's end, or after it was closed.
    AfterEnd,
    /// It was recorded after the key result, or its objective, had been graded.
    AfterGrading,
    /// It was recorded later after the day it speaks of than the policy's cadence allows.
    Backdated,
}

/// How far the confidences of a cycle could be believed; `None` where there is no such cycle.
pub fn calibration<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str) -> Result<Option<Calibration>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let policy = policy_of(asked.rows, &cycle)?;
    let scoring = Scoring::of(&cycle, &policy, None, asked.at);
    let objectives: Vec<ObjectiveRow> = all(asked.rows, &CycleRow::objectives(cycle_id))?;
    let key_results = KeyResult::under(asked.rows, &CycleRow::key_results(cycle_id))?;
    let trail: Vec<TrailRow> = all(asked.rows, &CycleRow::trail(cycle_id))?;

    let turn = Turn::of(&cycle, scoring.policy(), asked.at, &trail);
    let mut wordings = wordings(&trail);
    let mut tally = tally::Tally::default();
    let mut calibrated = Vec::new();
    let mut signals = Vec::new();
    let mut hindsight_told = Vec::new();
    for objective in &objectives {
        // Those of one objective at a time: of a large cycle they are too many to be held together.
        let lines: Vec<CheckInLog> = all(asked.rows, &objective.place().check_ins())?;
        let own = own(&key_results, objective);
        let mut told = turn.told_by(lines, own, &mut hindsight_told);
        for row in own {
            let check_ins = told.remove(&(row.objective_no, row.no)).unwrap_or_default();
            let worded = wordings.remove(&row.no).unwrap_or_default();
            let figures = scoring.key_result(&KeyResultFacts::of(row), objective.retired.is_none());
            if figures.stands {
                signals.extend(signals::of(row, &check_ins, &worded, &turn));
            }
            let (forecasts, hindsight) = turn.forecasts(row, &check_ins, &mut hindsight_told);
            if forecasts.is_empty() && hindsight == 0 {
                continue;
            }
            let (expected, last, outcome) = turn.outcome(objective, row, &figures);
            let brier = tally.add(objective, &forecasts, outcome);
            calibrated.push(CalibratedKeyResult {
                id: row.id.clone(),
                given: row.given(),
                title: row.title.clone(),
                objective: objective.id.clone(),
                level: objective.level,
                team: objective.team.clone(),
                ambition: objective.ambition,
                expected,
                last,
                outcome,
                forecasts: u32::try_from(forecasts.len()).unwrap_or(u32::MAX),
                hindsight,
                brier,
            });
        }
    }
    // The furthest off first; those whose refs come first where two are alike, because the sort is stable.
    calibrated.sort_by_key(|one| std::cmp::Reverse(one.brier));
    hindsight_told.sort_by_key(|one| one.seq);
    Ok(Some(Calibration {
        ledger: asked.ledger.to_owned(),
        cycle: cycle.id.clone(),
        as_of: asked.as_of,
        groups: tally.groups(),
        key_results: calibrated,
        hindsight: hindsight_told,
        signals,
    }))
}

/// The lines of the trail that change how a key result is measured, by its number.
fn wordings(trail: &[TrailRow]) -> BTreeMap<u32, Vec<&TrailRow>> {
    let mut found: BTreeMap<u32, Vec<&TrailRow>> = BTreeMap::new();
    for line in trail {
        let is_wording =
            matches!(line.kind, Kind::KeyResultBaselineSet | Kind::KeyResultTargetSet | Kind::KeyResultAdjusted);
        if let Some(place) = line.key_result.as_ref().filter(|_| is_wording) {
            found.entry(place.no).or_default().push(line);
        }
    }
    found
}

#[cfg(test)]
mod tests;
