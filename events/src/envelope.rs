//! The envelope: CloudEvents 1.0 in its JSON format.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fact::{Fact, Kind};
use crate::fields::{Read, name_of, pointer, string};
use crate::id::{EventId, SubjectId};
use crate::moment::Moment;
use crate::text::Text;
use crate::violation::{Faults, Violation};

/// The value of an extension attribute: CloudEvents knows booleans, 32-bit integers and texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtensionValue {
    /// true or false
    Boolean(bool),
    /// A signed 32-bit integer.
    Integer(i32),
    /// Anything else, as text.
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
        ExtensionValue::of(&value).ok_or_else(|| serde::de::Error::custom("not an extension attribute's value"))
    }
}

impl ExtensionValue {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(ExtensionValue::Boolean(*value)),
            Value::Number(number) => number.as_str().parse().ok().map(ExtensionValue::Integer),
            Value::String(text) => Some(ExtensionValue::Text(text.clone())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// An event as its author submits it: valid in itself, not yet held against what stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The retry key, for ever.
    pub id: EventId,
    /// Who or what says so: a URI reference.
    pub source: Text,
    /// The thing it is about: its id, or its ref.
    pub subject: SubjectId,
    /// When it happened; the moment of recording where not said.
    pub time: Option<Moment>,
    /// The content type of the data where it was said; always JSON.
    pub datacontenttype: Option<Text>,
    /// The schema the data claims to keep to, where it was said.
    pub dataschema: Option<Text>,
    /// Other attributes, kept and served as they came.
    pub extensions: BTreeMap<String, ExtensionValue>,
    /// What happened.
    pub fact: Fact,
}

/// Why a submission cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// It is not a CloudEvent, or none that a ledger takes.
    NotACloudEvent(Vec<Violation>),
    /// It is one, but its type or its data is not valid.
    Invalid(Vec<Violation>),
}

/// Attributes only the ledger writes.
pub(crate) const STAMPS: [&str; 5] = ["seq", "recordedtime", "actor", "ref", "dataversion"];

impl Submission {
    /// Reads one CloudEvent in JSON, naming every fault in it by pointers that begin with `at`.
    pub fn read(value: &Value, at: &str) -> Result<Submission, Malformed> {
        let mut envelope = Faults::none();
        let mut inside = Faults::none();
        let read = Self::read_noting(value, at, &mut envelope, &mut inside);
        match read {
            Some(submission) if envelope.is_empty() && inside.is_empty() => Ok(submission),
            _ if envelope.is_empty() => Err(Malformed::Invalid(inside.into_violations())),
            _ => {
                let mut all = envelope.into_violations();
                all.extend(inside.into_violations());
                Err(Malformed::NotACloudEvent(all))
            }
        }
    }

    fn read_noting(value: &Value, at: &str, envelope: &mut Faults, inside: &mut Faults) -> Option<Submission> {
        let Value::Object(map) = value else {
            envelope.add(at, "not_a_cloud_event", format!("a CloudEvent is a JSON object, not {}", name_of(value)));
            return None;
        };
        let required = |name: &str, faults: &mut Faults| -> Option<&Value> {
            let found = map.get(name).filter(|value| !value.is_null());
            if found.is_none() {
                faults.add(pointer(at, name), "required", format!("a CloudEvent here has the attribute `{name}`"));
            }
            found
        };

        if let Some(version) = required("specversion", envelope)
            && version != "1.0"
        {
            envelope.add(pointer(at, "specversion"), "specversion", "only CloudEvents \"1.0\" is taken");
        }
        let id = required("id", envelope).and_then(|id| EventId::read(id, &pointer(at, "id"), envelope));
        let source = required("source", envelope).and_then(|text| Text::read(text, &pointer(at, "source"), envelope));
        let kind_text =
            required("type", envelope).and_then(|text| string(text, &pointer(at, "type"), envelope).map(str::to_owned));
        let kind = kind_text.and_then(|text| {
            text.parse::<Kind>().map_err(|wrong| inside.add(pointer(at, "type"), "unknown_type", wrong)).ok()
        });
        let subject = required("subject", envelope).and_then(|id| SubjectId::read(id, &pointer(at, "subject"), inside));

        let mut time = None;
        let mut datacontenttype = None;
        let mut dataschema = None;
        let mut extensions = BTreeMap::new();
        for (name, value) in map {
            let here = pointer(at, name);
            match name.as_str() {
                "specversion" | "id" | "source" | "type" | "subject" | "data" => {}
                _ if value.is_null() => {}
                "time" => time = Moment::read(value, &here, envelope),
                "datacontenttype" => {
                    datacontenttype = Text::read(value, &here, envelope);
                    if datacontenttype.as_ref().is_some_and(|text| !is_json(text.as_str())) {
                        envelope.add(here, "datacontenttype", "the data is JSON: say application/json or leave it out");
                    }
                }
                "dataschema" => dataschema = Text::read(value, &here, envelope),
                "data_base64" => envelope.add(here, "data_base64", "the data is JSON: put it under `data`"),
                stamp if STAMPS.contains(&stamp) => {
                    envelope.add(here, "reserved", format!("`{stamp}` is the ledger's to write: leave it out"));
                }
                _ if !is_attribute_name(name) => {
                    let says = "an attribute's name is 1 to 20 of a-z 0-9; what belongs to the event goes under `data`";
                    envelope.add(here, "attribute_name", says);
                }
                _ => match ExtensionValue::of(value) {
                    Some(value) => drop(extensions.insert(name.clone(), value)),
                    None => envelope.add(
                        here,
                        "attribute_value",
                        "an extension attribute is a text, true or false, or an integer of 32 bits",
                    ),
                },
            }
        }

        let empty = Value::Object(serde_json::Map::new());
        let data = map.get("data").filter(|data| !data.is_null()).unwrap_or(&empty);
        let fact = kind.and_then(|kind| Fact::read(kind, data, &pointer(at, "data"), inside));
        Some(Submission {
            id: id?,
            source: source?,
            subject: subject?,
            time,
            datacontenttype,
            dataschema,
            extensions,
            fact: fact?,
        })
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
    use serde_json::json;

    fn rules(value: Value) -> Vec<String> {
        match Submission::read(&value, "") {
            Ok(_) => vec![],
            Err(Malformed::NotACloudEvent(faults) | Malformed::Invalid(faults)) => {
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
    fn the_context_of_an_adjustment_is_the_ledgers_to_stamp() {
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
