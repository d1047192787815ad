//! The scores of a cycle, updated while its goals change back and forth; shared by the ladder, goalposts, audit and
//! lineage.
//!
//! Each trail line contains the values before and after its change. A tally therefore starts from the current state,
//! and can revert any line of the trail, down to the wording agreed at the start or the first draft, and apply it
//! again. Each step costs one key result and the means above it, whatever the size of the cycle.

mod mean;
mod wording;

use events::{Formula, Policy, Weight};
use rust_decimal::Decimal;

use super::Asked;
use super::resolve::find_cycle;
use crate::rows::{
    CycleRow, Error, KeyResult, KeyResultPlace, KeyResultRow, Latest, ObjectiveRow, Rows, TrailRow, all,
    policy_in_force,
};
use crate::score::Measure;

pub(super) use mean::Mean;
use wording::Eras;
pub(super) use wording::{Side, alters, changes_unit, changes_wording, number};

/// A cycle with all its goals and its trail.
pub(super) struct Whole {
    pub(super) cycle: CycleRow,
    pub(super) in_force: Policy,
    pub(super) objectives: Vec<ObjectiveRow>,
    pub(super) key_results: Vec<KeyResult>,
    /// In order of recording.
    pub(super) trail: Vec<TrailRow>,
}

impl Whole {
    /// Reads a cycle; `None` if there is no such cycle.
    pub(super) fn of<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str) -> Result<Option<Whole>, Error> {
        let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
        Ok(Some(Whole {
            cycle,
            in_force: policy_in_force(asked.rows)?.into_owned(),
            objectives: all(asked.rows, &CycleRow::objectives(cycle_id))?,
            key_results: KeyResult::under(asked.rows, &CycleRow::key_results(cycle_id))?,
            trail: all(asked.rows, &CycleRow::trail(cycle_id))?,
        }))
    }

    /// Returns the formula of the cycle's scores.
    pub(super) fn formula(&self) -> Formula {
        self.cycle.formula(&self.in_force)
    }

    /// Returns the lines after the cycle's start that altered a goal, in order.
    pub(super) fn moves(&self) -> impl DoubleEndedIterator<Item = &TrailRow> {
        let started = self.cycle.started.map(|started| started.seq);
        self.trail.iter().filter(move |line| alters(line.kind) && started.is_some_and(|started| line.at.seq > started))
    }
}

/// The final and the computed score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) score: Option<Decimal>,
    pub(super) computed: Option<Decimal>,
}

struct Means {
    score: Mean,
    computed: Mean,
}

impl Means {
    fn of(parts: usize) -> Self {
        Means { score: Mean::of(parts), computed: Mean::of(parts) }
    }

    fn set(&mut self, part: usize, pair: Option<Pair>, weight: Decimal) {
        let pair = pair.unwrap_or_default();
        self.score.set(part, pair.score, weight);
        self.computed.set(part, pair.computed, weight);
    }

    fn get(&self) -> Pair {
        Pair { score: self.score.get(), computed: self.computed.get() }
    }
}

/// A key result in a tally.
pub(super) struct KeyResultTally {
    pub(super) agreed: KeyResultRow,
    pub(super) latest: Latest,
    pub(super) graded: Option<Decimal>,
    pub(super) retired: bool,
    /// True if it was drafted by then.
    pub(super) drafted: bool,
    pub(super) pair: Pair,
    objective: usize,
    part: usize,
    /// Latest values around each change of its unit.
    eras: Eras,
}

impl KeyResultTally {
    /// Returns true if it counts in its objective's mean.
    pub(super) fn stands(&self) -> bool {
        self.drafted && !self.retired
    }
}

/// An objective in a tally.
pub(super) struct ObjectiveTally {
    pub(super) row: ObjectiveRow,
    pub(super) graded: Option<Decimal>,
    pub(super) retired: bool,
    pub(super) drafted: bool,
    pub(super) pair: Pair,
    means: Means,
}

impl ObjectiveTally {
    /// Returns true if it counts in the cycle's mean.
    pub(super) fn stands(&self) -> bool {
        self.drafted && !self.retired
    }
}

/// The scores of a cycle. Key results and objectives are in key order.
pub(super) struct Tally {
    pub(super) key_results: Vec<KeyResultTally>,
    pub(super) objectives: Vec<ObjectiveTally>,
    formula: Formula,
    means: Means,
}

impl Tally {
    /// Returns the current scores.
    pub(super) fn now(whole: &Whole) -> Self {
        let mut parts = vec![0; whole.objectives.len()];
        let mut key_results = Vec::with_capacity(whole.key_results.len());
        for row in &whole.key_results {
            let Ok(objective) = whole.objectives.binary_search_by_key(&row.objective_no, |objective| objective.no)
            else {
                continue;
            };
            key_results.push(KeyResultTally {
                agreed: row.agreed.clone(),
                latest: row.latest.clone(),
                graded: row.graded.as_ref().map(|grade| grade.score.decimal()),
                retired: row.retired.is_some(),
                drafted: true,
                pair: Pair::default(),
                objective,
                part: parts[objective],
                eras: Eras::new(),
            });
            parts[objective] += 1;
        }
        let objectives = whole.objectives.iter().zip(parts).map(|(row, parts)| ObjectiveTally {
            row: row.clone(),
            graded: row.graded.as_ref().map(|grade| grade.score.decimal()),
            retired: row.retired.is_some(),
            drafted: true,
            pair: Pair::default(),
            means: Means::of(parts),
        });
        let mut tally = Tally {
            key_results,
            objectives: objectives.collect(),
            formula: whole.formula(),
            means: Means::of(whole.objectives.len()),
        };
        tally.recompute_all();
        tally
    }

    /// Returns the cycle's scores.
    pub(super) fn cycle(&self) -> Pair {
        self.means.get()
    }

    /// Returns the index of a key result in the tally.
    pub(super) fn key_result(&self, place: &KeyResultPlace) -> Option<usize> {
        let wanted = (place.objective_no, place.no);
        self.key_results.binary_search_by_key(&wanted, |one| (one.agreed.objective_no, one.agreed.no)).ok()
    }

    /// Returns the index of an objective in the tally.
    pub(super) fn objective(&self, no: u32) -> Option<usize> {
        self.objectives.binary_search_by_key(&no, |one| one.row.no).ok()
    }

    /// Returns the index of a key result's objective.
    pub(super) fn objective_of(&self, key_result: usize) -> usize {
        self.key_results[key_result].objective
    }

    /// Returns the indexes of the key result (if any) and the objective that a trail line is about.
    pub(super) fn about(&self, line: &TrailRow) -> Option<(Option<usize>, usize)> {
        match &line.key_result {
            Some(place) => self.key_result(place).map(|at| (Some(at), self.objective_of(at))),
            None => self.objective(line.objective_no?).map(|at| (None, at)),
        }
    }

    /// Reverts a trail line (`Side::Before`) or applies it (`Side::After`).
    pub(super) fn restore(&mut self, line: &TrailRow, side: Side) {
        match self.about(line) {
            Some((Some(at), _)) => {
                self.key_results[at].restore(line, side);
                self.recompute(at);
            }
            Some((None, at)) => {
                self.objectives[at].restore(line, side);
                self.recompute_objective(at);
            }
            None => {}
        }
    }

    /// Changes a key result's state and recomputes the scores that depend on it.
    pub(super) fn change(&mut self, key_result: usize, change: impl FnOnce(&mut KeyResultTally)) {
        change(&mut self.key_results[key_result]);
        self.recompute(key_result);
    }

    /// Changes an objective's state and recomputes the scores that depend on it.
    pub(super) fn change_objective(&mut self, objective: usize, change: impl FnOnce(&mut ObjectiveTally)) {
        change(&mut self.objectives[objective]);
        self.recompute_objective(objective);
    }

    /// Switches to a formula; returns true if it differs from the current one.
    pub(super) fn use_formula(&mut self, formula: Formula) -> bool {
        let is_other = self.formula != formula;
        if is_other {
            self.formula = formula;
            self.recompute_all();
        }
        is_other
    }

    /// Returns a tally that scores wordings before a change of unit by the last values in the old unit.
    pub(super) fn with_units<R: Rows + ?Sized>(mut self, rows: &R, whole: &Whole) -> Result<Self, Error> {
        for (at, eras) in wording::eras(rows, &self, whole)? {
            self.key_results[at].eras = eras;
        }
        Ok(self)
    }

    fn recompute_all(&mut self) {
        for at in 0..self.key_results.len() {
            self.recompute_alone(at);
        }
        for at in 0..self.objectives.len() {
            self.recompute_objective(at);
        }
    }

    fn recompute(&mut self, at: usize) {
        self.recompute_alone(at);
        self.recompute_objective(self.key_results[at].objective);
    }

    fn recompute_alone(&mut self, at: usize) {
        let one = &mut self.key_results[at];
        let computed = Measure::of(&one.agreed, &one.latest).computed(self.formula);
        one.pair = match one.drafted {
            true => Pair { score: one.graded.or(computed), computed },
            false => Pair::default(),
        };
        let counted = one.stands().then_some(one.pair);
        self.objectives[one.objective].means.set(one.part, counted, weight(one.agreed.weight));
    }

    fn recompute_objective(&mut self, at: usize) {
        let one = &mut self.objectives[at];
        let mean = one.means.get();
        one.pair = match one.drafted {
            true => Pair { score: one.graded.or(mean.score), computed: mean.computed },
            false => Pair::default(),
        };
        let counted = one.stands().then_some(one.pair);
        self.means.set(at, counted, weight(one.row.weight));
    }
}

fn weight(weight: Option<Weight>) -> Decimal {
    weight.map_or(Decimal::ONE, |weight| weight.decimal())
}
