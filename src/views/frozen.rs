//! All rows of all ledgers, frozen at one moment: later writes are not visible.

use std::collections::BTreeMap;

use projections::rows::{Error, Key};
use rocksdb::{DB, SnapshotWithThreadMode};

use super::{FAMILIES, HISTORY, LOG, META, SEEN, Views, read_seq, storage};
use crate::journal::LedgerNo;

/// Stored rows at a moment, up to the last event folded into the current rows. Versions and log rows of a group being
/// written, or of one interrupted by a crash, are excluded.
pub struct Frozen<'a> {
    views: &'a Views,
    snapshot: SnapshotWithThreadMode<'a, DB>,
    heads: BTreeMap<LedgerNo, u64>,
}

impl Views {
    /// Freezes all rows as they are now.
    pub fn frozen(&self) -> Result<Frozen<'_>, Error> {
        // Nothing may be folded between the checkpoint and the snapshot.
        let fold_lock = self.fold_lock();
        self.checkpoint_all(&fold_lock)?;
        let heads = self.fresh().iter().map(|(ledger, fresh)| (*ledger, fresh.seq)).collect();
        Ok(Frozen { views: self, snapshot: self.db.snapshot(), heads })
    }
}

impl Frozen<'_> {
    /// Returns the last event folded into the current rows, for each ledger that has one.
    pub fn heads(&self) -> &BTreeMap<LedgerNo, u64> {
        &self.heads
    }

    /// Calls `each` with every stored row of all families, as bytes, in order, to compare views with rebuilt ones.
    pub fn each_stored(&self, mut each: impl FnMut(&str, &[u8], &[u8])) -> Result<(), Error> {
        self.each_stored_while(|family, key, bytes| {
            each(family, key, bytes);
            true
        })
    }

    /// Calls `each` with every stored row until it returns false.
    pub fn each_stored_while(&self, mut each: impl FnMut(&str, &[u8], &[u8]) -> bool) -> Result<(), Error> {
        for family in FAMILIES {
            let mut rows = self.snapshot.raw_iterator_cf(self.views.family(family)?);
            rows.seek_to_first();
            while let Some((key, bytes)) = rows.item() {
                if family == META && key.ends_with(SEEN) {
                    // A ledger without folded events has no row to report here.
                    let seen = read_seq(bytes)?.min(self.head(key));
                    if seen > 0 && !each(family, key, &seen.to_be_bytes()) {
                        return Ok(());
                    }
                } else if self.is_folded(family, key) && !each(family, key, bytes) {
                    return Ok(());
                }
                rows.next();
            }
            rows.status().map_err(storage)?;
        }
        Ok(())
    }

    fn is_folded(&self, family: &str, key: &[u8]) -> bool {
        let seq = match family {
            HISTORY => key.split_last_chunk::<8>().map(|(_, version)| !u64::from_be_bytes(*version)),
            LOG => key.get(4..).and_then(Key::seq_of_log),
            _ => None,
        };
        seq.is_none_or(|seq| seq <= self.head(key))
    }

    fn head(&self, key: &[u8]) -> u64 {
        let ledger = key.split_first_chunk::<4>().map(|(ledger, _)| LedgerNo::from_be_bytes(*ledger));
        ledger.and_then(|ledger| self.heads.get(&ledger)).copied().unwrap_or_default()
    }
}
