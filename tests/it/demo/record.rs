//! Records the script with the project's own writer, its clock set to the script's moments.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use events::{LedgerSlug, Moment, Recorded, Submission};
use okr_ledger::journal::{NewIncarnation, counting};
use okr_ledger::ledger::{Header, Ledger, Ledgers, open_folder};
use okr_ledger::writer::{Clock, Outcome, Receipt};
use projections::rules::{Proposal, Warning};
use tempfile::TempDir;

use super::script::Entry;

/// The incarnation of the shipped quarter, chosen to be recognisable.
const INCARNATION: &str = "talentsync";

/// Ledgers in a temporary folder.
pub(super) struct Kept {
    pub ledgers: Ledgers,
    clock: Arc<AtomicI64>,
    _folder: TempDir,
}

impl Kept {
    /// Creates empty ledgers with a manual clock.
    pub(super) fn empty() -> Kept {
        Kept::of(counting())
    }

    fn of(new_incarnation: NewIncarnation) -> Kept {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(0));
        let hand = Arc::clone(&clock);
        let read: Clock = Box::new(move || Moment::from_micros(hand.load(Ordering::SeqCst)).unwrap());
        let ledgers = open_folder(folder.path(), read, new_incarnation, &mut ()).unwrap();
        Kept { ledgers, clock, _folder: folder }
    }

    /// Returns the ledger with this slug, creating it if necessary.
    pub(super) async fn ledger(&self, slug: &str) -> Ledger {
        let header = Header::new("TalentSync", moment("2026-03-16T08:00:00Z"));
        self.ledgers.create(&LedgerSlug::new(slug).unwrap(), &header).await.unwrap();
        self.ledgers.ledger(slug).unwrap()
    }

    /// Records an entry at a moment.
    pub(super) async fn record(&self, ledger: &Ledger, at: Moment, submissions: Vec<Submission>) -> Receipt {
        self.clock.store(at.micros(), Ordering::SeqCst);
        let proposal = Proposal { submissions, is_list: true, if_match: None };
        match ledger.record(proposal).await {
            Ok(Outcome::Recorded(receipt)) => receipt,
            other => panic!("not recorded at {at}: {other:?}"),
        }
    }
}

/// Records the script in the ledger `demo`.
pub(super) async fn record(entries: &[Entry]) -> (Kept, Ledger) {
    let kept = Kept::of(Box::new(|| INCARNATION.parse().unwrap()));
    let ledger = kept.ledger("demo").await;
    for entry in entries {
        let read = |(n, event)| Submission::read(event, &format!("/{n}")).unwrap();
        let submissions = entry.events.iter().enumerate().map(read).collect();
        let receipt = kept.record(&ledger, entry.recorded_at, submissions).await;
        assert_eq!(receipt.recorded_at, entry.recorded_at);
    }
    (kept, ledger)
}

/// An entry of a ledger's copy.
pub(super) struct Copied {
    pub(super) warnings: Vec<Warning>,
    pub(super) events: Vec<Recorded>,
}

/// Reads the entries of a ledger's copy, line by line.
pub(super) fn read_copy(copy: &[u8]) -> Vec<Copied> {
    #[derive(serde::Deserialize)]
    struct Line<'a> {
        warnings: Vec<Warning>,
        #[serde(borrow)]
        events: Vec<&'a serde_json::value::RawValue>,
    }
    let entry = |line: &str| {
        let line: Line<'_> = serde_json::from_str(line).unwrap();
        let decode = |event: &serde_json::value::RawValue| Recorded::decode(event.get().as_bytes()).unwrap();
        Copied { warnings: line.warnings, events: line.events.into_iter().map(decode).collect() }
    };
    str::from_utf8(copy).unwrap().lines().skip(1).map(entry).collect()
}

pub(super) fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}
