//! Of an objective.

use events::{Ambition, Level, Number, SubjectId, Text, Weight};

use super::fields::Fields;
use crate::ask::OtherEnd;
use crate::rows::{CarriedOver, Error, Key, ObjectiveRow, Retirement, Rows, decode};

/// An objective, as far as a board looks at it.
#[derive(Debug, PartialEq)]
pub(in crate::ask) struct ObjectiveFacts {
    pub(in crate::ask) id: SubjectId,
    pub(in crate::ask) no: u32,
    pub(in crate::ask) title: Text,
    pub(in crate::ask) level: Level,
    pub(in crate::ask) team: Option<SubjectId>,
    pub(in crate::ask) owner: Text,
    pub(in crate::ask) ambition: Ambition,
    pub(in crate::ask) supports: Option<SubjectId>,
    pub(in crate::ask) weight: Option<Weight>,
    pub(in crate::ask) graded: Option<Number>,
    pub(in crate::ask) is_retired: bool,
    pub(in crate::ask) carried_to: Option<OtherEnd>,
    pub(in crate::ask) carried_from: Option<OtherEnd>,
}

impl ObjectiveFacts {
    /// Of the objectives whose keys begin with `prefix`, in their order.
    pub(in crate::ask) fn under(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<ObjectiveFacts>, Error> {
        let mut found = Vec::new();
        rows.scan(prefix, prefix, &mut |key, bytes| {
            let whole = || decode(key, bytes).map(|row| ObjectiveFacts::of(&row));
            found.push(ObjectiveFacts::read(bytes).map_or_else(whole, Ok)?);
            Ok(true)
        })?;
        Ok(found)
    }

    /// In the order of [`ObjectiveRow`].
    pub(super) fn read(row: &[u8]) -> Option<ObjectiveFacts> {
        let mut fields = Fields::of(row);
        let id = fields.value()?;
        // Its cycle.
        fields.pass_text()?;
        let no = fields.short()?;
        let title = fields.value()?;
        // What it means, at length.
        fields.maybe(Fields::pass_text)?;
        let (level, team, owner) = (fields.value()?, fields.maybe(Fields::value)?, fields.value()?);
        let (ambition, supports) = (fields.value()?, fields.maybe(Fields::value)?);
        // Its themes.
        for _ in 0..fields.whole()? {
            fields.pass_text()?;
        }
        let weight = fields.maybe(Fields::value)?;
        // When it was drafted, and how often it was amended.
        fields.pass_wholes(4)?;
        let graded = fields.maybe(Fields::grade)?;
        let is_retired = fields.maybe(Fields::value::<Retirement>)?.is_some();
        // What follows is not looked at.
        let (carried_to, carried_from) = (fields.maybe(other_end)?, fields.maybe(other_end)?);
        Some(ObjectiveFacts {
            id,
            no,
            title,
            level,
            team,
            owner,
            ambition,
            supports,
            weight,
            graded,
            is_retired,
            carried_to,
            carried_from,
        })
    }

    /// Of an objective that was read whole.
    pub(in crate::ask) fn of(row: &ObjectiveRow) -> ObjectiveFacts {
        let end =
            |carried: &CarriedOver| OtherEnd { cycle: carried.cycle.clone(), objective: carried.objective.clone() };
        ObjectiveFacts {
            id: row.id.clone(),
            no: row.no,
            title: row.title.clone(),
            level: row.level,
            team: row.team.clone(),
            owner: row.owner.clone(),
            ambition: row.ambition,
            supports: row.supports.clone(),
            weight: row.weight,
            graded: row.graded.as_ref().map(|grade| grade.score.number()),
            is_retired: row.retired.is_some(),
            carried_to: row.carried_to.as_ref().map(end),
            carried_from: row.carried_from.as_ref().map(end),
        }
    }
}

/// The other end of one that was carried over; not why, and when.
fn other_end(fields: &mut Fields<'_>) -> Option<OtherEnd> {
    let end = OtherEnd { cycle: fields.maybe(Fields::value)?, objective: fields.value()? };
    fields.maybe(Fields::pass_text)?;
    fields.pass_wholes(3)?;
    Some(end)
}
