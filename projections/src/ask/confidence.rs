//! Confidence: as it was stated, and week by week.
//!
//! A week's figure is what was stated *in* that week: of each key result the last statement, of an objective the weighted
//! mean of its key results that stated one, of a cycle that of its objectives. Nothing is carried forward and nothing has a
//! default: a week in which nobody said anything is null. Goals that were retired since keep the weeks they had, so that a
//! retirement doesn't change what had been said.

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

/// How sure people were of a cycle, an objective or a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfidenceReport {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle whose weeks these are.
    pub cycle: SubjectId,
    /// What was known.
    pub as_of: AsOf,
    /// The subject's own line, with those of its parts.
    pub subject: ConfidenceLine,
    /// Every check-in, ordered by time, corrections applied and marked.
    pub history: Vec<ConfidenceStated>,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A cycle.
    Cycle,
    /// An objective.
    Objective,
    /// A key result.
    KeyResult,
}

/// A row of the weekly table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfidenceLine {
    /// What it is about.
    pub kind: LineKind,
    /// Its id.
    pub id: SubjectId,
    /// Its ref; a cycle has none.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// Its title.
    pub title: Text,
    /// The week of the moment asked at; null where the table has none.
    pub this_week: Option<ConfidenceWeek>,
    /// The week before that.
    pub last_week: Option<ConfidenceWeek>,
    /// The weeks that have begun, up to the cycle's last, or to the last one in which something was stated.
    pub weeks: Vec<ConfidenceWeek>,
    /// A cycle's objectives; an objective's key results.
    pub parts: Vec<ConfidenceLine>,
}

/// One week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfidenceWeek {
    /// Its number: week 1 is days 1 to 7 of the cycle, in its time zone.
    pub week: u32,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// What was stated in it: 0 to 10; a mean comes with one decimal.
    pub confidence: Option<Number>,
}

/// A check-in, as far as it tells how sure people were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfidenceStated {
    /// The event.
    pub seq: u64,
    /// The event's id.
    pub event_id: EventId,
    /// When it was so.
    pub time: Moment,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
    /// The key result.
    pub key_result: SubjectId,
    /// The confidence; null where the check-in states none.
    pub confidence: Option<Confidence>,
    /// The value; likewise.
    pub value: Option<Number>,
    /// The events that corrected it, in order.
    pub corrected_by: Vec<u64>,
}

/// Of a cycle, with its objectives and their key results; `None` where there is no such cycle.
pub fn confidence_of_cycle<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    cycle_id: &str,
) -> Result<Option<ConfidenceReport>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let objectives: Vec<ObjectiveRow> = all(asked.rows, &CycleRow::objectives(cycle_id))?;
    let key_results = KeyResult::under(asked.rows, &CycleRow::key_results(cycle_id))?;
    let mut told = Told::of(asked.at, &cycle);
    let mut parts = Vec::with_capacity(objectives.len());
    for objective in &objectives {
        let check_ins = CheckIn::under(asked.rows, &objective.place().check_ins())?;
        parts.push(told.objective(objective, own(&key_results, objective), &check_ins));
    }
    let line = told.cycle(parts);
    Ok(Some(told.report(asked, line)))
}

/// The line of a cycle alone, of which each objective's check-ins are handed over once.
pub(super) struct Lines<'a> {
    told: Told<'a>,
    parts: Vec<Line>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(at: Moment, cycle: &'a CycleRow) -> Self {
        Lines { told: Told { history: None, ..Told::of(at, cycle) }, parts: Vec::new() }
    }

    pub(super) fn objective(
        &mut self,
        row: &ObjectiveRow,
        key_results: &[KeyResult],
        check_ins: &BTreeMap<(u32, u32), Vec<CheckIn>>,
    ) {
        let part = self.told.objective(row, key_results, check_ins);
        self.parts.push(part);
    }

    pub(super) fn cycle(mut self) -> ConfidenceLine {
        let parts = std::mem::take(&mut self.parts);
        self.told.line(self.told.cycle(parts))
    }
}

/// Of an objective, by id or ref, with its key results; `None` where there is none.
pub fn confidence_of_objective<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    id_or_ref: &str,
) -> Result<Option<ConfidenceReport>, Error> {
    let Some(objective) = find_objective(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(cycle) = find_cycle(asked.rows, objective.cycle.as_str())? else { return Ok(None) };
    let key_results = KeyResult::under(asked.rows, &objective.place().key_results())?;
    let check_ins = CheckIn::under(asked.rows, &objective.place().check_ins())?;
    let mut told = Told::of(asked.at, &cycle);
    let line = told.objective(&objective, &key_results, &check_ins);
    Ok(Some(told.report(asked, line)))
}

/// Of a key result, by id or ref; `None` where there is none.
pub fn confidence_of_key_result<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    id_or_ref: &str,
) -> Result<Option<ConfidenceReport>, Error> {
    let Some(row) = find_key_result(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(cycle) = find_cycle(asked.rows, row.cycle.as_str())? else { return Ok(None) };
    let check_ins = CheckIn::of(asked.rows, &row.place())?;
    let mut told = Told::of(asked.at, &cycle);
    let line = told.key_result(&row, &check_ins);
    Ok(Some(told.report(asked, line)))
}

/// A line whose weeks are still exact.
struct Line {
    kind: LineKind,
    id: SubjectId,
    given: Option<Ref>,
    title: Text,
    weight: Decimal,
    weeks: Weeks,
    parts: Vec<Line>,
}

impl Line {
    /// A line whose weeks are the means of its parts'.
    fn whole(kind: LineKind, id: SubjectId, given: Option<Ref>, title: Text, parts: Vec<Line>) -> Self {
        let weeks = Weeks::mean(parts.iter().map(|part| (&part.weeks, part.weight)));
        Line { kind, id, given, title, weight: Decimal::ONE, weeks, parts }
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

/// What was told, gathered from check-ins.
struct Told<'a> {
    cycle: &'a CycleRow,
    calendar: Calendar,
    /// What was stated; none where the lines alone are wanted.
    history: Option<Vec<ConfidenceStated>>,
}

impl<'a> Told<'a> {
    fn of(at: Moment, cycle: &'a CycleRow) -> Self {
        Told { cycle, calendar: Calendar::of(cycle, at), history: Some(Vec::new()) }
    }

    fn cycle(&self, parts: Vec<Line>) -> Line {
        Line::whole(LineKind::Cycle, self.cycle.id.clone(), None, self.cycle.title.clone(), parts)
    }

    fn objective(
        &mut self,
        row: &ObjectiveRow,
        key_results: &[KeyResult],
        check_ins: &BTreeMap<(u32, u32), Vec<CheckIn>>,
    ) -> Line {
        let said = |row: &KeyResult| check_ins.get(&(row.objective_no, row.no)).map(Vec::as_slice).unwrap_or_default();
        let parts = key_results.iter().map(|row| self.key_result(row, said(row))).collect();
        let weight = row.weight.map_or(Decimal::ONE, |weight| weight.decimal());
        let line = Line::whole(LineKind::Objective, row.id.clone(), Some(row.given()), row.title.clone(), parts);
        Line { weight, ..line }
    }

    fn key_result(&mut self, row: &KeyResult, check_ins: &[CheckIn]) -> Line {
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
        Line {
            kind: LineKind::KeyResult,
            id: row.id.clone(),
            given: Some(row.given()),
            title: row.title.clone(),
            weight: row.weight.map_or(Decimal::ONE, |weight| weight.decimal()),
            weeks,
            parts: Vec::new(),
        }
    }

    fn line(&self, line: Line) -> ConfidenceLine {
        let rows = self.calendar.weeks_begun().max(line.weeks.last());
        line.out(&self.calendar, rows)
    }

    fn report<R: ?Sized>(self, asked: &Asked<'_, R>, line: Line) -> ConfidenceReport {
        let subject = self.line(line);
        let mut history = self.history.unwrap_or_default();
        history.sort_by_key(|stated| (stated.time, stated.seq));
        let cycle = self.cycle.id.clone();
        ConfidenceReport { ledger: asked.ledger.to_owned(), cycle, as_of: asked.as_of, subject, history }
    }
}

#[cfg(test)]
mod tests;
