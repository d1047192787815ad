//! Totals of moves.

use events::{Kind, Number};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Direction, Move};
use crate::score::out;

/// Number, distance, timing and effect of some moves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// Number of moves; the six counts below add up to it.
    pub moves: u32,
    /// Moves that made a goal easier to reach.
    pub eased: u32,
    /// Moves that made a goal harder to reach.
    pub hardened: u32,
    /// Moves that changed the measurement.
    pub remeasured: u32,
    /// Moves that changed wording or weight but nothing to be reached.
    pub reworded: u32,
    /// Retirements.
    pub retired: u32,
    /// Drafts after the start.
    pub appeared: u32,
    /// Sum of the distances eased, in shares of the first spans.
    pub eased_by: Number,
    /// Sum of the distances hardened, in shares of the first spans.
    pub hardened_by: Number,
    /// Days left in the cycle at the latest move.
    pub days_left_least: Option<i64>,
    /// Mean elapsed share of the cycle at the moves, 0 to 1.
    pub elapsed_mean: Option<Number>,
    /// Combined effect on the cycle's computed score.
    pub lift: Option<Number>,
}

impl Moves {
    /// Returns the totals of these moves.
    pub(super) fn of<'m>(moves: impl Iterator<Item = &'m Move>) -> Moves {
        let mut all = Moves::default();
        let mut gone = Decimal::ZERO;
        let (mut eased_by, mut hardened_by) = (Decimal::ZERO, Decimal::ZERO);
        for one in moves {
            all.moves += 1;
            *match (one.kind, one.direction) {
                (Kind::KeyResultDrafted | Kind::ObjectiveDrafted, _) => &mut all.appeared,
                (Kind::KeyResultRetired | Kind::ObjectiveRetired, _) => &mut all.retired,
                (_, Some(Direction::Eased)) => &mut all.eased,
                (_, Some(Direction::Hardened)) => &mut all.hardened,
                (_, Some(Direction::Remeasured)) => &mut all.remeasured,
                (_, None) => &mut all.reworded,
            } += 1;
            match one.share.map(Number::decimal) {
                Some(share) if share.is_sign_positive() => eased_by = eased_by.saturating_add(share),
                Some(share) => hardened_by = hardened_by.saturating_sub(share),
                None => {}
            }
            gone = gone.saturating_add(one.elapsed.decimal());
            all.days_left_least = Some(all.days_left_least.map_or(one.days_left, |least| least.min(one.days_left)));
            if let Some(lift) = one.lift {
                let sum = all.lift.map_or(Decimal::ZERO, Number::decimal).saturating_add(lift.decimal());
                all.lift = Some(out(sum));
            }
        }
        all.eased_by = out(eased_by);
        all.hardened_by = out(hardened_by);
        all.elapsed_mean = gone.checked_div(Decimal::from(all.moves)).map(out);
        all
    }
}
