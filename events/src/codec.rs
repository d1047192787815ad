//! Encoding and decoding of recorded events.

mod stored;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use self::stored::{read_attributes, read_in_one_pass};
use crate::envelope::{ExtensionValue, Submission};
use crate::fact::{Fact, Kind};
use crate::id::{EventId, Ref, SubjectId};
use crate::moment::Moment;
use crate::text::Text;
use crate::upcast::{STEPS, newest, upcast};

/// A recorded event, with the ledger's stamps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The sequence number in the ledger: 1, 2, 3 … without gaps.
    pub seq: u64,
    /// The time of recording.
    pub recorded_at: Moment,
    /// The person or program that recorded the event.
    pub actor: Text,
    /// The short ref assigned to a drafted goal.
    pub given: Option<Ref>,
    /// The retry key, never reused.
    pub id: EventId,
    /// The person or system that reported the event.
    pub source: Text,
    /// The id of the thing that the event is about.
    pub subject: SubjectId,
    /// The time at which it happened, according to the source.
    pub time: Moment,
    /// The content type of the data, if it was submitted.
    pub datacontenttype: Option<Text>,
    /// The schema that the data claims to follow, if it was submitted.
    pub dataschema: Option<Text>,
    /// CloudEvents extension attributes, unchanged.
    pub extensions: BTreeMap<String, ExtensionValue>,
    /// The type and the data of the event, with the ledger's stamps.
    pub fact: Fact,
}

/// The reason why stored bytes cannot be read: they are damaged, or newer than this program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not a recorded event.
    #[error("not a recorded event: {0}")]
    Damaged(String),
    /// This program does not know the type of the event.
    #[error("unknown event type `{0}`: if a newer version wrote the event, upgrade this program")]
    UnknownType(String),
    /// This program does not know the version of the data.
    #[error("the data of {kind} has version {version}, which this program cannot read: upgrade this program")]
    UnknownVersion {
        /// The event's type.
        kind: Kind,
        /// The version of its data.
        version: u32,
    },
}

impl Recorded {
    /// Returns the event's exact bytes, as stored and as served: a CloudEvent in JSON with its attributes in a fixed
    /// order, the data last.
    pub fn encode(&self) -> Vec<u8> {
        // Nearly every event fits.
        let mut bytes = Vec::with_capacity(1_024);
        #[expect(clippy::expect_used, reason = "a recorded event has text keys and no value whose writing can fail")]
        serde_json::to_writer(&mut bytes, self).expect("a recorded event is JSON");
        bytes
    }

    /// Decodes stored bytes of any version.
    pub fn decode(bytes: &[u8]) -> Result<Recorded, DecodeError> {
        let mut fact = None;
        match (read_in_one_pass(bytes, &mut fact), fact) {
            (Some(stored), Some(fact)) => Ok(stored.with(fact)),
            _ => Recorded::decode_in_two_passes(bytes),
        }
    }

    /// Decodes the attributes first, because type and version determine the decoding of the data.
    fn decode_in_two_passes(bytes: &[u8]) -> Result<Recorded, DecodeError> {
        let damaged = |error: serde_json::Error| DecodeError::Damaged(error.to_string());
        let stored = read_attributes(bytes).map_err(damaged)?;
        let kind = stored.kind.parse::<Kind>().map_err(|_| DecodeError::UnknownType(stored.kind.to_string()))?;
        let version = stored.version.unwrap_or(1);
        // The first pass leaves the data as text.
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

    /// Returns the submission behind the record, without the ledger's stamps. If no time was submitted, it is that of
    /// the recording.
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

    /// Returns true if a submission equals this record and is therefore a retry. Its subject must be an id, not a ref.
    /// The content type is not compared: data is always JSON, and only the binary mode always states so.
    pub fn repeats(&self, submission: &Submission) -> bool {
        let retry = Submission {
            time: Some(submission.time.unwrap_or(self.recorded_at)),
            datacontenttype: self.datacontenttype.clone(),
            ..submission.clone()
        };
        self.submission() == retry
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
