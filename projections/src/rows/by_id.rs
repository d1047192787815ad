//! Check-ins and proposals by the ids of their events: what somebody corrects or answers is named so.
//!
//! A journal knows at which seq it holds an id. Where rows are stored beside one, these are not stored again:
//! [`id_named_by`] says what to ask the journal for.

use std::str;

use events::EventId;

use super::{Error, Key, Memo, Rows, RowsMut, Table};

/// What the keys of an event's id begin with.
fn key_of(id: &str) -> Key {
    Key::of(Table::ById).text(id)
}

/// Notes that the event `seq` has this id.
pub(crate) fn note(rows: &mut (impl RowsMut + ?Sized), seq: u64, id: &EventId) -> Result<(), Error> {
    rows.put(seq, key_of(id.as_str()).seq(seq), &[], Memo::default())
}

/// The seqs of the events that have this id: one at most, unless something is wrong with the rows.
pub(crate) fn seqs(rows: &(impl Rows + ?Sized), id: &EventId) -> Result<Vec<u64>, Error> {
    let prefix = key_of(id.as_str());
    let mut seqs = Vec::new();
    rows.scan(&prefix, &prefix, &mut |key, _| {
        seqs.extend(Key::seq_of_log(key));
        Ok(true)
    })?;
    Ok(seqs)
}

/// The event id that the beginning of a key of this table names. `None` for the keys of every other table.
pub fn id_named_by(prefix: &Key) -> Option<&str> {
    let (first, rest) = prefix.as_bytes().split_first()?;
    let (id, _) = rest.split_at_checked(rest.iter().position(|byte| *byte == 0)?)?;
    (*first == Table::ById as u8).then(|| str::from_utf8(id).ok()).flatten()
}
