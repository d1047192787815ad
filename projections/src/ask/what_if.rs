//! What if: the scores had some events not been, or had they been computed by another formula. Beside it the ladder of the
//! cycle as it is, whose last rungs are the actual board's.

use std::collections::{BTreeMap, BTreeSet};

use events::{Formula, Kind, Number, SubjectId};
use serde::{Deserialize, Serialize};

use super::board::board_by;
use super::cycle_events::{Ahead, CycleEvents, What};
use super::feed::happenings;
use super::ladder::{self, Ladder};
use super::omitted::{FellWith, Omitted};
use super::partial_rows::PartialRows;
use super::replay_state::ReplayState;
use super::resolve::find_cycle;
use super::tally::Whole;
use super::{Asked, Board, BoardAsk, BoardSummary, History};
use crate::rows::{Brief, CycleRow, Error, Rows};

/// What is supposed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIfAsk {
    /// That no goal had been adjusted after the cycle's start: no key result's wording, no objective's.
    pub without_adjustments: bool,
    /// That no goal had been retired after the cycle's start.
    pub without_retirements: bool,
    /// That no check-in had been corrected.
    pub without_corrections: bool,
    /// That nothing had been graded.
    pub without_grades: bool,
    /// That these events had not been.
    pub without_events: BTreeSet<u64>,
    /// That scores were computed by this formula, also those of a closed cycle.
    pub formula: Option<Formula>,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhatIfAnswer {
    /// The answer.
    Answered(Box<WhatIf>),
    /// These events are neither of the cycle nor of the whole ledger, so that leaving them out says nothing.
    NotOfCycle(BTreeSet<u64>),
    /// Without the cycle's opening there is nothing to look at.
    NoCycleLeft,
}

/// A cycle as it is and as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    /// As it is.
    pub actual: BoardSummary,
    /// As it would be.
    pub what_if: BoardSummary,
    /// The events left out, and with them what rests on them.
    pub omitted: Vec<u64>,
    /// Of these, those that nobody asked for, each with what it rests on: what an approval recorded goes with the approval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fell_with: Vec<FellWith>,
    /// The key results whose figures differ, in the order of the board.
    pub differences: Vec<Difference>,
    /// The ladder of the cycle as it is.
    pub ladder: Ladder,
}

/// One key result as it is and as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Its id.
    pub key_result: SubjectId,
    /// As it is; null where it does not stand.
    pub actual: Option<Figures>,
    /// As it would be; null where it would not stand.
    pub what_if: Option<Figures>,
}

/// The figures of a key result that a what-if compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The computed score.
    pub computed: Option<Number>,
    /// The score that counts.
    #[serde(rename = "final")]
    pub last: Option<Number>,
    /// The share of the way gone.
    pub progress: Option<Number>,
    /// The target.
    pub target: Option<Number>,
}

/// A cycle had some events not been; `None` where there is no such cycle. The other side comes from the same fold and the
/// same board, so that leaving out nothing changes nothing.
pub fn what_if<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle_id: &str,
    ask: &WhatIfAsk,
) -> Result<Option<WhatIfAnswer>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let mut omitted = match Omitted::of(asked, &cycle, ask)? {
        Ok(omitted) => omitted,
        Err(strangers) => return Ok(Some(WhatIfAnswer::NotOfCycle(strangers))),
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

/// What a cycle comes to without what is left out.
fn without<'a, R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'a, R>,
    cycle: &SubjectId,
    omitted: &mut Omitted,
) -> Result<PartialRows<'a, R>, Error> {
    let mut replay_state = ReplayState::beside(asked.rows, cycle);
    let briefs = Brief::under(asked.rows, &CycleRow::check_ins(cycle.as_str()))?;
    let mut cycle_events = CycleEvents::of(history, asked, happenings(asked, cycle.as_str())?, briefs, false)?;
    while let Some(Ahead { seq, what }) = cycle_events.next_up_to(u64::MAX) {
        match what {
            What::CheckIn(..) if omitted.takes_check_in(seq) => replay_state.leave_out(seq),
            What::CheckIn(brief, says) => replay_state.check_in(&brief, &says)?,
            What::OfLedger | What::OfCycle => {
                let event = cycle_events.event(seq)?;
                if omitted.takes(&event) { replay_state.leave_out(seq) } else { replay_state.fold(&event)? }
            }
        }
    }
    replay_state.into_rows()
}

impl WhatIfAsk {
    pub(super) fn leaves_out(&self, kind: Kind, is_after_start: bool) -> bool {
        match kind {
            Kind::KeyResultAdjusted | Kind::ObjectiveAmended => self.without_adjustments && is_after_start,
            Kind::KeyResultRetired | Kind::ObjectiveRetired => self.without_retirements && is_after_start,
            Kind::CheckInCorrected => self.without_corrections,
            Kind::KeyResultScored | Kind::ObjectiveScored => self.without_grades,
            _ => false,
        }
    }
}

fn differences(actual: &Board, supposed: &Board) -> Vec<Difference> {
    // By objective and key result as the refs count them: the order of the board.
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
