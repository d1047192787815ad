//! How many objectives an owner-unit has standing in a cycle: kept by the fold, so that drafting one more need not look at
//! all the others.

use events::{Level, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{Key, ObjectiveRow, Row, Table};

/// An owner-unit of a cycle: the company, a team, or one person. The rules count the objectives of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRow {
    /// The cycle.
    pub cycle: SubjectId,
    /// The level.
    pub level: Level,
    /// The team's id, or the person's name; none for the company, and for a team's objective that names none.
    pub whose: Option<String>,
    /// How many of its objectives stand.
    pub standing: u32,
}

impl UnitRow {
    /// The unit that an objective of this level, team and owner belongs to, without any standing yet.
    pub fn new(cycle: &SubjectId, level: Level, team: Option<&SubjectId>, owner: &Text) -> Self {
        let whose = match level {
            Level::Company => None,
            Level::Team => team.map(ToString::to_string),
            Level::Individual => Some(owner.to_string()),
        };
        UnitRow { cycle: cycle.clone(), level, whose, standing: 0 }
    }

    /// The unit of an objective, without any standing yet.
    pub fn of(objective: &ObjectiveRow) -> Self {
        UnitRow::new(&objective.cycle, objective.level, objective.team.as_ref(), &objective.owner)
    }
}

impl Row for UnitRow {
    const TABLE: Table = Table::Unit;
    fn key(&self) -> Key {
        let level = match self.level {
            Level::Company => b'c',
            Level::Team => b't',
            Level::Individual => b'i',
        };
        Key::of(Table::Unit).text(self.cycle.as_str()).byte(level).text(self.whose.as_deref().unwrap_or_default())
    }
}
