//! Replays part of a history through the fold.

use std::collections::{BTreeSet, VecDeque};

use events::{Kind, Moment, Recorded};

use super::partial_rows::PartialRows;
use super::{Asked, History};
use crate::fold::apply;
use crate::rows::{ByKind, CycleRow, Error, Happening, Rows, all, decode as decode_row};

/// Event types that concern the whole ledger: they are replayed with the events of any cycle.
pub(super) const LEDGER_WIDE: [Kind; 4] =
    [Kind::PolicyAdopted, Kind::TeamFormed, Kind::TeamChanged, Kind::TeamDissolved];

/// Returns rows folded from the known events of a cycle and of the whole ledger for which `keep` returns true, in
/// order. They contain no rows of other cycles.
pub fn feed<'a, R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'a, R>,
    cycle: &str,
    mut keep: impl FnMut(&Recorded) -> bool,
) -> Result<PartialRows<'a, R>, Error> {
    let mut rows = PartialRows::over(asked.rows);
    for event in fed(history, asked, cycle)? {
        let event = event?;
        rows.advance_to(event.seq);
        if keep(&event) {
            apply(&mut rows, &event)?;
        } else {
            rows.leave_out();
        }
    }
    rows.advance_to(u64::MAX);
    Ok(rows)
}

/// Returns true if the event describes the state at or before `at`, whenever it was recorded. A correction describes
/// the time of its check-in, and a corrected measurement the whole cycle; the fold applies either only if its target
/// was replayed.
pub(super) fn was_so_by(event: &Recorded, at: Moment) -> bool {
    event.fact.corrects().is_some() || event.fact.corrects_measurement() || event.time <= at
}

impl<'a, R: ?Sized> Asked<'a, R> {
    /// Returns the same query over other rows.
    pub(crate) fn of<'b, S: ?Sized>(&self, rows: &'b S) -> Asked<'b, S>
    where
        'a: 'b,
    {
        Asked { ledger: self.ledger, rows, as_of: self.as_of, at: self.at }
    }
}

/// An event of a cycle before it is decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happened {
    pub(super) seq: u64,
    pub(super) recorded_at: Moment,
    pub(super) kind: Kind,
}

/// Returns the known events of a cycle, in order.
pub(super) fn happenings<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle: &str) -> Result<Vec<Happened>, Error> {
    let prefix = CycleRow::happenings(cycle);
    let mut found = Vec::new();
    asked.rows.scan(&prefix, &prefix, &mut |key, bytes| {
        let Happening { seq, recorded_at, kind, .. } = decode_row(asked.rows, key, bytes)?;
        found.push(Happened { seq, recorded_at, kind });
        Ok(true)
    })?;
    Ok(found)
}

/// Returns the known events of the whole ledger.
pub(super) fn ledger_wide<R: Rows + ?Sized>(asked: &Asked<'_, R>) -> Result<BTreeSet<u64>, Error> {
    let mut seqs = BTreeSet::new();
    for kind in LEDGER_WIDE {
        seqs.extend(all::<ByKind>(asked.rows, &ByKind::of(kind))?.iter().map(|about| about.seq));
    }
    Ok(seqs)
}

/// Returns the known events of a cycle and of the whole ledger, decoded and in order.
pub(super) fn fed<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle: &str,
) -> Result<impl Iterator<Item = Result<Recorded, Error>>, Error> {
    let mut seqs = ledger_wide(asked)?;
    seqs.extend(happenings(asked, cycle)?.iter().map(|happening| happening.seq));
    let seqs: Vec<u64> = seqs.into_iter().collect();
    let mut reading = Reading::of(history, seqs.clone());
    Ok(seqs.into_iter().map(move |seq| decode(&reading.bytes(seq)?)))
}

/// Number of events per read.
const CHUNK: usize = 256;

/// Reads events whose seqs are known in advance and ascending. Dense stretches are read in chunks.
pub(super) struct Reading<'h, H> {
    history: &'h H,
    /// Seqs still to be read.
    wanted: VecDeque<u64>,
    read: VecDeque<(u64, Vec<u8>)>,
}

impl<'h, H: History> Reading<'h, H> {
    pub(super) fn of(history: &'h H, seqs: impl IntoIterator<Item = u64>) -> Self {
        Reading { history, wanted: seqs.into_iter().collect(), read: VecDeque::new() }
    }

    /// Returns the exact bytes of an event. Seqs must be requested in ascending order.
    pub(super) fn bytes(&mut self, seq: u64) -> Result<Vec<u8>, Error> {
        while self.wanted.pop_front_if(|one| *one <= seq).is_some() {}
        while self.read.pop_front_if(|(one, _)| *one < seq).is_some() {}
        let is_dense = self.wanted.get(CHUNK / 2).is_some_and(|later| later.saturating_sub(seq) < CHUNK as u64);
        if self.read.is_empty() && is_dense {
            self.read = self.history.events(seq.saturating_sub(1), CHUNK)?.into();
        }
        match self.read.pop_front_if(|(one, _)| *one == seq) {
            Some((_, bytes)) => Ok(bytes),
            None => bytes_of(self.history, seq),
        }
    }
}

/// Returns the exact bytes of an event that a row refers to.
pub(super) fn bytes_of(history: &impl History, seq: u64) -> Result<Vec<u8>, Error> {
    history.event(seq)?.ok_or_else(|| Error::Damaged(format!("event {seq} is in the index but not in the journal")))
}

pub(super) fn decode(bytes: &[u8]) -> Result<Recorded, Error> {
    Recorded::decode(bytes).map_err(|error| Error::Damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ask::testing::Ledger;

    #[test]
    fn events_that_lie_together_are_read_together_and_are_the_same() {
        let mut ledger = Ledger::quarter();
        for n in 0..600 {
            ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"value": n}));
        }
        let wanted: Vec<u64> = (1..=ledger.last()).filter(|seq| seq % 7 != 3 && !(300..480).contains(seq)).collect();
        let mut reading = Reading::of(&ledger, wanted.clone());
        let mut together = 0;
        for seq in wanted {
            assert_eq!(Some(reading.bytes(seq).unwrap()), ledger.event(seq).unwrap());
            together += usize::from(!reading.read.is_empty());
        }
        assert!(together > 200, "{together}");
    }

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
