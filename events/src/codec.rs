//! A recorded event and its bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::envelope::{ExtensionValue, Submission};
use crate::fact::{Fact, Kind};
use crate::id::{EventId, Ref, SubjectId};
use crate::moment::Moment;
use crate::text::Text;
use crate::upcast::{STEPS, newest, upcast};

/// An event as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in the ledger: 1, 2, 3 … without gaps.
    pub seq: u64,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
    /// Who recorded it.
    pub actor: Text,
    /// The short ref given to what it drafted.
    pub given: Option<Ref>,
    /// The retry key.
    pub id: EventId,
    /// Who or what says so.
    pub source: Text,
    /// The id of the thing it is about.
    pub subject: SubjectId,
    /// When it happened.
    pub time: Moment,
    /// The content type of the data where it was said.
    pub datacontenttype: Option<Text>,
    /// The schema the data claims to keep to, where it was said.
    pub dataschema: Option<Text>,
    /// Other attributes.
    pub extensions: BTreeMap<String, ExtensionValue>,
    /// What happened, with what the ledger stamped into it.
    pub fact: Fact,
}

/// Why stored bytes cannot be read: they are damaged, or newer than this program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not a recorded event.
    #[error("not a recorded event: {0}")]
    Damaged(String),
    /// The event is of a type this program does not know.
    #[error("an event of the unknown type `{0}`: was it written by a newer version?")]
    UnknownType(String),
    /// The data is of a version this program does not know.
    #[error("data of {kind} in version {version}, which this version cannot read: use a newer one")]
    UnknownVersion {
        /// The event's type.
        kind: Kind,
        /// The version of its data.
        version: u32,
    },
}

impl Recorded {
    /// The event's exact bytes, as stored and as served: a CloudEvent in JSON, its attributes in a fixed order, the data
    /// last.
    pub fn encode(&self) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "a recorded event has text keys and no value whose writing can fail")]
        serde_json::to_vec(self).expect("a recorded event is JSON")
    }

    /// Reads stored bytes of any version.
    pub fn decode(bytes: &[u8]) -> Result<Recorded, DecodeError> {
        let stored: Stored<'_> =
            serde_json::from_slice(bytes).map_err(|error| DecodeError::Damaged(error.to_string()))?;
        let kind: Kind = stored.kind.parse().map_err(|_| DecodeError::UnknownType(stored.kind.clone()))?;
        let version = stored.version.unwrap_or(1);
        let damaged = |error: serde_json::Error| DecodeError::Damaged(error.to_string());
        let fact = if version == newest(STEPS, kind) {
            Fact::decode(kind, stored.data.get()).map_err(damaged)?
        } else {
            let data = serde_json::from_str(stored.data.get()).map_err(damaged)?;
            let data =
                upcast(STEPS, kind, version, data).map_err(|version| DecodeError::UnknownVersion { kind, version })?;
            Fact::decode(kind, &data.to_string()).map_err(damaged)?
        };
        Ok(Recorded {
            seq: stored.seq,
            recorded_at: stored.recordedtime,
            actor: stored.actor,
            given: stored.given,
            id: stored.id,
            source: stored.source,
            subject: stored.subject,
            time: stored.time,
            datacontenttype: stored.datacontenttype,
            dataschema: stored.dataschema,
            extensions: stored.extensions,
            fact,
        })
    }

    /// What its author submitted, as far as the record tells: without the ledger's stamps. Where no time was said it is
    /// that of the recording.
    pub fn submission(&self) -> Submission {
        Submission {
            id: self.id.clone(),
            source: self.source.clone(),
            subject: self.subject.clone(),
            time: Some(self.time),
            datacontenttype: self.datacontenttype.clone(),
            dataschema: self.dataschema.clone(),
            extensions: self.extensions.clone(),
            fact: self.fact.clone().unstamped(),
        }
    }

    /// Whether a submission says the same as this record, so that it is a retry of it. The subject must be an id by now.
    pub fn repeats(&self, submission: &Submission) -> bool {
        let said = Submission { time: Some(submission.time.unwrap_or(self.recorded_at)), ..submission.clone() };
        self.submission() == said
    }
}

impl Serialize for Recorded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("specversion", "1.0")?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("source", &self.source)?;
        map.serialize_entry("type", self.fact.kind().as_str())?;
        map.serialize_entry("subject", &self.subject)?;
        map.serialize_entry("time", &self.time)?;
        if let Some(datacontenttype) = &self.datacontenttype {
            map.serialize_entry("datacontenttype", datacontenttype)?;
        }
        if let Some(dataschema) = &self.dataschema {
            map.serialize_entry("dataschema", dataschema)?;
        }
        for (name, value) in &self.extensions {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("seq", &self.seq)?;
        map.serialize_entry("recordedtime", &self.recorded_at)?;
        map.serialize_entry("actor", &self.actor)?;
        if let Some(given) = &self.given {
            map.serialize_entry("ref", given)?;
        }
        let version = newest(STEPS, self.fact.kind());
        if version > 1 {
            map.serialize_entry("dataversion", &version)?;
        }
        map.serialize_entry("data", &self.fact)?;
        map.end()
    }
}

/// The stored attributes, the data still unread: its type and version say how to read it.
struct Stored<'a> {
    id: EventId,
    source: Text,
    kind: String,
    subject: SubjectId,
    time: Moment,
    datacontenttype: Option<Text>,
    dataschema: Option<Text>,
    extensions: BTreeMap<String, ExtensionValue>,
    seq: u64,
    recordedtime: Moment,
    actor: Text,
    given: Option<Ref>,
    version: Option<u32>,
    data: &'a RawValue,
}

impl<'de> Deserialize<'de> for Stored<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StoredVisitor)
    }
}

/// Reads an attribute. One that is named twice is damage: some readers would take the one, some the other.
fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    name: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::duplicate_field(name));
    }
    *slot = Some(map.next_value()?);
    Ok(())
}

struct StoredVisitor;

impl<'de> Visitor<'de> for StoredVisitor {
    type Value = Stored<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a recorded CloudEvent")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Stored<'de>, A::Error> {
        let (mut id, mut source, mut kind, mut subject, mut time) = (None, None, None, None, None);
        let (mut datacontenttype, mut dataschema, mut extensions) = (None, None, BTreeMap::new());
        let (mut seq, mut recordedtime, mut actor, mut given, mut version) = (None, None, None, None, None);
        let mut data = None;
        let mut specversion: Option<Cow<'de, str>> = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match name.as_ref() {
                "specversion" => once(&mut specversion, "specversion", &mut map)?,
                "id" => once(&mut id, "id", &mut map)?,
                "source" => once(&mut source, "source", &mut map)?,
                "type" => once(&mut kind, "type", &mut map)?,
                "subject" => once(&mut subject, "subject", &mut map)?,
                "time" => once(&mut time, "time", &mut map)?,
                "datacontenttype" => once(&mut datacontenttype, "datacontenttype", &mut map)?,
                "dataschema" => once(&mut dataschema, "dataschema", &mut map)?,
                "seq" => once(&mut seq, "seq", &mut map)?,
                "recordedtime" => once(&mut recordedtime, "recordedtime", &mut map)?,
                "actor" => once(&mut actor, "actor", &mut map)?,
                "ref" => once(&mut given, "ref", &mut map)?,
                "dataversion" => once(&mut version, "dataversion", &mut map)?,
                "data" => once(&mut data, "data", &mut map)?,
                _ => {
                    if extensions.insert(name.into_owned(), map.next_value()?).is_some() {
                        return Err(A::Error::custom("an extension attribute is named twice"));
                    }
                }
            }
        }
        let missing = A::Error::missing_field;
        Ok(Stored {
            id: id.ok_or_else(|| missing("id"))?,
            source: source.ok_or_else(|| missing("source"))?,
            kind: kind.ok_or_else(|| missing("type"))?,
            subject: subject.ok_or_else(|| missing("subject"))?,
            time: time.ok_or_else(|| missing("time"))?,
            datacontenttype,
            dataschema,
            extensions,
            seq: seq.ok_or_else(|| missing("seq"))?,
            recordedtime: recordedtime.ok_or_else(|| missing("recordedtime"))?,
            actor: actor.ok_or_else(|| missing("actor"))?,
            given,
            version,
            data: data.ok_or_else(|| missing("data"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = concat!(
        r#"{"specversion":"1.0","id":"e1","source":"/x","type":"okr.cycle.started","subject":"q2","#,
        r#""time":"2026-04-01T09:00:00Z","color":"red","seq":1,"recordedtime":"2026-04-01T09:00:00Z","actor":"/x","#,
        r#""data":{}}"#,
    );

    #[test]
    fn an_event_that_names_an_attribute_twice_is_damaged() {
        assert!(Recorded::decode(EVENT.as_bytes()).is_ok());
        for attribute in [r#""id":"e1""#, r#""seq":1"#, r#""specversion":"1.0""#, r#""data":{}"#, r#""color":"red""#] {
            let twice = EVENT.replacen('{', &format!("{{{attribute},"), 1);
            assert!(matches!(Recorded::decode(twice.as_bytes()), Err(DecodeError::Damaged(_))), "{twice}");
        }
    }
}
