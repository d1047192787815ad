//! Board reports.

use projections::ask::{BoardReport, BoardReportHead, BoardReports, Restatements};

use super::{board, figure, table};
use crate::cli::screen::Style;

/// Lays out the list of reports.
pub(crate) fn board_reports(answer: &BoardReports, style: Style) -> String {
    let known = style.dim(&figure::as_of(&answer.ledger, answer.as_of));
    if answer.board_reports.is_empty() {
        return format!("{known}\n\nNo board report has been issued yet: record an okr.board_report.issued event.\n");
    }
    let mut rows = table::ruled(style, &["report", "title", "cycle", "issued", "knows up to event", "by"]);
    for report in &answer.board_reports {
        rows.add_row([
            report.id.to_string(),
            figure::one_line(report.title.as_str()),
            report.cycle.to_string(),
            figure::minute(report.time),
            report.stands_on.to_string(),
            report.actor.to_string(),
        ]);
    }
    table::figures_in(&mut rows, [4]);
    format!("{known}\n\n{}\n", table::lines(&rows).join("\n"))
}

pub(crate) fn board_report(answer: &BoardReport, style: Style) -> String {
    let policy = match answer.policy_version {
        0 => "the default policy".to_owned(),
        version => format!("policy version {version}"),
    };
    let board = board(&answer.board, None, &[], style);
    format!("{}\nScored by {} under {policy}.\n\n{board}", head(&answer.report, style), answer.formula)
}

/// Lays out corrections that became known after a report.
pub(crate) fn restatements(answer: &Restatements, style: Style) -> String {
    let mut text = head(&answer.report, style);
    text.push_str(&format!("\n{}\n", style.dim(&figure::as_of(&answer.ledger, answer.as_of))));
    if answer.figures.is_empty() {
        text.push_str("\nNothing that was reported has been corrected since.\n");
        return text;
    }
    let mut rows = table::ruled(style, &["", "figure", "reported", "known now", "by events"]);
    for one in &answer.figures {
        let events: Vec<String> = one.events.iter().map(u64::to_string).collect();
        let title = figure::one_line(one.title.as_str());
        rows.add_row([
            one.given.map_or_else(|| title.clone(), |given| format!("{given} {title}")),
            one.figure.clone(),
            figure::json(&one.reported),
            figure::json(&one.restated),
            events.join(", "),
        ]);
    }
    table::figures_in(&mut rows, [2, 3]);
    table::unbroken(&mut rows, [1, 2, 3]);
    text.push_str(&format!("\n{}\n\nWhy\n\n", table::lines(&rows).join("\n")));
    let says: Vec<String> = answer.events.iter().map(figure::because).collect();
    text.push_str(&table::sentences(&says, style));
    text.push('\n');
    text
}

fn head(report: &BoardReportHead, style: Style) -> String {
    let note = report.note.as_ref().map(|note| format!("\n{}", style.paragraph(note.as_str()))).unwrap_or_default();
    format!(
        "{}\n{} · issued {} by {} · knows up to event {}{note}",
        style.heading(1, &figure::one_line(report.title.as_str())),
        report.id,
        figure::minute(report.time),
        style.text(report.actor.as_str()),
        report.stands_on,
    )
}

#[cfg(test)]
mod tests {
    use projections::ask;
    use serde_json::json;

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn what_was_told_and_what_is_known_now_stand_side_by_side() {
        let mut ledger = quarter();
        let data = json!({"cycle": "q2", "title": "May board", "note": "Billing is being repaired."});
        ledger.note("2026-05-11T15:00:00Z", "board_report.issued", "may", data);
        let said = json!({"value": 18, "note": "the books of May are closed"});
        ledger.late("2026-05-12T11:00:00Z", "2026-05-11T12:00:00Z", "check_in.recorded", "paid", said);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let told = ask::restatements(&ledger, &asked, "may").unwrap().unwrap();
        insta::assert_snapshot!(restatements(&told, PIPED), @r"
        May board
        may · issued 2026-05-11 15:00 UTC by tester · knows up to event 11
        Billing is being repaired.
        test as of event 13, recorded 2026-05-12 11:00 UTC

                               figure                 reported  known now  by events
        ─────────────────────────────────────────────────────────────────────────────
         q2                    score                    0.2563       0.35  13
         q2                    computed_score           0.2563       0.35  13
         O-1 Objective trial   score                    0.2563       0.35  13
         O-1 Objective trial   computed_score           0.2563       0.35  13
         KR-1 Key result paid  current                    16.5         18  13
         KR-1 Key result paid  progress                 0.3125        0.5  13
         KR-1 Key result paid  score.computed           0.3125        0.5  13
         KR-1 Key result paid  score.final              0.3125        0.5  13
         KR-1 Key result paid  blockers        Billing is down          –  13

        Why

         · paid: check in recorded for 2026-05-11, recorded on 2026-05-12, 1 day late (event 13). the books
           of May are closed (tester)
        ");
        let told = ask::board_reports(&asked, None).unwrap().unwrap();
        insta::assert_snapshot!(board_reports(&told, PIPED), @r"
        test as of event 13, recorded 2026-05-12 11:00 UTC

         report  title      cycle  issued                knows up to event  by
        ───────────────────────────────────────────────────────────────────────────
         may     May board  q2     2026-05-11 15:00 UTC                 11  tester
        ");
        let told = ask::board_report(&ledger, &asked, "may").unwrap().unwrap();
        insta::assert_snapshot!(board_report(&told, Style::MARKDOWN), @r"
        # May board
        may · issued 2026-05-11 15:00 UTC by tester · knows up to event 11
        Billing is being repaired.
        Scored by linear-1 under the default policy.

        **q2** (q2) · started · 2026-04-01 to 2026-06-30, 45 % gone
        score 0.26 limited (computed 0.26) · confidence 5.5 · 2 key results in 1 objective · 1 on track, 1 behind · 1 stale · 1 adjusted
        test as of event 11, recorded 2026-05-11 09:00 UTC

        ### O-1 Objective trial

        Ada · company · committed · score 0.26 limited (computed 0.26) · confidence 5.5 · at risk

        | ref | key result | from → to | now | done | computed | graded | sure | status |
        | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |
        | KR-1 | Key result paid<br>Ben<br>\! Billing is down | 14 % → 22 % | 16.5 % | 31 % | 0.31 | – | 3 (7) | behind<br>blocked |
        | KR-2 | Key result cac<br>Ben | 1,100 → 850 USD<br>\[was 800\] | 1,050 | 20 % | 0.20 | – | 8 | on track<br>adjusted<br>stale |
        ");
    }
}
