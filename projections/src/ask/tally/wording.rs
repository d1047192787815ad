//! Reverting and applying trail lines: the wording of a goal before and after a change.

use std::collections::BTreeMap;

use events::{Category, Kind, Metric, MetricKind, Number, Score};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use super::{KeyResultTally, ObjectiveTally, Tally, Whole};
use crate::ask::audit::changes_a_goal;
use crate::rows::{Baseline, CheckIn, Error, FieldChange, JsonText, KeyResultRow, Latest, Rows, TrailRow};

/// The side of a change to restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ask) enum Side {
    Before,
    After,
}

/// Returns true if events of this type alter a goal or its score: all types in the trail except the states of the cycle
/// and corrections of check-ins.
pub(in crate::ask) fn alters(kind: Kind) -> bool {
    let others = [Category::Draft, Category::Grade, Category::Reassignment];
    changes_a_goal(kind) || others.contains(&kind.category())
}

impl KeyResultTally {
    pub(super) fn restore(&mut self, line: &TrailRow, side: Side) {
        match line.kind.category() {
            Category::Draft => self.drafted = side == Side::After,
            Category::Retirement => retire(&mut self.retired, line, side),
            Category::Grade => grade(&mut self.graded, line, side),
            Category::Measure | Category::Adjustment | Category::Reassignment => {
                word(&mut self.agreed, &line.changes, side)
            }
            Category::Policy
            | Category::Organisation
            | Category::CycleState
            | Category::CarryOver
            | Category::Proposal
            | Category::CheckIn
            | Category::Correction
            | Category::Retrospective
            | Category::BoardReport => {}
        }
        if let Some((before, after)) = self.eras.get(&line.at.seq) {
            self.latest = if side == Side::Before { before.clone() } else { after.clone() };
        }
    }
}

impl ObjectiveTally {
    pub(super) fn restore(&mut self, line: &TrailRow, side: Side) {
        match line.kind.category() {
            Category::Draft => self.drafted = side == Side::After,
            Category::Retirement => retire(&mut self.retired, line, side),
            Category::Grade => grade(&mut self.graded, line, side),
            Category::Adjustment => {
                for change in &line.changes {
                    let to = on(change, side);
                    match change.field.as_str() {
                        "weight" => self.row.weight = read(to),
                        "owner" => set(&mut self.row.owner, to),
                        "team" => self.row.team = read(to),
                        "level" => set(&mut self.row.level, to),
                        "ambition" => set(&mut self.row.ambition, to),
                        _ => {}
                    }
                }
            }
            Category::Policy
            | Category::Organisation
            | Category::CycleState
            | Category::Measure
            | Category::Reassignment
            | Category::CarryOver
            | Category::Proposal
            | Category::CheckIn
            | Category::Correction
            | Category::Retrospective
            | Category::BoardReport => {}
        }
    }
}

/// Restores the wording of a key result on one side of some changes.
pub(in crate::ask) fn word(row: &mut KeyResultRow, changes: &[FieldChange], side: Side) {
    for change in changes {
        let to = on(change, side);
        match change.field.as_str() {
            "target" => row.target = read(to),
            "thresholds" => row.thresholds = read(to),
            "baseline" => {
                row.baseline = read(to).map(|value| Baseline { value, measured_on: None, method: None });
            }
            "due_on" => row.due_on = read(to),
            "metric" => set(&mut row.metric, to),
            "title" => set(&mut row.title, to),
            "owner" => set(&mut row.owner, to),
            "weight" => row.weight = read(to),
            "expected_score" => row.expected_score = read(to),
            _ => {}
        }
    }
}

fn on(change: &FieldChange, side: Side) -> &JsonText {
    if side == Side::Before { &change.from } else { &change.to }
}

fn read<T: DeserializeOwned>(text: &JsonText) -> Option<T> {
    serde_json::from_str(text.as_str()).ok().flatten()
}

fn set<T: DeserializeOwned>(field: &mut T, text: &JsonText) {
    if let Some(value) = read(text) {
        *field = value;
    }
}

fn retire(retired: &mut bool, line: &TrailRow, side: Side) {
    if line.changes.iter().any(|change| change.field == "state") {
        *retired = side == Side::After;
    }
}

/// A grade repeated unchanged leaves no change in its line.
fn grade(graded: &mut Option<Decimal>, line: &TrailRow, side: Side) {
    if let Some(change) = line.changes.iter().find(|change| change.field == "graded") {
        *graded = read::<Score>(on(change, side)).map(Score::decimal);
    }
}

/// Latest values before and after each change of unit, by its seq.
pub(super) type Eras = BTreeMap<u64, (Latest, Latest)>;

/// Returns the latest values around each change of unit, for the key results whose unit changed after the start.
pub(super) fn eras<R: Rows + ?Sized>(rows: &R, tally: &Tally, whole: &Whole) -> Result<Vec<(usize, Eras)>, Error> {
    let mut changed: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for line in whole.moves() {
        if let Some(at) = line.key_result.as_ref().and_then(|place| tally.key_result(place))
            && changes_unit(line)
        {
            changed.entry(at).or_default().push(line.at.seq);
        }
    }
    let mut found = Vec::new();
    for (at, seqs) in changed {
        let check_ins = CheckIn::of(rows, &tally.key_results[at].agreed.place())?;
        let until = |seq: u64| Latest::of(check_ins.iter().filter(|check_in| check_in.at.seq < seq));
        let mut eras = Eras::new();
        for (n, seq) in seqs.iter().enumerate() {
            let after = seqs.get(n + 1).map_or_else(|| tally.key_results[at].latest.clone(), |next| until(*next));
            eras.insert(*seq, (until(*seq), after));
        }
        found.push((at, eras));
    }
    Ok(found)
}

/// Returns true if values from before the change are meaningless after it: the unit changed, or milestones replaced a
/// value or vice versa.
pub(in crate::ask) fn changes_unit(line: &TrailRow) -> bool {
    let Some(change) = line.changes.iter().find(|change| change.field == "metric") else { return false };
    let (from, to): (Option<Metric>, Option<Metric>) = (read(&change.from), read(&change.to));
    let counted = |metric: &Metric| metric.kind == MetricKind::Milestones;
    from.zip(to).is_some_and(|(from, to)| from.unit != to.unit || counted(&from) != counted(&to))
}

/// Parses a field's value as a number.
pub(in crate::ask) fn number(text: &JsonText) -> Option<Number> {
    read(text)
}

/// Returns true if a line changes the wording of a key result, rather than its owner, grade or state.
pub(in crate::ask) fn changes_wording(line: &TrailRow) -> bool {
    let measured = matches!(line.kind, Kind::KeyResultBaselineSet | Kind::KeyResultTargetSet | Kind::KeyResultAdjusted);
    measured && !line.changes.is_empty()
}
