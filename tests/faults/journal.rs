//! A journal that fails at every step of a history, before it has written, after, or with a panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use okr_ledger::journal::{Book, Entry, Error, Head, Journal, LedgerNo, Recorded, rocks::Rocks};
use okr_ledger::ledger::Ledgers;
use okr_ledger::views::{Opened, Views, catch_up};

use crate::campaign::Campaign;
use crate::door::{Desk, Door, LEDGER};
use crate::history::{entry, now, prepare};
use crate::oracle::{Judgement, Oracle};

const FAULTS: [&str; 6] = [
    "an append fails, nothing written",
    "an append fails, all written",
    "an append panics, nothing written",
    "an append panics, all written",
    "a head cannot be read",
    "an id cannot be looked up",
];

/// Entries after the one that failed.
const AFTERWARDS: usize = 3;

/// A journal that fails once, at the `step`th call of the kind that its fault names.
struct Failing {
    journal: Rocks,
    fault: usize,
    step: AtomicU64,
}

impl Failing {
    /// Whether this call of one of these faults is the one.
    fn strikes(&self, faults: &[usize]) -> bool {
        faults.contains(&self.fault) && self.step.fetch_sub(1, Ordering::Relaxed) == 0
    }
}

fn failed<T>() -> Result<T, Error> {
    Err(Error::Storage("the disk is gone".into()))
}

impl Journal for Failing {
    fn identity(&self) -> Result<Vec<u8>, Error> {
        self.journal.identity()
    }

    fn books(&self) -> Result<Vec<Book>, Error> {
        self.journal.books()
    }

    fn create(&self, slug: &str, header: &[u8]) -> Result<Book, Error> {
        self.journal.create(slug, header)
    }

    fn append(&self, group: &[Entry]) -> Result<(), Error> {
        let strikes = self.strikes(&[0, 1, 2, 3]);
        if strikes && self.fault == 0 {
            return failed();
        }
        assert!(!(strikes && self.fault == 2), "the disk is gone");
        self.journal.append(group)?;
        assert!(!(strikes && self.fault == 3), "the disk is gone");
        if strikes { failed() } else { Ok(()) }
    }

    fn head(&self, ledger: LedgerNo) -> Result<Head, Error> {
        if self.strikes(&[4]) { failed() } else { self.journal.head(ledger) }
    }

    fn event(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Recorded>, Error> {
        self.journal.event(ledger, seq)
    }

    fn events(&self, ledger: LedgerNo, after: u64, limit: usize) -> Result<Vec<Recorded>, Error> {
        self.journal.events(ledger, after, limit)
    }

    fn entry(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Entry>, Error> {
        self.journal.entry(ledger, seq)
    }

    fn seq_of(&self, ledger: LedgerNo, id: &str) -> Result<Option<u64>, Error> {
        if self.strikes(&[5]) { failed() } else { self.journal.seq_of(ledger, id) }
    }

    fn seq_at(&self, ledger: LedgerNo, moment: DateTime<Utc>) -> Result<u64, Error> {
        self.journal.seq_at(ledger, moment)
    }
}

#[test]
fn a_journal_that_fails_at_any_step_ends_the_recording_and_nothing_else() {
    let mut campaign = Campaign::new("failing journal", 6, 150);
    for (round, mut rng) in campaign.rounds() {
        let fault = usize::try_from(round).unwrap() % FAULTS.len();
        // Each fault strikes at step 0, then at step 1 …; looking up an id happens once for each event.
        let step = round / FAULTS.len() as u64;
        let folder = campaign.path(&round.to_string());
        let mut oracle = Oracle::default();
        prepare(&Desk::open(&folder, now).unwrap(), now().utc().date_naive(), &mut oracle);
        let wrong = fail(&folder, fault, step, &mut oracle, &mut rng);

        let desk = Desk::open(&folder, now).unwrap();
        let before = oracle.judge(&desk);
        let wrong = [before.wrong.clone(), wrong, oracle.retry(&desk, &mut rng), oracle.judge(&desk).wrong].concat();
        campaign.note(FAULTS[fault], "503 with the reason, then served", Judgement { wrong, ..before });
    }
}

/// Records until the journal fails, and a little on. What is not as it ought to be.
fn fail(
    folder: &std::path::Path,
    fault: usize,
    step: u64,
    oracle: &mut Oracle,
    rng: &mut fastrand::Rng,
) -> Vec<String> {
    let Opened::Usable(views) = Views::open(&folder.join("views")).unwrap() else { panic!("views of this format") };
    let journal =
        Failing { journal: Rocks::open(folder.join("journal")).unwrap(), fault, step: AtomicU64::new(u64::MAX) };
    let journal = Arc::new(journal);
    catch_up(&views, &*journal, &mut ()).unwrap();
    let desk = Desk::over(Ledgers::over(Arc::clone(&journal) as _, views, Box::new(now)).unwrap(), now);
    journal.step.store(step, Ordering::Relaxed);
    let mut wrong = Vec::new();
    let mut refused = 0;
    for n in 0..step + 10 {
        let entry = entry(&format!("f{n}"), n, rng);
        oracle.is_sent(&entry);
        match desk.record(&entry) {
            Ok((201, receipt)) if refused == 0 => oracle.is_answered(&entry, receipt),
            Ok((503, problem)) => {
                refused += 1;
                let says = problem["detail"].as_str().unwrap_or_default();
                // A panic in the middle of an answer is told as the end of the writer, then as what it was.
                let names_it =
                    ["the disk is gone", "panicked", "the writer has stopped"].iter().any(|why| says.contains(why));
                if !names_it {
                    wrong.push(format!("no reason: {problem}"));
                }
            }
            other => wrong.push(format!("after {refused} refusals: {other:?}")),
        }
        if refused > AFTERWARDS {
            break;
        }
    }
    if refused <= AFTERWARDS {
        wrong.push(format!("only {refused} were refused"));
    }
    if desk.ledgers.fatal().borrow().is_none() {
        wrong.push("nothing says that the process is to end".into());
    }
    for (path, status) in [("/healthz", 503), (&*format!("{LEDGER}/cycles/q/board"), 200)] {
        let answer = desk.get(path).unwrap();
        if answer.status != status {
            wrong.push(format!("{path}: {}", answer.status));
        }
    }
    wrong
}
