//! Board reports: the figures as reported, which never change, and their restatements.
//!
//! A report refers to an event. It shows the board as of that event, with dates judged at the time of issue; events
//! recorded later have no effect on it. [`restatements`] lists the figures that are better known now.

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

/// The reports issued so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReports {
    /// The ledger's slug.
    pub ledger: String,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The reports, in the order of issue.
    pub board_reports: Vec<BoardReportHead>,
}

/// A report without its board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReportHead {
    /// Client-chosen id of the report, unique in the ledger.
    pub id: SubjectId,
    /// The cycle it reports on.
    pub cycle: SubjectId,
    /// The title given at issue.
    pub title: Text,
    /// The author's note.
    pub note: Option<Text>,
    /// The last event the report takes into account.
    pub stands_on: u64,
    /// The sequence number of the event that issued it.
    pub seq: u64,
    /// The id of the event that issued it.
    pub event_id: EventId,
    /// The person or program that issued it.
    pub actor: Text,
    /// The time of issue, by which the dates of its board are judged.
    pub time: Moment,
    /// When the ledger recorded the report.
    pub recorded_at: Moment,
}

/// A report with its board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardReport {
    /// The ledger's slug.
    pub ledger: String,
    /// Title, author and dates of the report.
    pub report: BoardReportHead,
    /// The version of the policy in force at the time.
    pub policy_version: u32,
    /// The formula of its scores.
    pub formula: Formula,
    /// The board as reported.
    pub board: Board,
}

/// Returns the reports of a ledger or of one cycle; `None` if there is no such cycle.
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

/// Returns a report as it was issued; `None` if there is no report with that id.
pub fn board_report<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    id: &str,
) -> Result<Option<BoardReport>, Error> {
    let Some(row) = BoardReportRow::find(asked.rows, id)? else { return Ok(None) };
    let report = BoardReportHead::of(row);
    let rows = history.as_of(report.stands_on)?;
    let query = report.as_issued(history, asked, &rows)?;
    let Some(cycle) = find_cycle(&rows, report.cycle.as_str())? else { return Ok(None) };
    let policy = policy_of(&rows, &cycle)?;
    let Some(board) = board(&query, report.cycle.as_str(), &BoardAsk::default())? else { return Ok(None) };
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

    /// Returns the query as of the time of issue, over the rows of that time.
    fn as_issued<'a, R: ?Sized, S: ?Sized>(
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
