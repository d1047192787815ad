//! A power cut: what was synced is there, the rest of the log up to any byte; the views and the mark as they were at any
//! time before.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::campaign::{Campaign, copy, files};
use crate::door::{Desk, Door, all_events};
use crate::history::{entry, now, prepare};
use crate::oracle::{Judgement, Oracle};

const ENTRIES: u64 = 60;

/// The journal when an entry was answered: its log, how long that was, and its mark.
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
        // The last entry that was answered, and where the log is torn behind it.
        let last = rng.usize(..moments.len() - 1);
        let (answered, next) = (&moments[last], &moments[last + 1]);
        let torn = rng.u64(answered.length..=next.length);
        let log = cut.join("journal").join(answered.log.file_name().unwrap());
        let file = std::fs::OpenOptions::new().write(true).open(&log).unwrap();
        file.set_len(torn).unwrap();
        let zeros = rng.bool();
        if zeros {
            // Room that the file system has given and not yet filled.
            file.set_len(torn + rng.u64(..100_000)).unwrap();
        }
        std::fs::write(cut.join("journal/mark"), &moments[rng.usize(..=last)].mark).unwrap();
        // The views never saw more than was synced.
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

/// The log that is written to.
fn log(journal: &Path) -> PathBuf {
    let mut logs = files(journal).into_iter().filter(|file| file.extension().is_some_and(|end| end == "log"));
    logs.next_back().unwrap()
}
