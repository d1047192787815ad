//! The audit trail: one block per change.

use events::{Context, Justification, Number};
use projections::ask::audit::{Around, Audit, CheckInBrief, Owners, Supposed, TrailItem, Without};
use projections::rows::FieldChange;

use super::{figure, table};
use crate::cli::screen::Style;

/// Delay between an event and its recording from which the trail calls it late.
const LATE_MICROS: i64 = 3_600_000_000;

pub(crate) fn audit(audit: &Audit, style: Style) -> String {
    let given = audit.given.map(|given| format!("{given} ")).unwrap_or_default();
    let title = style.bold(&figure::one_line(audit.title.as_str()));
    let known = format!("as of event {}", audit.as_of.seq);
    let mut text = if style.is_markdown() {
        let title = figure::one_line(audit.title.as_str());
        format!("{}\n", style.heading(2, &format!("Audit trail of {given}{title} ({}), {known}", audit.subject)))
    } else {
        format!("Audit trail of {given}{title} ({}), {}\n", audit.subject, style.dim(&known))
    };
    for one in &audit.reopened {
        let reason = style.text(one.reason.as_str());
        text.push_str(&format!("The cycle was opened again on {}: {reason}\n", figure::minute(one.time)));
    }
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
    let summary = figure::one_line(&item.summary);
    let told = format!("{recorded} · by {} · {}", style.text(item.actor.as_str()), item.kind);
    let head = if style.is_markdown() {
        format!("{}\n\n{told}", style.heading(3, &format!("#{} {summary}{mark}", item.seq)))
    } else {
        let lines = wrapped(&format!("#{} {summary}{mark}", item.seq), usize::from(style.width));
        format!("{}\n     {told}", style.bold(&lines.join("\n     ")))
    };
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
    if let Some(approval) = &item.approval {
        rows.push(("Proposed by", format!("{}, approved by {}", approval.proposed_by, approval.approved_by)));
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
    if item.adjustment {
        rows.extend(item.check_ins.iter().flat_map(around));
        rows.extend(item.owners.as_ref().map(|owners| ("Answering for it", answering(owners))));
    }
    rows.extend(item.without.as_ref().and_then(without).map(|says| ("Without it", says)));
    if rows.is_empty() { head } else { format!("{head}\n{}", table::labelled(style, &rows)) }
}

/// Wraps text at a width. Lines after the first are five columns narrower, because they are indented.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let room = if last == 0 { width } else { width.saturating_sub(5) };
        if !lines[last].is_empty() && lines[last].chars().count() + 1 + word.chars().count() > room {
            lines.push(word.to_owned());
        } else {
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}

/// Returns the method's three questions about a change in mid-cycle, with the answers.
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

fn around(around: &Around) -> Vec<(&'static str, String)> {
    let say = |one: &CheckInBrief| {
        let mut parts = vec![figure::minute(one.time)];
        parts.extend(one.value.map(|value| format!("value {value}")));
        parts.extend(one.confidence.map(|confidence| format!("confidence {confidence}")));
        parts.extend(one.note.as_ref().map(|note| figure::one_line(note.as_str())));
        format!("{} (event {})", parts.join(" · "), one.seq)
    };
    let before = around.last_before.as_ref().map(|one| ("Check-in before", say(one)));
    let after = around.first_after.as_ref().map(|one| ("Check-in after", say(one)));
    before.into_iter().chain(after).collect()
}

fn answering(owners: &Owners) -> String {
    let mut parts = vec![];
    parts.extend(owners.key_result.as_ref().map(|owner| format!("{owner} for the key result")));
    parts.push(format!("{} for the objective", owners.objective));
    parts.extend(owners.team.as_ref().map(|team| format!("team {team}")));
    parts.join(" · ")
}

/// Returns the scores without a change, if they differ.
fn without(without: &Without) -> Option<String> {
    let say = |what: &str, one: &Supposed| {
        let of =
            |name: &str, is, would| format!("{what} {name} {} instead of {}", figure::score(would), figure::score(is));
        let mut parts = Vec::new();
        if one.score != one.score_without {
            parts.push(of("score", one.score, one.score_without));
        }
        if one.computed_score != one.computed_score_without && one.computed_score != one.score {
            parts.push(of("computed score", one.computed_score, one.computed_score_without));
        }
        parts
    };
    let mut parts: Vec<String> = without.key_result.iter().flat_map(|one| say("key result's", one)).collect();
    parts.extend(say("objective's", &without.objective));
    parts.extend(without.cycle.iter().flat_map(|one| say("cycle's", one)));
    (!parts.is_empty()).then(|| parts.join(" · "))
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

        #10 target 800 → 850 USD, eased, external change: Advertising prices rose for everyone in May · in
             mid-cycle
             2026-05-04 09:00 UTC · by tester · okr.key_result.adjusted
             Changed                        target: 800 → 850
             1 What changed outside?        The auction price went up by a tenth
             2 Why adjust?                  external change: Advertising prices rose for everyone in May
             3 Is the objective preserved?  yes
             Effect                         computed score 0.17 → 0.20, at the value that was current then
             Check-in before                2026-04-06 09:00 UTC · value 1050 · confidence 8 (event 9)
             Answering for it               Ben for the key result · Ada for the objective
             Without it                     key result's score 0.17 instead of 0.20 · objective's score
                                            0.24 instead of 0.26
        ");
    }

    #[test]
    fn what_was_recorded_late_is_said_to_be() {
        assert_eq!(span(3 * 3_600_000_000), "3 hours");
        assert_eq!(span(90 * 60_000_000), "90 minutes");
        assert_eq!(span(3 * 86_400_000_000), "3 days");
    }
}
