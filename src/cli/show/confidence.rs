//! Confidence: goals by weeks, and the history of statements.

use comfy_table::{Cell, Color};
use projections::ask::confidence::{ConfidenceLine, ConfidenceReport, ConfidenceWeek, LineKind};
use rust_decimal::Decimal;

use super::{figure, table};
use crate::cli::screen::Style;

/// Columns for the titles; the weeks of a quarter fill the rest.
const TITLE_WIDTH_MIN: u16 = 24;

/// The columns of `·w13` or `·6.7`, with a leading blank.
const WEEK_WIDTH: u16 = 4;

pub(crate) fn confidence(report: &ConfidenceReport, style: Style) -> String {
    let subject = &report.subject;
    let given = subject.given.map(|given| format!("{given} ")).unwrap_or_default();
    let week = |week: &ConfidenceWeek| format!("week {}: {}", week.week, figure::confidence(week.confidence));
    let now: Vec<String> = [&subject.last_week, &subject.this_week].into_iter().flatten().map(week).collect();
    let now = if now.is_empty() { String::new() } else { format!(" · {}", now.join(", ")) };
    let mut text = format!(
        "Confidence by week: {given}{}{now}\n{}\n\n",
        style.bold(&figure::one_line(subject.title.as_str())),
        style.dim(&figure::as_of(&report.ledger, report.as_of)),
    );
    text.push_str(&weekly(subject, style));
    if subject.kind == LineKind::KeyResult && !report.history.is_empty() {
        text.push_str(&format!("\n{}\n", history(report, style)));
    }
    text
}

/// Lays out the weekly table of a subject and its parts.
pub(super) fn weekly(subject: &ConfidenceLine, style: Style) -> String {
    let numbers: Vec<String> = subject.weeks.iter().map(|week| format!("w{}", week.week)).collect();
    if numbers.is_empty() {
        "The cycle's first week is still to come.\n".into()
    } else {
        weeks(subject, &numbers, style)
    }
}

fn weeks(subject: &ConfidenceLine, numbers: &[String], style: Style) -> String {
    let last = numbers.len() + 2;
    let many = u16::try_from(numbers.len()).unwrap_or(u16::MAX);
    let (weeks_width, bars_width) = (many.saturating_mul(WEEK_WIDTH), many.max(4).saturating_add(2));
    // On narrow screens the weeks have priority over their sparkline.
    let has_bars =
        style.width >= TITLE_WIDTH_MIN.saturating_add(weeks_width).saturating_add(bars_width).saturating_add(8);
    let header = ["ref", "goal"].into_iter().chain(numbers.iter().map(String::as_str));
    let header: Vec<&str> = header.chain(has_bars.then_some("went")).collect();
    let mut rows = table::ruled(style, &header);
    for line in subject.parts.iter().chain([subject]) {
        rows.add_row(row(line).into_iter().chain(has_bars.then(|| Cell::new(weekly_sparkline(line)).fg(Color::Cyan))));
    }
    table::figures_in(&mut rows, 2..last);
    table::unbroken(&mut rows, [0]);
    // Narrow columns: weeks are read along the line.
    for column in 2..last {
        table::close(&mut rows, column, WEEK_WIDTH);
    }
    table::width_of(&mut rows, last, bars_width);
    let bars_width = if has_bars { bars_width } else { 0 };
    let title_width = style.width.saturating_sub(weeks_width.saturating_add(bars_width).saturating_add(8));
    table::width_of(&mut rows, 1, title_width.clamp(TITLE_WIDTH_MIN, 80));
    table::lines(&rows).join("\n") + "\n"
}

/// Returns confidence by weeks as a sparkline.
pub(super) fn weekly_sparkline(line: &ConfidenceLine) -> String {
    let weeks = line.weeks.iter().map(|week| week.confidence);
    let bars = figure::sparkline(weeks, Decimal::TEN);
    bars.trim_end().to_owned()
}

fn row(line: &ConfidenceLine) -> Vec<Cell> {
    let name = match line.kind {
        LineKind::Cycle => "all".to_owned(),
        LineKind::Objective | LineKind::KeyResult => line.given.map(|given| given.to_string()).unwrap_or_default(),
    };
    let title = figure::one_line(line.title.as_str());
    let weeks = line.weeks.iter().map(|week| Cell::new(figure::confidence(week.confidence)));
    [Cell::new(name), Cell::new(title)].into_iter().chain(weeks).collect()
}

fn history(report: &ConfidenceReport, style: Style) -> String {
    let mut rows = table::ruled(style, &["event", "at", "confidence", "value", ""]);
    for stated in &report.history {
        let corrected: Vec<String> = stated.corrected_by.iter().map(u64::to_string).collect();
        let is_late = stated.recorded_at.micros() - stated.time.micros() > 86_400_000_000;
        let mut notes = Vec::new();
        if !corrected.is_empty() {
            notes.push(format!("corrected by {}", corrected.join(", ")));
        }
        if is_late {
            notes.push(format!("recorded {}", figure::minute(stated.recorded_at)));
        }
        rows.add_row([
            stated.seq.to_string(),
            figure::minute(stated.time),
            figure::confidence(stated.confidence.map(events::Confidence::number)),
            stated.value.map_or(figure::NONE.into(), |value| value.to_string()),
            notes.join("; "),
        ]);
    }
    table::figures_in(&mut rows, [0, 2, 3]);
    table::lines(&rows).join("\n")
}

#[cfg(test)]
mod tests {
    use projections::ask::confidence::{confidence_of_cycle, confidence_of_key_result};

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn a_week_in_which_nobody_said_anything_has_a_dash() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let answer = confidence_of_cycle(&asked, "q2").unwrap().unwrap();
        insta::assert_snapshot!(confidence(&answer, PIPED), @r"
        Confidence by week: q2 · week 5: –, week 6: 3
        test as of event 11, recorded 2026-05-11 09:00 UTC

         ref  goal                                                         w1  w2  w3  w4  w5  w6 went
        ─────────────────────────────────────────────────────────────────────────────────────────────────
         O-1  Objective trial                                             7.5   –   –   –   –   3 ▆    ▃
         all  q2                                                          7.5   –   –   –   –   3 ▆    ▃
        ");
        let answer = confidence_of_key_result(&asked, "paid").unwrap().unwrap();
        insta::assert_snapshot!(confidence(&answer, PIPED), @r"
        Confidence by week: KR-1 Key result paid · week 5: –, week 6: 3
        test as of event 11, recorded 2026-05-11 09:00 UTC

         ref   goal                                                         w1  w2  w3  w4  w5  w6 went
        ──────────────────────────────────────────────────────────────────────────────────────────────────
         KR-1  Key result paid                                               7   –   –   –   –   3 ▆    ▃

         event  at                    confidence  value
        ───────────────────────────────────────────────────
             8  2026-04-06 09:00 UTC           7     15
            11  2026-05-11 09:00 UTC           3   16.5
        ");
    }
}
