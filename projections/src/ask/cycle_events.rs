//! The course of a cycle: its events and those of the whole ledger that were known, in their order. Most are check-ins: of
//! these the logs tell what is made of them, and no event is read.

use std::collections::btree_set;
use std::iter::Peekable;
use std::vec;

use events::{Kind, Recorded};

use super::feed::{Happened, Reading, decode, ledger_wide};
use super::{Asked, History};
use crate::rows::{Brief, BriefCheckIn, Error, Rows};

/// An event, and what is known of it before it is read.
pub(super) struct Ahead {
    pub(super) seq: u64,
    pub(super) what: What,
}

pub(super) enum What {
    /// One of the whole ledger.
    OfLedger,
    /// One of the cycle.
    OfCycle,
    /// A check-in of the cycle, as its line in the log tells it.
    CheckIn(Brief, BriefCheckIn),
}

pub(super) struct CycleEvents<'h, H> {
    of_ledger: Peekable<btree_set::IntoIter<u64>>,
    happenings: Peekable<vec::IntoIter<Happened>>,
    check_ins: Peekable<vec::IntoIter<Brief>>,
    reading: Reading<'h, H>,
}

impl<'h, H: History> CycleEvents<'h, H> {
    /// `briefs` are the check-ins that are told by their logs, in the order of seq; `reads_all` says that the bytes of these
    /// will be asked for too.
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

    /// The next event, if it is none after `last`.
    pub(super) fn next_up_to(&mut self, last: u64) -> Option<Ahead> {
        let of_cycle = self.happenings.peek().map_or(u64::MAX, |one| one.seq);
        if let Some(seq) = self.of_ledger.next_if(|seq| *seq <= last && *seq < of_cycle) {
            return Some(Ahead { seq, what: What::OfLedger });
        }
        let seq = self.happenings.next_if(|one| one.seq <= last)?.seq;
        while self.check_ins.next_if(|brief| brief.seq < seq).is_some() {}
        let told = self.check_ins.next_if(|brief| brief.seq == seq);
        let what = match told.and_then(|mut brief| brief.says.take().map(|says| (brief, says))) {
            Some((brief, says)) => What::CheckIn(brief, says),
            None => What::OfCycle,
        };
        Some(Ahead { seq, what })
    }

    /// The exact bytes of an event, none before the last one that was asked for.
    pub(super) fn bytes(&mut self, seq: u64) -> Result<Vec<u8>, Error> {
        self.reading.bytes(seq)
    }

    /// The event, likewise.
    pub(super) fn event(&mut self, seq: u64) -> Result<Recorded, Error> {
        decode(&self.bytes(seq)?)
    }
}
