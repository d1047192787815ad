//! Answers as CSV, for a spreadsheet: RFC 4180, a header line, UTF-8.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break for a formula and runs it.
//! Texts in the ledger come from people, so such a cell gets an apostrophe in front, as OWASP advises. A figure stays a
//! figure, even a negative one.
//!
//! In locales with decimal commas a spreadsheet separates cells by `;` and recognises quotation marks only at the
//! beginning of a cell. There a cell also begins after each `;`, tab and line break within a text, so those places are
//! made safe too. Texts are always quoted.

use std::fmt::Display;

use events::Number;
use projections::ask::audit::{Around, Audit, CheckInBrief, Supposed, TrailItem};

/// Creates a writer that quotes texts and leaves figures unquoted.
pub(crate) fn writer() -> csv::Writer<Vec<u8>> {
    let mut builder = csv::WriterBuilder::new();
    builder.terminator(csv::Terminator::CRLF).quote_style(csv::QuoteStyle::NonNumeric);
    builder.from_writer(Vec::new())
}

/// Writes an audit trail, one change per line.
pub(crate) fn audit(audit: &Audit) -> Result<Vec<u8>, String> {
    let mut out = writer();
    let failed = |error: csv::Error| error.to_string();
    out.write_record(AUDIT.iter().map(|(name, _)| name)).map_err(failed)?;
    for item in &audit.trail {
        out.write_record(AUDIT.iter().map(|(_, cell)| defused(cell(item)))).map_err(failed)?;
    }
    out.into_inner().map_err(|error| error.to_string())
}

type Cell = fn(&TrailItem) -> String;

/// The columns of a trail. New ones are appended at the end, because programs may read by position.
const AUDIT: [(&str, Cell); 44] = [
    ("seq", |item| item.seq.to_string()),
    ("event_id", |item| item.event_id.to_string()),
    ("type", |item| item.kind.to_string()),
    ("subject", |item| item.subject.to_string()),
    ("actor", |item| item.actor.to_string()),
    ("time", |item| item.time.to_string()),
    ("recorded_at", |item| item.recorded_at.to_string()),
    ("summary", |item| item.summary.clone()),
    ("changes", changes),
    ("mid_cycle", |item| yes(item.adjustment)),
    ("direction", |item| say(item.direction)),
    ("cause", |item| say(item.justification.as_ref().map(|why| why.cause))),
    ("statement", |item| say(item.justification.as_ref().map(|why| &why.statement))),
    ("circumstances", |item| say(item.justification.as_ref().map(|why| &why.circumstances))),
    ("preserves_objective", |item| {
        item.justification.as_ref().map(|why| yes(why.preserves_objective)).unwrap_or_default()
    }),
    ("evidence", evidence),
    ("remark", |item| say(item.remark.as_ref())),
    ("progress", |item| say(item.context.as_ref().and_then(|then| then.progress))),
    ("computed_score", |item| say(item.context.as_ref().and_then(|then| then.computed_score))),
    ("confidence", |item| say(item.context.as_ref().and_then(|then| then.confidence))),
    ("elapsed", |item| say(item.context.as_ref().and_then(|then| then.elapsed))),
    ("days_left", |item| say(item.context.as_ref().and_then(|then| then.days_left))),
    ("pace_gap", |item| say(item.context.as_ref().and_then(|then| then.pace_gap))),
    ("policy_version", |item| item.policy_version.to_string()),
    ("computed_score_before", |item| say(item.effect.as_ref().and_then(|effect| effect.computed_score_before))),
    ("computed_score_after", |item| say(item.effect.as_ref().and_then(|effect| effect.computed_score_after))),
    ("key_result_score", |item| say(key_result(item).and_then(|is| is.score))),
    ("key_result_score_without", |item| say(key_result(item).and_then(|is| is.score_without))),
    ("objective_score", |item| say(objective(item).and_then(|is| is.score))),
    ("objective_score_without", |item| say(objective(item).and_then(|is| is.score_without))),
    ("cycle_score", |item| say(cycle(item).and_then(|is| is.score))),
    ("cycle_score_without", |item| say(cycle(item).and_then(|is| is.score_without))),
    ("key_result_owner", |item| say(item.owners.as_ref().and_then(|owners| owners.key_result.as_ref()))),
    ("objective_owner", |item| say(item.owners.as_ref().map(|owners| &owners.objective))),
    ("team", |item| say(item.owners.as_ref().and_then(|owners| owners.team.as_ref()))),
    ("before_seq", |item| say(before(item).map(|one| one.seq))),
    ("before_value", |item| say(before(item).and_then(|one| one.value))),
    ("before_confidence", |item| say(before(item).and_then(|one| one.confidence))),
    ("after_seq", |item| say(after(item).map(|one| one.seq))),
    ("after_value", |item| say(after(item).and_then(|one| one.value))),
    ("after_confidence", |item| say(after(item).and_then(|one| one.confidence))),
    ("proposal", |item| say(item.proposal.as_ref().or(item.approval.as_ref().map(|approval| &approval.proposal)))),
    ("proposed_by", |item| say(item.approval.as_ref().map(|approval| &approval.proposed_by))),
    ("approved_by", |item| say(item.approval.as_ref().map(|approval| &approval.approved_by))),
];

fn say(what: Option<impl Display>) -> String {
    what.map(|what| what.to_string()).unwrap_or_default()
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn changes(item: &TrailItem) -> String {
    let one = |change: &projections::rows::FieldChange| {
        format!("{}: {} → {}", change.field, change.from.as_str(), change.to.as_str())
    };
    item.changes.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn evidence(item: &TrailItem) -> String {
    let evidence = item.justification.as_ref().map(|why| why.evidence.as_slice()).unwrap_or_default();
    evidence.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn key_result(item: &TrailItem) -> Option<Supposed> {
    item.without.and_then(|without| without.key_result)
}

fn objective(item: &TrailItem) -> Option<Supposed> {
    item.without.map(|without| without.objective)
}

fn cycle(item: &TrailItem) -> Option<Supposed> {
    item.without.and_then(|without| without.cycle)
}

fn before(item: &TrailItem) -> Option<&CheckInBrief> {
    item.check_ins.as_ref().and_then(|Around { last_before, .. }| last_before.as_ref())
}

fn after(item: &TrailItem) -> Option<&CheckInBrief> {
    item.check_ins.as_ref().and_then(|Around { first_after, .. }| first_after.as_ref())
}

/// Makes a cell safe against evaluation as a formula; figures stay as they are.
fn defused(cell: String) -> String {
    if cell.parse::<Number>().is_ok() { cell } else { text(&cell) }
}

/// Makes text safe at every place where a spreadsheet could begin a cell. A text that already begins with apostrophes
/// before a formula sign gets one more. To read a cell back, remove one apostrophe at each place where apostrophes
/// precede a formula sign.
pub(crate) fn text(text: &str) -> String {
    let mut defused = String::with_capacity(text.len() + 1);
    // Within a text a line break alone is not a formula sign, else every paragraph would get an apostrophe.
    if text.trim_start_matches('\'').starts_with(['\t', '\r', '\n']) {
        defused.push('\'');
    }
    let mut rest = text;
    loop {
        // Some spreadsheets skip blanks and quotation marks, so the character after them decides.
        let begins = rest.trim_start_matches([' ', '"', '\u{a0}']);
        let (before, begins) = rest.split_at(rest.len() - begins.len());
        defused.push_str(before);
        if begins.trim_start_matches('\'').starts_with(FORMULA) {
            defused.push('\'');
        }
        let Some(next) = begins.find(SEPARATORS) else {
            defused.push_str(begins);
            return defused;
        };
        let (cell, after) = begins.split_at(next + 1);
        defused.push_str(cell);
        rest = after;
    }
}

/// Characters that begin a formula, including full-width forms.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Characters after which some spreadsheet begins a cell. Each is a single byte.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text_and_a_figure_stays_one() {
        for armed in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\ta", "\ra", "\na", "＝1"] {
            assert_eq!(defused(armed.into()), format!("'{armed}"));
        }
        for plain in ["-0.05", "750", "Lower = better", "", "a; b = c", "a\tb", "a\n\nb", "it's; 'so'"] {
            assert_eq!(defused(plain.into()), plain);
        }
    }

    #[test]
    fn within_a_text_too_no_cell_begins_with_a_formula() {
        for (armed, defused_as) in [
            ("a;=1+1", "a;'=1+1"),
            ("a; \"=1+1", "a; \"'=1+1"),
            ("a;'=1", "a;''=1"),
            ("a\n=1", "a\n'=1"),
            ("a\r\n@b", "a\r\n'@b"),
            ("\n=1", "'\n'=1"),
            ("a\t-1;+2", "a\t'-1;'+2"),
            (";=1", ";'=1"),
            ("ü;＝1", "ü;'＝1"),
        ] {
            assert_eq!(defused(armed.into()), defused_as, "{armed:?}");
        }
    }
}
