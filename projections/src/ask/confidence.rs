//! Confidence: every statement, and a figure week by week.
//!
//! A week's figure covers only statements made *in* that week: for a key result the last one, for an objective the
//! weighted mean of its key results with a statement, for a cycle the mean of its objectives. Nothing is carried
//! forward and nothing has a default: a week without a statement is null. Retired goals keep their weeks, so a
//! retirement does not change past figures.

mod weeks;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use events::{Confidence, EventId, Moment, Number, Ref, SubjectId, Text};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::figures::own;
use super::resolve::{find_cycle, find_key_result, find_objective};
use super::{AsOf, Asked};
use crate::rows::{CheckIn, CycleRow, Error, KeyResult, ObjectiveRow, Rows, all};

use weeks::{Calendar, Weeks};

/// Stated confidence in a cycle, an objective or a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfidenceReport {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle that defines the weeks.
    pub cycle: SubjectId,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The subject's own line, with the lines of its parts.
    pub subject: ConfidenceLine,
    /// Every check-in, ordered by time, with corrections applied and listed.
    pub history: Vec<ConfidenceStated>,
}

/// The subject of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A cycle: the mean of its objectives.
    Cycle,
    /// An objective: the mean of its key results.
    Objective,
    /// A key result: its own statements.
    KeyResult,
}

/// A line of the weekly table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfidenceLine {
    /// The kind of subject.
    pub kind: LineKind,
    /// Client-chosen id of the subject, unique in the ledger.
    pub id: SubjectId,
    /// The subject's ref; null for a cycle.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// The title in force.
    pub title: Text,
    /// The week that contains the query's moment; null if outside the table.
    pub this_week: Option<ConfidenceWeek>,
    /// The week before `this_week`.
    pub last_week: Option<ConfidenceWeek>,
    /// The weeks begun so far, up to the last week of the cycle or the last week with a statement, whichever is later.
    pub weeks: Vec<ConfidenceWeek>,
    /// Objectives of a cycle, or key results of an objective.
    pub parts: Vec<ConfidenceLine>,
}

/// One week of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfidenceWeek {
    /// The week number: week 1 is days 1 to 7 of the cycle, in its time zone.
    pub week: u32,
    /// The first day of the week.
    pub from: NaiveDate,
    /// The last day of the week, inclusive.
    pub to: NaiveDate,
    /// The confidence stated in this week, 0 to 10; means have one decimal. Null if nothing was stated.
    pub confidence: Option<Number>,
}

/// The confidence part of a check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfidenceStated {
    /// The event's sequence number.
    pub seq: u64,
    /// The event's id.
    pub event_id: EventId,
    /// The time the check-in describes.
    pub time: Moment,
    /// When the ledger recorded it.
    pub recorded_at: Moment,
    /// The key result's id.
    pub key_result: SubjectId,
    /// The confidence stated; null if the check-in states none.
    pub confidence: Option<Confidence>,
    /// The value stated; null if the check-in states none.
    pub value: Option<Number>,
    /// The seqs of its corrections, in order.
    pub corrected_by: Vec<u64>,
}

/// Returns the report on a cycle, with its objectives and their key results; `None` if there is no such cycle.
pub fn confidence_of_cycle<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    cycle_id: &str,
) -> Result<Option<ConfidenceReport>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let objectives: Vec<ObjectiveRow> = all(asked.rows, &CycleRow::objectives(cycle_id))?;
    let key_results = KeyResult::under(asked.rows, &CycleRow::key_results(cycle_id))?;
    let mut statements = Statements::of(asked.at, &cycle);
    let mut parts = Vec::with_capacity(objectives.len());
    for objective in &objectives {
        let check_ins = CheckIn::under(asked.rows, &objective.place().check_ins())?;
        parts.push(statements.objective(objective, own(&key_results, objective), &check_ins));
    }
    let line = statements.cycle(parts);
    Ok(Some(statements.report(asked, line)))
}

/// Builds the line of a cycle from the check-ins of one objective at a time.
pub(super) struct Lines<'a> {
    statements: Statements<'a>,
    parts: Vec<ExactLine>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(at: Moment, cycle: &'a CycleRow) -> Self {
        Lines { statements: Statements { history: None, ..Statements::of(at, cycle) }, parts: Vec::new() }
    }

    pub(super) fn objective(
        &mut self,
        row: &ObjectiveRow,
        key_results: &[KeyResult],
        check_ins: &BTreeMap<(u32, u32), Vec<CheckIn>>,
    ) {
        let part = self.statements.objective(row, key_results, check_ins);
        self.parts.push(part);
    }

    pub(super) fn cycle(mut self) -> ConfidenceLine {
        let parts = std::mem::take(&mut self.parts);
        self.statements.line(self.statements.cycle(parts))
    }
}

/// Returns the report on an objective, by id or ref, with its key results; `None` if there is none.
pub fn confidence_of_objective<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    id_or_ref: &str,
) -> Result<Option<ConfidenceReport>, Error> {
    let Some(objective) = find_objective(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(cycle) = find_cycle(asked.rows, objective.cycle.as_str())? else { return Ok(None) };
    let key_results = KeyResult::under(asked.rows, &objective.place().key_results())?;
    let check_ins = CheckIn::under(asked.rows, &objective.place().check_ins())?;
    let mut statements = Statements::of(asked.at, &cycle);
    let line = statements.objective(&objective, &key_results, &check_ins);
    Ok(Some(statements.report(asked, line)))
}

/// Returns the report on a key result, by id or ref; `None` if there is none.
pub fn confidence_of_key_result<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    id_or_ref: &str,
) -> Result<Option<ConfidenceReport>, Error> {
    let Some(row) = find_key_result(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(cycle) = find_cycle(asked.rows, row.cycle.as_str())? else { return Ok(None) };
    let check_ins = CheckIn::of(asked.rows, &row.place())?;
    let mut statements = Statements::of(asked.at, &cycle);
    let line = statements.key_result(&row, &check_ins);
    Ok(Some(statements.report(asked, line)))
}

/// A line with unrounded weeks.
struct ExactLine {
    kind: LineKind,
    id: SubjectId,
    given: Option<Ref>,
    title: Text,
    weight: Decimal,
    weeks: Weeks,
    parts: Vec<ExactLine>,
}

impl ExactLine {
    /// Returns a line whose weeks are the means of its parts.
    fn whole(kind: LineKind, id: SubjectId, given: Option<Ref>, title: Text, parts: Vec<ExactLine>) -> Self {
        let weeks = Weeks::mean(parts.iter().map(|part| (&part.weeks, part.weight)));
        ExactLine { kind, id, given, title, weight: Decimal::ONE, weeks, parts }
    }

    fn out(self, calendar: &Calendar, rows: u32) -> ConfidenceLine {
        let row = |week: Option<u32>| {
            week.filter(|week| (1..=rows).contains(week)).and_then(|week| self.weeks.row(week, calendar))
        };
        let this_week = calendar.this_week();
        ConfidenceLine {
            kind: self.kind,
            this_week: row(this_week),
            last_week: row(this_week.and_then(|week| week.checked_sub(1))),
            weeks: (1..=rows).filter_map(|week| self.weeks.row(week, calendar)).collect(),
            id: self.id,
            given: self.given,
            title: self.title,
            parts: self.parts.into_iter().map(|part| part.out(calendar, rows)).collect(),
        }
    }
}

/// Statements collected from check-ins.
struct Statements<'a> {
    cycle: &'a CycleRow,
    calendar: Calendar,
    /// Every statement; `None` if only the lines are wanted.
    history: Option<Vec<ConfidenceStated>>,
}

impl<'a> Statements<'a> {
    fn of(at: Moment, cycle: &'a CycleRow) -> Self {
        Statements { cycle, calendar: Calendar::of(cycle, at), history: Some(Vec::new()) }
    }

    fn cycle(&self, parts: Vec<ExactLine>) -> ExactLine {
        ExactLine::whole(LineKind::Cycle, self.cycle.id.clone(), None, self.cycle.title.clone(), parts)
    }

    fn objective(
        &mut self,
        row: &ObjectiveRow,
        key_results: &[KeyResult],
        check_ins: &BTreeMap<(u32, u32), Vec<CheckIn>>,
    ) -> ExactLine {
        let said = |row: &KeyResult| check_ins.get(&(row.objective_no, row.no)).map(Vec::as_slice).unwrap_or_default();
        let parts = key_results.iter().map(|row| self.key_result(row, said(row))).collect();
        let weight = row.weight.map_or(Decimal::ONE, |weight| weight.decimal());
        let line = ExactLine::whole(LineKind::Objective, row.id.clone(), Some(row.given()), row.title.clone(), parts);
        ExactLine { weight, ..line }
    }

    fn key_result(&mut self, row: &KeyResult, check_ins: &[CheckIn]) -> ExactLine {
        let mut weeks = Weeks::default();
        for check_in in check_ins {
            if let Some(confidence) = check_in.says.confidence {
                weeks.state(self.calendar.week_of(check_in.at.time), confidence);
            }
        }
        let stated = |check_in: &CheckIn| ConfidenceStated {
            seq: check_in.at.seq,
            event_id: check_in.event_id.clone(),
            time: check_in.at.time,
            recorded_at: check_in.at.recorded_at,
            key_result: row.id.clone(),
            confidence: check_in.says.confidence,
            value: check_in.says.value,
            corrected_by: check_in.corrected_by.clone(),
        };
        if let Some(history) = &mut self.history {
            history.extend(check_ins.iter().map(stated));
        }
        ExactLine {
            kind: LineKind::KeyResult,
            id: row.id.clone(),
            given: Some(row.given()),
            title: row.title.clone(),
            weight: row.weight.map_or(Decimal::ONE, |weight| weight.decimal()),
            weeks,
            parts: Vec::new(),
        }
    }

    fn line(&self, line: ExactLine) -> ConfidenceLine {
        let rows = self.calendar.weeks_begun().max(line.weeks.last());
        line.out(&self.calendar, rows)
    }

    fn report<R: ?Sized>(self, asked: &Asked<'_, R>, line: ExactLine) -> ConfidenceReport {
        let subject = self.line(line);
        let mut history = self.history.unwrap_or_default();
        history.sort_by_key(|stated| (stated.time, stated.seq));
        let cycle = self.cycle.id.clone();
        ConfidenceReport { ledger: asked.ledger.to_owned(), cycle, as_of: asked.as_of, subject, history }
    }
}

#[cfg(test)]
mod tests;
