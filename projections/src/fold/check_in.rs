//! Check-ins and their corrections.

use events::{CheckInCorrected, CheckInRecorded, Number, Recorded};
use serde::Serialize;

use super::key_result::find;
use super::trail::{self, Concerning, Said};
use crate::rows::{Changes, CheckIn, CheckInLine, Error, Latest, LatestRow, RowsMut, SaidIn, SubjectKind, row};

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
    CheckInLine::write(rows, event, last, SaidIn::CheckIn(data))
}

pub(super) fn corrected(rows: &mut impl RowsMut, event: &Recorded, data: &CheckInCorrected) -> Result<(), Error> {
    let Some((cycle, key_result)) = find(rows, event)? else { return Ok(()) };
    let place = key_result.place();
    let mut check_ins = CheckIn::of(rows, &place)?;
    let corrected = check_ins.iter_mut().find(|one| one.event_id == data.corrects).map(|one| {
        let was = one.says.clone();
        one.correct(data, event.seq);
        differences(&was, &one.says)
    });
    // What was last may no longer be.
    let last = LatestRow { place, latest: Latest::of(&check_ins), touched: event.seq };
    CheckInLine::write(rows, event, last, SaidIn::Correction(data))?;
    let Some(changes) = corrected else { return Ok(()) };
    let said = Said { remark: Some(&data.reason), ..Said::default() };
    trail::write(rows, event, &cycle, Concerning::KeyResult(&key_result), changes, said)
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
