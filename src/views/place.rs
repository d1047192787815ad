//! Where the rows that an event writes are kept for good.

use projections::rows::Table;

use super::LedgerNo;

/// A family, and the bytes of the key there but for its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'k> {
    /// Among the log rows, under its own key.
    Log(&'k [u8]),
    /// Among the versions: the kind of row, the rest of its key, and the event.
    History(u8, &'k [u8], u64),
    /// Among what stands, and nowhere else.
    Current,
    /// In the journal, which knows where each event id is.
    Journal,
}

impl Place<'_> {
    /// Of the row that the event `seq` writes under a key.
    pub(super) fn of(key: &[u8], seq: u64) -> Place<'_> {
        let Some((first, rest)) = key.split_first() else { return Place::Current };
        if !Table::is_log(*first) {
            let has_versions = Table::told_by(*first).is_none() && !Table::is_timeless(*first);
            return if has_versions { Place::History(*first, rest, seq) } else { Place::Current };
        }
        if *first == Table::ById as u8 {
            return Place::Journal;
        }
        match (Table::tells_of(*first), rest.split_last_chunk::<8>()) {
            (Some(table), Some((rest, seq))) => Place::History(table as u8, rest, u64::from_be_bytes(*seq)),
            _ => Place::Log(key),
        }
    }

    /// Writes the stored key, whose room is used again.
    pub(super) fn write(&self, ledger: LedgerNo, stored: &mut Vec<u8>) {
        stored.clear();
        stored.extend_from_slice(&ledger.to_be_bytes());
        match self {
            Place::Log(key) => stored.extend_from_slice(key),
            Place::History(first, rest, seq) => {
                stored.push(*first);
                stored.extend_from_slice(rest);
                stored.extend_from_slice(&(!seq).to_be_bytes());
            }
            Place::Current | Place::Journal => {}
        }
    }
}
