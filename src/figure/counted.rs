//! Wording shared by pages and tables.

use projections::ask::goalposts::Moves;
use projections::rows::CycleState;

use super::count;

/// Words the days left in a cycle.
pub(crate) fn days_left(days: i64) -> String {
    let says = count(days.unsigned_abs(), "day");
    if days < 0 { format!("{says} after the end") } else { format!("{says} left") }
}

/// Lists the kinds of moved goalposts with their numbers, without zeros: `1 eased`, `2 retired`.
pub(crate) fn ways(moves: &Moves) -> Vec<String> {
    let ways = [
        (moves.eased, "eased"),
        (moves.hardened, "hardened"),
        (moves.remeasured, "measured another way"),
        (moves.reworded, "worded or weighted anew"),
        (moves.retired, "retired"),
        (moves.appeared, "drafted after the start"),
    ];
    ways.into_iter().filter(|(n, _)| *n > 0).map(|(n, way)| format!("{n} {way}")).collect()
}

/// Returns a phrase and a reason for a cycle without topics to discuss.
pub(crate) fn nothing_to_talk_about(state: CycleState) -> (&'static str, &'static str) {
    match state {
        CycleState::Open => ("Nothing yet", "the cycle is not started"),
        CycleState::Started => ("Nothing", "no key result is at risk, blocked, falling or overdue"),
        CycleState::Closed => ("Nothing any more", "the cycle is closed"),
    }
}
