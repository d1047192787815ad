//! Feeding the one fold with a part of a history.

use std::collections::BTreeSet;

use events::{Cause, Fact, Kind, Moment, Recorded};

use super::{Asked, History};
use crate::apply;
use crate::rows::{ByKind, CycleRow, Error, Happening, Memory, Rows, all};

/// Types of events that are the whole ledger's: they are fed beside those of any cycle.
const LEDGER_WIDE: [Kind; 4] = [Kind::PolicyAdopted, Kind::TeamFormed, Kind::TeamChanged, Kind::TeamDissolved];

/// Rows folded from the events of a cycle and of the whole ledger that were known and are to be kept, in their order.
/// Nothing of other cycles is in them.
pub fn feed<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle: &str,
    mut keep: impl FnMut(&Recorded) -> bool,
) -> Result<Memory, Error> {
    let mut rows = Memory::new();
    let mut seqs = ledger_wide(asked)?;
    seqs.extend(happenings(asked, cycle)?.iter().map(|happening| happening.seq));
    for seq in seqs {
        let event = decode(&bytes_of(history, seq)?)?;
        if keep(&event) {
            apply(&mut rows, &event)?;
        }
    }
    Ok(rows)
}

/// Whether what an event says was so by a moment, whenever the ledger learnt it. A correction says what was true when its
/// check-in was made, and a corrected measurement what was true all along; the fold takes either only where that which it
/// corrects is fed.
pub(super) fn was_so_by(event: &Recorded, at: Moment) -> bool {
    match &event.fact {
        Fact::CheckInCorrected(_) => true,
        Fact::KeyResultAdjusted(data) if data.justification.cause == Cause::MeasurementCorrection => true,
        _ => event.time <= at,
    }
}

impl<'a, R: ?Sized> Asked<'a, R> {
    /// The same question of other rows.
    pub(super) fn of<'b, S: ?Sized>(&self, rows: &'b S) -> Asked<'b, S>
    where
        'a: 'b,
    {
        Asked { ledger: self.ledger, rows, as_of: self.as_of, at: self.at }
    }
}

/// The events of a cycle that were known, in their order.
pub(super) fn happenings<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle: &str) -> Result<Vec<Happening>, Error> {
    all(asked.rows, &CycleRow::happenings(cycle))
}

/// The events of the whole ledger that were known.
pub(super) fn ledger_wide<R: Rows + ?Sized>(asked: &Asked<'_, R>) -> Result<BTreeSet<u64>, Error> {
    let mut seqs = BTreeSet::new();
    for kind in LEDGER_WIDE {
        seqs.extend(all::<ByKind>(asked.rows, &ByKind::of(kind))?.iter().map(|about| about.seq));
    }
    Ok(seqs)
}

/// The exact bytes of an event that the rows speak of.
pub(super) fn bytes_of(history: &impl History, seq: u64) -> Result<Vec<u8>, Error> {
    history.event(seq)?.ok_or_else(|| Error::Damaged(format!("event {seq} is indexed, but not in the journal")))
}

/// The event of these bytes.
pub(super) fn decode(bytes: &[u8]) -> Result<Recorded, Error> {
    Recorded::decode(bytes).map_err(|error| Error::Damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::testing::Ledger;

    #[test]
    fn an_event_that_is_indexed_and_not_there_is_damage_and_no_gap() {
        let mut ledger = Ledger::quarter();
        let rows = ledger.rows(ledger.last());
        let last = ledger.last();
        ledger.events.remove(3);
        let damaged = feed(&ledger, &ledger.asked(&rows, last, "2026-05-04T12:00:00Z"), "q2", |_| true).unwrap_err();
        assert!(matches!(&damaged, Error::Damaged(says) if says.contains("event 4")), "{damaged}");
    }
}
