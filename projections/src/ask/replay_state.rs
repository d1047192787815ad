//! What stands while a cycle is gone through again: most of a history are check-ins, and what was agreed stays as it is from
//! week to week.
//!
//! A check-in that is told by its log changes what its key result's check-ins say last, and nothing else that a board shows.
//! Everything else goes through the fold; before that, the rows are given what the check-ins said last that it may look at.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use events::{Policy, Recorded, SubjectId};

use super::board::{KeyResultFacts, ObjectiveFacts, board_of};
use super::feed::LEDGER_WIDE;
use super::partial_rows::PartialRows;
use super::resolve::find_cycle;
use super::{Asked, Board, BoardAsk};
use crate::apply;
use crate::rows::{
    Brief, BriefCheckIn, CycleRow, Error, KeyResult, KeyResultPlace, KeyResultRow, Latest, LatestRow, ObjectiveRow,
    Rows, SubjectKind, all, policy_of, put, row, shared, subject,
};

pub(super) struct ReplayState<'a, R: ?Sized> {
    rows: PartialRows<'a, R>,
    cycle: SubjectId,
    /// By objective and key-result number, what the rows do not hold yet.
    pending: BTreeMap<(u32, u32), Pending>,
    /// What boards are made of; none where something was folded since.
    agreed: Option<Agreed>,
}

/// What the check-ins of a key result say last; none where there is no such key result.
type Pending = Option<LatestRow>;

struct Agreed {
    cycle: CycleRow,
    policy: Policy,
    objectives: Vec<ObjectiveRow>,
    key_results: Vec<KeyResult>,
}

impl<'a, R: Rows + ?Sized> ReplayState<'a, R> {
    /// Before the first event of a cycle; `rows` are those that the whole history was folded into.
    pub(super) fn beside(rows: &'a R, cycle: &SubjectId) -> Self {
        ReplayState { rows: PartialRows::beside(rows), cycle: cycle.clone(), pending: BTreeMap::new(), agreed: None }
    }

    /// The rows, in which what check-ins said last may be missing.
    pub(super) fn rows(&self) -> &PartialRows<'a, R> {
        &self.rows
    }

    /// The rows, to write in what no event says.
    pub(super) fn rows_mut(&mut self) -> &mut PartialRows<'a, R> {
        &mut self.rows
    }

    /// The rows, nothing missing.
    pub(super) fn into_rows(mut self) -> Result<PartialRows<'a, R>, Error> {
        self.write_down((0, 0), (u32::MAX, u32::MAX))?;
        self.rows.go_on_to(u64::MAX);
        Ok(self.rows)
    }

    /// Leaves out an event.
    pub(super) fn leave_out(&mut self, seq: u64) {
        self.rows.go_on_to(seq);
        self.rows.leave_out();
    }

    /// Takes in a check-in, by its line in the log.
    pub(super) fn check_in(&mut self, brief: &Brief, says: &BriefCheckIn) -> Result<(), Error> {
        self.rows.go_on_to(brief.seq);
        let pending = match self.pending.entry(brief.goal) {
            Entry::Occupied(pending) => pending.into_mut(),
            Entry::Vacant(none) => {
                let (objective_no, no) = brief.goal;
                let place = KeyResultPlace { cycle: self.cycle.clone(), objective_no, no };
                none.insert(said_last(&self.rows, place)?)
            }
        };
        if let Some(said) = pending {
            said.latest.take(brief.time, brief.seq, says);
            said.touched = brief.seq;
        }
        Ok(())
    }

    /// Folds any other event.
    pub(super) fn fold(&mut self, event: &Recorded) -> Result<(), Error> {
        self.look_at(event)?;
        self.agreed = None;
        apply(&mut self.rows, event)
    }

    /// Gives the rows what check-ins said last that an event may look at: of a goal those of its objective, of a cycle all.
    pub(super) fn look_at(&mut self, event: &Recorded) -> Result<(), Error> {
        self.rows.go_on_to(event.seq);
        if LEDGER_WIDE.contains(&event.fact.kind()) {
            return Ok(());
        }
        match subject(&self.rows, &event.subject)? {
            Some(SubjectKind::Objective(place)) => self.write_down((place.no, 0), (place.no, u32::MAX)),
            Some(SubjectKind::KeyResult(place)) => {
                self.write_down((place.objective_no, 0), (place.objective_no, u32::MAX))
            }
            _ => self.write_down((0, 0), (u32::MAX, u32::MAX)),
        }
    }

    fn write_down(&mut self, first: (u32, u32), last: (u32, u32)) -> Result<(), Error> {
        let due: Vec<(u32, u32)> = self.pending.range(first..=last).map(|(goal, _)| *goal).collect();
        for said in due.iter().filter_map(|goal| self.pending.remove(goal)).flatten() {
            put(&mut self.rows, said.touched, &said)?;
        }
        Ok(())
    }

    /// The board, asked of some point and moment; `None` where the cycle is not there yet.
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

/// What the check-ins in a place said last; none where there is no key result, because its drafting was left out.
fn said_last(rows: &(impl Rows + ?Sized), place: KeyResultPlace) -> Result<Pending, Error> {
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
