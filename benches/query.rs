//! The board of 1,000 key results: now, and as of the middle of a history of 30 check-ins each.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "a benchmark has no callers")]
#![allow(clippy::unwrap_used, reason = "a benchmark that fails is to stop")]

mod common;

use common::{ms, open, organisation, percentile, rounds, timed};
use events::Moment;
use okr_ledger::ledger::AsOfAsk;
use projections::ask::{BoardAsk, board};

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (_ledgers, ledger) = runtime.block_on(async {
        let (ledgers, ledger) = open(folder.path()).await;
        organisation(&ledger, 1_000).await;
        rounds(&ledger, 1_000, 0..30).await;
        (ledgers, ledger)
    });
    let now = Moment::from(chrono::Utc::now());
    let last = *ledger.head().borrow();
    println!("| board of 1,000 key results | p50 | p99 |\n|---|---|---|");
    for (name, as_of) in [("now", None), ("as of the middle", Some(AsOfAsk::Seq(last / 2)))] {
        let run = || {
            let look = ledger.look(as_of, Some("q"), now).unwrap();
            let found = board(&look.asked(), "q", &BoardAsk::default()).unwrap().unwrap();
            assert_eq!(found.counts.key_results, 1_000);
            serde_json::to_vec(&found).unwrap();
        };
        timed(20, run);
        let found = timed(200, run);
        println!("| {name} | {} | {} |", ms(percentile(&found, 50)), ms(percentile(&found, 99)));
    }
}
