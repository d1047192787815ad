//! The schemas accept every event that the program accepts, and reject unknown and missing fields.

// Clippy lets tests unwrap; this tells it that the helpers between them are tests too.
#![cfg(test)]

use events::{Kind, Recorded, Submission};
use jsonschema::Validator;
use serde_json::{Value, json};

/// Returns the stored events of the golden files, as their authors would submit them.
fn submitted() -> Vec<Value> {
    #[expect(clippy::disallowed_methods, reason = "the golden events are files")]
    let recorded = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"))
        .unwrap()
        .map(|file| std::fs::read(file.unwrap().path()).unwrap());
    recorded
        .map(|bytes| {
            let mut event: Value = serde_json::from_slice(&bytes).unwrap();
            let fact = Recorded::decode(&bytes).unwrap().fact;
            let data = serde_json::to_value(fact.unstamped()).unwrap();
            let fields = event.as_object_mut().unwrap();
            fields.insert("data".into(), data);
            for stamp in ["seq", "recordedtime", "actor", "ref", "dataversion"] {
                fields.remove(stamp);
            }
            without_approval(&mut event);
            event
        })
        .collect()
}

/// The ledger adds the approval to a change that it records itself.
fn without_approval(event: &mut Value) {
    if let Some(data) = event["data"].as_object_mut() {
        data.remove("approval");
    }
}

fn validator(kind: Kind) -> Validator {
    let schema = kind.schema();
    assert!(jsonschema::meta::is_valid(&schema), "{kind}");
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

/// Returns the schema of the data, which is optional where no field of it is required.
fn data_of(schema: &Value) -> &Value {
    let data = &schema["properties"]["data"];
    data["anyOf"].get(0).unwrap_or(data)
}

fn kind_of(event: &Value) -> Kind {
    event["type"].as_str().unwrap().parse().unwrap()
}

#[test]
fn every_event_that_is_accepted_is_valid_by_the_schema_of_its_type() {
    let events = submitted();
    for kind in Kind::ALL {
        assert!(events.iter().any(|event| kind_of(event) == *kind), "no golden file of {kind}");
    }
    for event in events {
        Submission::read(&event, "").unwrap_or_else(|wrong| panic!("{event}: {wrong:?}"));
        let errors: Vec<String> =
            validator(kind_of(&event)).iter_errors(&event).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{event}");
    }
}

#[test]
fn a_schema_rejects_unknown_fields_and_missing_ones_as_the_program_does() {
    for event in submitted() {
        let schema = validator(kind_of(&event));
        let rejected = |event: &Value| !schema.is_valid(event) && Submission::read(event, "").is_err();
        let mut unknown = event.clone();
        unknown["data"]["unheard_of"] = json!(1);
        assert!(rejected(&unknown), "{unknown}");
        for field in ["id", "source", "type", "subject", "specversion"] {
            let mut missing = event.clone();
            missing.as_object_mut().unwrap().remove(field);
            assert!(rejected(&missing), "{missing}");
        }
        let schema = kind_of(&event).schema();
        for field in data_of(&schema)["required"].as_array().into_iter().flatten() {
            let mut missing = event.clone();
            missing["data"].as_object_mut().unwrap().remove(field.as_str().unwrap());
            assert!(rejected(&missing), "{missing}");
        }
    }
}

#[test]
fn a_schema_states_limits_words_and_descriptions() {
    let schema = Kind::CheckInRecorded.schema();
    let fields = &data_of(&schema)["properties"];
    let inner = |field: &str| fields[field]["anyOf"][0].clone();
    assert_eq!(inner("confidence"), json!({"type": "integer", "minimum": 0, "maximum": 10}));
    assert_eq!(inner("status"), json!({"enum": ["on_track", "at_risk", "behind"]}));
    let blocker = json!({"type": "string", "minLength": 1, "maxLength": 2_000});
    assert_eq!(inner("blockers"), json!({"type": "array", "maxItems": 50, "items": blocker}));
    for kind in Kind::ALL {
        let schema = kind.schema();
        assert!(schema["description"].as_str().is_some_and(|about| about.len() > 10), "{kind}");
    }
}
