//! Stored events, one per line, as in a journal: they are read without the rules, and the fold accepts all of them.

use events::{EventId, Moment, Recorded, Submission};
use projections::ask::testing::Ledger;

use super::asked;

const EVENTS_MAX: usize = 24;
/// 2026-04-01, in microseconds.
const START: i64 = 1_775_001_600_000_000;
const HOUR: i64 = 3_600_000_000;

pub(crate) fn run(data: &[u8]) {
    let mut ledger = Ledger::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(mut event) = Recorded::decode(line) else { continue };
        comes_back(&event);
        if ledger.events.len() < EVENTS_MAX {
            // A journal assigns its own numbers and times, whatever the events contain.
            event.seq = ledger.last() + 1;
            event.recorded_at = Moment::from_micros(START + event.seq as i64 * HOUR).unwrap();
            ledger.events.push(event);
        }
    }
    if !ledger.events.is_empty() {
        asked::of_everything(&ledger, "2026-08-01T00:00:00Z", false);
    }
}

fn comes_back(event: &Recorded) {
    let bytes = event.encode();
    let again = Recorded::decode(&bytes);
    assert_eq!(again.as_ref(), Ok(event), "{}", String::from_utf8_lossy(&bytes));
    assert_eq!(again.unwrap().encode(), bytes);
    let said = event.submission();
    assert!(event.repeats(&said));
    let other = Submission { id: EventId::new(format!("{}2", said.id.as_str())).unwrap_or(said.id.clone()), ..said };
    assert!(!event.repeats(&other) || other.id == event.id);
}
