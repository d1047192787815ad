//! The bytes of every type of event, frozen.
//!
//! IMPORTANT: never change a file in `golden/`. Existing ledgers contain events of exactly these bytes. A new shape of
//! data is a new version of its type (see `upcast`): it gets files of its own, and the old ones are still read.
//!
//! A file is named `<type>.json` or `<type>.<variant>.json`. It contains one event as it is stored, and a final line
//! feed, which is not stored.

// Clippy allows `unwrap` in tests; this makes it treat the helper functions as tests too.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use events::{Kind, Recorded, Submission, parse_json};
use serde_json::Value;

#[test]
fn every_type_has_its_golden_bytes() {
    let there: BTreeSet<Kind> = golden().iter().map(|file| decode(file).fact.kind()).collect();
    let all: BTreeSet<Kind> = Kind::ALL.iter().copied().collect();
    assert_eq!(there, all);
}

#[test]
fn a_file_is_named_after_the_type_it_holds() {
    for file in golden() {
        let kind = decode(&file).fact.kind();
        let rest = file.name.strip_prefix(kind.as_str());
        assert!(rest.is_some_and(|rest| rest.starts_with('.')), "{} holds an event of the type {kind}", file.name);
    }
}

#[test]
fn stored_events_are_read_and_written_to_the_same_bytes() {
    for file in golden() {
        let event = decode(&file);
        let encoded = event.encode();
        assert_eq!(Recorded::decode(&encoded), Ok(event), "{}", file.name);
        // Older versions of data are still read, but no longer written.
        if version(&file.bytes) == version(&encoded) {
            assert_eq!(String::from_utf8_lossy(&encoded), String::from_utf8_lossy(&file.bytes), "{}", file.name);
        }
    }
}

/// Both readers agree: an event that the codec reads from a journal equals the submission that a client would send.
#[test]
fn without_its_stamps_a_recorded_event_is_the_submission_it_was() {
    for file in golden().into_iter().filter(|file| version(&file.bytes) == version(&decode(file).encode())) {
        let event = decode(&file);
        let submitted = without_stamps(serde_json::from_slice(&file.bytes).unwrap());
        let submission =
            Submission::read(&submitted, "").unwrap_or_else(|faults| panic!("{} is refused: {faults:?}", file.name));
        assert_eq!(submission, event.submission(), "{}", file.name);
        assert!(event.repeats(&submission), "{}", file.name);
    }
}

#[test]
fn the_ledgers_stamps_are_not_accepted_from_a_client() {
    for file in golden() {
        let event = parse_json(&file.bytes).unwrap();
        assert!(Submission::read(event, "").is_err(), "{} is accepted with its stamps", file.name);
    }
}

struct Golden {
    name: String,
    bytes: Vec<u8>,
}

#[expect(clippy::disallowed_methods, reason = "the crate does no I/O; its golden files are read by its tests")]
fn golden() -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<Golden> = std::fs::read_dir(folder)
        .unwrap()
        .map(|found| {
            let path = found.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut bytes = std::fs::read(&path).unwrap();
            assert_eq!(bytes.pop(), Some(b'\n'), "{name} ends with a line feed");
            Golden { name, bytes }
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn decode(file: &Golden) -> Recorded {
    Recorded::decode(&file.bytes).unwrap_or_else(|error| panic!("{}: {error}", file.name))
}

fn version(bytes: &[u8]) -> Option<u64> {
    let event: Value = serde_json::from_slice(bytes).unwrap();
    event.get("dataversion").and_then(Value::as_u64)
}

fn without_stamps(mut event: Value) -> Value {
    let attributes = event.as_object_mut().unwrap();
    for stamp in ["seq", "recordedtime", "actor", "ref", "dataversion"] {
        attributes.remove(stamp);
    }
    let is_policy = attributes["subject"] == "policy";
    let data = attributes["data"].as_object_mut().unwrap();
    for stamp in ["context", "stands_on", "from_cycle"] {
        data.remove(stamp);
    }
    if !is_policy {
        data.remove("approval");
    }
    if let Some(changes) = data.get_mut("changes").and_then(Value::as_object_mut) {
        for change in changes.values_mut() {
            change.as_object_mut().unwrap().remove("from");
        }
    }
    event
}
