//! A cycle as it would be under another policy.

use events::Severity;
use projections::ask::{PolicyFigures, UnderPolicy};

use super::what_if::fell_with;
use super::{figure, table};
use crate::cli::screen::Style;

/// Lays out a cycle under another policy. `asked` is the policy as given on the command line.
pub(crate) fn under_policy(answer: &UnderPolicy, asked: &str, style: Style) -> String {
    let policy = if asked.parse::<u32>().is_ok() {
        format!("policy version {asked}")
    } else {
        format!("a policy with {}", style.text(asked))
    };
    let left_out = match answer.omitted.as_slice() {
        [] => "no event would have been kept out".to_owned(),
        seqs => {
            let list: Vec<String> = seqs.iter().map(u64::to_string).collect();
            format!("{} would not be there: {}", figure::count(seqs.len() as u64, "event"), list.join(", "))
        }
    };
    let mut text = format!(
        "What if {policy} had been in force all the time: {left_out}{}\n\n",
        fell_with(&answer.fell_with, style)
    );
    let mut rows = table::ruled(style, &["", "", "score", "what if", "status", "what if"]);
    let (is, would) = (&answer.actual, &answer.what_if);
    rows.add_row([
        "all".to_owned(),
        "the cycle".to_owned(),
        figure::score(is.score),
        figure::score(would.score),
        String::new(),
        String::new(),
    ]);
    for objective in &is.objectives {
        let other = would.objectives.iter().find(|other| other.id == objective.id);
        rows.add_row([
            objective.given.to_string(),
            figure::one_line(objective.title.as_str()),
            figure::score(objective.score),
            figure::score(other.and_then(|other| other.score)),
            figure::status(objective.status).to_owned(),
            other.map_or(figure::NONE.to_owned(), |other| figure::status(other.status).to_owned()),
        ]);
    }
    table::figures_in(&mut rows, 2..=3);
    table::unbroken(&mut rows, [0, 2, 3, 4, 5]);
    text.push_str(&table::lines(&rows).join("\n"));
    text.push_str("\n\n");
    text.push_str(&differences(answer, style));
    text.push('\n');
    text.push_str(&findings(answer, style));
    text
}

fn differences(answer: &UnderPolicy, style: Style) -> String {
    if answer.differences.is_empty() {
        return "No key result would stand otherwise.\n".into();
    }
    let mut rows = table::ruled(style, &["key result", "", "", "target", "computed", "final", "status"]);
    for difference in &answer.differences {
        let (given, id) = (difference.given.to_string(), difference.key_result.as_str());
        rows.add_row(row(&given, id, "actual", difference.actual.as_ref()));
        rows.add_row(row("", "", "what if", difference.what_if.as_ref()));
    }
    table::figures_in(&mut rows, 3..=5);
    table::lines(&rows).join("\n") + "\n"
}

fn row(given: &str, id: &str, side: &str, figures: Option<&PolicyFigures>) -> [String; 7] {
    let Some(figures) = figures else {
        let none = String::new;
        return [given.into(), id.into(), side.into(), "not there".into(), none(), none(), none()];
    };
    let stale = if figures.stale { ", stale" } else { "" };
    [
        given.into(),
        id.into(),
        side.into(),
        figures.target.map_or(figure::NONE.into(), |target| target.to_string()),
        figure::score(figures.computed),
        figure::score(figures.last),
        format!("{}{stale}", figure::status(figures.status)),
    ]
}

fn findings(answer: &UnderPolicy, style: Style) -> String {
    if answer.findings.is_empty() {
        return "The policy would have found nothing to say.\n".into();
    }
    let mut rows = table::ruled(style, &["event", "about", "would have been", "because"]);
    for finding in &answer.findings {
        let done = match (finding.severity, finding.left_out) {
            (Severity::Refuse, true) => "refused",
            (Severity::Refuse, false) => "refused, and mended",
            (Severity::Warn | Severity::Off, _) => "advised against",
        };
        rows.add_row([
            finding.seq.to_string(),
            finding.subject.to_string(),
            done.to_owned(),
            format!("{} ({})", finding.says, finding.rule),
        ]);
    }
    table::figures_in(&mut rows, [0]);
    table::unbroken(&mut rows, [0, 1, 2]);
    table::lines(&rows).join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use events::PolicyPatch;
    use projections::ask::{self, PolicyAsk, UnderPolicyAnswer, WhatIfAsk};
    use serde_json::json;

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn what_would_have_been_refused_is_told_with_what_comes_of_it() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let none = WhatIfAsk::default();
        let part = r#"{"approval":"required"}"#;
        let patch = PolicyPatch::of_json(&json!({"approval": "required"})).unwrap();
        let answer =
            ask::under_policy(&ledger, &asked, "q2", &PolicyAsk::Part(Box::new(patch)), &none).unwrap().unwrap();
        let UnderPolicyAnswer::Answered(answer) = answer else { panic!("{answer:?}") };
        insta::assert_snapshot!(under_policy(&answer, part, PIPED), @r#"
        What if a policy with {"approval":"required"} had been in force all the time: 1 event would not be there: 10

                               score  what if  status   what if
        ────────────────────────────────────────────────────────
         all  the cycle         0.26     0.24
         O-1  Objective trial   0.26     0.24  at risk  at risk

         key result                target  computed  final  status
        ────────────────────────────────────────────────────────────────────
         KR-2        cac  actual      850      0.20   0.20  on track, stale
                          what if     800      0.17   0.17  on track, stale

         event  about  would have been  because
        ─────────────────────────────────────────────────────────────────────────────────────────────────
            10  cac    refused          after the cycle's start, a change to a goal needs someone else's
                                        approval: propose it (okr.adjustment.proposed, with the same
                                        `changes` and the same `justification`) (approval_required)
        "#);
        let answer = ask::under_policy(&ledger, &asked, "q2", &PolicyAsk::Version(0), &none).unwrap().unwrap();
        let UnderPolicyAnswer::Answered(answer) = answer else { panic!("{answer:?}") };
        insta::assert_snapshot!(under_policy(&answer, "0", PIPED), @r"
        What if policy version 0 had been in force all the time: no event would have been kept out

                               score  what if  status   what if
        ────────────────────────────────────────────────────────
         all  the cycle         0.26     0.26
         O-1  Objective trial   0.26     0.26  at risk  at risk

        No key result would stand otherwise.

        The policy would have found nothing to say.
        ");
    }
}
