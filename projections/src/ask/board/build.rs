//! Builds a board from rows.

use events::{Formula, MetricKind, Number, Policy, Ref};
use rust_decimal::Decimal;

use super::facts::{KeyResultFacts, ObjectiveFacts};
use super::{Board, BoardAsk, BoardCycle, BoardKeyResult, BoardObjective, Counts, Scores};
use crate::ask::figures::{KeyResultFigures, Scoring, confidence_out};
use crate::ask::{Asked, GoalState, Standing};
use crate::rows::CycleRow;
use crate::score::{PLACES, mean, out};

/// Builds the board of a cycle. Objectives and key results must be in key order.
pub(in crate::ask) fn board<R: ?Sized>(
    asked: &Asked<'_, R>,
    cycle: &CycleRow,
    policy: &Policy,
    formula: Option<Formula>,
    objectives: Vec<ObjectiveFacts>,
    key_results: Vec<KeyResultFacts>,
    ask: &BoardAsk,
) -> Board {
    let scoring = Scoring::of(cycle, policy, formula, asked.at);
    let mut counts = Counts::default();
    let mut means = Means::default();
    let mut shown = Vec::with_capacity(objectives.len());
    let mut key_results = key_results.into_iter();
    for objective in objectives {
        let own = own(&mut key_results, objective.no);
        let wanted = ask.level.is_none_or(|level| level == objective.level)
            && ask.team.as_ref().is_none_or(|team| objective.team.as_ref() == Some(team));
        if !wanted {
            continue;
        }
        let figures = scoring.key_results(&key_results.as_slice()[..own], !objective.is_retired);
        let (mut line, exact) = line_of(&scoring, objective, key_results.by_ref().take(own), &figures);
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
            elapsed: scoring.elapsed.rounded(PLACES),
        },
        as_of: asked.as_of,
        score,
        computed_score: mean(means.computed).map(out),
        grade: score.and_then(|score| scoring.policy().band(score)).cloned(),
        confidence: mean(means.confidences).map(confidence_out),
        counts,
        objectives: shown,
    }
}

/// Returns the line of one objective, and the figures of its key results.
pub(in crate::ask) fn objective_line(
    scoring: &Scoring<'_>,
    objective: ObjectiveFacts,
    key_results: Vec<KeyResultFacts>,
) -> (BoardObjective, Vec<KeyResultFigures>) {
    let figures = scoring.key_results(&key_results, !objective.is_retired);
    (line_of(scoring, objective, key_results.into_iter(), &figures).0, figures)
}

pub(in crate::ask) fn key_result_line(facts: KeyResultFacts, figures: &KeyResultFigures) -> BoardKeyResult {
    let KeyResultFacts { agreed, latest } = facts;
    // Often one figure under three names, and rounding is the expensive part.
    let progress = figures.progress.map(out);
    let computed = if figures.computed == figures.progress { progress } else { figures.computed.map(out) };
    BoardKeyResult {
        id: agreed.id,
        given: Ref::key_result(agreed.no),
        title: agreed.title,
        owner: agreed.owner,
        baseline: agreed.baseline,
        target: agreed.target,
        original_target: agreed.original_target,
        // A share is computed and therefore rounded; a stated value keeps its digits.
        current: if agreed.metric.kind == MetricKind::Milestones { figures.current.map(out) } else { latest.value },
        metric: agreed.metric,
        progress,
        score: Scores {
            computed,
            graded: agreed.graded,
            last: if figures.last == figures.computed { computed } else { figures.last.map(out) },
        },
        confidence: latest.confidence,
        previous_confidence: latest.previous_confidence,
        status: figures.status,
        last_check_in_on: figures.last_check_in_on,
        stale: figures.stale,
        blockers: latest.blockers,
        adjustments: agreed.adjustments,
        state: GoalState::of(figures.stands),
    }
}

/// Drops the key results before those of the objective, then returns the number that belong to it.
fn own(left: &mut std::vec::IntoIter<KeyResultFacts>, objective_no: u32) -> usize {
    let before = left.as_slice().iter().take_while(|one| one.agreed.objective_no < objective_no).count();
    left.by_ref().take(before).for_each(drop);
    left.as_slice().iter().take_while(|one| one.agreed.objective_no == objective_no).count()
}

/// The unrounded figures of one objective, input to the means of the board.
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

fn line_of(
    scoring: &Scoring<'_>,
    objective: ObjectiveFacts,
    key_results: impl Iterator<Item = KeyResultFacts>,
    figures: &[KeyResultFigures],
) -> (BoardObjective, Exact) {
    let whole = scoring.objective(&objective, figures);
    let score = whole.score.map(out);
    let line = BoardObjective {
        id: objective.id,
        given: Ref::objective(objective.no),
        title: objective.title,
        level: objective.level,
        team: objective.team,
        owner: objective.owner,
        ambition: objective.ambition,
        supports: objective.supports,
        score,
        computed_score: if whole.computed == whole.score { score } else { whole.computed.map(out) },
        grade: score.and_then(|score| scoring.policy().band(score)).cloned(),
        confidence: whole.confidence.map(confidence_out),
        status: whole.status,
        state: GoalState::of(whole.stands),
        carried_to: objective.carried_to,
        carried_from: objective.carried_from,
        key_results: key_results.zip(figures).map(|(facts, figures)| key_result_line(facts, figures)).collect(),
    };
    let exact =
        Exact { weight: whole.weight, score: whole.score, computed: whole.computed, confidence: whole.confidence };
    (line, exact)
}

/// Removes key results that do not match the filter. Returns true if none is left, so that the objective is left out
/// too.
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
