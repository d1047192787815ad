//! Check-ins, their corrections, and what they say last.
//!
//! A line of the log carries the row of what was said last once it was said. So the log knows what stood at any time, and no
//! versions of that row are kept beside it.

use std::collections::BTreeMap;
use std::fmt;

use events::{CheckInCorrected, CheckInRecorded, Confidence, EventId, Moment, Number, Recorded, Status, Text};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Error, Key, KeyResultPlace, LatestRow, Memo, Row, Rows, RowsMut, Stamp, Table, all, encode, put_as};

/// One line of a key result's log of check-ins. It does not know the row that a stored line carries: rows in memory, which
/// know no past, are given lines without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInLog {
    after: PassedOver,
    /// The key result.
    pub place: KeyResultPlace,
    /// The event.
    pub event_id: EventId,
    /// When it happened, and when the ledger learnt it.
    pub at: Stamp,
    /// Who said so.
    pub actor: Text,
    /// What was said.
    pub said: Said,
}

/// What a line of the log says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// A check-in.
    CheckIn(CheckInRecorded),
    /// A correction of one.
    Correction(CheckInCorrected),
}

/// The same line, put together from what it consists of.
#[derive(Serialize)]
pub(crate) struct CheckInLine<'a> {
    /// The row of what was said last, from then on.
    #[serde(serialize_with = "as_bytes")]
    after: &'a [u8],
    place: &'a KeyResultPlace,
    event_id: &'a EventId,
    at: Stamp,
    actor: &'a Text,
    said: SaidIn<'a>,
}

/// What is said in it.
#[derive(Serialize)]
pub(crate) enum SaidIn<'a> {
    CheckIn(&'a CheckInRecorded),
    Correction(&'a CheckInCorrected),
}

impl CheckInLine<'_> {
    /// Writes what an event about a key result says, and what is said last from then on.
    pub(crate) fn write(
        rows: &mut impl RowsMut,
        event: &Recorded,
        last: LatestRow,
        said: SaidIn<'_>,
    ) -> Result<(), Error> {
        let after = encode(&last)?;
        let at = Stamp { seq: event.seq, time: event.time, recorded_at: event.recorded_at };
        let line =
            CheckInLine { after: &after, place: &last.place, event_id: &event.id, at, actor: &event.actor, said };
        put_as(rows, event.seq, last.place.check_ins().seq(event.seq), &line)?;
        rows.put(event.seq, last.key(), &after, Memo::of(last))
    }
}

/// The row of what was said last that a line of the log carries.
pub fn said_last(line: &[u8]) -> Result<&[u8], Error> {
    postcard::from_bytes(line).map_err(|error| Error::Damaged(format!("a line of check-ins: {error}")))
}

fn as_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// Bytes that are not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PassedOver;

impl Serialize for PassedOver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&[])
    }
}

impl<'de> Deserialize<'de> for PassedOver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = PassedOver;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<PassedOver, E> {
                Ok(PassedOver)
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// What tells where a key result stands.
pub trait Tells {
    /// The current value.
    fn value(&self) -> Option<Number>;
    /// How sure the owner is.
    fn confidence(&self) -> Option<Confidence>;
    /// How it stands, where the owner says so.
    fn status(&self) -> Option<Status>;
    /// The milestones done so far.
    fn milestones_done(&self) -> Option<&[Text]>;
    /// What is in the way.
    fn blockers(&self) -> &[Text];
}

impl Tells for CheckInRecorded {
    fn value(&self) -> Option<Number> {
        self.value
    }
    fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }
    fn status(&self) -> Option<Status> {
        self.status
    }
    fn milestones_done(&self) -> Option<&[Text]> {
        self.milestones_done.as_deref()
    }
    fn blockers(&self) -> &[Text] {
        &self.blockers
    }
}

/// A line of a log of check-ins, as far as it tells where its key result stands. Those of a whole cycle fit into memory, where
/// the lines themselves would not.
#[derive(Debug, Clone)]
pub struct Brief {
    /// The event.
    pub seq: u64,
    /// When it happened.
    pub time: Moment,
    /// The key result: the numbers of its objective's ref and of its own.
    pub goal: (u32, u32),
    /// What a check-in says; none of a correction.
    pub says: Option<BriefCheckIn>,
}

/// What of a check-in tells where its key result stands.
#[derive(Debug, Clone)]
pub struct BriefCheckIn {
    value: Option<Number>,
    confidence: Option<Confidence>,
    status: Option<Status>,
    milestones_done: Option<Box<[Text]>>,
    blockers: Box<[Text]>,
}

impl Brief {
    /// What a line tells in brief.
    pub fn of(line: &CheckInLog) -> Brief {
        let says = match &line.said {
            Said::CheckIn(says) => Some(BriefCheckIn::of(says)),
            Said::Correction(_) => None,
        };
        Brief { seq: line.at.seq, time: line.at.time, goal: (line.place.objective_no, line.place.no), says }
    }

    /// The lines whose keys begin with `prefix`, in the order of seq.
    pub fn under(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<Brief>, Error> {
        let mut found = Vec::new();
        rows.scan(prefix, prefix, &mut |key, bytes| {
            found.push(Brief::of(&super::decode(key, bytes)?));
            Ok(true)
        })?;
        found.sort_unstable_by_key(|brief| brief.seq);
        Ok(found)
    }
}

impl BriefCheckIn {
    fn of(says: &CheckInRecorded) -> BriefCheckIn {
        BriefCheckIn {
            value: says.value,
            confidence: says.confidence,
            status: says.status,
            milestones_done: says.milestones_done.as_deref().map(Into::into),
            blockers: says.blockers.as_slice().into(),
        }
    }
}

impl Tells for BriefCheckIn {
    fn value(&self) -> Option<Number> {
        self.value
    }
    fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }
    fn status(&self) -> Option<Status> {
        self.status
    }
    fn milestones_done(&self) -> Option<&[Text]> {
        self.milestones_done.as_deref()
    }
    fn blockers(&self) -> &[Text] {
        &self.blockers
    }
}

impl Row for CheckInLog {
    const TABLE: Table = Table::CheckIn;
    fn key(&self) -> Key {
        self.place.check_ins().seq(self.at.seq)
    }
}

/// A check-in as it stands, corrections applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckIn {
    /// The key result.
    pub place: KeyResultPlace,
    /// The event.
    pub event_id: EventId,
    /// When it happened, and when the ledger learnt it.
    pub at: Stamp,
    /// Who said so.
    pub actor: Text,
    /// What it says.
    pub says: CheckInRecorded,
    /// The events that corrected it, in order.
    pub corrected_by: Vec<u64>,
}

impl CheckIn {
    /// The check-ins of one key result, ordered by time and, of two at one time, by seq.
    pub fn of(rows: &(impl Rows + ?Sized), place: &KeyResultPlace) -> Result<Vec<CheckIn>, Error> {
        Ok(CheckIn::under(rows, &place.check_ins())?.into_values().next().unwrap_or_default())
    }

    /// The check-ins of all key results whose log keys begin with `prefix`, by objective and key-result number.
    pub fn under(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<BTreeMap<(u32, u32), Vec<CheckIn>>, Error> {
        Ok(CheckIn::told_by(all::<CheckInLog>(rows, prefix)?))
    }

    /// The check-ins that these lines tell of, in the order of seq, by objective and key-result number.
    pub fn told_by(lines: impl IntoIterator<Item = CheckInLog>) -> BTreeMap<(u32, u32), Vec<CheckIn>> {
        let mut found: BTreeMap<(u32, u32), Vec<CheckIn>> = BTreeMap::new();
        for line in lines {
            let of_one = found.entry((line.place.objective_no, line.place.no)).or_default();
            match line.said {
                Said::CheckIn(says) => of_one.push(CheckIn {
                    place: line.place,
                    event_id: line.event_id,
                    at: line.at,
                    actor: line.actor,
                    says,
                    corrected_by: Vec::new(),
                }),
                // The log is in the order of seq: a correction comes after what it corrects, and the last one wins.
                Said::Correction(correction) => {
                    if let Some(check_in) = of_one.iter_mut().find(|one| one.event_id == correction.corrects) {
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

    /// Applies the correction that the event `seq` makes.
    pub(crate) fn correct(&mut self, correction: &CheckInCorrected, seq: u64) {
        correct(&mut self.says, correction);
        self.corrected_by.push(seq);
    }
}

fn correct(says: &mut CheckInRecorded, correction: &CheckInCorrected) {
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

/// Something stated by a check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated<T> {
    /// What was stated.
    pub what: T,
    /// When it was so, says the check-in.
    pub time: Moment,
    /// The check-in's event.
    pub seq: u64,
}

impl<T> Stated<T> {
    fn order(&self) -> (Moment, u64) {
        (self.time, self.seq)
    }
}

/// What a key result's check-ins say last. "Last" goes by `time`, of two at one time by seq; each field by the last
/// check-in that states it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// The current value.
    pub value: Option<Stated<Number>>,
    /// The milestones done.
    pub milestones_done: Option<Stated<Vec<Text>>>,
    /// The confidence.
    pub confidence: Option<Stated<Confidence>>,
    /// The confidence stated before that.
    pub previous_confidence: Option<Stated<Confidence>>,
    /// How it stands, from the last check-in that states a status or a confidence; `None` inside where that one states
    /// no status, so that an old status never outlives a newer confidence.
    pub status: Option<Stated<Option<Status>>>,
    /// What is in the way, as the last check-in has it; a check-in without blockers says there are none.
    pub blockers: Option<Stated<Vec<Text>>>,
}

impl Latest {
    /// What these check-ins say last, in whatever order they come.
    pub fn of<'a>(check_ins: impl IntoIterator<Item = &'a CheckIn>) -> Latest {
        let mut latest = Latest::default();
        for check_in in check_ins {
            latest.take(check_in.at.time, check_in.at.seq, &check_in.says);
        }
        latest
    }

    /// Takes in one more check-in. The order of taking makes no difference.
    pub fn take(&mut self, time: Moment, seq: u64, says: &impl Tells) {
        later(&mut self.value, time, seq, says.value());
        later(&mut self.milestones_done, time, seq, says.milestones_done().map(<[Text]>::to_vec));
        later(&mut self.blockers, time, seq, Some(says.blockers().to_vec()));
        if says.status().is_some() || says.confidence().is_some() {
            later(&mut self.status, time, seq, Some(says.status()));
        }
        if let Some(confidence) = says.confidence() {
            let stated = Stated { what: confidence, time, seq };
            if self.confidence.as_ref().is_none_or(|last| last.order() < stated.order()) {
                self.previous_confidence = self.confidence.replace(stated);
            } else {
                later(&mut self.previous_confidence, time, seq, Some(confidence));
            }
        }
    }

    /// When the last check-in was made, by its own time.
    pub fn time(&self) -> Option<Moment> {
        self.blockers.as_ref().map(|stated| stated.time)
    }
}

fn later<T>(slot: &mut Option<Stated<T>>, time: Moment, seq: u64, what: Option<T>) {
    if let Some(what) = what {
        let stated = Stated { what, time, seq };
        if slot.as_ref().is_none_or(|last| last.order() < stated.order()) {
            *slot = Some(stated);
        }
    }
}

#[cfg(test)]
mod tests {
    use events::Fact;
    use serde_json::json;

    use super::*;
    use crate::ask::testing::Ledger;

    #[test]
    fn a_line_says_what_was_said_and_what_was_said_last_from_then_on() {
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
