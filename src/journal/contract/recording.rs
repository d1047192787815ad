//! Promises about recording: ledgers, and the rules Dense, Once, Whole and Increasing of the contract.

use chrono::{DateTime, TimeDelta};

use super::{Incarnation, Incarnations, LedgerContents, LedgerLog, all, at, entry, ledger, refused};
use crate::journal::{Entry, Head, Journal, LedgerNo};

pub(in crate::journal) fn ledgers_are_numbered_from_one_in_the_order_of_their_making(journal: &dyn Journal) {
    assert_eq!(journal.logs().unwrap(), []);
    let made = ["zebra", "acme", "Acme", "übung"].map(|slug| journal.create(slug, b"").unwrap());
    assert_eq!(made.each_ref().map(|log| log.no), [1, 2, 3, 4]);
    assert_eq!(made.each_ref().map(|log| &*log.slug), ["zebra", "acme", "Acme", "übung"]);
    assert_eq!(journal.logs().unwrap(), made);
}

pub(in crate::journal) fn a_header_comes_back_as_it_was_given(journal: &dyn Journal) {
    let headers = [&b""[..], b"{}", b"\xff\x00\xfe not UTF-8", &[7; 100_000]];
    for (header, slug) in headers.iter().zip(["a", "b", "c", "d"]) {
        assert_eq!(journal.create(slug, header).unwrap().header, *header);
    }
    assert_eq!(journal.logs().unwrap().iter().map(|log| &*log.header).collect::<Vec<_>>(), headers);
}

pub(in crate::journal) fn a_taken_slug_is_refused_and_leaves_the_ledgers_as_they_were(journal: &dyn Journal) {
    ledger(journal, "acme");
    ledger(journal, "globex");
    let before = journal.logs().unwrap();
    refused(journal.create("acme", b"another"));
    refused(journal.create("globex", b""));
    assert_eq!(journal.logs().unwrap(), before);
    assert_eq!(ledger(journal, "initech"), 3);
}

pub(in crate::journal) fn a_new_ledger_has_no_history(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    assert_eq!(journal.head(no).unwrap(), Head { seq: 0, recorded_at: None });
    assert_eq!(journal.events(no, 0, 10).unwrap(), []);
    for seq in [0, 1, u64::MAX] {
        assert_eq!(journal.event(no, seq).unwrap(), None);
        assert_eq!(journal.entry(no, seq).unwrap(), None);
    }
    assert_eq!(journal.seq_of(no, "a").unwrap(), None);
    assert_eq!(journal.seq_at(no, at(0)).unwrap(), 0);
}

pub(in crate::journal) fn incarnations_come_back_as_they_were_set_and_nothing_else_changes(journal: &dyn Journal) {
    let (acme, globex) = (ledger(journal, "acme"), ledger(journal, "globex"));
    journal.append(&[entry(acme, 1, 0, &["a", "b"]), entry(globex, 1, 0, &["a"])]).unwrap();
    let incarnations = || journal.logs().unwrap().into_iter().map(|log| log.incarnations).collect::<Vec<_>>();
    assert_eq!(incarnations(), [None, None], "a ledger is made without");
    let before = all(journal);
    let first = Incarnations::first(Incarnation::of(7));
    journal.set_incarnations(acme, &first).unwrap();
    assert_eq!(incarnations(), [Some(first.clone()), None]);
    let second = first.continued_as(Incarnation::of(8), 2).continued_as(Incarnation::of(u64::MAX), 2);
    journal.set_incarnations(acme, &second).unwrap();
    assert_eq!(incarnations(), [Some(second), None]);
    let unnamed = |ledgers: Vec<LedgerContents>| {
        let unnamed =
            |ledger: LedgerContents| LedgerContents { log: LedgerLog { incarnations: None, ..ledger.log }, ..ledger };
        ledgers.into_iter().map(unnamed).collect::<Vec<_>>()
    };
    assert_eq!(unnamed(all(journal)), before);
    journal.append(&[entry(acme, 3, 1, &["c"])]).unwrap();
    assert_eq!(ledger(journal, "initech"), 3);
}

pub(in crate::journal) fn an_unknown_ledger_is_refused_whatever_is_asked(journal: &dyn Journal) {
    ledger(journal, "acme");
    journal.append(&[entry(1, 1, 0, &["a"])]).unwrap();
    for no in [0, 2, LedgerNo::MAX] {
        refused(journal.append(&[entry(no, 1, 0, &["a"])]));
        refused(journal.set_incarnations(no, &Incarnations::first(Incarnation::of(7))));
        refused(journal.head(no));
        refused(journal.event(no, 1));
        refused(journal.events(no, 0, 10));
        refused(journal.entry(no, 1));
        refused(journal.seq_of(no, "a"));
        refused(journal.seq_at(no, at(0)));
    }
}

pub(in crate::journal) fn a_ledger_begins_at_one(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    refused(journal.append(&[entry(no, 0, 0, &["a"])]));
    refused(journal.append(&[entry(no, 2, 0, &["a"])]));
    journal.append(&[entry(no, 1, 0, &["a"])]).unwrap();
    assert_eq!(journal.head(no).unwrap(), Head { seq: 1, recorded_at: Some(at(0)) });
}

pub(in crate::journal) fn a_gap_or_a_seq_taken_is_refused(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    journal.append(&[entry(no, 1, 0, &["a", "b"])]).unwrap();
    for first_seq in [0, 1, 2, 4, u64::MAX] {
        refused(journal.append(&[entry(no, first_seq, 1, &["c"])]));
    }
    assert_eq!(journal.head(no).unwrap(), Head { seq: 2, recorded_at: Some(at(0)) });
    journal.append(&[entry(no, 3, 1, &["c"])]).unwrap();
    assert_eq!(journal.head(no).unwrap(), Head { seq: 3, recorded_at: Some(at(1)) });
}

pub(in crate::journal) fn within_a_group_each_entry_follows_the_one_before(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    refused(journal.append(&[entry(no, 1, 0, &["a", "b"]), entry(no, 4, 1, &["c"])]));
    refused(journal.append(&[entry(no, 1, 0, &["a", "b"]), entry(no, 2, 1, &["c"])]));
    refused(journal.append(&[entry(no, 3, 1, &["c"]), entry(no, 1, 0, &["a", "b"])]));
    journal.append(&[entry(no, 1, 0, &["a", "b"]), entry(no, 3, 1, &["c"])]).unwrap();
    assert_eq!(journal.head(no).unwrap(), Head { seq: 3, recorded_at: Some(at(1)) });
}

pub(in crate::journal) fn an_entry_without_events_is_refused(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    refused(journal.append(&[entry(no, 1, 0, &[])]));
    refused(journal.append(&[entry(no, 1, 0, &["a"]), entry(no, 2, 1, &[])]));
    assert_eq!(journal.head(no).unwrap().seq, 0);
}

pub(in crate::journal) fn an_empty_group_is_nothing_to_do(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    journal.append(&[]).unwrap();
    assert_eq!(journal.head(no).unwrap(), Head { seq: 0, recorded_at: None });
}

pub(in crate::journal) fn an_id_is_recorded_once_in_a_ledger(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    journal.append(&[entry(no, 1, 0, &["a", "b"])]).unwrap();
    journal.append(&[entry(no, 3, 1, &["c"])]).unwrap();
    for id in ["a", "b", "c"] {
        refused(journal.append(&[entry(no, 4, 2, &[id])]));
        refused(journal.append(&[entry(no, 4, 2, &["new", id])]));
        refused(journal.append(&[entry(no, 4, 2, &["new"]), entry(no, 5, 3, &[id])]));
    }
    assert_eq!(journal.head(no).unwrap().seq, 3);
}

pub(in crate::journal) fn an_id_stands_once_in_an_entry_and_once_in_a_group(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    refused(journal.append(&[entry(no, 1, 0, &["a", "b", "a"])]));
    refused(journal.append(&[entry(no, 1, 0, &["a", "b"]), entry(no, 3, 1, &["c"]), entry(no, 4, 2, &["b"])]));
    assert_eq!(journal.head(no).unwrap().seq, 0);
}

pub(in crate::journal) fn the_same_id_in_another_ledger_is_another_event(journal: &dyn Journal) {
    let [one, two] = ["acme", "globex"].map(|slug| ledger(journal, slug));
    journal.append(&[entry(one, 1, 0, &["x", "a"]), entry(two, 1, 0, &["a"])]).unwrap();
    assert_eq!(journal.seq_of(one, "a").unwrap(), Some(2));
    assert_eq!(journal.seq_of(two, "a").unwrap(), Some(1));
    assert_eq!(journal.seq_of(two, "x").unwrap(), None);
}

pub(in crate::journal) fn an_id_that_begins_with_another_is_its_own(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    journal.append(&[entry(no, 1, 0, &["a", "aa", "", "a\0", "A"])]).unwrap();
    for (id, seq) in ["a", "aa", "", "a\0", "A"].into_iter().zip(1..) {
        assert_eq!(journal.seq_of(no, id).unwrap(), Some(seq), "{id:?}");
    }
}

pub(in crate::journal) fn seq_of_finds_an_id_where_it_was_recorded(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    journal.append(&[entry(no, 1, 0, &["a", "b"]), entry(no, 3, 1, &["c"])]).unwrap();
    journal.append(&[entry(no, 4, 2, &["d"])]).unwrap();
    let found = ["a", "b", "c", "d", "e", "a ", ""].map(|id| journal.seq_of(no, id).unwrap());
    assert_eq!(found, [Some(1), Some(2), Some(3), Some(4), None, None, None]);
}

pub(in crate::journal) fn a_group_with_one_bad_entry_leaves_nothing(journal: &dyn Journal) {
    let [one, two] = ["acme", "globex"].map(|slug| ledger(journal, slug));
    journal.append(&[entry(one, 1, 0, &["a"])]).unwrap();
    let before = all(journal);
    let good = [entry(one, 2, 5, &["b", "c"]), entry(two, 1, 5, &["d"])];
    let bad = [
        ("a gap", entry(one, 5, 6, &["e"])),
        ("a seq taken", entry(one, 3, 6, &["e"])),
        ("an id recorded", entry(one, 4, 6, &["a"])),
        ("an id of the group", entry(one, 4, 6, &["c"])),
        ("an equal time", entry(one, 4, 5, &["e"])),
        ("no events", entry(two, 2, 6, &[])),
        ("no such ledger", entry(3, 1, 6, &["e"])),
    ];
    for (why, bad) in bad {
        for place in 0..=good.len() {
            let mut group = good.to_vec();
            group.insert(place, bad.clone());
            refused(journal.append(&group));
            assert_eq!(all(journal), before, "{why}, at place {place}");
            let left =
                ["b", "c", "d", "e"].map(|id| (journal.seq_of(one, id).unwrap(), journal.seq_of(two, id).unwrap()));
            assert_eq!(left, [(None, None); 4], "{why}, at place {place}");
        }
    }
}

pub(in crate::journal) fn what_was_refused_can_be_recorded_later(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    refused(journal.append(&[entry(no, 1, 7, &["a", "b"]), entry(no, 9, 8, &["c"])]));
    // The ids, the time and the seqs of the refused group remain usable.
    journal.append(&[entry(no, 1, 3, &["b", "c"])]).unwrap();
    journal.append(&[entry(no, 3, 4, &["a"])]).unwrap();
    assert_eq!(journal.seq_of(no, "a").unwrap(), Some(3));
}

pub(in crate::journal) fn a_time_that_does_not_increase_is_refused(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    journal.append(&[entry(no, 1, 10, &["a"])]).unwrap();
    refused(journal.append(&[entry(no, 2, 10, &["b"])]));
    refused(journal.append(&[entry(no, 2, 9, &["b"])]));
    refused(journal.append(&[entry(no, 2, 11, &["b"]), entry(no, 3, 11, &["c"])]));
    refused(journal.append(&[entry(no, 2, 12, &["b"]), entry(no, 3, 11, &["c"])]));
    journal.append(&[entry(no, 2, 11, &["b"]), entry(no, 3, 12, &["c"])]).unwrap();
    assert_eq!(journal.head(no).unwrap().recorded_at, Some(at(12)));
}

pub(in crate::journal) fn times_are_kept_to_the_microsecond(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    let finer = |first_seq, micros, nanos, id| {
        let entry = entry(no, first_seq, micros, &[id]);
        Entry { recorded_at: entry.recorded_at + TimeDelta::nanoseconds(nanos), ..entry }
    };
    journal.append(&[finer(1, 1, 999, "a")]).unwrap();
    assert_eq!(journal.head(no).unwrap().recorded_at, Some(at(1)));
    assert_eq!(journal.event(no, 1).unwrap().unwrap().recorded_at, at(1));
    assert_eq!(journal.entry(no, 1).unwrap().unwrap().recorded_at, at(1));
    assert_eq!(journal.seq_at(no, at(1)).unwrap(), 1);

    refused(journal.append(&[finer(2, 1, 999, "b")]));
    journal.append(&[finer(2, 2, 0, "b")]).unwrap();
    refused(journal.append(&[finer(3, 3, 100, "c"), finer(4, 3, 900, "d")]));
    assert_eq!(journal.event(no, 2).unwrap().unwrap().recorded_at, at(2));
}

pub(in crate::journal) fn a_time_before_1970_is_kept(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    let moments = [-2_208_988_800_000_001, -1, 0, 1].map(|micros| DateTime::from_timestamp_micros(micros).unwrap());
    for ((recorded_at, first_seq), id) in moments.into_iter().zip(1..).zip(["a", "b", "c", "d"]) {
        journal.append(&[Entry { recorded_at, ..entry(no, first_seq, 0, &[id]) }]).unwrap();
    }
    let events = journal.events(no, 0, 10).unwrap();
    assert_eq!(events.iter().map(|event| event.recorded_at).collect::<Vec<_>>(), moments);
    assert_eq!(moments.map(|moment| journal.seq_at(no, moment).unwrap()), [1, 2, 3, 4]);
}

pub(in crate::journal) fn each_ledger_has_a_time_of_its_own(journal: &dyn Journal) {
    let [one, two] = ["acme", "globex"].map(|slug| ledger(journal, slug));
    journal.append(&[entry(one, 1, 10, &["a"]), entry(two, 1, 5, &["a"])]).unwrap();
    journal.append(&[entry(two, 2, 10, &["b"])]).unwrap();
    assert_eq!(journal.head(one).unwrap(), Head { seq: 1, recorded_at: Some(at(10)) });
    assert_eq!(journal.head(two).unwrap(), Head { seq: 2, recorded_at: Some(at(10)) });
}
