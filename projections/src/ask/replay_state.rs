//! State during a replay of one cycle. Most of a history are check-ins, while agreed fields rarely change from week to
//! week.
//!
//! A check-in from the log changes only the latest values of its key result; nothing else on a board depends on it. All
//! other events go through the fold. Before each, the pending latest values that it may read are written to the rows.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use events::{Policy, Recorded, SubjectId};

use super::board::{KeyResultFacts, ObjectiveFacts, board_of};
use super::feed::LEDGER_WIDE;
use super::partial_rows::PartialRows;
use super::resolve::find_cycle;
use super::{Asked, Board, BoardAsk};
use crate::fold::apply;
use crate::rows::{
    Brief, BriefCheckIn, CycleRow, Error, KeyResult, KeyResultPlace, KeyResultRow, Latest, LatestRow, ObjectiveRow,
    Rows, SubjectKind, all, policy_of, put, row, shared, subject,
};

pub(super) struct ReplayState<'a, R: ?Sized> {
    rows: PartialRows<'a, R>,
    cycle: SubjectId,
    /// Latest values not yet written to the rows, by objective and key result number.
    pending: BTreeMap<(u32, u32), Pending>,
    /// Input of boards; `None` after an event was folded.
    agreed: Option<Agreed>,
}

/// The latest values of a key result; `None` if the key result does not exist.
type Pending = Option<LatestRow>;

struct Agreed {
    cycle: CycleRow,
    policy: Policy,
    objectives: Vec<ObjectiveRow>,
    key_results: Vec<KeyResult>,
}

impl<'a, R: Rows + ?Sized> ReplayState<'a, R> {
    /// Returns the state before the first event of a cycle. `rows` contain the fold of the whole history.
    pub(super) fn over(rows: &'a R, cycle: &SubjectId) -> Self {
        ReplayState { rows: PartialRows::over(rows), cycle: cycle.clone(), pending: BTreeMap::new(), agreed: None }
    }

    /// Returns the rows, in which latest values may be missing.
    pub(super) fn rows(&self) -> &PartialRows<'a, R> {
        &self.rows
    }

    /// Returns the rows for changes that come from no event.
    pub(super) fn rows_mut(&mut self) -> &mut PartialRows<'a, R> {
        &mut self.rows
    }

    /// Returns the complete rows.
    pub(super) fn into_rows(mut self) -> Result<PartialRows<'a, R>, Error> {
        self.flush((0, 0), (u32::MAX, u32::MAX))?;
        self.rows.advance_to(u64::MAX);
        Ok(self.rows)
    }

    /// Leaves out an event.
    pub(super) fn leave_out(&mut self, seq: u64) {
        self.rows.advance_to(seq);
        self.rows.leave_out();
    }

    /// Applies a check-in from its line in the log.
    pub(super) fn check_in(&mut self, brief: &Brief, says: &BriefCheckIn) -> Result<(), Error> {
        self.rows.advance_to(brief.seq);
        let pending = match self.pending.entry(brief.goal) {
            Entry::Occupied(pending) => pending.into_mut(),
            Entry::Vacant(none) => {
                let (objective_no, no) = brief.goal;
                let place = KeyResultPlace { cycle: self.cycle.clone(), objective_no, no };
                none.insert(latest_values(&self.rows, place)?)
            }
        };
        if let Some(said) = pending {
            said.latest.take(brief.time, brief.seq, says);
            said.touched = brief.seq;
        }
        Ok(())
    }

    /// Folds an event that is not a check-in from the log.
    pub(super) fn fold(&mut self, event: &Recorded) -> Result<(), Error> {
        self.flush_for(event)?;
        self.agreed = None;
        apply(&mut self.rows, event)
    }

    /// Writes the pending latest values that an event may read: for a goal those of its objective, for a cycle all.
    pub(super) fn flush_for(&mut self, event: &Recorded) -> Result<(), Error> {
        self.rows.advance_to(event.seq);
        if LEDGER_WIDE.contains(&event.fact.kind()) {
            return Ok(());
        }
        match subject(&self.rows, &event.subject)? {
            Some(SubjectKind::Objective(place)) => self.flush((place.no, 0), (place.no, u32::MAX)),
            Some(SubjectKind::KeyResult(place)) => self.flush((place.objective_no, 0), (place.objective_no, u32::MAX)),
            _ => self.flush((0, 0), (u32::MAX, u32::MAX)),
        }
    }

    fn flush(&mut self, first: (u32, u32), last: (u32, u32)) -> Result<(), Error> {
        let due: Vec<(u32, u32)> = self.pending.range(first..=last).map(|(goal, _)| *goal).collect();
        for said in due.iter().filter_map(|goal| self.pending.remove(goal)).flatten() {
            put(&mut self.rows, said.touched, &said)?;
        }
        Ok(())
    }

    /// Returns the board as of `asked`; `None` if the cycle does not exist yet.
    pub(super) fn board<S: ?Sized>(&mut self, asked: &Asked<'_, S>) -> Result<Option<Board>, Error> {
        if self.agreed.is_none() {
            self.agreed = Agreed::of(&self.rows, self.cycle.as_str())?;
        }
        let Some(agreed) = &mut self.agreed else { return Ok(None) };
        for (goal, said) in &self.pending {
            if let Some(said) = said
                && let Ok(at) = agreed.key_results.binary_search_by_key(goal, |one| (one.objective_no, one.no))
            {
                agreed.key_results[at].latest.clone_from(&said.latest);
            }
        }
        let Agreed { cycle, policy, objectives, key_results } = agreed;
        let objectives = objectives.iter().map(ObjectiveFacts::of).collect();
        let key_results = key_results.iter().map(KeyResultFacts::of).collect();
        Ok(Some(board_of(asked, cycle, policy, None, objectives, key_results, &BoardAsk::default())))
    }
}

/// Returns the latest values of a key result; `None` if it does not exist because its draft was left out.
fn latest_values(rows: &(impl Rows + ?Sized), place: KeyResultPlace) -> Result<Pending, Error> {
    if let Some(said) = row(rows, &place.latest())? {
        return Ok(Some(said));
    }
    let is_there = shared::<KeyResultRow>(rows, &place.key())?.is_some();
    Ok(is_there.then(|| LatestRow { place, latest: Latest::default(), touched: 0 }))
}

impl Agreed {
    fn of(rows: &(impl Rows + ?Sized), cycle_id: &str) -> Result<Option<Agreed>, Error> {
        let Some(cycle) = find_cycle(rows, cycle_id)? else { return Ok(None) };
        let policy = policy_of(rows, &cycle)?.into_owned();
        Ok(Some(Agreed {
            cycle,
            policy,
            objectives: all(rows, &CycleRow::objectives(cycle_id))?,
            key_results: KeyResult::under(rows, &CycleRow::key_results(cycle_id))?,
        }))
    }
}
