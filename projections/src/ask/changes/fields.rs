//! The fields of a board's parts, by their JSON names.

use crate::ask::{Board, BoardCycle, BoardKeyResult, BoardObjective, Counts, Scores};
use crate::rows::{FieldChange, JsonText};

/// A part of a board as named fields. Implementations destructure the whole struct, so the compiler reports a field
/// missing here.
pub(super) trait Fields {
    /// Returns the fields that can differ, in display order.
    fn fields(&self) -> Vec<(&'static str, JsonText)>;
}

/// Returns the fields that differ; if there was nothing before, those with a value.
pub(super) fn differing<T: Fields>(was: Option<&T>, is: &T) -> Vec<FieldChange> {
    let after = is.fields();
    let before = was.map_or_else(|| after.iter().map(|(name, _)| (*name, JsonText::null())).collect(), Fields::fields);
    let pairs = before.into_iter().zip(after).filter(|((_, from), (_, to))| from != to);
    pairs.map(|((field, from), (_, to))| FieldChange { field: field.into(), from, to }).collect()
}

macro_rules! fields {
    ($($name:literal: $value:expr),* $(,)?) => { vec![$(($name, JsonText::of($value))),*] };
}

impl Fields for Board {
    fn fields(&self) -> Vec<(&'static str, JsonText)> {
        let Board { ledger: _, cycle, as_of: _, score, computed_score, grade, confidence, counts, objectives: _ } =
            self;
        let BoardCycle { id: _, title, state, starts_on, ends_on, elapsed } = cycle;
        let Counts { objectives, key_results, on_track, at_risk, behind, unknown, stale, adjusted, retired } = counts;
        fields! {
            "cycle.title": title, "cycle.state": state, "cycle.starts_on": starts_on, "cycle.ends_on": ends_on,
            "cycle.elapsed": elapsed, "score": score, "computed_score": computed_score, "grade": grade,
            "confidence": confidence, "counts.objectives": objectives, "counts.key_results": key_results,
            "counts.on_track": on_track, "counts.at_risk": at_risk, "counts.behind": behind,
            "counts.unknown": unknown, "counts.stale": stale, "counts.adjusted": adjusted, "counts.retired": retired,
        }
    }
}

impl Fields for BoardObjective {
    fn fields(&self) -> Vec<(&'static str, JsonText)> {
        let BoardObjective {
            id: _,
            given: _,
            title,
            level,
            team,
            owner,
            ambition,
            supports,
            score,
            computed_score,
            grade,
            confidence,
            status,
            state,
            carried_to,
            carried_from,
            key_results: _,
        } = self;
        fields! {
            "title": title, "level": level, "team": team, "owner": owner, "ambition": ambition, "supports": supports,
            "score": score, "computed_score": computed_score, "grade": grade, "confidence": confidence,
            "status": status, "state": state,
            "carried_to": carried_to, "carried_from": carried_from,
        }
    }
}

impl Fields for BoardKeyResult {
    fn fields(&self) -> Vec<(&'static str, JsonText)> {
        let BoardKeyResult {
            id: _,
            given: _,
            title,
            owner,
            metric,
            baseline,
            target,
            original_target,
            current,
            progress,
            score,
            confidence,
            previous_confidence,
            status,
            last_check_in_on,
            stale,
            blockers,
            adjustments,
            state,
        } = self;
        let Scores { computed, graded, last } = score;
        fields! {
            "title": title, "owner": owner, "metric": metric, "baseline": baseline, "target": target,
            "original_target": original_target, "current": current, "progress": progress,
            "score.computed": computed, "score.graded": graded, "score.final": last, "confidence": confidence,
            "previous_confidence": previous_confidence, "status": status, "last_check_in_on": last_check_in_on,
            "stale": stale, "blockers": blockers, "adjustments": adjustments, "state": state,
        }
    }
}
