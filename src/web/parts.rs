//! Small components shared by several pages.

use events::Number;
use maud::{Markup, html};
use projections::ask::Standing;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::figure;

/// Renders a status as a shape, a colour and a word.
pub(super) fn status(status: Standing) -> Markup {
    html! { span class={ "status " (status.as_str()) } { (figure::status(status)) } }
}
pub(super) fn score(score: Option<Number>) -> Markup {
    html! { span.figure { (figure::score(score)) } }
}

/// Renders a confidence, and the direction of its last change.
pub(super) fn confidence(now: Option<Number>, before: Option<Number>) -> Markup {
    let change = match (now, before) {
        (Some(now), Some(before)) if now > before => Some(("up", "▲", "up from")),
        (Some(now), Some(before)) if now < before => Some(("down", "▼", "down from")),
        // An unchanged confidence shows no earlier figure.
        (Some(_), Some(_)) => Some(("same", "=", "as before,")),
        _ => None,
    };
    html! {
        span.figure { (figure::confidence(now)) }
        @if let Some((class, sign, says)) = change {
            " "
            small class={ "was " (class) } title={ (says) " " (figure::confidence(before)) } {
                span aria-hidden="true" { (sign) }
                span.sr { (says) " " }
                @if class != "same" { (figure::confidence(before)) }
                @else { span.sr { (figure::confidence(before)) } }
            }
        }
    }
}

/// Renders a goal's progress against the time elapsed in its cycle.
pub(super) fn bar(progress: Option<Number>, elapsed: Number, status: Standing) -> Markup {
    let says =
        format!("{} of the way, {} of the cycle gone", figure::percent(progress), figure::percent(Some(elapsed)));
    let pace = percent(elapsed);
    html! {
        svg class={ "bar " (status.as_str()) } role="img" aria-label=(says) {
            title { (says) }
            rect.track width="100%" height="8" rx="4" {}
            @if let Some(progress) = progress { rect.done width={ (percent(progress)) "%" } height="8" rx="4" {} }
            line.pace x1={ (pace) "%" } x2={ (pace) "%" } y1="-3" y2="11" {}
        }
    }
}

/// Renders a share as a bar, with an optional mark.
pub(super) fn level(share: Option<Number>, mark: Option<Number>, says: &str) -> Markup {
    html! {
        svg.bar.level role="img" aria-label=(says) {
            title { (says) }
            rect.track width="100%" height="8" rx="4" {}
            @if let Some(share) = share { rect.done width={ (percent(share)) "%" } height="8" rx="4" {} }
            @if let Some(mark) = mark.map(percent) { line.pace x1={ (mark) "%" } x2={ (mark) "%" } y1="-3" y2="11" {} }
        }
    }
}

/// Returns a share as a percentage between 0 and 100, for a chart.
pub(super) fn percent(share: Number) -> String {
    let share = share.decimal().clamp(Decimal::ZERO, Decimal::ONE);
    (share * Decimal::ONE_HUNDRED).round_dp(1).normalize().to_string()
}

/// Renders weekly figures from 0 to 10 as a sparkline, with gaps for weeks without one.
pub(super) fn spark(weeks: &[Option<Number>]) -> Markup {
    const STEP: f64 = 6.0;
    let heights: Vec<Option<f64>> =
        weeks.iter().map(|week| week.and_then(|week| week.decimal().to_f64()).map(|week| 20.0 - 1.8 * week)).collect();
    if heights.iter().flatten().count() < 2 {
        return html! {};
    }
    let spot = |n: usize| 3.0 + STEP * f64::from(u32::try_from(n).unwrap_or_default());
    let points: Vec<(f64, f64)> =
        heights.iter().enumerate().filter_map(|(n, height)| height.map(|height| (spot(n), height))).collect();
    let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.0},{y:.1}")).collect();
    let says: Vec<String> = weeks.iter().map(|week| figure::confidence(*week)).collect();
    let says = format!("Confidence by week: {}", says.join(", "));
    html! {
        svg.spark width=(format!("{:.0}", spot(weeks.len()))) height="22" role="img" aria-label=(says) {
            title { (says) }
            polyline points=(line.join(" ")) {}
            @if let Some((x, y)) = points.last() { circle cx=(format!("{x:.0}")) cy=(format!("{y:.1}")) r="2.5" {} }
        }
    }
}

/// Renders an empty state with the next step.
pub(super) fn empty(title: &str, says: Markup) -> Markup {
    html! { div.empty { p.title { (title) } p { (says) } } }
}
