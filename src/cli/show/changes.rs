//! Differences between two moments.

use projections::ask::AsOf;
use projections::ask::changes::{Changes, GoalChange};
use projections::rows::FieldChange;

use super::{events, figure, table};
use crate::cli::screen::Style;

pub(crate) fn changes(changes: &Changes, style: Style) -> String {
    let moment = |as_of: AsOf| match as_of.recorded_at {
        None => "the beginning".to_owned(),
        Some(at) => format!("event {} ({})", as_of.seq, figure::minute(at)),
    };
    let mut text = format!(
        "{} in {}, from {} to {}\n",
        style.bold(changes.cycle.as_str()),
        changes.ledger,
        moment(changes.from),
        moment(changes.to),
    );
    if changes.board.is_empty() && changes.objectives.is_empty() {
        text.push_str("\nNothing differs.\n");
    }
    if !changes.says.is_empty() {
        text.push_str(&format!("\n{}\n", table::sentences(&changes.says, style)));
    }
    if !changes.board.is_empty() {
        text.push_str(&format!("\n The board\n{}\n", fields(&changes.board, style)));
    }
    for objective in &changes.objectives {
        let title = style.bold(&figure::one_line(objective.title.as_str()));
        text.push_str(&format!("\n {}  {title}{}\n", objective.given, change_mark(objective.change)));
        if !objective.changes.is_empty() && objective.change != GoalChange::Appeared {
            text.push_str(&format!("{}\n", fields(&objective.changes, style)));
        }
        for key_result in &objective.key_results {
            let title = style.text(key_result.title.as_str());
            text.push_str(&format!(" {}  {title}{}\n", key_result.given, change_mark(key_result.change)));
            if !key_result.changes.is_empty() && key_result.change != GoalChange::Appeared {
                text.push_str(&format!("{}\n", fields(&key_result.changes, style)));
            }
        }
    }
    if !changes.events.is_empty() {
        let raw: Vec<&str> = changes.events.iter().map(|event| event.as_str()).collect();
        text.push_str(&format!("\nThe events that made it so\n\n{}", events::table_of(&raw, style)));
    }
    text
}

fn change_mark(change: GoalChange) -> &'static str {
    match change {
        GoalChange::Appeared => " · NEW",
        GoalChange::Retired => " · RETIRED",
        GoalChange::Changed | GoalChange::Unchanged => "",
    }
}

fn fields(changes: &[FieldChange], style: Style) -> String {
    let said = |change: &FieldChange| format!("{} → {}", figure::json(&change.from), figure::json(&change.to));
    let rows: Vec<(&str, String)> = changes.iter().map(|change| (change.field.as_str(), said(change))).collect();
    table::labelled(style, &rows)
}

#[cfg(test)]
mod tests {
    use projections::ask::changes as ask;

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn fields_are_told_before_and_after_and_by_which_events() {
        let ledger = quarter();
        let (rows, before) = (ledger.rows(ledger.last()), ledger.rows(ledger.last() - 1));
        let to = ledger.asked(&rows, ledger.last(), NOW);
        let from = ledger.asked(&before, ledger.last() - 1, "2026-05-05T12:00:00Z");
        let answer = ask::changes(&from, &to, &ledger, "q2").unwrap().unwrap();
        insta::assert_snapshot!(changes(&answer, PIPED), @r"
        q2 in test, from event 10 (2026-05-04 09:00 UTC) to event 11 (2026-05-11 09:00 UTC)

         · The cycle: score rose from 0.16 to 0.26; confidence fell from 7.5 to 5.5; number of key results
           at risk 1 → 0; number of key results behind 0 → 1.
         · O-1 “Objective trial”: score rose from 0.16 to 0.26; confidence fell from 7.5 to 5.5; now at
           risk (was on track).
         · KR-1 “Key result paid”: current 15 % → 16.5 %; score rose from 0.13 to 0.31; confidence fell
           from 7 to 3; now behind (was at risk); check-ins resumed; blocked by: Billing is down.

         The board
             cycle.elapsed   0.38 → 0.457
             score           0.1625 → 0.2563
             computed_score  0.1625 → 0.2563
             grade           little → limited
             confidence      7.5 → 5.5
             counts.at_risk  1 → 0
             counts.behind   0 → 1
             counts.stale    2 → 1

         O-1  Objective trial
             score           0.1625 → 0.2563
             computed_score  0.1625 → 0.2563
             grade           little → limited
             confidence      7.5 → 5.5
             status          on_track → at_risk
         KR-1  Key result paid
             current              15 → 16.5
             progress             0.125 → 0.3125
             score.computed       0.125 → 0.3125
             score.final          0.125 → 0.3125
             confidence           7 → 3
             previous_confidence  – → 7
             status               at_risk → behind
             last_check_in_on     2026-04-06 → 2026-05-11
             stale                yes → no
             blockers             – → Billing is down

        The events that made it so

         event  happened              recorded  what               subject  by
        ───────────────────────────────────────────────────────────────────────────
            11  2026-05-11 09:00 UTC            check in recorded  paid     tester
        ");
    }
}
