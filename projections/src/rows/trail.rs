//! The trail of changes to goals and cycles, and the indexes of events.

use std::fmt;

use events::{Approval, Context, EventId, Justification, Kind, Moment, Score, SubjectId, Text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Error, Key, KeyResultPlace, Row, Stamp, Table};

/// A JSON value as text: rows store the text, answers embed it as JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Serializes a value; `null` if that fails.
    pub fn of<T: Serialize>(value: &T) -> Self {
        JsonText(serde_json::to_string(value).unwrap_or_else(|_| "null".into()))
    }

    /// Wraps existing JSON, such as an event's exact bytes. Fails if the bytes are not UTF-8.
    pub fn written(bytes: Vec<u8>) -> Result<Self, Error> {
        String::from_utf8(bytes).map(JsonText).map_err(|error| Error::Damaged(error.to_string()))
    }

    /// Returns the JSON `null`.
    pub fn null() -> Self {
        JsonText("null".into())
    }

    /// Returns the JSON text, such as `800` or `"a title"`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
            raw.serialize(serializer)
        } else {
            serializer.serialize_str(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Box::<RawValue>::deserialize(deserializer).map(|raw| JsonText(raw.get().to_owned()))
        } else {
            String::deserialize(deserializer).map(JsonText)
        }
    }
}

/// One field of a goal, before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's name in JSON.
    pub field: String,
    /// The value before; `null` if there was none.
    pub from: JsonText,
    /// The value after; `null` if there is none.
    pub to: JsonText,
}

/// The effect of a change on the computed score of its subject, at the value current at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The score before the change; `None` if it could not be computed.
    pub computed_score_before: Option<Score>,
    /// The score after the change; `None` if it cannot be computed.
    pub computed_score_after: Option<Score>,
}

/// One change of a goal or a cycle, with everything an audit needs, stored under the cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailRow {
    /// The cycle in which the change happened.
    pub cycle: SubjectId,
    /// The changed cycle, objective or key result.
    pub subject: SubjectId,
    /// The ref number of the objective concerned; `None` for a change of the cycle itself.
    pub objective_no: Option<u32>,
    /// The key result concerned, if any.
    pub key_result: Option<KeyResultPlace>,
    /// The id of the event.
    pub event_id: EventId,
    /// The type of the event.
    pub kind: Kind,
    /// The actor who recorded it.
    pub actor: Text,
    /// The seq and times of the event.
    pub at: Stamp,
    /// True if the cycle had started, which makes the change an adjustment.
    pub after_start: bool,
    /// The changed fields, before and after.
    pub changes: Vec<FieldChange>,
    /// The reasons given, where the method requires them.
    pub justification: Option<Justification>,
    /// Another text given with the change: a rationale, a reason, a note or a method.
    pub remark: Option<Text>,
    /// The figures at the time of the change.
    pub context: Option<Context>,
    /// The effect on the computed score.
    pub effect: Option<Effect>,
    /// The proposal made or decided by this event.
    pub proposal: Option<EventId>,
    /// The proposer and the approver, for an approved proposal.
    pub approval: Option<Approval>,
}

impl Row for TrailRow {
    const TABLE: Table = Table::Trail;
    fn key(&self) -> Key {
        Key::of(Table::Trail).text(self.cycle.as_str()).seq(self.at.seq)
    }
}

/// An event of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// The cycle it belongs to.
    pub cycle: SubjectId,
    /// The seq of the event.
    pub seq: u64,
    /// The type of the event.
    pub kind: Kind,
    /// The time it happened, by its author.
    pub time: Moment,
    /// The time the ledger recorded it.
    pub recorded_at: Moment,
}

impl Row for Happening {
    const TABLE: Table = Table::Happening;
    fn key(&self) -> Key {
        Key::of(Table::Happening).text(self.cycle.as_str()).seq(self.seq)
    }
}

/// An event about a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BySubject {
    /// The subject of the event.
    pub subject: SubjectId,
    /// The seq of the event.
    pub seq: u64,
}

impl BySubject {
    /// Returns the key prefix of a subject's events.
    pub fn of(subject: &str) -> Key {
        Key::of(Table::BySubject).text(subject)
    }
}

impl Row for BySubject {
    const TABLE: Table = Table::BySubject;
    fn key(&self) -> Key {
        BySubject::of(self.subject.as_str()).seq(self.seq)
    }
}

/// An event of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByKind {
    /// The type of the event.
    pub kind: Kind,
    /// The seq of the event.
    pub seq: u64,
}

impl ByKind {
    /// Returns the key prefix of a type's events.
    pub fn of(kind: Kind) -> Key {
        Key::of(Table::ByKind).text(kind.as_str())
    }
}

impl Row for ByKind {
    const TABLE: Table = Table::ByKind;
    fn key(&self) -> Key {
        ByKind::of(self.kind).seq(self.seq)
    }
}
