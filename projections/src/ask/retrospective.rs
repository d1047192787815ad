//! The retrospective: the story of a cycle, as a basis for discussion.
//!
//! ```text
//! timeline, confidence   the course of the cycle, week by week   grades       outcomes, and the method's response
//! turns                  turning points and events around them   learnt       retrospectives recorded so far
//! adjustments, blockers  changes and obstacles                   carry over   objectives for another cycle
//! ```

mod blockers;
mod carry_over;
mod grades;
mod turning_points;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use events::{Kind, Number, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::audit::adjustments_of_cycle;
use super::confidence::{ConfidenceLine, Lines};
use super::figures::{Scoring, own};
use super::replay::{Saying, weeks};
use super::resolve::find_cycle;
use super::stands::retrospectives;
use super::{
    AsOf, Asked, Board, BoardAsk, BoardCycle, Counts, Frame, History, RetrospectiveStands, TrailItem, board, words,
};
use crate::calendar::day_of;
use crate::rows::{Brief, CheckIn, CheckInLog, CycleRow, Error, KeyResult, ObjectiveRow, Rows, all, policy_of};

use blockers::Blockers;

pub use blockers::BlockerStood;
pub use carry_over::{Carried, ToCarryOver};
pub use grades::{GoalGrade, Grading};
pub use turning_points::Turn;

/// Number of sentences of one event type in a week above which only their count is given.
const OF_A_KIND_MAX: i64 = 5;

/// The story of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retrospective {
    /// The ledger's slug.
    pub ledger: String,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The cycle's dates and state.
    pub cycle: BoardCycle,
    /// Final score of the cycle, 0 to 1.
    pub score: Option<Number>,
    /// Computed score of the cycle, 0 to 1.
    pub computed_score: Option<Number>,
    /// The policy's band for the score.
    pub grade: Option<Text>,
    /// Confidence of the cycle from the last statements, 0 to 10.
    pub confidence: Option<Number>,
    /// Numbers of goals: active ones by status, and stale, adjusted and retired ones.
    pub counts: Counts,
    /// The story in a few sentences.
    pub says: Vec<String>,
    /// Planning, weeks, and the time after the end; null if there are more weeks than
    /// [`FRAMES_MAX`](super::FRAMES_MAX).
    pub timeline: Option<Vec<RetrospectiveWeek>>,
    /// Weekly confidence of the cycle and its goals.
    pub weekly_confidence: ConfidenceLine,
    /// Turning points: the widest changes from one week to the next, widest first.
    pub turns: Vec<Turn>,
    /// Changes of goals in mid-cycle, with their reasons.
    pub adjustments: Vec<TrailItem>,
    /// Blockers, longest first.
    pub blockers: Vec<BlockerStood>,
    /// Outcomes compared with expectations: each objective followed by its key results.
    pub grades: Vec<GoalGrade>,
    /// Retrospectives recorded so far.
    pub learnt: Vec<Learnt>,
    /// Objectives carried over to or from another cycle.
    pub carried_over: Vec<Carried>,
    /// Active objectives that were missed and not carried over yet.
    pub to_carry_over: Vec<ToCarryOver>,
}

/// A week of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetrospectiveWeek {
    /// The first day of the week.
    pub from: NaiveDate,
    /// The last day of the week, inclusive.
    pub to: NaiveDate,
    /// The cycle's score at the end of the week.
    pub score: Option<Number>,
    /// The cycle's computed score at the end of the week.
    pub computed_score: Option<Number>,
    /// The cycle's confidence at the end of the week.
    pub confidence: Option<Number>,
    /// Events of the week as sentences.
    pub says: Vec<Saying>,
    /// Changes in the cycle and its objectives, as sentences.
    pub moved: Vec<String>,
}

/// A retrospective of the cycle or one of its objectives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learnt {
    /// The id of the cycle or objective.
    pub subject: SubjectId,
    /// The title of the cycle or objective.
    pub title: Text,
    /// The retrospective as recorded.
    pub said: RetrospectiveStands,
}

/// Returns the story of a cycle; `None` if there is no such cycle.
pub fn retrospective<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle_id: &str,
) -> Result<Option<Retrospective>, Error> {
    let Some(row) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let Some(shown) = board(asked, cycle_id, &BoardAsk::default())? else { return Ok(None) };
    let Some(adjustments) = adjustments_of_cycle(asked, cycle_id)? else { return Ok(None) };
    let policy = policy_of(asked.rows, &row)?;
    let scoring = Scoring::of(&row, &policy, None, asked.at);
    let key_results = KeyResult::under(asked.rows, &CycleRow::key_results(cycle_id))?;
    let objectives: Vec<ObjectiveRow> = all(asked.rows, &CycleRow::objectives(cycle_id))?;
    // Check-ins are the bulk and do not fit in memory together, so they are read once, one objective at a time.
    let mut briefs: Vec<Brief> = Vec::new();
    let mut lines = Lines::of(asked.at, &row);
    let mut blockers = Blockers::of(&row, asked.at);
    for objective in &objectives {
        let logs: Vec<CheckInLog> = all(asked.rows, &objective.place().check_ins())?;
        briefs.extend(logs.iter().map(Brief::of));
        let (own, check_ins) = (own(&key_results, objective), CheckIn::told_by(logs));
        lines.objective(objective, own, &check_ins);
        blockers.objective(own, &check_ins);
    }
    briefs.sort_unstable_by_key(|brief| brief.seq);
    let blockers = blockers.all();
    let frames = weeks(history, asked, &row, briefs)?;
    let grades = grades::of(&shown, &row, scoring.policy(), &objectives, asked.at);
    let turns = turning_points::of(asked.rows, frames.as_deref().unwrap_or_default(), &objectives, &key_results, &row)?;
    let timeline = frames.map(|frames| frames.into_iter().map(|frame| week(frame, &row)).collect());
    Ok(Some(Retrospective {
        ledger: asked.ledger.to_owned(),
        as_of: asked.as_of,
        score: shown.score,
        computed_score: shown.computed_score,
        grade: shown.grade.clone(),
        confidence: shown.confidence,
        counts: shown.counts,
        says: in_short(&shown, &grades, &adjustments, &blockers),
        timeline,
        weekly_confidence: lines.cycle(),
        turns,
        adjustments,
        blockers,
        learnt: learnt(asked.rows, &row, &shown)?,
        carried_over: shown.objectives.iter().filter_map(carry_over::carried).collect(),
        to_carry_over: carry_over::undecided(&shown, &grades),
        grades,
        cycle: shown.cycle,
    }))
}

fn week(frame: Frame, cycle: &CycleRow) -> RetrospectiveWeek {
    RetrospectiveWeek {
        from: day_of(frame.from, cycle.time_zone),
        to: day_of(frame.to, cycle.time_zone),
        score: frame.board.score,
        computed_score: frame.board.computed_score,
        confidence: frame.board.confidence,
        says: gathered(frame.says),
        moved: frame.moved.into_iter().map(|moved| moved.says).collect(),
    }
}

/// Replaces more than [`OF_A_KIND_MAX`] sentences of one type by their count, so that planning and grading do not fill
/// a week.
fn gathered(says: Vec<Saying>) -> Vec<Saying> {
    let mut many: BTreeMap<Kind, i64> = BTreeMap::new();
    says.iter().for_each(|saying| *many.entry(saying.kind).or_default() += 1);
    many.retain(|_, n| *n > OF_A_KIND_MAX);
    let mut kept: Vec<Saying> = Vec::new();
    for saying in says {
        match many.remove(&saying.kind) {
            Some(n) => {
                let what = words::words(saying.kind.as_str().trim_start_matches("okr.")).replace('.', " ");
                kept.push(Saying { seq: None, objective: None, says: format!("{n} × {what}."), kind: saying.kind });
            }
            None if kept
                .iter()
                .any(|one| one.kind == saying.kind && one.says.starts_with(|c: char| c.is_ascii_digit())) => {}
            None => kept.push(saying),
        }
    }
    kept
}

fn in_short(shown: &Board, grades: &[GoalGrade], adjustments: &[TrailItem], blockers: &[BlockerStood]) -> Vec<String> {
    let count = |n: usize, what: &str| words::count(i64::try_from(n).unwrap_or(i64::MAX), what);
    let score =
        shown.score.map_or_else(|| "no score yet".to_owned(), |score| format!("score {}", words::score_of(score)));
    let grade = shown.grade.as_ref().map(|grade| format!(" ({})", words::words(grade.as_str()))).unwrap_or_default();
    let computed = match shown.computed_score {
        Some(computed) if shown.computed_score != shown.score => {
            format!(", computed {}", words::score_of(computed))
        }
        _ => String::new(),
    };
    let of = |grading: Grading| {
        grades.iter().filter(|one| one.given.kind == events::RefKind::Objective && one.grading == grading).count()
    };
    let mut says = vec![format!("“{}”: {score}{grade}{computed}.", shown.cycle.title)];
    let objectives = count(of(Grading::Reached) + of(Grading::Missed), "objective");
    if of(Grading::Reached) + of(Grading::Missed) > 0 {
        says.push(format!("Of {objectives}, {} reached the expected score.", of(Grading::Reached)));
    }
    let standing = blockers.iter().filter(|one| one.to.is_none()).count();
    says.push(format!(
        "{} in mid-cycle; {}, {standing} of them unresolved.",
        count(adjustments.len(), "adjustment"),
        count(blockers.len(), "blocker")
    ));
    says
}

fn learnt(rows: &(impl Rows + ?Sized), cycle: &CycleRow, shown: &Board) -> Result<Vec<Learnt>, Error> {
    let subjects = shown.objectives.iter().map(|objective| (&objective.id, &objective.title));
    let mut found = Vec::new();
    for (subject, title) in std::iter::once((&cycle.id, &cycle.title)).chain(subjects) {
        for said in retrospectives(rows, subject.as_str())? {
            found.push(Learnt { subject: subject.clone(), title: title.clone(), said });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
