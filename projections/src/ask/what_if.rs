//! Hypothetical scores: without some events, or under another formula. The answer includes the ladder of the cycle as
//! it is, which ends in the scores of the actual board.

use std::collections::{BTreeMap, BTreeSet};

use events::{Category, Formula, Kind, Number, SubjectId};
use serde::{Deserialize, Serialize};

use super::board::board_by;
use super::cycle_events::{CycleEvents, NextEvent, Source};
use super::feed::happenings;
use super::ladder::{self, Ladder};
use super::omitted::{FellWith, Omitted};
use super::partial_rows::PartialRows;
use super::replay_state::ReplayState;
use super::resolve::find_cycle;
use super::tally::Whole;
use super::{Asked, Board, BoardAsk, BoardSummary, History};
use crate::rows::{Brief, CycleRow, Error, Rows};

/// The events to leave out and the formula to assume.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIfAsk {
    /// Leaves out adjustments of key results and amendments of objectives after the start of the cycle.
    pub without_adjustments: bool,
    /// Leaves out retirements after the start of the cycle.
    pub without_retirements: bool,
    /// Leaves out corrections of check-ins.
    pub without_corrections: bool,
    /// Leaves out grades of objectives and key results.
    pub without_grades: bool,
    /// Leaves out the events with these seqs.
    pub without_events: BTreeSet<u64>,
    /// Computes scores by this formula, even for a closed cycle.
    pub formula: Option<Formula>,
}

/// The answer to a hypothetical question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhatIfAnswer {
    /// The comparison.
    Answered(Box<WhatIf>),
    /// These events belong neither to the cycle nor to the whole ledger, so omitting them has no effect.
    NotOfCycle(BTreeSet<u64>),
    /// The opening of the cycle was left out, so there is no cycle to look at.
    NoCycleLeft,
}

/// A cycle as it is, and without the events left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    /// The board as it is.
    pub actual: BoardSummary,
    /// The board without the events left out.
    pub what_if: BoardSummary,
    /// The events left out, including those that depend on others left out.
    pub omitted: Vec<u64>,
    /// Events in `omitted` that were not requested, each with its dependency: a change recorded by an approval goes
    /// with the approval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fell_with: Vec<FellWith>,
    /// Key results with different figures, in board order.
    pub differences: Vec<Difference>,
    /// The ladder of the cycle as it is.
    pub ladder: Ladder,
}

/// A key result as it is, and without the events left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The key result's id.
    pub key_result: SubjectId,
    /// Current figures; null if it is not active.
    pub actual: Option<Figures>,
    /// Figures without the events left out; null if it would not be active.
    pub what_if: Option<Figures>,
}

/// The figures of a key result that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The computed score, 0 to 1.
    pub computed: Option<Number>,
    /// The final score, 0 to 1.
    #[serde(rename = "final")]
    pub last: Option<Number>,
    /// Progress from baseline to target, not clamped to 0..1.
    pub progress: Option<Number>,
    /// The target in force, in the metric's unit.
    pub target: Option<Number>,
}

/// Returns a cycle with and without some events; `None` if there is no such cycle. Both boards come from the same fold,
/// so leaving out nothing changes nothing.
pub fn what_if<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle_id: &str,
    ask: &WhatIfAsk,
) -> Result<Option<WhatIfAnswer>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let mut omitted = match Omitted::of(asked, &cycle, ask)? {
        Ok(omitted) => omitted,
        Err(unrelated) => return Ok(Some(WhatIfAnswer::NotOfCycle(unrelated))),
    };

    let unfiltered = BoardAsk::default();
    let Some(actual) = board_by(asked, cycle_id, &unfiltered, None)? else { return Ok(None) };
    let Some(whole) = Whole::of(asked, cycle_id)? else { return Ok(None) };
    let rows = without(history, asked, &cycle.id, &mut omitted)?;
    let Some(supposed) = board_by(&asked.of(&rows), cycle_id, &unfiltered, ask.formula)? else {
        return Ok(Some(WhatIfAnswer::NoCycleLeft));
    };
    Ok(Some(WhatIfAnswer::Answered(Box::new(WhatIf {
        differences: differences(&actual, &supposed),
        actual: actual.summary(),
        what_if: supposed.summary(),
        omitted: omitted.seqs,
        fell_with: omitted.fell,
        ladder: ladder::of(&whole, &ladder::walk(asked, &whole)?),
    }))))
}

/// Returns the rows of a cycle without the omitted events.
fn without<'a, R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'a, R>,
    cycle: &SubjectId,
    omitted: &mut Omitted,
) -> Result<PartialRows<'a, R>, Error> {
    let mut replay_state = ReplayState::over(asked.rows, cycle);
    let briefs = Brief::under(asked.rows, &CycleRow::check_ins(cycle.as_str()))?;
    let mut cycle_events = CycleEvents::of(history, asked, happenings(asked, cycle.as_str())?, briefs, false)?;
    while let Some(NextEvent { seq, source }) = cycle_events.next_up_to(u64::MAX) {
        match source {
            Source::CheckIn(..) if omitted.omits_check_in(seq) => replay_state.leave_out(seq),
            Source::CheckIn(brief, says) => replay_state.check_in(&brief, &says)?,
            Source::OfLedger | Source::OfCycle => {
                let event = cycle_events.event(seq)?;
                if omitted.omits(&event) { replay_state.leave_out(seq) } else { replay_state.fold(&event)? }
            }
        }
    }
    replay_state.into_rows()
}

impl WhatIfAsk {
    pub(super) fn leaves_out(&self, kind: Kind, is_after_start: bool) -> bool {
        match kind.category() {
            Category::Adjustment => self.without_adjustments && is_after_start,
            Category::Retirement => self.without_retirements && is_after_start,
            Category::Correction => self.without_corrections,
            Category::Grade => self.without_grades,
            Category::Policy
            | Category::Organisation
            | Category::CycleState
            | Category::Draft
            | Category::Measure
            | Category::Reassignment
            | Category::CarryOver
            | Category::Proposal
            | Category::CheckIn
            | Category::Retrospective
            | Category::BoardReport => false,
        }
    }
}

fn differences(actual: &Board, supposed: &Board) -> Vec<Difference> {
    // Keyed by the numbers of objective and key result, which is the board's order.
    let mut sides: BTreeMap<(u32, u32), Difference> = BTreeMap::new();
    for (board, is_actual) in [(actual, true), (supposed, false)] {
        for objective in &board.objectives {
            for key_result in objective.key_results.iter().filter(|key_result| key_result.state.stands()) {
                let figures = Some(Figures {
                    computed: key_result.score.computed,
                    last: key_result.score.last,
                    progress: key_result.progress,
                    target: key_result.target,
                });
                let side = sides
                    .entry((objective.given.number, key_result.given.number))
                    .or_insert_with(|| Difference { key_result: key_result.id.clone(), actual: None, what_if: None });
                if is_actual { side.actual = figures } else { side.what_if = figures }
            }
        }
    }
    sides.into_values().filter(|side| side.actual != side.what_if).collect()
}

#[cfg(test)]
mod tests;
