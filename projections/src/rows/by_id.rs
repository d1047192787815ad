//! The index of check-ins and proposals by the ids of their events: what somebody corrects or answers is named so.

use events::EventId;
use sha2::{Digest as _, Sha256};

use super::{Error, Key, Memo, Rows, RowsMut, Table};

/// What the keys of an event's id begin with. A part of its hash is enough: whoever looks finds the event and sees its id.
fn key_of(id: &EventId) -> Key {
    Sha256::digest(id.as_str()).iter().take(8).fold(Key::of(Table::ById), |key, byte| key.byte(*byte))
}

/// Notes that the event `seq` has this id.
pub(crate) fn note(rows: &mut (impl RowsMut + ?Sized), seq: u64, id: &EventId) -> Result<(), Error> {
    rows.put(seq, key_of(id).seq(seq), &[], Memo::default())
}

/// The seqs of the events that may have this id, in order.
pub(crate) fn seqs(rows: &(impl Rows + ?Sized), id: &EventId) -> Result<Vec<u64>, Error> {
    let prefix = key_of(id);
    let mut seqs = Vec::new();
    rows.scan(&prefix, &prefix, &mut |key, _| {
        seqs.extend(Key::seq_of_log(key));
        Ok(true)
    })?;
    Ok(seqs)
}
