//! A clock that is set back, while the ledger is open and between two runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use events::Moment;

use crate::campaign::Campaign;
use crate::door::{Answer, Desk, Door, LEDGER};
use crate::history::{entry, now, prepare};
use crate::oracle::{Judgement, Oracle};

const HOUR: i64 = 3_600_000_000;
const STEPS: u64 = 40;

#[test]
fn a_clock_that_goes_back_puts_nothing_out_of_order() {
    let mut campaign = Campaign::new("clock put back", 3, 100);
    for (round, mut rng) in campaign.rounds() {
        let folder = campaign.path(&round.to_string());
        let start = now();
        let time = Arc::new(AtomicI64::new(start.micros()));
        let told = Arc::clone(&time);
        let clock = move || Moment::from_micros(told.load(Ordering::Relaxed)).unwrap();
        let mut oracle = Oracle::default();
        let mut desk = Desk::open(&folder, clock.clone()).unwrap();
        prepare(&desk, start.utc().date_naive(), &mut oracle);
        let mut settled: Vec<(String, Answer)> = Vec::new();
        let mut wrong = Vec::new();
        for step in 0..STEPS {
            let by = if rng.bool() { rng.i64(0..HOUR) } else { -rng.i64(0..HOUR) };
            time.fetch_add(by, Ordering::Relaxed);
            if rng.u8(..10) == 0 {
                drop(desk);
                desk = Desk::open(&folder, clock.clone()).unwrap();
            }
            let entry = entry(&format!("{round}-{step}"), step, &mut rng);
            let mut head = None;
            match desk.record(&entry) {
                Ok((201, receipt)) => {
                    head = receipt["last_seq"].as_u64();
                    // As of the time in the receipt, this entry is the last of the ledger.
                    let at = format!("{LEDGER}?as_of={}", receipt["recorded_at"].as_str().unwrap());
                    let answer = desk.get(&at).unwrap();
                    let seen: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                    if seen["last_seq"] != receipt["last_seq"] {
                        wrong.push(format!("{at}: {seen} for {receipt}"));
                    }
                    oracle.is_answered(&entry, receipt);
                }
                other => wrong.push(format!("{other:?}")),
            }
            // Once a later entry exists, the knowledge at an earlier moment is final.
            let moment = Moment::from_micros(time.load(Ordering::Relaxed) - rng.i64(0..2 * HOUR)).unwrap();
            let asked = format!("{LEDGER}?as_of={moment}");
            let answer = desk.get(&asked).unwrap();
            let known: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            if known["last_seq"].as_u64() < head {
                settled.push((asked, answer));
            }
            for (asked, answer) in &settled {
                if desk.get(asked).unwrap() != *answer {
                    wrong.push(format!("{asked} has changed, though later events were recorded before"));
                }
            }
        }
        let judged = oracle.judge(&desk);
        let wrong = [wrong, judged.wrong].concat();
        let outcome = if settled.is_empty() { "served, nothing was settled" } else { "served" };
        campaign.note("put back by up to an hour", outcome, Judgement { wrong, ..judged });
    }
}
