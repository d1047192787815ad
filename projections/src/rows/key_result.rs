//! Rows of key results.

use chrono::NaiveDate;
use events::{KeyResultChanges, Metric, Number, Ref, Score, SubjectId, Text, Thresholds, Weight};
use serde::{Deserialize, Serialize};

use super::{
    Changes, Error, Grade, Key, KeyResultPlace, Latest, Retirement, Row, Rows, Stamp, Table, all, decode, packed, row,
};

/// The starting value of a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The value, in the metric's unit.
    pub value: Number,
    /// The day of the measurement; `None` if an adjustment gave only the value.
    pub measured_on: Option<NaiveDate>,
    /// The method of measurement; `None` if an adjustment gave only the value.
    pub method: Option<Text>,
}

/// A key result as agreed. The latest check-in values have a small row of their own, because check-ins are most of a
/// history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyResultRow {
    /// The key result's id, as submitted.
    pub id: SubjectId,
    /// The cycle of its objective.
    pub cycle: SubjectId,
    /// The objective it belongs to.
    pub objective: SubjectId,
    /// The ref number of its objective.
    pub objective_no: u32,
    /// Its ref number: 12 for `KR-12`.
    pub no: u32,
    /// The display title.
    pub title: Text,
    /// The person accountable for it.
    pub owner: Text,
    /// The metric, with its unit and direction.
    #[serde(with = "packed")]
    pub metric: Metric,
    /// The starting value; `None` until it is measured.
    pub baseline: Option<Baseline>,
    /// The target value, in the metric's unit.
    pub target: Option<Number>,
    /// The target at the cycle's start; for a key result drafted later, its first target.
    pub original_target: Option<Number>,
    /// The metric values that earn given scores.
    pub thresholds: Option<Thresholds>,
    /// The day it is due, if earlier than the cycle's end.
    pub due_on: Option<NaiveDate>,
    /// The weight in its objective's means; 1 if absent.
    pub weight: Option<Weight>,
    /// The score its owner expects at the end.
    pub expected_score: Option<Score>,
    /// The seq and times of the draft.
    pub drafted: Stamp,
    /// The number of adjustments after the cycle's start.
    pub adjustments: u32,
    /// The last grade given.
    pub graded: Option<Grade>,
    /// The retirement; `None` while the key result is active.
    pub retired: Option<Retirement>,
    /// The seq of the last event about it, check-ins excluded.
    pub touched: u64,
}

impl KeyResultRow {
    /// Returns the location of its row.
    pub fn place(&self) -> KeyResultPlace {
        KeyResultPlace { cycle: self.cycle.clone(), objective_no: self.objective_no, no: self.no }
    }

    /// Returns its ref, such as `KR-12`.
    pub fn given(&self) -> Ref {
        Ref::key_result(self.no)
    }

    /// Applies the changes of an adjustment. The rules apply them to a copy, the fold to the row itself.
    pub(crate) fn adjust(&mut self, asked: &KeyResultChanges) -> Changes {
        let mut changes = Changes::default();
        changes.set_or_clear("target", &mut self.target, &asked.target);
        changes.set_or_clear("thresholds", &mut self.thresholds, &asked.thresholds);
        if let Some(to) = asked.baseline.as_ref().and_then(|change| change.to) {
            let was = self.baseline.as_ref().map(|baseline| baseline.value);
            changes.note("baseline", &was, &Some(to));
            // Repeating the current value keeps the recorded measurement.
            if was != Some(to) {
                self.baseline = Some(Baseline { value: to, measured_on: None, method: None });
            }
        }
        changes.set_or_clear("due_on", &mut self.due_on, &asked.due_on);
        changes.set("metric", &mut self.metric, &asked.metric);
        changes.set("title", &mut self.title, &asked.title);
        changes.set_or_clear("weight", &mut self.weight, &asked.weight);
        changes.set_or_clear("expected_score", &mut self.expected_score, &asked.expected_score);
        changes
    }
}

impl Row for KeyResultRow {
    const TABLE: Table = Table::KeyResult;
    fn key(&self) -> Key {
        self.place().key()
    }
}

/// The latest check-in values of a key result; there is no such row before the first check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestRow {
    /// The key result checked in on.
    pub place: KeyResultPlace,
    /// The latest value of each field.
    pub latest: Latest,
    /// The seq of the last check-in or correction.
    pub touched: u64,
}

impl Row for LatestRow {
    const TABLE: Table = Table::Latest;
    fn key(&self) -> Key {
        self.place.latest()
    }
}

/// A key result with its latest check-in values: the two rows combined. It dereferences to the agreed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyResult {
    /// The row with the agreed fields.
    pub agreed: KeyResultRow,
    /// The latest check-in values; empty before the first check-in.
    pub latest: Latest,
    /// The seq of the last event about it, check-ins included.
    pub touched: u64,
}

impl std::ops::Deref for KeyResult {
    type Target = KeyResultRow;
    fn deref(&self) -> &KeyResultRow {
        &self.agreed
    }
}

impl KeyResult {
    /// Reads the key result at a location.
    pub fn at(rows: &(impl Rows + ?Sized), place: &KeyResultPlace) -> Result<Option<KeyResult>, Error> {
        let Some(agreed) = row::<KeyResultRow>(rows, &place.key())? else { return Ok(None) };
        Ok(Some(KeyResult::of(agreed, row(rows, &place.latest())?)))
    }

    /// Reads the key results whose keys start with `prefix`, in key order.
    pub fn under(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<KeyResult>, Error> {
        let mut found: Vec<KeyResult> =
            all(rows, prefix)?.into_iter().map(|agreed| KeyResult::of(agreed, None)).collect();
        let keys: Vec<Key> = found.iter().map(|one| one.place().latest()).collect();
        let mut whose = keys.iter().zip(&mut found);
        rows.pick(&prefix.in_table(Table::Latest), &keys, &mut |key, bytes| {
            let said: LatestRow = decode(rows, key, bytes)?;
            if let Some((_, one)) = whose.find(|(own, _)| own.as_bytes() == key) {
                one.touched = one.touched.max(said.touched);
                one.latest = said.latest;
            }
            Ok(true)
        })?;
        Ok(found)
    }

    fn of(agreed: KeyResultRow, said: Option<LatestRow>) -> KeyResult {
        let touched = agreed.touched.max(said.as_ref().map_or(0, |said| said.touched));
        KeyResult { agreed, latest: said.map(|said| said.latest).unwrap_or_default(), touched }
    }
}
