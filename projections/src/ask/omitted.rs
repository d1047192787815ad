//! Events left out of a hypothetical history: those requested, and those that depend on them.

use std::collections::{BTreeMap, BTreeSet};

use events::{EventId, Fact, Kind, Recorded};
use serde::{Deserialize, Serialize};

use super::feed::{happenings, ledger_wide};
use super::{Asked, WhatIfAsk};
use crate::rows::{CycleRow, Error, Rows};

/// An event left out because another one was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FellWith {
    /// The event's sequence number.
    pub seq: u64,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The event this one depends on.
    pub rests_on: u64,
    /// The dependency as a sentence.
    pub says: String,
}

/// Events left out of a replay, in order of seq.
#[derive(Debug, Default)]
pub(super) struct Omitted {
    wanted: BTreeSet<u64>,
    omitted_ids: BTreeMap<EventId, u64>,
    /// All events left out so far.
    pub(super) seqs: Vec<u64>,
    /// Events among these that were left out because of others.
    pub(super) fell: Vec<FellWith>,
}

impl Omitted {
    /// Returns the events to leave out, or, as the inner error, the requested events that belong neither to the cycle
    /// nor to the whole ledger.
    pub(super) fn of<R: Rows + ?Sized>(
        asked: &Asked<'_, R>,
        cycle: &CycleRow,
        ask: &WhatIfAsk,
    ) -> Result<Result<Omitted, BTreeSet<u64>>, Error> {
        let of_cycle = happenings(asked, cycle.id.as_str())?;
        let mut unrelated = ask.without_events.clone();
        unrelated.retain(|seq| of_cycle.binary_search_by_key(seq, |happening| happening.seq).is_err());
        if !unrelated.is_empty() {
            let of_ledger = ledger_wide(asked)?;
            unrelated.retain(|seq| !of_ledger.contains(seq));
        }
        if !unrelated.is_empty() {
            return Ok(Err(unrelated));
        }
        let started = cycle.started.map(|started| started.seq);
        let left_out = of_cycle.iter().filter(|happening| {
            let is_after_start = started.is_some_and(|started| happening.seq > started);
            ask.leaves_out(happening.kind, is_after_start)
        });
        let wanted = ask.without_events.iter().copied().chain(left_out.map(|happening| happening.seq)).collect();
        Ok(Ok(Omitted { wanted, ..Omitted::default() }))
    }

    /// Returns true if an event is left out: it was requested, or depends on one left out.
    pub(super) fn omits(&mut self, event: &Recorded) -> bool {
        if self.wanted.contains(&event.seq) {
            self.leave_out(event);
            return true;
        }
        let Some(&rests_on) = rests_on(&event.fact).and_then(|id| self.omitted_ids.get(id)) else { return false };
        let says = match event.fact.approval() {
            Some(_) => format!("the change depends on the approval in event {rests_on}"),
            None => format!("a response to the proposal in event {rests_on}"),
        };
        self.fell.push(FellWith { seq: event.seq, kind: event.fact.kind(), rests_on, says });
        self.leave_out(event);
        true
    }

    /// Returns true if a check-in is left out. Check-ins neither depend on other events nor have dependents.
    pub(super) fn omits_check_in(&mut self, seq: u64) -> bool {
        let omits = self.wanted.contains(&seq);
        if omits {
            self.seqs.push(seq);
        }
        omits
    }

    /// Leaves out an event for a reason of the caller's.
    pub(super) fn leave_out(&mut self, event: &Recorded) {
        self.seqs.push(event.seq);
        self.omitted_ids.insert(event.id.clone(), event.seq);
    }
}

/// Returns the event this one depends on: responses depend on their proposal, and an approved change on its approval.
fn rests_on(fact: &Fact) -> Option<&EventId> {
    fact.responds_to().or_else(|| fact.approval().map(|approval| &approval.approval))
}
