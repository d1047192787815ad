//! Walks from the wording agreed at the start to the current one: back through the trail, then forward change by
//! change.

use events::Number;
use rust_decimal::Decimal;

use super::Rungs;
use crate::ask::Asked;
use crate::ask::tally::{Pair, Side, Tally, Whole, changes_wording};
use crate::calendar::{end_of, start_of};
use crate::rows::{CycleRow, Error, Rows, TrailRow};
use crate::score::out;

/// The result of a walk.
pub(in crate::ask) struct Walked<'t> {
    pub(in crate::ask) cycle: Rungs,
    /// In row order.
    pub(in crate::ask) objectives: Vec<Rungs>,
    /// In row order.
    pub(in crate::ask) key_results: Vec<WalkedKeyResult>,
    /// Changes of goals after the start, in order.
    pub(in crate::ask) moves: Vec<Moved<'t>>,
    /// True for each objective active at the start, in row order.
    pub(in crate::ask) objectives_at_start: Vec<bool>,
}

pub(in crate::ask) struct WalkedKeyResult {
    pub(in crate::ask) rungs: Rungs,
    pub(in crate::ask) wordings: u32,
    /// True if the key result and its objective were active at the start.
    pub(in crate::ask) at_start: bool,
    /// The first distance from baseline to target.
    pub(in crate::ask) span: Option<Decimal>,
}

/// A change of a goal after the start.
pub(in crate::ask) struct Moved<'t> {
    pub(in crate::ask) line: &'t TrailRow,
    /// Index of the key result; `None` for a change of an objective.
    pub(in crate::ask) key_result: Option<usize>,
    /// Index of the objective.
    pub(in crate::ask) objective: usize,
    /// The metric before the change.
    pub(in crate::ask) metric: Option<events::Metric>,
    /// The effect on the cycle's computed score on top of the changes before it, at the values known now.
    pub(in crate::ask) lift: Option<Number>,
}

/// Walks through the changes of a cycle.
pub(in crate::ask) fn walk<'t, R: Rows + ?Sized>(asked: &Asked<'_, R>, whole: &'t Whole) -> Result<Walked<'t>, Error> {
    let mut tally = Tally::now(whole).with_units(asked.rows, whole)?;
    let ends = tally.cycle();
    let ends_objectives: Vec<Pair> = tally.objectives.iter().map(|one| one.pair).collect();
    let ends_key_results: Vec<Pair> = tally.key_results.iter().map(|one| one.pair).collect();
    for line in whole.moves().rev() {
        tally.restore(line, Side::Before);
    }

    let original = tally.cycle().computed;
    let objectives_at_start: Vec<bool> = tally.objectives.iter().map(|one| one.stands()).collect();
    let first: Vec<(bool, Option<Decimal>)> = (0..tally.key_results.len())
        .map(|at| {
            let one = &tally.key_results[at];
            (one.stands() && objectives_at_start[tally.objective_of(at)], one.pair.computed.filter(|_| one.stands()))
        })
        .collect();
    let original_objectives: Vec<Option<Decimal>> =
        tally.objectives.iter().map(|one| one.pair.computed.filter(|_| one.stands())).collect();

    let mut times = Times::begin(&whole.cycle, asked, &tally);
    let mut wordings: Vec<u32> = first.iter().map(|_| 1).collect();
    let mut spans: Vec<Option<Decimal>> = (0..tally.key_results.len()).map(|at| span(&tally, at)).collect();
    let mut known = original.map(out);
    let mut moves = Vec::new();
    for line in whole.moves() {
        let Some((key_result, objective)) = tally.about(line) else { continue };
        times.reach(line, &tally, key_result, objective);
        let metric = key_result.map(|at| tally.key_results[at].agreed.metric.clone());
        tally.restore(line, Side::After);
        if let Some(at) = key_result {
            wordings[at] += u32::from(changes_wording(line));
            // For goals drafted later or without a target, the first span they ever had.
            spans[at] = spans[at].or_else(|| span(&tally, at));
        }
        let now = tally.cycle().computed.map(out);
        let lift = known.zip(now).and_then(|(was, is)| is.decimal().checked_sub(was.decimal())).map(out);
        known = now.or(known);
        moves.push(Moved { line, key_result, objective, metric, lift });
    }
    times.end(&tally);

    let rungs = |original: Option<Decimal>, time: &Time, end: Pair| Rungs {
        original: original.map(out),
        time_weighted: time.mean().or(end.computed).map(out),
        final_wording: end.computed.map(out),
        as_graded: end.score.map(out),
    };
    Ok(Walked {
        cycle: rungs(original, &times.cycle, ends),
        objectives: (0..tally.objectives.len())
            .map(|at| rungs(original_objectives[at], &times.objectives[at], ends_objectives[at]))
            .collect(),
        key_results: (0..tally.key_results.len())
            .map(|at| WalkedKeyResult {
                rungs: rungs(first[at].1, &times.key_results[at], ends_key_results[at]),
                wordings: wordings[at],
                at_start: first[at].0,
                span: spans[at],
            })
            .collect(),
        moves,
        objectives_at_start,
    })
}

/// Returns the distance from baseline to target, in the metric's unit.
fn span(tally: &Tally, at: usize) -> Option<Decimal> {
    let one = &tally.key_results[at];
    let (from, to) = (one.agreed.baseline.as_ref()?.value, one.agreed.target?);
    let span = to.decimal().checked_sub(from.decimal())?.abs();
    (one.drafted && !span.is_zero()).then_some(span)
}

/// Scores weighted by the time they were in force.
struct Times {
    now: i64,
    end: i64,
    cycle: Time,
    objectives: Vec<Time>,
    key_results: Vec<Time>,
}

#[derive(Clone, Copy)]
struct Time {
    since: i64,
    sum: Decimal,
    length: Decimal,
}

impl Time {
    fn pass(&mut self, now: i64, score: Option<Decimal>) {
        let length = Decimal::from(now.saturating_sub(self.since));
        self.since = now;
        if let Some(gained) = score.and_then(|score| score.checked_mul(length)) {
            self.sum = self.sum.saturating_add(gained);
            self.length = self.length.saturating_add(length);
        }
    }

    fn mean(&self) -> Option<Decimal> {
        self.sum.checked_div(self.length)
    }
}

impl Times {
    fn begin<R: ?Sized>(cycle: &CycleRow, asked: &Asked<'_, R>, tally: &Tally) -> Times {
        let first = start_of(cycle.starts_on, cycle.time_zone).micros();
        let begin = cycle.started.map_or(first, |started| started.time.micros().max(first));
        let end = end_of(cycle.ends_on, cycle.time_zone).micros().min(asked.at.micros()).max(begin);
        let time = Time { since: begin, sum: Decimal::ZERO, length: Decimal::ZERO };
        Times {
            now: begin,
            end,
            cycle: time,
            objectives: vec![time; tally.objectives.len()],
            key_results: vec![time; tally.key_results.len()],
        }
    }

    /// Advances to a change. IMPORTANT: call it before the change is applied, so that the elapsed time counts for the
    /// old score.
    fn reach(&mut self, line: &TrailRow, tally: &Tally, key_result: Option<usize>, objective: usize) {
        self.now = line.at.time.micros().clamp(self.now, self.end);
        if let Some(at) = key_result {
            self.pass_key_result(at, tally);
        }
        self.pass_objective(objective, tally);
        self.cycle.pass(self.now, tally.cycle().computed);
    }

    fn end(&mut self, tally: &Tally) {
        self.now = self.end;
        for at in 0..self.key_results.len() {
            self.pass_key_result(at, tally);
        }
        for at in 0..self.objectives.len() {
            self.pass_objective(at, tally);
        }
        self.cycle.pass(self.now, tally.cycle().computed);
    }

    fn pass_key_result(&mut self, at: usize, tally: &Tally) {
        let one = &tally.key_results[at];
        self.key_results[at].pass(self.now, one.pair.computed.filter(|_| one.stands()));
    }

    fn pass_objective(&mut self, at: usize, tally: &Tally) {
        let one = &tally.objectives[at];
        self.objectives[at].pass(self.now, one.pair.computed.filter(|_| one.stands()));
    }
}
