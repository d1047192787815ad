//! A CloudEvent in JSON, from outside.

use events::{Kind, Malformed, Moment, Recorded, Ref, Submission, Text, parse_json};
use serde_json::Value;

use super::faults;

const AT: &str = "/3";
const STAMPS: [&str; 4] = ["seq", "recordedtime", "actor", "ref"];

pub(crate) fn run(data: &[u8]) {
    let Ok(value) = parse_json(data) else { return };
    assert_eq!(parse_json(value.to_string().as_bytes()).as_ref(), Ok(&value), "what was read is written as it was");
    match Submission::read(&value, AT) {
        Err(Malformed::NotACloudEvent(found) | Malformed::Invalid(found)) => faults::check(&found, &value, AT),
        Ok(submission) => recorded(submission),
    }
}

/// What is taken can be stored, read again, told from others, and submitted again.
fn recorded(submission: Submission) {
    let recorded_at = Moment::parse("2026-05-04T09:00:00.000001Z").unwrap();
    let given = match submission.fact.kind() {
        Kind::ObjectiveDrafted => Some(Ref::objective(3)),
        Kind::KeyResultDrafted => Some(Ref::key_result(12)),
        _ => None,
    };
    let event = Recorded {
        seq: 7,
        recorded_at,
        actor: Text::new("the ledger").unwrap(),
        given,
        id: submission.id.clone(),
        source: submission.source.clone(),
        subject: submission.subject.clone(),
        time: submission.time.unwrap_or(recorded_at),
        datacontenttype: submission.datacontenttype.clone(),
        dataschema: submission.dataschema.clone(),
        extensions: submission.extensions.clone(),
        fact: submission.fact.clone(),
    };
    let bytes = event.encode();
    assert_eq!(Recorded::decode(&bytes).as_ref(), Ok(&event));
    assert!(event.repeats(&submission));
    let mut stored = parse_json(&bytes).unwrap();
    let attributes = stored.as_object_mut().unwrap();
    assert!(STAMPS[..3].iter().all(|stamp| attributes.contains_key(*stamp)));
    attributes.retain(|name, _| !STAMPS.contains(&name.as_str()));
    let again = Submission::read(&stored, "");
    let said = Submission { time: Some(event.time), ..submission };
    assert_eq!(again, Ok(said), "{}", Value::to_string(&stored));
}
