//! The audit trail: why goals were changed, by whom, on what evidence, and the state of the goals at that time.

mod build;
mod narrow;
mod without;

use events::{
    Approval, Category, Confidence, Context, EventId, Justification, Kind, Moment, Number, Ref, SubjectId, Text,
};
use serde::{Deserialize, Serialize};

use super::direction::Direction;
use super::resolve::{find_cycle, find_key_result, find_objective};
use super::tally::Whole;
use super::{AsOf, Asked};
use crate::rows::{
    BySubject, CycleRow, Effect, Error, FieldChange, Key, KeyResult, ObjectiveRow, Reopening, Rows, Table, TrailRow,
    all, policy_in_force, row,
};

pub use narrow::AuditAsk;
pub use without::{Supposed, Without};

/// Changes of a goal, in the order in which they were recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// The id of the cycle, objective or key result.
    pub subject: SubjectId,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The changes. An objective's trail includes its key results; a cycle's includes all goals.
    pub trail: Vec<TrailItem>,
    /// The subject's ref; null for a cycle.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// The subject's title.
    pub title: Text,
    /// The times the cycle was reopened after closing.
    pub reopened: Vec<Reopened>,
}

/// One recorded change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailItem {
    /// The event's sequence number.
    pub seq: u64,
    /// The event's id.
    pub event_id: EventId,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The person or program that recorded it.
    pub actor: Text,
    /// When it happened, as stated by its author.
    pub time: Moment,
    /// When the ledger recorded it.
    pub recorded_at: Moment,
    /// The change in one line for people.
    pub summary: String,
    /// Changed fields with their values before and after.
    pub changes: Vec<FieldChange>,
    /// The justification, for changes that require one.
    pub justification: Option<Justification>,
    /// State of the goal at that moment.
    pub context: Option<Context>,
    /// Effect of the change on the computed score.
    pub effect: Option<Effect>,
    /// Any further text: a rationale, reason, note or method.
    pub remark: Option<Text>,
    /// The subject of the event.
    pub subject: SubjectId,
    /// True if a goal was changed after its cycle had started.
    pub adjustment: bool,
    /// The id of the proposal's event, for proposals and the responses to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<EventId>,
    /// Proposer and approver, if the change was proposed first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The direction in which the goal moved; null if nothing it asks for was moved.
    pub direction: Option<Direction>,
    /// The method's three questions with their answers; empty if no justification was required.
    pub questions: Vec<Answered>,
    /// The version of the policy in force at the time of recording; 0 is the built-in default.
    pub policy_version: u32,
    /// Scores without the change; null if it has no bearing on scores, and before the start.
    pub without: Option<Without>,
    /// Check-ins before and after a change of a key result in mid-cycle.
    pub check_ins: Option<Around>,
    /// The people accountable right after the change; null for a change of the cycle.
    pub owners: Option<Owners>,
}

/// One of the method's three questions about a change in mid-cycle, with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The question's text.
    pub question: String,
    /// The answer, taken from the justification.
    pub answer: String,
}

/// The people accountable for a goal at the time of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owners {
    /// The owner of the key result; null for a change of an objective.
    pub key_result: Option<Text>,
    /// The owner of the objective.
    pub objective: Text,
    /// The team the objective belonged to.
    pub team: Option<SubjectId>,
}

/// The check-ins around a change, by event `time`, with corrections applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Around {
    /// The last check-in before the change.
    pub last_before: Option<CheckInBrief>,
    /// The first check-in after the change.
    pub first_after: Option<CheckInBrief>,
}

/// The value, confidence and note of a check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInBrief {
    /// The event's sequence number.
    pub seq: u64,
    /// The time the check-in describes.
    pub time: Moment,
    /// The value stated, in the metric's unit.
    pub value: Option<Number>,
    /// The confidence stated, 0 to 10.
    pub confidence: Option<Confidence>,
    /// The author's note.
    pub note: Option<Text>,
}

/// A reopening of a closed cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// The event's sequence number.
    pub seq: u64,
    /// When it happened.
    pub time: Moment,
    /// The reason given.
    pub reason: Text,
}

/// Returns every change in a cycle; `None` if there is no such cycle.
pub fn audit_cycle<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle: &str) -> Result<Option<Audit>, Error> {
    let Some(whole) = Whole::of(asked, cycle)? else { return Ok(None) };
    let (id, title) = (whole.cycle.id.clone(), whole.cycle.title.clone());
    let trail = build::trail(asked, &whole, true, |_| true)?;
    Ok(Some(Audit {
        subject: id,
        as_of: asked.as_of,
        trail,
        given: None,
        title,
        reopened: reopened(asked.rows, &whole.cycle)?,
    }))
}

/// Returns changes of goals after the start of a cycle; `None` if there is no such cycle.
pub(super) fn adjustments_of_cycle<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    cycle: &str,
) -> Result<Option<Vec<TrailItem>>, Error> {
    let Some(whole) = Whole::of(asked, cycle)? else { return Ok(None) };
    build::trail(asked, &whole, true, is_adjustment).map(Some)
}

fn is_adjustment(line: &TrailRow) -> bool {
    line.after_start && changes_a_goal(line.kind)
}

/// Returns changes of an objective and its key results; `None` if there is no such objective.
pub fn audit_objective<R: Rows + ?Sized>(asked: &Asked<'_, R>, id_or_ref: &str) -> Result<Option<Audit>, Error> {
    let Some(objective) = find_objective(asked.rows, id_or_ref)? else { return Ok(None) };
    let about = (objective.id.clone(), objective.given(), objective.title.clone());
    of_goal(asked, &objective, about, |_| true)
}

/// Returns changes of a key result; `None` if there is no such key result.
pub fn audit_key_result<R: Rows + ?Sized>(asked: &Asked<'_, R>, id_or_ref: &str) -> Result<Option<Audit>, Error> {
    let Some(key_result) = find_key_result(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(objective) = row::<ObjectiveRow>(asked.rows, &key_result.place().objective().key())? else {
        return Ok(None);
    };
    let about = (key_result.id.clone(), key_result.given(), key_result.title.clone());
    of_goal(asked, &objective, about, |id| *id == key_result.id)
}

/// Returns the trail of an objective and of the wanted key results. The objective's own lines are always read, because
/// they determine its owner at each change. Lines are looked up by key: a cycle's trail may be long, but the trail of
/// one goal is short.
fn of_goal<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    objective: &ObjectiveRow,
    (subject, given, title): (SubjectId, Ref, Text),
    is_wanted: impl Fn(&SubjectId) -> bool,
) -> Result<Option<Audit>, Error> {
    let Some(cycle) = find_cycle(asked.rows, objective.cycle.as_str())? else { return Ok(None) };
    let mut whole = Whole {
        cycle,
        in_force: policy_in_force(asked.rows)?.into_owned(),
        objectives: vec![objective.clone()],
        key_results: KeyResult::under(asked.rows, &objective.place().key_results())?,
        trail: Vec::new(),
    };
    let own = whole.key_results.iter().map(|key_result| &key_result.id).filter(|id| is_wanted(id));
    for subject in [&objective.id].into_iter().chain(own) {
        for about in all::<BySubject>(asked.rows, &BySubject::of(subject.as_str()))? {
            let key = Key::of(Table::Trail).text(objective.cycle.as_str()).seq(about.seq);
            whole.trail.extend(row::<TrailRow>(asked.rows, &key)?);
        }
    }
    whole.trail.sort_by_key(|line| line.at.seq);
    let trail = build::trail(asked, &whole, false, |line| is_wanted(&line.subject))?;
    let reopened = reopened(asked.rows, &whole.cycle)?;
    Ok(Some(Audit { subject, as_of: asked.as_of, trail, given: Some(given), title, reopened }))
}

fn reopened(rows: &(impl Rows + ?Sized), cycle: &CycleRow) -> Result<Vec<Reopened>, Error> {
    let one = |one: Reopening| Reopened { seq: one.at.seq, time: one.at.time, reason: one.reason };
    Ok(all(rows, &Reopening::of_cycle(cycle.id.as_str()))?.into_iter().map(one).collect())
}

/// Returns true if events of this type change what a goal asks for, rather than its owner or its progress.
pub(super) fn changes_a_goal(kind: Kind) -> bool {
    matches!(kind.category(), Category::Adjustment | Category::Measure | Category::Retirement)
}

#[cfg(test)]
mod tests;
