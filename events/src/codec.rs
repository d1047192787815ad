//! A recorded event and its bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::envelope::{ExtensionValue, Submission};
use crate::fact::{Fact, FactInto, Kind};
use crate::id::{EventId, Ref, SubjectId};
use crate::json::Name;
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
        // Nearly every event has room in it.
        let mut bytes = Vec::with_capacity(1_024);
        #[expect(clippy::expect_used, reason = "a recorded event has text keys and no value whose writing can fail")]
        serde_json::to_writer(&mut bytes, self).expect("a recorded event is JSON");
        bytes
    }

    /// Reads stored bytes of any version.
    pub fn decode(bytes: &[u8]) -> Result<Recorded, DecodeError> {
        let mut fact = None;
        match (read_at_once(bytes, &mut fact), fact) {
            (Some(stored), Some(fact)) => Ok(stored.with(fact)),
            _ => Recorded::decode_in_two(bytes),
        }
    }

    /// Reads the attributes first, because they say how the data is to be read.
    fn decode_in_two(bytes: &[u8]) -> Result<Recorded, DecodeError> {
        let damaged = |error: serde_json::Error| DecodeError::Damaged(error.to_string());
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        let stored = deserializer.deserialize_map(StoredVisitor { fact: None }).map_err(damaged)?;
        deserializer.end().map_err(damaged)?;
        let kind = stored.kind.parse::<Kind>().map_err(|_| DecodeError::UnknownType(stored.kind.to_string()))?;
        let version = stored.version.unwrap_or(1);
        // Without the slot for a fact, its text was kept.
        let data = stored.data.map(RawValue::get).unwrap_or_default();
        let fact = if version == newest(STEPS, kind) {
            Fact::decode(kind, data).map_err(damaged)?
        } else {
            let data = serde_json::from_str(data).map_err(damaged)?;
            let data =
                upcast(STEPS, kind, version, data).map_err(|version| DecodeError::UnknownVersion { kind, version })?;
            Fact::decode(kind, &data.to_string()).map_err(damaged)?
        };
        Ok(stored.with(fact))
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

/// Reads what this version writes, the data where it stands. What it does not read, for whatever reason, is left to the
/// reading in two, which tells what is wrong.
fn read_at_once<'a>(bytes: &'a [u8], fact: &mut Option<Fact>) -> Option<Stored<'a>> {
    let mut deserializer = serde_json::Deserializer::from_str(std::str::from_utf8(bytes).ok()?);
    let stored = deserializer.deserialize_map(StoredVisitor { fact: Some(fact) }).ok()?;
    deserializer.end().ok().map(|()| stored)
}

/// The stored attributes, and the data where it is still unread: its type and version say how to read it.
struct Stored<'a> {
    id: EventId,
    source: Text,
    kind: Cow<'a, str>,
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
    data: Option<&'a RawValue>,
}

impl Stored<'_> {
    #[inline]
    fn with(self, fact: Fact) -> Recorded {
        Recorded {
            seq: self.seq,
            recorded_at: self.recordedtime,
            actor: self.actor,
            given: self.given,
            id: self.id,
            source: self.source,
            subject: self.subject,
            time: self.time,
            datacontenttype: self.datacontenttype,
            dataschema: self.dataschema,
            extensions: self.extensions,
            fact,
        }
    }
}

/// Reads an attribute. One that is named twice is damage: some readers would take the one, some the other.
fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    name: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    once_by(PhantomData, slot, name, map)
}

fn once_by<'de, S: DeserializeSeed<'de>, A: MapAccess<'de>>(
    seed: S,
    slot: &mut Option<S::Value>,
    name: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::duplicate_field(name));
    }
    *slot = Some(map.next_value_seed(seed)?);
    Ok(())
}

/// Reads the attributes, and with them the fact where there is a slot for it.
struct StoredVisitor<'s> {
    fact: Option<&'s mut Option<Fact>>,
}

impl<'de> Visitor<'de> for StoredVisitor<'_> {
    type Value = Stored<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a recorded CloudEvent")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Stored<'de>, A::Error> {
        let (mut id, mut source, mut kind, mut subject, mut time) = (None, None, None, None, None);
        let (mut datacontenttype, mut dataschema, mut extensions) = (None, None, BTreeMap::new());
        let (mut seq, mut recordedtime, mut actor, mut given, mut version) = (None, None, None, None, None);
        let (mut data, mut specversion): (_, Option<Cow<'de, str>>) = (None, None);
        let too_late =
            || A::Error::custom("how the data is to be read is not said before it, or it is of another version");
        while let Some(name) = map.next_key_seed(Name)? {
            match name.as_ref() {
                "specversion" => once_by(Name, &mut specversion, "specversion", &mut map)?,
                "id" => once(&mut id, "id", &mut map)?,
                "source" => once(&mut source, "source", &mut map)?,
                "type" => once_by(Name, &mut kind, "type", &mut map)?,
                "subject" => once(&mut subject, "subject", &mut map)?,
                "time" => once(&mut time, "time", &mut map)?,
                "datacontenttype" => once(&mut datacontenttype, "datacontenttype", &mut map)?,
                "dataschema" => once(&mut dataschema, "dataschema", &mut map)?,
                "seq" => once(&mut seq, "seq", &mut map)?,
                "recordedtime" => once(&mut recordedtime, "recordedtime", &mut map)?,
                "actor" => once(&mut actor, "actor", &mut map)?,
                "ref" => once(&mut given, "ref", &mut map)?,
                "dataversion" if self.fact.as_deref().is_some_and(Option::is_some) => return Err(too_late()),
                "dataversion" => once(&mut version, "dataversion", &mut map)?,
                "data" => match &mut self.fact {
                    Some(fact) => {
                        let kind = kind.as_deref().and_then(|kind| kind.parse::<Kind>().ok());
                        let newest = kind.filter(|kind| version.unwrap_or(1) == newest(STEPS, *kind));
                        let kind = newest.ok_or_else(too_late)?;
                        if fact.is_some() {
                            return Err(A::Error::duplicate_field("data"));
                        }
                        map.next_value_seed(FactInto(kind, fact))?;
                    }
                    None => once(&mut data, "data", &mut map)?,
                },
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
            data: match self.fact {
                Some(_) => None,
                None => Some(data.ok_or_else(|| missing("data"))?),
            },
        })
    }
}

#[cfg(test)]
mod tests;
