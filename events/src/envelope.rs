//! The envelope: CloudEvents 1.0 in its JSON format.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fact::{Fact, Kind};
use crate::fields::{Read, string};
use crate::id::{EventId, SubjectId};
use crate::json::{Json, Object};
use crate::moment::Moment;
use crate::place::At;
use crate::text::Text;
use crate::violation::Faults;

/// The value of an extension attribute: as in CloudEvents, a boolean, a 32-bit integer or a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtensionValue {
    /// true or false
    Boolean(bool),
    /// A signed 32-bit integer.
    Integer(i32),
    /// Any other value, as a string.
    Text(String),
}

impl Serialize for ExtensionValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ExtensionValue::Boolean(value) => serializer.serialize_bool(*value),
            ExtensionValue::Integer(value) => serializer.serialize_i32(*value),
            ExtensionValue::Text(value) => serializer.serialize_str(value),
        }
    }
}

impl<'de> Deserialize<'de> for ExtensionValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        ExtensionValue::of(&Json::from(&value))
            .ok_or_else(|| serde::de::Error::custom("not an extension attribute's value"))
    }
}

impl ExtensionValue {
    fn of(value: &Json<'_>) -> Option<Self> {
        match value {
            Json::Bool(value) => Some(ExtensionValue::Boolean(*value)),
            Json::Whole(whole) => i32::try_from(*whole).ok().map(ExtensionValue::Integer),
            Json::Number(digits) => digits.parse().ok().map(ExtensionValue::Integer),
            Json::Text(text) => Some(ExtensionValue::Text(text.clone().into_owned())),
            Json::Null | Json::List(_) | Json::Object(_) => None,
        }
    }
}

/// A submitted event: valid in itself, but not yet checked against the state of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The retry key, never reused.
    pub id: EventId,
    /// The person or system that reports the event: a URI reference.
    pub source: Text,
    /// The id or ref of the thing that the event is about.
    pub subject: SubjectId,
    /// The time at which it happened; absent means the time of recording.
    pub time: Option<Moment>,
    /// The content type of the data, if stated; always JSON.
    pub datacontenttype: Option<Text>,
    /// The schema that the data claims to follow, if stated.
    pub dataschema: Option<Text>,
    /// Other attributes, stored and served unchanged.
    pub extensions: BTreeMap<String, ExtensionValue>,
    /// The type and the data of the event.
    pub fact: Fact,
}

/// A submission that cannot be read, with its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// It is not a CloudEvent, or not one that a ledger accepts.
    NotACloudEvent(Faults),
    /// It is a CloudEvent, but its type, subject or data is invalid.
    Invalid(Faults),
}

impl Malformed {
    /// Returns all faults.
    pub fn into_faults(self) -> Faults {
        match self {
            Malformed::NotACloudEvent(faults) | Malformed::Invalid(faults) => faults,
        }
    }
}

/// Attributes that only the ledger sets.
pub(crate) const STAMPS: [&str; 5] = ["seq", "recordedtime", "actor", "ref", "dataversion"];

impl Submission {
    /// Reads one CloudEvent in JSON; reports every fault in it, with pointers that begin with `at`.
    pub fn read<'a>(value: impl Into<Json<'a>>, at: impl Into<At<'a>>) -> Result<Submission, Malformed> {
        Self::read_beside(&Faults::none(), value, at)
    }

    /// Reads one of several events; lists only as many faults as fit beside those of the others, and counts the rest.
    pub fn read_beside<'a>(
        others: &Faults,
        value: impl Into<Json<'a>>,
        at: impl Into<At<'a>>,
    ) -> Result<Submission, Malformed> {
        let (mut envelope, mut inside) = (others.beside(), others.beside());
        let read = Self::read_into(&value.into(), at.into(), &mut envelope, &mut inside);
        match read {
            Some(submission) if envelope.is_empty() && inside.is_empty() => Ok(submission),
            _ if envelope.is_empty() => Err(Malformed::Invalid(inside)),
            _ => {
                envelope.extend(inside);
                Err(Malformed::NotACloudEvent(envelope))
            }
        }
    }

    fn read_into(value: &Json<'_>, at: At<'_>, envelope: &mut Faults, inside: &mut Faults) -> Option<Submission> {
        let Json::Object(object) = value else {
            envelope.add(at, "not_a_cloud_event", format_args!("a CloudEvent is a JSON object, not {}", value.name()));
            return None;
        };
        let (mut specversion, mut id, mut source, mut kind, mut subject, mut data) =
            (None, None, None, None, None, None);
        let mut others = Vec::new();
        for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            match name {
                "specversion" => specversion = Some(value),
                "id" => id = Some(value),
                "source" => source = Some(value),
                "type" => kind = Some(value),
                "subject" => subject = Some(value),
                "data" => data = Some(value),
                _ => others.push((name, value)),
            }
        }

        let required = |name: &str, found: Option<&'_ Json<'_>>, faults: &mut Faults| {
            if found.is_none() {
                faults.add(at.field(name), "required", format_args!("the attribute `{name}` is required"));
            }
        };
        required("specversion", specversion, envelope);
        if specversion.is_some_and(|version| !matches!(version, Json::Text(text) if text == "1.0")) {
            envelope.add(at.field("specversion"), "specversion", "only CloudEvents \"1.0\" is accepted");
        }
        required("id", id, envelope);
        let id = id.and_then(|id| EventId::read(id, at.field("id"), envelope));
        required("source", source, envelope);
        let source = source.and_then(|text| Text::read(text, at.field("source"), envelope));
        required("type", kind, envelope);
        let kind = kind.and_then(|text| string(text, at.field("type"), envelope)).and_then(|text| {
            text.parse::<Kind>().map_err(|wrong| inside.add(at.field("type"), "unknown_type", wrong)).ok()
        });
        required("subject", subject, envelope);
        let subject = subject.and_then(|id| SubjectId::read(id, at.field("subject"), inside));
        // Faults of these attributes are reported in the order of the names.
        others.sort_unstable_by_key(|(name, _)| *name);
        let mut found = OptionalAttributes::default();
        others.into_iter().for_each(|(name, value)| found.read(name, value, at.field(name), envelope));

        let empty = Json::Object(Object::default());
        let fact = kind.and_then(|kind| Fact::read(kind, data.unwrap_or(&empty), at.field("data"), inside));
        Some(Submission {
            id: id?,
            source: source?,
            subject: subject?,
            time: found.time,
            datacontenttype: found.datacontenttype,
            dataschema: found.dataschema,
            extensions: found.extensions,
            fact: fact?,
        })
    }
}

/// The optional attributes of an event.
#[derive(Default)]
struct OptionalAttributes {
    time: Option<Moment>,
    datacontenttype: Option<Text>,
    dataschema: Option<Text>,
    extensions: BTreeMap<String, ExtensionValue>,
}

impl OptionalAttributes {
    fn read(&mut self, name: &str, value: &Json<'_>, here: At<'_>, faults: &mut Faults) {
        match name {
            "time" => self.time = Moment::read(value, here, faults),
            "datacontenttype" => {
                self.datacontenttype = Text::read(value, here, faults);
                if self.datacontenttype.as_ref().is_some_and(|text| !is_json(text.as_str())) {
                    faults.add(
                        here,
                        "datacontenttype",
                        "the data is JSON: send application/json or leave the attribute out",
                    );
                }
            }
            "dataschema" => self.dataschema = Text::read(value, here, faults),
            "data_base64" => faults.add(here, "data_base64", "the data is JSON: put it under `data`"),
            stamp if STAMPS.contains(&stamp) => {
                faults.add(here, "reserved", format_args!("`{stamp}` is set by the ledger: leave it out"));
            }
            _ if !is_attribute_name(name) => {
                let says =
                    "an attribute name has 1 to 20 characters of a-z 0-9; fields of the event belong under `data`";
                faults.add(here, "attribute_name", says);
            }
            _ => match ExtensionValue::of(value) {
                Some(value) => drop(self.extensions.insert(name.to_owned(), value)),
                None => faults.add(
                    here,
                    "attribute_value",
                    "an extension attribute is a string, a boolean or a 32-bit integer",
                ),
            },
        }
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

fn is_attribute_name(name: &str) -> bool {
    (1..=20).contains(&name.len()) && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn rules(value: Value) -> Vec<String> {
        match Submission::read(&value, "") {
            Ok(_) => vec![],
            Err(wrong) => {
                let faults = wrong.into_faults().into_violations();
                faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.rule)).collect()
            }
        }
    }

    #[test]
    fn every_fault_of_an_event_is_named_at_once() {
        let found = rules(json!({
            "specversion": "0.3", "source": " ", "type": "okr.check_in.recorded", "subject": "a b", "seq": 4,
            "Bad-Name": "x", "time": "yesterday", "data": {"value": "18", "confidence": 11, "mood": "fine"}
        }));
        assert_eq!(
            found,
            [
                "/specversion specversion",
                "/id required",
                "/source bad_text",
                "/Bad-Name attribute_name",
                "/seq reserved",
                "/time not_a_time",
                "/subject bad_id",
                "/data/value wrong_type",
                "/data/confidence confidence_out_of_range",
                "/data/mood unknown_field",
            ]
        );
    }

    #[test]
    fn an_event_without_fields_needs_no_data() {
        let start =
            json!({"specversion": "1.0", "id": "1", "source": "/x", "type": "okr.cycle.started", "subject": "q2"});
        assert_eq!(rules(start), Vec::<String>::new());
    }

    #[test]
    fn only_the_ledger_stamps_the_context_of_an_adjustment() {
        let found = rules(json!({
            "specversion": "1.0", "id": "1", "source": "/x", "type": "okr.key_result.adjusted", "subject": "kr",
            "data": {"changes": {"target": {"from": 3, "to": 4}}, "context": {}}
        }));
        assert_eq!(
            found,
            ["/data/changes/target/from unknown_field", "/data/justification required", "/data/context unknown_field",]
        );
    }
}
