//! The audit trail: a block for each change.

use events::{Context, Justification, Number};
use projections::ask::{Audit, TrailItem};
use projections::rows::FieldChange;

use super::{figure, table};
use crate::cli::screen::Style;

/// A change that the ledger learnt this much later than it happened is told to be late.
const LATE_MICROS: i64 = 3_600_000_000;

/// An audit trail.
pub(crate) fn audit(audit: &Audit, style: Style) -> String {
    let given = audit.given.map(|given| format!("{given} ")).unwrap_or_default();
    let title = style.bold(&figure::one_line(audit.title.as_str()));
    let known = format!("as of event {}", audit.as_of.seq);
    let mut text = format!("Audit trail of {given}{title} ({}), {}\n", audit.subject, style.dim(&known));
    if audit.trail.is_empty() {
        text.push_str("\nNothing was changed.\n");
    }
    for item in &audit.trail {
        text.push_str(&format!("\n{}\n", block(item, style)));
    }
    text
}

fn block(item: &TrailItem, style: Style) -> String {
    let late = item.recorded_at.micros() - item.time.micros();
    let recorded = if late >= LATE_MICROS {
        format!("{}, recorded {} ({} later)", figure::minute(item.time), figure::minute(item.recorded_at), span(late))
    } else {
        figure::minute(item.time)
    };
    let mark = if item.adjustment { " · in mid-cycle" } else { "" };
    let head = format!(
        "#{} {}{mark}\n     {recorded} · by {} · {}",
        item.seq,
        style.bold(&figure::one_line(&item.summary)),
        item.actor,
        item.kind
    );
    let mut rows = Vec::new();
    for FieldChange { field, from, to } in &item.changes {
        rows.push(match from.as_str() {
            "null" => ("Set", format!("{field}: {}", figure::json(to))),
            _ => ("Changed", format!("{field}: {} → {}", figure::json(from), figure::json(to))),
        });
    }
    if let Some(why) = &item.justification {
        rows.extend(questions(why));
    }
    if let Some(remark) = &item.remark {
        rows.push(("Said", remark.to_string()));
    }
    if let Some(context) = &item.context {
        rows.push(("At that moment", circumstances(context)));
    }
    if let Some(effect) = &item.effect
        && (effect.computed_score_before.is_some() || effect.computed_score_after.is_some())
    {
        let score = |score: Option<events::Score>| figure::score(score.map(events::Score::number));
        let (before, after) = (score(effect.computed_score_before), score(effect.computed_score_after));
        rows.push(("Effect", format!("computed score {before} → {after}, at the value that was current then")));
    }
    if rows.is_empty() { head } else { format!("{head}\n{}", table::labelled(style, &rows)) }
}

/// The method's three questions for a change in mid-cycle, and what was answered.
fn questions(why: &Justification) -> Vec<(&'static str, String)> {
    let preserved = if why.preserves_objective { "yes" } else { "no" };
    let mut rows = vec![
        ("1 What changed outside?", why.circumstances.to_string()),
        ("2 Why adjust?", format!("{}: {}", why.cause.as_str().replace('_', " "), why.statement)),
        ("3 Is the objective preserved?", preserved.to_owned()),
    ];
    rows.extend(why.evidence.iter().map(|evidence| ("  Evidence", evidence.to_string())));
    rows
}

fn circumstances(context: &Context) -> String {
    let mut parts = vec![
        format!("progress {}", figure::percent(context.progress)),
        format!("computed score {}", figure::score(context.computed_score.map(events::Score::number))),
        format!("confidence {}", figure::confidence(context.confidence)),
        format!("{} of the cycle gone", figure::percent(context.elapsed)),
    ];
    match context.days_left {
        Some(days) if days < 0 => parts.push(format!("over for {}", figure::count(days.unsigned_abs(), "day"))),
        Some(days) => parts.push(format!("{} left", figure::count(days.unsigned_abs(), "day"))),
        None => {}
    }
    if let Some(gap) = context.pace_gap {
        let size = figure::percent(Some(Number::from(gap.decimal().abs())));
        parts.push(match gap.decimal() {
            gap if gap.is_zero() => "on pace".into(),
            gap if gap.is_sign_positive() => format!("{size} of the cycle behind pace"),
            _ => format!("{size} of the cycle ahead of pace"),
        });
    }
    parts.push(format!("policy {}", context.policy_version));
    parts.join(" · ")
}

fn span(micros: i64) -> String {
    let minutes = u64::try_from(micros / 60_000_000).unwrap_or(0);
    match minutes {
        0..120 => figure::count(minutes, "minute"),
        120..2_880 => figure::count(minutes / 60, "hour"),
        _ => figure::count(minutes / 1_440, "day"),
    }
}

#[cfg(test)]
mod tests {
    use projections::ask;

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn an_adjustment_is_told_with_its_reason_and_how_things_stood() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let answer = ask::audit_key_result(&asked, "cac").unwrap().unwrap();
        insta::assert_snapshot!(audit(&answer, PIPED), @r"
        Audit trail of KR-2 Key result cac (cac), as of event 11

        #5 key result drafted: “Key result cac”, target 800 USD
             2026-03-23 09:00 UTC · by tester · okr.key_result.drafted
             Set  title: Key result cac
             Set  owner: Ben
             Set  metric: kind decrease, name cac, unit USD
             Set  target: 800

        #6 baseline set to 1100 USD
             2026-03-23 09:00 UTC · by tester · okr.key_result.baseline_set
             Set   baseline: 1,100
             Said  the books

        #10 target 800 → 850 USD, eased, external change: Advertising prices rose for everyone in May · in mid-cycle
             2026-05-04 09:00 UTC · by tester · okr.key_result.adjusted
             Changed                        target: 800 → 850
             1 What changed outside?        The auction price went up by a tenth
             2 Why adjust?                  external change: Advertising prices rose for everyone in May
             3 Is the objective preserved?  yes
             Effect                         computed score 0.17 → 0.20, at the value that was current then
        ");
    }

    #[test]
    fn what_was_recorded_late_is_said_to_be() {
        assert_eq!(span(3 * 3_600_000_000), "3 hours");
        assert_eq!(span(90 * 60_000_000), "90 minutes");
        assert_eq!(span(3 * 86_400_000_000), "3 days");
    }
}
