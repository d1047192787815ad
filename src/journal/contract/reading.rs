//! Promises about reading: unchanged bytes, pages, entries, moments, and reads during appends.

use std::thread;

use chrono::{DateTime, TimeDelta, Utc};

use super::{at, entry, events_of, ledger, refused};
use crate::journal::{Entry, Head, Journal, Line, Span};

pub(in crate::journal) fn bytes_come_back_as_they_were_given(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    let all_bytes = (0..=255).collect::<Vec<u8>>();
    let large = all_bytes.repeat(8_000);
    let contents = [Vec::new(), b"\xff\xfe\x00\xc3\x28".to_vec(), all_bytes, large, " {\"a\" : 1.0 }\r\n".into()];
    let lines =
        contents.iter().zip(["a", "b", "c", "d", "e"]).map(|(bytes, id)| Line { id: id.into(), bytes: bytes.clone() });
    let given = Entry { lines: lines.collect(), note: b"\x80 not UTF-8 \0".to_vec(), ..entry(no, 1, 0, &[]) };
    let plain = Entry { note: Vec::new(), ..entry(no, 6, 1, &["f"]) };
    journal.append(&[given.clone(), plain.clone()]).unwrap();

    assert_eq!(journal.events(no, 0, 10).unwrap(), events_of([&given, &plain]));
    for (bytes, seq) in contents.iter().zip(1..) {
        assert_eq!(journal.event(no, seq).unwrap().unwrap().bytes, *bytes);
    }
    assert_eq!(journal.entry(no, 1).unwrap().unwrap(), given);
    assert_eq!(journal.entry(no, 6).unwrap().unwrap(), plain);
}

pub(in crate::journal) fn what_was_read_once_reads_the_same_after_more_was_recorded(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    journal.append(&[entry(no, 1, 0, &["a", "b"]), entry(no, 3, 1, &["c"])]).unwrap();
    let read = || {
        let each =
            (1..=3).map(|seq| (journal.event(no, seq).unwrap(), journal.entry(no, seq).unwrap())).collect::<Vec<_>>();
        (each, journal.events(no, 0, 3).unwrap(), journal.seq_of(no, "b").unwrap(), journal.seq_at(no, at(1)).unwrap())
    };
    let once = read();
    for (id, seq) in ["d", "e", "f"].into_iter().zip(4..) {
        journal.append(&[entry(no, seq, seq as i64, &[id])]).unwrap();
        refused(journal.append(&[entry(no, 1, 100, &["z"])]));
        assert_eq!(read(), once);
    }
}

pub(in crate::journal) fn ledgers_interleaved_in_a_group_keep_apart(journal: &dyn Journal) {
    let [one, two, three] = ["acme", "globex", "initech"].map(|slug| ledger(journal, slug));
    let group = [
        entry(two, 1, 3, &["a"]),
        entry(one, 1, 1, &["b", "c"]),
        entry(two, 2, 4, &["c", "b"]),
        entry(three, 1, 2, &["a"]),
        entry(one, 3, 2, &["a"]),
    ];
    journal.append(&group).unwrap();
    for (no, head) in [(one, (3, 2)), (two, (3, 4)), (three, (1, 2))] {
        let own = group.iter().filter(|entry| entry.ledger == no).collect::<Vec<_>>();
        assert_eq!(journal.head(no).unwrap(), Head { seq: head.0, recorded_at: Some(at(head.1)) });
        assert_eq!(journal.events(no, 0, usize::MAX).unwrap(), events_of(own.iter().copied()));
        for entry in own {
            assert_eq!(journal.entry(no, entry.last_seq()).unwrap().as_ref(), Some(entry));
        }
    }
}

pub(in crate::journal) fn events_come_in_pages_and_end_with_the_history(journal: &dyn Journal) {
    let [one, two] = ["acme", "globex"].map(|slug| ledger(journal, slug));
    let history = [entry(one, 1, 0, &["a", "b", "c"]), entry(one, 4, 1, &["d"]), entry(one, 5, 2, &["e", "f", "g"])];
    journal.append(&history).unwrap();
    journal.append(&[entry(two, 1, 0, &["a", "b"])]).unwrap();
    let events = events_of(&history);
    for after in 0..9 {
        for limit in (0..9).chain([usize::MAX]) {
            let page = events.iter().skip(after).take(limit).cloned().collect::<Vec<_>>();
            assert_eq!(journal.events(one, after as u64, limit).unwrap(), page, "{limit} after {after}");
        }
    }
    assert_eq!(journal.events(one, u64::MAX, usize::MAX).unwrap(), []);
}

pub(in crate::journal) fn events_come_by_bytes_and_one_at_least(journal: &dyn Journal) {
    let [one, two] = ["acme", "globex"].map(|slug| ledger(journal, slug));
    let sizes = [3, 0, 5, 40, 1, 1, 0, 0, 7];
    let line = |(n, size): (usize, &usize)| Line { id: format!("e{n}"), bytes: vec![b'x'; *size] };
    let lines: Vec<Line> = sizes.iter().enumerate().map(line).collect();
    let history = [
        Entry { lines: lines[..4].to_vec(), ..entry(one, 1, 0, &[]) },
        Entry { lines: lines[4..].to_vec(), ..entry(one, 5, 1, &[]) },
    ];
    journal.append(&history).unwrap();
    journal.append(&[entry(two, 1, 0, &["a", "b"])]).unwrap();
    let events = events_of(&history);
    for after in 0..=sizes.len() + 1 {
        for bytes in (0..60).chain([usize::MAX]) {
            for limit in [0, 1, 2, 4, usize::MAX] {
                let mut page = Vec::new();
                let mut taken = 0;
                for event in events.iter().skip(after).take(limit) {
                    taken += event.bytes.len();
                    if taken > bytes && !page.is_empty() {
                        break;
                    }
                    page.push(event.clone());
                }
                let read = journal.events_within(one, after as u64, Span { events: limit, bytes }).unwrap();
                assert_eq!(read, page, "{limit} events and {bytes} bytes after {after}");
            }
        }
    }
    let mut all = Vec::new();
    loop {
        let page = journal.events_within(one, all.len() as u64, Span::bytes(6)).unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    assert_eq!(all, events, "read by bytes to the end, all are there once");
    refused(journal.events_within(3, 0, Span::bytes(1)));
}

pub(in crate::journal) fn an_event_is_found_by_its_seq_only(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    let history = [entry(no, 1, 0, &["a", "b"]), entry(no, 3, 1, &["c"])];
    journal.append(&history).unwrap();
    for event in events_of(&history) {
        assert_eq!(journal.event(no, event.seq).unwrap(), Some(event));
    }
    for seq in [0, 4, u64::MAX] {
        assert_eq!(journal.event(no, seq).unwrap(), None);
    }
}

pub(in crate::journal) fn an_entry_is_found_by_any_seq_within_it(journal: &dyn Journal) {
    let [one, two] = ["acme", "globex"].map(|slug| ledger(journal, slug));
    let history = [entry(one, 1, 0, &["a", "b", "c"]), entry(one, 4, 1, &["d"]), entry(one, 5, 2, &["e", "f"])];
    journal.append(&history[..2]).unwrap();
    journal.append(&[history[2].clone(), entry(two, 1, 0, &["a"])]).unwrap();
    for entry in &history {
        for seq in entry.first_seq..=entry.last_seq() {
            assert_eq!(journal.entry(one, seq).unwrap().as_ref(), Some(entry), "by {seq}");
        }
    }
    for (no, seq) in [(one, 0), (one, 7), (one, u64::MAX), (two, 0), (two, 2)] {
        assert_eq!(journal.entry(no, seq).unwrap(), None);
    }
}

pub(in crate::journal) fn seq_at_is_the_last_seq_known_at_a_moment(journal: &dyn Journal) {
    let [one, two] = ["acme", "globex"].map(|slug| ledger(journal, slug));
    journal.append(&[entry(one, 1, 10, &["a", "b", "c"]), entry(one, 4, 20, &["d"])]).unwrap();
    journal.append(&[entry(one, 5, 30, &["e", "f"]), entry(two, 1, 15, &["a"])]).unwrap();
    let asked = [-1_000_000, 9, 10, 11, 19, 20, 21, 29, 30, 31, 1_000_000];
    let known = asked.map(|micros| journal.seq_at(one, at(micros)).unwrap());
    assert_eq!(known, [0, 0, 3, 3, 3, 4, 4, 4, 6, 6, 6]);
    assert_eq!(asked.map(|micros| journal.seq_at(two, at(micros)).unwrap()), [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
    // A moment between two microseconds counts as the earlier one.
    assert_eq!(journal.seq_at(one, at(9) + TimeDelta::nanoseconds(999)).unwrap(), 0);
    assert_eq!(journal.seq_at(one, at(10) + TimeDelta::nanoseconds(1)).unwrap(), 3);
    for moment in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        assert_eq!(journal.seq_at(one, moment).unwrap(), if moment < at(0) { 0 } else { 6 });
    }
}

pub(in crate::journal) fn seq_at_finds_every_entry_of_a_long_history(journal: &dyn Journal) {
    let no = ledger(journal, "acme");
    let id = |seq: u64| format!("e-{seq}");
    let group = (0..40).map(|nth| {
        entry(no, 3 * nth + 1, 10 * nth as i64, &[0, 1, 2].map(|n| id(3 * nth + n)).each_ref().map(|id| &**id))
    });
    journal.append(&group.collect::<Vec<_>>()).unwrap();
    for nth in 0..40 {
        let known = [-1, 0, 1].map(|off| journal.seq_at(no, at(10 * nth + off)).unwrap());
        let before = 3 * nth as u64;
        assert_eq!(known, [before, before + 3, before + 3], "entry {nth}");
    }
}

pub(in crate::journal) fn readers_beside_the_appender_see_whole_groups_only(journal: &dyn Journal) {
    let [one, two] = ["acme", "globex"].map(|slug| ledger(journal, slug));
    let append = || {
        for nth in 0..20 {
            let ids = [0, 1, 2].map(|n| format!("e-{nth}-{n}"));
            let [a, b, c] = ids.each_ref().map(|id| &**id);
            let first_seq = 3 * nth + 1;
            let micros = 2 * nth as i64;
            let group = [entry(one, first_seq, micros, &[a, b]), entry(two, nth + 1, micros, &[a])];
            journal.append(&[&group[..], &[entry(one, first_seq + 2, micros + 1, &[c])]].concat()).unwrap();
            assert_eq!(journal.head(one).unwrap().seq, first_seq + 2);
        }
    };
    let mut seen = 0;
    thread::scope(|scope| {
        let appender = scope.spawn(append);
        while !appender.is_finished() {
            let head = journal.head(one).unwrap().seq;
            let events = journal.events(one, 0, usize::MAX).unwrap().len() as u64;
            let beside = journal.head(two).unwrap().seq;
            assert_eq!((head % 3, events % 3), (0, 0), "a part of a group: head {head}, {events} events");
            assert!(seen <= head && head <= events && events <= 3 * beside, "{seen}, {head}, {events}, {beside}");
            assert_eq!(journal.entry(one, head).unwrap().map_or(0, |entry| entry.last_seq()), head);
            seen = head;
        }
    });
    assert_eq!(journal.head(one).unwrap().seq, 60);
}
