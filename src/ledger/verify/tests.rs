use std::path::PathBuf;
use std::sync::Arc;

use chrono::{Duration, Utc};
use events::Moment;
use projections::rows::Rows as _;
use serde_json::json;

use super::*;
use crate::journal::{Entry, Incarnation, Incarnations, Line, counting};
use crate::ledger::open_folder;
use crate::ledger::operations::{VerifyAsk, verify_folder};
use crate::views::{Generations, Opened};

/// A data folder whose journal contains two entries, changed by the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(change: impl FnOnce(&mut Vec<Entry>)) -> Folder {
        let folder = tempfile::tempdir().unwrap();
        let journal = Rocks::open(folder.path().join("journal")).unwrap();
        let start = Utc::now();
        let header = json!({"title": "Acme", "created_at": Moment::from(start)}).to_string();
        let log = journal.create("acme", header.as_bytes()).unwrap();
        let mut entries = vec![];
        for seq in [1, 2] {
            let recorded_at = Moment::from(start + Duration::seconds(seq)).utc();
            let at = Moment::from(recorded_at);
            let bytes = json!({"specversion": "1.0", "id": format!("e{seq}"), "source": "/x", "type": "okr.team.formed",
                "subject": format!("t{seq}"), "time": at, "seq": seq, "recordedtime": at, "actor": "/x",
                "data": {"name": format!("Team {seq}")}});
            let lines = vec![Line { id: format!("e{seq}"), bytes: bytes.to_string().into_bytes() }];
            entries.push(Entry { ledger: log.no, first_seq: seq as u64, recorded_at, note: b"[]".to_vec(), lines });
        }
        change(&mut entries);
        journal.append(&entries).unwrap();
        Folder(folder)
    }

    /// Returns the folder of the current views, after a start has caught them up with the journal.
    fn views(&self) -> PathBuf {
        drop(open_folder(self.0.path(), Box::new(|| Moment::from(Utc::now())), counting(), &mut ()).unwrap());
        Generations::of(self.0.path()).standing().unwrap()
    }

    /// Sets the incarnations of the ledger.
    fn named(self, incarnations: &Incarnations) -> Folder {
        Rocks::open(self.0.path().join("journal")).unwrap().set_incarnations(1, incarnations).unwrap();
        self
    }

    fn verdict(&self) -> Verdict {
        verify_folder(self.0.path(), &VerifyAsk::default(), &mut |_| Ok(())).unwrap()
    }

    fn findings(&self) -> Vec<String> {
        let verdict = self.verdict();
        assert_eq!(verdict.wrong, verdict.findings.len() as u64);
        assert_eq!(verdict.events, 2);
        verdict.findings.iter().map(ToString::to_string).collect()
    }
}

fn spoil(entry: &mut Entry, from: &str, to: &str) {
    let text = String::from_utf8(entry.lines[0].bytes.clone()).unwrap();
    assert!(text.contains(from));
    entry.lines[0].bytes = text.replace(from, to).into_bytes();
}

#[test]
fn a_sound_folder_is_left_as_it_is() {
    let folder = Folder::new(|_| {});
    let views = folder.views();
    assert_eq!(folder.findings(), [""; 0]);
    let held = std::fs::read_dir(views.parent().unwrap()).unwrap();
    assert_eq!(held.count(), 2, "the views that stand, and the word that they do");
    assert_eq!(folder.findings(), [""; 0]);
}

#[test]
fn an_event_that_bears_a_wrong_number_or_a_wrong_id_is_named() {
    let folder = Folder::new(|entries| {
        spoil(&mut entries[0], "\"seq\":1", "\"seq\":7");
        spoil(&mut entries[1], "\"id\":\"e2\"", "\"id\":\"e3\"");
    });
    assert_eq!(
        folder.findings(),
        [
            "ledger acme, event 1: its `seq` is 7",
            "ledger acme, event 2: its id is `e3`, but its entry lists `e2`",
            "ledger acme, event 2: its id `e3` cannot be found: a retry would be recorded twice",
        ]
    );
}

#[test]
fn an_event_that_cannot_be_read_is_named() {
    let folder = Folder::new(|entries| spoil(&mut entries[1], "okr.team.formed", "okr.team.hired"));
    assert_eq!(
        folder.findings(),
        [
            "ledger acme, event 2: unknown event type `okr.team.hired`: if a newer version wrote the event, upgrade this program"
        ]
    );
}

#[test]
fn a_row_that_the_journal_does_not_account_for_is_named() {
    let folder = Folder::new(|_| {});
    {
        let Opened::Usable(views) = Views::open(&folder.views()).unwrap() else { panic!("views of this format") };
        let key = projections::rows::TeamRow::key_of("t1");
        let row = views.now(1).unwrap().get(&key).unwrap().unwrap().bytes().to_vec();
        let stray = projections::rows::TeamRow::key_of("t9");
        let written = [(2, stray, row.clone()), (2, key, [row, vec![0]].concat())].into_iter().collect();
        views.write(vec![(1, Arc::new(written), 2)]).unwrap();
    }
    let findings = folder.findings();
    assert_eq!(findings.len(), 4, "{findings:#?}");
    assert!(findings[0].starts_with("views, current, ledger 1, row tt1"), "{findings:#?}");
    assert!(findings[0].contains("differ"), "{findings:#?}");
    assert!(findings[1].ends_with("it is stored, but the journal does not account for it"), "{findings:#?}");
}

#[test]
fn views_that_have_seen_more_than_the_journal_holds_speak_against_the_journal() {
    let folder = Folder::new(|_| {});
    {
        let Opened::Usable(views) = Views::open(&folder.views()).unwrap() else { panic!("views of this format") };
        views.write(vec![(1, Arc::default(), 3)]).unwrap();
    }
    let verdict = folder.verdict();
    assert!(!verdict.is_journal_sound);
    assert!(verdict.findings[0].says.contains("its journal ends at event 2"), "{:?}", verdict.findings);
}

impl Folder {
    /// Changes the journal's rows directly in RocksDB.
    fn tamper(&self, family: &str, change: impl FnOnce(&rocksdb::DB, &rocksdb::ColumnFamily)) {
        let families = ["default", "books", "events", "entries", "ids"];
        let db = rocksdb::DB::open_cf(&rocksdb::Options::default(), self.0.path().join("journal"), families).unwrap();
        change(&db, db.cf_handle(family).unwrap());
    }

    fn all_findings(&self) -> Vec<String> {
        self.verdict().findings.iter().map(ToString::to_string).collect()
    }
}

fn key(ledger: u32, seq: u64) -> Vec<u8> {
    [&ledger.to_be_bytes()[..], &seq.to_be_bytes()].concat()
}

#[test]
fn what_is_gone_from_the_journal_is_named_and_the_rest_is_read() {
    let folder = Folder::new(|_| {});
    folder.tamper("events", |db, events| db.delete_cf(events, key(1, 1)).unwrap());
    assert_eq!(folder.all_findings(), ["ledger acme, event 1: cannot be read: its event is missing"]);
    folder.tamper("events", |db, events| db.delete_cf(events, key(1, 2)).unwrap());
    assert_eq!(folder.all_findings(), ["ledger acme, events 1 to 2: cannot be read: its event is missing"]);

    let folder = Folder::new(|_| {});
    folder.tamper("entries", |db, entries| db.delete_cf(entries, key(1, 1)).unwrap());
    assert_eq!(folder.all_findings(), ["ledger acme, event 1: no entry contains it"]);

    let folder = Folder::new(|_| {});
    folder.tamper("books", |db, logs| db.delete_cf(logs, 1_u32.to_be_bytes()).unwrap());
    let findings = folder.all_findings();
    assert_eq!(findings[0], "ledger number 1: its row in `books` is missing");
    assert_eq!(folder.verdict().events, 2, "its events are looked at all the same");
}

#[test]
fn what_ought_not_to_be_in_the_journal_is_named() {
    let folder = Folder::new(|_| {});
    let id = |id: &str| [&1_u32.to_be_bytes()[..], id.as_bytes()].concat();
    let seq = |seq: u64| [&[1], &seq.to_be_bytes()[..]].concat();
    folder.tamper("ids", |db, ids| db.put_cf(ids, id("e7"), seq(7)).unwrap());
    assert_eq!(folder.all_findings(), ["ledger acme: the id `e7` leads to event 7, which does not exist"]);
    folder.tamper("ids", |db, ids| db.put_cf(ids, id("e7"), seq(1)).unwrap());
    assert_eq!(folder.all_findings(), ["ledger acme: 1 ids belong to no event"]);

    let folder = Folder::new(|_| {});
    folder.tamper("events", |db, events| {
        let value = db.get_cf(events, key(1, 1)).unwrap().unwrap();
        db.put_cf(events, key(9_000_000, 1), value).unwrap();
    });
    assert_eq!(folder.all_findings().len(), 1);
    assert!(folder.all_findings()[0].ends_with("does not belong to a ledger"), "{:?}", folder.all_findings());
}

#[test]
fn a_log_that_is_damaged_is_told_by_what_is_missing() {
    let folder = Folder::new(|_| {});
    let log = std::fs::read_dir(folder.0.path().join("journal")).unwrap().map(|one| one.unwrap().path());
    let log = log.filter(|path| path.extension().is_some_and(|end| end == "log")).max().unwrap();
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[60] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    let verdict = folder.verdict();
    assert!(!verdict.is_journal_sound);
    let first = verdict.findings[0].to_string();
    assert!(first.starts_with("journal: it held 2 events in 1 ledgers and holds "), "{first}");
}

#[test]
fn a_journal_without_a_mark_that_can_be_read_is_sound_as_far_as_it_goes_and_that_is_told() {
    let folder = Folder::new(|_| {});
    drop(folder.views());
    let mark = folder.0.path().join("journal/mark");
    for (broken, says) in [(Some(&b"\x01 not a mark, but as long"[..]), "mark, which records"), (None, "is missing")] {
        match broken {
            Some(bytes) => std::fs::write(&mark, bytes).unwrap(),
            None => std::fs::remove_file(&mark).unwrap(),
        }
        let verdict = folder.verdict();
        assert_eq!((verdict.wrong, verdict.is_journal_sound, verdict.is_marked), (1, true, false));
        assert!(verdict.rows > 0, "the views are compared all the same");
        let found = verdict.findings[0].to_string();
        assert!(found.starts_with("journal: it holds 2 events in 1 ledgers, but ") && found.contains(says), "{found}");
    }
    // The next start creates a watermark.
    drop(folder.views());
    assert_eq!(folder.findings(), [""; 0]);
    assert!(folder.verdict().is_marked);
}

#[test]
fn that_there_are_no_views_is_told_and_no_fault() {
    let folder = Folder::new(|_| {});
    let views = folder.views();
    assert!(folder.verdict().has_views);
    // The folder of the views is emptied, then deleted without the file `standing`, then deleted with it.
    std::fs::remove_dir_all(&views).unwrap();
    std::fs::create_dir(&views).unwrap();
    for gone in [None, Some(views.as_path()), views.parent()] {
        gone.into_iter().for_each(|gone| _ = std::fs::remove_dir_all(gone));
        let verdict = folder.verdict();
        assert_eq!((verdict.wrong, verdict.has_views, verdict.is_journal_sound), (0, false, true), "{gone:?}");
        assert_eq!((verdict.events, verdict.rows), (2, 0));
    }
}

#[test]
fn so_many_faults_are_told_and_the_others_counted() {
    let folder = Folder::new(|entries| {
        entries.iter_mut().for_each(|entry| spoil(entry, "okr.team.formed", "okr.team.hired"));
    });
    let verdict = verify_folder(folder.0.path(), &VerifyAsk { limit: 1 }, &mut |_| Ok(())).unwrap();
    assert_eq!((verdict.wrong, verdict.findings.len()), (2, 1));
}

#[test]
fn incarnations_that_cannot_be_are_found() {
    let first = Incarnations::first(Incarnation::of(1));
    let sound = first.continued_as(Incarnation::of(2), 2);
    assert_eq!(Folder::new(|_| {}).named(&sound).findings(), [""; 0]);
    let beyond = first.continued_as(Incarnation::of(2), 3);
    let twice = first.continued_as(Incarnation::of(1), 2);
    for (wrong, says) in [(beyond, "events up to 3"), (twice, "is listed twice")] {
        let findings = Folder::new(|_| {}).named(&wrong).findings();
        assert!(findings.len() == 1 && findings[0].contains(says), "{findings:?}");
    }
}
