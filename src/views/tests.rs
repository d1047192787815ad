use std::path::Path;
use std::sync::Arc;

use projections::rows::{Key, Rows as _, Table};

use super::*;

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

/// The event `seq` writes a team's row, and one of the log.
fn write(views: &Views, seq: u64, n: u32) {
    let log = Key::of(Table::Trail).seq(seq);
    let written = [team(n), log].map(|key| (seq, key, seq.to_be_bytes()));
    views.write(vec![(LEDGER, Arc::new(written.into_iter().collect()), seq)]).unwrap();
}

/// The seqs in the rows of a table.
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

    // Whoever had begun to read goes on with what stood then.
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
fn after_a_crash_they_stand_at_a_checkpoint_and_know_how_far_they_had_come() {
    let folder = tempfile::tempdir().unwrap();
    let (lived, crashed) = (folder.path().join("lived"), folder.path().join("crashed"));
    let views = open(&lived);
    write(&views, 1, 1);
    write(&views, 2, 2);
    views.checkpoint().unwrap();
    write(&views, 3, 1);
    // What is in RocksDB's memory reaches the disk; what is in ours does not.
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
    assert_eq!(rows.get(&Key::of(Table::Trail).seq(3)).unwrap(), None, "it is not folded into what stands");
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
