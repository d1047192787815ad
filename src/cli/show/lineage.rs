//! Lineage: one line per event that changed a score, with its effect at every level.

use events::TimeZone;
use projections::ask::lineage::{Lineage, LineageStep, ScoreMove, Scored};
use projections::calendar::day_of;

use super::{figure, table};
use crate::cli::screen::Style;

/// Lays out the history of a score. Days are those of the cycle's time zone.
pub(crate) fn lineage(answer: &Lineage, zone: TimeZone, style: Style) -> String {
    let given = answer.given.map(|given| format!("{given} ")).unwrap_or_default();
    let title = figure::one_line(answer.title.as_str());
    let says = format!("How {given}{title} ({}) came to {}", answer.subject, figure::score(answer.score));
    let known = format!("as of event {}", answer.as_of.seq);
    let mut text = format!("{}\n{}\n\n", style.heading(2, &says), style.dim(&known));
    if answer.steps.is_empty() {
        text.push_str("Nothing has moved a score yet.\n");
        return text;
    }
    let header = ["event", "day", "goal", "what", "key result", "objective", "cycle"];
    let mut rows = table::ruled(style, &header);
    for step in &answer.steps {
        rows.add_row([
            step.seq.to_string(),
            day_of(step.time, zone).to_string(),
            goal(step),
            figure::one_line(&step.summary),
            change_at(step, Scored::KeyResult),
            change_at(step, Scored::Objective),
            change_at(step, Scored::Cycle),
        ]);
    }
    table::figures_in(&mut rows, [0, 4, 5, 6]);
    table::unbroken(&mut rows, [0, 1, 2, 4, 5, 6]);
    text.push_str(&table::lines(&rows).join("\n"));
    text.push('\n');
    text
}

/// Returns the ref of the event's goal, else its id.
fn goal(step: &LineageStep) -> String {
    let own = step.moves.iter().find(|one| one.id == step.subject).and_then(|one| one.given);
    own.map_or_else(|| step.subject.to_string(), |given| given.to_string())
}

/// Returns the change at a level. An adopted formula can change several goals at once.
fn change_at(step: &LineageStep, level: Scored) -> String {
    let moves: Vec<&ScoreMove> = step.moves.iter().filter(|one| one.of == level).collect();
    match moves.as_slice() {
        [] => String::new(),
        [one] => format!("{} → {}", figure::score(one.from), figure::score(one.to)),
        several => format!("{} moved", several.len()),
    }
}

#[cfg(test)]
mod tests {
    use projections::ask::{self, StepsAsk};

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn each_event_is_a_line_with_what_it_moved() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let answer = ask::lineage_of_cycle(&ledger, &asked, "q2", StepsAsk::ALL).unwrap().unwrap();
        insta::assert_snapshot!(lineage(&answer, TimeZone::UTC, PIPED), @r"
        How q2 (q2) came to 0.26
        as of event 11

         event  day         goal  what                              key result    objective        cycle
        ─────────────────────────────────────────────────────────────────────────────────────────────────
             8  2026-04-06  KR-1  check-in: value 15                  – → 0.13     – → 0.13     – → 0.13
             9  2026-04-06  KR-2  check-in: value 1050                – → 0.17  0.13 → 0.15  0.13 → 0.15
            10  2026-05-04  KR-2  target 800 → 850 USD, eased,     0.17 → 0.20  0.15 → 0.16  0.15 → 0.16
                                  external change: Advertising
                                  prices rose for everyone in May
            11  2026-05-11  KR-1  check-in: value 16.5             0.13 → 0.31  0.16 → 0.26  0.16 → 0.26
        ");
    }
    #[test]
    fn days_are_those_of_the_cycle() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let answer = ask::lineage_of_cycle(&ledger, &asked, "q2", StepsAsk::ALL).unwrap().unwrap();
        // At nine in UTC it is still the day before there.
        let zone = TimeZone::try_from("Pacific/Pago_Pago".to_owned()).unwrap();
        let told = lineage(&answer, zone, PIPED);
        assert!(told.contains("11  2026-05-10  KR-1") && told.contains("10  2026-05-03  KR-2"), "{told}");
    }
}
