//! Check-ins and their corrections.
//!
//! Every row of the check-in log embeds the latest-values row as it was after the event. The log therefore answers for
//! any past seq, and no versions of the latest-values row are stored.

use std::collections::BTreeMap;
use std::fmt;

use events::{CheckInCorrected, CheckInRecorded, EventId, Recorded, Text};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::long::{encode, encode_keeping_first};
use super::{
    Error, Key, KeyResultPlace, LatestRow, Memo, Row, Rows, RowsMut, Said, Stamp, StatementStored, Stored, Table, all,
    by_id, row,
};

/// One row of a key result's check-in log. It omits the latest-values row that a stored log row embeds: rows in memory
/// have no past to answer for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInLog {
    after: SkippedBytes,
    /// The key result checked in on.
    pub place: KeyResultPlace,
    /// The id of the event.
    pub event_id: EventId,
    /// The seq and times of the event.
    pub at: Stamp,
    /// The actor who recorded the event.
    pub actor: Text,
    /// The content of the check-in or correction.
    pub said: Said,
}

/// The same row, built from borrowed parts.
#[derive(Serialize)]
pub(crate) struct CheckInLine<'a> {
    /// The encoded latest-values row after this event.
    #[serde(serialize_with = "as_bytes")]
    after: &'a [u8],
    place: &'a KeyResultPlace,
    event_id: &'a EventId,
    at: Stamp,
    actor: &'a Text,
    said: StatementStored<'a>,
}

impl CheckInLine<'_> {
    /// Writes a log row, and the latest-values row after the event.
    pub(crate) fn write(
        rows: &mut impl RowsMut,
        event: &Recorded,
        last: LatestRow,
        said: StatementStored<'_>,
    ) -> Result<(), Error> {
        let after = encode(&last)?.write_longs(rows, event.seq)?;
        let at = Stamp { seq: event.seq, time: event.time, recorded_at: event.recorded_at };
        let line =
            CheckInLine { after: &after, place: &last.place, event_id: &event.id, at, actor: &event.actor, said };
        let bytes = encode_keeping_first(&line)?.write_longs(rows, event.seq)?;
        rows.put(event.seq, last.place.check_ins().seq(event.seq), &bytes, Memo::default())?;
        let memo = Memo::of(last.clone(), &after);
        rows.put(event.seq, last.key(), &after, memo)
    }
}

impl CheckInLog {
    /// Finds the log row of a check-in on a key result by its event id.
    pub(crate) fn find(
        rows: &(impl Rows + ?Sized),
        place: &KeyResultPlace,
        id: &EventId,
    ) -> Result<Option<CheckInLog>, Error> {
        for seq in by_id::seqs(rows, id)? {
            let line: Option<CheckInLog> = row(rows, &place.check_ins().seq(seq))?;
            if let Some(line) = line.filter(|line| line.event_id == *id && line.said.check_in().is_some()) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }
}

/// Returns the latest-values row that a log row embeds.
pub fn said_last(line: &[u8]) -> Result<&[u8], Error> {
    let damaged = |why: &dyn fmt::Display| Error::Damaged(format!("a row of the check-in log: {why}"));
    let stored = Stored::of(line).ok_or_else(|| damaged(&"its list of long values is unreadable"))?;
    postcard::take_from_bytes(stored.rest()).map(|(after, _)| after).map_err(|error| damaged(&error))
}

fn as_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// Bytes skipped when decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SkippedBytes;

impl Serialize for SkippedBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&[])
    }
}

impl<'de> Deserialize<'de> for SkippedBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = SkippedBytes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<SkippedBytes, E> {
                Ok(SkippedBytes)
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

impl Row for CheckInLog {
    const TABLE: Table = Table::CheckIn;
    fn key(&self) -> Key {
        self.place.check_ins().seq(self.at.seq)
    }
}

/// A check-in with its corrections applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckIn {
    /// The key result checked in on.
    pub place: KeyResultPlace,
    /// The id of the event.
    pub event_id: EventId,
    /// The seq and times of the event.
    pub at: Stamp,
    /// The actor who recorded the check-in.
    pub actor: Text,
    /// The content, corrections applied.
    pub says: CheckInRecorded,
    /// The seqs of the corrections, in order.
    pub corrected_by: Vec<u64>,
}

impl CheckIn {
    /// Returns the check-ins of one key result, ordered by time, then by seq.
    pub fn of(rows: &(impl Rows + ?Sized), place: &KeyResultPlace) -> Result<Vec<CheckIn>, Error> {
        Ok(CheckIn::under(rows, &place.check_ins())?.into_values().next().unwrap_or_default())
    }

    /// Returns the check-ins in log rows whose keys start with `prefix`, by the ref numbers of objective and key
    /// result.
    pub fn under(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<BTreeMap<(u32, u32), Vec<CheckIn>>, Error> {
        Ok(CheckIn::told_by(all::<CheckInLog>(rows, prefix)?))
    }

    /// Builds check-ins from log rows in seq order, by the ref numbers of objective and key result.
    pub fn told_by(lines: impl IntoIterator<Item = CheckInLog>) -> BTreeMap<(u32, u32), Vec<CheckIn>> {
        let mut found: BTreeMap<(u32, u32), Vec<CheckIn>> = BTreeMap::new();
        let mut by_id: BTreeMap<(u32, u32, EventId), usize> = BTreeMap::new();
        for line in lines {
            let (objective_no, no) = (line.place.objective_no, line.place.no);
            let of_one = found.entry((objective_no, no)).or_default();
            match line.said {
                Said::CheckIn(says) => {
                    by_id.entry((objective_no, no, line.event_id.clone())).or_insert(of_one.len());
                    of_one.push(CheckIn {
                        place: line.place,
                        event_id: line.event_id,
                        at: line.at,
                        actor: line.actor,
                        says,
                        corrected_by: Vec::new(),
                    });
                }
                // The log is in seq order, so a correction follows its check-in, and the last correction wins.
                Said::Correction(correction) => {
                    let at = by_id.get(&(objective_no, no, correction.corrects.clone()));
                    if let Some(check_in) = at.and_then(|at| of_one.get_mut(*at)) {
                        check_in.correct(&correction, line.at.seq);
                    }
                }
            }
        }
        for of_one in found.values_mut() {
            of_one.sort_by_key(|check_in| (check_in.at.time, check_in.at.seq));
        }
        found
    }

    /// Applies the correction recorded by the event `seq`.
    pub(crate) fn correct(&mut self, correction: &CheckInCorrected, seq: u64) {
        correct(&mut self.says, correction);
        self.corrected_by.push(seq);
    }
}

pub(crate) fn correct(says: &mut CheckInRecorded, correction: &CheckInCorrected) {
    correction.value.apply(&mut says.value);
    correction.confidence.apply(&mut says.confidence);
    correction.status.apply(&mut says.status);
    correction.note.apply(&mut says.note);
    correction.milestones_done.apply(&mut says.milestones_done);
    let lists = [
        (&correction.blockers, &mut says.blockers),
        (&correction.progress, &mut says.progress),
        (&correction.plans, &mut says.plans),
        (&correction.problems, &mut says.problems),
    ];
    for (patch, list) in lists {
        let mut stated = Some(std::mem::take(list));
        patch.apply(&mut stated);
        *list = stated.unwrap_or_default();
    }
}

/// A corrected check-in, with its corrections applied. Check-ins without corrections have no such row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectedRow {
    /// The key result checked in on.
    pub place: KeyResultPlace,
    /// The seq of the original check-in.
    pub seq: u64,
    /// The content, corrections applied.
    pub says: Said,
}

impl CorrectedRow {
    /// Returns the key of the corrected form of the check-in that the event `seq` recorded.
    pub(crate) fn key_of(place: &KeyResultPlace, seq: u64) -> Key {
        place.key().in_table(Table::Corrected).seq(seq)
    }
}

impl Row for CorrectedRow {
    const TABLE: Table = Table::Corrected;
    fn key(&self) -> Key {
        CorrectedRow::key_of(&self.place, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use events::Fact;
    use serde_json::json;

    use super::*;
    use crate::ask::testing::Ledger;

    #[test]
    fn a_log_row_contains_the_statement_and_the_latest_values_after_it() {
        let mut ledger = Ledger::quarter();
        ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"value": 4, "note": "so far", "plans": ["a", "b"]}));
        let checked = ledger.events.last().unwrap().clone();
        let says = json!({"corrects": checked.id, "value": 5, "reason": "a typing error"});
        ledger.note("2026-05-05T09:00:00Z", "check_in.corrected", "paid", says);
        let corrected = ledger.events.last().unwrap().clone();
        let rows = ledger.rows(ledger.last());
        let lines: Vec<CheckInLog> = all(&rows, &Key::of(Table::CheckIn)).unwrap();
        assert_eq!(lines.len(), 2);
        for (line, event) in lines.iter().zip([checked, corrected]) {
            let stored = rows.get(&line.key()).unwrap().unwrap();
            let after = ledger.rows(event.seq).get(&line.place.latest()).unwrap().unwrap().bytes().to_vec();
            assert_eq!(said_last(stored.bytes()).unwrap(), after);
            assert_eq!((&line.event_id, line.at.seq, &line.actor), (&event.id, event.seq, &event.actor));
            let says = match &event.fact {
                Fact::CheckInRecorded(data) => Said::CheckIn(data.clone()),
                Fact::CheckInCorrected(data) => Said::Correction(data.clone()),
                other => panic!("{other:?}"),
            };
            assert_eq!(line.said, says);
        }
    }
}
