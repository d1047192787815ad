//! Teams, cycles, themes and retrospectives.

use chrono::NaiveDate;
use events::{CycleKind, Formula, Moment, NorthStar, Policy, RetrospectiveRecorded, SubjectId, Text, TimeZone};
use serde::{Deserialize, Serialize};

use super::{Key, Row, Stamp, Table};

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRow {
    /// Its id.
    pub id: SubjectId,
    /// Its name.
    pub name: Text,
    /// The team it is part of.
    pub parent: Option<SubjectId>,
    /// Whether it was dissolved.
    pub dissolved: bool,
    /// The last event about it.
    pub touched: u64,
}

impl TeamRow {
    /// The key of a team's row.
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

/// Where a cycle is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CycleState {
    /// Being planned.
    Open,
    /// Under way: a change to a goal is an adjustment.
    Started,
    /// Over.
    Closed,
}

impl CycleState {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            CycleState::Open => "open",
            CycleState::Started => "started",
            CycleState::Closed => "closed",
        }
    }
}

/// What a cycle was closed under: by which its figures were computed then, and are for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedUnder {
    /// The event that adopted the policy; 0 for the default.
    pub policy: u64,
    /// The policy's version.
    pub policy_version: u32,
    /// Its formula.
    pub formula: Formula,
    /// The number of the defaults that filled in what the policy does not say; none where they are not numbered.
    pub defaults: Option<u32>,
    /// The number of the way in which figures were read; likewise.
    pub reading: Option<u32>,
}

/// One closing of a cycle. A reopening leaves it where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The cycle.
    pub cycle: SubjectId,
    /// When.
    pub at: Stamp,
    /// What was said.
    pub note: Option<Text>,
    /// What it was closed under.
    pub under: ClosedUnder,
}

impl Closing {
    /// What the keys of a cycle's closings begin with.
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
    /// The cycle.
    pub cycle: SubjectId,
    /// When.
    pub at: Stamp,
    /// Why.
    pub reason: Text,
}

impl Reopening {
    /// What the keys of a cycle's reopenings begin with.
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

/// A cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleRow {
    /// Its id.
    pub id: SubjectId,
    /// Its place in the order of opening, from 1.
    pub no: u32,
    /// Its title.
    pub title: Text,
    /// How long it is meant to be.
    pub kind: CycleKind,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Where its days begin and end.
    pub time_zone: TimeZone,
    /// The longer cycle it is part of.
    pub parent: Option<SubjectId>,
    /// Where it is in its life.
    pub state: CycleState,
    /// When it was opened.
    pub opened: Stamp,
    /// When it was started.
    pub started: Option<Stamp>,
    /// What it is closed under. Its closings and reopenings lie in rows of their own: there may be many.
    pub closed_under: Option<ClosedUnder>,
    /// The last event about it.
    pub touched: u64,
}

impl CycleRow {
    /// The key of a cycle's row.
    pub fn key_of(id: &str) -> Key {
        Key::of(Table::Cycle).text(id)
    }

    /// What the keys of a cycle's objectives begin with.
    pub fn objectives(id: &str) -> Key {
        Key::of(Table::Objective).text(id)
    }

    /// What the keys of a cycle's key results begin with.
    pub fn key_results(id: &str) -> Key {
        Key::of(Table::KeyResult).text(id)
    }

    /// What the keys of a cycle's check-ins begin with.
    pub fn check_ins(id: &str) -> Key {
        Key::of(Table::CheckIn).text(id)
    }

    /// What the keys of a cycle's trail begin with.
    pub fn trail(id: &str) -> Key {
        Key::of(Table::Trail).text(id)
    }

    /// What the keys of a cycle's happenings begin with.
    pub fn happenings(id: &str) -> Key {
        Key::of(Table::Happening).text(id)
    }

    /// The formula its scores go by: that of the policy it was closed under, or of the one in force.
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
    /// Its id.
    pub id: SubjectId,
    /// Its cycle.
    pub cycle: SubjectId,
    /// Its title.
    pub title: Text,
    /// The measure it serves.
    pub north_star: Option<NorthStar>,
    /// What it pulls on.
    pub lever: Option<Text>,
    /// The last event about it.
    pub touched: u64,
}

impl ThemeRow {
    /// What the keys of a cycle's themes begin with.
    pub fn of_cycle(cycle: &str) -> Key {
        Key::of(Table::Theme).text(cycle)
    }

    /// The key of a theme's row.
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
    /// What it looks back on.
    pub subject: SubjectId,
    /// The event that recorded it.
    pub seq: u64,
    /// When it was held.
    pub time: Moment,
    /// Who recorded it.
    pub actor: Text,
    /// What was said.
    pub said: RetrospectiveRecorded,
}

impl RetrospectiveRow {
    /// What the keys of a subject's retrospectives begin with.
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
