//! Rows of objectives.

use events::{
    Ambition, Justification, Level, Moment, ObjectiveChanges, Ref, Replacements, Score, SubjectId, Text, Weight,
};
use serde::{Deserialize, Serialize};

use super::{Changes, Key, ObjectivePlace, Row, Table, packed};

/// The event behind a fact, with its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The seq of the event.
    pub seq: u64,
    /// The time it happened, by its author.
    pub time: Moment,
    /// The time the ledger recorded it.
    pub recorded_at: Moment,
}

/// A grade agreed in a scoring session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grade {
    /// The agreed score, 0 to 1.
    pub score: Score,
    /// The reason for this score.
    pub rationale: Text,
    /// The seq and times of the grading.
    pub at: Stamp,
}

/// The retirement of a goal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    /// The answers to the method's questions about a change to a goal.
    #[serde(with = "packed")]
    pub justification: Justification,
    /// The replacing goals: none, one, or several if the goal was split.
    pub replaced_by: Replacements,
    /// The seq and times of the retirement.
    pub at: Stamp,
}

/// One end of a carry-over into another cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedOver {
    /// The cycle at the other end; `None` if a copy was imported without it.
    pub cycle: Option<SubjectId>,
    /// The objective at the other end.
    pub objective: SubjectId,
    /// The note on the reason and the changes.
    pub note: Option<Text>,
    /// The seq and times of the carry-over.
    pub at: Stamp,
}

/// An objective with its current fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveRow {
    /// The objective's id, as submitted.
    pub id: SubjectId,
    /// The cycle it belongs to.
    pub cycle: SubjectId,
    /// Its ref number: 3 for `O-3`.
    pub no: u32,
    /// The direction, in words without numbers.
    pub title: Text,
    /// The owning level: company, team or individual.
    pub level: Level,
    /// The owning team, for a team's objective.
    pub team: Option<SubjectId>,
    /// The person accountable for it.
    pub owner: Text,
    /// The ambition, which decides how its score is read.
    pub ambition: Ambition,
    /// The objective or key result it supports.
    pub supports: Option<SubjectId>,
    /// The themes of its cycle that it serves.
    pub themes: Vec<SubjectId>,
    /// The weight in means over objectives; 1 if absent.
    pub weight: Option<Weight>,
    /// The seq and times of the draft.
    pub drafted: Stamp,
    /// The number of amendments after the cycle's start.
    pub adjustments: u32,
    /// The last grade given.
    pub graded: Option<Grade>,
    /// The retirement; `None` while the objective is active.
    pub retired: Option<Retirement>,
    /// The carry-over into a later cycle.
    pub carried_to: Option<CarriedOver>,
    /// The carry-over from an earlier cycle.
    pub carried_from: Option<CarriedOver>,
    /// The seq of the last event about it.
    pub touched: u64,
    /// The long description. It is the last field because boards do not decode it.
    #[serde(with = "packed")]
    pub description: Option<Text>,
}

impl ObjectiveRow {
    /// Returns the location of its row.
    pub fn place(&self) -> ObjectivePlace {
        ObjectivePlace { cycle: self.cycle.clone(), no: self.no }
    }

    /// Returns its ref, such as `O-3`.
    pub fn given(&self) -> Ref {
        Ref::objective(self.no)
    }

    /// Applies the changes of an amendment. The rules apply them to a copy, the fold to the row itself.
    pub(crate) fn amend(&mut self, asked: &ObjectiveChanges) -> Changes {
        let mut changes = Changes::default();
        changes.set("title", &mut self.title, &asked.title);
        changes.set_or_clear("description", &mut self.description, &asked.description);
        changes.set("level", &mut self.level, &asked.level);
        changes.set_or_clear("team", &mut self.team, &asked.team);
        changes.set("owner", &mut self.owner, &asked.owner);
        changes.set("ambition", &mut self.ambition, &asked.ambition);
        changes.set_or_clear("supports", &mut self.supports, &asked.supports);
        if let Some(change) = &asked.themes {
            let themes = change.to.clone().unwrap_or_default();
            changes.note("themes", &Some(&self.themes), &Some(&themes));
            self.themes = themes;
        }
        changes.set_or_clear("weight", &mut self.weight, &asked.weight);
        changes
    }
}

impl Row for ObjectiveRow {
    const TABLE: Table = Table::Objective;
    fn key(&self) -> Key {
        self.place().key()
    }
}
