//! Decoding in one pass must agree with decoding in two.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value};

use super::*;

const EVENT: &str = concat!(
    r#"{"specversion":"1.0","id":"e1","source":"/x","type":"okr.cycle.started","subject":"q2","#,
    r#""time":"2026-04-01T09:00:00Z","color":"red","seq":1,"recordedtime":"2026-04-01T09:00:00Z","actor":"/x","#,
    r#""data":{}}"#,
);

const GOLDEN: [&str; 8] = [
    EVENT,
    include_str!("../../tests/golden/okr.check_in.recorded.full.json"),
    include_str!("../../tests/golden/okr.check_in.corrected.every_field.json"),
    include_str!("../../tests/golden/okr.key_result.adjusted.every_field.json"),
    include_str!("../../tests/golden/okr.key_result.drafted.thresholds.json"),
    include_str!("../../tests/golden/okr.adjustment.proposed.retire.split.json"),
    include_str!("../../tests/golden/okr.board_report.issued.noted.json"),
    include_str!("../../tests/golden/okr.cycle.opened.custom.json"),
];

#[test]
fn an_event_with_a_repeated_attribute_is_damaged() {
    assert!(Recorded::decode(EVENT.as_bytes()).is_ok());
    for attribute in [r#""id":"e1""#, r#""seq":1"#, r#""specversion":"1.0""#, r#""data":{}"#, r#""color":"red""#] {
        let twice = EVENT.replacen('{', &format!("{{{attribute},"), 1);
        assert!(matches!(Recorded::decode(twice.as_bytes()), Err(DecodeError::Damaged(_))), "{twice}");
    }
}

#[test]
fn events_written_by_this_version_are_read_in_one_pass() {
    for event in GOLDEN {
        let event = Recorded::decode_in_two_passes(event.as_bytes()).unwrap();
        let mut fact = None;
        assert!(read_in_one_pass(&event.encode(), &mut fact).is_some());
        assert_eq!(fact, Some(event.fact));
    }
}

#[test]
fn the_version_of_data_counts_before_and_after_the_data() {
    for (attribute, version) in
        [(r#""dataversion":1"#, None), (r#""dataversion":2"#, Some(2)), (r#""dataversion":0"#, Some(0))]
    {
        let before = EVENT.replacen('{', &format!("{{{attribute},"), 1);
        let after = EVENT.replace(r#""data":{}"#, &format!(r#""data":{{}},{attribute}"#));
        for text in [before, after] {
            match (Recorded::decode(text.as_bytes()), version) {
                (Ok(event), None) => assert_eq!(Ok(event), Recorded::decode(EVENT.as_bytes())),
                (Err(DecodeError::UnknownVersion { version, .. }), Some(written)) => assert_eq!(version, written),
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
    }
}

#[test]
fn decode_errors_name_the_fault() {
    let error =
        |from: &str, to: &str| Recorded::decode(EVENT.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
    for (from, to, says) in [
        (r#""id":"e1","#, "", "not a recorded event: missing field `id` at line 1 column 190"),
        (r#","data":{}"#, "", "not a recorded event: missing field `data` at line 1 column 190"),
        (
            r#""data":{}"#,
            r#""data":{"x":1}"#,
            "not a recorded event: unknown field `x`, there are no fields at line 1 column 4",
        ),
        (
            r#""seq":1"#,
            r#""seq":"1""#,
            "not a recorded event: invalid type: string \"1\", expected u64 at line 1 column 140",
        ),
        (
            "started",
            "begun",
            "unknown event type `okr.cycle.begun`: if a newer version wrote the event, upgrade this program",
        ),
        (r#"{}}"#, r#"{}}}"#, "not a recorded event: trailing characters at line 1 column 201"),
    ] {
        assert_eq!(error(from, to), says);
    }
}

/// Stored events with their attributes in any order, one of them missing or another added.
fn shuffled() -> impl Strategy<Value = String> {
    let more = select(vec![
        r#""dataversion":1"#,
        r#""dataversion":2"#,
        r#""data":{}"#,
        r#""type":"okr.cycle.closed""#,
        r#""x":1"#,
        r#""\u0069d":"e2""#,
        r#""data":null"#,
    ]);
    (select(GOLDEN.to_vec()), prop::option::weighted(0.9, more), prop::option::weighted(0.1, any::<Index>()))
        .prop_flat_map(|(event, more, left_out)| {
            let attributes: Map<String, Value> = serde_json::from_str(event).unwrap();
            let mut written: Vec<String> =
                attributes.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
            if let Some(place) = left_out {
                written.remove(place.index(written.len()));
            }
            written.extend(more.map(str::to_owned));
            Just(written).prop_shuffle().prop_map(|written| format!("{{{}}}", written.join(",")))
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_decodings_agree(event in shuffled(), place in any::<Index>(), put in "[\"{}:,0-9 a-z]?", cut in any::<bool>()) {
        let mut bytes = event.into_bytes();
        prop_assert_eq!(Recorded::decode(&bytes), Recorded::decode_in_two_passes(&bytes));
        let place = place.index(bytes.len());
        bytes.splice(place..=place, put.bytes());
        prop_assert_eq!(Recorded::decode(&bytes), Recorded::decode_in_two_passes(&bytes));
        bytes.truncate(if cut { place } else { bytes.len() });
        prop_assert_eq!(Recorded::decode(&bytes), Recorded::decode_in_two_passes(&bytes));
    }
}
