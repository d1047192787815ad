use std::path::Path;

use events::{Moment, Submission};
use projections::rows::{Rows as _, TeamRow};
use projections::rules::Proposal;
use serde_json::json;

use super::*;
use crate::journal::counting;
use crate::ledger::{self, Header, open_folder};
use crate::views::{Generations, Opened, Views};
use crate::writer::Outcome;

fn open(folder: &Path) -> Ledgers {
    open_folder(folder, Box::new(|| Moment::from_micros(0).unwrap()), counting(), &mut ()).unwrap()
}

async fn form(ledgers: &Ledgers, team: &str) {
    let header = Header::new("A", Moment::from_micros(0).unwrap());
    ledgers.create(&"a".to_owned().try_into().unwrap(), &header).await.unwrap();
    let name = format!("The team {team}");
    record(ledgers, "team.formed", team, json!({"name": name})).await.unwrap();
}

async fn record(ledgers: &Ledgers, kind: &str, team: &str, data: serde_json::Value) -> Result<Outcome, ledger::Error> {
    let event = json!({"specversion": "1.0", "id": format!("{kind}-{team}"), "source": "/x",
        "type": format!("okr.{kind}"), "subject": team, "data": data});
    let submissions = vec![Submission::read(&event, "").unwrap()];
    let proposal = Proposal { submissions, is_list: false, if_match: None };
    ledgers.ledger("a").unwrap().record(proposal).await
}

fn has_team(ledgers: &Ledgers, team: &str) -> bool {
    ledgers.ledger("a").unwrap().views.now(1).unwrap().get(&TeamRow::key_of(team)).unwrap().is_some()
}

/// Writes the row of team `t1` into the current views under another team's key, which no event explains.
fn put_as(views: &Views, team: &str) {
    let row = views.now(1).unwrap().get(&TeamRow::key_of("t1")).unwrap().unwrap().bytes().to_vec();
    let seq = views.last_seq(1);
    let written = [(seq, TeamRow::key_of(team), row)].into_iter().collect();
    views.write(vec![(1, Arc::new(written), seq)]).unwrap();
}

fn row(ledgers: &Ledgers, team: &str) -> Vec<u8> {
    let views = ledgers.shared.current.views();
    let rows = views.now(1).unwrap();
    rows.get(&TeamRow::key_of(team)).unwrap().unwrap().bytes().to_vec()
}

#[tokio::test]
async fn views_that_differ_are_replaced_only_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    {
        let ledgers = open(folder.path());
        form(&ledgers, "t1").await;
    }
    let current = Generations::of(folder.path()).standing().unwrap();
    {
        let Opened::Usable(views) = Views::open(&current).unwrap() else { panic!("views of this format") };
        put_as(&views, "stray");
    }
    let rebuilt = rebuild_folder(folder.path(), &RebuildAsk::default(), &mut |_| Ok(())).unwrap();
    assert_eq!((rebuilt.is_in_place, rebuilt.differing), (false, 2), "{rebuilt:?}");
    assert!(rebuilt.findings[0].to_string().contains("stray"), "{rebuilt:?}");
    assert!(has_team(&open(folder.path()), "stray"));

    let ask = RebuildAsk { replace: true, ..RebuildAsk::default() };
    let rebuilt = rebuild_folder(folder.path(), &ask, &mut |_| Ok(())).unwrap();
    assert_eq!((rebuilt.is_in_place, rebuilt.differing), (true, 2), "{rebuilt:?}");
    let ledgers = open(folder.path());
    assert!(has_team(&ledgers, "t1") && !has_team(&ledgers, "stray"));
    assert!(!current.exists());
}

#[tokio::test]
async fn the_writer_forgets_what_it_knew_of_views_that_were_wrong() {
    let folder = tempfile::tempdir().unwrap();
    {
        let ledgers = open(folder.path());
        form(&ledgers, "t1").await;
        form(&ledgers, "t2").await;
    }
    let ledgers = Arc::new(open(folder.path()));
    put_as(&ledgers.shared.current.views(), "t2");
    assert_eq!(row(&ledgers, "t2"), row(&ledgers, "t1"));
    // The refused change also put the row into the writer's cache.
    record(&ledgers, "team.changed", "t2", json!({"name": "Another", "parent": "nowhere"})).await.unwrap_err();
    let of = Arc::clone(&ledgers);
    let ask = RebuildAsk { replace: true, ..RebuildAsk::default() };
    let rebuild = move || of.begin("rebuild").unwrap().rebuild(&ask, &mut |_| Ok(())).unwrap();
    let before = ledgers.ledger("a").unwrap();
    let old = before.views.path().to_owned();
    let rebuilt = tokio::task::spawn_blocking(rebuild).await.unwrap();
    assert!(rebuilt.is_in_place && rebuilt.differing > 0);
    assert_ne!(row(&ledgers, "t2"), row(&ledgers, "t1"));
    // A reader that began before keeps the old views, which are deleted when it is done.
    assert_eq!(before.views.last_seq(1), 2);
    assert!(old.exists());
    drop(before);
    assert!(!old.exists());
    record(&ledgers, "team.dissolved", "t2", json!({})).await.unwrap();
    let verdict = ledgers.begin("verify").unwrap().verify(&VerifyAsk::default(), &mut |_| Ok(())).unwrap();
    assert_eq!(verdict.findings, []);
}

#[tokio::test]
async fn one_operation_of_a_kind_goes_on_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let ledgers = open(folder.path());
    let first = ledgers.begin("verify").unwrap();
    let _other = ledgers.begin("backup").unwrap();
    assert!(matches!(ledgers.begin("verify"), Err(Error::UnderWay("verify"))));
    drop(first);
    assert!(ledgers.begin("verify").is_ok());
}

/// Runs an operation and cancels it at its `n`th step. Returns true if it was cancelled.
fn cancelled_at(n: usize, kind: &'static str, ledgers: &Ledgers, to: &Path) -> bool {
    let mut steps = 0;
    let report: Told<'_> = &mut |_| {
        steps += 1;
        if steps == n {
            assert_eq!(ledgers.cancel_operations(), [kind]);
        }
        Ok(())
    };
    let operation = ledgers.begin(kind).unwrap();
    let done = match kind {
        "verify" => operation.verify(&VerifyAsk::default(), report).map(drop),
        "rebuild" => operation.rebuild(&RebuildAsk::default(), report).map(drop),
        _ => operation.back_up(&BackupAsk { to: to.into(), keep: None, check: true, force: false }, report).map(drop),
    };
    drop(operation);
    assert_eq!(ledgers.operations(), [""; 0]);
    match done {
        Ok(()) => false,
        Err(Error::Cancelled) => {
            assert!(matches!(ledgers.begin(kind), Err(Error::Cancelled)), "a server that ends begins nothing");
            true
        }
        Err(error) => panic!("{kind}: {error}"),
    }
}

#[test]
fn what_is_cancelled_at_any_step_leaves_nothing_that_counts() {
    let (folder, backups) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(form(&open(folder.path()), "t1"));
    let current = Generations::of(folder.path()).standing().unwrap();
    for (kind, steps_min) in [("verify", 2), ("rebuild", 1), ("backup", 3)] {
        let steps = (1..).take_while(|n| {
            let (kept, to) = (folder.path().to_owned(), backups.path().join(format!("{kind}-{n}")));
            let n = *n;
            let ledgers = open(&kept);
            let is_cancelled = cancelled_at(n, kind, &ledgers, &to);
            // A cancelled backup is never restored by default and never displaces another.
            if kind == "backup" {
                let made = list_backups(&to).unwrap_or_default();
                assert!(made.iter().all(|backup| backup.is_finished != is_cancelled), "{made:?}");
            }
            is_cancelled
        });
        assert!(steps.count() >= steps_min, "{kind}");
        let generations = std::fs::read_dir(folder.path().join("views")).unwrap().count();
        assert_eq!(generations, 2, "the one that stands, and the word which one that is");
    }
    assert_ne!(Generations::of(folder.path()).standing().unwrap(), current, "the rebuild that was not cancelled");
    assert!(has_team(&open(folder.path()), "t1"));
}
