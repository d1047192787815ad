//! The board.
//!
//! All key results form one table, so that their columns align; objectives are headings across it.

use comfy_table::{Cell, Table};
use projections::ask::{Board, BoardKeyResult, BoardObjective, ConfidenceReport};

use super::{figure, table};
use crate::cli::screen::Style;

const COLUMNS: [&str; 9] = ["ref", "key result", "from → to", "now", "done", "computed", "graded", "sure", "status"];

/// Lays out a board, with the weekly confidence if known. `filters` names the shown part of the cycle; empty for all.
pub(crate) fn board(board: &Board, weeks: Option<&ConfidenceReport>, filters: &[String], style: Style) -> String {
    let mut text = format!("{}\n", heading(board, filters, style));
    if style.is_markdown() {
        for objective in &board.objectives {
            text.push_str(&format!("\n{}\n\n", objective_heading(objective, weeks, 0, style)));
            let mut rows = table::ruled(style, &COLUMNS);
            objective.key_results.iter().for_each(|key_result| add(&mut rows, key_result));
            table::figures_in(&mut rows, 3..=7);
            text.push_str(&format!("{}\n", table::lines(&rows).join("\n")));
        }
        return text;
    }
    let mut rows = table::ruled(style, &COLUMNS);
    for (n, objective) in board.objectives.iter().enumerate() {
        // A placeholder row for the heading; no other first cell begins with `@`.
        rows.add_row([marker(n)]);
        for key_result in &objective.key_results {
            add(&mut rows, key_result);
        }
    }
    table::figures_in(&mut rows, 3..=7);
    table::unbroken(&mut rows, [0, 3, 4, 5, 6, 7, 8]);
    // As wide as the widest ref, so that the titles of objectives and key results align.
    let refs = board.objectives.iter().flat_map(|objective| &objective.key_results);
    let indent = 3 + refs.map(|key_result| key_result.given.to_string().len()).max().unwrap_or(3).max(3);
    let mut objectives = board.objectives.iter().enumerate();
    let mut next = objectives.next();
    for line in table::lines(&rows) {
        text.push('\n');
        match next {
            Some((n, objective)) if line.trim() == marker(n) => {
                if n > 0 {
                    text.push('\n');
                }
                text.push_str(&objective_heading(objective, weeks, indent, style));
                next = objectives.next();
            }
            _ => text.push_str(&line),
        }
    }
    text.push('\n');
    text
}

fn marker(n: usize) -> String {
    format!("@{n}")
}

fn heading(board: &Board, filters: &[String], style: Style) -> String {
    let cycle = &board.cycle;
    let counts = &board.counts;
    let mut said = vec![
        (counts.on_track, "on track"),
        (counts.at_risk, "at risk"),
        (counts.behind, "behind"),
        (counts.unknown, "unknown"),
    ];
    said.retain(|(n, _)| *n > 0);
    let mut more = vec![(counts.stale, "stale"), (counts.adjusted, "adjusted"), (counts.retired, "retired")];
    more.retain(|(n, _)| *n > 0);
    let list = |said: Vec<(u32, &str)>| said.iter().map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>();
    let mut parts = vec![
        scored(board.score, board.grade.as_ref(), board.computed_score),
        format!("confidence {}", figure::mean(board.confidence)),
        format!(
            "{} in {}",
            figure::count(counts.key_results.into(), "key result"),
            figure::count(counts.objectives.into(), "objective")
        ),
        list(said).join(", "),
    ];
    parts.extend(list(more));
    parts.retain(|part| !part.is_empty());
    let mut figures = table::flowing(&texts(&parts, style), 0, style);
    if !filters.is_empty() {
        // A reader who takes a filtered board for the whole reports the wrong score.
        let says = format!("filtered: {}", filters.join(", "));
        let says = table::flowing(&[says, "the figures above are of what is shown".into()], 0, style);
        figures = format!("{figures}\n{}", style.bold(&says));
    }
    format!(
        "{} ({}) · {} · {} to {}, {} gone\n{figures}\n{}",
        style.bold(&figure::one_line(cycle.title.as_str())),
        cycle.id,
        cycle.state.as_str(),
        cycle.starts_on,
        cycle.ends_on,
        figure::percent(Some(cycle.elapsed)),
        style.dim(&figure::as_of(&board.ledger, board.as_of)),
    )
}

fn objective_heading(
    objective: &BoardObjective,
    weeks: Option<&ConfidenceReport>,
    indent: usize,
    style: Style,
) -> String {
    let mut parts = vec![figure::one_line(objective.owner.as_str()), objective.level.to_string()];
    parts.extend(objective.team.as_ref().map(ToString::to_string));
    parts.push(objective.ambition.to_string());
    parts.extend(objective.supports.as_ref().map(|goal| format!("supports {goal}")));
    parts.push(scored(objective.score, objective.grade.as_ref(), objective.computed_score));
    let line = weeks.and_then(|weeks| weeks.subject.parts.iter().find(|line| line.id == objective.id));
    let went = line.map(super::confidence::weekly_sparkline).filter(|went| !went.is_empty());
    let went = went.map(|went| format!(" {went}")).unwrap_or_default();
    parts.push(format!("confidence {}{went}", figure::mean(objective.confidence)));
    parts.push(if objective.state.stands() { figure::status(objective.status) } else { "RETIRED".into() });
    parts.extend(figure::carried(objective));
    let title = figure::one_line(objective.title.as_str());
    if style.is_markdown() {
        let title = style.heading(3, &format!("{} {title}", objective.given));
        return format!("{title}\n\n{}", table::flowing(&texts(&parts, style), 0, style));
    }
    let title = style.bold(&title);
    let given = format!(" {}", objective.given);
    let mut said = table::flowing(&parts, indent, style);
    // Colour last: escape sequences must not count as columns.
    if let (true, Some(status)) = (objective.state.stands(), parts.last())
        && let Some(before) = said.strip_suffix(status.as_str())
    {
        said = format!("{before}{}", style.status(objective.status, status));
    }
    format!("{given:indent$}{title}\n{said}")
}

/// Escapes parts for Markdown only. On a terminal, blanks within a sparkline are significant.
fn texts(parts: &[String], style: Style) -> Vec<String> {
    if style.is_markdown() { parts.iter().map(|part| style.text(part)).collect() } else { parts.to_vec() }
}

/// `score 0.80 strong (computed 0.85)`
fn scored(score: Option<events::Number>, grade: Option<&events::Text>, computed: Option<events::Number>) -> String {
    let grade = grade.map(|grade| format!(" {grade}")).unwrap_or_default();
    format!("score {}{grade} (computed {})", figure::score(score), figure::score(computed))
}

fn add(rows: &mut Table, key_result: &BoardKeyResult) {
    let metric = &key_result.metric;
    let mut way = figure::way(key_result.baseline, key_result.target, metric);
    if figure::is_moved(key_result) {
        way.push_str(&format!("\n[was {}]", figure::short(key_result.original_target, metric)));
    }
    let status = figure::marks(key_result);
    let mut title = vec![figure::one_line(key_result.title.as_str()), figure::one_line(key_result.owner.as_str())];
    title.extend(key_result.blockers.iter().map(|blocker| format!("! {}", figure::one_line(blocker.as_str()))));
    rows.add_row([
        Cell::new(key_result.given),
        Cell::new(title.join("\n")),
        Cell::new(way),
        Cell::new(figure::short(key_result.current, metric)),
        Cell::new(figure::percent(key_result.progress)),
        Cell::new(figure::score(key_result.score.computed)),
        Cell::new(figure::score(key_result.score.graded)),
        Cell::new(figure::confidence_and_previous(key_result.confidence, key_result.previous_confidence)),
        table::status(key_result.status, status.join("\n")),
    ]);
}

#[cfg(test)]
mod tests {
    use projections::ask::{self, BoardAsk};

    use super::super::testing::{NOW, PIPED, quarter};
    use super::*;

    #[test]
    fn key_results_stand_below_their_objective() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let answer = ask::board(&asked, "q2", &BoardAsk::default()).unwrap().unwrap();
        insta::assert_snapshot!(board(&answer, None, &[], PIPED), @r"
        q2 (q2) · started · 2026-04-01 to 2026-06-30, 46 % gone
        score 0.26 limited (computed 0.26) · confidence 5.5 · 2 key results in 1 objective
        1 on track, 1 behind · 1 stale · 1 adjusted
        test as of event 11, recorded 2026-05-11 09:00 UTC

         ref   key result         from → to           now  done  computed  graded   sure  status
        ───────────────────────────────────────────────────────────────────────────────────────────
         O-1   Objective trial
               Ada · company · committed · score 0.26 limited (computed 0.26) · confidence 5.5 · at risk
         KR-1  Key result paid    14 % → 22 %      16.5 %  31 %      0.31       –  3 (7)  behind
               Ben                                                                        blocked
               ! Billing is down
         KR-2  Key result cac     1,100 → 850 USD   1,050  20 %      0.20       –      8  on track
               Ben                [was 800]                                               adjusted
                                                                                          stale
        ");
    }

    #[test]
    fn a_part_is_not_taken_for_the_whole() {
        let ledger = quarter();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let behind = BoardAsk { status: Some(ask::Standing::Behind), ..BoardAsk::default() };
        let answer = ask::board(&asked, "q2", &behind).unwrap().unwrap();
        let text = board(&answer, None, &["status behind".into(), "level team".into()], PIPED);
        let wanted = "filtered: status behind, level team · the figures above are of what is shown\ntest as of";
        assert!(text.contains(wanted), "{text}");
    }
}
