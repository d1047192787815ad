//! Key results.

use chrono::NaiveDate;
use events::{KeyResultChanges, Metric, Number, Ref, Score, SubjectId, Text, Thresholds, Weight};
use serde::{Deserialize, Serialize};

use super::{
    Changes, Error, Grade, Key, KeyResultPlace, Latest, Retirement, Row, Rows, Stamp, Table, all, decode, packed, row,
};

/// Where a key result began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The value, in the metric's unit.
    pub value: Number,
    /// The day it was measured on; not known where an adjustment named the value alone.
    pub measured_on: Option<NaiveDate>,
    /// How it was measured; likewise.
    pub method: Option<Text>,
}

/// A key result as it was agreed. What its check-ins say stands in a row of its own, which is small: check-ins are most of
/// a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyResultRow {
    /// Its id.
    pub id: SubjectId,
    /// Its cycle.
    pub cycle: SubjectId,
    /// Its objective.
    pub objective: SubjectId,
    /// The number of its objective's ref.
    pub objective_no: u32,
    /// The number of its ref.
    pub no: u32,
    /// Its title.
    pub title: Text,
    /// Who answers for it.
    pub owner: Text,
    /// What it measures.
    #[serde(with = "packed")]
    pub metric: Metric,
    /// Where it began.
    pub baseline: Option<Baseline>,
    /// Where it is to arrive.
    pub target: Option<Number>,
    /// The target that stood when the cycle started; for one drafted later, the first it had.
    pub original_target: Option<Number>,
    /// What values mean on the way.
    pub thresholds: Option<Thresholds>,
    /// When it is due.
    pub due_on: Option<NaiveDate>,
    /// How much it counts.
    pub weight: Option<Weight>,
    /// The score its owner expects.
    pub expected_score: Option<Score>,
    /// When it was drafted.
    pub drafted: Stamp,
    /// Adjustments after the cycle's start.
    pub adjustments: u32,
    /// Its grade, the last one given.
    pub graded: Option<Grade>,
    /// How it was retired.
    pub retired: Option<Retirement>,
    /// The last event about it that was no check-in.
    pub touched: u64,
}

impl KeyResultRow {
    /// Where its row is.
    pub fn place(&self) -> KeyResultPlace {
        KeyResultPlace { cycle: self.cycle.clone(), objective_no: self.objective_no, no: self.no }
    }

    /// Its ref.
    pub fn given(&self) -> Ref {
        Ref::key_result(self.no)
    }

    /// Makes the changes of an adjustment. The rules try it on a copy; the fold does it.
    pub(crate) fn adjust(&mut self, asked: &KeyResultChanges) -> Changes {
        let mut changes = Changes::default();
        changes.set_or_clear("target", &mut self.target, &asked.target);
        changes.set_or_clear("thresholds", &mut self.thresholds, &asked.thresholds);
        if let Some(to) = asked.baseline.as_ref().and_then(|change| change.to) {
            let was = self.baseline.as_ref().map(|baseline| baseline.value);
            changes.note("baseline", &was, &Some(to));
            // Naming the value that stands takes nothing from how it was measured.
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

/// What a key result's check-ins say last; there is none before the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestRow {
    /// The key result.
    pub place: KeyResultPlace,
    /// What they say.
    pub latest: Latest,
    /// The last of them, or of their corrections.
    pub touched: u64,
}

impl Row for LatestRow {
    const TABLE: Table = Table::Latest;
    fn key(&self) -> Key {
        self.place.latest()
    }
}

/// A key result as it stands: both its rows. It reads as what was agreed, with what was said of it last beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyResult {
    /// What was agreed.
    pub agreed: KeyResultRow,
    /// What its check-ins say last.
    pub latest: Latest,
    /// The last event about it.
    pub touched: u64,
}

impl std::ops::Deref for KeyResult {
    type Target = KeyResultRow;
    fn deref(&self) -> &KeyResultRow {
        &self.agreed
    }
}

impl KeyResult {
    /// The key result in this place.
    pub fn at(rows: &(impl Rows + ?Sized), place: &KeyResultPlace) -> Result<Option<KeyResult>, Error> {
        let Some(agreed) = row::<KeyResultRow>(rows, &place.key())? else { return Ok(None) };
        Ok(Some(KeyResult::of(agreed, row(rows, &place.latest())?)))
    }

    /// The key results whose keys begin with `prefix`, in their order.
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
