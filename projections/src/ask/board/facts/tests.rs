use proptest::prelude::*;
use serde_json::{Value, json};

use super::key_result::Agreed;
use super::*;
use crate::ask::testing::justification;
use crate::rows::{
    CycleRow, Error, KeyResult, KeyResultRow, LatestRow, Memo, Memory, ObjectiveRow, Row, Rows as _, RowsMut as _, all,
    put,
};

/// Returns a key result with all optional fields set.
fn agreed(no: u32, kind: &str) -> Value {
    let at = json!({"seq": 300, "time": "1996-02-29T12:00:00.5Z", "recorded_at": "2026-05-04T09:00:00Z"});
    let milestones = json!([{"name": "signed", "weight": 2}, {"name": "moved in"}]);
    json!({
        "id": format!("k{no}"), "cycle": "q2", "objective": "an-objective-whose-id-is-long", "objective_no": 1, "no": no,
        "title": "Raise the share of trials that go on", "owner": "Ada",
        "metric": {"name": "trials", "unit": "%", "kind": kind,
            "milestones": if kind == "milestones" { milestones } else { json!([]) }},
        "baseline": {"value": -18.50, "measured_on": "2026-03-20", "method": "the product's own figures"},
        "target": 45, "original_target": 1234567890123456789012345678_u128, "thresholds": {"0.3": 20, "0.7": 30},
        "due_on": "2026-06-15", "weight": 2.5, "expected_score": 0.7, "drafted": at, "adjustments": 3,
        "graded": {"score": 0.65, "rationale": "we decided so", "at": at},
        "retired": {"justification": justification(), "replaced_by": ["k9"], "at": at}, "touched": 70_000,
    })
}

fn said(no: u32) -> Value {
    let at = |what: Value| json!({"what": what, "time": "2026-05-04T09:00:00.000001Z", "seq": 20_000});
    json!({
        "place": {"cycle": "q2", "objective_no": 1, "no": no},
        "latest": {
            "value": at(json!(39.0)), "milestones_done": at(json!(["signed"])), "confidence": at(json!(7)),
            "previous_confidence": at(json!(10)), "status": at(json!("at_risk")),
            "blockers": at(json!(["no one in sales", "the fair"])),
        },
        "touched": 20_000,
    })
}

fn objective(no: u32) -> Value {
    let at = json!({"seq": 300, "time": "1996-02-29T12:00:00.5Z", "recorded_at": "2026-05-04T09:00:00Z"});
    json!({
        "id": format!("o{no}"), "cycle": "q2", "no": no, "title": "Make the trial frictionless",
        "description": "What it means, at length", "level": "team", "team": "growth", "owner": "Ben",
        "ambition": "committed", "supports": "company", "themes": ["one", "two"], "weight": 3, "drafted": at,
        "adjustments": 200, "graded": {"score": 0.3, "rationale": "we decided so", "at": at},
        "retired": {"justification": justification(), "replaced_by": ["o8", "o9"], "at": at},
        "carried_to": {"cycle": "q3", "objective": "next", "note": "it goes on", "at": at},
        "carried_from": {"cycle": "q1", "objective": "before", "note": "it went on", "at": at}, "touched": 70_000,
    })
}

/// Removes optional fields by the bits of `left_out`.
fn without(mut row: Value, names: &[&str], left_out: u32) -> Value {
    for (n, name) in names.iter().enumerate().filter(|(n, _)| left_out & (1 << n) != 0) {
        let (parent, name) = name.rsplit_once('/').unwrap_or(("", name));
        if let Some(fields) = row.pointer_mut(parent).and_then(Value::as_object_mut) {
            fields.insert(name.to_owned(), Value::Null);
        }
        assert!(n < 16);
    }
    row
}

const AGREED: [&str; 12] = [
    "baseline",
    "/baseline/measured_on",
    "/baseline/method",
    "target",
    "original_target",
    "thresholds",
    "due_on",
    "weight",
    "expected_score",
    "graded",
    "retired",
    "/metric/unit",
];
const OBJECTIVE: [&str; 11] = [
    "description",
    "team",
    "supports",
    "weight",
    "graded",
    "retired",
    "carried_to",
    "carried_from",
    "/carried_to/cycle",
    "/carried_from/note",
    "/carried_from/cycle",
];
const SAID: [&str; 7] = [
    "/latest/value",
    "/latest/milestones_done",
    "/latest/confidence",
    "/latest/previous_confidence",
    "/latest/status",
    "/latest/blockers",
    "/latest/status/what",
];

proptest! {
    #[test]
    fn what_a_board_reads_of_rows_is_what_they_hold(rows in prop::collection::vec((any::<u16>(), any::<u8>(), any::<bool>(), any::<bool>()), 1..6)) {
        let mut stored = Memory::new();
        for (no, (of_agreed, of_said, is_milestones, is_long)) in (1..).zip(rows) {
            let kind = if is_milestones { "milestones" } else { "increase" };
            let row = lengthened(without(agreed(no, kind), &AGREED, of_agreed.into()), is_long);
            let row: KeyResultRow = serde_json::from_value(row).unwrap();
            put(&mut stored, 1, &row).unwrap();
            // Half of the key results have no check-in. Check-ins of a key result that was never drafted are not shown.
            if of_said & 0x80 == 0 {
                let row: LatestRow = serde_json::from_value(lengthened(without(said(no), &SAID, of_said.into()), is_long)).unwrap();
                put(&mut stored, 1, &row).unwrap();
            }
            let row: LatestRow = serde_json::from_value(said(no + 100)).unwrap();
            put(&mut stored, 1, &row).unwrap();
        }
        let prefix = CycleRow::key_results("q2");
        let whole: Vec<KeyResultFacts> = KeyResult::under(&stored, &prefix).unwrap().iter().map(KeyResultFacts::of).collect();
        prop_assert_eq!(KeyResultFacts::under(&stored, &prefix).unwrap(), whole);
    }
}

proptest! {
    #[test]
    fn what_a_board_reads_of_objectives_is_what_they_hold(rows in prop::collection::vec((any::<u16>(), any::<bool>()), 1..6)) {
        let mut stored = Memory::new();
        for (no, (left_out, is_long)) in (1..).zip(rows) {
            let row: ObjectiveRow = serde_json::from_value(lengthened(without(objective(no), &OBJECTIVE, left_out.into()), is_long)).unwrap();
            put(&mut stored, 1, &row).unwrap();
        }
        let prefix = CycleRow::objectives("q2");
        let rows: Vec<ObjectiveRow> = all(&stored, &prefix).unwrap();
        let whole: Vec<ObjectiveFacts> = rows.iter().map(ObjectiveFacts::of).collect();
        prop_assert_eq!(ObjectiveFacts::under(&stored, &prefix).unwrap(), whole);
    }
}

/// Returns the bytes of a row, and the rows that contain it.
fn stored<R: Row>(row: &R) -> (Memory, Vec<u8>) {
    let mut rows = Memory::new();
    put(&mut rows, 1, row).unwrap();
    let bytes = rows.get(&row.key()).unwrap().unwrap().bytes().to_vec();
    (rows, bytes)
}

/// Replaces texts by ones too long to be stored inside the row.
fn lengthened(mut row: Value, is_long: bool) -> Value {
    if is_long {
        for place in ["/title", "/owner", "/description", "/metric/milestones/0/name", "/latest/blockers/what/0"] {
            if let Some(Value::String(text)) = row.pointer_mut(place) {
                *text = text.repeat(60);
            }
        }
    }
    row
}

#[test]
fn no_row_that_is_whole_needs_the_usual_way() {
    for left_out in [0, u32::MAX, 0b0101_0101_0101, 0b1010_1010_1010] {
        for kind in ["milestones", "at_most"] {
            let row = lengthened(without(agreed(1, kind), &AGREED, left_out), left_out == 0);
            let row: KeyResultRow = serde_json::from_value(row).unwrap();
            let (rows, bytes) = stored(&row);
            assert_eq!(Agreed::read(&rows, &bytes), Some(Agreed::of(&row)));
        }
        let row: ObjectiveRow = serde_json::from_value(without(objective(1), &OBJECTIVE, left_out)).unwrap();
        let (rows, bytes) = stored(&row);
        assert_eq!(ObjectiveFacts::read(&rows, &bytes), Some(ObjectiveFacts::of(&row)));
    }
}

#[test]
fn a_row_that_is_cut_short_is_damaged() {
    let row: KeyResultRow = serde_json::from_value(agreed(1, "increase")).unwrap();
    let (_, whole) = stored(&row);
    let read = |bytes: &[u8]| {
        let mut stored = Memory::new();
        stored.put(1, row.key(), bytes, Memo::default()).unwrap();
        KeyResultFacts::under(&stored, &CycleRow::key_results("q2"))
    };
    let enough = (0..whole.len()).find(|len| read(&whole[..*len]).is_ok()).unwrap();
    assert!(read(&whole).unwrap()[0].agreed.is_retired && enough > 150);
    let Err(Error::Damaged(says)) = read(&whole[..enough - 1]) else { panic!("nobody noticed") };
    assert!(
        says.starts_with("KeyResult kq2\\x00") && says.ends_with("Hit the end of buffer, expected more data"),
        "{says}"
    );
}
