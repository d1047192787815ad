//! Rebuilding all views from the journal.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "a benchmark has no callers")]
#![allow(clippy::unwrap_used, reason = "a benchmark that fails is to stop")]

mod common;

use std::time::Instant;

use common::{open, organisation, rounds};
use okr_ledger::ledger::rebuild_folder;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (ledgers, ledger) = open(folder.path()).await;
        organisation(&ledger, 1_000).await;
        rounds(&ledger, 1_000, 0..100).await;
        drop((ledger, ledgers));
    });
    println!("| events | seconds | events/s |\n|---|---|---|");
    for _ in 0..3 {
        let start = Instant::now();
        let events = rebuild_folder(folder.path(), &mut ()).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!("| {events} | {seconds:.2} | {:.0} |", events as f64 / seconds);
    }
}
