//! The pack as CSV: one row per key result, with its objective's figures.
//!
//! Numbers are written as numbers, and text so that no spreadsheet takes it for a formula.

use events::Number;
use projections::ask::{BoardKeyResult, BoardObjective};

use super::Pack;
use crate::spreadsheet::{self, text};

const HEADER: [&str; 36] = [
    "cycle",
    "objective",
    "objective_id",
    "objective_title",
    "objective_owner",
    "level",
    "team",
    "ambition",
    "objective_score",
    "objective_computed_score",
    "objective_grade",
    "objective_confidence",
    "objective_status",
    "objective_state",
    "key_result",
    "key_result_id",
    "title",
    "owner",
    "metric",
    "unit",
    "kind",
    "baseline",
    "target",
    "original_target",
    "current",
    "progress",
    "computed_score",
    "graded_score",
    "final_score",
    "confidence",
    "previous_confidence",
    "status",
    "last_check_in_on",
    "stale",
    "blockers",
    "adjustments",
];

/// The last columns of every row.
const STANDS_ON: [&str; 4] = ["state", "as_of_seq", "as_of_recorded_at", "on"];

pub(super) fn write(pack: &Pack) -> Result<Vec<u8>, String> {
    let mut rows = spreadsheet::writer();
    rows.write_record(HEADER.iter().chain(&STANDS_ON)).map_err(|error| error.to_string())?;
    for objective in &pack.board.objectives {
        if objective.key_results.is_empty() {
            rows.write_record(row(pack, objective, None)).map_err(|error| error.to_string())?;
        }
        for key_result in &objective.key_results {
            rows.write_record(row(pack, objective, Some(key_result))).map_err(|error| error.to_string())?;
        }
    }
    rows.into_inner().map_err(|error| error.to_string())
}

fn row(pack: &Pack, objective: &BoardObjective, key_result: Option<&BoardKeyResult>) -> Vec<String> {
    let board = &pack.board;
    let mut row = vec![
        text(board.cycle.id.as_str()),
        objective.given.to_string(),
        text(objective.id.as_str()),
        text(objective.title.as_str()),
        text(objective.owner.as_str()),
        objective.level.to_string(),
        objective.team.as_ref().map(|team| text(team.as_str())).unwrap_or_default(),
        objective.ambition.to_string(),
        number(objective.score),
        number(objective.computed_score),
        objective.grade.as_ref().map(|grade| text(grade.as_str())).unwrap_or_default(),
        number(objective.confidence),
        objective.status.as_str().to_owned(),
        objective.state.as_str().to_owned(),
    ];
    match key_result {
        Some(key_result) => row.extend(cells(key_result)),
        // An objective without key results still gets a row.
        None => row.resize(HEADER.len() + 1, String::new()),
    }
    row.push(board.as_of.seq.to_string());
    row.push(board.as_of.recorded_at.map(|at| at.to_string()).unwrap_or_default());
    row.push(pack.on.map(|day| day.to_string()).unwrap_or_default());
    row
}

fn cells(key_result: &BoardKeyResult) -> [String; 23] {
    let metric = &key_result.metric;
    let blockers: Vec<&str> = key_result.blockers.iter().map(|blocker| blocker.as_str()).collect();
    [
        key_result.given.to_string(),
        text(key_result.id.as_str()),
        text(key_result.title.as_str()),
        text(key_result.owner.as_str()),
        text(metric.name.as_str()),
        metric.unit.as_ref().map(|unit| text(unit.as_str())).unwrap_or_default(),
        metric.kind.to_string(),
        number(key_result.baseline),
        number(key_result.target),
        number(key_result.original_target),
        number(key_result.current),
        number(key_result.progress),
        number(key_result.score.computed),
        number(key_result.score.graded),
        number(key_result.score.last),
        number(key_result.confidence),
        number(key_result.previous_confidence),
        key_result.status.as_str().to_owned(),
        key_result.last_check_in_on.map(|day| day.to_string()).unwrap_or_default(),
        key_result.stale.to_string(),
        text(&blockers.join("\n")),
        key_result.adjustments.to_string(),
        key_result.state.as_str().to_owned(),
    ]
}

fn number(number: Option<Number>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// Returns the text of a cell before it was made safe.
#[cfg(test)]
pub(super) fn read_back(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if text(rest) == cell => rest.to_owned(),
        _ => cell.to_owned(),
    }
}
