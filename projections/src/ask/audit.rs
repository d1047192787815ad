//! The audit trail: why goals were changed, by whom, on what evidence, and how things stood then.

mod build;
mod narrow;
mod without;

use events::{Approval, Confidence, Context, EventId, Justification, Kind, Moment, Number, Ref, SubjectId, Text};
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
    /// How often its cycle, once closed, was opened again.
    pub reopened: Vec<Reopened>,
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
    /// The id of the proposal's event, where one was made or a word was given on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<EventId>,
    /// Who proposed and who approved it, where the change was proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Which way it moved what is to be reached; null where it moved nothing of that.
    pub direction: Option<Direction>,
    /// The method's three questions, where they were answered.
    pub questions: Vec<Answered>,
    /// The version of the policy in force when it was recorded; 0 is the default that nobody adopted.
    pub policy_version: u32,
    /// What the scores would be without it; null where it bears on no score, and before the start.
    pub without: Option<Without>,
    /// The check-ins around a change of a key result in mid-cycle.
    pub check_ins: Option<Around>,
    /// Who answered for the goal right after it; null for a change of the cycle.
    pub owners: Option<Owners>,
}

/// One of the method's three questions for a change in mid-quarter, and what was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The question.
    pub question: String,
    /// What was answered.
    pub answer: String,
}

/// Who answered for a goal when it was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owners {
    /// For the key result; null for a change of an objective.
    pub key_result: Option<Text>,
    /// For the objective.
    pub objective: Text,
    /// The team the objective belonged to.
    pub team: Option<SubjectId>,
}

/// The check-ins around a change, by the time they speak of, corrections applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Around {
    /// The last one before.
    pub last_before: Option<CheckInBrief>,
    /// The first one after.
    pub first_after: Option<CheckInBrief>,
}

/// A check-in in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInBrief {
    /// The event's number.
    pub seq: u64,
    /// The time it speaks of.
    pub time: Moment,
    /// The value stated.
    pub value: Option<Number>,
    /// The confidence stated.
    pub confidence: Option<Confidence>,
    /// What was worth saying.
    pub note: Option<Text>,
}

/// How often a closed cycle was opened again, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// The event's number.
    pub seq: u64,
    /// When it happened.
    pub time: Moment,
    /// Why.
    pub reason: Text,
}

/// Every change in a cycle; `None` where there is no such cycle.
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

/// The changes of goals after the start of a cycle; `None` where there is no such cycle.
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

/// The changes of an objective and of its key results; `None` where there is no such objective.
pub fn audit_objective<R: Rows + ?Sized>(asked: &Asked<'_, R>, id_or_ref: &str) -> Result<Option<Audit>, Error> {
    let Some(objective) = find_objective(asked.rows, id_or_ref)? else { return Ok(None) };
    let about = (objective.id.clone(), objective.given(), objective.title.clone());
    of_goal(asked, &objective, about, |_| true)
}

/// The changes of a key result; `None` where there is no such key result.
pub fn audit_key_result<R: Rows + ?Sized>(asked: &Asked<'_, R>, id_or_ref: &str) -> Result<Option<Audit>, Error> {
    let Some(key_result) = find_key_result(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(objective) = row::<ObjectiveRow>(asked.rows, &key_result.place().objective().key())? else {
        return Ok(None);
    };
    let about = (key_result.id.clone(), key_result.given(), key_result.title.clone());
    of_goal(asked, &objective, about, |id| *id == key_result.id)
}

/// The trail of an objective and of those of its key results that are wanted; its own lines are read in any case, because they
/// tell who answered for it. Of the cycle only what is looked up by key is read: the trail of a whole cycle may be long, what
/// happened to one goal is not.
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
        | Kind::AdjustmentProposed
        | Kind::AdjustmentApproved
        | Kind::AdjustmentDeclined
        | Kind::AdjustmentWithdrawn
        | Kind::CheckInRecorded
        | Kind::CheckInCorrected
        | Kind::RetrospectiveRecorded
        | Kind::BoardReportIssued => false,
    }
}

#[cfg(test)]
mod tests;
