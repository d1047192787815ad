//! Folding of check-ins and their corrections.

use events::{CheckInCorrected, CheckInRecorded, Number, Recorded};
use serde::Serialize;

use super::key_result::find;
use super::trail::{self, Concerning};
use crate::rows::{
    Changes, CheckInLine, CheckInLog, CorrectedRow, Error, Latest, LatestRow, RowsMut, Said, StatementStored,
    SubjectKind, by_id, correct, put, row,
};

pub(super) fn recorded(
    rows: &mut impl RowsMut,
    event: &Recorded,
    about: Option<&SubjectKind>,
    data: &CheckInRecorded,
) -> Result<(), Error> {
    let Some(SubjectKind::KeyResult(place)) = about else { return Ok(()) };
    let said: Option<LatestRow> = row(rows, &place.latest())?;
    let mut latest = said.map(|said| said.latest).unwrap_or_default();
    latest.take(event.time, event.seq, data);
    let last = LatestRow { place: place.clone(), latest, touched: event.seq };
    by_id::note(rows, event.seq, &event.id)?;
    CheckInLine::write(rows, event, last, StatementStored::from(data))
}

pub(super) fn corrected(rows: &mut impl RowsMut, event: &Recorded, data: &CheckInCorrected) -> Result<(), Error> {
    let Some((cycle, key_result)) = find(rows, event)? else { return Ok(()) };
    let place = key_result.place();
    let said: Option<LatestRow> = row(rows, &place.latest())?;
    let mut latest = said.map(|said| said.latest).unwrap_or_default();
    let mut corrected = None;
    if let Some(line) = CheckInLog::find(rows, &place, &data.corrects)? {
        // The corrected check-in may have supplied the latest values.
        if touches_latest(data) {
            latest = Latest::corrected(rows, &place, line.at.seq, (event.seq, data))?;
        }
        let stands: Option<CorrectedRow> = row(rows, &CorrectedRow::key_of(&place, line.at.seq))?;
        if let Said::CheckIn(was) = stands.map_or(line.said, |stands| stands.says) {
            let mut says = was.clone();
            correct(&mut says, data);
            corrected = Some(differences(&was, &says));
            put(rows, event.seq, &CorrectedRow { place: place.clone(), seq: line.at.seq, says: Said::CheckIn(says) })?;
        }
    }
    let last = LatestRow { place, latest, touched: event.seq };
    CheckInLine::write(rows, event, last, StatementStored::from(data))?;
    let Some(changes) = corrected else { return Ok(()) };
    let details = trail::Details { remark: Some(&data.reason), ..trail::Details::default() };
    trail::write(rows, event, &cycle, Concerning::KeyResult(&key_result), changes, details)
}

/// Returns true if a correction touches a field that contributes to the latest values.
fn touches_latest(data: &CheckInCorrected) -> bool {
    !(data.value.is_keep()
        && data.confidence.is_keep()
        && data.status.is_keep()
        && data.milestones_done.is_keep()
        && data.blockers.is_keep())
}

fn differences(was: &CheckInRecorded, is: &CheckInRecorded) -> Changes {
    let mut changes = Changes::default();
    changes.note::<Number>("value", &was.value, &is.value);
    changes.note("confidence", &was.confidence, &is.confidence);
    changes.note("status", &was.status, &is.status);
    changes.note("note", &was.note, &is.note);
    changes.note("blockers", &stated(&was.blockers), &stated(&is.blockers));
    changes.note("progress", &stated(&was.progress), &stated(&is.progress));
    changes.note("plans", &stated(&was.plans), &stated(&is.plans));
    changes.note("problems", &stated(&was.problems), &stated(&is.problems));
    changes.note("milestones_done", &was.milestones_done, &is.milestones_done);
    changes
}

fn stated<T: Serialize>(list: &Vec<T>) -> Option<&Vec<T>> {
    (!list.is_empty()).then_some(list)
}
