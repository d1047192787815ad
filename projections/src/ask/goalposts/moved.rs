//! Moves, counted.

use events::{Kind, Number};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Direction, Move};
use crate::score::out;

/// How much was moved, how far, how late, and what it brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// How many moves; the six below add up to it.
    pub moves: u32,
    /// Made easier to reach.
    pub eased: u32,
    /// Made harder to reach.
    pub hardened: u32,
    /// Measured another way.
    pub remeasured: u32,
    /// Worded or weighted anew, what is to be reached left as it was.
    pub reworded: u32,
    /// Retired.
    pub retired: u32,
    /// Drafted after the start.
    pub appeared: u32,
    /// How far all that was eased was eased, in shares of the ways first agreed.
    pub eased_by: Number,
    /// How far all that was hardened was hardened.
    pub hardened_by: Number,
    /// Days of the cycle that were left at the latest move.
    pub days_left_least: Option<i64>,
    /// The share of the cycle that was gone at a move, on average.
    pub elapsed_mean: Option<Number>,
    /// What they did to the cycle's computed score together.
    pub lift: Option<Number>,
}

impl Moves {
    /// These moves, counted.
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
