//! The trail of goal changes, and the indexes of events.

use std::fmt;

use events::{Approval, Context, EventId, Justification, Kind, Moment, Score, SubjectId, Text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Error, Key, KeyResultPlace, Row, Stamp, Table};

/// A JSON value as its text: rows keep it as text, answers write it as JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// The JSON of a value; null where it cannot be written.
    pub fn of<T: Serialize>(value: &T) -> Self {
        JsonText(serde_json::to_string(value).unwrap_or_else(|_| "null".into()))
    }

    /// JSON that is written already, such as an event's exact bytes.
    pub fn written(bytes: Vec<u8>) -> Result<Self, Error> {
        String::from_utf8(bytes).map(JsonText).map_err(|error| Error::Damaged(error.to_string()))
    }

    /// JSON's null.
    pub fn null() -> Self {
        JsonText("null".into())
    }

    /// The text, such as `800` or `"a title"`.
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

/// One field of a goal, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's name.
    pub field: String,
    /// What stood before; null where nothing did.
    pub from: JsonText,
    /// What stands after; null where nothing does.
    pub to: JsonText,
}

/// What a change did to the computed score of its subject, at the value that was current then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Before the change; null where it was not computable.
    pub computed_score_before: Option<Score>,
    /// After it.
    pub computed_score_after: Option<Score>,
}

/// One change of a goal: everything an auditor asks, kept where it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailRow {
    /// The cycle it happened in.
    pub cycle: SubjectId,
    /// What was changed: a cycle, an objective or a key result.
    pub subject: SubjectId,
    /// The objective concerned, by its ref's number; none for a change of the cycle itself.
    pub objective_no: Option<u32>,
    /// The key result concerned, if it was one.
    pub key_result: Option<KeyResultPlace>,
    /// The event.
    pub event_id: EventId,
    /// Its type.
    pub kind: Kind,
    /// Who recorded it.
    pub actor: Text,
    /// When it happened, and when the ledger learnt it.
    pub at: Stamp,
    /// Whether the cycle had been started, so that it is an adjustment.
    pub after_start: bool,
    /// The fields, before and after.
    pub changes: Vec<FieldChange>,
    /// The reason, where the method asks for one.
    pub justification: Option<Justification>,
    /// What else was said: a rationale, a reason, a note, a method.
    pub remark: Option<Text>,
    /// How things stood at that moment.
    pub context: Option<Context>,
    /// What it did to the computed score.
    pub effect: Option<Effect>,
    /// The id of the proposal that was made, or on which a word was given.
    pub proposal: Option<EventId>,
    /// Who proposed and who approved it, where the change was proposed.
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
    /// The cycle.
    pub cycle: SubjectId,
    /// The event.
    pub seq: u64,
    /// Its type.
    pub kind: Kind,
    /// When it happened.
    pub time: Moment,
    /// When the ledger learnt it.
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
    /// The subject.
    pub subject: SubjectId,
    /// The event.
    pub seq: u64,
}

impl BySubject {
    /// What the keys of a subject's events begin with.
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
    /// The type.
    pub kind: Kind,
    /// The event.
    pub seq: u64,
}

impl ByKind {
    /// What the keys of a type's events begin with.
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
