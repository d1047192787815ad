//! Formats figures for people. Unknown values are a dash, never a 0.

mod counted;

use events::{Metric, MetricKind, Moment, Number};
use projections::ask::board_report::Restating;
use projections::ask::{AsOf, BoardKeyResult, BoardObjective, OtherEnd, Standing};
use projections::rows::JsonText;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

pub(crate) use counted::{days_left, nothing_to_talk_about, ways};

/// The text for unknown values.
pub(crate) const NONE: &str = "–";

/// Formats a score: `0.82`.
pub(crate) fn score(score: Option<Number>) -> String {
    score.map_or(NONE.into(), |score| format!("{:.2}", rounded(score.decimal(), 2)))
}

/// Formats a share: `78 %`.
pub(crate) fn percent(share: Option<Number>) -> String {
    let Some(share) = share.map(Number::decimal) else { return NONE.into() };
    match share.checked_mul(Decimal::ONE_HUNDRED) {
        Some(percent) => format!("{} %", rounded(percent, 0)),
        // The hundredfold overflows the number, but not its digits.
        None => format!("{}00 %", rounded(share, 0)),
    }
}

/// Formats a difference of scores: `+0.06`.
pub(crate) fn signed(score: Option<Number>) -> String {
    score.map_or(NONE.into(), |score| with_sign(format!("{:.2}", rounded(score.decimal(), 2))))
}

/// Formats a difference of shares: `+30 %`.
pub(crate) fn signed_percent(share: Option<Number>) -> String {
    if share.is_none() { NONE.into() } else { with_sign(percent(share)) }
}

fn with_sign(text: String) -> String {
    if text.starts_with('-') || !text.contains(|c: char| ('1'..='9').contains(&c)) { text } else { format!("+{text}") }
}

/// Formats a confidence: `7`, or `7.3` for a mean.
pub(crate) fn confidence(confidence: Option<Number>) -> String {
    confidence.map_or(NONE.into(), |confidence| confidence.rounded(1).to_string())
}

/// Formats a mean confidence for a column of means: `7.0`.
pub(crate) fn mean(confidence: Option<Number>) -> String {
    confidence.map_or(NONE.into(), |confidence| format!("{:.1}", rounded(confidence.decimal(), 1)))
}

/// Formats a confidence with the previous one: `7 (6)`.
pub(crate) fn confidence_and_previous(now: Option<Number>, previous: Option<Number>) -> String {
    match previous {
        None => confidence(now),
        previous => format!("{} ({})", confidence(now), confidence(previous)),
    }
}

/// Formats a value with its unit: `18 %`, `$1,100`, `12 days`. For milestones the value is the completed share.
pub(crate) fn value(value: Option<Number>, metric: &Metric) -> String {
    match (value, unit(metric)) {
        (Some(_), Some(unit)) if !is_sign(unit) && metric.kind != MetricKind::Milestones => {
            let gap = if unit.starts_with('/') { "" } else { " " };
            format!("{}{gap}{}", short(value, metric), one_line(unit))
        }
        _ => short(value, metric),
    }
}

/// Formats a value next to others of the same unit: keeps unit signs, drops unit words.
pub(crate) fn short(value: Option<Number>, metric: &Metric) -> String {
    let Some(number) = value else { return NONE.into() };
    if metric.kind == MetricKind::Milestones {
        return percent(value);
    }
    let text = thousands(&rounded(number.decimal(), 4).to_string());
    match unit(metric) {
        Some("%") => format!("{text} %"),
        Some(sign) if is_sign(sign) => match text.strip_prefix('-') {
            Some(digits) => format!("-{sign}{digits}"),
            None => format!("{sign}{text}"),
        },
        _ => text,
    }
}

/// Formats the range from one value to another: `8 → 15 calls/month`. Milestones are counted instead.
pub(crate) fn way(from: Option<Number>, to: Option<Number>, metric: &Metric) -> String {
    if metric.kind == MetricKind::Milestones {
        return count(metric.milestones.len() as u64, "milestone");
    }
    match to {
        Some(_) => format!("{} → {}", short(from, metric), value(to, metric)),
        None => format!("{} → {NONE}", value(from, metric)),
    }
}

fn unit(metric: &Metric) -> Option<&str> {
    metric.unit.as_ref().map(events::Text::as_str)
}

/// Returns true if a unit is part of the figure rather than a word after it.
fn is_sign(unit: &str) -> bool {
    matches!(unit, "%" | "$" | "€" | "£" | "¥")
}

/// Formats a status: `on track`.
pub(crate) fn status(status: Standing) -> String {
    status.as_str().replace('_', " ")
}

/// Returns the status of a key result and further marks for a glance.
pub(crate) fn marks(key_result: &BoardKeyResult) -> Vec<String> {
    let mut marks = vec![if key_result.state.stands() { status(key_result.status) } else { "RETIRED".into() }];
    match key_result.adjustments {
        0 => {}
        1 => marks.push("adjusted".into()),
        times => marks.push(format!("adjusted {times}×")),
    }
    if key_result.stale {
        marks.push("stale".into());
    }
    if !key_result.blockers.is_empty() {
        marks.push("blocked".into());
    }
    marks
}

/// Returns the words for a field of the board: `score.final` is `final score`, `counts.adjusted` is `adjusted`.
pub(crate) fn field(name: &str) -> String {
    let words = name.strip_prefix("score.").map_or(name.to_owned(), |which| format!("{which} score"));
    words.trim_start_matches("counts.").replace(['_', '.'], " ")
}

/// Returns the reason for a restated figure, with its author.
pub(crate) fn because(event: &Restating) -> String {
    let why = event.why.as_ref().map(|why| format!(" {why}")).unwrap_or_default();
    format!("{}{why} ({})", event.says, event.actor)
}

/// Returns the cycles that an objective was carried over from and to.
pub(crate) fn carried(objective: &BoardObjective) -> Vec<String> {
    let end = |end: &OtherEnd| match &end.cycle {
        Some(cycle) => format!("{} in {cycle}", end.objective),
        None => end.objective.to_string(),
    };
    let from = objective.carried_from.as_ref().map(|from| format!("carried over from {}", end(from)));
    let to = objective.carried_to.as_ref().map(|to| format!("carried over to {}", end(to)));
    from.into_iter().chain(to).collect()
}

/// Returns true if a key result's target differs from that at the cycle's start.
pub(crate) fn is_moved(key_result: &BoardKeyResult) -> bool {
    key_result.original_target.is_some() && key_result.original_target != key_result.target
}

/// Formats a moment to the minute, in UTC.
pub(crate) fn minute(moment: Moment) -> String {
    moment.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Formats a position in the history: `demo as of event 57, recorded 2026-05-05 07:00 UTC`.
pub(crate) fn as_of(ledger: &str, as_of: AsOf) -> String {
    match as_of.recorded_at {
        None => format!("{ledger} before its first event"),
        Some(at) => format!("{ledger} as of event {}, recorded {}", as_of.seq, minute(at)),
    }
}

/// Returns a sparkline with one bar per figure between 0 and `most`, and a blank per unknown figure.
pub(crate) fn sparkline(figures: impl IntoIterator<Item = Option<Number>>, most: Decimal) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let bar = |figure: Number| {
        let eighths = figure.decimal().checked_mul(Decimal::from(8))?.checked_div(most)?.ceil();
        let eighths = eighths.clamp(Decimal::ONE, Decimal::from(8));
        BARS.get(usize::try_from(eighths).ok()?.checked_sub(1)?).copied()
    };
    figures.into_iter().map(|figure| figure.and_then(bar).unwrap_or(' ')).collect()
}

/// Formats a JSON value for a sentence: texts without quotes, objects without braces, null as a dash.
pub(crate) fn json(text: &JsonText) -> String {
    serde_json::from_str(text.as_str()).map_or(text.as_str().to_owned(), |value| plain(&value))
}

fn plain(value: &Value) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Null => NONE.into(),
        Value::Bool(is) => if *is { "yes" } else { "no" }.into(),
        Value::Number(number) => thousands(&number.to_string()),
        Value::String(text) => one_line(text),
        Value::Array(values) if values.is_empty() => NONE.into(),
        Value::Array(values) => join(values.iter().map(plain).collect()),
        Value::Object(fields) => join(fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect()),
    }
}

/// Returns text on one line, without marks that change the writing direction.
pub(crate) fn one_line(text: &str) -> String {
    without_direction_marks(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Removes the marks that change the writing direction, because they would reverse neighbouring text. Text in any
/// script is displayed correctly without them.
pub(crate) fn without_direction_marks(text: String) -> String {
    let is_turn = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.contains(is_turn) { text.replace(is_turn, "") } else { text }
}

/// Formats a count with its noun: `1 event`, `2 events`.
pub(crate) fn count(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn rounded(decimal: Decimal, places: u32) -> Decimal {
    decimal.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Groups the whole part of a number: `12,500.5`.
pub(crate) fn thousands(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    fraction.map_or(text.clone(), |fraction| format!("{text}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{Milestone, Text};

    fn number(text: &str) -> Option<Number> {
        Some(text.parse().unwrap())
    }

    fn metric(unit: &str) -> Metric {
        let unit = (!unit.is_empty()).then(|| Text::new(unit).unwrap());
        Metric { name: Text::new("x").unwrap(), unit, kind: MetricKind::Increase, milestones: vec![] }
    }

    #[test]
    fn figures_are_rounded_half_up_and_keep_their_decimals() {
        assert_eq!(score(number("0.865")), "0.87");
        assert_eq!(score(number("1")), "1.00");
        assert_eq!(score(None), "–");
        assert_eq!(percent(number("-0.125")), "-13 %");
        assert_eq!(percent(number("1.667")), "167 %");
        assert_eq!(percent(number("792281625142643375935439504")), "79228162514264337593543950400 %");
        assert_eq!(confidence_and_previous(number("7.0"), number("6")), "7 (6)");
        assert_eq!(mean(number("7")), "7.0");
    }

    #[test]
    fn a_sparkline_has_a_bar_for_each_figure_and_a_gap_for_none() {
        let figures = ["0", "1", "5", "7.5", "10"].map(number);
        assert_eq!(sparkline(figures.into_iter().chain([None, number("10")]), Decimal::TEN), "▁▁▄▆█ █");
    }

    #[test]
    fn a_line_turns_nothing_round_that_stands_beside_it() {
        assert_eq!(one_line("a\n b\u{202e}c\u{2067} שלום"), "a bc שלום");
    }

    #[test]
    fn values_come_with_their_unit() {
        assert_eq!(value(number("1100"), &metric("$")), "$1,100");
        assert_eq!(value(number("-1234567.50"), &metric("€")), "-€1,234,567.50");
        assert_eq!(value(number("18"), &metric("%")), "18 %");
        assert_eq!(way(number("8"), number("15"), &metric("calls/month")), "8 → 15 calls/month");
        assert_eq!(way(number("18"), number("45"), &metric("%")), "18 % → 45 %");
        assert_eq!(way(number("1100"), None, &metric("$")), "$1,100 → –");
        assert_eq!(value(number("8"), &metric("/month")), "8/month");
        assert_eq!(value(number("3"), &metric("")), "3");
        assert_eq!(value(None, &metric("$")), "–");
        let milestones = ["draft", "review"].map(|name| Milestone { name: Text::new(name).unwrap(), weight: None });
        let metric = Metric { kind: MetricKind::Milestones, milestones: milestones.to_vec(), ..metric("") };
        assert_eq!(way(None, None, &metric), "2 milestones");
    }
}
