//! Objectives carried over between cycles, and candidates for it.

use events::{Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{GoalGrade, Grading};
use crate::ask::{Board, BoardObjective, OtherEnd, words};

/// An objective carried over to or from another cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The objective that continues it.
    pub to: Option<OtherEnd>,
    /// The objective it continues.
    pub from: Option<OtherEnd>,
    /// The link as a sentence.
    pub says: String,
}

/// A missed objective that may be carried over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToCarryOver {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The decision to make, as a sentence.
    pub says: String,
}

/// Returns the links of an objective to other cycles, if there are any.
pub(super) fn carried(objective: &BoardObjective) -> Option<Carried> {
    let end = |end: &OtherEnd| match &end.cycle {
        Some(cycle) => format!("{} in {cycle}", end.objective),
        None => end.objective.to_string(),
    };
    let from = objective.carried_from.as_ref().map(|from| format!("continues {}", end(from)));
    let to = objective.carried_to.as_ref().map(|to| format!("continues as {}", end(to)));
    let said: Vec<String> = [from, to].into_iter().flatten().collect();
    (!said.is_empty()).then(|| Carried {
        id: objective.id.clone(),
        given: objective.given,
        title: objective.title.clone(),
        to: objective.carried_to.clone(),
        from: objective.carried_from.clone(),
        says: format!("{} “{}” {}.", objective.given, objective.title, said.join(" and ")),
    })
}

/// Returns the active objectives that were missed and not carried over yet.
pub(super) fn undecided(shown: &Board, grades: &[GoalGrade]) -> Vec<ToCarryOver> {
    let missed = shown.objectives.iter().filter(|one| one.state.stands() && one.carried_to.is_none());
    let missed = missed.filter_map(|one| {
        let grade = grades.iter().find(|grade| grade.id == one.id && grade.grading == Grading::Missed)?;
        Some((one, grade))
    });
    let decide = |(one, grade): (&BoardObjective, &GoalGrade)| ToCarryOver {
        id: one.id.clone(),
        given: one.given,
        title: one.title.clone(),
        says: format!(
            "{} “{}” scored {} of the {} expected: is it still worth pursuing? Carry it \
             over (okr.objective.carried_over), or end it here.",
            one.given,
            one.title,
            grade.score.map_or_else(|| "nothing".to_owned(), words::score_of),
            words::score_of(grade.expected),
        ),
    };
    missed.map(decide).collect()
}
