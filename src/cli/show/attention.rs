//! Topics that need discussion.

use projections::ask::attention::{Attention, Concern};
use projections::rows::CycleState;

use super::{figure, table};
use crate::cli::screen::Style;

/// Lays out the topics of a cycle. `state` explains an empty list.
pub(crate) fn attention(answer: &Attention, state: CycleState, style: Style) -> String {
    let mut text = format!(
        "What needs talking about in {}\n{}\n",
        style.bold(answer.cycle.as_str()),
        style.dim(&figure::as_of(&answer.ledger, answer.as_of)),
    );
    if answer.objectives.is_empty() {
        let (nothing, because) = figure::nothing_to_talk_about(state);
        text.push_str(&format!("\n{nothing}: {because}.\n"));
    }
    for objective in &answer.objectives {
        text.push_str(&format!(
            "\n {}  {}\n      {} · confidence {} · {}\n",
            objective.given,
            style.bold(&figure::one_line(objective.title.as_str())),
            style.text(objective.owner.as_str()),
            figure::mean(objective.confidence),
            figure::status(objective.status),
        ));
        if !objective.reasons.is_empty() {
            text.push_str(&format!("{}\n", reasons(&objective.reasons, style)));
        }
        for key_result in &objective.key_results {
            let sure = figure::confidence_and_previous(key_result.confidence, key_result.previous_confidence);
            text.push_str(&format!(
                " {}  {}\n       {} · confidence {sure} · {}\n",
                key_result.given,
                style.text(key_result.title.as_str()),
                style.text(key_result.owner.as_str()),
                figure::status(key_result.status),
            ));
            text.push_str(&format!("{}\n", reasons(&key_result.reasons, style)));
        }
    }
    if answer.left_out > 0 {
        let rest = figure::count(answer.left_out.into(), "key result");
        text.push_str(&format!("\n{}\n", style.dim(&format!("{rest} left out: nothing to talk about"))));
    }
    text
}

fn reasons(concerns: &[Concern], style: Style) -> String {
    let rows: Vec<(&str, String)> = concerns.iter().map(|concern| ("→", concern.says.clone())).collect();
    table::labelled(style, &rows)
}

#[cfg(test)]
mod tests {
    use projections::ask::attention as ask;
    use projections::ask::testing::justification;
    use serde_json::json;

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn each_reason_is_a_line() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let answer = ask::attention(&asked, "q2").unwrap().unwrap();
        insta::assert_snapshot!(attention(&answer, CycleState::Started, PIPED), @r"
        What needs talking about in q2
        test as of event 11, recorded 2026-05-11 09:00 UTC

         O-1  Objective trial
              Ada · confidence 5.5 · at risk
         KR-1  Key result paid
               Ben · confidence 3 (7) · behind
             →  It is behind: confidence 3 of 10.
             →  Blocked by: Billing is down
             →  Confidence fell from 7 to 3.
         KR-2  Key result cac
               Ben · confidence 8 · on track
             →  No check-in for 36 days; the last was on 2026-04-06.
        ");
    }

    #[test]
    fn what_was_proposed_of_an_objective_stands_with_it() {
        let mut ledger = quarter();
        let data = json!({"changes": {"weight": {"to": 2}}, "justification": justification()});
        ledger.note("2026-05-11T10:00:00Z", "adjustment.proposed", "trial", data);
        let rows = ledger.rows(ledger.last());
        let answer = ask::attention(&ledger.asked(&rows, ledger.last(), NOW), "q2").unwrap().unwrap();
        insta::assert_snapshot!(attention(&answer, CycleState::Started, PIPED), @r"
        What needs talking about in q2
        test as of event 12, recorded 2026-05-11 10:00 UTC

         O-1  Objective trial
              Ada · confidence 5.5 · at risk
             →  tester proposed on 2026-05-11, and no one has responded yet: weight set to 2.
         KR-1  Key result paid
               Ben · confidence 3 (7) · behind
             →  It is behind: confidence 3 of 10.
             →  Blocked by: Billing is down
             →  Confidence fell from 7 to 3.
         KR-2  Key result cac
               Ben · confidence 8 · on track
             →  No check-in for 36 days; the last was on 2026-04-06.
        ");
    }
}
