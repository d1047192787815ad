//! A ledger's copy: a valid one is imported byte for byte, and can be exported again.

use std::cell::RefCell;
use std::io::Cursor;

use events::LedgerSlug;
use okr_ledger::ledger::{CheckedCopy, CopyFaults, check_copy};
use tokio::runtime::{Builder, Runtime};

use crate::house::House;

/// Ledgers per test server, before it is replaced by a new one.
const LEDGERS_MAX: usize = 500;

struct Shelf {
    house: House,
    runtime: Runtime,
    taken: usize,
}

thread_local! {
    static SHELF: RefCell<Option<Shelf>> = const { RefCell::new(None) };
}

pub(crate) fn run(data: &[u8]) {
    let checked = match check_copy(Cursor::new(data)) {
        Ok(checked) => checked,
        Err(CopyFaults { faults, .. }) => {
            assert!(!faults.is_empty() && faults.is_sorted_by_key(|fault| fault.line), "{faults:?}");
            return assert!(faults.iter().all(|fault| fault.line > 0 && !fault.says.is_empty()), "{faults:?}");
        }
    };
    SHELF.with_borrow_mut(|shelf| {
        if shelf.as_ref().is_some_and(|shelf| shelf.taken == LEDGERS_MAX) {
            *shelf = None;
        }
        let shelf = shelf.get_or_insert_with(|| {
            let runtime = Builder::new_current_thread().enable_time().build().unwrap();
            Shelf { runtime, house: House::empty("2026-09-01T00:00:00Z"), taken: 0 }
        });
        shelf.taken += 1;
        taken(shelf, &checked, data);
    });
}

fn taken(shelf: &Shelf, checked: &CheckedCopy, data: &[u8]) {
    let Shelf { runtime, house, taken } = shelf;
    let take = |name: &str, checked: &CheckedCopy, copy: &[u8]| -> Vec<u8> {
        let slug = LedgerSlug::new(format!("{name}{taken}")).unwrap();
        let ledger = runtime.block_on(house.ledgers.import(&slug, checked, Cursor::new(copy), &mut ())).unwrap();
        let mut out = Vec::new();
        assert_eq!(ledger.export(&mut out, &mut ()).unwrap(), checked.events);
        out
    };
    let first = take("first", checked, data);
    let again = check_copy(Cursor::new(&first)).unwrap();
    assert_eq!(
        (again.events, again.entries, again.recorded_at),
        (checked.events, checked.entries, checked.recorded_at)
    );
    assert_eq!(again.header, checked.header);
    let second = take("second", &again, &first);
    // The first line contains the name.
    let entries = |copy: &[u8]| copy.iter().position(|byte| *byte == b'\n').map(|end| copy[end..].to_vec());
    assert_eq!(entries(&first), entries(&second));
}
