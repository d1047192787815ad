//! A journal that fails at every step of a history: before writing, after writing, or with a panic.

use std::sync::Arc;

use okr_ledger::journal::counting;
use okr_ledger::journal::rocks::Rocks;
use okr_ledger::ledger::Ledgers;
use okr_ledger::views::{Opened, Views, catch_up};

use crate::campaign::Campaign;
use crate::door::{Desk, Door, LEDGER};
use crate::faulty::{Fault, Faulty, SAYS};
use crate::history::{entry, now, prepare};
use crate::oracle::{Judgement, Oracle};

const FAULTS: [(&str, Fault); 6] = [
    ("an append fails, nothing written", Fault::AppendFails { written: false }),
    ("an append fails, all written", Fault::AppendFails { written: true }),
    ("an append panics, nothing written", Fault::AppendPanics { written: false }),
    ("an append panics, all written", Fault::AppendPanics { written: true }),
    ("a head cannot be read", Fault::HeadFails),
    ("an id cannot be looked up", Fault::LookUpFails),
];

/// Entries after the failed one.
const AFTERWARDS: usize = 3;

#[test]
fn a_journal_that_fails_at_any_step_ends_the_recording_and_nothing_else() {
    let mut campaign = Campaign::new("failing journal", 6, 150);
    for (round, mut rng) in campaign.rounds() {
        let (named, fault) = FAULTS[usize::try_from(round).unwrap() % FAULTS.len()];
        // Each fault strikes at step 0, then at step 1, and so on; an id is looked up once per event.
        let step = round / FAULTS.len() as u64;
        let folder = campaign.path(&round.to_string());
        let mut oracle = Oracle::default();
        prepare(&Desk::open(&folder, now).unwrap(), now().utc().date_naive(), &mut oracle);
        let wrong = fail(&folder, fault, step, &mut oracle, &mut rng);

        let desk = Desk::open(&folder, now).unwrap();
        let before = oracle.judge(&desk);
        let wrong = [before.wrong.clone(), wrong, oracle.retry(&desk, &mut rng), oracle.judge(&desk).wrong].concat();
        campaign.note(named, "503 with the reason, then served", Judgement { wrong, ..before });
    }
}

/// Records until the journal fails, and a little longer. Returns the violations.
fn fail(
    folder: &std::path::Path,
    fault: Fault,
    step: u64,
    oracle: &mut Oracle,
    rng: &mut fastrand::Rng,
) -> Vec<String> {
    let Opened::Usable(views) = Views::open(&folder.join("views")).unwrap() else { panic!("views of this format") };
    let journal = Arc::new(Faulty::over(Rocks::open(folder.join("journal")).unwrap()));
    catch_up(&views, &*journal, &mut ()).unwrap();
    let desk = Desk::over(Ledgers::over(Arc::clone(&journal) as _, views, Box::new(now), counting()).unwrap(), now);
    journal.fails_once(fault, step);
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
                // After a panic in mid-answer, the writer first counts as stopped; the cause follows.
                let names_it = [SAYS, "panicked", "the writer has stopped"].iter().any(|why| says.contains(why));
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
