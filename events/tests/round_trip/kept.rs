//! A submission as the ledger keeps it, and the law it is held to. The fuzzing targets run it too.

use events::{Kind, Moment, Recorded, Ref, Submission, Text};
use serde_json::Value;

const STAMPS: [&str; 4] = ["seq", "recordedtime", "actor", "ref"];

/// What is recorded of a submission that the rules let through.
pub(crate) fn kept(submission: &Submission, seq: u64, recorded_at: Moment) -> Recorded {
    let given = match submission.fact.kind() {
        Kind::ObjectiveDrafted => Some(Ref::objective(3)),
        Kind::KeyResultDrafted => Some(Ref::key_result(12)),
        _ => None,
    };
    Recorded {
        seq,
        recorded_at,
        actor: Text::new("someone else").unwrap(),
        given,
        id: submission.id.clone(),
        source: submission.source.clone(),
        subject: submission.subject.clone(),
        time: submission.time.unwrap_or(recorded_at),
        datacontenttype: submission.datacontenttype.clone(),
        dataschema: submission.dataschema.clone(),
        extensions: submission.extensions.clone(),
        fact: submission.fact.clone(),
    }
}

/// It is read from its bytes as it was written, is known again when it is retried, and can be submitted again.
pub(crate) fn comes_back(event: &Recorded, submission: &Submission) {
    let bytes = event.encode();
    let read = Recorded::decode(&bytes);
    assert_eq!(read.as_ref(), Ok(event), "{}", String::from_utf8_lossy(&bytes));
    assert_eq!(read.unwrap().encode(), bytes);
    assert!(event.repeats(submission), "not known again when it is retried: {submission:?}");
    let mut stored: Value = serde_json::from_slice(&bytes).unwrap();
    let attributes = stored.as_object_mut().unwrap();
    assert!(STAMPS[..3].iter().all(|stamp| attributes.contains_key(*stamp)));
    attributes.retain(|name, _| !STAMPS.contains(&name.as_str()));
    let said = Submission { time: Some(event.time), ..submission.clone() };
    assert_eq!(Submission::read(&stored, ""), Ok(said), "{stored}");
}
