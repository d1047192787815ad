//! Proposals: suggested changes and their decisions.

use projections::ask::{ProposalStands, Proposals};
use projections::rows::ProposalState;

use super::{figure, table};
use crate::cli::screen::Style;

/// Lays out the proposals of a cycle. `state` is the filter of the question, if any.
pub(crate) fn proposals(answer: &Proposals, state: Option<&str>, style: Style) -> String {
    let mut text = format!(
        "Changes proposed in {}\n{}\n\n",
        style.bold(answer.cycle.as_str()),
        style.dim(&figure::as_of(&answer.ledger, answer.as_of)),
    );
    if answer.proposals.is_empty() {
        text.push_str(&state.map_or("None.\n".to_owned(), |state| format!("None that is {state}.\n")));
        return text;
    }
    let mut rows = table::ruled(style, &["goal", "", "would change", "proposed by", "on", "state"]);
    for proposal in &answer.proposals {
        rows.add_row([
            proposal.given.to_string(),
            figure::one_line(proposal.title.as_str()),
            figure::one_line(&proposal.summary),
            proposal.proposed_by.to_string(),
            figure::minute(proposal.time),
            outcome(proposal),
        ]);
    }
    table::unbroken(&mut rows, [0]);
    text.push_str(&table::lines(&rows).join("\n"));
    text.push('\n');
    let open: Vec<&str> = answer
        .proposals
        .iter()
        .filter(|proposal| proposal.state == ProposalState::Open)
        .map(|proposal| proposal.event_id.as_str())
        .collect();
    if !open.is_empty() {
        let says = format!("Awaiting a decision (okr.adjustment.approved or .declined): {}", open.join(", "));
        text.push_str(&format!("\n{}\n", style.dim(&says)));
    }
    text
}

fn outcome(proposal: &ProposalStands) -> String {
    let state = proposal.state.as_str();
    if let Some(decision) = &proposal.decision {
        let note = decision.note.as_ref().map(|note| format!(": {}", figure::one_line(note.as_str())));
        return format!("{state} by {}{}", decision.by, note.unwrap_or_default());
    }
    match proposal.overtaken_by.first() {
        Some(by) => format!("{state} by event {}", by.seq),
        None => state.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use projections::ask;
    use projections::ask::testing::justification;
    use serde_json::json;

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn each_proposal_is_a_line_with_what_became_of_it() {
        let mut ledger = quarter();
        let at = "2026-05-11T10:00:00Z";
        let target = json!({"changes": {"target": {"to": 900}}, "justification": justification()});
        ledger.note(at, "adjustment.proposed", "cac", target);
        let retire = json!({"retire": true, "justification": justification()});
        ledger.note(at, "adjustment.proposed", "paid", retire);
        ledger.note(at, "adjustment.declined", "paid", json!({"proposal": "e13", "note": "it is read every week"}));
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let answer = |state| ask::proposals(&asked, "q2", state).unwrap().unwrap();
        insta::assert_snapshot!(proposals(&answer(None), None, PIPED), @r"
        Changes proposed in q2
        test as of event 14, recorded 2026-05-11 10:00 UTC

         goal                   would change      proposed by  on                     state
        ────────────────────────────────────────────────────────────────────────────────────────────────────
         KR-2  Key result cac   target 850 → 900  tester       2026-05-11 10:00 UTC   open
                                USD, eased
         KR-1  Key result paid  to be retired     tester       2026-05-11 10:00 UTC   declined by tester:
                                                                                      it is read every week

        Awaiting a decision (okr.adjustment.approved or .declined): e12
        ");
        let none = proposals(&answer(Some(ProposalState::Overtaken)), Some("overtaken"), PIPED);
        assert!(none.ends_with("None that is overtaken.\n"), "{none}");
    }
}
