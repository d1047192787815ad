//! Forecasts counted against outcomes, for the cycle, each level and each team.

use std::collections::BTreeMap;

use events::{Confidence, Level, Number};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::forecasts::chance;
use crate::ask::words;
use crate::rows::ObjectiveRow;
use crate::score::{mean, out};

/// Forecasts of a group of goals, compared with their outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalibrationGroup {
    /// The property that defines the group.
    pub by: GroupKind,
    /// The level or the team id; null for the cycle.
    pub name: Option<String>,
    /// Key results with forecasts and a known outcome.
    pub key_results: u32,
    /// Key results among these that reached the expected score.
    pub reached: u32,
    /// Number of forecasts for these key results.
    pub forecasts: u32,
    /// Mean squared error of the forecasts: 0 is perfect, 0.25 a coin toss, 1 always wrong.
    pub brier: Option<Number>,
    /// One row for each confidence stated, rounded to an integer.
    pub table: Vec<CalibrationRow>,
    /// The group's result as a sentence.
    pub says: String,
}

/// The property shared by the goals of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// All goals of the cycle.
    Cycle,
    /// Goals under objectives of the same level.
    Level,
    /// Goals under objectives of the same team.
    Team,
}

/// The forecasts with the same confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalibrationRow {
    /// The confidence, 0 to 10.
    pub confidence: Number,
    /// Number of forecasts with this confidence.
    pub forecasts: u32,
    /// Number of these forecasts whose key result reached the expected score.
    pub reached: u32,
    /// `reached` divided by `forecasts`, 0 to 1.
    pub share: Option<Number>,
}

#[derive(Default)]
pub(super) struct Tally(BTreeMap<(GroupKind, Option<String>), Group>);

#[derive(Default)]
struct Group {
    key_results: u32,
    reached: u32,
    squares: Vec<Decimal>,
    by_confidence: BTreeMap<Number, (u32, u32)>,
}

impl Tally {
    /// Counts the forecasts of one key result and returns its Brier score.
    pub(super) fn add(
        &mut self,
        objective: &ObjectiveRow,
        forecasts: &[Confidence],
        outcome: Outcome,
    ) -> Option<Number> {
        let reached = match outcome {
            Outcome::Reached => true,
            Outcome::Missed => false,
            Outcome::Open | Outcome::None => return None,
        };
        let came = if reached { Decimal::ONE } else { Decimal::ZERO };
        let squares: Vec<Decimal> = forecasts
            .iter()
            .map(|forecast| {
                let off = chance(*forecast) - came;
                off * off
            })
            .collect();
        let brier = brier(&squares)?;
        let level = |level: Level| level.as_str().to_owned();
        let mut groups = vec![(GroupKind::Cycle, None), (GroupKind::Level, Some(level(objective.level)))];
        groups.extend(objective.team.iter().map(|team| (GroupKind::Team, Some(team.to_string()))));
        for group in groups {
            let group = self.0.entry(group).or_default();
            group.key_results += 1;
            group.reached += u32::from(reached);
            group.squares.extend(&squares);
            for forecast in forecasts {
                let (stated, right) = group.by_confidence.entry(forecast.number().rounded(0)).or_default();
                *stated += 1;
                *right += u32::from(reached);
            }
        }
        Some(brier)
    }

    pub(super) fn groups(self) -> Vec<CalibrationGroup> {
        self.0.into_iter().map(|((by, name), group)| group.out(by, name)).collect()
    }
}

impl Group {
    fn out(self, by: GroupKind, name: Option<String>) -> CalibrationGroup {
        let forecasts = u32::try_from(self.squares.len()).unwrap_or(u32::MAX);
        let brier = brier(&self.squares);
        let row = |(confidence, (forecasts, reached))| CalibrationRow {
            confidence,
            forecasts,
            reached,
            share: share(reached, forecasts),
        };
        let named = name.as_ref().map_or_else(|| "The cycle".to_owned(), |name| format!("The {} {name}", by.word()));
        let says = format!(
            "{named}: {} of {} reached the expected score; Brier score {} over {}.",
            self.reached,
            words::count(self.key_results.into(), "key result"),
            brier.map_or_else(|| "unknown".to_owned(), |brier| brier.rounded(2).to_string()),
            words::count(forecasts.into(), "forecast"),
        );
        CalibrationGroup {
            by,
            name,
            key_results: self.key_results,
            reached: self.reached,
            forecasts,
            brier,
            table: self.by_confidence.into_iter().map(row).collect(),
            says,
        }
    }
}

impl GroupKind {
    /// Returns the name of the property in lower case.
    pub fn word(self) -> &'static str {
        match self {
            GroupKind::Cycle => "cycle",
            GroupKind::Level => "level",
            GroupKind::Team => "team",
        }
    }
}

fn brier(squares: &[Decimal]) -> Option<Number> {
    mean(squares.iter().map(|square| (Some(*square), Decimal::ONE))).map(out)
}

fn share(part: u32, whole: u32) -> Option<Number> {
    Decimal::from(part).checked_div(Decimal::from(whole)).map(out)
}
