//! The recorded form of a submission, and the law that it must satisfy. The fuzz targets use this file too.

use events::{Kind, Moment, Recorded, Ref, Submission, Text};
use serde_json::Value;

const STAMPS: [&str; 4] = ["seq", "recordedtime", "actor", "ref"];

/// Returns the record of a submission that the rules accept.
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

/// Checks that an event is read back from its bytes unchanged, recognises its retry, and can be submitted again.
pub(crate) fn comes_back(event: &Recorded, submission: &Submission) {
    let bytes = event.encode();
    let read = Recorded::decode(&bytes);
    assert_eq!(read.as_ref(), Ok(event), "{}", String::from_utf8_lossy(&bytes));
    assert_eq!(read.unwrap().encode(), bytes);
    assert!(event.repeats(submission), "the retry is not recognised: {submission:?}");
    let mut stored: Value = serde_json::from_slice(&bytes).unwrap();
    let attributes = stored.as_object_mut().unwrap();
    assert!(STAMPS[..3].iter().all(|stamp| attributes.contains_key(*stamp)));
    attributes.retain(|name, _| !STAMPS.contains(&name.as_str()));
    let expected = Submission { time: Some(event.time), ..submission.clone() };
    assert_eq!(Submission::read(&stored, ""), Ok(expected), "{stored}");
}
