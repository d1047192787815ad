//! Runs the contract on a journal that stays open and on one that is reopened for each call, with the journal in memory
//! as the oracle. `crash` tests recovery after a crash, `damage` the detection of corruption.

#[cfg(unix)]
mod crash;
mod damage;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::Rocks;
use crate::journal::contract::{all, at, entry};
use crate::journal::memory::Memory;
use crate::journal::{Entry, Error, Head, Incarnations, Journal, LedgerLog, LedgerNo, Recorded, Span};

mod kept {
    fn in_a_folder(promise: fn(&dyn crate::journal::Journal)) {
        let folder = tempfile::tempdir().unwrap();
        promise(&super::Rocks::open(folder.path()).unwrap());
    }

    crate::journal::contract::promises!(in_a_folder);
}

mod reopened_before_every_call {
    fn in_a_folder(promise: fn(&dyn crate::journal::Journal)) {
        let folder = tempfile::tempdir().unwrap();
        promise(&super::Reopened::at(folder.path()));
    }

    crate::journal::contract::promises!(in_a_folder);
}

/// A journal that is opened for each call and closed after it, so that the contract must hold for the bytes on disk.
struct Reopened {
    path: Mutex<PathBuf>,
}

impl Reopened {
    fn at(path: &Path) -> Self {
        Self { path: Mutex::new(path.into()) }
    }

    /// The order of the tuple matters: the folder is unlocked after the journal is closed.
    fn open(&self) -> (Rocks, MutexGuard<'_, PathBuf>) {
        let path = self.path.lock().unwrap();
        let rocks = Rocks::open(&*path).unwrap();
        (rocks, path)
    }
}

impl Journal for Reopened {
    fn identity(&self) -> Result<Vec<u8>, Error> {
        self.open().0.identity()
    }

    fn logs(&self) -> Result<Vec<LedgerLog>, Error> {
        self.open().0.logs()
    }

    fn create(&self, slug: &str, header: &[u8]) -> Result<LedgerLog, Error> {
        self.open().0.create(slug, header)
    }

    fn set_incarnations(&self, ledger: LedgerNo, incarnations: &Incarnations) -> Result<(), Error> {
        self.open().0.set_incarnations(ledger, incarnations)
    }

    fn append(&self, group: &[Entry]) -> Result<(), Error> {
        self.open().0.append(group)
    }

    fn head(&self, ledger: LedgerNo) -> Result<Head, Error> {
        self.open().0.head(ledger)
    }

    fn event(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Recorded>, Error> {
        self.open().0.event(ledger, seq)
    }

    fn events_within(&self, ledger: LedgerNo, after: u64, span: Span) -> Result<Vec<Recorded>, Error> {
        self.open().0.events_within(ledger, after, span)
    }

    fn entry(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Entry>, Error> {
        self.open().0.entry(ledger, seq)
    }

    fn seq_of(&self, ledger: LedgerNo, id: &str) -> Result<Option<u64>, Error> {
        self.open().0.seq_of(ledger, id)
    }

    fn seq_at(&self, ledger: LedgerNo, moment: DateTime<Utc>) -> Result<u64, Error> {
        self.open().0.seq_at(ledger, moment)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Good and bad groups, from few ids, seqs and times, so that most kinds of refusal occur.
    #[test]
    fn memory_and_rocks_answer_alike_to_whatever_is_appended(
        groups in prop::collection::vec(prop::collection::vec(
            (1u32..4, 0u64..3, 0i64..4, prop::collection::vec(0u32..60, 0..4)), 1..4), 1..24),
        reopen_after in 0usize..24,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::new();
        let mut rocks = Rocks::open(folder.path()).unwrap();
        for slug in ["acme", "globex"] {
            prop_assert_eq!(memory.create(slug, b"").unwrap(), rocks.create(slug, b"").unwrap());
        }
        for (nth, group) in groups.iter().enumerate() {
            let entries = group.iter().map(|(ledger, off, micros, ids)| {
                let head = memory.head(*ledger).map_or(0, |head| head.seq);
                let ids = ids.iter().map(|id| id.to_string()).collect::<Vec<_>>();
                let ids = ids.iter().map(|id| &**id).collect::<Vec<_>>();
                entry(*ledger, head + off, 2 * nth as i64 + micros, &ids)
            });
            let entries = entries.collect::<Vec<_>>();
            let [one, other] = [&memory as &dyn Journal, &rocks].map(|journal| journal.append(&entries));
            prop_assert_eq!(one.is_ok(), other.is_ok(), "{:?} and {:?}", one, other);
            prop_assert!(matches!(&other, Ok(()) | Err(Error::Refused(_))), "{:?}", other);
            if nth == reopen_after {
                drop(rocks);
                rocks = Rocks::open(folder.path()).unwrap();
            }
        }
        prop_assert_eq!(all(&memory), all(&rocks));
        for (ledger, micros) in (1..3).flat_map(|ledger| (-1..60).map(move |micros| (ledger, micros))) {
            prop_assert_eq!(memory.seq_at(ledger, at(micros)).unwrap(), rocks.seq_at(ledger, at(micros)).unwrap());
        }
    }
}

#[test]
fn a_journal_opened_again_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made/on the way/journal");
    let rocks = Rocks::open(&path).unwrap();
    rocks.create("acme", b"\xff header").unwrap();
    rocks.create("globex", b"").unwrap();
    rocks.create("initech", b"").unwrap();
    rocks.append(&[entry(1, 1, 0, &["a", "b"]), entry(2, 1, 0, &["a"]), entry(1, 3, 1, &["c"])]).unwrap();
    rocks.append(&[entry(1, 4, 2, &["d"])]).unwrap();
    let before = all(&rocks);
    for _ in 0..3 {
        let rocks = Rocks::open(&path).map_err(drop);
        assert!(rocks.is_err(), "two at once");
    }
    drop(rocks);

    let rocks = Rocks::open(&path).unwrap();
    assert_eq!(all(&rocks), before);
    assert!(rocks.append(&[entry(1, 5, 2, &["e"])]).is_err(), "the time of the last entry is known again");
    assert!(rocks.append(&[entry(1, 5, 3, &["b"])]).is_err(), "the ids are known again");
    assert!(rocks.create("globex", b"").is_err(), "the slugs are known again");
    rocks.append(&[entry(1, 5, 3, &["e"])]).unwrap();
}
