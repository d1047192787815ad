//! What a stretch of a cycle moved: scores and confidences, before and after.

use events::{Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use crate::ask::changes::differing;
use crate::ask::confidence::LineKind;
use crate::ask::{Board, words};
use crate::rows::FieldChange;

/// What moved of a cycle, an objective or a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What it is.
    pub kind: LineKind,
    /// Its id.
    pub id: SubjectId,
    /// Its ref; a cycle has none.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// Its title.
    pub title: Text,
    /// Its scores and its confidence, those that differ, by their fields on the board.
    pub changes: Vec<FieldChange>,
    /// They in a sentence.
    pub says: String,
}

/// What moved from one board to the next; from the first on everything that has a figure did.
pub(super) fn between(before: Option<&Board>, after: &Board) -> Vec<Moved> {
    let (of_cycle, objectives) = differing(before, after);
    let (id, title) = (after.cycle.id.clone(), after.cycle.title.clone());
    let mut found: Vec<Moved> = moved(LineKind::Cycle, id, None, title, of_cycle).into_iter().collect();
    for objective in objectives {
        let given = Some(objective.given);
        found.extend(moved(LineKind::Objective, objective.id, given, objective.title, objective.changes));
        for one in objective.key_results {
            found.extend(moved(LineKind::KeyResult, one.id, Some(one.given), one.title, one.changes));
        }
    }
    found
}

fn moved(kind: LineKind, id: SubjectId, given: Option<Ref>, title: Text, changes: Vec<FieldChange>) -> Option<Moved> {
    const FIGURES: [&str; 5] = ["score", "computed_score", "score.computed", "score.final", "confidence"];
    let mut changes = changes;
    changes.retain(|change| FIGURES.contains(&change.field.as_str()));
    if changes.is_empty() {
        return None;
    }
    // A computed score is worth saying where it is not the score that counts.
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
    Some(Moved { kind, id, given, title, changes, says })
}
