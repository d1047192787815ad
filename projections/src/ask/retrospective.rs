//! The retrospective: a cycle's story, for the people who were in it to talk about.
//!
//! ```text
//! timeline, confidence   how it went, week by week          grades       what came of it, and what the method does then
//! turns                  where it turned, and around what   learnt       what was said in retrospectives so far
//! adjustments, blockers  what was changed, what stood in the way         carry over   what may go on in another cycle
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

/// Sentences of one kind that are told of a week.
const OF_A_KIND_MAX: i64 = 5;

/// A cycle's story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retrospective {
    /// The ledger's slug.
    pub ledger: String,
    /// What was known.
    pub as_of: AsOf,
    /// The cycle.
    pub cycle: BoardCycle,
    /// Its score.
    pub score: Option<Number>,
    /// Its computed score.
    pub computed_score: Option<Number>,
    /// The band its score belongs to.
    pub grade: Option<Text>,
    /// Its confidence, as last stated.
    pub confidence: Option<Number>,
    /// How many there are of what.
    pub counts: Counts,
    /// It in a few sentences.
    pub says: Vec<String>,
    /// How it went: its planning, its weeks, and what came after; null for a cycle of more weeks than are told.
    pub timeline: Option<Vec<RetrospectiveWeek>>,
    /// How sure people were: the cycle's line, with its goals'.
    pub weekly_confidence: ConfidenceLine,
    /// Where it turned: the widest changes from one week to the next, the widest first.
    pub turns: Vec<Turn>,
    /// What was adjusted in mid-cycle, with the reasons.
    pub adjustments: Vec<TrailItem>,
    /// What was in the way, what stood longest first.
    pub blockers: Vec<BlockerStood>,
    /// What came of each goal, against what was expected; objectives, each followed by its key results.
    pub grades: Vec<GoalGrade>,
    /// What was learnt so far.
    pub learnt: Vec<Learnt>,
    /// What goes on in another cycle, or came from one.
    pub carried_over: Vec<Carried>,
    /// What was missed, stands, and does not go on anywhere yet.
    pub to_carry_over: Vec<ToCarryOver>,
}

/// A week of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetrospectiveWeek {
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// The cycle's score at its end.
    pub score: Option<Number>,
    /// The cycle's computed score at its end.
    pub computed_score: Option<Number>,
    /// The cycle's confidence at its end.
    pub confidence: Option<Number>,
    /// What happened in it.
    pub says: Vec<Saying>,
    /// What that moved, of the cycle and of its objectives.
    pub moved: Vec<String>,
}

/// A retrospective that was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learnt {
    /// The cycle or the objective it looks back on.
    pub subject: SubjectId,
    /// Its title.
    pub title: Text,
    /// What was said.
    pub said: RetrospectiveStands,
}

/// A cycle's story; `None` where there is no such cycle.
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
    // The check-ins are most of it, too many to be held whole: they are read once, an objective's at a time.
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

/// Of a kind that there is much of in one week only the number is told: planning is not a story, nor is grading.
fn gathered(says: Vec<Saying>) -> Vec<Saying> {
    let mut many: BTreeMap<Kind, i64> = BTreeMap::new();
    says.iter().for_each(|saying| *many.entry(saying.kind).or_default() += 1);
    many.retain(|_, n| *n > OF_A_KIND_MAX);
    let mut told: Vec<Saying> = Vec::new();
    for saying in says {
        match many.remove(&saying.kind) {
            Some(n) => {
                let what = words::words(saying.kind.as_str().trim_start_matches("okr.")).replace('.', " ");
                told.push(Saying { seq: None, objective: None, says: format!("{n} × {what}."), kind: saying.kind });
            }
            None if told
                .iter()
                .any(|one| one.kind == saying.kind && one.says.starts_with(|c: char| c.is_ascii_digit())) => {}
            None => told.push(saying),
        }
    }
    told
}

fn in_short(shown: &Board, grades: &[GoalGrade], adjustments: &[TrailItem], blockers: &[BlockerStood]) -> Vec<String> {
    let count = |n: usize, what: &str| words::count(i64::try_from(n).unwrap_or(i64::MAX), what);
    let score =
        shown.score.map_or_else(|| "no score yet".to_owned(), |score| format!("a score of {}", words::score_of(score)));
    let grade = shown.grade.as_ref().map(|grade| format!(" ({})", words::words(grade.as_str()))).unwrap_or_default();
    let computed = match shown.computed_score {
        Some(computed) if shown.computed_score != shown.score => {
            format!("; computed, it is {}", words::score_of(computed))
        }
        _ => String::new(),
    };
    let of = |grading: Grading| {
        grades.iter().filter(|one| one.given.kind == events::RefKind::Objective && one.grading == grading).count()
    };
    let mut says = vec![format!("“{}” came to {score}{grade}{computed}.", shown.cycle.title)];
    let objectives = count(of(Grading::Reached) + of(Grading::Missed), "objective");
    if of(Grading::Reached) + of(Grading::Missed) > 0 {
        says.push(format!("Of {objectives}, {} reached what was expected.", of(Grading::Reached)));
    }
    let standing = blockers.iter().filter(|one| one.to.is_none()).count();
    says.push(format!(
        "{} in mid-cycle; {} stood in the way, {standing} of them to the end.",
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
