//! Reports that a board was given.

use events::{EventId, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{Error, Key, Row, Rows, Stamp, SubjectKind, SubjectRow, Table, row};

/// Where a report's row is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReportPlace {
    /// The cycle it reports on.
    pub cycle: SubjectId,
    /// The event that issued it.
    pub seq: u64,
}

impl BoardReportPlace {
    /// The key of its row.
    pub fn key(&self) -> Key {
        BoardReportRow::of_cycle(self.cycle.as_str()).seq(self.seq)
    }
}

/// A report: what it says beside the board, and which event it stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReportRow {
    /// Its id.
    pub id: SubjectId,
    /// The cycle it reports on.
    pub cycle: SubjectId,
    /// Its title.
    pub title: Text,
    /// What was said with it.
    pub note: Option<Text>,
    /// The last event it knows.
    pub stands_on: u64,
    /// The event that issued it.
    pub event_id: EventId,
    /// Who issued it.
    pub actor: Text,
    /// When.
    pub at: Stamp,
}

impl BoardReportRow {
    /// What the keys of a cycle's reports begin with.
    pub fn of_cycle(cycle: &str) -> Key {
        Key::of(Table::BoardReport).text(cycle)
    }

    /// The report of this id.
    pub fn find(rows: &(impl Rows + ?Sized), id: &str) -> Result<Option<BoardReportRow>, Error> {
        match row::<SubjectRow>(rows, &SubjectRow::key_of(id))?.map(|subject| subject.kind) {
            Some(SubjectKind::BoardReport(place)) => row(rows, &place.key()),
            _ => Ok(None),
        }
    }
}

impl Row for BoardReportRow {
    const TABLE: Table = Table::BoardReport;
    fn key(&self) -> Key {
        BoardReportRow::of_cycle(self.cycle.as_str()).seq(self.at.seq)
    }
}
