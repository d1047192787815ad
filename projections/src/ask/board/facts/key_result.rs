//! Of a key result.

use events::{Metric, Moment, Number, Status, SubjectId, Text, Thresholds, Weight};

use super::fields::Fields;
use crate::rows::{Error, Key, KeyResult, KeyResultRow, Latest, LatestRow, Rows, Table, decode};
use crate::score::Measure;

/// A key result, as far as a board looks at it.
#[derive(Debug, PartialEq)]
pub(in crate::ask) struct KeyResultFacts {
    pub(in crate::ask) agreed: Agreed,
    pub(in crate::ask) said: Said,
}

/// What was agreed.
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

/// What its check-ins say last.
#[derive(Debug, Default, PartialEq)]
pub(in crate::ask) struct Said {
    pub(in crate::ask) value: Option<Number>,
    pub(in crate::ask) milestones_done: Option<Vec<Text>>,
    pub(in crate::ask) confidence: Option<Number>,
    pub(in crate::ask) previous_confidence: Option<Number>,
    /// Where the last check-in that states a status or a confidence states one.
    pub(in crate::ask) status: Option<Status>,
    pub(in crate::ask) blockers: Vec<Text>,
    /// When the last of them was made.
    pub(in crate::ask) at: Option<Moment>,
}

impl KeyResultFacts {
    /// Of the key results whose keys begin with `prefix`, in their order.
    pub(in crate::ask) fn under(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<KeyResultFacts>, Error> {
        let mut said = Vec::new();
        let latest = prefix.in_table(Table::Latest);
        rows.scan(&latest, &latest, &mut |key, bytes| {
            said.push(Said::read(bytes).map_or_else(|| decode(key, bytes).map(Said::whole), Ok)?);
            Ok(true)
        })?;
        let mut found = Vec::with_capacity(said.len());
        let mut said = said.into_iter().peekable();
        rows.scan(prefix, prefix, &mut |key, bytes| {
            let agreed = Agreed::read(bytes).map_or_else(|| decode(key, bytes).map(|row| Agreed::of(&row)), Ok)?;
            let own = (agreed.objective_no, agreed.no);
            while said.next_if(|(whose, _)| *whose < own).is_some() {}
            let said = said.next_if(|(whose, _)| *whose == own);
            found.push(KeyResultFacts { agreed, said: said.map(|(_, said)| said).unwrap_or_default() });
            Ok(true)
        })?;
        Ok(found)
    }

    /// Of a key result that was read whole.
    pub(in crate::ask) fn of(row: &KeyResult) -> KeyResultFacts {
        KeyResultFacts { agreed: Agreed::of(&row.agreed), said: Said::of(&row.latest) }
    }

    /// What its score is computed from.
    pub(in crate::ask) fn measure(&self) -> Measure<'_> {
        let (agreed, said) = (&self.agreed, &self.said);
        Measure::of_milestones(&agreed.metric, said.milestones_done.as_deref()).unwrap_or_else(|| Measure {
            kind: agreed.metric.kind,
            baseline: agreed.baseline.map(Number::decimal),
            target: agreed.target.map(Number::decimal),
            thresholds: agreed.thresholds.as_ref(),
            current: said.value.map(Number::decimal),
        })
    }
}

impl Agreed {
    /// In the order of [`KeyResultRow`].
    pub(super) fn read(row: &[u8]) -> Option<Agreed> {
        let mut fields = Fields::of(row);
        let id = fields.value()?;
        // Its cycle and its objective.
        fields.pass_text()?;
        fields.pass_text()?;
        let (objective_no, no) = (fields.short()?, fields.short()?);
        let (title, owner, metric) = (fields.value()?, fields.value()?, fields.value()?);
        let baseline = fields.maybe(|fields| {
            let value = fields.number()?;
            // When and how it was measured.
            fields.maybe(Fields::pass_text)?;
            fields.maybe(Fields::pass_text)?;
            Some(value)
        })?;
        let (target, original_target) = (fields.maybe(Fields::number)?, fields.maybe(Fields::number)?);
        let thresholds = fields.maybe(Fields::value)?;
        // When it is due.
        fields.maybe(Fields::pass_text)?;
        let weight = fields.maybe(Fields::value)?;
        // The score that is expected, and the event that drafted it.
        fields.maybe(Fields::number)?;
        fields.pass_wholes(1)?;
        let drafted = fields.moment()?;
        // When that was recorded.
        fields.pass_wholes(1)?;
        let adjustments = fields.short()?;
        let graded = fields.maybe(Fields::grade)?;
        // How it was retired, and what follows, is not looked at.
        let is_retired = fields.is_there()?;
        Some(Agreed {
            id,
            objective_no,
            no,
            title,
            owner,
            metric,
            baseline,
            target,
            original_target,
            thresholds,
            weight,
            drafted,
            adjustments,
            graded,
            is_retired,
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

impl Said {
    /// In the order of [`LatestRow`], with the numbers of the objective's and of the key result's ref.
    pub(super) fn read(row: &[u8]) -> Option<((u32, u32), Said)> {
        let mut fields = Fields::of(row);
        // The cycle.
        fields.pass_text()?;
        let whose = (fields.short()?, fields.short()?);
        let value = fields.maybe(|fields| stated(fields, Fields::number))?;
        let milestones_done = fields.maybe(|fields| stated(fields, Fields::value))?;
        let confidence = fields.maybe(|fields| stated(fields, Fields::number))?;
        let previous_confidence = fields.maybe(|fields| stated(fields, Fields::number))?;
        let status = fields.maybe(|fields| stated(fields, Fields::value))?.flatten();
        let last = fields.maybe(|fields| Some((fields.value()?, fields.moment()?)))?;
        let (blockers, at) = last.map_or((Vec::new(), None), |(blockers, at)| (blockers, Some(at)));
        Some((whose, Said { value, milestones_done, confidence, previous_confidence, status, blockers, at }))
    }

    pub(super) fn whole(row: LatestRow) -> ((u32, u32), Said) {
        ((row.place.objective_no, row.place.no), Said::of(&row.latest))
    }

    fn of(latest: &Latest) -> Said {
        Said {
            value: latest.value.as_ref().map(|stated| stated.what),
            milestones_done: latest.milestones_done.as_ref().map(|stated| stated.what.clone()),
            confidence: latest.confidence.as_ref().map(|stated| stated.what.number()),
            previous_confidence: latest.previous_confidence.as_ref().map(|stated| stated.what.number()),
            status: latest.status.as_ref().and_then(|stated| stated.what),
            blockers: latest.blockers.as_ref().map(|stated| stated.what.clone()).unwrap_or_default(),
            at: latest.time(),
        }
    }
}

/// What was stated; not when, and by which event.
fn stated<'b, T>(fields: &mut Fields<'b>, read: impl FnOnce(&mut Fields<'b>) -> Option<T>) -> Option<T> {
    let what = read(fields)?;
    fields.pass_wholes(2)?;
    Some(what)
}
