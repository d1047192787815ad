//! Facts about a key result.

use events::{Metric, Moment, Number, Status, SubjectId, Text, Thresholds, Weight};
use serde::Deserialize;

use super::{Graded, IsPresent};
use crate::rows::{Error, Key, KeyResult, KeyResultRow, Latest, LatestRow, Packed, Rows, Stamp, Stored, Table, decode};
use crate::score::Measure;

/// The part of a key result that a board needs.
#[derive(Debug, PartialEq)]
pub(in crate::ask) struct KeyResultFacts {
    pub(in crate::ask) agreed: Agreed,
    pub(in crate::ask) latest: LatestValues,
}

/// Agreed fields of a key result.
#[derive(Debug, PartialEq)]
pub(in crate::ask) struct Agreed {
    pub(in crate::ask) id: SubjectId,
    pub(in crate::ask) objective_no: u32,
    pub(in crate::ask) no: u32,
    pub(in crate::ask) title: Text,
    pub(in crate::ask) owner: Text,
    pub(in crate::ask) metric: Metric,
    pub(in crate::ask) baseline: Option<Number>,
    pub(in crate::ask) target: Option<Number>,
    pub(in crate::ask) original_target: Option<Number>,
    pub(in crate::ask) thresholds: Option<Thresholds>,
    pub(in crate::ask) weight: Option<Weight>,
    pub(in crate::ask) drafted: Moment,
    pub(in crate::ask) adjustments: u32,
    pub(in crate::ask) graded: Option<Number>,
    pub(in crate::ask) is_retired: bool,
}

/// The latest values stated by check-ins.
#[derive(Debug, Default, PartialEq)]
pub(in crate::ask) struct LatestValues {
    pub(in crate::ask) value: Option<Number>,
    pub(in crate::ask) milestones_done: Option<Vec<Text>>,
    pub(in crate::ask) confidence: Option<Number>,
    pub(in crate::ask) previous_confidence: Option<Number>,
    /// From the last check-in that states a status or a confidence, if that one states a status.
    pub(in crate::ask) status: Option<Status>,
    pub(in crate::ask) blockers: Vec<Text>,
    /// The time of the last check-in.
    pub(in crate::ask) at: Option<Moment>,
}

impl KeyResultFacts {
    /// Reads the key results with keys under `prefix`, in key order.
    pub(in crate::ask) fn under(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<KeyResultFacts>, Error> {
        let (mut found, mut keys) = (Vec::new(), Vec::new());
        rows.scan(prefix, prefix, &mut |key, bytes| {
            let whole = || decode(rows, key, bytes).map(|row| Agreed::of(&row));
            let agreed = Agreed::read(rows, bytes).map_or_else(whole, Ok)?;
            found.push(KeyResultFacts { agreed, latest: LatestValues::default() });
            keys.push(Key::from(key).in_table(Table::Latest));
            Ok(true)
        })?;
        let mut whose = keys.iter().zip(&mut found);
        rows.pick(&prefix.in_table(Table::Latest), &keys, &mut |key, bytes| {
            let LatestRow { latest, .. } = decode(rows, key, bytes)?;
            if let Some((_, facts)) = whose.find(|(own, _)| own.as_bytes() == key) {
                facts.latest = LatestValues::from(latest);
            }
            Ok(true)
        })?;
        Ok(found)
    }

    /// Extracts the facts from a fully decoded key result.
    pub(in crate::ask) fn of(row: &KeyResult) -> KeyResultFacts {
        KeyResultFacts { agreed: Agreed::of(&row.agreed), latest: LatestValues::from(row.latest.clone()) }
    }

    /// Returns the input of its computed score.
    pub(in crate::ask) fn measure(&self) -> Measure<'_> {
        let (agreed, latest) = (&self.agreed, &self.latest);
        Measure::of_milestones(&agreed.metric, latest.milestones_done.as_deref()).unwrap_or_else(|| Measure {
            kind: agreed.metric.kind,
            baseline: agreed.baseline.map(Number::decimal),
            target: agreed.target.map(Number::decimal),
            thresholds: agreed.thresholds.as_ref(),
            current: latest.value.map(Number::decimal),
        })
    }
}

/// The beginning of a [`KeyResultRow`], field by field in stored order. Texts a board does not show are borrowed, not
/// copied.
#[derive(Deserialize)]
struct Beginning<'r> {
    id: SubjectId,
    _cycle: &'r str,
    _objective: &'r str,
    objective_no: u32,
    no: u32,
    title: Text,
    owner: Text,
    metric: Packed<Metric>,
    #[serde(borrow)]
    baseline: Option<Measured<'r>>,
    target: Option<Number>,
    original_target: Option<Number>,
    thresholds: Option<Thresholds>,
    _due_on: Option<&'r str>,
    weight: Option<Weight>,
    _expected_score: Option<Number>,
    drafted: Stamp,
    adjustments: u32,
    graded: Option<Graded<'r>>,
    is_retired: IsPresent,
}

/// The stored form of a [`Baseline`](crate::rows::Baseline).
#[derive(Deserialize)]
struct Measured<'r> {
    value: Number,
    _measured_on: Option<&'r str>,
    _method: Option<&'r str>,
}

impl Agreed {
    pub(super) fn read(rows: &(impl Rows + ?Sized), row: &[u8]) -> Option<Agreed> {
        let stored = Stored::of(row)?;
        let row: Beginning<'_> = stored.beginning(rows)?;
        Some(Agreed {
            id: row.id,
            objective_no: row.objective_no,
            no: row.no,
            title: row.title,
            owner: row.owner,
            metric: row.metric.0,
            baseline: row.baseline.map(|baseline| baseline.value),
            target: row.target,
            original_target: row.original_target,
            thresholds: row.thresholds,
            weight: row.weight,
            drafted: row.drafted.time,
            adjustments: row.adjustments,
            graded: row.graded.map(|grade| grade.score),
            is_retired: row.is_retired.0,
        })
    }

    pub(super) fn of(row: &KeyResultRow) -> Agreed {
        Agreed {
            id: row.id.clone(),
            objective_no: row.objective_no,
            no: row.no,
            title: row.title.clone(),
            owner: row.owner.clone(),
            metric: row.metric.clone(),
            baseline: row.baseline.as_ref().map(|baseline| baseline.value),
            target: row.target,
            original_target: row.original_target,
            thresholds: row.thresholds.clone(),
            weight: row.weight,
            drafted: row.drafted.time,
            adjustments: row.adjustments,
            graded: row.graded.as_ref().map(|grade| grade.score.number()),
            is_retired: row.retired.is_some(),
        }
    }
}

impl From<Latest> for LatestValues {
    fn from(latest: Latest) -> LatestValues {
        LatestValues {
            at: latest.time(),
            value: latest.value.map(|stated| stated.what),
            milestones_done: latest.milestones_done.map(|stated| stated.what),
            confidence: latest.confidence.map(|stated| stated.what.number()),
            previous_confidence: latest.previous_confidence.map(|stated| stated.what.number()),
            status: latest.status.and_then(|stated| stated.what),
            blockers: latest.blockers.map(|stated| stated.what).unwrap_or_default(),
        }
    }
}
