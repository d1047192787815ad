use std::path::Path;

use events::Moment;
use proptest::prelude::*;

use super::*;
use crate::journal::memory::Memory;
use crate::journal::{Entry, Line, UpTo};
use crate::views::{FORMAT_KEY, JOURNAL_KEY, Opened};

const KINDS: [&str; 8] = ["check_in", "check_in", "check_in", "correction", "adjustment", "draft", "score", "proposal"];

/// Two cycles of key results, then whatever is drawn. The fold takes it as it comes: no rules are asked.
fn events(drawn: &[(usize, u8)]) -> Vec<Vec<u8>> {
    let event = |n: usize, kind: &str, subject: &str, data: String| {
        format!(
            r#"{{"specversion":"1.0","id":"e{n}","source":"/x","type":"okr.{kind}","subject":"{subject}",
            "time":"2026-05-04T09:00:00Z","seq":{n},"recordedtime":"2026-05-04T09:00:00Z","actor":"/x","data":{data}}}"#
        )
        .into_bytes()
    };
    let mut all = Vec::new();
    for cycle in ["a", "b"] {
        let opened =
            r#"{"title":"Q","kind":"quarter","starts_on":"2026-04-01","ends_on":"2026-06-30","time_zone":"UTC"}"#;
        all.push(event(all.len() + 1, "cycle.opened", cycle, opened.into()));
        let objective =
            format!(r#"{{"cycle":"{cycle}","title":"Better","level":"company","owner":"x","ambition":"committed"}}"#);
        all.push(event(all.len() + 1, "objective.drafted", &format!("o-{cycle}"), objective));
    }
    let draft = |n: usize, subject: &str| {
        let cycle = if n.is_multiple_of(2) { "a" } else { "b" };
        let data = format!(
            r#"{{"objective":"o-{cycle}","title":"Share","owner":"x","metric":{{"name":"s","kind":"increase"}},"target":10}}"#
        );
        event(n, "key_result.drafted", subject, data)
    };
    let mut check_ins = Vec::new();
    for (kind, about) in drawn {
        let n = all.len() + 1;
        let subject = format!("k{about}");
        all.push(match KINDS[kind % KINDS.len()] {
            "check_in" => {
                check_ins.push((format!("e{n}"), subject.clone()));
                event(n, "check_in.recorded", &subject, format!(r#"{{"value":{n},"confidence":5}}"#))
            }
            "correction" if !check_ins.is_empty() => {
                let (id, subject) = &check_ins[n % check_ins.len()];
                event(n, "check_in.corrected", subject, format!(r#"{{"corrects":"{id}","value":1,"reason":"a slip"}}"#))
            }
            "adjustment" => {
                let data = format!(
                    r#"{{"changes":{{"target":{{"from":1,"to":{n}}}}},"justification":{{"cause":"external_change",
                    "statement":"the market fell away","circumstances":"a war","preserves_objective":true}}}}"#
                );
                event(n, "key_result.adjusted", &subject, data)
            }
            "score" => event(
                n,
                "objective.scored",
                &format!("o-{}", ["a", "b"][n % 2]),
                r#"{"score":0.7,"rationale":"as agreed"}"#.into(),
            ),
            "proposal" => {
                let data = format!(
                    r#"{{"changes":{{"target":{{"from":1,"to":{n}}}}},"justification":{{"cause":"external_change",
                    "statement":"the market fell away","circumstances":"a war","preserves_objective":true}}}}"#
                );
                event(n, "adjustment.proposed", &subject, data)
            }
            _ => draft(n, &subject),
        });
    }
    all
}

fn views(folder: &Path) -> Views {
    match Views::open(folder).unwrap() {
        Opened::Usable(views) => views,
        Opened::Outdated(why) => panic!("{why}"),
    }
}

fn stored(views: &Views) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let mut all = Vec::new();
    views.each_stored(|family, key, bytes| all.push((family.to_owned(), key.to_vec(), bytes.to_vec()))).unwrap();
    all
}

fn journal_of(events: Vec<Vec<u8>>) -> (Memory, LedgerNo) {
    let journal = Memory::default();
    let no = journal.create("a", b"").unwrap().no;
    for (n, bytes) in events.into_iter().enumerate() {
        let recorded_at = Moment::from_micros(n as i64).unwrap().utc();
        let lines = vec![Line { id: format!("e{}", n + 1), bytes }];
        journal.append(&[Entry { ledger: no, first_seq: n as u64 + 1, recorded_at, note: vec![], lines }]).unwrap();
    }
    (journal, no)
}

#[test]
fn rows_that_a_killed_process_left_behind_are_not_taken_for_loaded_ones() {
    let drawn: Vec<(usize, u8)> = (0..6_000_usize).map(|n| (n * 7 % 11 % KINDS.len(), (n % 9) as u8)).collect();
    let (journal, no) = journal_of(events(&drawn));
    let journal = Arc::new(journal);
    let folder = tempfile::tempdir().unwrap();
    let [lived, killed, sound] = ["lived", "killed", "sound"].map(|name| folder.path().join(name));
    // So few that there was no checkpoint; RocksDB has flushed its memory once.
    let before = views(&lived);
    super::super::catch_up(&before, &UpTo::new(Arc::clone(&journal) as Arc<dyn Journal>, [(no, 1_500)]), &mut ())
        .unwrap();
    let families = [CURRENT, HISTORY, LOG, META].map(|name| before.family(name).unwrap());
    before.db.flush_cfs_opt(&families, &rocksdb::FlushOptions::default()).unwrap();
    std::fs::create_dir(&killed).unwrap();
    for file in std::fs::read_dir(&lived).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), killed.join(file.file_name())).unwrap();
    }

    let after = views(&killed);
    assert_eq!((after.last_seq(no), after.heads().unwrap()), (0, vec![(no, 1_500)]));
    let told: Vec<_> = stored(&after).into_iter().map(|(family, key, _)| (family, key)).collect();
    let wanted = [FORMAT_KEY, JOURNAL_KEY].map(|key| (META.to_owned(), key.to_vec()));
    assert_eq!(told, wanted, "nothing is folded into what stands");
    super::super::catch_up(&after, &*journal, &mut ()).unwrap();
    let whole = views(&sound);
    super::super::catch_up(&whole, &*journal, &mut ()).unwrap();
    assert_eq!(after.last_seq(no), journal.head(no).unwrap().seq);
    assert!(stored(&after) == stored(&whole));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn loaded_rows_are_those_that_are_written_one_by_one(
        drawn in prop::collection::vec((0..KINDS.len(), 0..9u8), 100..400),
        chunk in 1..60usize,
        run in 2_000..60_000usize,
        standing in 2_000..60_000usize,
    ) {
        let (journal, no) = journal_of(events(&drawn));
        let folder = tempfile::tempdir().unwrap();
        let one_by_one = views(&folder.path().join("one-by-one"));
        super::super::catch_up(&one_by_one, &journal, &mut ()).unwrap();
        let loaded = views(&folder.path().join("loaded"));
        prop_assert!(loaded.belong_to(&journal.identity().unwrap()).unwrap());
        load(&loaded, &journal, Limits { chunk, run, standing }, &mut ()).unwrap();
        prop_assert!(stored(&one_by_one) == stored(&loaded));

        // What was loaded is there after the next start, and goes on from there.
        drop(loaded);
        let loaded = views(&folder.path().join("loaded"));
        prop_assert_eq!(loaded.last_seq(no), journal.head(no).unwrap().seq);
        prop_assert!(stored(&one_by_one) == stored(&loaded));
    }
}

#[test]
fn views_whose_loading_was_cut_short_are_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let cut_short = views(folder.path());
    cut_short.db.put_cf(cut_short.family(META).unwrap(), LOADING_KEY, b"").unwrap();
    drop(cut_short);
    assert!(matches!(Views::open(folder.path()).unwrap(), Opened::Outdated(why) if why.contains("cut short")));
}
