//! The summary figures of a board.

use maud::{Markup, html};
use projections::ask::{Board, Standing};

use crate::figure;
use crate::web::parts::{bar, status};

pub(super) fn summary(board: &Board) -> Markup {
    let counts = &board.counts;
    let parts = [
        (Standing::OnTrack, counts.on_track),
        (Standing::AtRisk, counts.at_risk),
        (Standing::Behind, counts.behind),
        (Standing::Unknown, counts.unknown),
    ];
    html! {
        section.summary aria-label="In short" {
            div.stat {
                span.label { "Score" }
                span.big { (figure::score(board.score)) }
                span.quiet {
                    "computed " (figure::score(board.computed_score))
                    @if let Some(grade) = &board.grade { " · " (grade) }
                }
            }
            div.stat {
                span.label { "Confidence" }
                span.big { (figure::mean(board.confidence)) span.of { "/10" } }
                span.quiet { "mean of the objectives" }
            }
            div.stat.wide {
                span.label { (figure::count(counts.key_results.into(), "key result")) }
                span.statuses {
                    @for (standing, n) in parts { @if n > 0 { span { strong { (n) } " " (status(standing)) } } }
                }
                span.quiet {
                    (counts.adjusted) " adjusted · " (counts.stale) " without a recent check-in · " (counts.retired) " retired"
                }
            }
            div.stat {
                span.label { "Time gone" }
                span.big { (figure::percent(Some(board.cycle.elapsed))) }
                (bar(board.computed_score, board.cycle.elapsed, Standing::Unknown))
                span.quiet { "the score against it" }
            }
        }
    }
}
