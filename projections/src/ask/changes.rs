//! Differences between two moments, with the events that caused them.

mod fields;
mod sentences;

use events::{Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::feed::{bytes_of, happenings};
use super::{AsOf, Asked, Board, BoardAsk, BoardKeyResult, BoardObjective, History, board};
use crate::rows::{Error, FieldChange, JsonText, Rows};

/// Differences between two moments of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle's id.
    pub cycle: SubjectId,
    /// The earlier moment.
    pub from: AsOf,
    /// The later moment.
    pub to: AsOf,
    /// The board's own figures that differ; all of them if the cycle was unknown at the earlier moment.
    pub board: Vec<FieldChange>,
    /// Objectives that differ, themselves or in their key results, ordered by ref.
    pub objectives: Vec<ObjectiveChange>,
    /// Events of the cycle after `from` and up to `to`, as recorded.
    pub events: Vec<JsonText>,
    /// The differences as sentences: first the cycle, then its goals ordered by ref.
    pub says: Vec<String>,
}

/// The kind of difference in a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalChange {
    /// The goal did not exist at the earlier moment.
    Appeared,
    /// The goal was active at the earlier moment and is retired at the later one.
    Retired,
    /// Some of the goal's fields differ.
    Changed,
    /// Only key results of the objective differ.
    Unchanged,
}

/// Differences in an objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveChange {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title at the later moment.
    pub title: Text,
    /// The kind of difference.
    pub change: GoalChange,
    /// Fields of the board that differ; for a new objective, all fields with a value.
    pub changes: Vec<FieldChange>,
    /// Key results that differ, ordered by ref.
    pub key_results: Vec<KeyResultChange>,
}

/// Differences in a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyResultChange {
    /// Client-chosen id of the key result, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title at the later moment.
    pub title: Text,
    /// The kind of difference.
    pub change: GoalChange,
    /// Fields of the board that differ; for a new key result, all fields with a value.
    pub changes: Vec<FieldChange>,
}

/// Returns the differences between `from`, the earlier moment, and `to`; `None` if there is no such cycle at the later
/// one.
pub fn changes<A: Rows + ?Sized, B: Rows + ?Sized>(
    from: &Asked<'_, A>,
    to: &Asked<'_, B>,
    history: &impl History,
    cycle_id: &str,
) -> Result<Option<Changes>, Error> {
    let whole = BoardAsk::default();
    let Some(after) = board(to, cycle_id, &whole)? else { return Ok(None) };
    let before = board(from, cycle_id, &whole)?;
    let mut events = Vec::new();
    for happening in happenings(to, cycle_id)?.iter().filter(|happening| happening.seq > from.as_of.seq) {
        events.push(JsonText::written(bytes_of(history, happening.seq)?)?);
    }
    let (board, objectives) = differing(before.as_ref(), &after);
    Ok(Some(Changes {
        ledger: to.ledger.to_owned(),
        cycle: after.cycle.id.clone(),
        from: from.as_of,
        to: to.as_of,
        says: sentences::of(&after, &board, &objectives),
        board,
        objectives,
        events,
    }))
}

/// Compares two boards; returns the differences of the board itself and of its goals.
pub(super) fn differing(before: Option<&Board>, after: &Board) -> (Vec<FieldChange>, Vec<ObjectiveChange>) {
    (fields::differing(before, after), objectives(before, after))
}

fn objectives(before: Option<&Board>, after: &Board) -> Vec<ObjectiveChange> {
    let known = before.map(|board| board.objectives.as_slice()).unwrap_or_default();
    let changed = after.objectives.iter().filter_map(|is| {
        // Both lists are ordered by ref, and refs are never reused.
        let was = known.binary_search_by_key(&is.given, |was| was.given).ok().and_then(|n| known.get(n));
        if was == Some(is) { None } else { objective(was, is) }
    });
    changed.collect()
}

fn objective(was: Option<&BoardObjective>, is: &BoardObjective) -> Option<ObjectiveChange> {
    let known = was.map(|was| was.key_results.as_slice()).unwrap_or_default();
    let key_results: Vec<KeyResultChange> = is
        .key_results
        .iter()
        .filter_map(|is| {
            let was = known.binary_search_by_key(&is.given, |was| was.given).ok().and_then(|n| known.get(n));
            if was == Some(is) { None } else { Some(key_result(was, is)) }
        })
        .collect();
    let changes = fields::differing(was, is);
    let change = became(was.map(|was| was.state.stands()), is.state.stands(), &changes);
    let (id, given, title) = (is.id.clone(), is.given, is.title.clone());
    (change != GoalChange::Unchanged || !key_results.is_empty()).then_some(ObjectiveChange {
        id,
        given,
        title,
        change,
        changes,
        key_results,
    })
}

fn key_result(was: Option<&BoardKeyResult>, is: &BoardKeyResult) -> KeyResultChange {
    let changes = fields::differing(was, is);
    let change = became(was.map(|was| was.state.stands()), is.state.stands(), &changes);
    KeyResultChange { id: is.id.clone(), given: is.given, title: is.title.clone(), change, changes }
}

fn became(stood: Option<bool>, stands: bool, changes: &[FieldChange]) -> GoalChange {
    match stood {
        None => GoalChange::Appeared,
        Some(true) if !stands => GoalChange::Retired,
        Some(_) if changes.is_empty() => GoalChange::Unchanged,
        Some(_) => GoalChange::Changed,
    }
}

#[cfg(test)]
mod tests;
