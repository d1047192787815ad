//! What the benchmarks share: an organisation to measure on, and the raw limit to measure against.
#![allow(dead_code, reason = "each benchmark uses a part")]

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use events::{Moment, Submission};
use okr_ledger::ledger::{Header, Ledger, Ledgers, open_folder};
use projections::rules::Proposal;
use serde_json::{Value, json};

/// Opens a data folder with the system's clock and makes the ledger `bench`.
pub(crate) async fn open(folder: &Path) -> (Ledgers, Ledger) {
    let ledgers = open_folder(folder, Box::new(|| Moment::from(chrono::Utc::now())), &mut ()).unwrap();
    let header = Header { title: "Bench".into(), created_at: Moment::from(chrono::Utc::now()) };
    ledgers.create(&"bench".to_owned().try_into().unwrap(), &header).await.unwrap();
    let ledger = ledgers.ledger("bench").unwrap();
    (ledgers, ledger)
}

/// An event in JSON.
pub(crate) fn event(id: String, kind: &str, subject: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/people/somebody", "type": format!("okr.{kind}"),
        "subject": subject, "time": "2026-05-04T09:00:00Z", "data": data})
}

/// A check-in of about 500 bytes as it is stored.
pub(crate) fn check_in(id: String, key_result: &str, value: usize) -> Value {
    let note =
        "The new onboarding is live for half of the sign-ups; the other half follows when the support team is back";
    event(
        id,
        "check_in.recorded",
        key_result,
        json!({"value": value, "confidence": value % 11, "note": note,
        "plans": ["roll out to everybody", "ask ten users why they stop at step three"]}),
    )
}

/// Records one entry.
pub(crate) async fn record(ledger: &Ledger, entry: &[Value]) {
    let submissions = entry.iter().map(|event| Submission::read(event, "").unwrap()).collect();
    let proposal = Proposal { submissions, is_list: true, if_match: None };
    ledger.record(proposal, false).await.unwrap();
}

/// A started cycle `q` with so many key results (`k0`, `k1` …), four to an objective.
pub(crate) async fn organisation(ledger: &Ledger, key_results: usize) {
    let cycle = json!({"title": "Q", "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30",
        "time_zone": "Europe/Berlin"});
    record(ledger, &[event("q".into(), "cycle.opened", "q", cycle)]).await;
    let mut entry = Vec::new();
    for n in 0..key_results {
        let objective = format!("o{}", n / 4);
        if n % 4 == 0 {
            let drafted = json!({"cycle": "q", "title": "Make it better for everybody", "level": "individual",
                "owner": format!("owner {}", n / 8), "ambition": "aspirational"});
            entry.push(event(format!("d-{objective}"), "objective.drafted", &objective, drafted));
        }
        let id = format!("k{n}");
        let drafted = json!({"objective": objective, "title": "Raise the share of those who finish", "owner": "somebody",
            "metric": {"name": "share", "unit": "%", "kind": "increase"}, "target": 2_000_000});
        let measured = json!({"value": 0, "measured_on": "2026-03-20", "method": "the product's own figures"});
        entry.push(event(format!("d-{id}"), "key_result.drafted", &id, drafted));
        entry.push(event(format!("b-{id}"), "key_result.baseline_set", &id, measured));
        if entry.len() > 900 || n + 1 == key_results {
            record(ledger, &std::mem::take(&mut entry)).await;
        }
    }
    record(ledger, &[event("s".into(), "cycle.started", "q", json!({}))]).await;
}

/// So many rounds of check-ins, one of every key result a round.
pub(crate) async fn rounds(ledger: &Ledger, key_results: usize, rounds: std::ops::Range<usize>) {
    for round in rounds {
        let all: Vec<Value> =
            (0..key_results).map(|n| check_in(format!("c{round}-{n}"), &format!("k{n}"), round)).collect();
        for entry in all.chunks(1_000) {
            record(ledger, entry).await;
        }
    }
}

/// What the disk allows: appends of 512 bytes a second, `per_sync` of them to an fdatasync, over about a second.
pub(crate) fn raw_appends_per_second(folder: &Path, per_sync: usize) -> f64 {
    let mut file = std::fs::File::create(folder.join("raw")).unwrap();
    let block = vec![7u8; 512 * per_sync];
    let start = Instant::now();
    let mut appends = 0;
    while start.elapsed() < Duration::from_secs(1) {
        file.write_all(&block).unwrap();
        file.sync_data().unwrap();
        appends += per_sync;
    }
    appends as f64 / start.elapsed().as_secs_f64()
}

/// The durations of `times` runs, sorted.
pub(crate) fn timed(times: usize, mut run: impl FnMut()) -> Vec<Duration> {
    let mut found: Vec<Duration> = (0..times)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    found.sort();
    found
}

/// The duration that so many of a hundred stay under.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// A duration in milliseconds.
pub(crate) fn ms(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1_000.0)
}
