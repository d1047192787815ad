//! Decoding of a stored event: its attributes, and its data according to type and version.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Recorded;
use crate::envelope::ExtensionValue;
use crate::fact::{Fact, FactInto, Kind};
use crate::id::{EventId, Ref, SubjectId};
use crate::json::Name;
use crate::moment::Moment;
use crate::text::Text;
use crate::upcast::{STEPS, newest};

/// Reads an event as this version writes it, and decodes the data in place. Returns `None` for anything else: decoding
/// in two passes then succeeds or finds the fault.
pub(super) fn read_in_one_pass<'a>(bytes: &'a [u8], fact: &mut Option<Fact>) -> Option<Stored<'a>> {
    let mut deserializer = serde_json::Deserializer::from_str(std::str::from_utf8(bytes).ok()?);
    let stored = deserializer.deserialize_map(StoredVisitor { fact: Some(fact) }).ok()?;
    deserializer.end().ok().map(|()| stored)
}

/// Reads the attributes and keeps the data as text for the second pass.
pub(super) fn read_attributes(bytes: &[u8]) -> Result<Stored<'_>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let stored = deserializer.deserialize_map(StoredVisitor { fact: None })?;
    deserializer.end().map(|()| stored)
}

/// The stored attributes, and the text of the data unless it is decoded already.
pub(super) struct Stored<'a> {
    id: EventId,
    source: Text,
    pub(super) kind: Cow<'a, str>,
    subject: SubjectId,
    time: Moment,
    datacontenttype: Option<Text>,
    dataschema: Option<Text>,
    extensions: BTreeMap<String, ExtensionValue>,
    seq: u64,
    recordedtime: Moment,
    actor: Text,
    given: Option<Ref>,
    pub(super) version: Option<u32>,
    pub(super) data: Option<&'a RawValue>,
}

impl Stored<'_> {
    #[inline]
    pub(super) fn with(self, fact: Fact) -> Recorded {
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

/// Reads an attribute. A repeated one is damage: readers would disagree on which of the two counts.
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

/// Reads the attributes, and also the data if there is a slot for the fact.
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
            || A::Error::custom("type and version do not precede the data, or the version is not the newest");
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
                        return Err(A::Error::custom("an extension attribute appears twice"));
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
