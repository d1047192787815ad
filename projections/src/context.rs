//! Figures at the moment of a change. The ledger stamps them into an adjustment so that its reason can be judged later.

use events::{Context, Moment, Number};
use rust_decimal::Decimal;

use crate::calendar::{days_left, elapsed};
use crate::rows::{
    CycleRow, Error, KeyResult, KeyResultRow, Latest, LatestRow, ObjectiveRow, Rows, policy_in_force, row,
};
use crate::score::{Measure, PLACES, mean, out, out_score};

/// Decimal places of a mean confidence.
pub(crate) const CONFIDENCE_PLACES: u32 = 1;

/// Returns the latest check-in values of a key result as of a moment. An adjustment recorded late is judged by the
/// check-ins known when it was made, not by later ones.
pub(crate) fn latest_at(rows: &(impl Rows + ?Sized), key_result: &KeyResultRow, at: Moment) -> Result<Latest, Error> {
    let said: Option<LatestRow> = row(rows, &key_result.place().latest())?;
    said.map_or(Ok(Latest::default()), |said| until(rows, key_result, said.latest, at))
}

/// Returns `latest` if no check-in is later than the moment; otherwise rebuilds the latest values as of the moment.
fn until(rows: &(impl Rows + ?Sized), key_result: &KeyResultRow, latest: Latest, at: Moment) -> Result<Latest, Error> {
    if latest.time().is_none_or(|last| last <= at) {
        return Ok(latest);
    }
    Latest::up_to(rows, &key_result.place(), at)
}

/// Returns the context of a change to a key result.
pub(crate) fn of_key_result(
    rows: &(impl Rows + ?Sized),
    cycle: &CycleRow,
    key_result: &KeyResultRow,
    at: Moment,
) -> Result<Context, Error> {
    let policy = policy_in_force(rows)?;
    let latest = latest_at(rows, key_result, at)?;
    let measure = Measure::of(key_result, &latest);
    let computed = measure.computed(cycle.formula(&policy));
    let confidence = latest.confidence.as_ref().map(|stated| stated.what.number());
    Ok(context(cycle, at, policy.version, measure.progress(), computed, confidence))
}

/// Returns the context of a change to an objective: weighted means over its active key results.
pub(crate) fn of_objective(
    rows: &(impl Rows + ?Sized),
    cycle: &CycleRow,
    objective: &ObjectiveRow,
    at: Moment,
) -> Result<Context, Error> {
    let policy = policy_in_force(rows)?;
    let formula = cycle.formula(&policy);
    let key_results = KeyResult::under(rows, &objective.place().key_results())?;
    let standing = key_results.into_iter().filter(|key_result| key_result.retired.is_none());
    let (mut progress, mut computed, mut confidence) = (Vec::new(), Vec::new(), Vec::new());
    for key_result in standing {
        let weight = key_result.weight.map_or(Decimal::ONE, |weight| weight.decimal());
        let KeyResult { agreed, latest, .. } = key_result;
        let latest = until(rows, &agreed, latest, at)?;
        let measure = Measure::of(&agreed, &latest);
        progress.push((measure.progress(), weight));
        computed.push((measure.computed(formula), weight));
        confidence.push((latest.confidence.as_ref().map(|stated| stated.what.decimal()), weight));
    }
    let (progress, computed, confidence) = (mean(progress), mean(computed), mean(confidence));
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
