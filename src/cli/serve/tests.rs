use events::Submission;
use projections::rules::Proposal;
use serde_json::json;

use self::faulty::{Fault, Faulty};
use super::*;
use crate::journal::memory::Memory;
use crate::ledger::Header;
use crate::views::{Opened, Views};

#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../../../tests/it/faulty.rs"]
mod faulty;

/// Runs a server whose journal fails when an entry of `events` events arrives; returns its error message.
fn said_at_the_end(fault: Fault, events: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let Opened::Usable(views) = Views::open(&folder.path().join("views")).unwrap() else { panic!("new views") };
    let journal = Faulty::over(Memory::new());
    journal.fails(fault);
    let ledgers = Arc::new(Ledgers::over(Arc::new(journal), views, Box::new(now), new_incarnation()).unwrap());
    let allowed = Allowed { connections_max: None, feeds_max: None, memory_max: 1 << 30, ledgers_max: 10 };
    let server = Server::bind("127.0.0.1:0", allowed).unwrap();
    let submitter = Arc::clone(&ledgers);
    let mut submitting = None;
    let ended = server.run(
        folder.path(),
        |_| Ok(ledgers),
        || {
            assert!(folder.path().join(ADDRESS).exists());
            submitting = Some(std::thread::spawn(move || {
                let header = Header::new("Acme", now());
                let submitted = async {
                    submitter.create(&"acme".to_owned().try_into().unwrap(), &header).await.unwrap();
                    submitter.ledger("acme").unwrap().record(teams(events)).await.unwrap_err()
                };
                Builder::new_current_thread().build().unwrap().block_on(submitted)
            }));
            Ok(())
        },
    );
    submitting.unwrap().join().unwrap();
    assert!(!folder.path().join(ADDRESS).exists());
    let Err(Failure::Failed(says)) = ended else { panic!("{ended:?}") };
    says
}

fn teams(count: usize) -> Proposal {
    let team = |n: usize| {
        let event = json!({"specversion": "1.0", "id": format!("e{n}"), "source": "/x", "type": "okr.team.formed",
            "subject": format!("t{n}"), "data": {"name": "A team"}});
        Submission::read(&event, "").unwrap()
    };
    Proposal { submissions: (0..count).map(team).collect(), is_list: true, if_match: None }
}

#[test]
fn a_server_that_can_record_no_more_ends_and_says_why() {
    let says = said_at_the_end(Fault::AppendFails { written: false }, 1);
    assert!(says.contains("the disk is gone") && says.contains("no acknowledged entry is lost"), "{says}");
}

#[test]
fn a_server_whose_writer_panicked_ends_and_says_so_also_where_a_large_group_was_on_its_way() {
    for events in [1, 40] {
        let says = said_at_the_end(Fault::AppendPanics { written: false }, events);
        assert!(says.contains("it panicked") && says.contains("no acknowledged entry is lost"), "{says}");
    }
}

#[test]
fn feeds_leave_connections_to_others() {
    assert_eq!(feeds(None, 12_000).unwrap(), FEEDS_MAX);
    assert_eq!(feeds(None, 512).unwrap(), 256);
    assert_eq!(feeds(Some(0), 512).unwrap(), 0);
    assert_eq!(feeds(Some(511), 512).unwrap(), 511);
    let Err(Failure::Misused(says)) = feeds(Some(512), 512) else { panic!("all connections are taken by feeds") };
    assert!(says.contains("choose at most 511"), "{says}");
}
