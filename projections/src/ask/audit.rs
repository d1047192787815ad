//! The audit trail: why goals were changed, by whom, on what evidence, and how things stood then.

use std::collections::BTreeMap;

use events::{Context, EventId, Justification, Kind, Metric, Moment, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::resolve::{find_cycle, find_key_result, find_objective};
use super::sentence::summary;
use super::{AsOf, Asked};
use crate::rows::{
    BySubject, CycleRow, Effect, Error, FieldChange, Key, KeyResultRow, Rows, Table, TrailRow, all, row,
};

/// The changes of a goal, in the order in which the ledger learnt them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// The id of the cycle, objective or key result.
    pub subject: SubjectId,
    /// What was known.
    pub as_of: AsOf,
    /// The changes: an objective's with those of its key results, a cycle's with all.
    pub trail: Vec<TrailItem>,
    /// The subject's ref, where it has one.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// The subject's title.
    pub title: Text,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailItem {
    /// The event's number.
    pub seq: u64,
    /// The event's id.
    pub event_id: EventId,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Who recorded it.
    pub actor: Text,
    /// When it happened.
    pub time: Moment,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
    /// One line that says it for people.
    pub summary: String,
    /// The fields, before and after.
    pub changes: Vec<FieldChange>,
    /// The reason, where the method asks for one.
    pub justification: Option<Justification>,
    /// How things stood at that moment.
    pub context: Option<Context>,
    /// What it did to the computed score.
    pub effect: Option<Effect>,
    /// What else was said: a rationale, a reason, a note, a method.
    pub remark: Option<Text>,
    /// What was changed.
    pub subject: SubjectId,
    /// Whether a goal was changed after its cycle had started.
    pub adjustment: bool,
}

/// Every change in a cycle; `None` where there is no such cycle.
pub fn audit_cycle<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle: &str) -> Result<Option<Audit>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle)? else { return Ok(None) };
    let lines = all(asked.rows, &CycleRow::trail(cycle.id.as_str()))?;
    let key_results: Vec<KeyResultRow> = all(asked.rows, &CycleRow::key_results(cycle.id.as_str()))?;
    Ok(Some(audit(asked, cycle.id, None, cycle.title, lines, &key_results)))
}

/// The changes of an objective and of its key results; `None` where there is no such objective.
pub fn audit_objective<R: Rows + ?Sized>(asked: &Asked<'_, R>, id_or_ref: &str) -> Result<Option<Audit>, Error> {
    let Some(objective) = find_objective(asked.rows, id_or_ref)? else { return Ok(None) };
    let key_results: Vec<KeyResultRow> = all(asked.rows, &objective.place().key_results())?;
    let mut lines = lines_about(asked, &objective.cycle, &objective.id)?;
    for key_result in &key_results {
        lines.extend(lines_about(asked, &objective.cycle, &key_result.id)?);
    }
    lines.sort_by_key(|line| line.at.seq);
    let given = Some(objective.given());
    Ok(Some(audit(asked, objective.id, given, objective.title, lines, &key_results)))
}

/// The changes of a key result; `None` where there is no such key result.
pub fn audit_key_result<R: Rows + ?Sized>(asked: &Asked<'_, R>, id_or_ref: &str) -> Result<Option<Audit>, Error> {
    let Some(key_result) = find_key_result(asked.rows, id_or_ref)? else { return Ok(None) };
    let lines = lines_about(asked, &key_result.cycle, &key_result.id)?;
    let (id, given, title) = (key_result.id.clone(), Some(key_result.given()), key_result.title.clone());
    Ok(Some(audit(asked, id, given, title, lines, &[key_result.agreed])))
}

/// The trail's lines about one subject. They are looked up event by event: the trail of a whole cycle may be long, what
/// happened to one goal is not.
fn lines_about<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    cycle: &SubjectId,
    subject: &SubjectId,
) -> Result<Vec<TrailRow>, Error> {
    let mut lines = Vec::new();
    for about in all::<BySubject>(asked.rows, &BySubject::of(subject.as_str()))? {
        lines.extend(row::<TrailRow>(asked.rows, &Key::of(Table::Trail).text(cycle.as_str()).seq(about.seq))?);
    }
    Ok(lines)
}

fn audit<R: ?Sized>(
    asked: &Asked<'_, R>,
    subject: SubjectId,
    given: Option<Ref>,
    title: Text,
    lines: Vec<TrailRow>,
    key_results: &[KeyResultRow],
) -> Audit {
    let mut metrics: BTreeMap<u32, Metric> =
        key_results.iter().map(|key_result| (key_result.no, key_result.metric.clone())).collect();
    // From the last to the first, so that each line is worded in the metric that stood when it was written.
    let mut trail: Vec<TrailItem> = lines
        .into_iter()
        .rev()
        .map(|line| {
            let no = line.key_result.as_ref().map(|place| place.no);
            let said = summary(&line, no.and_then(|no| metrics.get(&no)));
            let earlier =
                line.changes.iter().find(|change| change.field == "metric").map(|change| change.from.as_str());
            if let (Some(no), Some(Ok(metric))) = (no, earlier.map(serde_json::from_str::<Metric>)) {
                metrics.insert(no, metric);
            }
            item(line, said)
        })
        .collect();
    trail.reverse();
    Audit { subject, as_of: asked.as_of, trail, given, title }
}

fn item(line: TrailRow, summary: String) -> TrailItem {
    TrailItem {
        seq: line.at.seq,
        event_id: line.event_id,
        kind: line.kind,
        actor: line.actor,
        time: line.at.time,
        recorded_at: line.at.recorded_at,
        summary,
        changes: line.changes,
        justification: line.justification,
        context: line.context,
        effect: line.effect,
        remark: line.remark,
        subject: line.subject,
        adjustment: line.after_start && changes_a_goal(line.kind),
    }
}

/// Whether an event of this type changes what a goal asks for, rather than who answers for it or how it went.
pub(super) fn changes_a_goal(kind: Kind) -> bool {
    match kind {
        Kind::ObjectiveAmended
        | Kind::ObjectiveRetired
        | Kind::KeyResultBaselineSet
        | Kind::KeyResultTargetSet
        | Kind::KeyResultAdjusted
        | Kind::KeyResultRetired => true,
        Kind::PolicyAdopted
        | Kind::TeamFormed
        | Kind::TeamChanged
        | Kind::TeamDissolved
        | Kind::CycleOpened
        | Kind::CycleStarted
        | Kind::CycleClosed
        | Kind::CycleReopened
        | Kind::ThemeDeclared
        | Kind::ObjectiveDrafted
        | Kind::ObjectiveScored
        | Kind::ObjectiveCarriedOver
        | Kind::KeyResultDrafted
        | Kind::KeyResultReassigned
        | Kind::KeyResultScored
        | Kind::CheckInRecorded
        | Kind::CheckInCorrected
        | Kind::RetrospectiveRecorded
        | Kind::BoardReportIssued => false,
    }
}

#[cfg(test)]
mod tests;
