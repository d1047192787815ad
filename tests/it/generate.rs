//! Generated histories: the rules accept all of them, and the same seed makes the same ledger.

use std::collections::BTreeMap;
use std::path::Path;

use events::{Kind, Recorded};
use generator::{Entry, Organisation, Plan};
use okr_ledger::generate::{Made, SetClock, into};
use okr_ledger::journal::counting;
use okr_ledger::ledger::operations::{VerifyAsk, verify_folder};
use okr_ledger::ledger::{Ledger, check_copy, open_folder};
use projections::ask::{BoardAsk, board};

fn plan(people: u32, quarters: u32, seed: u64) -> Plan {
    Plan::new(people, quarters, seed, "2023-01-01".parse().unwrap()).unwrap()
}

async fn make(folder: &Path, plan: Plan) -> Made {
    let clock = SetClock::at(plan.made_at());
    let ledgers = open_folder(folder, clock.clock(), counting(), &mut ()).unwrap();
    into(&ledgers, &clock, &"acme".to_owned().try_into().unwrap(), "Acme", plan, &mut ()).await.unwrap()
}

fn copy(ledger: &Ledger) -> Vec<u8> {
    let mut copy = Vec::new();
    ledger.export(&mut copy, &mut ()).unwrap();
    copy
}

/// Returns the events of a copy.
fn recorded(copy: &[u8]) -> Vec<Recorded> {
    let lines = copy.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty());
    let events = lines.flat_map(|line| {
        let entry: serde_json::Value = serde_json::from_slice(line).unwrap();
        entry["events"].as_array().unwrap().clone()
    });
    events.map(|event| Recorded::decode(event.to_string().as_bytes()).unwrap()).collect()
}

#[tokio::test]
async fn a_small_organisation_does_everything_there_is_and_nothing_of_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let made = make(folder.path(), plan(60, 3, 7)).await;
    let look = made.ledger.look(None, Some("2023-Q3"), plan(60, 3, 7).ends_at()).unwrap();
    let last = board(&look.asked(), "2023-Q3", &BoardAsk::default()).unwrap().unwrap();
    // About three active key results per person.
    assert!((150..260).contains(&last.counts.key_results), "{:?}", last.counts);
    assert!(last.counts.adjusted > 3 && last.counts.retired > 0, "{:?}", last.counts);
    assert!(last.score.is_some() && last.computed_score.is_some());
    drop(look);

    let copy = copy(&made.ledger);
    let checked = check_copy(&copy[..]).unwrap();
    assert_eq!((checked.entries, checked.events), (made.entries, made.events));
    let events = recorded(&copy);
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    events.iter().for_each(|event| *kinds.entry(event.fact.kind()).or_default() += 1);
    let missing: Vec<&Kind> = Kind::ALL.iter().filter(|kind| !kinds.contains_key(kind)).collect();
    assert!(missing.is_empty(), "no {missing:?} in {kinds:?}");
    // Most of a history is check-ins, about thirteen per key result; some are recorded on a later day.
    assert!(kinds[&Kind::CheckInRecorded] > 10 * kinds[&Kind::KeyResultDrafted], "{kinds:?}");
    let is_late = |event: &&Recorded| event.time.utc().date_naive() < event.recorded_at.utc().date_naive();
    assert!(events.iter().filter(is_late).count() > 100);
    let about = plan(60, 3, 7).events_about();
    assert!((about * 8 / 10..about * 12 / 10).contains(&made.events), "{} events, {about} promised", made.events);

    drop(made);
    let verdict = verify_folder(folder.path(), &VerifyAsk::default(), &mut |_| Ok(())).unwrap();
    assert_eq!((verdict.wrong, verdict.findings), (0, vec![]));
}

#[tokio::test]
async fn the_same_seed_makes_the_same_ledger_to_the_byte_and_another_does_not() {
    let make_copy = async |seed| {
        let folder = tempfile::tempdir().unwrap();
        copy(&make(folder.path(), plan(12, 2, seed)).await.ledger)
    };
    let first = make_copy(1).await;
    assert!(first == make_copy(1).await);
    assert!(first != make_copy(2).await);
}

#[test]
fn one_person_has_a_history_too_and_a_year_goes_round() {
    for people in [1, 2, 9, 30] {
        let mut last = None;
        for Entry { at, submissions } in Organisation::new(plan(people, 9, 3)) {
            assert!(last.is_none_or(|last| last <= at) && !submissions.is_empty());
            assert!(submissions.len() <= Entry::EVENTS_MAX);
            assert!(submissions.iter().all(|submission| submission.time.is_some_and(|time| time <= at)));
            last = Some(at);
        }
        assert!(last.unwrap() <= plan(people, 9, 3).ends_at());
    }
}

#[tokio::test]
async fn a_history_is_not_made_up_in_a_ledger_that_holds_something() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), plan(1, 1, 1)).await;
    let clock = SetClock::at(plan(1, 1, 1).made_at());
    let ledgers = open_folder(folder.path(), clock.clock(), counting(), &mut ()).unwrap();
    let again = into(&ledgers, &clock, &"acme".to_owned().try_into().unwrap(), "Acme", plan(1, 1, 1), &mut ()).await;
    let refused = again.unwrap_err().to_string();
    assert!(refused.contains("a generated history needs an empty ledger"), "{refused}");
}
