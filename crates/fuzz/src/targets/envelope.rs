//! A CloudEvent in JSON, from outside.

#[path = "../../../../events/tests/round_trip/kept.rs"]
mod kept;

use events::{Json, Moment, Submission, parse_json};
use serde_json::Value;

use super::faults;

const AT: &str = "/3";

pub(crate) fn run(data: &[u8]) {
    let Ok(json) = parse_json(data) else { return };
    let value: Value = serde_json::from_slice(data).unwrap();
    assert_eq!(json, Json::from(&value), "what was read is what serde_json reads");
    assert_eq!(parse_json(value.to_string().as_bytes()), Ok(json.clone()), "what was read is written as it was");
    match Submission::read(json, AT) {
        Err(malformed) => faults::check(&malformed.into_faults().into_violations(), &value, AT),
        Ok(submission) => {
            let recorded_at = Moment::parse("2026-05-04T09:00:00.000001Z").unwrap();
            kept::comes_back(&kept::kept(&submission, 7, recorded_at), &submission);
        }
    }
}
