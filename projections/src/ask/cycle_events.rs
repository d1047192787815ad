//! Known events of a cycle and of the whole ledger, in order. Check-ins, the bulk of a history, come from the check-in
//! log, so their events are not decoded.

use std::collections::btree_set;
use std::iter::Peekable;
use std::vec;

use events::{Kind, Recorded};

use super::feed::{Happened, Reading, decode, ledger_wide};
use super::{Asked, History};
use crate::rows::{Brief, BriefCheckIn, Error, Rows};

/// An event before it is decoded.
pub(super) struct NextEvent {
    pub(super) seq: u64,
    pub(super) source: Source,
}

pub(super) enum Source {
    /// An event of the whole ledger.
    OfLedger,
    /// An event of the cycle.
    OfCycle,
    /// A check-in of the cycle, as recorded in the check-in log.
    CheckIn(Brief, BriefCheckIn),
}

pub(super) struct CycleEvents<'h, H> {
    of_ledger: Peekable<btree_set::IntoIter<u64>>,
    happenings: Peekable<vec::IntoIter<Happened>>,
    check_ins: Peekable<vec::IntoIter<Brief>>,
    reading: Reading<'h, H>,
}

impl<'h, H: History> CycleEvents<'h, H> {
    /// `briefs` are the check-ins from the log, ordered by seq. `reads_all` is true if the bytes of these check-ins are
    /// needed too.
    pub(super) fn of<R: Rows + ?Sized>(
        history: &'h H,
        asked: &Asked<'_, R>,
        happenings: Vec<Happened>,
        briefs: Vec<Brief>,
        reads_all: bool,
    ) -> Result<Self, Error> {
        let of_ledger = ledger_wide(asked)?;
        let reads = |one: &&Happened| reads_all || briefs.is_empty() || one.kind != Kind::CheckInRecorded;
        let mut read: Vec<u64> = happenings.iter().filter(reads).map(|one| one.seq).chain(of_ledger.clone()).collect();
        read.sort_unstable();
        Ok(CycleEvents {
            of_ledger: of_ledger.into_iter().peekable(),
            happenings: happenings.into_iter().peekable(),
            check_ins: briefs.into_iter().peekable(),
            reading: Reading::of(history, read),
        })
    }

    /// Returns the next event unless it comes after `last`.
    pub(super) fn next_up_to(&mut self, last: u64) -> Option<NextEvent> {
        let of_cycle = self.happenings.peek().map_or(u64::MAX, |one| one.seq);
        if let Some(seq) = self.of_ledger.next_if(|seq| *seq <= last && *seq < of_cycle) {
            return Some(NextEvent { seq, source: Source::OfLedger });
        }
        let seq = self.happenings.next_if(|one| one.seq <= last)?.seq;
        while self.check_ins.next_if(|brief| brief.seq < seq).is_some() {}
        let check_in = self.check_ins.next_if(|brief| brief.seq == seq);
        let source = match check_in.and_then(|mut brief| brief.says.take().map(|says| (brief, says))) {
            Some((brief, says)) => Source::CheckIn(brief, says),
            None => Source::OfCycle,
        };
        Some(NextEvent { seq, source })
    }

    /// Returns the exact bytes of an event. Seqs must be requested in ascending order.
    pub(super) fn bytes(&mut self, seq: u64) -> Result<Vec<u8>, Error> {
        self.reading.bytes(seq)
    }

    /// Decodes an event. Seqs must be requested in ascending order.
    pub(super) fn event(&mut self, seq: u64) -> Result<Recorded, Error> {
        decode(&self.bytes(seq)?)
    }
}
