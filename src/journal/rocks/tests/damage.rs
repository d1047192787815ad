//! Bytes on the disk that differ from those written: each kind is reported, with ledger and seq, and never skipped.

use std::path::Path;

use super::super::Rocks;
use super::super::layout::{EventValue, id_key, ledger_key, line_key, seq_value};
use super::super::settings::{BOOKS, ENTRIES, EVENTS, IDS};
use crate::journal::contract::{at, entry};
use crate::journal::{Entry, Error, Journal, Line};

/// Ledger 1 with events 1 to 5 in two entries, ledger 2 with one event.
fn journal(folder: &Path) -> Rocks {
    let rocks = Rocks::open(folder).unwrap();
    rocks.create("acme", b"").unwrap();
    rocks.create("globex", b"").unwrap();
    rocks.append(&[entry(1, 1, 0, &["a", "b", "c"]), entry(1, 4, 1, &["d", "e"]), entry(2, 1, 0, &["a"])]).unwrap();
    rocks
}

fn overwrite(rocks: &Rocks, family: &str, key: impl AsRef<[u8]>, value: &[u8]) {
    rocks.db.put_cf(rocks.family(family).unwrap(), key, value).unwrap();
}

#[track_caller]
fn damaged<T: std::fmt::Debug>(result: Result<T, Error>, says: &str) {
    assert!(matches!(&result, Err(Error::Damaged(said)) if said.contains(says)), "not “{says}”: {result:?}");
}

fn reopened(rocks: Rocks) -> Result<(), Error> {
    let path = rocks.db.path().to_owned();
    drop(rocks);
    Rocks::open(path).map(drop)
}

#[test]
fn a_broken_event_is_named_by_every_reading_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    for (value, fault) in
        [(&b""[..], "bytes are cut short"), (b"\x01\0\0", "bytes are cut short"), (b"\x07\0\0\0\0\0\0\0\0", "format 7")]
    {
        overwrite(&rocks, EVENTS, line_key(1, 3), value);
        let says = format!("ledger 1, seq 3: its {fault}");
        damaged(rocks.event(1, 3), &says);
        damaged(rocks.events(1, 0, 10), &says);
        damaged(rocks.entry(1, 1), &says);
        damaged(rocks.seq_at(1, at(0)), &says);
    }
    assert_eq!(rocks.event(1, 2).unwrap().unwrap().seq, 2);
    assert_eq!(rocks.events(1, 3, 10).unwrap().len(), 2);
    assert_eq!(rocks.events(2, 0, 10).unwrap().len(), 1);
}

#[test]
fn a_missing_event_is_named_and_not_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    rocks.db.delete_cf(rocks.family(EVENTS).unwrap(), line_key(1, 3)).unwrap();
    let says = "ledger 1, seq 3: its event is missing";
    damaged(rocks.event(1, 3), says);
    damaged(rocks.events(1, 0, 10), says);
    damaged(rocks.events(1, 2, 1), says);
    damaged(rocks.entry(1, 2), says);
    assert_eq!(rocks.events(1, 0, 2).unwrap().len(), 2);
}

#[test]
fn a_missing_last_event_of_a_ledger_is_not_taken_for_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    rocks.db.delete_cf(rocks.family(EVENTS).unwrap(), line_key(1, 5)).unwrap();
    damaged(rocks.events(1, 0, 10), "ledger 1, seq 5: its event is missing");
}

#[test]
fn a_broken_entry_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    overwrite(&rocks, ENTRIES, line_key(1, 4), b"\x01\0\0");
    damaged(rocks.entry(1, 5), "ledger 1, seq 4: its bytes are cut short");
    overwrite(&rocks, ENTRIES, line_key(1, 4), b"\x09");
    damaged(rocks.entry(1, 5), "ledger 1, seq 4: its format 9 is unknown");
    rocks.db.delete_cf(rocks.family(ENTRIES).unwrap(), line_key(1, 4)).unwrap();
    damaged(rocks.entry(1, 4), "ledger 1, seq 4: its entry is missing");
    rocks.db.delete_cf(rocks.family(ENTRIES).unwrap(), line_key(1, 1)).unwrap();
    damaged(rocks.entry(1, 2), "ledger 1, seq 2: its entry is missing");
    assert_eq!(rocks.entry(2, 1).unwrap().unwrap().lines.len(), 1);
}

#[test]
fn an_event_of_another_time_than_its_entry_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    let mut value = Vec::new();
    EventValue { recorded_at: at(7), bytes: b"b" }.write(&mut value);
    overwrite(&rocks, EVENTS, line_key(1, 2), &value);
    damaged(rocks.entry(1, 1), "ledger 1, seq 2: its time differs from that of its entry");
}

#[test]
fn a_broken_id_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    overwrite(&rocks, IDS, id_key(1, "b"), b"\x01\0");
    damaged(rocks.seq_of(1, "b"), "ledger 1, id b: its bytes are cut short");
    overwrite(&rocks, IDS, id_key(1, "b"), b"\x05\0\0\0\0\0\0\0\x02");
    damaged(rocks.seq_of(1, "b"), "ledger 1, id b: its format 5 is unknown");
    // The id is recorded, whatever its value.
    assert!(matches!(rocks.append(&[entry(1, 6, 2, &["b"])]), Err(Error::Refused(_))));
}

#[test]
fn a_missing_or_broken_ledger_is_reported_at_the_start() {
    let missing = tempfile::tempdir().unwrap();
    let rocks = journal(missing.path());
    rocks.db.delete_cf(rocks.family(BOOKS).unwrap(), ledger_key(1)).unwrap();
    damaged(reopened(rocks), "ledger 1: its row in `books` is missing");

    let last = tempfile::tempdir().unwrap();
    let rocks = journal(last.path());
    rocks.db.delete_cf(rocks.family(BOOKS).unwrap(), ledger_key(2)).unwrap();
    damaged(reopened(rocks), "ledger 2, seq 1: the row of its ledger in `books` is missing");

    let broken = tempfile::tempdir().unwrap();
    let rocks = journal(broken.path());
    overwrite(&rocks, BOOKS, ledger_key(2), b"\x03\0\0\0\0");
    damaged(reopened(rocks), "ledger 2, its row in `books`: its format 3 is unknown");
}

#[test]
fn a_hole_in_the_seqs_is_reported_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    let mut value = Vec::new();
    EventValue { recorded_at: at(9), bytes: b"h" }.write(&mut value);
    overwrite(&rocks, EVENTS, line_key(1, 8), &value);
    damaged(reopened(rocks), "ledger 1, seq 6: its event is missing");
}

#[test]
fn a_broken_last_event_is_reported_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    overwrite(&rocks, EVENTS, line_key(1, 5), b"\x03");
    damaged(reopened(rocks), "ledger 1, seq 5: its format 3 is unknown");
}

#[test]
fn an_id_past_the_head_is_not_there_yet() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    overwrite(&rocks, IDS, id_key(1, "f"), &seq_value(6));
    assert_eq!(rocks.seq_of(1, "f").unwrap(), None);
}

#[test]
fn decay_of_a_table_on_disk_is_named_by_the_event_it_hit() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = Rocks::open(folder.path()).unwrap();
    rocks.create("acme", b"").unwrap();
    let ids = (1..=100).map(|seq| format!("e-{seq}")).collect::<Vec<_>>();
    // Random bytes do not compress, so the table has many blocks.
    let noise =
        |seq: u64| (0..2_000u64).map(move |n| ((seq * 2_000 + n).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8);
    let lines = ids.iter().zip(1..).map(|(id, seq)| Line { id: id.clone(), bytes: noise(seq).collect() });
    rocks.append(&[Entry { lines: lines.collect(), ..entry(1, 1, 0, &[]) }]).unwrap();
    rocks.db.flush_cf(rocks.family(EVENTS).unwrap()).unwrap();
    let table = rocks.db.live_files().unwrap().into_iter().find(|file| file.column_family_name == EVENTS).unwrap();
    drop(rocks);
    let table = folder.path().join(table.name.trim_start_matches('/'));
    let mut bytes = std::fs::read(&table).unwrap();
    bytes[300] ^= 1;
    std::fs::write(&table, bytes).unwrap();

    let rocks = Rocks::open(folder.path()).unwrap();
    damaged(rocks.event(1, 1), "ledger 1, seq 1: ");
    damaged(rocks.events(1, 0, 10), "ledger 1, seq 1: ");
    assert_eq!(rocks.event(1, 100).unwrap().unwrap().bytes, noise(100).collect::<Vec<_>>());
}

#[test]
fn a_count_that_does_not_add_up_is_no_damage_where_no_seq_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    let events = rocks.family(EVENTS).unwrap();
    // The same event is written twice: RocksDB counts the key twice until it has merged the rows.
    rocks.db.flush_cf(events).unwrap();
    let value = rocks.db.get_cf(events, line_key(1, 2)).unwrap().unwrap();
    overwrite(&rocks, EVENTS, line_key(1, 2), &value);
    reopened(rocks).unwrap();
}

#[test]
fn the_settings_that_durability_rests_on_are_in_force() {
    let folder = tempfile::tempdir().unwrap();
    drop(journal(folder.path()));
    let files = folder.path().read_dir().unwrap().map(|file| file.unwrap().path());
    let newest = files.filter(|path| path.to_string_lossy().contains("OPTIONS-")).max().unwrap();
    let said = std::fs::read_to_string(newest).unwrap();
    for setting in [
        "wal_recovery_mode=kPointInTimeRecovery",
        "recycle_log_file_num=2",
        "atomic_flush=true",
        "manual_wal_flush=false",
    ] {
        assert!(said.contains(setting), "{setting} is not among\n{said}");
    }
    assert!(said.contains("paranoid_checks=true"));
}

#[test]
fn an_id_that_is_lost_is_missed_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let rocks = journal(folder.path());
    rocks.db.delete_cf(rocks.family(IDS).unwrap(), id_key(1, "b")).unwrap();
    damaged(reopened(rocks), "there are 6 events, but 5 ids of events");
}
