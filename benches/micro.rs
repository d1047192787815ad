//! Codec, fold and rules, each alone and over rows in memory. `make bench ARGS=micro` adds the results to the report.
#![allow(missing_docs, reason = "a benchmark has no callers")]
#![allow(clippy::unwrap_used, reason = "a benchmark that fails is to stop")]

#[path = "suite/organisation.rs"]
mod organisation;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use events::{Moment, Recorded, Submission, parse_json};
use mimalloc::MiMalloc;
use projections::apply;
use projections::rows::{Memo, Memory, Overlay, RowsMut};
use projections::rules::{Proposal, Situation, decide};
use serde_json::Value;

use organisation::{adjustment, check_in, drafts, key_result};

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const KEY_RESULTS: usize = 200;
const TIME: &str = "2026-05-04T09:00:00Z";

/// An organisation in memory, in mid-quarter, and the number of its last event.
struct House {
    rows: Memory,
    last: u64,
    events: Vec<Recorded>,
}

impl House {
    fn new() -> House {
        let mut house = House { rows: Memory::new(), last: 0, events: Vec::new() };
        for entry in drafts(KEY_RESULTS) {
            house.record(&entry);
        }
        for round in 0..4 {
            let event = |n| check_in(&format!("c{round}-{n}"), &key_result(n), 1_000 * round + n, TIME);
            house.record(&(0..KEY_RESULTS).map(event).collect::<Vec<_>>());
        }
        house
    }

    fn record(&mut self, entry: &[Value]) {
        let mut overlay = Overlay::over(&self.rows);
        let accepted = decide(&mut overlay, &mut proposal(entry), self.situation()).unwrap().unwrap();
        for (seq, key, row) in overlay.into_writes().iter() {
            self.rows.put(*seq, key.clone(), row.bytes(), Memo::default()).unwrap();
        }
        self.last += accepted.events.len() as u64;
        self.events.extend(accepted.events);
    }

    fn situation(&self) -> Situation {
        let now = Moment::parse(TIME).unwrap();
        let recorded_at = Moment::from_micros(now.micros() + i64::try_from(self.last).unwrap()).unwrap();
        Situation { now, recorded_at, next_seq: self.last + 1 }
    }

    /// Returns the event as it would be recorded.
    fn tried(&self, event: &Value) -> Recorded {
        let mut overlay = Overlay::over(&self.rows);
        decide(&mut overlay, &mut proposal(std::slice::from_ref(event)), self.situation())
            .unwrap()
            .unwrap()
            .events
            .remove(0)
    }
}

fn proposal(entry: &[Value]) -> Proposal {
    let submissions = entry.iter().map(|event| Submission::read(event, "").unwrap()).collect();
    Proposal { submissions, is_list: true, if_match: None }
}

/// Returns the two events that matter: the most frequent one, and the most expensive one.
fn submitted() -> [(&'static str, Value); 2] {
    let subject = key_result(7);
    [
        ("check-in", check_in("new", &subject, 77_777, TIME)),
        ("an adjustment", adjustment("new", &subject, 2_100_000, TIME)),
    ]
}

fn codec(criterion: &mut Criterion) {
    let house = House::new();
    let mut group = criterion.benchmark_group("codec");
    for (name, event) in submitted() {
        let text = event.to_string();
        let recorded = house.tried(&event);
        let bytes = recorded.encode();
        group.bench_function(format!("read {name} as submitted"), |bencher| {
            bencher.iter(|| Submission::read(parse_json(black_box(text.as_bytes())).unwrap(), "").unwrap());
        });
        group.bench_function(format!("encode {name}"), |bencher| bencher.iter(|| black_box(&recorded).encode()));
        group.bench_function(format!("decode {name}"), |bencher| {
            bencher.iter(|| Recorded::decode(black_box(&bytes)).unwrap());
        });
    }
}

fn fold(criterion: &mut Criterion) {
    let house = House::new();
    let mut group = criterion.benchmark_group("fold");
    for (name, event) in submitted() {
        let recorded = house.tried(&event);
        group.bench_function(format!("apply {name}"), |bencher| {
            bencher.iter_batched_ref(
                || Overlay::over(&house.rows),
                |overlay| apply(overlay, black_box(&recorded)).unwrap(),
                BatchSize::SmallInput,
            );
        });
    }
    group.bench_function(format!("apply all {} events of a house", house.events.len()), |bencher| {
        bencher.iter_batched_ref(
            Memory::new,
            |rows| house.events.iter().for_each(|event| apply(rows, event).unwrap()),
            BatchSize::SmallInput,
        );
    });
}

fn rules(criterion: &mut Criterion) {
    let house = House::new();
    let mut group = criterion.benchmark_group("rules");
    for (name, event) in submitted() {
        let mut proposal = proposal(std::slice::from_ref(&event));
        group.bench_function(format!("decide and apply {name}"), |bencher| {
            bencher.iter_batched_ref(
                || Overlay::over(&house.rows),
                |overlay| decide(overlay, black_box(&mut proposal), house.situation()).unwrap().unwrap(),
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(all, codec, fold, rules);
criterion_main!(all);
