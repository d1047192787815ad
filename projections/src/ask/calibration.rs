//! Calibration: stated confidences compared with outcomes.
//!
//! A forecast is a confidence recorded before the outcome was known:
//!
//! ```text
//!  start ──────── forecasts ────────┤ first grade, closing, or the cycle's end ├──── hindsight ────
//! ```
//!
//! Confidences recorded later, or long after the day they describe, are hindsight: they are flagged and left out. A key
//! result succeeds if its final score reaches the score its objective's ambition expects. Goals are ranked, never
//! people.

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

use forecasts::Cutoff;

/// The accuracy of a cycle's confidences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calibration {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle's id.
    pub cycle: SubjectId,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The cycle, its levels and its teams; groups without a forecast of known outcome are left out.
    pub groups: Vec<CalibrationGroup>,
    /// Key results with forecasts: the least accurate first, those without an outcome last.
    pub key_results: Vec<CalibratedKeyResult>,
    /// Confidences that are not forecasts, in order of seq.
    pub hindsight: Vec<Hindsight>,
    /// Signs of doubtful confidences, ordered by the key results' refs.
    pub signals: Vec<Signal>,
}

/// The forecasts of a key result and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalibratedKeyResult {
    /// Client-chosen id of the key result, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The objective's id.
    pub objective: SubjectId,
    /// The objective's level.
    pub level: Level,
    /// The objective's team.
    pub team: Option<SubjectId>,
    /// The objective's ambition.
    pub ambition: Ambition,
    /// The score the ambition expects, 0 to 1.
    pub expected: Number,
    /// The final score; null while it is unknown.
    #[serde(rename = "final")]
    pub last: Option<Number>,
    /// Reached, missed, open or none.
    pub outcome: Outcome,
    /// Number of forecasts.
    pub forecasts: u32,
    /// Number of confidences that were hindsight.
    pub hindsight: u32,
    /// Mean squared error of the forecasts: 0 is perfect, 0.25 a coin toss, 1 always wrong.
    pub brier: Option<Number>,
}

/// The outcome of a key result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The final score reached the expected one.
    Reached,
    /// The final score stayed below the expected one.
    Missed,
    /// The key result is still in progress.
    Open,
    /// The key result was retired, or has no score.
    None,
}

/// A confidence that is not a forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hindsight {
    /// The sequence number of the event: a check-in, or the correction of one.
    pub seq: u64,
    /// The event's id.
    pub event_id: EventId,
    /// The key result's id.
    pub key_result: SubjectId,
    /// The time the check-in describes.
    pub time: Moment,
    /// When the ledger recorded it.
    pub recorded_at: Moment,
    /// The confidence stated; null if a correction withdrew it.
    pub confidence: Option<Confidence>,
    /// At least one reason.
    pub reasons: Vec<HindsightReason>,
    /// The reasons as a sentence.
    pub says: String,
}

/// Reasons a confidence is not a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HindsightReason {
    /// It was recorded after the cycle ended or was closed.
    AfterEnd,
    /// It was recorded after the key result or its objective had been graded.
    AfterGrading,
    /// It was recorded later than the policy's cadence after the day it describes.
    Backdated,
}

/// Returns the accuracy of a cycle's confidences; `None` if there is no such cycle.
pub fn calibration<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str) -> Result<Option<Calibration>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let policy = policy_of(asked.rows, &cycle)?;
    let scoring = Scoring::of(&cycle, &policy, None, asked.at);
    let objectives: Vec<ObjectiveRow> = all(asked.rows, &CycleRow::objectives(cycle_id))?;
    let key_results = KeyResult::under(asked.rows, &CycleRow::key_results(cycle_id))?;
    let trail: Vec<TrailRow> = all(asked.rows, &CycleRow::trail(cycle_id))?;

    let cutoff = Cutoff::of(&cycle, scoring.policy(), asked.at, &trail);
    let mut wordings = wordings(&trail);
    let mut tally = tally::Tally::default();
    let mut calibrated = Vec::new();
    let mut signals = Vec::new();
    let mut all_hindsight = Vec::new();
    for objective in &objectives {
        // One objective at a time: the check-ins of a large cycle do not fit in memory together.
        let lines: Vec<CheckInLog> = all(asked.rows, &objective.place().check_ins())?;
        let own = own(&key_results, objective);
        let mut check_ins_of = cutoff.timely_check_ins(lines, own, &mut all_hindsight);
        for row in own {
            let check_ins = check_ins_of.remove(&(row.objective_no, row.no)).unwrap_or_default();
            let worded = wordings.remove(&row.no).unwrap_or_default();
            let figures = scoring.key_result(&KeyResultFacts::of(row), objective.retired.is_none());
            if figures.stands {
                signals.extend(signals::of(row, &check_ins, &worded, &cutoff));
            }
            let (forecasts, hindsight) = cutoff.forecasts(row, &check_ins, &mut all_hindsight);
            if forecasts.is_empty() && hindsight == 0 {
                continue;
            }
            let (expected, last, outcome) = cutoff.outcome(objective, row, &figures);
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
    // Least accurate first. The sort is stable, so ties keep the order of refs.
    calibrated.sort_by_key(|one| std::cmp::Reverse(one.brier));
    all_hindsight.sort_by_key(|one| one.seq);
    Ok(Some(Calibration {
        ledger: asked.ledger.to_owned(),
        cycle: cycle.id.clone(),
        as_of: asked.as_of,
        groups: tally.groups(),
        key_results: calibrated,
        hindsight: all_hindsight,
        signals,
    }))
}

/// Returns the trail lines that change how a key result is measured, by key result number.
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
