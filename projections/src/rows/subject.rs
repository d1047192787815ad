//! Rows for ids and refs, and the counters of the ledger.

use std::sync::Arc;

use events::{Ref, RefKind, SubjectId};
use serde::{Deserialize, Serialize};

use super::{BoardReportPlace, Error, Key, Row, Rows, Table, shared};

/// The location of an objective's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectivePlace {
    /// The cycle of the objective.
    pub cycle: SubjectId,
    /// The objective's ref number.
    pub no: u32,
}

impl ObjectivePlace {
    /// Returns the key of the objective's row.
    pub fn key(&self) -> Key {
        Key::of(Table::Objective).text(self.cycle.as_str()).number(self.no)
    }

    /// Returns the key prefix of the objective's key results.
    pub fn key_results(&self) -> Key {
        Key::of(Table::KeyResult).text(self.cycle.as_str()).number(self.no)
    }

    /// Returns the key prefix of all check-ins on the objective's key results.
    pub fn check_ins(&self) -> Key {
        self.key_results().in_table(Table::CheckIn)
    }
}

/// The location of a key result's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyResultPlace {
    /// The cycle of the key result.
    pub cycle: SubjectId,
    /// The ref number of its objective.
    pub objective_no: u32,
    /// The key result's ref number.
    pub no: u32,
}

impl KeyResultPlace {
    /// Returns the key of the key result's row.
    pub fn key(&self) -> Key {
        Key::of(Table::KeyResult).text(self.cycle.as_str()).number(self.objective_no).number(self.no)
    }

    /// Returns the key of its latest check-in values.
    pub fn latest(&self) -> Key {
        self.key().in_table(Table::Latest)
    }

    /// Returns the key prefix of its check-ins.
    pub fn check_ins(&self) -> Key {
        Key::of(Table::CheckIn).text(self.cycle.as_str()).number(self.objective_no).number(self.no)
    }

    /// Returns the location of its objective's row.
    pub fn objective(&self) -> ObjectivePlace {
        ObjectivePlace { cycle: self.cycle.clone(), no: self.objective_no }
    }
}

/// The kind of subject behind an id, with the location of its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubjectKind {
    /// A team; teams belong to no cycle.
    Team,
    /// A cycle; its own id is part of the keys of its goals.
    Cycle,
    /// A theme of this cycle.
    Theme(SubjectId),
    /// An objective at this location.
    Objective(ObjectivePlace),
    /// A key result at this location.
    KeyResult(KeyResultPlace),
    /// A board report at this location.
    BoardReport(BoardReportPlace),
}

impl SubjectKind {
    /// Returns the kind with its article, for messages.
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

/// The subject behind an id. All ids of a ledger share one namespace, and a row never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectRow {
    /// The id, as submitted.
    pub id: SubjectId,
    /// The kind of subject, and its location.
    pub kind: SubjectKind,
}

impl SubjectRow {
    /// Returns the key of an id's row.
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
    /// The ref, as assigned by the ledger.
    pub given: Ref,
    /// The id it refers to.
    pub id: SubjectId,
}

impl RefRow {
    /// Returns the key of a ref's row.
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

/// The last numbers assigned by the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// The ref number of the last objective.
    pub objectives: u32,
    /// The ref number of the last key result.
    pub key_results: u32,
    /// The number of cycles opened so far.
    pub cycles: u32,
}

impl Row for Counters {
    const TABLE: Table = Table::Counters;
    fn key(&self) -> Key {
        Key::of(Table::Counters)
    }
}

/// Returns the subject behind an id.
pub(crate) fn subject(rows: &(impl Rows + ?Sized), id: &SubjectId) -> Result<Option<SubjectKind>, Error> {
    let found: Option<Arc<SubjectRow>> = shared(rows, &SubjectRow::key_of(id.as_str()))?;
    Ok(found.map(|row| row.kind.clone()))
}
