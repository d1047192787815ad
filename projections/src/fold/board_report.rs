//! Folding of board reports.

use events::{BoardReportIssued, Recorded};

use super::stamp;
use crate::rows::{
    BoardReportPlace, BoardReportRow, CycleRow, Error, RowsMut, SubjectKind, SubjectRow, put, row, subject,
};

pub(super) fn issued(rows: &mut impl RowsMut, event: &Recorded, data: &BoardReportIssued) -> Result<(), Error> {
    let is_new = subject(rows, &event.subject)?.is_none();
    if !is_new || row::<CycleRow>(rows, &CycleRow::key_of(data.cycle.as_str()))?.is_none() {
        return Ok(());
    }
    let place = BoardReportPlace { cycle: data.cycle.clone(), seq: event.seq };
    put(rows, event.seq, &SubjectRow { id: event.subject.clone(), kind: SubjectKind::BoardReport(place) })?;
    let before = event.seq.saturating_sub(1);
    let report = BoardReportRow {
        id: event.subject.clone(),
        cycle: data.cycle.clone(),
        title: data.title.clone(),
        note: data.note.clone(),
        // An imported copy may contain a report that claims to include later events.
        stands_on: data.stands_on.map_or(before, |seq| seq.min(before)),
        event_id: event.id.clone(),
        actor: event.actor.clone(),
        at: stamp(event),
    };
    put(rows, event.seq, &report)
}
