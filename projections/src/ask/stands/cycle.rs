//! The current state of cycles.

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
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The cycles, in the order in which they were opened.
    pub cycles: Vec<CycleBrief>,
}

/// A cycle without its goals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleBrief {
    /// Client-chosen id of the cycle, unique in the ledger.
    pub id: SubjectId,
    /// The title in force.
    pub title: Text,
    /// Quarter, year or custom.
    pub kind: CycleKind,
    /// Open, started or closed.
    pub state: CycleState,
    /// The first day of the cycle.
    pub starts_on: NaiveDate,
    /// The last day of the cycle, inclusive.
    pub ends_on: NaiveDate,
    /// The time zone in which its days begin and end.
    pub time_zone: TimeZone,
    /// The longer cycle that contains it.
    pub parent: Option<SubjectId>,
}

/// The current state of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleStands {
    /// The ledger's slug.
    pub ledger: String,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// Client-chosen id of the cycle, unique in the ledger.
    pub id: SubjectId,
    /// The title in force.
    pub title: Text,
    /// Quarter, year or custom.
    pub kind: CycleKind,
    /// Open, started or closed.
    pub state: CycleState,
    /// The first day of the cycle.
    pub starts_on: NaiveDate,
    /// The last day of the cycle, inclusive.
    pub ends_on: NaiveDate,
    /// The time zone in which its days begin and end.
    pub time_zone: TimeZone,
    /// The longer cycle that contains it.
    pub parent: Option<SubjectId>,
    /// Elapsed share of the cycle, 0 to 1.
    pub elapsed: events::Number,
    /// Days left, not counting today; negative after the end.
    pub days_left: i64,
    /// Time and event of the opening.
    pub opened: Stamp,
    /// Time and event of the start; null before.
    pub started: Option<Stamp>,
    /// Closings, in order; a reopening removes none of them.
    pub closings: Vec<ClosingStands>,
    /// Reopenings, in order.
    pub reopenings: Vec<ReopeningStands>,
    /// Themes, ordered by id.
    pub themes: Vec<ThemeStands>,
    /// Objectives, ordered by ref.
    pub objectives: Vec<ObjectiveBrief>,
    /// Retrospectives of the cycle as a whole.
    pub retrospectives: Vec<RetrospectiveStands>,
    /// The last event about the cycle.
    pub touched: u64,
}

/// A closing of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingStands {
    /// The event's sequence number.
    pub seq: u64,
    /// When it was closed, as stated by the author.
    pub time: Moment,
    /// When the ledger recorded it.
    pub recorded_at: Moment,
    /// The author's note.
    pub note: Option<Text>,
    /// The version of the policy in force at the closing.
    pub policy_version: u32,
    /// The formula of the final scores.
    pub formula: Formula,
}

/// A reopening of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReopeningStands {
    /// The event's sequence number.
    pub seq: u64,
    /// When it was reopened, as stated by the author.
    pub time: Moment,
    /// When the ledger recorded it.
    pub recorded_at: Moment,
    /// The author's reason.
    pub reason: Text,
}

/// A theme of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThemeStands {
    /// Client-chosen id of the theme, unique in the ledger.
    pub id: SubjectId,
    /// The title as declared.
    pub title: Text,
    /// The long-term measure it serves.
    pub north_star: Option<NorthStar>,
    /// The driver of that measure it works on.
    pub lever: Option<Text>,
    /// Active objectives that name the theme.
    pub objectives: Vec<SubjectId>,
}

/// An objective without its key results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveBrief {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// Company, team or individual.
    pub level: Level,
    /// The team it belongs to.
    pub team: Option<SubjectId>,
    /// The person accountable for the objective.
    pub owner: Text,
    /// Active or retired.
    pub state: GoalState,
}

/// Returns the cycles of a ledger.
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

/// Returns the current state of a cycle; `None` if there is no cycle with that id.
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
