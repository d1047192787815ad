//! A replay frame by frame, with growing bars.

use events::{Number, TimeZone};
use projections::ask::replay::{Replay, Step};
use projections::calendar::day_of;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::{figure, replay, table};
use crate::cli::screen::Style;

/// Length of a full bar, in columns.
const BAR: usize = 24;

/// Lays out one frame, numbered from 0. Sparklines show the frames before it.
pub(crate) fn frame(replay: &Replay, number: usize, zone: TimeZone, style: Style) -> String {
    let Some(frame) = replay.frames.get(number) else { return String::new() };
    let until = match replay.step {
        Step::Event => figure::minute(frame.to),
        Step::Week | Step::Day => day_of(frame.to, zone).to_string(),
    };
    let head = [
        format!("Replay of {}", style.bold(replay.cycle.as_str())),
        format!("{} {} of {}", replay.step, number + 1, replay.frames.len()),
        format!("until {until}"),
        format!("event {}", frame.as_of.seq),
    ];
    let so_far = replay.frames.get(..=number).unwrap_or_default();
    let board = &frame.board;
    let mut rows = table::ruled(style, &["ref", "goal", "score", "", "sure", "went", "status"]);
    for objective in &board.objectives {
        let then = so_far.iter().map(|frame| frame.board.objectives.iter().find(|then| then.id == objective.id));
        rows.add_row([
            objective.given.to_string().into(),
            figure::one_line(objective.title.as_str()).into(),
            figure::score(objective.score).into(),
            bar(objective.score).into(),
            figure::mean(objective.confidence).into(),
            figure::sparkline(then.map(|then| then?.confidence), Decimal::TEN).into(),
            table::status(objective.status, figure::status(objective.status)),
        ] as [comfy_table::Cell; 7]);
    }
    let went = figure::sparkline(so_far.iter().map(|frame| frame.board.confidence), Decimal::TEN);
    let counts = &board.counts;
    let mut counted = vec![(counts.on_track, "on track"), (counts.at_risk, "at risk"), (counts.behind, "behind")];
    counted.retain(|(n, _)| *n > 0);
    let counted = counted.iter().map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>().join("\n");
    let whole = [
        "all".into(),
        "the cycle".into(),
        figure::score(board.score),
        bar(board.score),
        figure::mean(board.confidence),
        went,
        counted,
    ];
    rows.add_row(whole);
    table::figures_in(&mut rows, [2, 4]);
    table::unbroken(&mut rows, [0, 2, 3, 4, 5, 6]);
    let happened = match replay::frame_text(frame, replay.step) {
        nothing if nothing.is_empty() => "Nothing happened.".to_owned(),
        happened => happened,
    };
    let happened: Vec<String> = happened.lines().map(str::to_owned).collect();
    let happened = table::sentences(&happened, style);
    format!("{}\n\n{}\n\n{happened}\n", head.join(" · "), table::lines(&rows).join("\n"))
}

fn bar(score: Option<Number>) -> String {
    let share = score.and_then(|score| score.decimal().clamp(Decimal::ZERO, Decimal::ONE).to_f64()).unwrap_or_default();
    let full = (share * BAR as f64).round() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(BAR.saturating_sub(full)))
}

#[cfg(test)]
mod tests {
    use projections::ask::replay as ask;

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn a_frame_shows_how_things_stand_and_how_they_came_there() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let Some(ask::ReplayAnswer::Told(answer)) = ask::replay(&ledger, &asked, "q2", Step::Week).unwrap() else {
            panic!("the cycle is there");
        };
        let zone = TimeZone::try_from("Europe/Berlin".to_owned()).unwrap();
        insta::assert_snapshot!(frame(&answer, 5, zone, PIPED), @r"
        Replay of q2 · week 6 of 7 · until 2026-05-05 · event 10

         ref  goal             score                            sure  went    status
        ─────────────────────────────────────────────────────────────────────────────────
         O-1  Objective trial   0.16  ████░░░░░░░░░░░░░░░░░░░░   7.5   ▆▆▆▆▆  on track
         all  the cycle         0.16  ████░░░░░░░░░░░░░░░░░░░░   7.5   ▆▆▆▆▆  1 on track
                                                                              1 at risk

         · key result adjusted
         · O-1 “Objective trial”: score rose from 0.15 to 0.16.
        ");
        assert_eq!(frame(&answer, 99, zone, PIPED), "");
    }
}
