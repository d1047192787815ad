//! A board made of rows.

use events::{Formula, MetricKind, Number, Policy};
use rust_decimal::Decimal;

use super::{Board, BoardAsk, BoardCycle, BoardKeyResult, BoardObjective, Counts, OtherEnd, Scores};
use crate::ask::figures::{KeyResultFigures, Yardstick, confidence_out, own};
use crate::ask::{Asked, GoalState, Standing};
use crate::rows::{CycleRow, KeyResult, ObjectiveRow};
use crate::score::{PLACES, mean, out};

/// The board of a cycle. Objectives and key results come in the order of their keys.
pub(in crate::ask) fn board<R: ?Sized>(
    asked: &Asked<'_, R>,
    cycle: &CycleRow,
    in_force: &Policy,
    formula: Option<Formula>,
    objectives: &[ObjectiveRow],
    key_results: &[KeyResult],
    ask: &BoardAsk,
) -> Board {
    let yardstick = Yardstick::of(cycle, in_force, formula, asked.at);
    let mut counts = Counts::default();
    let mut means = Means::default();
    let mut shown = Vec::new();
    for objective in objectives {
        let wanted = ask.level.is_none_or(|level| level == objective.level)
            && ask.team.as_ref().is_none_or(|team| objective.team.as_ref() == Some(team));
        if !wanted {
            continue;
        }
        let (mut line, exact) = line_of(&yardstick, objective, own(key_results, objective));
        if narrow(&mut line, ask) {
            continue;
        }
        counts.add(&line);
        if line.state.stands() {
            means.add(exact);
        }
        shown.push(line);
    }
    let score = mean(means.scores).map(out);
    Board {
        ledger: asked.ledger.to_owned(),
        cycle: BoardCycle {
            id: cycle.id.clone(),
            title: cycle.title.clone(),
            state: cycle.state,
            starts_on: cycle.starts_on,
            ends_on: cycle.ends_on,
            elapsed: yardstick.elapsed.rounded(PLACES),
        },
        as_of: asked.as_of,
        score,
        computed_score: mean(means.computed).map(out),
        grade: score.and_then(|score| yardstick.policy().band(score)).cloned(),
        confidence: mean(means.confidences).map(confidence_out),
        counts,
        objectives: shown,
    }
}

/// One objective's line, with its key results'.
pub(in crate::ask) fn objective_line(
    yardstick: &Yardstick<'_>,
    objective: &ObjectiveRow,
    key_results: &[KeyResult],
) -> BoardObjective {
    line_of(yardstick, objective, key_results).0
}

/// One key result's line.
pub(in crate::ask) fn key_result_line(row: &KeyResult, figures: &KeyResultFigures) -> BoardKeyResult {
    let stated = &row.latest;
    BoardKeyResult {
        id: row.id.clone(),
        given: row.given(),
        title: row.title.clone(),
        owner: row.owner.clone(),
        metric: row.metric.clone(),
        baseline: row.baseline.as_ref().map(|baseline| baseline.value),
        target: row.target,
        original_target: row.original_target,
        // A share done has no digits of its own to keep; a value is served as it was stated.
        current: if row.metric.kind == MetricKind::Milestones {
            figures.current.map(out)
        } else {
            stated.value.as_ref().map(|value| value.what)
        },
        progress: figures.progress.map(out),
        score: Scores {
            computed: figures.computed.map(out),
            graded: row.graded.as_ref().map(|grade| grade.score.number()),
            last: figures.last.map(out),
        },
        confidence: stated.confidence.as_ref().map(|stated| stated.what.number()),
        previous_confidence: stated.previous_confidence.as_ref().map(|stated| stated.what.number()),
        status: figures.status,
        last_check_in_on: figures.last_check_in_on,
        stale: figures.stale,
        blockers: stated.blockers.as_ref().map(|stated| stated.what.clone()).unwrap_or_default(),
        adjustments: row.adjustments,
        state: GoalState::of(figures.stands),
    }
}

/// What one objective gives to the means of the board, exact.
struct Exact {
    weight: Decimal,
    score: Option<Decimal>,
    computed: Option<Decimal>,
    confidence: Option<Decimal>,
}

#[derive(Default)]
struct Means {
    scores: Vec<(Option<Decimal>, Decimal)>,
    computed: Vec<(Option<Decimal>, Decimal)>,
    confidences: Vec<(Option<Decimal>, Decimal)>,
}

impl Means {
    fn add(&mut self, exact: Exact) {
        self.scores.push((exact.score, exact.weight));
        self.computed.push((exact.computed, exact.weight));
        self.confidences.push((exact.confidence, exact.weight));
    }
}

fn line_of(yardstick: &Yardstick<'_>, objective: &ObjectiveRow, key_results: &[KeyResult]) -> (BoardObjective, Exact) {
    let stands = objective.retired.is_none();
    let figures: Vec<KeyResultFigures> = key_results.iter().map(|row| yardstick.key_result(row, stands)).collect();
    let whole = yardstick.objective(objective, key_results.iter().zip(&figures));
    let score = whole.score.map(out);
    let line = BoardObjective {
        id: objective.id.clone(),
        given: objective.given(),
        title: objective.title.clone(),
        level: objective.level,
        team: objective.team.clone(),
        owner: objective.owner.clone(),
        ambition: objective.ambition,
        supports: objective.supports.clone(),
        score,
        computed_score: whole.computed.map(out),
        grade: score.and_then(|score| yardstick.policy().band(score)).cloned(),
        confidence: whole.confidence.map(confidence_out),
        status: whole.status,
        state: GoalState::of(whole.stands),
        carried_to: OtherEnd::of(&objective.carried_to),
        carried_from: OtherEnd::of(&objective.carried_from),
        key_results: key_results.iter().zip(&figures).map(|(row, figures)| key_result_line(row, figures)).collect(),
    };
    let exact =
        Exact { weight: whole.weight, score: whole.score, computed: whole.computed, confidence: whole.confidence };
    (line, exact)
}

/// Leaves the key results that were asked for, and says whether the objective is left out with them.
fn narrow(line: &mut BoardObjective, ask: &BoardAsk) -> bool {
    let owner = ask.owner.as_ref().filter(|owner| line.owner != **owner);
    if owner.is_none() && ask.status.is_none() && ask.max_confidence.is_none() {
        return false;
    }
    let at_most = ask.max_confidence.map(|most| most.number());
    let unsure = |confidence: Option<Number>, most: Number| confidence.is_some_and(|confidence| confidence <= most);
    let stands_asked = ask.status.is_some() || at_most.is_some();
    line.key_results.retain(|key_result| {
        owner.is_none_or(|owner| key_result.owner == *owner)
            && (!stands_asked || key_result.state.stands())
            && ask.status.is_none_or(|status| key_result.status == status)
            && at_most.is_none_or(|most| unsure(key_result.confidence, most))
    });
    line.key_results.is_empty()
}

impl Counts {
    fn add(&mut self, line: &BoardObjective) {
        if line.state.stands() {
            self.objectives += 1;
        } else {
            self.retired += 1;
        }
        for key_result in &line.key_results {
            if !key_result.state.stands() {
                self.retired += 1;
                continue;
            }
            self.key_results += 1;
            self.stale += u32::from(key_result.stale);
            self.adjusted += u32::from(key_result.adjustments > 0);
            *match key_result.status {
                Standing::OnTrack => &mut self.on_track,
                Standing::AtRisk => &mut self.at_risk,
                Standing::Behind => &mut self.behind,
                Standing::Unknown => &mut self.unknown,
            } += 1;
        }
    }
}
