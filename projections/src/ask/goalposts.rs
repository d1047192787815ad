//! Goalposts: all that was moved after a cycle's start, how far, how late, why, and what it brought.
//!
//! Every change that altered a goal after the start is a move. Its lift is what it did to the cycle's computed score on top of
//! the moves before it, at the values known now: the lifts of all moves add up to the final wording less the original one, the
//! two ends of the ladder. Goals are ranked by it, never people.

mod moved;
mod scope;

use std::collections::BTreeMap;

use events::{Cause, Kind, Level, Moment, Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::direction::{Direction, of_line, share};
use super::ladder::{self, Moved, Rungs, Walked};
use super::sentence::summary;
use super::tally::{Whole, changes_wording};
use super::{AsOf, Asked};
use crate::calendar::{days_left, elapsed};
use crate::rows::{Error, Rows, Stamp};
use crate::score::{PLACES, out};

pub use moved::Moves;
pub use scope::{Appeared, Replacement, Scope, ScopeCount, Vanished};

/// What was moved in a cycle after its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goalposts {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle's id.
    pub cycle: SubjectId,
    /// Its title.
    pub title: Text,
    /// What was known.
    pub as_of: AsOf,
    /// When the cycle was started; null before.
    pub started: Option<Stamp>,
    /// The cycle's score, judged four ways.
    pub ladder: Rungs,
    /// What moving the goalposts brought: the final wording less the original one.
    pub lift: Option<Number>,
    /// All moves.
    pub total: Moves,
    /// By objective, with key results, the greatest lift first; only those with moves.
    pub by_objective: Vec<ObjectiveMoves>,
    /// By the team an objective belongs to now, the greatest lift first.
    pub by_team: Vec<TeamMoves>,
    /// By level.
    pub by_level: Vec<LevelMoves>,
    /// By cause; drafts have none and come last.
    pub by_cause: Vec<CauseMoves>,
    /// The moves, in the order in which the ledger learnt them.
    pub moves: Vec<Move>,
    /// What was set at the start against what is scored.
    pub scope: Scope,
}

/// The moves of one objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveMoves {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// The team it belongs to.
    pub team: Option<SubjectId>,
    /// Whose it is.
    pub level: Level,
    /// Its own score, judged four ways.
    pub ladder: Rungs,
    /// What was moved.
    pub moved: Moves,
}

/// The moves of a team's objectives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMoves {
    /// The team; null for objectives of none.
    pub team: Option<SubjectId>,
    /// What was moved.
    pub moved: Moves,
}

/// The moves of one level's objectives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelMoves {
    /// The level.
    pub level: Level,
    /// What was moved.
    pub moved: Moves,
}

/// The moves for one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseMoves {
    /// The cause; null where none is asked for.
    pub cause: Option<Cause>,
    /// What was moved.
    pub moved: Moves,
}

/// One move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The event's number.
    pub seq: u64,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When it happened.
    pub time: Moment,
    /// The goal it moved.
    pub subject: SubjectId,
    /// The goal's ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its objective.
    pub objective: SubjectId,
    /// What was done, in one line.
    pub summary: String,
    /// Which way it was moved; null for a retirement, a draft, and what only words it anew.
    pub direction: Option<Direction>,
    /// How far, in shares of the way first agreed from baseline to target: more than 0 is easier, less is harder.
    pub share: Option<Number>,
    /// Why.
    pub cause: Option<Cause>,
    /// Days of the cycle that were left.
    pub days_left: i64,
    /// The share of the cycle gone, 0 to 1.
    pub elapsed: Number,
    /// What it did to the cycle's computed score.
    pub lift: Option<Number>,
}

/// What was moved in a cycle after its start; `None` where there is no such cycle.
pub fn goalposts<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str) -> Result<Option<Goalposts>, Error> {
    let Some(whole) = Whole::of(asked, cycle_id)? else { return Ok(None) };
    let walked = ladder::walk(asked, &whole)?;
    let moves: Vec<(usize, Move)> = walked
        .moves
        .iter()
        .filter(|moved| is_move(moved))
        .map(|moved| (moved.objective, told(&whole, &walked, moved)))
        .collect();
    Ok(Some(Goalposts {
        ledger: asked.ledger.to_owned(),
        cycle: whole.cycle.id.clone(),
        title: whole.cycle.title.clone(),
        as_of: asked.as_of,
        started: whole.cycle.started,
        ladder: walked.cycle,
        lift: walked.cycle.lift(),
        total: Moves::of(moves.iter().map(|(_, one)| one)),
        by_objective: by_objective(&whole, &walked, &moves),
        by_team: ranked(
            grouped(&moves, |at, _| whole.objectives[at].team.clone())
                .into_iter()
                .map(|(team, moved)| TeamMoves { team, moved })
                .collect(),
            |one| &one.moved,
        ),
        by_level: grouped(&moves, |at, _| whole.objectives[at].level)
            .into_iter()
            .map(|(level, moved)| LevelMoves { level, moved })
            .collect(),
        by_cause: {
            let mut by_cause: Vec<CauseMoves> = grouped(&moves, |_, one| one.cause)
                .into_iter()
                .map(|(cause, moved)| CauseMoves { cause, moved })
                .collect();
            by_cause.sort_by_key(|one| one.cause.is_none());
            by_cause
        },
        scope: scope::of(&whole, &walked),
        moves: moves.into_iter().map(|(_, one)| one).collect(),
    }))
}

/// Whether a change of a goal moves its posts: all but who answers for it and what grade it has.
fn is_move(moved: &Moved<'_>) -> bool {
    match moved.line.kind {
        Kind::KeyResultReassigned | Kind::KeyResultScored | Kind::ObjectiveScored => false,
        Kind::ObjectiveAmended => !moved.line.changes.is_empty(),
        Kind::KeyResultDrafted | Kind::ObjectiveDrafted | Kind::KeyResultRetired | Kind::ObjectiveRetired => true,
        _ => changes_wording(moved.line),
    }
}

fn told(whole: &Whole, walked: &Walked<'_>, moved: &Moved<'_>) -> Move {
    let line = moved.line;
    let objective = &whole.objectives[moved.objective];
    let span = moved.key_result.and_then(|at| walked.key_results[at].span);
    Move {
        seq: line.at.seq,
        kind: line.kind,
        time: line.at.time,
        subject: line.subject.clone(),
        given: line.key_result.as_ref().map_or_else(|| objective.given(), |place| Ref::key_result(place.no)),
        objective: objective.id.clone(),
        summary: summary(line, moved.metric.as_ref()),
        direction: of_line(line, moved.metric.as_ref()),
        share: share(line, moved.metric.as_ref(), span).map(out),
        cause: line.justification.as_ref().map(|why| why.cause),
        days_left: days_left(&whole.cycle, line.at.time),
        elapsed: elapsed(&whole.cycle, line.at.time).rounded(PLACES),
        lift: moved.lift,
    }
}

fn by_objective(whole: &Whole, walked: &Walked<'_>, moves: &[(usize, Move)]) -> Vec<ObjectiveMoves> {
    let of = |(at, moved): (usize, Moves)| {
        let row = &whole.objectives[at];
        ObjectiveMoves {
            id: row.id.clone(),
            given: row.given(),
            title: row.title.clone(),
            team: row.team.clone(),
            level: row.level,
            ladder: walked.objectives[at],
            moved,
        }
    };
    ranked(grouped(moves, |at, _| at).into_iter().map(of).collect(), |one| &one.moved)
}

fn grouped<K: Ord>(moves: &[(usize, Move)], key: impl Fn(usize, &Move) -> K) -> BTreeMap<K, Moves> {
    let mut groups: BTreeMap<K, Vec<&Move>> = BTreeMap::new();
    for (at, one) in moves {
        groups.entry(key(*at, one)).or_default().push(one);
    }
    groups.into_iter().map(|(key, own)| (key, Moves::of(own.into_iter()))).collect()
}

/// The greatest lift first; of two the same, in the order in which they came.
fn ranked<T>(mut groups: Vec<T>, moved: impl Fn(&T) -> &Moves) -> Vec<T> {
    groups.sort_by_key(|group| std::cmp::Reverse(moved(group).lift));
    groups
}

#[cfg(test)]
mod tests;
