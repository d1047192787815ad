//! Changes of scores and confidences over a period.

use events::{Number, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::Depth;
use crate::ask::confidence::LineKind;
use crate::ask::{Board, BoardKeyResult, BoardObjective, words};
use crate::rows::{FieldChange, JsonText};

/// Changes in a cycle, an objective or a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The kind of subject.
    pub kind: LineKind,
    /// Client-chosen id of the subject, unique in the ledger.
    pub id: SubjectId,
    /// The subject's ref; null for a cycle.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// The title at the end of the period.
    pub title: Text,
    /// Scores and confidence that differ, by their fields on the board.
    pub changes: Vec<FieldChange>,
    /// The changes as a sentence.
    pub says: String,
}

/// Returns the changes from one board to the next; without an earlier board, every figure counts as changed.
pub(super) fn between(before: Option<&Board>, after: &Board, depth: Depth) -> Vec<Moved> {
    let mut found = Vec::new();
    let figures = |board: &Board| [board.score, board.computed_score, board.confidence];
    let names = ["score", "computed_score", "confidence"];
    let changes = differing(names, before.map(figures), figures(after));
    found.extend(moved(LineKind::Cycle, &after.cycle.id, None, &after.cycle.title, changes));
    let known = before.map(|board| board.objectives.as_slice()).unwrap_or_default();
    for objective in &after.objectives {
        // Both lists are ordered by ref, and refs are never reused.
        let was = known.binary_search_by_key(&objective.given, |was| was.given).ok().and_then(|n| known.get(n));
        let figures = |one: &BoardObjective| [one.score, one.computed_score, one.confidence];
        let changes = differing(names, was.map(figures), figures(objective));
        found.extend(moved(LineKind::Objective, &objective.id, Some(objective.given), &objective.title, changes));
        if depth == Depth::Objectives {
            continue;
        }
        let known = was.map(|was| was.key_results.as_slice()).unwrap_or_default();
        for one in &objective.key_results {
            let was = known.binary_search_by_key(&one.given, |was| was.given).ok().and_then(|n| known.get(n));
            let figures = |one: &BoardKeyResult| [one.score.last, one.score.computed, one.confidence];
            let names = ["score.final", "score.computed", "confidence"];
            let changes = differing(names, was.map(figures), figures(one));
            found.extend(moved(LineKind::KeyResult, &one.id, Some(one.given), &one.title, changes));
        }
    }
    found
}

fn differing(names: [&str; 3], before: Option<[Option<Number>; 3]>, after: [Option<Number>; 3]) -> Vec<FieldChange> {
    let pairs = names.into_iter().zip(before.unwrap_or_default()).zip(after).filter(|((_, from), to)| from != to);
    let change = |((field, from), to): ((&str, _), _)| FieldChange {
        field: field.to_owned(),
        from: JsonText::of(&from),
        to: JsonText::of(&to),
    };
    pairs.map(change).collect()
}

fn moved(kind: LineKind, id: &SubjectId, given: Option<Ref>, title: &Text, changes: Vec<FieldChange>) -> Option<Moved> {
    if changes.is_empty() {
        return None;
    }
    // The computed score is mentioned only if it moved differently from the final one.
    let counts = changes.iter().find(|change| matches!(change.field.as_str(), "score" | "score.final"));
    let is_said = |change: &&FieldChange| {
        let is_computed = matches!(change.field.as_str(), "computed_score" | "score.computed");
        !(is_computed && counts.is_some_and(|counts| (&counts.from, &counts.to) == (&change.from, &change.to)))
    };
    let said: Vec<String> = changes
        .iter()
        .filter(is_said)
        .map(|change| format!("{} {}", words::name(&change.field), words::moved(change)))
        .collect();
    let whose = given.map_or_else(|| "The cycle".to_owned(), |given| format!("{given} “{title}”"));
    let says = format!("{whose}: {}.", said.join("; "));
    Some(Moved { kind, id: id.clone(), given, title: title.clone(), changes, says })
}
