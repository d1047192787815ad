//! A recorded event and its bytes.

mod stored;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use self::stored::{read_at_once, read_attributes};
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
        let stored = read_attributes(bytes).map_err(damaged)?;
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

    /// Whether a submission says the same as this record, so that it is a retry of it. The subject must be an id by now. Data is
    /// JSON whether that is said or not: in the binary mode it always is, in the others seldom.
    pub fn repeats(&self, submission: &Submission) -> bool {
        let said = Submission {
            time: Some(submission.time.unwrap_or(self.recorded_at)),
            datacontenttype: self.datacontenttype.clone(),
            ..submission.clone()
        };
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
