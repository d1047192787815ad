//! The permanent location of the rows that an event writes.

use projections::rows::Table;

use super::LedgerNo;

/// A family, with the bytes of the stored key except the ledger number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowLocation<'k> {
    /// In `log`, under its own key.
    Log(&'k [u8]),
    /// In `history`: the table, the rest of the key, and the event.
    History(u8, &'k [u8], u64),
    /// Only in `current`.
    Current,
    /// In the journal, which finds events by id.
    Journal,
}

impl RowLocation<'_> {
    /// Returns the location of the row that the event `seq` writes under a key.
    pub(super) fn of(key: &[u8], seq: u64) -> RowLocation<'_> {
        let Some((first, rest)) = key.split_first() else { return RowLocation::Current };
        if !Table::is_log(*first) {
            let has_versions = Table::told_by(*first).is_none() && !Table::is_timeless(*first);
            return if has_versions { RowLocation::History(*first, rest, seq) } else { RowLocation::Current };
        }
        if *first == Table::ById as u8 {
            return RowLocation::Journal;
        }
        match (Table::tells_of(*first), rest.split_last_chunk::<8>()) {
            (Some(table), Some((rest, seq))) => RowLocation::History(table as u8, rest, u64::from_be_bytes(*seq)),
            _ => RowLocation::Log(key),
        }
    }

    /// Writes the stored key into a buffer that is reused.
    pub(super) fn write(&self, ledger: LedgerNo, stored: &mut Vec<u8>) {
        stored.clear();
        stored.extend_from_slice(&ledger.to_be_bytes());
        match self {
            RowLocation::Log(key) => stored.extend_from_slice(key),
            RowLocation::History(first, rest, seq) => {
                stored.push(*first);
                stored.extend_from_slice(rest);
                stored.extend_from_slice(&(!seq).to_be_bytes());
            }
            RowLocation::Current | RowLocation::Journal => {}
        }
    }
}
