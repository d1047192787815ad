//! Check-ins and proposals by event id: corrections and decisions name them by that id.
//!
//! A journal already maps event ids to seqs. Rows stored beside a journal leave this table out, and [`id_named_by`]
//! returns the id to look up in the journal instead.

use std::str;

use events::EventId;

use super::{Error, Key, Memo, Rows, RowsMut, Table};

/// Returns the key prefix of an event id.
fn key_of(id: &str) -> Key {
    Key::of(Table::ById).text(id)
}

/// Records that the event `seq` has this id.
pub(crate) fn note(rows: &mut (impl RowsMut + ?Sized), seq: u64, id: &EventId) -> Result<(), Error> {
    rows.put(seq, key_of(id.as_str()).seq(seq), &[], Memo::default())
}

/// Returns the seqs of the events with this id: at most one, unless the rows are damaged.
pub(crate) fn seqs(rows: &(impl Rows + ?Sized), id: &EventId) -> Result<Vec<u64>, Error> {
    let prefix = key_of(id.as_str());
    let mut seqs = Vec::new();
    rows.scan(&prefix, &prefix, &mut |key, _| {
        seqs.extend(Key::seq_of_log(key));
        Ok(true)
    })?;
    Ok(seqs)
}

/// Returns the event id that a key prefix of this table contains; `None` for keys of other tables.
pub fn id_named_by(prefix: &Key) -> Option<&str> {
    let (first, rest) = prefix.as_bytes().split_first()?;
    let (id, _) = rest.split_at_checked(rest.iter().position(|byte| *byte == 0)?)?;
    (*first == Table::ById as u8).then(|| str::from_utf8(id).ok()).flatten()
}
