//! The rows an entry writes are proportional to the entry's size, whatever the history before it.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::apply;
use crate::ask::testing::{Ledger, justification};
use crate::rows::{Memory, Overlay, ProposalRow, ProposalState, Table};

/// The rows of an entry may have `TIMES` times the entry's bytes plus `MORE` bytes.
const TIMES: usize = 32;
const MORE: usize = 256 << 10;

const KEY_RESULTS: usize = 5;

/// Returns text of `chars` four-byte characters; the number in front makes each text different.
fn text(n: usize, chars: usize) -> String {
    format!("{n} {}", "\u{1f3af}".repeat(chars))
}

fn list(n: usize, items: usize, chars: usize) -> Value {
    (0..items).map(|item| text(1_000 * n + item, chars)).collect()
}

/// Returns a check-in with the longest lists that fit into an event.
fn long_check_in(n: usize) -> Value {
    json!({"value": n, "confidence": 5, "note": text(n, 2_000), "blockers": list(n, 50, 60), "progress": list(n + 1, 50, 60),
        "plans": list(n + 2, 50, 60), "problems": list(n + 3, 50, 50)})
}

/// Returns goals with texts of the maximum length, each with a long check-in and an open proposal.
fn hostile() -> Ledger {
    let mut ledger = Ledger::quarter();
    let at = "2026-04-02T09:00:00Z";
    let words = list(7, 200, 60);
    let bands =
        (0..20).rev().map(|n| json!({"from": f64::from(n) / 20.0, "name": text(n as usize, 60)})).collect::<Vec<_>>();
    ledger.note(at, "policy.adopted", "policy", json!({"output_words": words, "bands": bands}));
    for n in 0..KEY_RESULTS {
        let objective = format!("o{n}");
        let data = json!({"cycle": "q2", "title": text(n, 400), "description": text(n, 14_000), "level": "individual",
            "owner": text(n, 400), "ambition": "committed"});
        ledger.note(at, "objective.drafted", &objective, data);
        let milestones: Vec<Value> = (0..100).map(|one| json!({"name": text(one, 110), "weight": 1})).collect();
        let metric = json!({"name": text(n, 400), "unit": "steps", "kind": "milestones", "milestones": milestones});
        let data = json!({"objective": objective, "title": text(n, 400), "owner": text(n, 400), "metric": metric});
        ledger.note(at, "key_result.drafted", &format!("k{n}"), data);
        ledger.check_in(at, &format!("k{n}"), long_check_in(n));
        let done: Vec<String> = (0..100).map(|one| text(one, 110)).collect();
        ledger.check_in("2026-06-20T09:00:00Z", &format!("k{n}"), json!({"milestones_done": done}));
        let because = json!({"statement": text(n, 4_000), "cause": "external_change", "circumstances": text(n, 4_000),
            "preserves_objective": true});
        let asked = json!({"changes": {"title": {"to": text(n, 400)}}, "justification": because});
        ledger.note(at, "adjustment.proposed", &format!("k{n}"), asked);
    }
    ledger
}

/// Returns a short event, or a long one if `is_long`.
fn drawn((kind, n, is_long): (usize, usize, bool), past: &Ledger) -> (&'static str, String, Value) {
    let (key_result, objective) = (format!("k{}", n % KEY_RESULTS), format!("o{}", n % KEY_RESULTS));
    let long = |chars: usize| if is_long { text(n, chars) } else { format!("{n}") };
    let check_in = || {
        let all = past.events.iter().filter(|event| event.fact.kind() == events::Kind::CheckInRecorded);
        let own: Vec<_> = all.filter(|event| event.subject.as_str() == key_result).collect();
        own[n % own.len()].id.to_string()
    };
    let proposal = || {
        let all = past.events.iter().filter(|event| event.fact.kind() == events::Kind::AdjustmentProposed);
        let own: Vec<_> = all.filter(|event| event.subject.as_str() == key_result).collect();
        own[n % own.len()].id.to_string()
    };
    match kind {
        0 => ("check_in.recorded", key_result, if is_long { long_check_in(n) } else { json!({"value": n}) }),
        1 => ("check_in.recorded", key_result, json!({"confidence": n % 11})),
        2 => (
            "check_in.corrected",
            key_result.clone(),
            json!({"corrects": check_in(), "note": null, "blockers": null, "plans": null, "progress": null,
                "problems": [long(1_900)], "milestones_done": null, "reason": "so"}),
        ),
        3 => (
            "key_result.adjusted",
            key_result,
            json!({"changes": {"title": {"to": long(400)}}, "justification": justification()}),
        ),
        4 => (
            "key_result.adjusted",
            key_result,
            json!({"changes": {"metric": {"to": {"name": long(400), "kind": "increase"}}}, "justification": justification()}),
        ),
        5 => ("key_result.target_set", key_result, json!({"value": n})),
        6 => ("key_result.reassigned", key_result, json!({"owner": long(400), "reason": "so"})),
        7 => ("key_result.scored", key_result, json!({"score": 0.5, "rationale": long(10_000)})),
        8 => ("objective.amended", objective, json!({"changes": {"description": {"to": long(10_000)}}})),
        9 => ("objective.amended", objective, json!({"changes": {"owner": {"to": long(400)}}})),
        10 => ("objective.scored", objective, json!({"score": 0.5, "rationale": long(10_000)})),
        11 => ("cycle.closed", "q2".into(), json!({"note": long(10_000)})),
        12 => ("cycle.reopened", "q2".into(), json!({"reason": long(10_000)})),
        13 => ("policy.adopted", "policy".into(), json!({"cadence": {"days": n % 9 + 1}})),
        14 => ("retrospective.recorded", objective, json!({"learnings": [long(1_900)]})),
        15 => ("adjustment.declined", key_result.clone(), json!({"proposal": proposal(), "note": long(10_000)})),
        16 => ("objective.retired", objective, json!({"justification": justification()})),
        17 => ("key_result.retired", key_result, json!({"justification": justification()})),
        18 => ("cycle.started", "q2".into(), json!({})),
        19 => (
            "adjustment.proposed",
            key_result,
            json!({"changes": {"metric": {"to": {"name": "m", "kind": "increase"}}}, "justification": justification()}),
        ),
        _ => ("team.formed", format!("t{n}"), json!({"name": long(400)})),
    }
}

/// Returns the size of an event as it was submitted, in bytes.
fn submitted(event: &events::Recorded) -> usize {
    let event: Value = serde_json::from_slice(&event.encode()).unwrap();
    let own = ["specversion", "id", "source", "type", "subject", "time"];
    let mut submission: serde_json::Map<String, Value> =
        own.iter().filter_map(|name| Some(((*name).to_owned(), event.get(name)?.clone()))).collect();
    submission.insert("data".into(), event["data"].clone());
    Value::Object(submission).to_string().len()
}

/// Returns the bytes of the rows that events write, versions included. A current row counts twice because its version
/// is stored as well.
fn written(rows: &Memory, events: &[events::Recorded]) -> usize {
    let mut overlay = Overlay::over(rows);
    for event in events {
        apply(&mut overlay, event).unwrap();
    }
    let size = |(_, key, row): &crate::rows::Written| {
        let first = key.as_bytes()[0];
        let copies = if Table::is_log(first) || Table::is_timeless(first) { 1 } else { 2 };
        copies * (key.as_bytes().len() + row.bytes().len())
    };
    overlay.writes().iter().map(size).sum()
}

fn assert_in_proportion(past: &Ledger, rows: &Memory, entry: &[(usize, usize, bool)]) {
    let mut ledger = past.clone();
    for draw in entry {
        let (kind, subject, data) = drawn(*draw, past);
        ledger.note("2026-06-01T09:00:00Z", kind, &subject, data);
    }
    let events = &ledger.events[past.events.len()..];
    let said: usize = events.iter().map(submitted).sum();
    let written = written(rows, events);
    assert!(written <= TIMES * said + MORE, "{written} bytes of rows for {said} of events: {entry:?}");
}

/// Returns a history and its rows.
fn past() -> &'static (Ledger, Memory) {
    static PAST: LazyLock<(Ledger, Memory)> = LazyLock::new(|| {
        let past = hostile();
        let rows = past.rows(past.last());
        (past, rows)
    });
    &PAST
}

#[test]
fn many_small_events_of_one_type_write_in_proportion() {
    let (past, rows) = past();
    for kind in 0..=20 {
        let entry: Vec<_> = (0..60).map(|n| (kind, n, false)).collect();
        assert_in_proportion(past, rows, &entry);
        let one_goal: Vec<_> = (0..60).map(|n| (kind, KEY_RESULTS * n, false)).collect();
        assert_in_proportion(past, rows, &one_goal);
    }
}

#[test]
fn closing_and_reopening_over_and_over_writes_in_proportion() {
    let (past, rows) = past();
    let entry: Vec<_> = (0..1_000).map(|n| (11 + n % 2, n, false)).collect();
    assert_in_proportion(past, rows, &entry);
}

#[test]
fn a_change_that_overtakes_many_proposals_writes_one_line() {
    let mut past = Ledger::quarter();
    for n in 0..400 {
        let asked = json!({"changes": {"target": {"to": n}}, "justification": justification()});
        past.note("2026-04-02T09:00:00Z", "adjustment.proposed", "paid", asked);
    }
    let rows = past.rows(past.last());
    for (kind, subject) in
        [("key_result.adjusted", "paid"), ("key_result.retired", "paid"), ("objective.retired", "trial")]
    {
        let mut data = json!({"justification": justification()});
        if kind == "key_result.adjusted" {
            data["changes"] = json!({"target": {"to": 7}});
        }
        let mut ledger = past.clone();
        ledger.note("2026-05-01T09:00:00Z", kind, subject, data);
        let written = written(&rows, &ledger.events[past.events.len()..]);
        assert!(written < 8_192, "{kind} writes {written} bytes");
        let proposals = ProposalRow::all(&ledger.rows(ledger.last()), &ProposalRow::of_cycle("q2")).unwrap();
        let overtaken = proposals.iter().filter(|one| one.state == ProposalState::Overtaken).count();
        assert_eq!((proposals.len(), overtaken), (400, 400), "{kind}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_entry_writes_in_proportion(
        entry in prop::collection::vec((0..=20_usize, 0..600_usize, prop::bool::weighted(0.1)), 1..100),
    ) {
        let (past, rows) = past();
        assert_in_proportion(past, rows, &entry);
    }
}
