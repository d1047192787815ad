//! Changes since a report was issued, up to a later report or up to now.

use events::SubjectId;

use super::BoardReportHead;
use crate::ask::{Asked, Changes, History, changes};
use crate::rows::{BoardReportRow, Error, Rows};

/// The answer to a comparison of two reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportChanges {
    /// The differences.
    Told(Box<Changes>),
    /// There is no report with this id to compare with.
    Unknown(SubjectId),
    /// The second report is about another cycle, this one.
    OtherCycle(SubjectId),
    /// The second report was not issued after the first.
    NotLater,
}

/// Returns the differences between a report and a later one, or the present if `to` is `None`; `None` if there is no
/// report with the first id.
pub fn report_changes<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    id: &str,
    to: Option<&SubjectId>,
) -> Result<Option<ReportChanges>, Error> {
    let Some(from) = BoardReportRow::find(asked.rows, id)?.map(BoardReportHead::of) else { return Ok(None) };
    let rows = history.as_of(from.stands_on)?;
    let before = from.as_issued(history, asked, &rows)?;
    let cycle = from.cycle.as_str();
    let differences = match to {
        None => changes(&before, asked, history, cycle)?,
        Some(id) => {
            let Some(to) = BoardReportRow::find(asked.rows, id.as_str())?.map(BoardReportHead::of) else {
                return Ok(Some(ReportChanges::Unknown(id.clone())));
            };
            if to.cycle != from.cycle {
                return Ok(Some(ReportChanges::OtherCycle(to.cycle)));
            }
            if to.seq <= from.seq {
                return Ok(Some(ReportChanges::NotLater));
            }
            let rows = history.as_of(to.stands_on)?;
            changes(&before, &to.as_issued(history, asked, &rows)?, history, cycle)?
        }
    };
    Ok(differences.map(|differences| ReportChanges::Told(Box::new(differences))))
}
