//! What stands at the end of a frame, kept from one to the next: most of a history are check-ins, and what was agreed stays
//! as it is from week to week. The boards of a replay are made of it.
//!
//! A check-in that is taken from its log changes what its key result's check-ins say last, and nothing else that a board
//! shows. Everything else goes through the fold; before that, the rows are given the check-ins that it may look at.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use events::{CheckInRecorded, Policy, Recorded};

use crate::apply;
use crate::ask::board::{KeyResultFacts, ObjectiveFacts, board_of};
use crate::ask::feed::LEDGER_WIDE;
use crate::ask::resolve::find_cycle;
use crate::ask::{Asked, Board, BoardAsk};
use crate::rows::{
    CheckInLog, CycleRow, Error, KeyResult, Latest, LatestRow, Memory, ObjectiveRow, SubjectKind, all, policy_in_force,
    put, row, subject,
};

#[derive(Default)]
pub(super) struct Standing<'l> {
    rows: Memory,
    /// By objective and key-result number, what the rows do not hold yet.
    pending: BTreeMap<(u32, u32), Pending<'l>>,
    /// What boards are made of; none where something was folded since.
    agreed: Option<Agreed>,
}

/// The check-ins of a key result that were taken in since its rows were written.
struct Pending<'l> {
    logs: Vec<&'l CheckInLog>,
    latest: Latest,
}

struct Agreed {
    cycle: CycleRow,
    in_force: Policy,
    objectives: Vec<ObjectiveRow>,
    key_results: Vec<KeyResult>,
}

impl<'l> Standing<'l> {
    /// The rows, in which check-ins may be missing.
    pub(super) fn rows(&self) -> &Memory {
        &self.rows
    }

    /// Takes in a check-in, by its line in the log.
    pub(super) fn check_in(&mut self, log: &'l CheckInLog, says: &CheckInRecorded) -> Result<(), Error> {
        let pending = match self.pending.entry((log.place.objective_no, log.place.no)) {
            Entry::Occupied(pending) => pending.into_mut(),
            Entry::Vacant(none) => {
                let said: Option<LatestRow> = row(&self.rows, &log.place.latest())?;
                none.insert(Pending { logs: Vec::new(), latest: said.map(|said| said.latest).unwrap_or_default() })
            }
        };
        pending.latest.take(log.at.time, log.at.seq, says);
        pending.logs.push(log);
        Ok(())
    }

    /// Folds any other event.
    pub(super) fn fold(&mut self, event: &Recorded) -> Result<(), Error> {
        self.write_down(event)?;
        self.agreed = None;
        apply(&mut self.rows, event)
    }

    /// Gives the rows the check-ins that an event may look at: of a goal those of its objective, of a cycle all.
    fn write_down(&mut self, event: &Recorded) -> Result<(), Error> {
        if LEDGER_WIDE.contains(&event.fact.kind()) {
            return Ok(());
        }
        let within = match subject(&self.rows, &event.subject)? {
            Some(SubjectKind::Objective(place)) => (place.no, 0)..=(place.no, u32::MAX),
            Some(SubjectKind::KeyResult(place)) => (place.objective_no, 0)..=(place.objective_no, u32::MAX),
            _ => (0, 0)..=(u32::MAX, u32::MAX),
        };
        let due: Vec<(u32, u32)> = self.pending.range(within).map(|(goal, _)| *goal).collect();
        for pending in due.iter().filter_map(|goal| self.pending.remove(goal)).collect::<Vec<_>>() {
            for log in &pending.logs {
                put(&mut self.rows, log.at.seq, *log)?;
            }
            if let Some(last) = pending.logs.last() {
                let said = LatestRow { place: last.place.clone(), latest: pending.latest, touched: last.at.seq };
                put(&mut self.rows, last.at.seq, &said)?;
            }
        }
        Ok(())
    }

    /// The board, asked of some point and moment; `None` where the cycle is not there yet.
    pub(super) fn board<R: ?Sized>(&mut self, asked: &Asked<'_, R>, cycle: &str) -> Result<Option<Board>, Error> {
        if self.agreed.is_none() {
            self.agreed = Agreed::of(&self.rows, cycle)?;
        }
        let Some(agreed) = &mut self.agreed else { return Ok(None) };
        for (goal, pending) in &self.pending {
            if let Ok(at) = agreed.key_results.binary_search_by_key(goal, |one| (one.objective_no, one.no)) {
                agreed.key_results[at].latest.clone_from(&pending.latest);
            }
        }
        let Agreed { cycle, in_force, objectives, key_results } = agreed;
        let objectives = objectives.iter().map(ObjectiveFacts::of).collect();
        let key_results = key_results.iter().map(KeyResultFacts::of).collect();
        Ok(Some(board_of(asked, cycle, in_force, None, objectives, key_results, &BoardAsk::default())))
    }
}

impl Agreed {
    fn of(rows: &Memory, cycle_id: &str) -> Result<Option<Agreed>, Error> {
        let Some(cycle) = find_cycle(rows, cycle_id)? else { return Ok(None) };
        Ok(Some(Agreed {
            cycle,
            in_force: policy_in_force(rows)?.into_owned(),
            objectives: all(rows, &CycleRow::objectives(cycle_id))?,
            key_results: KeyResult::under(rows, &CycleRow::key_results(cycle_id))?,
        }))
    }
}
