//! Calibration: forecasts compared with results.

use projections::ask::calibration::{Calibration, CalibrationGroup, GroupKind, Outcome};

use super::{figure, table};
use crate::cli::screen::Style;

/// Lays out the calibration of a cycle's confidences.
pub(crate) fn calibration(answer: &Calibration, style: Style) -> String {
    let mut text = format!(
        "{}\n{}\n",
        style.heading(1, &format!("Confidence against outcome in {}", answer.cycle)),
        style.dim(&figure::as_of(&answer.ledger, answer.as_of)),
    );
    let of_cycle = answer.groups.iter().find(|group| group.by == GroupKind::Cycle);
    match of_cycle {
        None => text.push_str("\nNo forecast has an outcome yet.\n"),
        Some(group) => {
            text.push_str(&format!("\n{}\n\n{}\n", style.paragraph(&group.says), by_confidence(group, style)))
        }
    }
    if answer.groups.len() > 1 {
        text.push_str(&format!("\n{}\n", groups(&answer.groups, style)));
    }
    if !answer.key_results.is_empty() {
        text.push_str(&format!("\n{}\n", key_results(answer, style)));
    }
    let hindsight: Vec<String> =
        answer.hindsight.iter().map(|one| format!("{} (event {}): {}", one.key_result, one.seq, one.says)).collect();
    text.push_str(&part("Left out: said in hindsight", &hindsight, style));
    let signals: Vec<String> =
        answer.signals.iter().map(|one| format!("{} {}: {}", one.given, one.title, one.says)).collect();
    text.push_str(&part("Worth asking about", &signals, style));
    text
}

fn part(title: &str, says: &[String], style: Style) -> String {
    if says.is_empty() {
        return String::new();
    }
    format!("\n{}\n\n{}\n", style.heading(2, title), table::sentences(says, style))
}

fn by_confidence(group: &CalibrationGroup, style: Style) -> String {
    let mut rows = table::ruled(style, &["confidence", "forecasts", "reached", "share"]);
    for row in &group.table {
        rows.add_row([
            row.confidence.to_string(),
            row.forecasts.to_string(),
            row.reached.to_string(),
            figure::percent(row.share),
        ]);
    }
    table::figures_in(&mut rows, 0..=3);
    table::lines(&rows).join("\n")
}

fn groups(groups: &[CalibrationGroup], style: Style) -> String {
    let mut rows = table::ruled(style, &["of", "", "key results", "reached", "forecasts", "Brier score"]);
    for group in groups {
        rows.add_row([
            group.by.word().to_owned(),
            group.name.clone().unwrap_or_default(),
            group.key_results.to_string(),
            group.reached.to_string(),
            group.forecasts.to_string(),
            figure::score(group.brier),
        ]);
    }
    table::figures_in(&mut rows, 2..=5);
    table::lines(&rows).join("\n")
}

fn key_results(answer: &Calibration, style: Style) -> String {
    let header = ["ref", "key result", "expected", "final", "outcome", "forecasts", "hindsight", "Brier score"];
    let mut rows = table::ruled(style, &header);
    for one in &answer.key_results {
        let outcome = match one.outcome {
            Outcome::Reached => "reached",
            Outcome::Missed => "missed",
            Outcome::Open => "open",
            Outcome::None => "none",
        };
        rows.add_row([
            one.given.to_string(),
            figure::one_line(one.title.as_str()),
            figure::score(Some(one.expected)),
            figure::score(one.last),
            outcome.to_owned(),
            one.forecasts.to_string(),
            one.hindsight.to_string(),
            figure::score(one.brier),
        ]);
    }
    table::figures_in(&mut rows, [2, 3, 5, 6, 7]);
    table::unbroken(&mut rows, [0, 2, 3, 4, 5, 6, 7]);
    table::lines(&rows).join("\n")
}

#[cfg(test)]
mod tests {
    use projections::ask;
    use serde_json::json;

    use super::super::testing::{PIPED, quarter};
    use super::*;

    #[test]
    fn forecasts_outcomes_and_doubts_are_told() {
        let mut ledger = quarter();
        ledger.check_in("2026-05-18T09:00:00Z", "paid", json!({"value": 17, "confidence": 8}));
        ledger.late(
            "2026-07-02T09:00:00Z",
            "2026-06-22T09:00:00Z",
            "check_in.recorded",
            "paid",
            json!({"confidence": 9}),
        );
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), "2026-07-10T12:00:00Z");
        let told = ask::calibration(&asked, "q2").unwrap().unwrap();
        insta::assert_snapshot!(calibration(&told, PIPED), @r"
        Confidence against outcome in q2
        test as of event 13, recorded 2026-07-02 09:00 UTC

        The cycle: 0 of 2 key results reached the expected score; Brier score 0.47 over 4 forecasts.

         confidence  forecasts  reached  share
        ───────────────────────────────────────
                  3          1        0    0 %
                  7          1        0    0 %
                  8          2        0    0 %

         of              key results  reached  forecasts  Brier score
        ──────────────────────────────────────────────────────────────
         cycle                     2        0          4         0.47
         level  company            2        0          4         0.47

         ref   key result       expected  final  outcome  forecasts  hindsight  Brier score
        ────────────────────────────────────────────────────────────────────────────────────
         KR-2  Key result cac       1.00   0.20  missed           1          0         0.64
         KR-1  Key result paid      1.00   0.38  missed           3          1         0.41

        Left out: said in hindsight

         · paid (event 13): Confidence 9 for 2026-06-22 was recorded on 2026-07-02: after the end on
           2026-06-30, 10 days late.

        Worth asking about

         · KR-1 Key result paid: Stated confidence 9 on 2026-06-22, 53 points behind pace.
         · KR-1 Key result paid: Confidence went from 3 on 2026-05-11 to 8 on 2026-05-18. It is the widest
           of 2 such swings.
        ");
    }
}
