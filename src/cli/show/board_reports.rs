//! Reports to a board.

use projections::ask::board_report::Restating;
use projections::ask::{BoardReport, BoardReportHead, BoardReports, Restatements};

use super::{board, figure, table};
use crate::cli::screen::Style;

/// The reports that were issued.
pub(crate) fn board_reports(answer: &BoardReports, style: Style) -> String {
    let known = style.dim(&figure::as_of(&answer.ledger, answer.as_of));
    if answer.board_reports.is_empty() {
        return format!("{known}\n\nNo board has been told anything yet: record an okr.board_report.issued.\n");
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

/// A report, whole.
pub(crate) fn board_report(answer: &BoardReport, style: Style) -> String {
    let policy = match answer.policy_version {
        0 => "the default policy".to_owned(),
        version => format!("policy version {version}"),
    };
    let board = board(&answer.board, &[], style);
    format!("{}\nScored by {} under {policy}.\n\n{board}", head(&answer.report, style), answer.formula)
}

/// What is known better by now.
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
    let says: Vec<String> = answer.events.iter().map(because).collect();
    text.push_str(&table::sentences(&says, style));
    text.push('\n');
    text
}

fn because(event: &Restating) -> String {
    let why = event.why.as_ref().map(|why| format!(" {why}")).unwrap_or_default();
    format!("{}{why} ({})", event.says, event.actor)
}

fn head(report: &BoardReportHead, style: Style) -> String {
    let note = report.note.as_ref().map(|note| format!("\n{}", figure::one_line(note.as_str()))).unwrap_or_default();
    format!(
        "{}\n{} · issued {} by {} · knows up to event {}{note}",
        style.heading(1, &figure::one_line(report.title.as_str())),
        report.id,
        figure::minute(report.time),
        report.actor,
        report.stands_on,
    )
}
