//! One walk through the known events of a cycle, from before its first draft to the present. Each event costs one key
//! result and the means above it; only a change of formula costs all of them.

use events::{Category, EventId, Formula, Kind, Moment, Number, Policy, Ref, SubjectId};
use rust_decimal::Decimal;

use super::order::{Rules, ScoreChange, order};
use super::{Lineage, LineageStep, ScoreMove, Scored, StepsAsk, Wanted};
use crate::ask::sentence::summary;
use crate::ask::tally::{Side, Tally, Whole};
use crate::ask::{Asked, History};
use crate::rows::{
    Brief, CheckIn, CheckInLog, Closing, CycleRow, Error, KeyResultPlace, Latest, Rows, Said, TrailRow, all, row,
};
use crate::score::out;

/// Returns the history of the wanted score.
pub(super) fn lineage<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    whole: &Whole,
    wanted: Wanted,
    page: StepsAsk,
) -> Result<Lineage, Error> {
    let logs = Brief::under(asked.rows, &CycleRow::check_ins(whole.cycle.id.as_str()))?;
    let mut tally = Tally::now(whole);
    let score = score_of(&tally, wanted);
    for line in whole.trail.iter().rev() {
        tally.restore(line, Side::Before);
    }
    for at in 0..tally.key_results.len() {
        tally.change(at, |one| one.latest = Latest::default());
    }
    let mut walk = Walk {
        rows: asked.rows,
        whole,
        tally,
        wanted,
        page,
        is_on_page: false,
        steps: Vec::new(),
        bytes: 0,
        has_more: false,
    };
    walk.tally.use_formula(Policy::default().formula);

    let closings = all::<Closing>(asked.rows, &Closing::of_cycle(whole.cycle.id.as_str()))?.into_iter();
    let mut rules = Rules { in_force: Policy::default().formula, closed_under: None, closings };
    for (seq, change) in order(history, asked, whole, &logs)? {
        if walk.has_more {
            break;
        }
        walk.is_on_page = seq > page.after;
        match change {
            ScoreChange::Line(line) => walk.line(line, &mut rules)?,
            ScoreChange::Log(log) => walk.log(log)?,
            ScoreChange::Policy(event, formula) => {
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

struct Walk<'w, R: ?Sized> {
    rows: &'w R,
    whole: &'w Whole,
    tally: Tally,
    wanted: Wanted,
    page: StepsAsk,
    /// True if the current event is on the page or after it.
    is_on_page: bool,
    steps: Vec<LineageStep>,
    /// Size of `steps` in JSON.
    bytes: usize,
    has_more: bool,
}

/// The scores of a goal and of those above it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Figures {
    key_result: Option<Number>,
    objective: Option<Number>,
    cycle: Option<Number>,
}

impl<R: Rows + ?Sized> Walk<'_, R> {
    fn line(&mut self, line: &TrailRow, rules: &mut Rules) -> Result<(), Error> {
        let about =
            || (line.at.seq, line.event_id.clone(), line.kind, line.at.time, line.at.recorded_at, line.subject.clone());
        match line.kind.category() {
            Category::CycleState if line.kind == Kind::CycleClosed => {
                rules.closed_under = rules.closings.next().map(|closing| closing.under.formula);
                self.by(rules.formula(), about(), summary(line, None));
            }
            Category::CycleState if line.kind == Kind::CycleReopened => {
                rules.closed_under = None;
                self.by(rules.formula(), about(), summary(line, None));
            }
            Category::Draft
            | Category::Measure
            | Category::Adjustment
            | Category::Reassignment
            | Category::Retirement
            | Category::Grade => {
                let Some((key_result, objective)) = self.tally.about(line) else { return Ok(()) };
                let was = self.figures(key_result, objective);
                self.tally.restore(line, Side::After);
                let describe = |walk: &Self| {
                    let metric = key_result.map(|at| &walk.tally.key_results[at].agreed.metric);
                    Ok((about(), summary(line, metric)))
                };
                self.step(key_result, objective, was, describe)?;
            }
            Category::Policy
            | Category::Organisation
            | Category::CycleState
            | Category::CarryOver
            | Category::Proposal
            | Category::CheckIn
            | Category::Correction
            | Category::Retrospective
            | Category::BoardReport => {}
        }
        Ok(())
    }

    fn log(&mut self, log: &Brief) -> Result<(), Error> {
        let (objective_no, no) = log.goal;
        let place = KeyResultPlace { cycle: self.whole.cycle.id.clone(), objective_no, no };
        let Some(at) = self.tally.key_result(&place) else { return Ok(()) };
        let objective = self.tally.objective_of(at);
        let was = self.figures(Some(at), objective);
        let (kind, latest) = match &log.says {
            Some(says) => {
                let mut latest = std::mem::take(&mut self.tally.key_results[at].latest);
                latest.take(log.time, log.seq, says);
                (Kind::CheckInRecorded, latest)
            }
            // A correction may change which check-in is the last. Corrections are rare, so the whole log is read.
            None => {
                let lines: Vec<CheckInLog> = all(self.rows, &place.check_ins())?;
                let known = lines.into_iter().filter(|one| one.at.seq <= log.seq);
                let check_ins = CheckIn::told_by(known).into_values().next().unwrap_or_default();
                (Kind::CheckInCorrected, Latest::of(&check_ins))
            }
        };
        self.tally.change(at, |one| one.latest = latest);
        self.step(Some(at), objective, was, |walk| {
            let key = place.check_ins().seq(log.seq);
            let line: Option<CheckInLog> = row(walk.rows, &key)?;
            let line =
                line.ok_or_else(|| Error::Damaged(format!("event {} is missing from the check-in log", log.seq)))?;
            let subject = walk.tally.key_results[at].agreed.id.clone();
            let says = said(&line);
            Ok(((log.seq, line.event_id, kind, line.at.time, line.at.recorded_at, subject), says))
        })
    }

    /// Switches to a formula and records the scores it moves.
    fn by(&mut self, formula: Formula, about: About, says: String) {
        let cycle = self.tally.cycle().score.map(out);
        let objectives: Vec<Option<Number>> = self.tally.objectives.iter().map(|one| one.pair.score.map(out)).collect();
        let key_results: Vec<Option<Number>> =
            self.tally.key_results.iter().map(|one| one.pair.score.map(out)).collect();
        if !self.tally.use_formula(formula) {
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

    /// Records a step if it moved a wanted score.
    fn step(
        &mut self,
        key_result: Option<usize>,
        objective: usize,
        was: Figures,
        describe: impl FnOnce(&Self) -> Result<(About, String), Error>,
    ) -> Result<(), Error> {
        let is_wanted = match self.wanted {
            Wanted::Cycle => true,
            Wanted::Objective(wanted) => objective == wanted,
            Wanted::KeyResult(wanted) => key_result == Some(wanted),
        };
        if !is_wanted || !self.is_on_page || self.figures(key_result, objective) == was {
            return Ok(());
        }
        let mut moves = Vec::with_capacity(3);
        moves.extend(key_result.and_then(|at| self.of_key_result(at, was.key_result)));
        moves.extend(self.of_objective(objective, was.objective));
        moves.extend(self.of_cycle(was.cycle));
        let (about, says) = describe(self)?;
        self.note(about, says, moves);
        Ok(())
    }

    fn note(&mut self, about: About, summary: String, moves: Vec<ScoreMove>) {
        let (seq, event_id, kind, time, recorded_at, subject) = about;
        if moves.is_empty() || !self.is_on_page {
            return;
        }
        let step = LineageStep { seq, event_id, kind, time, recorded_at, subject, summary, moves };
        self.bytes = self.bytes.saturating_add(self.length(&step));
        let is_too_long = self.bytes > self.page.bytes_max && !self.steps.is_empty();
        self.has_more = is_too_long || self.steps.len() >= self.page.limit;
        if !self.has_more {
            self.steps.push(step);
        }
    }

    /// Returns the size of a step in JSON bytes, or 0 if pages are not limited by size.
    fn length(&self, step: &LineageStep) -> usize {
        if self.page.bytes_max == usize::MAX {
            return 0;
        }
        // Steps always serialize; if one did not, it would end the page.
        serde_json::to_vec(step).map_or(usize::MAX, |json| json.len().saturating_add(1))
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

    fn end(self, asked: &Asked<'_, R>, score: Option<Decimal>) -> Lineage {
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

/// Returns the wanted score from a tally.
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

/// Describes the part of a check-in that moves scores.
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
