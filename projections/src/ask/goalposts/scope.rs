//! Scope integrity: what was set at the start against what is scored. A goal that is gone was retired, and says why; nothing can
//! be deleted.

use std::collections::BTreeMap;

use events::{Justification, Moment, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{Walked, Whole};
use crate::calendar::days_left;
use crate::rows::{KeyResult, Retirement};

/// What was set at the start against what is scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Objectives.
    pub objectives: ScopeCount,
    /// Key results.
    pub key_results: ScopeCount,
    /// The goals that stood at the start and no longer do, in the order of their refs, objectives first.
    pub vanished: Vec<Vanished>,
    /// The goals that were drafted after the start, likewise.
    pub appeared: Vec<Appeared>,
}

/// How many goals there are of what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeCount {
    /// They stood at the start.
    pub set_at_start: u32,
    /// Of these, retired since.
    pub vanished: u32,
    /// Drafted after the start, retired or not.
    pub appeared: u32,
    /// They stand now: set at the start, less vanished, plus those that appeared and were not retired.
    pub standing: u32,
    /// Of those that stand, they have a score that counts.
    pub scored: u32,
}

/// A goal that was retired after the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vanished {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Its objective; null for an objective.
    pub objective: Option<SubjectId>,
    /// The event that retired it, or its objective.
    pub seq: u64,
    /// When.
    pub time: Moment,
    /// Days of the cycle that were left.
    pub days_left: i64,
    /// Whether it went with its objective.
    pub with_objective: bool,
    /// Why.
    pub justification: Justification,
    /// What takes its place: nothing, one goal, or those it was split into.
    pub replaced_by: Vec<Replacement>,
}

/// What takes the place of a goal that was retired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// Its id.
    pub id: SubjectId,
    /// Its title; null where it is of another cycle.
    pub title: Option<Text>,
}

impl Replacement {
    /// What people call it: its title, or else its id.
    pub fn name(&self) -> &str {
        self.title.as_ref().map_or(self.id.as_str(), Text::as_str)
    }
}

/// A goal that was drafted after the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeared {
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Its objective; null for an objective.
    pub objective: Option<SubjectId>,
    /// The event that drafted it.
    pub seq: u64,
    /// When.
    pub time: Moment,
    /// Days of the cycle that were left.
    pub days_left: i64,
    /// The retired goals whose place it takes.
    pub replaces: Vec<SubjectId>,
    /// Whether it stands now.
    pub stands: bool,
}

pub(super) fn of(whole: &Whole, walked: &Walked<'_>) -> Scope {
    let started = whole.cycle.started.map(|started| started.seq);
    let is_later = |seq: u64| started.is_some_and(|started| seq > started);
    let mut scope = Scope {
        objectives: ScopeCount::default(),
        key_results: ScopeCount::default(),
        vanished: vec![],
        appeared: vec![],
    };
    let book = Book::of(whole);

    for (at, row) in whole.objectives.iter().enumerate() {
        let at_start = walked.objectives_at_start[at];
        let stands = row.retired.is_none();
        let has_score = walked.objectives[at].as_graded.is_some();
        scope.objectives.add(started.is_some() && at_start, is_later(row.drafted.seq), stands, has_score);
        if let Some(retired) = row.retired.as_ref().filter(|_| started.is_some() && at_start) {
            scope.vanished.push(book.vanished((&row.id, row.given(), &row.title), None, retired, false));
        }
        if is_later(row.drafted.seq) {
            scope.appeared.push(book.appeared((&row.id, row.given(), &row.title), None, row.drafted, stands));
        }
    }
    for (row, one) in whole.key_results.iter().zip(&walked.key_results) {
        let above = book.retirement_above(row);
        let stands = row.retired.is_none() && above.is_none();
        let at_start = started.is_some() && one.at_start;
        let about = (&row.id, row.given(), &row.title);
        scope.key_results.add(at_start, is_later(row.drafted.seq), stands, one.rungs.as_graded.is_some());
        let gone = row.retired.as_ref().map(|own| (own, false)).or(above.map(|above| (above, true)));
        if let Some((retired, with_objective)) = gone.filter(|_| at_start) {
            scope.vanished.push(book.vanished(about, Some(&row.objective), retired, with_objective));
        }
        if is_later(row.drafted.seq) {
            scope.appeared.push(book.appeared(about, Some(&row.objective), row.drafted, stands));
        }
    }
    scope
}

impl ScopeCount {
    fn add(&mut self, at_start: bool, is_later: bool, stands: bool, has_score: bool) {
        self.set_at_start += u32::from(at_start);
        self.vanished += u32::from(at_start && !stands);
        self.appeared += u32::from(is_later);
        self.standing += u32::from(stands);
        self.scored += u32::from(stands && has_score);
    }
}

/// What is looked up of other goals.
struct Book<'w> {
    whole: &'w Whole,
    titles: BTreeMap<&'w SubjectId, &'w Text>,
    replaces: BTreeMap<&'w SubjectId, Vec<&'w SubjectId>>,
    above: BTreeMap<u32, &'w Retirement>,
}

type About<'a> = (&'a SubjectId, Ref, &'a Text);

impl<'w> Book<'w> {
    fn of(whole: &'w Whole) -> Self {
        let objectives = whole.objectives.iter().map(|row| (&row.id, &row.title, row.retired.as_ref()));
        let key_results = whole.key_results.iter().map(|row| (&row.id, &row.title, row.retired.as_ref()));
        let mut book = Book { whole, titles: BTreeMap::new(), replaces: BTreeMap::new(), above: BTreeMap::new() };
        for (id, title, retired) in objectives.chain(key_results) {
            book.titles.insert(id, title);
            for by in retired.iter().flat_map(|retired| retired.replaced_by.iter()) {
                book.replaces.entry(by).or_default().push(id);
            }
        }
        book.above = whole.objectives.iter().filter_map(|row| Some((row.no, row.retired.as_ref()?))).collect();
        book
    }

    fn retirement_above(&self, row: &KeyResult) -> Option<&'w Retirement> {
        self.above.get(&row.objective_no).copied()
    }

    fn vanished(
        &self,
        (id, given, title): About<'_>,
        objective: Option<&SubjectId>,
        retired: &Retirement,
        with_objective: bool,
    ) -> Vanished {
        let replacement = |by: &SubjectId| Replacement { id: by.clone(), title: self.titles.get(by).copied().cloned() };
        Vanished {
            id: id.clone(),
            given,
            title: title.clone(),
            objective: objective.cloned(),
            seq: retired.at.seq,
            time: retired.at.time,
            days_left: days_left(&self.whole.cycle, retired.at.time),
            with_objective,
            justification: retired.justification.clone(),
            replaced_by: retired.replaced_by.iter().filter(|_| !with_objective).map(replacement).collect(),
        }
    }

    fn appeared(
        &self,
        (id, given, title): About<'_>,
        objective: Option<&SubjectId>,
        drafted: crate::rows::Stamp,
        stands: bool,
    ) -> Appeared {
        let replaces = self.replaces.get(id).map(|ids| ids.iter().map(|id| (*id).clone()).collect());
        Appeared {
            id: id.clone(),
            given,
            title: title.clone(),
            objective: objective.cloned(),
            seq: drafted.seq,
            time: drafted.time,
            days_left: days_left(&self.whole.cycle, drafted.time),
            replaces: replaces.unwrap_or_default(),
            stands,
        }
    }
}
