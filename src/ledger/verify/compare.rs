//! Compares two views row by row. Both yield their rows in the same order, each from its own thread.

use std::cmp::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::vec;

use projections::rows::Error;

use crate::ledger::operations::{Cancelled, Step, Told};
use crate::views::{FAMILIES, Frozen};

/// Limits of a batch of rows passed between threads, in rows and in bytes.
const BATCH_ROWS: usize = 512;
const BATCH_BYTES: usize = 1 << 20;

/// Maximum number of batches that wait to be compared.
const BATCHES_MAX: usize = 2;

/// The family's rank and name, the key, and the value.
type Row = ((usize, String), Vec<u8>, Vec<u8>);

/// Number of rows between two progress reports.
const STEP: u64 = 50_000;

/// Compares all rows and reports those that differ. Returns the number of rows in the current views, or the error with
/// which reading them ended.
pub(in crate::ledger) fn views(
    current: &Frozen<'_>,
    rebuilt: &Frozen<'_>,
    add: &mut impl FnMut(String, String),
    report: Told<'_>,
) -> Result<Result<u64, Error>, Cancelled> {
    thread::scope(|scope| {
        let (sender, current_rows) = sync_channel(BATCHES_MAX);
        let current = scope.spawn(move || hand_out(current, &sender));
        let (sender, rebuilt_rows) = sync_channel(BATCHES_MAX);
        let rebuilt = scope.spawn(move || hand_out(rebuilt, &sender));
        let rows = compare(Rows::of(&current_rows), Rows::of(&rebuilt_rows), add, report)?;
        let joined = [current, rebuilt]
            .map(|thread| thread.join().unwrap_or_else(|_| Err(Error::Storage("reading the views panicked".into()))));
        Ok(joined.into_iter().collect::<Result<(), Error>>().map(|()| rows))
    })
}

fn hand_out(views: &Frozen<'_>, batches: &SyncSender<Vec<Row>>) -> Result<(), Error> {
    let (mut batch, mut bytes_held) = (Vec::new(), 0);
    views.each_stored_while(|family, key, bytes| {
        let rank = FAMILIES.iter().position(|known| *known == family).unwrap_or(FAMILIES.len());
        batch.push(((rank, family.to_owned()), key.to_vec(), bytes.to_vec()));
        bytes_held += key.len() + bytes.len();
        if batch.len() < BATCH_ROWS && bytes_held < BATCH_BYTES {
            return true;
        }
        bytes_held = 0;
        // The receiver is dropped when the comparison is cancelled.
        batches.send(std::mem::take(&mut batch)).is_ok()
    })?;
    _ = batches.send(batch);
    Ok(())
}

/// Rows received from a thread.
struct Rows<'a> {
    batches: &'a Receiver<Vec<Row>>,
    batch: vec::IntoIter<Row>,
}

impl Rows<'_> {
    fn of(batches: &Receiver<Vec<Row>>) -> Rows<'_> {
        Rows { batches, batch: Vec::new().into_iter() }
    }

    fn next(&mut self) -> Option<Row> {
        loop {
            if let Some(row) = self.batch.next() {
                return Some(row);
            }
            self.batch = self.batches.recv().ok()?.into_iter();
        }
    }
}

fn compare(
    mut current: Rows<'_>,
    mut rebuilt: Rows<'_>,
    add: &mut impl FnMut(String, String),
    report: Told<'_>,
) -> Result<u64, Cancelled> {
    let mut rows = 0;
    let (mut stored, mut expected) = (current.next(), rebuilt.next());
    loop {
        let order = match (&stored, &expected) {
            (None, None) => return Ok(rows),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((family, key, _)), Some((other_family, other_key, _))) => {
                (family.0, key).cmp(&(other_family.0, other_key))
            }
        };
        match (order, &stored, &expected) {
            (Ordering::Less, Some(row), _) => {
                add(place(row), "it is stored, but the journal does not account for it".into())
            }
            (Ordering::Greater, _, Some(row)) => add(place(row), "it is missing".into()),
            (_, Some(row), Some((_, _, bytes))) if row.2 != *bytes => {
                add(
                    place(row),
                    format!("its {} stored bytes differ from the {} rebuilt ones", row.2.len(), bytes.len()),
                );
            }
            _ => {}
        }
        if order.is_le() {
            rows += 1;
            if rows.is_multiple_of(STEP) {
                report(Step { doing: "comparing rows".into(), done: rows, all: 0 })?;
            }
            stored = current.next();
        }
        if order.is_ge() {
            expected = rebuilt.next();
        }
    }
}

/// Returns `views, history, ledger 1, row c q2`: the row's key with non-printable bytes escaped.
fn place(((_, family), key, _): &Row) -> String {
    match key.split_first_chunk::<4>() {
        Some((ledger, row)) if family != "meta" || row.is_empty() => {
            format!("views, {family}, ledger {}, row {}", u32::from_be_bytes(*ledger), row.escape_ascii())
        }
        _ => format!("views, {family}, row {}", key.escape_ascii()),
    }
}
