//! What there is: ledgers and cycles.

use projections::ask::Cycles;

use super::{figure, table};
use crate::cli::screen::Style;
use crate::ledger::LedgerInfo;

/// The ledgers there are.
pub(crate) fn ledgers(ledgers: &[LedgerInfo], style: Style) -> String {
    let mut rows = table::ruled(style, &["ledger", "title", "events", "last recorded"]);
    for ledger in ledgers {
        rows.add_row([
            ledger.ledger.clone(),
            figure::one_line(&ledger.title),
            ledger.last_seq.to_string(),
            ledger.recorded_at.map_or(figure::NONE.into(), figure::minute),
        ]);
    }
    table::figures_in(&mut rows, [2]);
    table::lines(&rows).join("\n") + "\n"
}

/// The cycles of a ledger.
pub(crate) fn cycles(answer: &Cycles, style: Style) -> String {
    let known = style.dim(&figure::as_of(&answer.ledger, answer.as_of));
    if answer.cycles.is_empty() {
        return format!("{known}\n\nThere is no cycle yet.\n");
    }
    let mut rows = table::ruled(style, &["cycle", "title", "kind", "state", "from", "to", "time zone"]);
    for cycle in &answer.cycles {
        rows.add_row([
            cycle.id.to_string(),
            figure::one_line(cycle.title.as_str()),
            cycle.kind.to_string(),
            cycle.state.as_str().to_owned(),
            cycle.starts_on.to_string(),
            cycle.ends_on.to_string(),
            cycle.time_zone.to_string(),
        ]);
    }
    format!("{known}\n\n{}\n", table::lines(&rows).join("\n"))
}
