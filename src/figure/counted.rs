//! What pages and tables say alike.

use projections::ask::goalposts::Moves;
use projections::rows::CycleState;

use super::count;

/// Days that were left of a cycle.
pub(crate) fn days_left(days: i64) -> String {
    let says = count(days.unsigned_abs(), "day");
    if days < 0 { format!("{says} after the end") } else { format!("{says} left") }
}

/// The ways in which goalposts were moved, those of which there are any: `1 eased`, `2 retired`.
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

/// Why nothing needs talking about, by the state of the cycle: in a word, and why.
pub(crate) fn nothing_to_talk_about(state: CycleState) -> (&'static str, &'static str) {
    match state {
        CycleState::Open => ("Nothing yet", "the cycle is not started"),
        CycleState::Started => ("Nothing", "no key result is at risk, blocked, falling or overdue"),
        CycleState::Closed => ("Nothing any more", "the cycle is closed"),
    }
}
