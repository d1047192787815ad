//! Rows of teams, cycles, themes and retrospectives.

use chrono::NaiveDate;
use events::{CycleKind, Formula, Moment, NorthStar, Policy, RetrospectiveRecorded, SubjectId, Text, TimeZone};
use serde::{Deserialize, Serialize};

use super::{Key, Row, Stamp, Table};

/// A team. Teams belong to the whole ledger, not to one cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRow {
    /// The team's id, as submitted.
    pub id: SubjectId,
    /// The display name.
    pub name: Text,
    /// The team this team is part of.
    pub parent: Option<SubjectId>,
    /// True once the team is dissolved; the row is kept.
    pub dissolved: bool,
    /// The seq of the last event about the team.
    pub touched: u64,
}

impl TeamRow {
    /// Returns the key of a team's row.
    pub fn key_of(id: &str) -> Key {
        Key::of(Table::Team).text(id)
    }
}

impl Row for TeamRow {
    const TABLE: Table = Table::Team;
    fn key(&self) -> Key {
        TeamRow::key_of(self.id.as_str())
    }
}

/// The state of a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CycleState {
    /// Being planned: a change to a goal is not an adjustment yet.
    Open,
    /// In progress: a change to a goal is an adjustment.
    Started,
    /// Ended: goals do not change until the cycle is reopened.
    Closed,
}

impl CycleState {
    /// Returns the state's name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            CycleState::Open => "open",
            CycleState::Started => "started",
            CycleState::Closed => "closed",
        }
    }
}

/// The policy and formula in force when a cycle was closed. The cycle's figures keep using them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedUnder {
    /// The seq of the event that adopted the policy; 0 for the default policy.
    pub policy: u64,
    /// The version of the policy; 0 for the default policy.
    pub policy_version: u32,
    /// The scoring formula of the policy.
    pub formula: Formula,
    /// The version of the defaults that fill in missing policy fields; `None` while defaults are not versioned.
    pub defaults: Option<u32>,
    /// The version of the rules by which figures are read; `None` while these are not versioned.
    pub reading: Option<u32>,
}

/// One closing of a cycle. It is kept after a reopening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The closed cycle.
    pub cycle: SubjectId,
    /// The seq and times of the closing.
    pub at: Stamp,
    /// The note given with the closing.
    pub note: Option<Text>,
    /// The policy and formula in force at the closing.
    pub under: ClosedUnder,
}

impl Closing {
    /// Returns the key prefix of a cycle's closings.
    pub fn of_cycle(cycle: &str) -> Key {
        Key::of(Table::Closing).text(cycle)
    }
}

impl Row for Closing {
    const TABLE: Table = Table::Closing;
    fn key(&self) -> Key {
        Closing::of_cycle(self.cycle.as_str()).seq(self.at.seq)
    }
}

/// One reopening of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// The reopened cycle.
    pub cycle: SubjectId,
    /// The seq and times of the reopening.
    pub at: Stamp,
    /// The reason given for the reopening.
    pub reason: Text,
}

impl Reopening {
    /// Returns the key prefix of a cycle's reopenings.
    pub fn of_cycle(cycle: &str) -> Key {
        Key::of(Table::Reopening).text(cycle)
    }
}

impl Row for Reopening {
    const TABLE: Table = Table::Reopening;
    fn key(&self) -> Key {
        Reopening::of_cycle(self.cycle.as_str()).seq(self.at.seq)
    }
}

/// A cycle and its current state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleRow {
    /// The cycle's id, as submitted.
    pub id: SubjectId,
    /// The position in the order of opening, from 1.
    pub no: u32,
    /// The display title.
    pub title: Text,
    /// The intended length, such as a quarter.
    pub kind: CycleKind,
    /// The first day, in the cycle's time zone.
    pub starts_on: NaiveDate,
    /// The last day (inclusive), in the cycle's time zone.
    pub ends_on: NaiveDate,
    /// The zone in which the cycle's days begin and end.
    pub time_zone: TimeZone,
    /// The longer cycle this cycle is part of.
    pub parent: Option<SubjectId>,
    /// The state after the last event.
    pub state: CycleState,
    /// The seq and times of the opening.
    pub opened: Stamp,
    /// The seq and times of the start; `None` while the cycle is planned.
    pub started: Option<Stamp>,
    /// The policy and formula of the last closing; `None` while the cycle is not closed. Closings and reopenings have
    /// rows of their own because there may be many.
    pub closed_under: Option<ClosedUnder>,
    /// The seq of the last event about the cycle.
    pub touched: u64,
}

impl CycleRow {
    /// Returns the key of a cycle's row.
    pub fn key_of(id: &str) -> Key {
        Key::of(Table::Cycle).text(id)
    }

    /// Returns the key prefix of a cycle's objectives.
    pub fn objectives(id: &str) -> Key {
        Key::of(Table::Objective).text(id)
    }

    /// Returns the key prefix of a cycle's key results.
    pub fn key_results(id: &str) -> Key {
        Key::of(Table::KeyResult).text(id)
    }

    /// Returns the key prefix of a cycle's check-ins.
    pub fn check_ins(id: &str) -> Key {
        Key::of(Table::CheckIn).text(id)
    }

    /// Returns the key prefix of a cycle's trail.
    pub fn trail(id: &str) -> Key {
        Key::of(Table::Trail).text(id)
    }

    /// Returns the key prefix of a cycle's events.
    pub fn happenings(id: &str) -> Key {
        Key::of(Table::Happening).text(id)
    }

    /// Returns the formula for the cycle's scores: the formula of its closing, or the one in force while it is not
    /// closed.
    pub fn formula(&self, in_force: &Policy) -> Formula {
        match (self.state, &self.closed_under) {
            (CycleState::Closed, Some(closed_under)) => closed_under.formula,
            _ => in_force.formula,
        }
    }
}

impl Row for CycleRow {
    const TABLE: Table = Table::Cycle;
    fn key(&self) -> Key {
        CycleRow::key_of(self.id.as_str())
    }
}

/// A theme of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThemeRow {
    /// The theme's id, as submitted.
    pub id: SubjectId,
    /// The cycle the theme belongs to.
    pub cycle: SubjectId,
    /// The display title.
    pub title: Text,
    /// The long-term measure the theme serves.
    pub north_star: Option<NorthStar>,
    /// The lever by which the theme moves the north star.
    pub lever: Option<Text>,
    /// The seq of the last event about the theme.
    pub touched: u64,
}

impl ThemeRow {
    /// Returns the key prefix of a cycle's themes.
    pub fn of_cycle(cycle: &str) -> Key {
        Key::of(Table::Theme).text(cycle)
    }

    /// Returns the key of a theme's row.
    pub fn key_of(cycle: &str, id: &str) -> Key {
        ThemeRow::of_cycle(cycle).text(id)
    }
}

impl Row for ThemeRow {
    const TABLE: Table = Table::Theme;
    fn key(&self) -> Key {
        ThemeRow::key_of(self.cycle.as_str(), self.id.as_str())
    }
}

/// A retrospective of a cycle or an objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetrospectiveRow {
    /// The cycle or objective it looks back on.
    pub subject: SubjectId,
    /// The seq of the event that recorded it.
    pub seq: u64,
    /// The time the retrospective was held.
    pub time: Moment,
    /// The actor who recorded it.
    pub actor: Text,
    /// The content of the event.
    pub said: RetrospectiveRecorded,
}

impl RetrospectiveRow {
    /// Returns the key prefix of a subject's retrospectives.
    pub fn of_subject(subject: &str) -> Key {
        Key::of(Table::Retrospective).text(subject)
    }
}

impl Row for RetrospectiveRow {
    const TABLE: Table = Table::Retrospective;
    fn key(&self) -> Key {
        RetrospectiveRow::of_subject(self.subject.as_str()).seq(self.seq)
    }
}
