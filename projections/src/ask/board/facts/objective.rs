//! Facts about an objective.

use events::{Ambition, Level, Number, SubjectId, Text, Weight};
use serde::Deserialize;

use super::Graded;
use crate::ask::OtherEnd;
use crate::rows::{CarriedOver, Error, Key, ObjectiveRow, Retirement, Rows, Stamp, Stored, decode};

/// The part of an objective that a board needs.
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
    /// Reads the objectives with keys under `prefix`, in key order.
    pub(in crate::ask) fn under(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<ObjectiveFacts>, Error> {
        let mut found = Vec::new();
        rows.scan(prefix, prefix, &mut |key, bytes| {
            let whole = || decode(rows, key, bytes).map(|row| ObjectiveFacts::of(&row));
            found.push(ObjectiveFacts::read(rows, bytes).map_or_else(whole, Ok)?);
            Ok(true)
        })?;
        Ok(found)
    }

    pub(super) fn read(rows: &(impl Rows + ?Sized), row: &[u8]) -> Option<ObjectiveFacts> {
        let stored = Stored::of(row)?;
        let row: Beginning<'_> = stored.beginning(rows)?;
        Some(ObjectiveFacts {
            id: row.id,
            no: row.no,
            title: row.title,
            level: row.level,
            team: row.team,
            owner: row.owner,
            ambition: row.ambition,
            supports: row.supports,
            weight: row.weight,
            graded: row.graded.map(|grade| grade.score),
            is_retired: row.retired.is_some(),
            carried_to: row.carried_to.as_ref().map(other_end),
            carried_from: row.carried_from.as_ref().map(other_end),
        })
    }

    /// Extracts the facts from a fully decoded objective.
    pub(in crate::ask) fn of(row: &ObjectiveRow) -> ObjectiveFacts {
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
            carried_to: row.carried_to.as_ref().map(other_end),
            carried_from: row.carried_from.as_ref().map(other_end),
        }
    }
}

fn other_end(carried: &CarriedOver) -> OtherEnd {
    OtherEnd { cycle: carried.cycle.clone(), objective: carried.objective.clone() }
}

/// The beginning of an [`ObjectiveRow`], field by field in stored order. Texts a board does not show are borrowed, not
/// copied.
#[derive(Deserialize)]
struct Beginning<'r> {
    id: SubjectId,
    _cycle: &'r str,
    no: u32,
    title: Text,
    level: Level,
    team: Option<SubjectId>,
    owner: Text,
    ambition: Ambition,
    supports: Option<SubjectId>,
    #[serde(borrow)]
    _themes: Vec<&'r str>,
    weight: Option<Weight>,
    _drafted: Stamp,
    _adjustments: u32,
    graded: Option<Graded<'r>>,
    retired: Option<Retirement>,
    carried_to: Option<CarriedOver>,
    carried_from: Option<CarriedOver>,
}
