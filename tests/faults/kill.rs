//! `kill -9` at any moment, under writers: while the server runs, and while it starts.

use std::ops::Range;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use crate::campaign::Campaign;
use crate::door::{Door, Socket};
use crate::history::{KEY_RESULTS, correction, entry, long_entry, now, prepare};
use crate::oracle::{Judgement, Oracle};
use crate::program::{Serving, okr_ledger, run};

const WRITERS: u64 = 32;

/// Writers with long entries, in every second round.
const OF_LONG_ENTRIES: u64 = 2;

/// Length of the notes in the first round of a folder: long enough for the views to reach the disk before their first
/// checkpoint.
const LONG_NOTE: usize = 4_000;

/// Number of events in that round: enough for the above, and too few for a checkpoint.
const EVENTS_FIRST: Range<u64> = 9_000..14_000;

/// One entry in this many corrects a check-in.
const CORRECTED_EVERY: u8 = 40;

/// Rounds per folder.
const ROUNDS_A_FOLDER: u64 = 20;

const SERVE: [&str; 5] = ["serve", "--data", "d", "--log", "error"];

#[test]
fn what_was_answered_outlives_a_kill() {
    let mut campaign = Campaign::new("kill -9 under 32 writers", 4, 300);
    let mut oracle = Oracle::default();
    let mut folder = campaign.path("0");
    for (round, mut rng) in campaign.rounds() {
        if round % ROUNDS_A_FOLDER == 0 {
            oracle = Oracle::default();
            folder = campaign.path(&round.to_string());
            std::fs::create_dir(&folder).unwrap();
        }
        let fault = if round % 4 == 3 { kill_while_it_starts(&folder, &mut rng) } else { "while it serves" };
        let mut serving = Serving::start(&folder, &SERVE);
        let door = Socket::to(&serving.url);
        if round % ROUNDS_A_FOLDER == 0 {
            prepare(&door, now().utc().date_naive(), &mut oracle);
        }
        let stop = AtomicBool::new(false);
        let is_first = round % ROUNDS_A_FOLDER == 0;
        let patience = Duration::from_millis(rng.u64(20..400));
        let (wanted, answered) = (if is_first { rng.u64(EVENTS_FIRST) } else { 0 }, AtomicU64::new(0));
        let written = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let (url, stop, answered, rng) = (&serving.url, &stop, &answered, rng.fork());
                    let note = is_first.then(|| "x".repeat(LONG_NOTE));
                    scope.spawn(move || write(url, (round, writer), note, (stop, answered), rng))
                })
                .collect();
            thread::sleep(patience);
            while answered.load(Ordering::Relaxed) < wanted && !writers.iter().all(ScopedJoinHandle::is_finished) {
                thread::sleep(Duration::from_millis(5));
            }
            serving.child.kill().unwrap();
            serving.child.wait().unwrap();
            stop.store(true, Ordering::Relaxed);
            writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
        });
        written.into_iter().for_each(|one| oracle.merge(one));
        if round % 10 == 9 {
            let ran = run(&folder, &["verify", "--data", "d"]);
            // Views killed during their build leave nothing to compare.
            let is_well = ["all is well", "the journal is sound"].iter().any(|well| ran.out.contains(well));
            assert!(ran.code == Some(0) && is_well, "round {round}: {ran:?}");
        }
        let serving = Serving::start(&folder, &SERVE);
        let door = Socket::to(&serving.url);
        let before = oracle.judge(&door);
        let wrong = [before.wrong.clone(), oracle.retry(&door, &mut rng)].concat();
        let after = oracle.judge(&door);
        campaign.note(fault, "served", Judgement { wrong, ..before });
        assert!(after.is_sound() && after.answered == after.found, "round {round}, after the retries: {after:#?}");
        assert_eq!(serving.stop("-TERM"), Some(0));
        if is_first {
            // After the restart, the views must match the journal.
            let ran = run(&folder, &["verify", "--data", "d"]);
            assert!(ran.code == Some(0) && ran.out.contains("all is well"), "round {round}: {ran:?}");
        }
    }
}

/// Starts a server and kills it before it is ready, sometimes while it builds views.
fn kill_while_it_starts(folder: &Path, rng: &mut fastrand::Rng) -> &'static str {
    let rebuilds = rng.bool();
    if rebuilds {
        _ = std::fs::remove_dir_all(folder.join("d/views"));
    }
    let arguments = [&SERVE[..], &["--listen", "127.0.0.1:0"]].concat();
    let mut child = okr_ledger(folder, &arguments).stderr(Stdio::inherit()).spawn().unwrap();
    thread::sleep(Duration::from_millis(rng.u64(..120)));
    child.kill().unwrap();
    child.wait().unwrap();
    if rebuilds {
        "while it starts and rebuilds, then while it serves"
    } else {
        "while it starts, then while it serves"
    }
}

/// Records until the server is gone. Returns the sent entries and the answers.
fn write(
    url: &str,
    (round, writer): (u64, u64),
    note: Option<String>,
    (stop, answered): (&AtomicBool, &AtomicU64),
    mut rng: fastrand::Rng,
) -> Oracle {
    let door = Socket::to(url);
    let mut told = Oracle::default();
    let mut checked_in: Option<Value> = None;
    for n in 0.. {
        let id = format!("{round}-{writer}-{n}");
        let mut entry = match writer < OF_LONG_ENTRIES && round % 2 == 1 {
            true => long_entry(&id, &mut rng),
            false => entry(&id, writer % KEY_RESULTS, &mut rng),
        };
        if let Some(note) = &note {
            entry.iter_mut().for_each(|event| event["data"]["note"] = json!(note));
        }
        // A correction reads the whole history of a key result.
        match &checked_in {
            Some(before) if rng.u8(..CORRECTED_EVERY) == 0 => entry = vec![correction(&id, before, rng.u64(..1_000))],
            _ => checked_in = entry.last().cloned(),
        }
        told.is_sent(&entry);
        match door.record(&entry) {
            Ok((201, receipt)) => {
                answered.fetch_add(entry.len() as u64, Ordering::Relaxed);
                told.is_answered(&entry, receipt);
            }
            Ok(other) => panic!("{other:?}"),
            Err(_) => break,
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    told
}
