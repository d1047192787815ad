//! Rows of board reports.

use events::{EventId, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{Error, Key, Row, Rows, Stamp, SubjectKind, SubjectRow, Table, row};

/// The location of a report's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReportPlace {
    /// The cycle the report covers.
    pub cycle: SubjectId,
    /// The seq of the event that issued the report.
    pub seq: u64,
}

impl BoardReportPlace {
    /// Returns the key of the report's row.
    pub fn key(&self) -> Key {
        BoardReportRow::of_cycle(self.cycle.as_str()).seq(self.seq)
    }
}

/// A board report: its words, and the event up to which it reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReportRow {
    /// The report's id, as submitted.
    pub id: SubjectId,
    /// The cycle the report covers.
    pub cycle: SubjectId,
    /// The title printed above the board.
    pub title: Text,
    /// The author's note to the board.
    pub note: Option<Text>,
    /// The seq of the last event the report includes.
    pub stands_on: u64,
    /// The id of the event that issued the report.
    pub event_id: EventId,
    /// The actor who issued the report.
    pub actor: Text,
    /// The seq and times of the issuing event.
    pub at: Stamp,
}

impl BoardReportRow {
    /// Returns the key prefix of a cycle's reports.
    pub fn of_cycle(cycle: &str) -> Key {
        Key::of(Table::BoardReport).text(cycle)
    }

    /// Finds a report by its id.
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
