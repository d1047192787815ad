//! The number of active objectives of each owner unit in a cycle. The fold maintains it so that drafting an objective
//! need not read all others.

use events::{Level, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{Key, ObjectiveRow, Row, Table};

/// An owner unit of a cycle: the company, a team or one person. The rules limit the objectives of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRow {
    /// The cycle of the objectives.
    pub cycle: SubjectId,
    /// The level of the unit.
    pub level: Level,
    /// The team's id or the person's name; `None` for the company, and for a team's objective without a team.
    pub whose: Option<String>,
    /// The number of active (not retired) objectives.
    pub standing: u32,
}

impl UnitRow {
    /// Returns the owner unit of an objective with this level, team and owner; its count is 0.
    pub fn new(cycle: &SubjectId, level: Level, team: Option<&SubjectId>, owner: &Text) -> Self {
        let whose = match level {
            Level::Company => None,
            Level::Team => team.map(ToString::to_string),
            Level::Individual => Some(owner.to_string()),
        };
        UnitRow { cycle: cycle.clone(), level, whose, standing: 0 }
    }

    /// Returns the owner unit of an objective; its count is 0.
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
