//! The replay: one line per frame.

use std::collections::BTreeMap;

use events::TimeZone;
use projections::ask::LineKind;
use projections::ask::replay::{Frame, Replay, Step};
use projections::calendar::day_of;
use projections::rows::JsonText;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{figure, table};
use crate::cli::screen::Style;

/// Lays out a replay. Frames end with days in the cycle's time zone.
pub(crate) fn replay(replay: &Replay, zone: TimeZone, style: Style) -> String {
    let mut text = format!("Replay of {} by {}\n\n", style.bold(replay.cycle.as_str()), replay.step);
    if replay.frames.is_empty() {
        text.push_str("Nothing has happened yet.\n");
        return text;
    }
    let mut rows = table::ruled(
        style,
        &[
            "until",
            "event",
            "score",
            "computed",
            "sure",
            "on track",
            "at risk",
            "behind",
            "what happened, and what it moved",
        ],
    );
    for frame in &replay.frames {
        let board = &frame.board;
        rows.add_row([
            match replay.step {
                Step::Event => figure::minute(frame.to),
                Step::Week | Step::Day => day_of(frame.to, zone).to_string(),
            },
            frame.as_of.seq.to_string(),
            figure::score(board.score),
            figure::score(board.computed_score),
            figure::mean(board.confidence),
            board.counts.on_track.to_string(),
            board.counts.at_risk.to_string(),
            board.counts.behind.to_string(),
            frame_text(frame, replay.step),
        ]);
    }
    table::figures_in(&mut rows, 1..=7);
    table::unbroken(&mut rows, 0..=7);
    text.push_str(&table::lines(&rows).join("\n"));
    let boards = || replay.frames.iter().map(|frame| &frame.board);
    let scores = figure::sparkline(boards().map(|board| board.score), Decimal::ONE);
    let sure = figure::sparkline(boards().map(|board| board.confidence), Decimal::TEN);
    text.push_str(&format!(
        "\n\n score {}\n sure  {}\n",
        style.marked(scores.trim_end()),
        style.marked(sure.trim_end())
    ));
    text
}

/// Returns the events of a frame and their effect on objectives. The cycle's own figures have columns.
pub(super) fn frame_text(frame: &Frame, step: Step) -> String {
    let mut lines = match step {
        Step::Event => frame.says.iter().map(|saying| figure::one_line(&saying.says)).collect(),
        Step::Week | Step::Day => vec![happened(frame)],
    };
    lines.retain(|line| !line.is_empty());
    let moved = frame.moved.iter().filter(|moved| match moved.kind {
        LineKind::Cycle => false,
        LineKind::Objective => true,
        LineKind::KeyResult => step == Step::Event,
    });
    lines.extend(moved.map(|moved| figure::one_line(&moved.says)));
    lines.join("\n")
}

#[derive(Deserialize)]
struct Happened {
    #[serde(rename = "type")]
    kind: String,
}

fn happened(frame: &Frame) -> String {
    let read = |text: &JsonText| serde_json::from_str::<Happened>(text.as_str()).ok();
    let events: Vec<Happened> = frame.happened.iter().filter_map(read).collect();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &events {
        *kinds.entry(event.kind.as_str()).or_default() += 1;
    }
    // Rare events matter most in a quarter, so they come first.
    let mut kinds: Vec<(&str, usize)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(kind, n)| (*n, *kind));
    let said: Vec<String> =
        kinds.iter().map(|(kind, n)| if *n == 1 { words(kind) } else { format!("{n} × {}", words(kind)) }).collect();
    said.join(", ")
}

/// Turns `okr.key_result.adjusted` into `key result adjusted`.
pub(super) fn words(kind: &str) -> String {
    kind.strip_prefix("okr.").unwrap_or(kind).replace(['.', '_'], " ")
}

#[cfg(test)]
mod tests {
    use projections::ask::replay::{self as ask, Step};

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn each_frame_is_a_line_and_tells_what_is_rare_first() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let answer = ask::replay(&ledger, &asked, "q2", Step::Week).unwrap().unwrap();
        let ask::ReplayAnswer::Told(answer) = answer else { panic!("{answer:?}") };
        let zone = TimeZone::try_from("Europe/Berlin".to_owned()).unwrap();
        insta::assert_snapshot!(replay(&answer, zone, PIPED), @r"
        Replay of q2 by week

         until       event  score  computed  sure  on track  at risk  behind  what happened, and what it
                                                                              moved
        ────────────────────────────────────────────────────────────────────────────────────────────────────
         2026-03-31      6      –         –     –         0        0       0  cycle opened, objective
                                                                              drafted, 2 × key result
                                                                              baseline set, 2 × key result
                                                                              drafted
         2026-04-07      9   0.15      0.15   7.5         1        1       0  cycle started, 2 × check in
                                                                              recorded
                                                                              O-1 “Objective trial”: score
                                                                              is 0.15 (it was unknown);
                                                                              confidence is 7.5 (it was
                                                                              unknown).
         2026-04-14      9   0.15      0.15   7.5         1        1       0
         2026-04-21      9   0.15      0.15   7.5         1        1       0
         2026-04-28      9   0.15      0.15   7.5         1        1       0
         2026-05-05     10   0.16      0.16   7.5         1        1       0  key result adjusted
                                                                              O-1 “Objective trial”: score
                                                                              rose from 0.15 to 0.16.
         2026-05-12     11   0.26      0.26   5.5         1        0       1  check in recorded
                                                                              O-1 “Objective trial”: score
                                                                              rose from 0.16 to 0.26;
                                                                              confidence fell from 7.5 to
                                                                              5.5.

         score  ▂▂▂▂▂▃
         sure   ▆▆▆▆▆▅
        ");
    }
}
