//! Objectives.

use events::{
    Ambition, Justification, Level, Moment, ObjectiveChanges, Ref, Replacements, Score, SubjectId, Text, Weight,
};
use serde::{Deserialize, Serialize};

use super::{Changes, Key, ObjectivePlace, Row, Table, packed};

/// Which event did something, and when it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The event.
    pub seq: u64,
    /// When it happened.
    pub time: Moment,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
}

/// What people decided in the scoring session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grade {
    /// The grade.
    pub score: Score,
    /// Why that grade.
    pub rationale: Text,
    /// When.
    pub at: Stamp,
}

/// How a goal was retired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    /// Why.
    #[serde(with = "packed")]
    pub justification: Justification,
    /// What takes its place: nothing, one goal, or those it was split into.
    pub replaced_by: Replacements,
    /// When.
    pub at: Stamp,
}

/// One end of an objective that goes on in another cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedOver {
    /// The cycle at the other end; not known of one that was copied without it.
    pub cycle: Option<SubjectId>,
    /// The objective at the other end.
    pub objective: SubjectId,
    /// Why, and with what changed.
    pub note: Option<Text>,
    /// When.
    pub at: Stamp,
}

/// An objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveRow {
    /// Its id.
    pub id: SubjectId,
    /// Its cycle.
    pub cycle: SubjectId,
    /// The number of its ref.
    pub no: u32,
    /// Where to?
    pub title: Text,
    /// Whose it is.
    pub level: Level,
    /// The team it belongs to.
    pub team: Option<SubjectId>,
    /// Who answers for it.
    pub owner: Text,
    /// What is expected of it.
    pub ambition: Ambition,
    /// What it supports.
    pub supports: Option<SubjectId>,
    /// The themes it serves.
    pub themes: Vec<SubjectId>,
    /// How much it counts.
    pub weight: Option<Weight>,
    /// When it was drafted.
    pub drafted: Stamp,
    /// Amendments after the cycle's start.
    pub adjustments: u32,
    /// Its grade, the last one given.
    pub graded: Option<Grade>,
    /// How it was retired.
    pub retired: Option<Retirement>,
    /// Where it goes on.
    pub carried_to: Option<CarriedOver>,
    /// What it goes on from.
    pub carried_from: Option<CarriedOver>,
    /// The last event about it.
    pub touched: u64,
    /// What it means, at length. The last field, which a board does not read.
    #[serde(with = "packed")]
    pub description: Option<Text>,
}

impl ObjectiveRow {
    /// Where its row is.
    pub fn place(&self) -> ObjectivePlace {
        ObjectivePlace { cycle: self.cycle.clone(), no: self.no }
    }

    /// Its ref.
    pub fn given(&self) -> Ref {
        Ref::objective(self.no)
    }

    /// Makes the changes of an amendment. The rules try it on a copy; the fold does it.
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
