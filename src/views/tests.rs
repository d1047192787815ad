use std::path::Path;
use std::sync::Arc;

use projections::rows::{Key, Rows as _, Table};
use serde_json::json;

use super::catch_up::CHUNK;
use super::*;
use crate::journal::{Entry, Line, memory};

const LEDGER: LedgerNo = 1;

fn open(folder: &Path) -> Views {
    match Views::open(folder).unwrap() {
        Opened::Usable(views) => views,
        Opened::Outdated(why) => panic!("{why}"),
    }
}

fn team(n: u32) -> Key {
    Key::of(Table::Team).number(n)
}

/// Writes a team's row and a log row, as of event `seq`.
fn write(views: &Views, seq: u64, n: u32) {
    let log = Key::of(Table::Trail).seq(seq);
    let written = [team(n), log].map(|key| (seq, key, seq.to_be_bytes()));
    views.write(vec![(LEDGER, Arc::new(written.into_iter().collect()), seq)]).unwrap();
}

/// Returns the seqs in the rows of a table.
fn scan(rows: &StoredRows<'_>, table: Table) -> Vec<u64> {
    let mut found = Vec::new();
    let all = Key::of(table);
    rows.scan(&all, &all, &mut |_, bytes| {
        found.push(u64::from_be_bytes(bytes.try_into().unwrap()));
        Ok(true)
    })
    .unwrap();
    found
}

#[test]
fn what_stands_reads_the_same_before_and_after_it_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let views = open(folder.path());
    for (seq, n) in [(1, 1), (2, 2), (3, 1)] {
        write(&views, seq, n);
    }
    let early = views.now(LEDGER).unwrap();
    views.checkpoint().unwrap();
    for (seq, n) in [(4, 3), (5, 2)] {
        write(&views, seq, n);
    }
    let late = views.now(LEDGER).unwrap();
    views.checkpoint().unwrap();

    // A reader that has begun keeps its rows.
    for _ in 0..2 {
        assert_eq!(
            (early.seq(), scan(&early, Table::Team), scan(&early, Table::Trail)),
            (3, vec![3, 2], vec![1, 2, 3])
        );
        assert_eq!((late.seq(), scan(&late, Table::Team), scan(&late, Table::Trail).len()), (5, vec![3, 5, 4], 5));
        assert_eq!(scan(&views.now(LEDGER).unwrap(), Table::Team), [3, 5, 4]);
        let past = views.as_of(LEDGER, 2).unwrap();
        assert_eq!((scan(&past, Table::Team), scan(&past, Table::Trail)), (vec![1, 2], vec![1, 2]));
        assert_eq!(past.get(&team(3)).unwrap(), None);
        views.checkpoint().unwrap();
    }
}

#[test]
fn readers_wait_for_no_checkpoint_and_see_the_same_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let views = open(folder.path());
    for (seq, n) in [(1, 1), (2, 2), (3, 1)] {
        write(&views, seq, n);
    }
    let read = || {
        assert!(views.fresh.try_read().is_ok(), "a reader would have to wait");
        let rows = views.now(LEDGER).unwrap();
        (rows.seq(), scan(&rows, Table::Team), scan(&rows, Table::Trail), views.last_seq(LEDGER))
    };
    let before = read();
    assert_eq!(before, (3, vec![3, 2], vec![1, 2, 3], 3));
    // Another thread would hold the fold lock all the while.
    let fold_lock = views.fold_lock();
    let mut stored = 0;
    views
        .checkpoint_ledger(&fold_lock, LEDGER, |batch| {
            assert_eq!(read(), before);
            stored = batch.len();
            views.store(batch)?;
            assert_eq!(read(), before);
            Ok(())
        })
        .unwrap();
    assert_eq!((stored, views.fresh()[&LEDGER].rows.len()), (3, 0));
    assert_eq!(read(), before);
}

#[test]
fn after_a_crash_they_stand_at_a_checkpoint_and_know_how_far_they_had_come() {
    let folder = tempfile::tempdir().unwrap();
    let (lived, crashed) = (folder.path().join("lived"), folder.path().join("crashed"));
    let views = open(&lived);
    write(&views, 1, 1);
    write(&views, 2, 2);
    views.checkpoint().unwrap();
    write(&views, 3, 1);
    // Flushes RocksDB's memory to the disk, but not the rows in ours.
    let families = FAMILIES.map(|name| views.family(name).unwrap());
    views.db.flush_cfs_opt(&families, &rocksdb::FlushOptions::default()).unwrap();
    std::fs::create_dir(&crashed).unwrap();
    for file in std::fs::read_dir(&lived).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), crashed.join(file.file_name())).unwrap();
    }

    let views = open(&crashed);
    assert_eq!((views.last_seq(LEDGER), views.heads().unwrap()), (2, vec![(LEDGER, 3)]));
    let rows = views.now(LEDGER).unwrap();
    assert_eq!((scan(&rows, Table::Team), scan(&rows, Table::Trail)), (vec![1, 2], vec![1, 2]));
    assert_eq!(rows.get(&Key::of(Table::Trail).seq(3)).unwrap(), None, "it is not folded into the current rows");
    drop(rows);
    write(&views, 3, 1);
    assert_eq!(scan(&views.now(LEDGER).unwrap(), Table::Team), [3, 2]);
}

#[test]
fn what_is_in_memory_is_stored_when_they_are_closed_and_when_there_is_enough_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let views = open(folder.path());
    for seq in 1..=5_000 {
        write(&views, seq, u32::try_from(seq).unwrap());
    }
    let held = views.fresh.read().unwrap()[&LEDGER].rows.len();
    assert!(held < 5_000, "{held} rows are held in memory");
    assert_eq!(scan(&views.now(LEDGER).unwrap(), Table::Team).len(), 5_000);
    drop(views);
    let views = open(folder.path());
    assert_eq!(views.last_seq(LEDGER), 5_000);
    assert_eq!(scan(&views.now(LEDGER).unwrap(), Table::Team).len(), 5_000);
}

/// Returns a row and the log line that contains it. Both encode the event's number.
fn said(seq: u64) -> (Vec<u8>, Vec<u8>) {
    let row = seq.to_be_bytes().to_vec();
    let line = [&[0, 8], row.as_slice(), b"and what else was said"].concat();
    (row, line)
}

fn thing(table: Table, n: u32) -> Key {
    Key::of(table).text("q").number(1).number(n)
}

/// The keys and bytes that a scan yields.
type Scanned = Vec<(Vec<u8>, Vec<u8>)>;

fn scanned(scan: impl FnOnce(&mut projections::rows::Each<'_>) -> Result<(), Error>) -> Scanned {
    let mut found = Vec::new();
    scan(&mut |key, bytes| {
        found.push((key.to_vec(), bytes.to_vec()));
        Ok(true)
    })
    .unwrap();
    found
}

#[test]
fn what_lines_carry_is_read_as_of_every_event_and_so_are_the_lines() {
    let folder = tempfile::tempdir().unwrap();
    let views = open(folder.path());
    // Three rows: one changed all the time, one now and then, one once.
    let whose = |seq: u64| {
        if seq == 17 {
            3
        } else if seq.is_multiple_of(6) {
            2
        } else {
            1
        }
    };
    let last = 40;
    for seq in 1..=last {
        let (row, line) = said(seq);
        let written = [
            (seq, thing(Table::CheckIn, whose(seq)).seq(seq), line),
            (seq, thing(Table::Latest, whose(seq)), row.clone()),
            (seq, team(whose(seq)), row),
        ];
        views.write(vec![(LEDGER, Arc::new(written.into_iter().collect()), seq)]).unwrap();
    }
    let cycle = Key::of(Table::CheckIn).text("q");
    for as_of in 0..=last {
        let rows = views.as_of(LEDGER, as_of).unwrap();
        let newest = |n: u32| (1..=as_of).rev().find(|seq| whose(*seq) == n);
        let stand = |table: fn(u32) -> Key| -> Scanned {
            (1..=3).filter_map(|n| Some((table(n).as_bytes().to_vec(), said(newest(n)?).0))).collect()
        };
        let latest: fn(u32) -> Key = |n| thing(Table::Latest, n);
        for (table, prefix) in [(latest, Key::of(Table::Latest).text("q")), (team, Key::of(Table::Team))] {
            assert_eq!(scanned(|each| rows.scan(&prefix, &prefix, each)), stand(table), "as of {as_of}");
            let (behind, keys) = (table(2), [1, 3, 4].map(table));
            let later = stand(table).into_iter().filter(|(key, _)| key.as_slice() >= behind.as_bytes());
            assert_eq!(scanned(|each| rows.scan(&prefix, &behind, each)), later.collect::<Vec<_>>());
            let picked = stand(table).into_iter().filter(|(key, _)| *key != table(2).as_bytes());
            assert_eq!(scanned(|each| rows.pick(&prefix, &keys, each)), picked.collect::<Vec<_>>());
            for n in 1..=4 {
                let found = rows.get(&table(n)).unwrap().map(|row| row.bytes().to_vec());
                assert_eq!(found, newest(n).map(|seq| said(seq).0));
            }
        }
        let lines = |n: u32, from: u64| -> Scanned {
            let own = (from.max(1)..=as_of).filter(|seq| whose(*seq) == n);
            own.map(|seq| (thing(Table::CheckIn, n).seq(seq).as_bytes().to_vec(), said(seq).1)).collect()
        };
        let all: Scanned = (1..=3).flat_map(|n| lines(n, 0)).collect();
        assert_eq!(scanned(|each| rows.scan(&cycle, &cycle, each)), all, "as of {as_of}");
        let one = thing(Table::CheckIn, 1);
        assert_eq!(scanned(|each| rows.scan(&one, &one.clone().seq(9), each)), lines(1, 9));
        let first = scanned(|each| rows.scan(&cycle, &thing(Table::CheckIn, 2), each));
        assert_eq!(first, (2..=3).flat_map(|n| lines(n, 0)).collect::<Vec<_>>());
        for seq in 1..=last {
            let found = rows.get(&thing(Table::CheckIn, whose(seq)).seq(seq)).unwrap();
            assert_eq!(found.map(|line| line.bytes().to_vec()), (seq <= as_of).then(|| said(seq).1));
        }
    }
}

#[test]
fn a_line_that_cannot_be_read_is_damage_and_no_other_row() {
    let folder = tempfile::tempdir().unwrap();
    let views = open(folder.path());
    for (seq, line) in [(1, said(1).1), (2, vec![200, 1, 7]), (3, said(3).1)] {
        let written = [(seq, thing(Table::CheckIn, 1).seq(seq), line)];
        views.write(vec![(LEDGER, Arc::new(written.into_iter().collect()), seq)]).unwrap();
    }
    let (latest, rows) = (thing(Table::Latest, 1), views.as_of(LEDGER, 2).unwrap());
    let faults = [
        rows.get(&latest).map(drop).unwrap_err(),
        rows.scan(&latest, &latest, &mut |_, _| Ok(true)).unwrap_err(),
        rows.pick(&latest, std::slice::from_ref(&latest), &mut |_, _| Ok(true)).unwrap_err(),
    ];
    assert!(faults.iter().all(|fault| matches!(fault, Error::Damaged(_))), "{faults:?}");
    assert_eq!(views.as_of(LEDGER, 1).unwrap().get(&latest).unwrap().unwrap().bytes(), said(1).0);
}

/// Returns an event as a journal stores it.
fn event(seq: u64, kind: &str, subject: &str, data: &serde_json::Value) -> Line {
    let event = serde_json::json!({"specversion": "1.0", "id": format!("e{seq}"), "source": "/x", "type": format!("okr.{kind}"),
        "subject": subject, "time": "2026-05-04T09:00:00Z", "seq": seq, "recordedtime": "2026-05-04T09:00:00Z", "actor": "/x",
        "data": data});
    Line { id: format!("e{seq}"), bytes: event.to_string().into_bytes() }
}

#[test]
fn a_history_of_the_largest_events_is_folded_by_bytes_and_one_of_small_ones_by_number() {
    let opened = json!({"title": "Q", "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30", "time_zone": "UTC"});
    let objective = json!({"cycle": "q", "title": "Better", "level": "company", "owner": "x", "ambition": "committed"});
    let metric = json!({"name": "s", "kind": "increase"});
    let key_result = json!({"objective": "o", "title": "Share", "owner": "x", "metric": metric, "target": 10});
    let long = |n: u64| vec![format!("{n} ").repeat(4_500); 50];
    let mut lines = vec![
        event(1, "cycle.opened", "q", &opened),
        event(2, "objective.drafted", "o", &objective),
        event(3, "key_result.drafted", "k", &key_result),
    ];
    for seq in 4..=30 {
        let says = json!({"value": seq, "blockers": long(seq), "plans": long(seq + 100)});
        lines.push(event(seq, "check_in.recorded", "k", &says));
    }
    for seq in 31..=5_000 {
        lines.push(event(seq, "check_in.recorded", "k", &json!({"value": seq})));
    }
    let sizes: Vec<usize> = lines.iter().map(|line| line.bytes.len()).collect();
    assert!(sizes.iter().sum::<usize>() > 2 * CHUNK.bytes, "{}", sizes.iter().sum::<usize>());

    let journal = memory::Memory::new();
    journal.create("a", b"").unwrap();
    let recorded_at = "2026-05-04T09:00:00Z".parse().unwrap();
    journal.append(&[Entry { ledger: LEDGER, first_seq: 1, recorded_at, note: Vec::new(), lines }]).unwrap();
    #[derive(Default)]
    struct Folded(Vec<usize>);
    impl Progress for Folded {
        fn folded(&mut self, done: u64, _all: u64) {
            self.0.push(usize::try_from(done).unwrap());
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let views = open(folder.path());
    let mut folded = Folded::default();
    assert_eq!(catch_up(&views, &journal, &mut folded).unwrap(), 5_000);
    let chunks: Vec<(usize, usize)> =
        std::iter::once(0).chain(folded.0.iter().copied()).zip(folded.0.clone()).collect();
    for (before, after) in &chunks {
        let bytes: usize = sizes[*before..*after].iter().sum();
        assert!(bytes <= CHUNK.bytes && after - before <= CHUNK.events, "{before} to {after}: {bytes} bytes");
    }
    assert!(chunks.len() >= 5, "{chunks:?}");
    assert!(views.fresh.read().unwrap()[&LEDGER].bytes < fresh::BYTES_MAX, "current rows are stored as they grow");
    assert_eq!(scan_keys(&views.now(LEDGER).unwrap(), Table::CheckIn), 4_997);
    // Each long list is stored once.
    assert_eq!(scan_keys(&views.now(LEDGER).unwrap(), Table::Long), 2 * 27);
}

#[test]
fn which_event_has_an_id_is_asked_of_the_journal() {
    let journal = memory::Memory::new();
    journal.create("a", b"").unwrap();
    let lines = ["one", "two"].map(|id| Line { id: id.into(), bytes: Vec::new() }).into();
    let recorded_at = "2026-05-04T09:00:00Z".parse().unwrap();
    journal.append(&[Entry { ledger: LEDGER, first_seq: 1, recorded_at, note: Vec::new(), lines }]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let views = open(folder.path());
    let named = |id: &str| Key::of(Table::ById).text(id);
    let noted = |seq: u64, id: &str| (seq, named(id).seq(seq), [0; 0]);
    for (seq, id) in [(1, "one"), (2, "two")] {
        views.write(vec![(LEDGER, Arc::new([noted(seq, id)].into_iter().collect()), seq)]).unwrap();
    }
    assert!(views.now(LEDGER).unwrap().scan(&named("one"), &named("one"), &mut |_, _| Ok(true)).is_err());
    views.set_journal(Arc::new(journal));

    let found = |rows: &StoredRows<'_>, id: &str| {
        scanned(|each| rows.scan(&named(id), &named(id), each))
            .into_iter()
            .filter_map(|(key, _)| Key::seq_of_log(&key))
            .collect::<Vec<_>>()
    };
    let (now, past) = (views.now(LEDGER).unwrap(), views.as_of(LEDGER, 1).unwrap());
    assert_eq!(["one", "two", "tw", "three"].map(|id| found(&now, id)), [vec![1], vec![2], vec![], vec![]]);
    // The journal contains more than was known then.
    assert_eq!(["one", "two"].map(|id| found(&past, id)), [vec![1], vec![]]);
    assert!(now.get(&named("two").seq(2)).unwrap().is_some() && now.get(&named("two").seq(1)).unwrap().is_none());
    let mut stored = 0;
    views.each_stored(|family, _, _| stored += usize::from(family != META)).unwrap();
    assert_eq!(stored, 0);
}

/// Returns the number of rows in a table.
fn scan_keys(rows: &StoredRows<'_>, table: Table) -> usize {
    let all = Key::of(table);
    scanned(|each| rows.scan(&all, &all, each)).len()
}
