//! A power cut: synced data survives, the log is cut at any later byte; the views and the watermark may be from any
//! earlier time.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::campaign::{Campaign, copy, files};
use crate::door::{Desk, Door, all_events};
use crate::history::{entry, now, prepare};
use crate::oracle::{Judgement, Oracle};

const ENTRIES: u64 = 60;

/// The journal at the time of a receipt: its log, the log's length, and its watermark.
struct Moment {
    log: PathBuf,
    length: u64,
    mark: Vec<u8>,
    events: usize,
    receipt: Value,
    entry: Vec<Value>,
}

#[test]
fn what_was_answered_outlives_a_power_cut() {
    let mut campaign = Campaign::new("power cut: the log torn at any byte", 12, 400);
    let (_, mut rng) = campaign.rounds().next().unwrap();
    let folder = campaign.path("whole");
    let mut first = Oracle::default();
    let desk = Desk::open(&folder, now).unwrap();
    prepare(&desk, now().utc().date_naive(), &mut first);
    let early_views = campaign.path("early-views");
    copy(&folder.join("views"), &early_views);
    let mut moments: Vec<Moment> = Vec::new();
    for n in 0..ENTRIES {
        let entry = entry(&format!("p{n}"), n, &mut rng);
        let (status, receipt) = desk.record(&entry).unwrap();
        assert_eq!(status, 201, "{receipt}");
        let log = log(&folder.join("journal"));
        let (length, mark) = (log.metadata().unwrap().len(), std::fs::read(folder.join("journal/mark")).unwrap());
        let events = receipt["last_seq"].as_u64().unwrap() as usize;
        moments.push(Moment { log, length, mark, events, receipt, entry });
    }
    let whole = all_events(&desk).unwrap();
    let image = campaign.path("image-of-all");
    copy(&folder, &image);
    drop(desk);

    for (round, mut rng) in campaign.rounds() {
        let cut = campaign.path(&round.to_string());
        copy(&image, &cut);
        // The last acknowledged entry, and the torn end of the log after it.
        let last = rng.usize(..moments.len() - 1);
        let (answered, next) = (&moments[last], &moments[last + 1]);
        let torn = rng.u64(answered.length..=next.length);
        let log = cut.join("journal").join(answered.log.file_name().unwrap());
        let file = std::fs::OpenOptions::new().write(true).open(&log).unwrap();
        file.set_len(torn).unwrap();
        let zeros = rng.bool();
        if zeros {
            // Space allocated by the file system but not yet written.
            file.set_len(torn + rng.u64(..100_000)).unwrap();
        }
        std::fs::write(cut.join("journal/mark"), &moments[rng.usize(..=last)].mark).unwrap();
        // The views never contain more than the synced data.
        std::fs::remove_dir_all(cut.join("views")).unwrap();
        if rng.bool() {
            copy(&early_views, &cut.join("views"));
        }
        let fault = if zeros { "torn, then zeros" } else { "torn" };
        let desk = match Desk::open(&cut, now) {
            Ok(desk) => desk,
            Err(error) => {
                campaign.note(fault, "refused", Judgement::wrong(format!("cut at {torn}: {error}")));
                continue;
            }
        };
        let mut oracle = Oracle::default();
        oracle.merge(first.clone());
        moments[..=last].iter().for_each(|one| oracle.is_answered(&one.entry, one.receipt.clone()));
        oracle.is_sent(&next.entry);
        let before = oracle.judge(&desk);
        let is_next_there = before.found as usize > answered.events;
        let is_as_it_was = all_events(&desk).unwrap() == whole[..before.found as usize];
        let mut wrong = [before.wrong.clone(), oracle.retry(&desk, &mut rng), oracle.judge(&desk).wrong].concat();
        if !is_as_it_was {
            wrong.push("the events are not those that were recorded".into());
        }
        if is_next_there && torn < next.length {
            wrong.push(format!("half an entry is there: {torn} of {}..{}", answered.length, next.length));
        }
        let outcome = if is_next_there { "served with the next entry whole" } else { "served without the next entry" };
        campaign.note(fault, outcome, Judgement { wrong, ..before });
        drop(desk);
        std::fs::remove_dir_all(&cut).unwrap();
    }
}

/// Returns the active log.
fn log(journal: &Path) -> PathBuf {
    let mut logs = files(journal).into_iter().filter(|file| file.extension().is_some_and(|end| end == "log"));
    logs.next_back().unwrap()
}
