//! Cycles as they stand.

use chrono::NaiveDate;
use events::{CycleKind, Formula, Level, Moment, NorthStar, Ref, SubjectId, Text, TimeZone};
use serde::{Deserialize, Serialize};

use super::{RetrospectiveStands, retrospectives};
use crate::ask::resolve::find_cycle;
use crate::ask::{AsOf, Asked, GoalState};
use crate::calendar::{days_left, elapsed};
use crate::rows::{
    Closing, CycleRow, CycleState, Error, Key, ObjectiveRow, Reopening, Rows, Stamp, Table, ThemeRow, all,
};
use crate::score::PLACES;

/// The cycles of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycles {
    /// The ledger's slug.
    pub ledger: String,
    /// What was known.
    pub as_of: AsOf,
    /// The cycles, in the order of their opening.
    pub cycles: Vec<CycleBrief>,
}

/// A cycle in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleBrief {
    /// Its id.
    pub id: SubjectId,
    /// Its title.
    pub title: Text,
    /// How long it is meant to be.
    pub kind: CycleKind,
    /// Where it is in its life.
    pub state: CycleState,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Where its days begin and end.
    pub time_zone: TimeZone,
    /// The longer cycle it is part of.
    pub parent: Option<SubjectId>,
}

/// A cycle as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleStands {
    /// The ledger's slug.
    pub ledger: String,
    /// What was known.
    pub as_of: AsOf,
    /// Its id.
    pub id: SubjectId,
    /// Its title.
    pub title: Text,
    /// How long it is meant to be.
    pub kind: CycleKind,
    /// Where it is in its life.
    pub state: CycleState,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Where its days begin and end.
    pub time_zone: TimeZone,
    /// The longer cycle it is part of.
    pub parent: Option<SubjectId>,
    /// The share of it gone, 0 to 1.
    pub elapsed: events::Number,
    /// Days still to come, today not counted; negative once it is over.
    pub days_left: i64,
    /// When it was opened.
    pub opened: Stamp,
    /// When it was started.
    pub started: Option<Stamp>,
    /// Its closings, in order; a reopening takes none of them away.
    pub closings: Vec<ClosingStands>,
    /// Its reopenings, in order.
    pub reopenings: Vec<ReopeningStands>,
    /// Its themes, by id.
    pub themes: Vec<ThemeStands>,
    /// Its objectives, in the order of their refs.
    pub objectives: Vec<ObjectiveBrief>,
    /// Its retrospectives.
    pub retrospectives: Vec<RetrospectiveStands>,
    /// The last event about it.
    pub touched: u64,
}

/// One closing of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingStands {
    /// The event.
    pub seq: u64,
    /// When it was closed.
    pub time: Moment,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
    /// What was said.
    pub note: Option<Text>,
    /// The version of the policy it was closed under.
    pub policy_version: u32,
    /// The formula its scores were closed under.
    pub formula: Formula,
}

/// One reopening of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReopeningStands {
    /// The event.
    pub seq: u64,
    /// When it was reopened.
    pub time: Moment,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
    /// Why.
    pub reason: Text,
}

/// A theme of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThemeStands {
    /// Its id.
    pub id: SubjectId,
    /// Its title.
    pub title: Text,
    /// The measure it serves.
    pub north_star: Option<NorthStar>,
    /// What it pulls on.
    pub lever: Option<Text>,
    /// The standing objectives that serve it.
    pub objectives: Vec<SubjectId>,
}

/// An objective in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveBrief {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Whose it is.
    pub level: Level,
    /// The team it belongs to.
    pub team: Option<SubjectId>,
    /// Who answers for it.
    pub owner: Text,
    /// Whether it counts.
    pub state: GoalState,
}

/// The cycles of a ledger.
pub fn cycles<R: Rows + ?Sized>(asked: &Asked<'_, R>) -> Result<Cycles, Error> {
    let mut rows: Vec<CycleRow> = all(asked.rows, &Key::of(Table::Cycle))?;
    rows.sort_by_key(|row| row.no);
    let brief = |row: CycleRow| CycleBrief {
        id: row.id,
        title: row.title,
        kind: row.kind,
        state: row.state,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        time_zone: row.time_zone,
        parent: row.parent,
    };
    Ok(Cycles { ledger: asked.ledger.to_owned(), as_of: asked.as_of, cycles: rows.into_iter().map(brief).collect() })
}

/// A cycle as it stands; `None` where there is none of that id.
pub fn cycle<R: Rows + ?Sized>(asked: &Asked<'_, R>, id: &str) -> Result<Option<CycleStands>, Error> {
    let Some(row) = find_cycle(asked.rows, id)? else { return Ok(None) };
    let objectives: Vec<ObjectiveRow> = all(asked.rows, &CycleRow::objectives(id))?;
    let themes: Vec<ThemeRow> = all(asked.rows, &ThemeRow::of_cycle(id))?;
    Ok(Some(CycleStands {
        ledger: asked.ledger.to_owned(),
        as_of: asked.as_of,
        elapsed: elapsed(&row, asked.at).rounded(PLACES),
        days_left: days_left(&row, asked.at),
        themes: themes.into_iter().map(|theme| theme_of(theme, &objectives)).collect(),
        objectives: objectives.iter().map(brief).collect(),
        retrospectives: retrospectives(asked.rows, id)?,
        closings: all::<Closing>(asked.rows, &Closing::of_cycle(id))?
            .into_iter()
            .map(|closing| ClosingStands {
                seq: closing.at.seq,
                time: closing.at.time,
                recorded_at: closing.at.recorded_at,
                note: closing.note,
                policy_version: closing.under.policy_version,
                formula: closing.under.formula,
            })
            .collect(),
        reopenings: all::<Reopening>(asked.rows, &Reopening::of_cycle(id))?
            .into_iter()
            .map(|reopening| ReopeningStands {
                seq: reopening.at.seq,
                time: reopening.at.time,
                recorded_at: reopening.at.recorded_at,
                reason: reopening.reason,
            })
            .collect(),
        id: row.id,
        title: row.title,
        kind: row.kind,
        state: row.state,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        time_zone: row.time_zone,
        parent: row.parent,
        opened: row.opened,
        started: row.started,
        touched: row.touched,
    }))
}

fn theme_of(theme: ThemeRow, objectives: &[ObjectiveRow]) -> ThemeStands {
    let serving = objectives
        .iter()
        .filter(|objective| objective.retired.is_none() && objective.themes.contains(&theme.id))
        .map(|objective| objective.id.clone())
        .collect();
    ThemeStands {
        objectives: serving,
        id: theme.id,
        title: theme.title,
        north_star: theme.north_star,
        lever: theme.lever,
    }
}

fn brief(objective: &ObjectiveRow) -> ObjectiveBrief {
    ObjectiveBrief {
        id: objective.id.clone(),
        given: objective.given(),
        title: objective.title.clone(),
        level: objective.level,
        team: objective.team.clone(),
        owner: objective.owner.clone(),
        state: GoalState::of(objective.retired.is_none()),
    }
}
