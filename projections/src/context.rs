//! How things stand at the moment of a change: what the ledger stamps into an adjustment, so that the reason can be judged
//! later.

use events::{Context, Moment, Number};
use rust_decimal::Decimal;

use crate::calendar::{days_left, elapsed};
use crate::fold::policy_in_force;
use crate::rows::{CycleRow, Error, KeyResultRow, ObjectiveRow, Rows, all};
use crate::score::{Measure, PLACES, mean, out, out_score};

/// Decimals of a mean of confidences.
pub(crate) const CONFIDENCE_PLACES: u32 = 1;

/// How a key result stands.
pub(crate) fn of_key_result(
    rows: &(impl Rows + ?Sized),
    cycle: &CycleRow,
    key_result: &KeyResultRow,
    at: Moment,
) -> Result<Context, Error> {
    let policy = policy_in_force(rows)?;
    let measure = Measure::of(key_result, &key_result.latest);
    let computed = measure.computed(cycle.policy(&policy).formula);
    let confidence = key_result.latest.confidence.as_ref().map(|stated| stated.what.number());
    Ok(context(cycle, at, policy.version, measure.progress(), computed, confidence))
}

/// How an objective stands: the means of its standing key results.
pub(crate) fn of_objective(
    rows: &(impl Rows + ?Sized),
    cycle: &CycleRow,
    objective: &ObjectiveRow,
    at: Moment,
) -> Result<Context, Error> {
    let policy = policy_in_force(rows)?;
    let formula = cycle.policy(&policy).formula;
    let key_results: Vec<KeyResultRow> = all(rows, &objective.place().key_results())?;
    let standing = || {
        key_results.iter().filter(|key_result| key_result.retired.is_none()).map(|key_result| {
            let weight = key_result.weight.map_or(Decimal::ONE, |weight| weight.decimal());
            (key_result, Measure::of(key_result, &key_result.latest), weight)
        })
    };
    let progress = mean(standing().map(|(_, measure, weight)| (measure.progress(), weight)));
    let computed = mean(standing().map(|(_, measure, weight)| (measure.computed(formula), weight)));
    let confidence = mean(standing().map(|(key_result, _, weight)| {
        (key_result.latest.confidence.as_ref().map(|stated| stated.what.decimal()), weight)
    }));
    let confidence = confidence.map(|mean| Number::from(mean).rounded(CONFIDENCE_PLACES));
    Ok(context(cycle, at, policy.version, progress, computed, confidence))
}

fn context(
    cycle: &CycleRow,
    at: Moment,
    policy_version: u32,
    progress: Option<Decimal>,
    computed: Option<Decimal>,
    confidence: Option<Number>,
) -> Context {
    let gone = elapsed(cycle, at);
    let behind = progress.and_then(|progress| gone.decimal().checked_sub(progress));
    Context {
        progress: progress.map(out),
        computed_score: computed.and_then(out_score),
        confidence,
        elapsed: Some(gone.rounded(PLACES)),
        days_left: Some(days_left(cycle, at)),
        pace_gap: behind.map(out),
        policy_version,
    }
}
