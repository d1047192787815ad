//! What ids and refs name, and what is counted once a ledger.

use std::sync::Arc;

use events::{Ref, RefKind, SubjectId};
use serde::{Deserialize, Serialize};

use super::{BoardReportPlace, Error, Key, Row, Rows, Table, shared};

/// Where an objective's row is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectivePlace {
    /// Its cycle.
    pub cycle: SubjectId,
    /// The number of its ref.
    pub no: u32,
}

impl ObjectivePlace {
    /// The key of its row.
    pub fn key(&self) -> Key {
        Key::of(Table::Objective).text(self.cycle.as_str()).number(self.no)
    }

    /// What the keys of all its key results begin with.
    pub fn key_results(&self) -> Key {
        Key::of(Table::KeyResult).text(self.cycle.as_str()).number(self.no)
    }

    /// What the keys of all check-ins on its key results begin with.
    pub fn check_ins(&self) -> Key {
        self.key_results().in_table(Table::CheckIn)
    }
}

/// Where a key result's row is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyResultPlace {
    /// Its cycle.
    pub cycle: SubjectId,
    /// The number of its objective's ref.
    pub objective_no: u32,
    /// The number of its ref.
    pub no: u32,
}

impl KeyResultPlace {
    /// The key of its row.
    pub fn key(&self) -> Key {
        Key::of(Table::KeyResult).text(self.cycle.as_str()).number(self.objective_no).number(self.no)
    }

    /// The key of what its check-ins say last.
    pub fn latest(&self) -> Key {
        self.key().in_table(Table::Latest)
    }

    /// What the keys of all its check-ins begin with.
    pub fn check_ins(&self) -> Key {
        Key::of(Table::CheckIn).text(self.cycle.as_str()).number(self.objective_no).number(self.no)
    }

    /// Where its objective's row is.
    pub fn objective(&self) -> ObjectivePlace {
        ObjectivePlace { cycle: self.cycle.clone(), no: self.objective_no }
    }
}

/// What an id names, and where that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubjectKind {
    /// A team.
    Team,
    /// A cycle.
    Cycle,
    /// A theme of a cycle.
    Theme(SubjectId),
    /// An objective.
    Objective(ObjectivePlace),
    /// A key result.
    KeyResult(KeyResultPlace),
    /// A report to a board.
    BoardReport(BoardReportPlace),
}

impl SubjectKind {
    /// In words.
    pub fn name(&self) -> &'static str {
        match self {
            SubjectKind::Team => "a team",
            SubjectKind::Cycle => "a cycle",
            SubjectKind::Theme(_) => "a theme",
            SubjectKind::Objective(_) => "an objective",
            SubjectKind::KeyResult(_) => "a key result",
            SubjectKind::BoardReport(_) => "a board report",
        }
    }
}

/// What an id names. All ids of a ledger share one space; a row never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectRow {
    /// The id.
    pub id: SubjectId,
    /// What it names.
    pub kind: SubjectKind,
}

impl SubjectRow {
    /// The key of an id's row.
    pub fn key_of(id: &str) -> Key {
        Key::of(Table::Subject).text(id)
    }
}

impl Row for SubjectRow {
    const TABLE: Table = Table::Subject;
    fn key(&self) -> Key {
        SubjectRow::key_of(self.id.as_str())
    }
}

/// The id behind a ref.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefRow {
    /// The ref.
    pub given: Ref,
    /// The id it stands for.
    pub id: SubjectId,
}

impl RefRow {
    /// The key of a ref's row.
    pub fn key_of(given: Ref) -> Key {
        let kind = match given.kind {
            RefKind::Objective => b'O',
            RefKind::KeyResult => b'K',
        };
        Key::of(Table::Ref).byte(kind).number(given.number)
    }
}

impl Row for RefRow {
    const TABLE: Table = Table::Ref;
    fn key(&self) -> Key {
        RefRow::key_of(self.given)
    }
}

/// How many refs were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// The number of the last objective's ref.
    pub objectives: u32,
    /// The number of the last key result's ref.
    pub key_results: u32,
    /// How many cycles were opened.
    pub cycles: u32,
}

impl Row for Counters {
    const TABLE: Table = Table::Counters;
    fn key(&self) -> Key {
        Key::of(Table::Counters)
    }
}

/// What an id names.
pub(crate) fn subject(rows: &(impl Rows + ?Sized), id: &SubjectId) -> Result<Option<SubjectKind>, Error> {
    let found: Option<Arc<SubjectRow>> = shared(rows, &SubjectRow::key_of(id.as_str()))?;
    Ok(found.map(|row| row.kind.clone()))
}
