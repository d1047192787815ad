//! Two views, row by row. Both hand out their rows in the same order, each from a thread of its own.

use std::cmp::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::vec;

use projections::rows::Error;

use crate::ledger::operations::{Cancelled, Step, Told};
use crate::views::{FAMILIES, Frozen};

/// Rows are handed over so many at a time, or as soon as they have so many bytes.
const BATCH_ROWS: usize = 512;
const BATCH_BYTES: usize = 1 << 20;

/// Batches that wait to be compared.
const BATCHES_MAX: usize = 2;

/// The family's rank and name, the key, the bytes.
type Row = ((usize, String), Vec<u8>, Vec<u8>);

/// Rows between two words of how many are done.
const STEP: u64 = 50_000;

/// Compares all rows and tells of those that differ. Returns how many rows the standing views hold, or why they cannot be
/// read to the end.
pub(in crate::ledger) fn views(
    standing: &Frozen<'_>,
    rebuilt: &Frozen<'_>,
    tell: &mut impl FnMut(String, String),
    told: Told<'_>,
) -> Result<Result<u64, Error>, Cancelled> {
    thread::scope(|scope| {
        let (sender, standing_rows) = sync_channel(BATCHES_MAX);
        let standing = scope.spawn(move || hand_out(standing, &sender));
        let (sender, rebuilt_rows) = sync_channel(BATCHES_MAX);
        let rebuilt = scope.spawn(move || hand_out(rebuilt, &sender));
        let rows = compare(Rows::of(&standing_rows), Rows::of(&rebuilt_rows), tell, told)?;
        let joined = [standing, rebuilt]
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
        // The other end is gone when the comparison is cancelled.
        batches.send(std::mem::take(&mut batch)).is_ok()
    })?;
    _ = batches.send(batch);
    Ok(())
}

/// Rows as they come in.
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
    mut standing: Rows<'_>,
    mut rebuilt: Rows<'_>,
    tell: &mut impl FnMut(String, String),
    told: Told<'_>,
) -> Result<u64, Cancelled> {
    let mut rows = 0;
    let (mut stands, mut ought) = (standing.next(), rebuilt.next());
    loop {
        let order = match (&stands, &ought) {
            (None, None) => return Ok(rows),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((family, key, _)), Some((other_family, other_key, _))) => {
                (family.0, key).cmp(&(other_family.0, other_key))
            }
        };
        match (order, &stands, &ought) {
            (Ordering::Less, Some(row), _) => {
                tell(place(row), "it stands, but the journal does not account for it".into())
            }
            (Ordering::Greater, _, Some(row)) => tell(place(row), "it is missing".into()),
            (_, Some(row), Some((_, _, bytes))) if row.2 != *bytes => {
                tell(
                    place(row),
                    format!("{} bytes stand that differ from the {} rebuilt ones", row.2.len(), bytes.len()),
                );
            }
            _ => {}
        }
        if order.is_le() {
            rows += 1;
            if rows.is_multiple_of(STEP) {
                told(Step { doing: "comparing rows".into(), done: rows, all: 0 })?;
            }
            stands = standing.next();
        }
        if order.is_ge() {
            ought = rebuilt.next();
        }
    }
}

/// `views, history, ledger 1, row c q2`: the row's key with what cannot be printed escaped.
fn place(((_, family), key, _): &Row) -> String {
    match key.split_first_chunk::<4>() {
        Some((ledger, row)) if family != "meta" || row.is_empty() => {
            format!("views, {family}, ledger {}, row {}", u32::from_be_bytes(*ledger), row.escape_ascii())
        }
        _ => format!("views, {family}, row {}", key.escape_ascii()),
    }
}
