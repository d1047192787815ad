//! What has changed since a report was issued, up to another one or up to now.

use events::SubjectId;

use super::BoardReportHead;
use crate::ask::{Asked, Changes, History, changes};
use crate::rows::{BoardReportRow, Error, Rows};

/// What is said of two reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportChanges {
    /// What differs.
    Told(Box<Changes>),
    /// There is no report of that id to compare with.
    Unknown(SubjectId),
    /// The second is of another cycle, this one.
    OtherCycle(SubjectId),
    /// The second was issued no later than the first.
    NotLater,
}

/// What differs between a report and a later one or, where none is named, what is known now; `None` where there is no
/// report of the first id.
pub fn report_changes<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    id: &str,
    to: Option<&SubjectId>,
) -> Result<Option<ReportChanges>, Error> {
    let Some(from) = BoardReportRow::find(asked.rows, id)?.map(BoardReportHead::of) else { return Ok(None) };
    let rows = history.as_of(from.stands_on)?;
    let before = from.told(history, asked, &rows)?;
    let cycle = from.cycle.as_str();
    let told = match to {
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
            changes(&before, &to.told(history, asked, &rows)?, history, cycle)?
        }
    };
    Ok(told.map(|told| ReportChanges::Told(Box::new(told))))
}
