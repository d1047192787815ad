//! Scope integrity: the goals set at the start compared with the goals scored. Goals cannot be deleted: a missing goal
//! was retired, with a justification.

use std::collections::BTreeMap;

use events::{Justification, Moment, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::{Walked, Whole};
use crate::calendar::days_left;
use crate::rows::{KeyResult, Retirement};

/// The goals set at the start compared with the goals scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Counts of objectives.
    pub objectives: ScopeCount,
    /// Counts of key results.
    pub key_results: ScopeCount,
    /// Goals active at the start and retired since, ordered by ref, objectives first.
    pub vanished: Vec<Vanished>,
    /// Goals drafted after the start, ordered by ref, objectives first.
    pub appeared: Vec<Appeared>,
}

/// Counts of goals of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeCount {
    /// Goals active at the start.
    pub set_at_start: u32,
    /// Goals among `set_at_start` that were retired since.
    pub vanished: u32,
    /// Goals drafted after the start, retired or not.
    pub appeared: u32,
    /// Goals active now: `set_at_start` minus `vanished`, plus goals drafted after the start and not retired.
    pub standing: u32,
    /// Active goals with a final score.
    pub scored: u32,
}

/// A goal retired after the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vanished {
    /// Client-chosen id of the goal, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3` or `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The objective of a key result; null for an objective.
    pub objective: Option<SubjectId>,
    /// The seq of the event that retired the goal or its objective.
    pub seq: u64,
    /// When it was retired, as stated by the author.
    pub time: Moment,
    /// Days left in the cycle at that time.
    pub days_left: i64,
    /// True if it was retired together with its objective.
    pub with_objective: bool,
    /// The justification of the retirement.
    pub justification: Justification,
    /// The goals that replace it: none, one, or several after a split.
    pub replaced_by: Vec<Replacement>,
}

/// A goal that replaces a retired one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// Client-chosen id of the goal, unique in the ledger.
    pub id: SubjectId,
    /// The goal's title; null if it belongs to another cycle.
    pub title: Option<Text>,
}

impl Replacement {
    /// Returns the title, or the id if there is none.
    pub fn name(&self) -> &str {
        self.title.as_ref().map_or(self.id.as_str(), Text::as_str)
    }
}

/// A goal drafted after the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeared {
    /// Client-chosen id of the goal, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3` or `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The objective of a key result; null for an objective.
    pub objective: Option<SubjectId>,
    /// The seq of the event that drafted it.
    pub seq: u64,
    /// When it was drafted, as stated by the author.
    pub time: Moment,
    /// Days left in the cycle at that time.
    pub days_left: i64,
    /// Retired goals that it replaces.
    pub replaces: Vec<SubjectId>,
    /// True if it is active now.
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
    let index = GoalIndex::of(whole);

    for (at, row) in whole.objectives.iter().enumerate() {
        let at_start = walked.objectives_at_start[at];
        let stands = row.retired.is_none();
        let has_score = walked.objectives[at].as_graded.is_some();
        scope.objectives.add(started.is_some() && at_start, is_later(row.drafted.seq), stands, has_score);
        if let Some(retired) = row.retired.as_ref().filter(|_| started.is_some() && at_start) {
            scope.vanished.push(index.vanished((&row.id, row.given(), &row.title), None, retired, false));
        }
        if is_later(row.drafted.seq) {
            scope.appeared.push(index.appeared((&row.id, row.given(), &row.title), None, row.drafted, stands));
        }
    }
    for (row, one) in whole.key_results.iter().zip(&walked.key_results) {
        let above = index.retirement_above(row);
        let stands = row.retired.is_none() && above.is_none();
        let at_start = started.is_some() && one.at_start;
        let about = (&row.id, row.given(), &row.title);
        scope.key_results.add(at_start, is_later(row.drafted.seq), stands, one.rungs.as_graded.is_some());
        let gone = row.retired.as_ref().map(|own| (own, false)).or(above.map(|above| (above, true)));
        if let Some((retired, with_objective)) = gone.filter(|_| at_start) {
            scope.vanished.push(index.vanished(about, Some(&row.objective), retired, with_objective));
        }
        if is_later(row.drafted.seq) {
            scope.appeared.push(index.appeared(about, Some(&row.objective), row.drafted, stands));
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

/// Titles, replacements and retirements by goal.
struct GoalIndex<'w> {
    whole: &'w Whole,
    titles: BTreeMap<&'w SubjectId, &'w Text>,
    replaces: BTreeMap<&'w SubjectId, Vec<&'w SubjectId>>,
    above: BTreeMap<u32, &'w Retirement>,
}

type About<'a> = (&'a SubjectId, Ref, &'a Text);

impl<'w> GoalIndex<'w> {
    fn of(whole: &'w Whole) -> Self {
        let objectives = whole.objectives.iter().map(|row| (&row.id, &row.title, row.retired.as_ref()));
        let key_results = whole.key_results.iter().map(|row| (&row.id, &row.title, row.retired.as_ref()));
        let mut index = GoalIndex { whole, titles: BTreeMap::new(), replaces: BTreeMap::new(), above: BTreeMap::new() };
        for (id, title, retired) in objectives.chain(key_results) {
            index.titles.insert(id, title);
            for by in retired.iter().flat_map(|retired| retired.replaced_by.iter()) {
                index.replaces.entry(by).or_default().push(id);
            }
        }
        index.above = whole.objectives.iter().filter_map(|row| Some((row.no, row.retired.as_ref()?))).collect();
        index
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
