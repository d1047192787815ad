//! An organisation of an exact size: key results with an equal number of check-ins, over one quarter.

use serde_json::{Value, json};

/// The only cycle: a quarter that is long over when it is measured.
pub(crate) const CYCLE: &str = "q";
/// The first event's time.
pub(crate) const DRAFTED: &str = "2026-03-20T09:00:00Z";
const STARTED: &str = "2026-04-01T09:00:00Z";

/// Returns an event in JSON.
fn event(id: &str, kind: &str, subject: &str, time: &str, data: &Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/people/somebody", "type": format!("okr.{kind}"),
        "subject": subject, "time": time, "data": data})
}

/// Returns the id of the `n`th key result.
pub(crate) fn key_result(n: usize) -> String {
    format!("k{n:05}")
}

/// Returns a check-in of about 500 bytes.
pub(crate) fn check_in(id: &str, key_result: &str, value: usize, time: &str) -> Value {
    let note = "The new onboarding is live for half of the sign-ups; the other half follows when the support team is back \
                from the fair, and the figures of the first week are better than what we hoped for in March";
    let data = json!({"value": value, "confidence": value % 11, "note": note,
        "plans": ["roll out to everybody", "ask ten users why they stop at step three"]});
    event(id, "check_in.recorded", key_result, time, &data)
}

/// Returns a change of a target in mid-quarter.
pub(crate) fn adjustment(id: &str, key_result: &str, to: usize, time: &str) -> Value {
    let justification = json!({"cause": "external_change", "preserves_objective": true,
        "statement": "The regulator postponed the new rule by a quarter, which moves what can be reached",
        "circumstances": "The rule comes into force in October instead of July"});
    let data = json!({"changes": {"target": {"to": to}}, "justification": justification});
    event(id, "key_result.adjusted", key_result, time, &data)
}

/// Returns the entries that draft the goals and start the cycle: four key results per objective.
pub(crate) fn drafts(key_results: usize) -> Vec<Vec<Value>> {
    let cycle = json!({"title": "Q", "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30",
        "time_zone": "Europe/Berlin"});
    let mut entries = vec![vec![event("q", "cycle.opened", CYCLE, DRAFTED, &cycle)]];
    let mut entry = Vec::new();
    for n in 0..key_results {
        let objective = format!("o{:05}", n / 4);
        if n % 4 == 0 {
            let drafted = json!({"cycle": CYCLE, "title": "Make it better for everybody", "level": "individual",
                "owner": format!("owner {}", n / 8), "ambition": "aspirational"});
            entry.push(event(&format!("d-{objective}"), "objective.drafted", &objective, DRAFTED, &drafted));
        }
        let id = key_result(n);
        let drafted = json!({"objective": objective, "title": "Raise the share of those who finish", "owner": "somebody",
            "metric": {"name": "share", "unit": "%", "kind": "increase"}, "target": 2_000_000});
        let measured = json!({"value": 0, "measured_on": "2026-03-20", "method": "the product's own figures"});
        entry.push(event(&format!("d-{id}"), "key_result.drafted", &id, DRAFTED, &drafted));
        entry.push(event(&format!("b-{id}"), "key_result.baseline_set", &id, DRAFTED, &measured));
        if entry.len() > 900 || n + 1 == key_results {
            entries.push(std::mem::take(&mut entry));
        }
    }
    entries.push(vec![event("s", "cycle.started", CYCLE, STARTED, &json!({}))]);
    entries
}
