//! The history recorded during faults: a cycle under way, and check-ins.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::door::{Door, LEDGER};
use crate::oracle::Oracle;

/// Number of key results.
pub(crate) const KEY_RESULTS: u64 = 32;

/// Returns the real time.
pub(crate) fn now() -> events::Moment {
    events::Moment::from(chrono::Utc::now())
}

fn event(id: &str, kind: &str, subject: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/people/ada", "type": format!("okr.{kind}"), "subject": subject,
        "data": data})
}

/// Returns a check-in on the `nth` key result.
pub(crate) fn check_in(id: &str, nth: u64, value: u64) -> Value {
    let note = format!("counted by {id}");
    event(id, "check_in.recorded", &format!("kr-{}", nth % KEY_RESULTS), json!({"value": value, "note": note}))
}

/// Returns a correction of a check-in.
pub(crate) fn correction(id: &str, of: &Value, value: u64) -> Value {
    let data = json!({"corrects": of["id"], "value": value, "reason": "a slip"});
    event(id, "check_in.corrected", of["subject"].as_str().unwrap_or_default(), data)
}

/// Returns an entry of check-ins: mostly one, sometimes several.
pub(crate) fn entry(id: &str, nth: u64, rng: &mut fastrand::Rng) -> Vec<Value> {
    let several = if rng.u8(..5) == 0 { rng.u64(2..5) } else { 1 };
    (0..several).map(|part| check_in(&format!("{id}.{part}"), nth, rng.u64(..1_000))).collect()
}

/// Returns an entry so long that it is written in the background while the next one is decided.
pub(crate) fn long_entry(id: &str, rng: &mut fastrand::Rng) -> Vec<Value> {
    let many = rng.u64(260..400);
    (0..many).map(|part| check_in(&format!("{id}.{part}"), part, rng.u64(..1_000))).collect()
}

/// Creates the ledger `acme` with its cycle, around this day.
pub(crate) fn prepare(door: &dyn Door, day: NaiveDate, oracle: &mut Oracle) {
    let made = door.send("PUT", LEDGER, r#"{"title":"Acme"}"#).unwrap();
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    let (from, to) = (day - chrono::Days::new(10), day + chrono::Days::new(80));
    let cycle = json!({"title": "Q", "kind": "custom", "starts_on": from, "ends_on": to, "time_zone": "UTC"});
    let objective = json!({"cycle": "q", "title": "Grow", "level": "company", "owner": "Ada", "ambition": "committed"});
    let mut entry = vec![event("a", "cycle.opened", "q", cycle), event("b", "objective.drafted", "o", objective)];
    for n in 0..KEY_RESULTS {
        let id = format!("kr-{n}");
        let metric = json!({"name": "trials", "kind": "increase"});
        let drafted =
            json!({"objective": "o", "title": "Raise trials", "owner": "Ada", "metric": metric, "target": 100_000});
        entry.push(event(&format!("c{n}"), "key_result.drafted", &id, drafted));
        let measured = json!({"value": 0, "measured_on": from, "method": "counted"});
        entry.push(event(&format!("d{n}"), "key_result.baseline_set", &id, measured));
    }
    entry.push(event("e", "cycle.started", "q", json!({})));
    let (status, receipt) = door.record(&entry).unwrap();
    assert_eq!(status, 201, "{receipt}");
    oracle.is_answered(&entry, receipt);
}
