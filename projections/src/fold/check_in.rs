//! Check-ins and their corrections.

use events::{CheckInCorrected, CheckInRecorded, Number, Recorded};
use serde::Serialize;

use super::key_result::find;
use super::stamp;
use super::trail::{self, Concerning, Said};
use crate::rows::{Changes, CheckIn, CheckInLog, Error, KeyResultRow, Latest, RowsMut, Said as Says, put};

pub(super) fn recorded(rows: &mut impl RowsMut, event: &Recorded, data: &CheckInRecorded) -> Result<(), Error> {
    let Some((_, mut key_result)) = find(rows, event)? else { return Ok(()) };
    put(rows, event.seq, &log(event, &key_result, Says::CheckIn(data.clone())))?;
    key_result.latest.take(event.time, event.seq, data);
    key_result.touched = event.seq;
    put(rows, event.seq, &key_result)
}

pub(super) fn corrected(rows: &mut impl RowsMut, event: &Recorded, data: &CheckInCorrected) -> Result<(), Error> {
    let Some((cycle, mut key_result)) = find(rows, event)? else { return Ok(()) };
    let was = CheckIn::of(rows, &key_result.place())?;
    put(rows, event.seq, &log(event, &key_result, Says::Correction(data.clone())))?;
    // What was last may no longer be: a correction is rare, so the whole log is read again.
    let is = CheckIn::of(rows, &key_result.place())?;
    key_result.latest = Latest::of(&is);
    key_result.touched = event.seq;
    put(rows, event.seq, &key_result)?;

    let find_in = |check_ins: Vec<CheckIn>| check_ins.into_iter().find(|one| one.event_id == data.corrects);
    let (Some(was), Some(is)) = (find_in(was), find_in(is)) else { return Ok(()) };
    let said = Said { remark: Some(&data.reason), ..Said::default() };
    trail::write(rows, event, &cycle, Concerning::KeyResult(&key_result), differences(&was.says, &is.says), said)
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

fn log(event: &Recorded, key_result: &KeyResultRow, said: Says) -> CheckInLog {
    CheckInLog {
        place: key_result.place(),
        event_id: event.id.clone(),
        at: stamp(event),
        actor: event.actor.clone(),
        said,
    }
}
