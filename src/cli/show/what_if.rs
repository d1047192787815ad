//! The what-if: actual and hypothetical figures next to each other.

use projections::ask::FellWith;
use projections::ask::ladder::{Ladder, Rungs};
use projections::ask::what_if::{Figures, WhatIf};

use super::{figure, table};
use crate::cli::screen::Style;

/// Lays out a what-if. `formula` is the formula asked for, if it differs from the one in force.
pub(crate) fn what_if(answer: &WhatIf, formula: Option<&str>, style: Style) -> String {
    let omitted: Vec<String> = answer.omitted.iter().map(u64::to_string).collect();
    let events = figure::count(omitted.len() as u64, "event");
    let mut text = match (omitted.as_slice(), formula) {
        ([], None) => "What if: no event is left out".to_owned(),
        ([], Some(formula)) => format!("What if scores were computed by {formula}: no event is left out"),
        (seqs, None) => format!("What if {events} had not been: {}", seqs.join(", ")),
        (seqs, Some(formula)) => {
            format!("What if scores were computed by {formula}, and {events} had not been: {}", seqs.join(", "))
        }
    };
    text.push_str(&fell_with(&answer.fell_with, style));
    text.push_str("\n\n");
    let mut rows = table::ruled(style, &["", "", "score", "what if", "computed", "what if", "confidence", "what if"]);
    let (is, would) = (&answer.actual, &answer.what_if);
    rows.add_row([
        "all".to_owned(),
        "the cycle".to_owned(),
        figure::score(is.score),
        figure::score(would.score),
        figure::score(is.computed_score),
        figure::score(would.computed_score),
        figure::mean(is.confidence),
        figure::mean(would.confidence),
    ]);
    for objective in &is.objectives {
        let other = would.objectives.iter().find(|other| other.id == objective.id);
        rows.add_row([
            objective.given.to_string(),
            figure::one_line(objective.title.as_str()),
            figure::score(objective.score),
            figure::score(other.and_then(|other| other.score)),
            figure::score(objective.computed_score),
            figure::score(other.and_then(|other| other.computed_score)),
            figure::mean(objective.confidence),
            figure::mean(other.and_then(|other| other.confidence)),
        ]);
    }
    table::figures_in(&mut rows, 2..=7);
    table::unbroken(&mut rows, [0, 2, 3, 4, 5, 6, 7]);
    text.push_str(&table::lines(&rows).join("\n"));
    text.push_str("\n\n");
    text.push_str(&differences(answer, style));
    text.push_str(&format!("\n{}\n\n", style.heading(3, "The ladder of the cycle as it is")));
    text.push_str(&ladder(&answer.ladder, style));
    text
}

/// Lists events left out because of another omission, one per line.
pub(super) fn fell_with(fell: &[FellWith], style: Style) -> String {
    fell.iter().map(|one| format!("\n  {} with {}: {}", one.seq, one.rests_on, style.text(&one.says))).collect()
}

fn ladder(ladder: &Ladder, style: Style) -> String {
    let header =
        ["", "", "as agreed at the start", "by each wording for its time", "as worded at the end", "as graded"];
    let mut rows = table::ruled(style, &header);
    let mut add = |name: String, title: &str, rungs: &Rungs| {
        let title = figure::one_line(title);
        let scores = [rungs.original, rungs.time_weighted, rungs.final_wording, rungs.as_graded].map(figure::score);
        rows.add_row([name, title].into_iter().chain(scores));
    };
    add("all".into(), "the cycle", &ladder.cycle);
    for objective in &ladder.objectives {
        add(objective.given.to_string(), objective.title.as_str(), &objective.rungs);
        for key_result in &objective.key_results {
            add(key_result.given.to_string(), key_result.title.as_str(), &key_result.rungs);
        }
    }
    table::figures_in(&mut rows, 2..=5);
    for column in 2..=5 {
        table::width_of(&mut rows, column, 16);
    }
    table::unbroken(&mut rows, [0]);
    table::lines(&rows).join("\n") + "\n"
}

fn differences(answer: &WhatIf, style: Style) -> String {
    if answer.differences.is_empty() {
        return "No key result's figures differ.\n".into();
    }
    let mut rows = table::ruled(style, &["key result", "", "target", "done", "computed", "final"]);
    for difference in &answer.differences {
        rows.add_row(row(difference.key_result.as_str(), "actual", difference.actual.as_ref()));
        rows.add_row(row("", "what if", difference.what_if.as_ref()));
    }
    table::figures_in(&mut rows, 2..=5);
    table::lines(&rows).join("\n") + "\n"
}

fn row(name: &str, side: &str, figures: Option<&Figures>) -> [String; 6] {
    let Some(figures) = figures else {
        return [name.into(), side.into(), "not there".into(), String::new(), String::new(), String::new()];
    };
    [
        name.into(),
        side.into(),
        figures.target.map_or(figure::NONE.into(), |target| target.to_string()),
        figure::percent(figures.progress),
        figure::score(figures.computed),
        figure::score(figures.last),
    ]
}

#[cfg(test)]
mod tests {
    use projections::ask::what_if::{self as ask, WhatIfAnswer, WhatIfAsk};

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn both_sides_stand_beside_each_other() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let without = WhatIfAsk { without_adjustments: true, ..WhatIfAsk::default() };
        let Some(WhatIfAnswer::Answered(answer)) = ask::what_if(&ledger, &asked, "q2", &without).unwrap() else {
            panic!("the cycle is there");
        };
        insta::assert_snapshot!(what_if(&answer, None, PIPED), @r"
        What if 1 event had not been: 10

                               score  what if  computed  what if  confidence  what if
        ──────────────────────────────────────────────────────────────────────────────
         all  the cycle         0.26     0.24      0.26     0.24         5.5      5.5
         O-1  Objective trial   0.26     0.24      0.26     0.24         5.5      5.5

         key result           target  done  computed  final
        ────────────────────────────────────────────────────
         cac         actual      850  20 %      0.20   0.20
                     what if     800  17 %      0.17   0.17

        The ladder of the cycle as it is

                                  as agreed at         by each    as worded at       as graded
                                     the start     wording for         the end
                                                      its time
        ───────────────────────────────────────────────────────────────────────────────────────
         all   the cycle                  0.24            0.24            0.26            0.26
         O-1   Objective trial            0.24            0.24            0.26            0.26
         KR-1  Key result paid            0.31            0.31            0.31            0.31
         KR-2  Key result cac             0.17            0.17            0.20            0.20
        ");
        let heading = |formula| what_if(&answer, formula, PIPED).lines().next().unwrap().to_owned();
        let wanted = "What if scores were computed by linear-1, and 1 event had not been: 10";
        assert_eq!(heading(Some("linear-1")), wanted);
        let none = WhatIf { omitted: vec![], ..*answer.clone() };
        let wanted = "What if scores were computed by linear-1: no event is left out";
        assert_eq!(what_if(&none, Some("linear-1"), PIPED).lines().next(), Some(wanted));
    }
}
