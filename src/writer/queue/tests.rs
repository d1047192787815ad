use projections::rules::Proposal;
use proptest::prelude::*;
use tokio::sync::oneshot;

use super::*;
use crate::journal::{Incarnation, Incarnations};
use crate::writer::Named;

/// Returns an entry of a ledger; its slug identifies it in the test.
fn entry(ledger: LedgerNo, slug: &str, bytes: usize) -> Request {
    let proposal = Proposal { submissions: Vec::new(), is_list: true, if_match: None };
    let named = Named { slug: slug.into(), incarnation: Incarnation::of(0) };
    Request::Record { ledger, named, proposal, bytes, reply: oneshot::channel().0 }
}

fn creation(slug: &str) -> Request {
    let incarnations = Incarnations::first(Incarnation::of(0));
    Request::Create { slug: slug.into(), header: Vec::new(), incarnations, ledgers_max: 1, reply: oneshot::channel().0 }
}

fn settled() -> Request {
    Request::Settled { reply: oneshot::channel().0 }
}

fn queue(entries_max: usize, bytes_max: usize) -> Queue {
    Queue::with(QueueLimits { entries_max, bytes_max })
}

/// Takes all queued requests, in order, and returns their names.
fn taken(queue: &Queue) -> Vec<String> {
    let name = |request| match request {
        Request::Record { named, .. } => named.slug,
        Request::Create { slug, .. } => slug,
        Request::Settled { .. } => "settled".into(),
        Request::Name { .. } | Request::Copy { .. } | Request::Swap { .. } => "another".into(),
    };
    std::iter::from_fn(|| queue.take()).map(name).collect()
}

#[test]
fn an_entry_waits_for_one_of_each_other_ledger_and_not_for_all_of_a_flooded_one() {
    let queue = queue(100, 1 << 20);
    for n in 0..4 {
        queue.hand_in(entry(1, &format!("a{n}"), 10)).unwrap();
    }
    queue.hand_in(entry(2, "b0", 10)).unwrap();
    queue.hand_in(creation("c")).unwrap();
    queue.hand_in(entry(2, "b1", 10)).unwrap();
    assert_eq!(taken(&queue), ["a0", "b0", "c", "a1", "b1", "a2", "a3"]);
}

#[test]
fn a_flooded_ledger_leaves_as_much_room_as_it_takes() {
    let queue = queue(12, 1 << 20);
    let fill = |ledger| (0..20).take_while(|_| queue.hand_in(entry(ledger, "x", 0)).is_ok()).count();
    assert_eq!([1, 2, 3].map(fill), [6, 3, 2]);
    assert!(queue.is_full());
    assert_eq!(taken(&queue).len(), 11);
    assert_eq!(fill(4), 6);
}

#[test]
fn room_is_counted_in_bytes_too() {
    let queue = queue(1_000, 1_000);
    queue.hand_in(entry(1, "a", 400)).unwrap();
    assert!(matches!(queue.hand_in(entry(1, "b", 400)), Err(Error::Busy)));
    queue.hand_in(entry(2, "c", 400)).unwrap();
    assert!(matches!(queue.hand_in(entry(3, "d", 400)), Err(Error::Busy)));
    queue.hand_in(entry(3, "e", 200)).unwrap();
    assert_eq!(taken(&queue), ["a", "c", "e"]);
    // An entry as large as the limit is accepted, but only alone.
    queue.hand_in(entry(1, "f", 1_000)).unwrap();
    assert!(queue.is_full());
}

#[test]
fn ledgers_that_wait_to_be_made_have_a_count_of_their_own() {
    let queue = queue(1, 1);
    let made = (0..100).take_while(|n| queue.hand_in(creation(&n.to_string())).is_ok()).count();
    assert_eq!(made, CREATIONS_MAX);
    queue.hand_in(entry(1, "a", 1)).unwrap();
}

#[test]
fn a_closed_queue_takes_nothing_more_and_gives_what_it_has() {
    let queue = queue(10, 10);
    queue.hand_in(entry(1, "a", 1)).unwrap();
    queue.close();
    assert!(matches!(queue.hand_in(entry(1, "b", 1)), Err(Error::Unavailable(_))));
    assert!(queue.wait().is_some() && queue.wait().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Entries of a ledger keep their order, nothing is lost, and `settled` comes after everything submitted before it.
    #[test]
    fn nothing_overtakes_in_its_own_line(steps in prop::collection::vec((0..6_u32, any::<bool>()), 0..200)) {
        let queue = queue(10_000, 10_000);
        let (mut submitted, mut got) = (Vec::new(), Vec::new());
        for (n, (step, takes)) in steps.into_iter().enumerate() {
            let (request, name) = match step {
                0 => (settled(), "settled".to_owned()),
                ledger => (entry(ledger, &format!("{ledger}.{n}"), 1), format!("{ledger}.{n}")),
            };
            queue.hand_in(request).unwrap();
            submitted.push(name);
            if takes && let Some(request) = queue.take() {
                got.push(match request {
                    Request::Record { named, .. } => named.slug,
                    _ => "settled".into(),
                });
            }
        }
        got.extend(taken(&queue));
        for line in ["1.", "2.", "3.", "4.", "5."] {
            let of = |all: &[String]| all.iter().filter(|name| name.starts_with(line)).cloned().collect::<Vec<_>>();
            prop_assert_eq!(of(&got), of(&submitted));
        }
        prop_assert_eq!(got.len(), submitted.len());
        let behind = |all: &[String], nth: usize| {
            let at = all.iter().enumerate().filter(|(_, name)| *name == "settled").nth(nth).map(|(at, _)| at)?;
            Some(all[..at].to_vec())
        };
        for nth in 0.. {
            let Some(before) = behind(&submitted, nth) else { break };
            let there = behind(&got, nth).unwrap();
            prop_assert!(before.iter().all(|name| there.contains(name)));
        }
    }
}
