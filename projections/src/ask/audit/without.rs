//! Scores without one change, all else being equal. A change that was replaced by a later one makes no difference.

use std::collections::{BTreeMap, BTreeSet};

use events::{Kind, Number};
use serde::{Deserialize, Serialize};

use crate::ask::tally::{Pair, Side, Tally, Whole, alters};
use crate::rows::{CheckIn, CheckInLog, Latest, TrailRow};
use crate::score::out;

/// Scores with and without a change, for the changed goal and the goals above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Without {
    /// The key result's scores; null for a change of an objective.
    pub key_result: Option<Supposed>,
    /// The objective's scores.
    pub objective: Supposed,
    /// The cycle's scores; null unless the whole cycle is audited.
    pub cycle: Option<Supposed>,
}

/// Scores with and without a change, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supposed {
    /// The final score: the grade if there is one, else the computed score.
    pub score: Option<Number>,
    /// The final score without the change.
    pub score_without: Option<Number>,
    /// The computed score.
    pub computed_score: Option<Number>,
    /// The computed score without the change.
    pub computed_score_without: Option<Number>,
}

/// Current scores of a cycle, from which changes are removed one at a time. IMPORTANT: lines must be passed from the
/// last to the first, because a later line hides the fields it set.
pub(super) struct Marginal {
    tally: Tally,
    is_cycle: bool,
    /// Fields set by the lines seen so far, for each goal: key results by their number, objectives by 0.
    set_later: BTreeMap<(u32, u32), BTreeSet<String>>,
}

impl Marginal {
    pub(super) fn of(whole: &Whole, is_cycle: bool) -> Self {
        Marginal { tally: Tally::now(whole), is_cycle, set_later: BTreeMap::new() }
    }

    /// Returns the scores without a line of the trail. `said` is the key result's check-in log.
    pub(super) fn without(&mut self, line: &TrailRow, said: &[CheckInLog]) -> Option<Without> {
        let (key_result, objective) = self.tally.about(line).filter(|_| bears_on_scores(line))?;
        let stands = self.pairs(key_result, objective);
        let supposed = match key_result {
            Some(at) => self.without_of_key_result(at, objective, line, said),
            None => self.without_of_objective(objective, line),
        };
        let side_by_side = |is: Pair, would: Pair| Supposed {
            score: is.score.map(out),
            score_without: would.score.map(out),
            computed_score: is.computed.map(out),
            computed_score_without: would.computed.map(out),
        };
        Some(Without {
            key_result: stands.0.zip(supposed.0).map(|(is, would)| side_by_side(is, would)),
            objective: side_by_side(stands.1, supposed.1),
            cycle: self.is_cycle.then(|| side_by_side(stands.2, supposed.2)),
        })
    }

    /// Skips a line outside the filter. Its fields still hide those of earlier lines.
    pub(super) fn pass_over(&mut self, line: &TrailRow) {
        let Some((key_result, objective)) = self.tally.about(line).filter(|_| bears_on_scores(line)) else { return };
        let goal = match key_result.map(|at| &self.tally.key_results[at].agreed) {
            Some(agreed) => (agreed.objective_no, agreed.no),
            None => (self.tally.objectives[objective].row.no, 0),
        };
        self.unreplaced(goal, line);
    }

    fn without_of_key_result(&mut self, at: usize, objective: usize, line: &TrailRow, said: &[CheckInLog]) -> Pairs {
        let one = &self.tally.key_results[at];
        let stood = (one.agreed.clone(), one.latest.clone(), one.graded, one.retired, one.drafted);
        let line = self.unreplaced((one.agreed.objective_no, one.agreed.no), line);
        if line.kind == Kind::CheckInCorrected {
            let kept = said.iter().filter(|one| one.at.seq != line.at.seq).cloned();
            let check_ins = CheckIn::told_by(kept).into_values().next().unwrap_or_default();
            self.tally.change(at, |one| one.latest = Latest::of(&check_ins));
        } else {
            self.tally.restore(&line, Side::Before);
        }
        let pairs = self.pairs(Some(at), objective);
        self.tally.change(at, |one| {
            (one.agreed, one.latest, one.graded, one.retired, one.drafted) = stood;
        });
        pairs
    }

    fn without_of_objective(&mut self, at: usize, line: &TrailRow) -> Pairs {
        let one = &self.tally.objectives[at];
        let stood = (one.row.clone(), one.graded, one.retired, one.drafted);
        let line = self.unreplaced((one.row.no, 0), line);
        self.tally.restore(&line, Side::Before);
        let pairs = self.pairs(None, at);
        self.tally.change_objective(at, |one| (one.row, one.graded, one.retired, one.drafted) = stood);
        pairs
    }

    /// Returns the line with only the changes that no later line replaced.
    fn unreplaced(&mut self, goal: (u32, u32), line: &TrailRow) -> TrailRow {
        let mut line = line.clone();
        // Corrections concern check-ins, whose fields no change of wording replaces.
        if line.kind != Kind::CheckInCorrected {
            let set_later = self.set_later.entry(goal).or_default();
            line.changes.retain(|change| set_later.insert(change.field.clone()));
            if matches!(line.kind, Kind::KeyResultScored | Kind::ObjectiveScored) {
                set_later.insert("graded".into());
            }
        }
        line
    }

    fn pairs(&self, key_result: Option<usize>, objective: usize) -> Pairs {
        let of_key_result = key_result.map(|at| self.tally.key_results[at].pair);
        (of_key_result, self.tally.objectives[objective].pair, self.tally.cycle())
    }
}

type Pairs = (Option<Pair>, Pair, Pair);

fn bears_on_scores(line: &TrailRow) -> bool {
    let alters = alters(line.kind) && line.kind != Kind::KeyResultReassigned;
    line.after_start && (alters || line.kind == Kind::CheckInCorrected)
}
