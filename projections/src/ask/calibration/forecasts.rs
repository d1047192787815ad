//! Separates forecasts from hindsight.

use std::collections::BTreeMap;

use events::{Confidence, Kind, Moment, Number, Policy, TimeZone};
use rust_decimal::Decimal;

use super::{Ambition, Hindsight, HindsightReason, Outcome};
use crate::ask::figures::KeyResultFigures;
use crate::ask::words;
use crate::calendar::{day_of, end_of};
use crate::rows::{CheckIn, CheckInLog, CycleRow, CycleState, KeyResult, ObjectiveRow, Said, Stamp, TrailRow};
use crate::score::out;

const DAY_MICROS: i64 = 86_400_000_000;

/// Decides which confidences of a cycle are hindsight: recorded after the end, after the grade, or too late.
pub(super) struct Cutoff<'a> {
    pub(super) cycle: &'a CycleRow,
    pub(super) policy: &'a Policy,
    /// The end of the cycle, or its first closing if that is earlier.
    pub(super) end: Moment,
    is_over: bool,
    /// The seq of the first grade of each objective and key result, by the numbers of their refs.
    graded: BTreeMap<(u32, Option<u32>), u64>,
}

impl<'a> Cutoff<'a> {
    pub(super) fn of(cycle: &'a CycleRow, policy: &'a Policy, at: Moment, trail: &[TrailRow]) -> Self {
        let planned = end_of(cycle.ends_on, cycle.time_zone);
        let closed = trail.iter().find(|line| line.kind == Kind::CycleClosed);
        let end = closed.map_or(planned, |closing| closing.at.time.min(planned));
        let mut graded = BTreeMap::new();
        for line in trail.iter().filter(|line| matches!(line.kind, Kind::KeyResultScored | Kind::ObjectiveScored)) {
            if let Some(objective_no) = line.objective_no {
                let key_result = line.key_result.as_ref().map(|place| place.no);
                graded.entry((objective_no, key_result)).or_insert(line.at.seq);
            }
        }
        Cutoff { cycle, policy, end, is_over: cycle.state == CycleState::Closed || at > planned, graded }
    }

    /// Returns the reasons a confidence recorded at `at` is hindsight; empty for a forecast.
    fn hindsight(&self, (objective_no, no): (u32, u32), at: Stamp) -> Vec<HindsightReason> {
        let mut reasons = Vec::new();
        if at.recorded_at > self.end {
            reasons.push(HindsightReason::AfterEnd);
        }
        let graded = [Some(no), None].map(|no| self.graded.get(&(objective_no, no)).copied());
        if graded.into_iter().flatten().any(|graded| graded < at.seq) {
            reasons.push(HindsightReason::AfterGrading);
        }
        reasons
    }

    fn reasons(&self, place: (u32, u32), at: Stamp) -> Vec<HindsightReason> {
        let mut reasons = self.hindsight(place, at);
        let late = at.recorded_at.micros().saturating_sub(at.time.micros());
        if late > i64::from(self.policy.cadence.days).saturating_mul(DAY_MICROS) {
            reasons.push(HindsightReason::Backdated);
        }
        reasons
    }

    /// Returns the forecasts among the check-ins and the number of hindsight confidences.
    pub(super) fn forecasts(
        &self,
        row: &KeyResult,
        check_ins: &[CheckIn],
        hindsight: &mut Vec<Hindsight>,
    ) -> (Vec<Confidence>, u32) {
        let mut forecasts = Vec::new();
        let mut left_out = 0;
        for check_in in check_ins {
            let Some(confidence) = check_in.says.confidence else { continue };
            let reasons = self.reasons((row.objective_no, row.no), check_in.at);
            if reasons.is_empty() {
                forecasts.push(confidence);
                continue;
            }
            left_out += 1;
            let said = format!("Confidence {} for {}", confidence.number(), self.day(check_in.at.time));
            hindsight.push(Hindsight {
                seq: check_in.at.seq,
                event_id: check_in.event_id.clone(),
                key_result: row.id.clone(),
                time: check_in.at.time,
                recorded_at: check_in.at.recorded_at,
                confidence: Some(confidence),
                says: self.sentence(&said, check_in.at, &reasons),
                reasons,
            });
        }
        (forecasts, left_out)
    }

    /// Returns check-ins as known before the outcome, by the numbers of objective and key result. Only corrections
    /// recorded before the outcome apply: a confidence corrected in hindsight remains the forecast it was.
    pub(super) fn timely_check_ins(
        &self,
        lines: Vec<CheckInLog>,
        key_results: &[KeyResult],
        hindsight: &mut Vec<Hindsight>,
    ) -> BTreeMap<(u32, u32), Vec<CheckIn>> {
        let known = lines.into_iter().filter(|line| {
            let Said::Correction(data) = &line.said else { return true };
            let place = (line.place.objective_no, line.place.no);
            let reasons = self.hindsight(place, line.at);
            let confidence = match data.confidence {
                events::Patch::Keep => return true,
                events::Patch::Withdraw => None,
                events::Patch::Set(confidence) => Some(confidence),
            };
            if reasons.is_empty() {
                return true;
            }
            let subject = key_results.binary_search_by_key(&place, |row| (row.objective_no, row.no)).ok();
            if let Some(row) = subject.and_then(|n| key_results.get(n)) {
                let to = confidence.map_or_else(|| "nothing".to_owned(), |to| to.number().to_string());
                let said = format!("The correction of a confidence to {to}");
                hindsight.push(Hindsight {
                    seq: line.at.seq,
                    event_id: line.event_id.clone(),
                    key_result: row.id.clone(),
                    time: line.at.time,
                    recorded_at: line.at.recorded_at,
                    confidence,
                    says: self.sentence(&said, line.at, &reasons),
                    reasons,
                });
            }
            false
        });
        CheckIn::told_by(known)
    }

    fn sentence(&self, said: &str, at: Stamp, reasons: &[HindsightReason]) -> String {
        let (spoken_of, learnt) = (self.day(at.time), self.day(at.recorded_at));
        let why = reasons.iter().map(|reason| match reason {
            HindsightReason::AfterEnd => format!("after the end on {}", self.day(self.end)),
            HindsightReason::AfterGrading => "after it was graded".into(),
            HindsightReason::Backdated => {
                format!("{} late", words::count(learnt.signed_duration_since(spoken_of).num_days(), "day"))
            }
        });
        format!("{said} was recorded on {learnt}: {}.", why.collect::<Vec<_>>().join(", "))
    }

    fn day(&self, moment: Moment) -> chrono::NaiveDate {
        day_of(moment, self.zone())
    }

    pub(super) fn zone(&self) -> TimeZone {
        self.cycle.time_zone
    }

    /// Returns the expected score, the final score and the outcome.
    pub(super) fn outcome(
        &self,
        objective: &ObjectiveRow,
        row: &KeyResult,
        figures: &KeyResultFigures,
    ) -> (Number, Option<Number>, Outcome) {
        let expected = match objective.ambition {
            Ambition::Committed => self.policy.expectations.committed,
            Ambition::Aspirational => self.policy.expectations.aspirational,
        };
        let expected = expected.number();
        if !figures.stands {
            return (expected, None, Outcome::None);
        }
        if row.graded.is_none() && !self.is_over {
            return (expected, None, Outcome::Open);
        }
        match figures.last.map(out) {
            None => (expected, None, Outcome::None),
            Some(last) if last >= expected => (expected, Some(last), Outcome::Reached),
            Some(last) => (expected, Some(last), Outcome::Missed),
        }
    }
}

/// Converts a confidence to a probability: 7 of 10 is 0.7.
pub(super) fn chance(confidence: Confidence) -> Decimal {
    confidence.decimal() / Decimal::TEN
}
