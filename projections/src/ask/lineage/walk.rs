//! One walk through what is known of a cycle, from before its first draft to what stands. Each event costs one key result and
//! the means above it; only another formula costs them all.

use std::collections::BTreeMap;
use std::ops::Range;

use events::{EventId, Formula, Kind, Moment, Number, Policy, Ref, SubjectId};
use rust_decimal::Decimal;

use super::order::{Rules, What, order, own};
use super::{Lineage, LineageStep, ScoreMove, Scored, StepsAsk, Wanted};
use crate::ask::sentence::summary;
use crate::ask::tally::{Side, Tally, Whole, alters};
use crate::ask::{Asked, History};
use crate::rows::{CheckIn, CheckInLog, CycleRow, Error, Latest, Rows, Said, TrailRow, all};
use crate::score::out;

/// How a score came about.
pub(super) fn lineage<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    whole: &Whole,
    wanted: Wanted,
    page: StepsAsk,
) -> Result<Lineage, Error> {
    let logs: Vec<CheckInLog> = all(asked.rows, &CycleRow::check_ins(whole.cycle.id.as_str()))?;
    let mut tally = Tally::now(whole);
    let score = score_of(&tally, wanted);
    for line in whole.trail.iter().rev() {
        tally.turn(line, Side::Before);
    }
    for at in 0..tally.key_results.len() {
        tally.change(at, |one| one.latest = Latest::default());
    }
    let mut walk = Walk {
        whole,
        tally,
        wanted,
        logs: &logs,
        own: own(&logs),
        page,
        is_told: false,
        steps: Vec::new(),
        has_more: false,
    };
    walk.tally.go_by(Policy::default().formula);

    let mut rules = Rules { in_force: Policy::default().formula, closed_under: None, closings: 0 };
    for (seq, what) in order(history, asked, whole, &logs)? {
        if walk.has_more {
            break;
        }
        walk.is_told = seq > page.after;
        match what {
            What::Line(line) => walk.line(line, &mut rules),
            What::Log(n) => walk.log(n),
            What::Policy(event, formula) => {
                let was = std::mem::replace(&mut rules.in_force, formula);
                let says = format!("formula {was} → {formula}");
                let about = (event.seq, event.id, Kind::PolicyAdopted, event.time, event.recorded_at, event.subject);
                walk.by(rules.formula(), about, says);
            }
        }
    }
    Ok(walk.end(asked, score))
}

type About = (u64, EventId, Kind, Moment, Moment, SubjectId);

struct Walk<'w> {
    whole: &'w Whole,
    tally: Tally,
    wanted: Wanted,
    logs: &'w [CheckInLog],
    own: BTreeMap<(u32, u32), Range<usize>>,
    page: StepsAsk,
    /// Whether the event at hand lies on the page, or after it.
    is_told: bool,
    steps: Vec<LineageStep>,
    has_more: bool,
}

/// The figures of a goal and of those above it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Figures {
    key_result: Option<Number>,
    objective: Option<Number>,
    cycle: Option<Number>,
}

impl Walk<'_> {
    fn line(&mut self, line: &TrailRow, rules: &mut Rules) {
        let about =
            || (line.at.seq, line.event_id.clone(), line.kind, line.at.time, line.at.recorded_at, line.subject.clone());
        match line.kind {
            Kind::CycleClosed => {
                let closing = self.whole.cycle.closings.get(rules.closings);
                rules.closings += 1;
                rules.closed_under = closing.map(|closing| closing.policy.formula);
                self.by(rules.formula(), about(), summary(line, None));
            }
            Kind::CycleReopened => {
                rules.closed_under = None;
                self.by(rules.formula(), about(), summary(line, None));
            }
            kind if alters(kind) => {
                let Some((key_result, objective)) = self.tally.about(line) else { return };
                let was = self.figures(key_result, objective);
                self.tally.turn(line, Side::After);
                let says = |walk: &Self| {
                    let metric = key_result.map(|at| &walk.tally.key_results[at].agreed.metric);
                    summary(line, metric)
                };
                self.step(key_result, objective, was, about, says);
            }
            _ => {}
        }
    }

    fn log(&mut self, n: usize) {
        let log = &self.logs[n];
        let Some(at) = self.tally.key_result(&log.place) else { return };
        let objective = self.tally.objective_of(at);
        let was = self.figures(Some(at), objective);
        let (kind, latest) = match &log.said {
            Said::CheckIn(says) => {
                let mut latest = std::mem::take(&mut self.tally.key_results[at].latest);
                latest.take(log.at.time, log.at.seq, says);
                (Kind::CheckInRecorded, latest)
            }
            // What was last may no longer be: a correction is rare, so the whole log is read again.
            Said::Correction(_) => {
                let own = self.own.get(&(log.place.objective_no, log.place.no)).cloned().unwrap_or_default();
                let known = self.logs[own].iter().filter(|one| one.at.seq <= log.at.seq).cloned();
                let check_ins = CheckIn::told_by(known).into_values().next().unwrap_or_default();
                (Kind::CheckInCorrected, Latest::of(&check_ins))
            }
        };
        self.tally.change(at, |one| one.latest = latest);
        let subject = self.tally.key_results[at].agreed.id.clone();
        let about = || (log.at.seq, log.event_id.clone(), kind, log.at.time, log.at.recorded_at, subject);
        self.step(Some(at), objective, was, about, |_| said(log));
    }

    /// Puts a formula into force.
    fn by(&mut self, formula: Formula, about: About, says: String) {
        let cycle = self.tally.cycle().score.map(out);
        let objectives: Vec<Option<Number>> = self.tally.objectives.iter().map(|one| one.pair.score.map(out)).collect();
        let key_results: Vec<Option<Number>> =
            self.tally.key_results.iter().map(|one| one.pair.score.map(out)).collect();
        if !self.tally.go_by(formula) {
            return;
        }
        let mut moves = Vec::new();
        for (at, was) in key_results.into_iter().enumerate() {
            let is_wanted = match self.wanted {
                Wanted::Cycle => true,
                Wanted::Objective(wanted) => self.tally.objective_of(at) == wanted,
                Wanted::KeyResult(wanted) => at == wanted,
            };
            moves.extend(self.of_key_result(at, was).filter(|_| is_wanted));
        }
        for (at, was) in objectives.into_iter().enumerate() {
            let is_wanted = match self.wanted {
                Wanted::Cycle => true,
                Wanted::Objective(wanted) => at == wanted,
                Wanted::KeyResult(wanted) => at == self.tally.objective_of(wanted),
            };
            moves.extend(self.of_objective(at, was).filter(|_| is_wanted));
        }
        moves.extend(self.of_cycle(cycle));
        self.note(about, says, moves);
    }

    fn figures(&self, key_result: Option<usize>, objective: usize) -> Figures {
        Figures {
            key_result: key_result.and_then(|at| self.tally.key_results[at].pair.score).map(out),
            objective: self.tally.objectives[objective].pair.score.map(out),
            cycle: self.tally.cycle().score.map(out),
        }
    }

    /// Notes a step, if it moved anything that is wanted.
    fn step(
        &mut self,
        key_result: Option<usize>,
        objective: usize,
        was: Figures,
        about: impl FnOnce() -> About,
        says: impl FnOnce(&Self) -> String,
    ) {
        let is_wanted = match self.wanted {
            Wanted::Cycle => true,
            Wanted::Objective(wanted) => objective == wanted,
            Wanted::KeyResult(wanted) => key_result == Some(wanted),
        };
        if !is_wanted || !self.is_told || self.figures(key_result, objective) == was {
            return;
        }
        let mut moves = Vec::with_capacity(3);
        moves.extend(key_result.and_then(|at| self.of_key_result(at, was.key_result)));
        moves.extend(self.of_objective(objective, was.objective));
        moves.extend(self.of_cycle(was.cycle));
        let says = says(self);
        self.note(about(), says, moves);
    }

    fn note(&mut self, about: About, summary: String, moves: Vec<ScoreMove>) {
        let (seq, event_id, kind, time, recorded_at, subject) = about;
        if moves.is_empty() || !self.is_told {
            return;
        }
        self.has_more = self.steps.len() >= self.page.limit;
        if !self.has_more {
            self.steps.push(LineageStep { seq, event_id, kind, time, recorded_at, subject, summary, moves });
        }
    }

    fn of_key_result(&self, at: usize, was: Option<Number>) -> Option<ScoreMove> {
        let one = &self.tally.key_results[at];
        moved(Scored::KeyResult, &one.agreed.id, Some(one.agreed.given()), was, one.pair.score.map(out))
    }

    fn of_objective(&self, at: usize, was: Option<Number>) -> Option<ScoreMove> {
        let one = &self.tally.objectives[at];
        moved(Scored::Objective, &one.row.id, Some(one.row.given()), was, one.pair.score.map(out))
    }

    fn of_cycle(&self, was: Option<Number>) -> Option<ScoreMove> {
        moved(Scored::Cycle, &self.whole.cycle.id, None, was, self.tally.cycle().score.map(out))
    }

    fn end<R: ?Sized>(self, asked: &Asked<'_, R>, score: Option<Decimal>) -> Lineage {
        let (subject, given, title) = match self.wanted {
            Wanted::Cycle => (self.whole.cycle.id.clone(), None, self.whole.cycle.title.clone()),
            Wanted::Objective(at) => {
                let row = &self.whole.objectives[at];
                (row.id.clone(), Some(row.given()), row.title.clone())
            }
            Wanted::KeyResult(at) => {
                let row = &self.whole.key_results[at];
                (row.id.clone(), Some(row.given()), row.title.clone())
            }
        };
        let next_after = self.steps.last().filter(|_| self.has_more).map(|step| step.seq);
        Lineage { subject, given, title, as_of: asked.as_of, score: score.map(out), steps: self.steps, next_after }
    }
}

/// The score that a tally has of what is wanted.
fn score_of(tally: &Tally, wanted: Wanted) -> Option<Decimal> {
    match wanted {
        Wanted::Cycle => tally.cycle().score,
        Wanted::Objective(at) => tally.objectives[at].pair.score,
        Wanted::KeyResult(at) => tally.key_results[at].pair.score,
    }
}

fn moved(
    of: Scored,
    id: &SubjectId,
    given: Option<Ref>,
    from: Option<Number>,
    to: Option<Number>,
) -> Option<ScoreMove> {
    let figure = |figure: Option<Number>| figure.unwrap_or(Number::ZERO).decimal();
    let by = || out(figure(to) - figure(from));
    (from != to).then(|| ScoreMove { of, id: id.clone(), given, from, to, by: by() })
}

/// What a check-in says that moves a score.
fn said(log: &CheckInLog) -> String {
    match &log.said {
        Said::CheckIn(says) => {
            let mut parts = Vec::new();
            parts.extend(says.value.map(|value| format!("value {value}")));
            parts.extend(says.milestones_done.as_ref().map(|done| format!("{} milestones done", done.len())));
            if parts.is_empty() { "check-in".into() } else { format!("check-in: {}", parts.join(", ")) }
        }
        Said::Correction(correction) => format!("check-in corrected: {}", correction.reason),
    }
}
