//! Reports to a board: what was told, for ever the same, and what has become of it since.
//!
//! A report stands on an event. It shows the board as the ledger knew it then, its dates judged at the time the report was
//! issued; nothing that is recorded afterwards reaches it. [`restatements`] tells what is known better by now.

mod restated;
mod restating;
mod since;

use events::{EventId, Formula, Moment, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::resolve::find_cycle;
use super::{AsOf, Asked, Board, BoardAsk, History, board};
use crate::rows::{BoardReportRow, Error, Key, Rows, Table, all, policy_of};

pub use restated::{RestatedFigure, RestatedSubject, Restatements, restatements};
pub use restating::{Restating, RestatingCause};
pub use since::{ReportChanges, report_changes};

/// The reports that were issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReports {
    /// The ledger's slug.
    pub ledger: String,
    /// What was known.
    pub as_of: AsOf,
    /// The reports, in the order in which they were issued.
    pub board_reports: Vec<BoardReportHead>,
}

/// A report without its board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReportHead {
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
    /// The number of the event that issued it.
    pub seq: u64,
    /// That event's id.
    pub event_id: EventId,
    /// Who issued it.
    pub actor: Text,
    /// When it was issued: its board's dates are judged at this moment.
    pub time: Moment,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
}

/// A report, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReport {
    /// The ledger's slug.
    pub ledger: String,
    /// What it is.
    pub report: BoardReportHead,
    /// The version of the policy that was in force.
    pub policy_version: u32,
    /// The formula its scores were computed by.
    pub formula: Formula,
    /// What was told.
    pub board: Board,
}

/// The reports of a ledger, or of one of its cycles; `None` where there is no such cycle.
pub fn board_reports<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    cycle: Option<&str>,
) -> Result<Option<BoardReports>, Error> {
    let under = match cycle {
        None => Key::of(Table::BoardReport),
        Some(id) if find_cycle(asked.rows, id)?.is_none() => return Ok(None),
        Some(id) => BoardReportRow::of_cycle(id),
    };
    let mut rows: Vec<BoardReportRow> = all(asked.rows, &under)?;
    rows.sort_by_key(|row| row.at.seq);
    let board_reports = rows.into_iter().map(BoardReportHead::of).collect();
    Ok(Some(BoardReports { ledger: asked.ledger.to_owned(), as_of: asked.as_of, board_reports }))
}

/// A report as it was issued; `None` where there is none of that id.
pub fn board_report<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    id: &str,
) -> Result<Option<BoardReport>, Error> {
    let Some(row) = BoardReportRow::find(asked.rows, id)? else { return Ok(None) };
    let report = BoardReportHead::of(row);
    let rows = history.as_of(report.stands_on)?;
    let told = report.told(history, asked, &rows)?;
    let Some(cycle) = find_cycle(&rows, report.cycle.as_str())? else { return Ok(None) };
    let policy = policy_of(&rows, &cycle)?;
    let Some(board) = board(&told, report.cycle.as_str(), &BoardAsk::default())? else { return Ok(None) };
    Ok(Some(BoardReport {
        ledger: asked.ledger.to_owned(),
        policy_version: policy.version,
        formula: policy.formula,
        report,
        board,
    }))
}

impl BoardReportHead {
    fn of(row: BoardReportRow) -> Self {
        BoardReportHead {
            id: row.id,
            cycle: row.cycle,
            title: row.title,
            note: row.note,
            stands_on: row.stands_on,
            seq: row.at.seq,
            event_id: row.event_id,
            actor: row.actor,
            time: row.at.time,
            recorded_at: row.at.recorded_at,
        }
    }

    /// The question as it was put when the report was issued, of the rows it stands on.
    fn told<'a, R: ?Sized, S: ?Sized>(
        &self,
        history: &impl History,
        asked: &Asked<'a, R>,
        rows: &'a S,
    ) -> Result<Asked<'a, S>, Error> {
        let as_of = AsOf { seq: self.stands_on, recorded_at: history.recorded_at(self.stands_on)? };
        Ok(Asked { ledger: asked.ledger, rows, as_of, at: self.time })
    }
}

#[cfg(test)]
mod tests;
