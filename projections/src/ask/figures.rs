//! Unrounded figures of goals, shared by boards, attention and what-if; rounding happens on output.

use chrono::NaiveDate;
use events::{Formula, Moment, Number, Policy};
use rust_decimal::Decimal;

use super::board::{KeyResultFacts, ObjectiveFacts};
use super::status::Standing;
use crate::calendar::{day_of, elapsed};
use crate::context::CONFIDENCE_PLACES;
use crate::rows::{CycleRow, CycleState, KeyResult, ObjectiveRow};
use crate::score::mean;

/// The policy, dates and formula by which the goals of one cycle are scored.
pub(super) struct Scoring<'a> {
    cycle: &'a CycleRow,
    policy: &'a Policy,
    formula: Formula,
    /// Elapsed share of the cycle, unrounded.
    pub(super) elapsed: Number,
    today: NaiveDate,
}

/// The figures of a key result, unrounded.
pub(super) struct KeyResultFigures {
    pub(super) stands: bool,
    /// True if it is included in the means of its objective.
    counts: bool,
    pub(super) weight: Decimal,
    pub(super) current: Option<Decimal>,
    pub(super) progress: Option<Decimal>,
    pub(super) computed: Option<Decimal>,
    /// The grade if there is one, else the computed score.
    pub(super) last: Option<Decimal>,
    is_graded: bool,
    pub(super) confidence: Option<Decimal>,
    pub(super) status: Standing,
    pub(super) last_check_in_on: Option<NaiveDate>,
    /// Days since the last check-in, see [`Scoring::silent_days`].
    pub(super) silent_days: i64,
    pub(super) stale: bool,
}

/// The figures of an objective, unrounded.
pub(super) struct ObjectiveFigures {
    pub(super) stands: bool,
    pub(super) weight: Decimal,
    pub(super) score: Option<Decimal>,
    pub(super) computed: Option<Decimal>,
    pub(super) confidence: Option<Decimal>,
    pub(super) status: Standing,
}

impl<'a> Scoring<'a> {
    /// Returns the scoring of a cycle at a moment under its policy. `formula` overrides the policy's.
    pub(super) fn of(cycle: &'a CycleRow, policy: &'a Policy, formula: Option<Formula>, at: Moment) -> Self {
        Scoring {
            cycle,
            policy,
            formula: formula.unwrap_or(policy.formula),
            elapsed: elapsed(cycle, at),
            today: day_of(at, cycle.time_zone),
        }
    }

    pub(super) fn policy(&self) -> &Policy {
        self.policy
    }

    /// Returns the figures of an objective's key results; `objective_stands` is false if it was retired.
    pub(super) fn key_results(&self, facts: &[KeyResultFacts], objective_stands: bool) -> Vec<KeyResultFigures> {
        facts.iter().map(|facts| self.key_result(facts, objective_stands)).collect()
    }

    pub(super) fn key_result(&self, facts: &KeyResultFacts, objective_stands: bool) -> KeyResultFigures {
        let measure = facts.measure();
        let progress = measure.progress();
        let computed = measure.score(self.formula, || progress);
        let (agreed, latest) = (&facts.agreed, &facts.latest);
        let counts = !agreed.is_retired;
        let stands = objective_stands && counts;
        let last_check_in_on = latest.at.map(|time| day_of(time, self.cycle.time_zone));
        let silent_days = self.silent_days(agreed.drafted, last_check_in_on);
        let patience = i64::from(self.policy.cadence.days) + i64::from(self.policy.cadence.grace_days);
        KeyResultFigures {
            stands,
            counts,
            weight: agreed.weight.map_or(Decimal::ONE, |weight| weight.decimal()),
            current: measure.current,
            progress,
            computed,
            last: agreed.graded.map(Number::decimal).or(computed),
            is_graded: agreed.graded.is_some(),
            confidence: latest.confidence.map(Number::decimal),
            status: match (latest.status, latest.confidence) {
                (Some(stated), _) => stated.into(),
                (None, Some(confidence)) => self.by_confidence(confidence),
                (None, None) => self.by_pace(progress),
            },
            last_check_in_on,
            silent_days,
            stale: stands && self.cycle.state == CycleState::Started && silent_days > patience,
        }
    }

    /// Returns the figures of an objective. Its means exclude key results that were retired themselves, but include
    /// those retired with the objective, so its result stays visible.
    pub(super) fn objective(&self, facts: &ObjectiveFacts, key_results: &[KeyResultFigures]) -> ObjectiveFigures {
        let of = |figure: fn(&KeyResultFigures) -> Option<Decimal>| {
            let counted = key_results.iter().filter(|figures| figures.counts);
            mean(counted.map(|figures| (figure(figures), figures.weight)))
        };
        let computed = of(|figures| figures.computed);
        let is_graded = key_results.iter().any(|figures| figures.counts && figures.is_graded);
        let last = || if is_graded { of(|figures| figures.last) } else { computed };
        let confidence = of(|figures| figures.confidence);
        let shown = confidence.map(confidence_out).map(|shown| shown.rounded(0));
        ObjectiveFigures {
            stands: !facts.is_retired,
            weight: facts.weight.map_or(Decimal::ONE, |weight| weight.decimal()),
            score: facts.graded.map(Number::decimal).or_else(last),
            computed,
            confidence,
            status: shown.map_or_else(|| self.by_pace(computed), |shown| self.by_confidence(shown)),
        }
    }

    /// Returns elapsed share minus progress; `None` before the cycle is started.
    pub(super) fn gap(&self, progress: Option<Decimal>) -> Option<Decimal> {
        let under_way = self.cycle.state != CycleState::Open;
        progress.filter(|_| under_way).and_then(|progress| self.elapsed.decimal().checked_sub(progress))
    }

    fn by_confidence(&self, confidence: Number) -> Standing {
        let bands = &self.policy.confidence;
        if confidence >= bands.on_track.number() {
            Standing::OnTrack
        } else if confidence >= bands.at_risk.number() {
            Standing::AtRisk
        } else {
            Standing::Behind
        }
    }

    fn by_pace(&self, progress: Option<Decimal>) -> Standing {
        match self.gap(progress) {
            None => Standing::Unknown,
            Some(gap) if gap <= self.policy.pace.on_track.decimal() => Standing::OnTrack,
            Some(gap) if gap <= self.policy.pace.at_risk.decimal() => Standing::AtRisk,
            Some(_) => Standing::Behind,
        }
    }

    /// Returns the days since the last check-in, or since the draft if there was none, but never counts days before the
    /// cycle.
    fn silent_days(&self, drafted: Moment, last_check_in_on: Option<NaiveDate>) -> i64 {
        let drafted_on = || day_of(drafted, self.cycle.time_zone);
        let heard_on = last_check_in_on.unwrap_or_else(drafted_on).max(self.cycle.starts_on);
        self.today.signed_duration_since(heard_on).num_days()
    }
}

/// Rounds a mean of confidences for output: one decimal, half-up.
pub(super) fn confidence_out(mean: Decimal) -> Number {
    Number::from(mean).rounded(CONFIDENCE_PLACES)
}

/// Returns the key results of one objective from a slice in key order.
pub(super) fn own<'k>(key_results: &'k [KeyResult], objective: &ObjectiveRow) -> &'k [KeyResult] {
    let from = key_results.partition_point(|key_result| key_result.objective_no < objective.no);
    let to = key_results.partition_point(|key_result| key_result.objective_no <= objective.no);
    key_results.get(from..to).unwrap_or_default()
}
