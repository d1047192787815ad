//! The pack as Markdown: headings and tables, for wikis and messages.

use projections::ask::board_report::RestatedFigure;
use projections::ask::{BoardKeyResult, BoardObjective, ConfidenceLine, Restatements};

use super::{Adjustment, Pack};
use crate::figure;
use crate::markdown::escaped;

pub(super) fn write(pack: &Pack) -> String {
    let board = &pack.board;
    let cycle = &board.cycle;
    let mut text = format!("# {}\n\n", escaped(&pack.title()));
    text.push_str(&format!(
        "{} · {} · {} to {}, {} gone  \n_{}: {}_\n",
        escaped(&pack.organisation),
        cycle.state.as_str(),
        cycle.starts_on,
        cycle.ends_on,
        figure::percent(Some(cycle.elapsed)),
        escaped(&board.ledger),
        escaped(&pack.as_of_words()),
    ));
    if let Some(part) = pack.part() {
        text.push_str(&format!("\n**{}**\n", escaped(&part)));
    }
    let counts = &board.counts;
    let head = [
        "score",
        "grade",
        "computed",
        "confidence",
        "on track",
        "at risk",
        "behind",
        "unknown",
        "stale",
        "adjusted",
        "retired",
    ];
    let figures = [
        figure::score(board.score),
        board.grade.as_ref().map_or(figure::NONE.into(), |grade| escaped(grade.as_str())),
        figure::score(board.computed_score),
        figure::mean(board.confidence),
        counts.on_track.to_string(),
        counts.at_risk.to_string(),
        counts.behind.to_string(),
        counts.unknown.to_string(),
        counts.stale.to_string(),
        counts.adjusted.to_string(),
        counts.retired.to_string(),
    ];
    text.push_str(&format!("\n{}", table(&head, &[2, 3, 4, 5, 6, 7, 8, 9, 10], [figures.to_vec()])));
    for objective in &board.objectives {
        text.push_str(&section(pack, objective));
    }
    text.push_str(&weeks(pack));
    text.extend(pack.restatements.iter().map(restated));
    text.push_str("\n## Adjustments in mid-cycle\n\n");
    if pack.adjustments.is_empty() {
        text.push_str("None.\n");
    }
    for adjustment in &pack.adjustments {
        text.push_str(&adjusted(adjustment));
    }
    text.push_str(&format!("\n---\n{} · `{}`\n", escaped(&pack.as_of_words()), pack.path()));
    text
}

fn section(pack: &Pack, objective: &BoardObjective) -> String {
    let state = if objective.state.stands() { figure::status(objective.status) } else { "retired".into() };
    let mut said = vec![escaped(objective.owner.as_str()), objective.level.to_string(), objective.ambition.to_string()];
    said.extend(objective.team.as_ref().map(|team| format!("team {}", escaped(&pack.team(team)))));
    said.extend(objective.supports.as_ref().map(|goal| format!("supports {}", escaped(goal.as_str()))));
    said.extend(figure::carried(objective).iter().map(|end| escaped(end)));
    let grade = objective.grade.as_ref().map(|grade| format!(" {}", escaped(grade.as_str()))).unwrap_or_default();
    said.push(format!(
        "score **{}**{grade} (computed {})",
        figure::score(objective.score),
        figure::score(objective.computed_score)
    ));
    said.push(format!("confidence {}", figure::mean(objective.confidence)));
    said.push(state);
    let head = ["ref", "key result", "owner", "from → to", "now", "done", "computed", "graded", "sure", "status"];
    let rows = objective.key_results.iter().map(row);
    format!(
        "\n## {} {}\n\n{}\n\n{}",
        objective.given,
        escaped(objective.title.as_str()),
        said.join(" · "),
        table(&head, &[4, 5, 6, 7, 8], rows)
    )
}

fn row(key_result: &BoardKeyResult) -> Vec<String> {
    let metric = &key_result.metric;
    let mut title = escaped(key_result.title.as_str());
    for blocker in &key_result.blockers {
        title.push_str(&format!("<br>blocked: {}", escaped(blocker.as_str())));
    }
    let mut way = escaped(&figure::way(key_result.baseline, key_result.target, metric));
    if figure::is_moved(key_result) {
        way.push_str(&format!(" (was {})", escaped(&figure::short(key_result.original_target, metric))));
    }
    vec![
        key_result.given.to_string(),
        title,
        escaped(key_result.owner.as_str()),
        way,
        escaped(&figure::short(key_result.current, metric)),
        figure::percent(key_result.progress),
        figure::score(key_result.score.computed),
        figure::score(key_result.score.graded),
        figure::confidence_and_previous(key_result.confidence, key_result.previous_confidence),
        figure::marks(key_result).join(", "),
    ]
}

fn weeks(pack: &Pack) -> String {
    let numbers = pack.week_numbers();
    if numbers.is_empty() {
        return String::new();
    }
    let head: Vec<String> = ["ref".to_owned(), "objective".to_owned()]
        .into_iter()
        .chain(numbers.iter().map(|week| format!("w{week}")))
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let row = |name: String, line: &ConfidenceLine| {
        let mut row = vec![name, escaped(line.title.as_str())];
        row.extend(
            numbers
                .iter()
                .enumerate()
                .map(|(n, _)| figure::confidence(line.weeks.get(n).and_then(|week| week.confidence))),
        );
        row
    };
    let rows = pack.weeks.iter().map(|line| row(line.given.map(|given| given.to_string()).unwrap_or_default(), line));
    let rows = rows.chain(pack.confidence.iter().map(|line| row("all".into(), line)));
    let right: Vec<usize> = (2..head.len()).collect();
    format!("\n## Confidence by week\n\n{}", table(&head, &right, rows))
}

fn restated(told: &Restatements) -> String {
    let report = &told.report;
    let mut text = format!(
        "\n## What was told before: {}\n\nIssued {} by {}, knowing up to event {}. ",
        escaped(report.title.as_str()),
        figure::minute(report.time),
        escaped(report.actor.as_str()),
        report.stands_on
    );
    if told.figures.is_empty() {
        text.push_str("Nothing of it has been corrected since.\n");
        return text;
    }
    text.push_str("Known better by now:\n\n");
    let row = |one: &RestatedFigure| {
        let given = one.given.map(|given| given.to_string()).unwrap_or_default();
        let (reported, known) = (escaped(&figure::json(&one.reported)), escaped(&figure::json(&one.restated)));
        let events: Vec<String> = one.events.iter().map(u64::to_string).collect();
        vec![given, escaped(one.title.as_str()), figure::field(&one.figure), reported, known, events.join(", ")]
    };
    let head = ["ref", "goal", "figure", "told", "known now", "by events"];
    text.push_str(&table(&head, &[3, 4], told.figures.iter().map(row)));
    text.push('\n');
    text.extend(told.events.iter().map(|event| format!("- {}\n", escaped(&figure::because(event)))));
    text
}

fn adjusted(adjustment: &Adjustment) -> String {
    let item = &adjustment.item;
    let mut text = format!(
        "\n### {} {}\n\n**{}**  \n{} · by {} · event {}\n",
        adjustment.given,
        escaped(adjustment.title.as_str()),
        escaped(&item.summary),
        figure::minute(item.time),
        escaped(item.actor.as_str()),
        item.seq
    );
    if let Some(why) = &item.justification {
        text.push_str(&format!(
            "\n- What changed outside? {}\n- Why adjust? {}: {}\n- Is the objective preserved? {}\n",
            escaped(why.circumstances.as_str()),
            why.cause.as_str().replace('_', " "),
            escaped(why.statement.as_str()),
            if why.preserves_objective { "yes" } else { "no" },
        ));
        for evidence in &why.evidence {
            text.push_str(&format!("- Evidence: {}\n", escaped(&evidence.to_string())));
        }
    }
    text
}

/// Formats a table. `right` has the indices of right-aligned columns.
fn table(head: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = (0..head.len()).map(|column| if right.contains(&column) { "--:" } else { ":--" }.to_owned());
    let mut text = line(head.iter().map(|cell| (*cell).to_owned()).collect());
    text.push_str(&line(rule.collect()));
    text.extend(rows.into_iter().map(line));
    text
}
