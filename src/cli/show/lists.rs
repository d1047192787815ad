//! Lists of ledgers, cycles and backups.

use projections::ask::Cycles;

use super::{figure, table};
use crate::cli::screen::Style;
use crate::ledger::LedgerInfo;
use crate::ledger::operations::Backup;

pub(crate) fn ledgers(ledgers: &[LedgerInfo], style: Style) -> String {
    let mut rows = table::ruled(style, &["ledger", "title", "events", "last recorded", "incarnation"]);
    for ledger in ledgers {
        rows.add_row([
            ledger.ledger.clone(),
            figure::one_line(&ledger.title),
            match ledger.awaits {
                Some(all) => format!("{} of {all}", ledger.last_seq),
                None => ledger.last_seq.to_string(),
            },
            ledger.recorded_at.map_or(figure::NONE.into(), figure::minute),
            ledger.incarnation.to_string(),
        ]);
    }
    table::figures_in(&mut rows, [2]);
    table::lines(&rows).join("\n") + "\n"
}

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

/// Lays out the backups of a backup folder.
pub(crate) fn backups(backups: &[Backup], style: Style) -> String {
    let mut rows = table::ruled(style, &["backup", "made at", "ledgers", "events", "bytes", "checked"]);
    for backup in backups {
        rows.add_row([
            backup.backup.to_string(),
            figure::minute(backup.made_at),
            backup.ledgers.len().to_string(),
            backup.ledgers.iter().map(|ledger| ledger.last_seq).sum::<u64>().to_string(),
            backup.bytes.to_string(),
            match (backup.is_finished, backup.is_checked) {
                (false, _) => "does not count: cut short, or faulty",
                (true, true) => "yes",
                (true, false) => "no",
            }
            .to_owned(),
        ]);
    }
    table::figures_in(&mut rows, [0, 2, 3, 4]);
    table::lines(&rows).join("\n") + "\n"
}
