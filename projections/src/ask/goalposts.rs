//! Goalposts: all changes after the start of a cycle, with their distance, timing, reason and effect.
//!
//! Every change that altered a goal after the start is a move. Its lift is its effect on the cycle's computed score on
//! top of the moves before it, at the values known now. The lifts of all moves add up to the final wording minus the
//! original one, the two ends of the ladder. Goals are ranked by lift, never people.

mod moved;
mod scope;

use std::collections::BTreeMap;

use events::{Category, Cause, Kind, Level, Moment, Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::direction::{Direction, of_line, share};
use super::ladder::{self, Moved, Rungs, Walked};
use super::sentence::summary;
use super::tally::Whole;
use super::{AsOf, Asked};
use crate::calendar::{days_left, elapsed};
use crate::rows::{Error, Rows, Stamp};
use crate::score::{PLACES, out};

pub use moved::Moves;
pub use scope::{Appeared, Replacement, Scope, ScopeCount, Vanished};

/// Changes of goals in a cycle after its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goalposts {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle's id.
    pub cycle: SubjectId,
    /// The cycle's title.
    pub title: Text,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// When the cycle was started; null before.
    pub started: Option<Stamp>,
    /// The cycle's score on each rung of the ladder.
    pub ladder: Rungs,
    /// The effect of all moves: final wording minus original.
    pub lift: Option<Number>,
    /// Totals of all moves.
    pub total: Moves,
    /// Totals by objective, including its key results, greatest lift first; only objectives with moves.
    pub by_objective: Vec<ObjectiveMoves>,
    /// Totals by the objective's current team, greatest lift first.
    pub by_team: Vec<TeamMoves>,
    /// Totals by level.
    pub by_level: Vec<LevelMoves>,
    /// Totals by cause; drafts have no cause and come last.
    pub by_cause: Vec<CauseMoves>,
    /// The moves, in order of recording.
    pub moves: Vec<Move>,
    /// The goals set at the start compared with the goals scored.
    pub scope: Scope,
}

/// The moves of one objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveMoves {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The team it belongs to now.
    pub team: Option<SubjectId>,
    /// The objective's level.
    pub level: Level,
    /// The objective's score on each rung of the ladder.
    pub ladder: Rungs,
    /// Totals of its moves.
    pub moved: Moves,
}

/// The moves of a team's objectives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMoves {
    /// The team's id; null for objectives without a team.
    pub team: Option<SubjectId>,
    /// Totals of these moves.
    pub moved: Moves,
}

/// The moves of the objectives of one level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelMoves {
    /// The level shared by the objectives.
    pub level: Level,
    /// Totals of these moves.
    pub moved: Moves,
}

/// The moves with one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseMoves {
    /// The cause; null for events that require none.
    pub cause: Option<Cause>,
    /// Totals of these moves.
    pub moved: Moves,
}

/// One change of a goal after the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The event's sequence number.
    pub seq: u64,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When it happened, as stated by its author.
    pub time: Moment,
    /// The id of the goal that was changed.
    pub subject: SubjectId,
    /// The goal's ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The goal's objective; its own id for an objective.
    pub objective: SubjectId,
    /// The change in one line.
    pub summary: String,
    /// The direction; null for retirements, drafts and pure rewordings.
    pub direction: Option<Direction>,
    /// The distance as a share of the first span from baseline to target: positive is easier, negative harder.
    pub share: Option<Number>,
    /// The cause given in the justification.
    pub cause: Option<Cause>,
    /// Days left in the cycle.
    pub days_left: i64,
    /// Elapsed share of the cycle, 0 to 1.
    pub elapsed: Number,
    /// The effect on the cycle's computed score.
    pub lift: Option<Number>,
}

/// Returns the changes of goals in a cycle after its start; `None` if there is no such cycle.
pub fn goalposts<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str) -> Result<Option<Goalposts>, Error> {
    let Some(whole) = Whole::of(asked, cycle_id)? else { return Ok(None) };
    let walked = ladder::walk(asked, &whole)?;
    let moves: Vec<(usize, Move)> = walked
        .moves
        .iter()
        .filter(|moved| is_move(moved))
        .map(|moved| (moved.objective, to_move(&whole, &walked, moved)))
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

/// Returns true if a change counts as a move: changes of owner and grade do not.
fn is_move(moved: &Moved<'_>) -> bool {
    match moved.line.kind.category() {
        Category::Draft | Category::Retirement => true,
        Category::Adjustment | Category::Measure => !moved.line.changes.is_empty(),
        Category::Policy
        | Category::Organisation
        | Category::CycleState
        | Category::Reassignment
        | Category::Grade
        | Category::CarryOver
        | Category::Proposal
        | Category::CheckIn
        | Category::Correction
        | Category::Retrospective
        | Category::BoardReport => false,
    }
}

fn to_move(whole: &Whole, walked: &Walked<'_>, moved: &Moved<'_>) -> Move {
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

/// Greatest lift first; ties keep their order.
fn ranked<T>(mut groups: Vec<T>, moved: impl Fn(&T) -> &Moves) -> Vec<T> {
    groups.sort_by_key(|group| std::cmp::Reverse(moved(group).lift));
    groups
}

#[cfg(test)]
mod tests;
