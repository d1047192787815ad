//! Rules of proposals and of decisions on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::{
    AdjustmentProposed, Approval, EventId, Fact, KeyResultAdjusted, KeyResultRetired, ObjectiveAmended,
    ObjectiveRetired, Recorded, clip,
};

use super::judge::{Judge, SubmittedAs};
use super::justification::{is_same_person, is_same_source};
use super::{SKEW_SECONDS_MAX, key_result, objective, stamp};
use crate::rows::{CycleRow, CycleState, Error, ProposalRow, ProposalState, Rows, SubjectKind, subject};

/// The goal a proposal is about, as far as the rules need it.
struct ProposalGoal {
    cycle: Arc<CycleRow>,
    owner: String,
    proposals: crate::rows::Key,
}

/// Checks a proposal like the change itself, except for the rules that an approval satisfies.
pub(super) fn proposed<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &AdjustmentProposed) -> Result<(), Error> {
    let Some(goal) = goal(judge)? else { return Ok(()) };
    if goal.cycle.state == CycleState::Open {
        let says = format!("the cycle `{}` has not started: change the goal directly until it does", goal.cycle.id);
        judge.conflict("/subject", "cycle_not_started", says);
    }
    let kind = judge.subject(&judge.submission.subject)?;
    match as_change(data, kind.as_ref(), None) {
        Ok(fact) => {
            judge.submitted_as = SubmittedAs::Proposed;
            judge_change(judge, &fact)
        }
        Err(fields) => {
            for field in fields {
                let (is, other) = match kind {
                    Some(SubjectKind::Objective(_)) => ("an objective", "a key result"),
                    _ => ("a key result", "an objective"),
                };
                let says = format!("`{}` is {is}: `{field}` is a field of {other}", judge.submission.subject);
                judge.invalid(&format!("/data/changes/{field}"), "out_of_place", says);
            }
            Ok(())
        }
    }
}

/// Checks an approval: it comes from someone other than the proposer, the proposal is open, and the rules accept the
/// change now.
pub(super) fn approved<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, id: &EventId) -> Result<(), Error> {
    if let Err(says) = judge.submission.id.of_outcome() {
        let says = format!("the change is recorded under this id followed by `#recorded`, and {says}: shorten the id");
        judge.invalid("/id", "id_too_long", says);
    }
    let Some((goal, proposal)) = open_proposal(judge, id)? else { return Ok(()) };
    let source = judge.submission.source.as_str();
    if is_same_source(source, proposal.by.as_str()) {
        let says = format!("{} made this proposal: someone else must approve it", clip(proposal.by.as_str()));
        judge.invalid("/source", "own_proposal", says);
    } else if !judge.policy.owner_may_approve && is_same_person(source, &goal.owner) {
        let says = format!("{} owns the goal: someone else must approve the change", clip(&goal.owner));
        judge.refuse_by_policy("owner_approves", "/source", says);
    }
    let kind = judge.subject(&judge.submission.subject)?;
    if let Ok(fact) = as_change(&proposal.asks()?, kind.as_ref(), None) {
        judge.submitted_as = SubmittedAs::Approved;
        judge_change(judge, &fact)?;
    }
    Ok(())
}

/// Only others decline a proposal; its proposer withdraws it.
pub(super) fn declined<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, id: &EventId) -> Result<(), Error> {
    let Some((goal, proposal)) = open_proposal(judge, id)? else { return Ok(()) };
    judge.not_closed(&goal.cycle);
    if is_same_source(judge.submission.source.as_str(), proposal.by.as_str()) {
        let says = format!(
            "{} made this proposal: withdraw it instead (okr.adjustment.withdrawn)",
            clip(proposal.by.as_str())
        );
        judge.invalid("/source", "own_proposal", says);
    }
    Ok(())
}

pub(super) fn withdrawn<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, id: &EventId) -> Result<(), Error> {
    let Some((goal, proposal)) = open_proposal(judge, id)? else { return Ok(()) };
    judge.not_closed(&goal.cycle);
    if !is_same_source(judge.submission.source.as_str(), proposal.by.as_str()) {
        let says = format!(
            "{} made this proposal, and only they can withdraw it: decline it instead (okr.adjustment.declined)",
            clip(proposal.by.as_str())
        );
        judge.invalid("/source", "not_the_proposer", says);
    }
    Ok(())
}

/// Returns the change that the ledger records for an approval in the same entry, with the previous values and the
/// current figures. Its time and actor are those of the approval; its `approval` field names the proposer.
pub(super) fn outcome(
    rows: &(impl Rows + ?Sized),
    approved: &Recorded,
    proposal: &EventId,
) -> Result<Option<Recorded>, Error> {
    let kind = subject(rows, &approved.subject)?;
    let Some(prefix) = kind.as_ref().and_then(proposals_of) else { return Ok(None) };
    let Some(proposal) = ProposalRow::find(rows, &prefix, proposal)? else { return Ok(None) };
    let approval = Approval {
        proposal: proposal.event_id.clone(),
        proposed_by: proposal.by.clone(),
        approval: approved.id.clone(),
        approved_by: approved.actor.clone(),
    };
    let change = as_change(&proposal.asks()?, kind.as_ref(), Some(approval)).ok();
    let Some((fact, id)) = change.zip(approved.id.of_outcome().ok()) else { return Ok(None) };
    Ok(Some(Recorded {
        seq: approved.seq + 1,
        given: None,
        id,
        datacontenttype: None,
        dataschema: None,
        extensions: BTreeMap::new(),
        fact: stamp::stamped(rows, &approved.subject, &fact, (approved.seq + 1, approved.time))?,
        ..approved.clone()
    }))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other change can be proposed")]
fn judge_change<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, change: &Fact) -> Result<(), Error> {
    match change {
        Fact::KeyResultAdjusted(data) => key_result::adjusted(judge, data),
        Fact::KeyResultRetired(data) => key_result::retired(judge, data),
        Fact::ObjectiveAmended(data) => objective::amended(judge, data),
        Fact::ObjectiveRetired(data) => objective::retired(judge, data),
        _ => Ok(()),
    }
}

/// Returns the change a proposal asks for, or the fields that a goal of this kind does not have.
fn as_change(
    data: &AdjustmentProposed,
    kind: Option<&SubjectKind>,
    approval: Option<Approval>,
) -> Result<Fact, Vec<&'static str>> {
    let justification = data.justification.clone();
    let replaced_by = data.replaced_by.clone();
    let is_objective = matches!(kind, Some(SubjectKind::Objective(_)));
    Ok(match (&data.changes, is_objective) {
        (None, true) => Fact::ObjectiveRetired(ObjectiveRetired { justification, replaced_by, approval }),
        (None, false) => Fact::KeyResultRetired(KeyResultRetired { justification, replaced_by, approval }),
        (Some(changes), true) => Fact::ObjectiveAmended(ObjectiveAmended {
            changes: changes.of_objective()?,
            justification: Some(justification),
            context: None,
            approval,
        }),
        (Some(changes), false) => Fact::KeyResultAdjusted(KeyResultAdjusted {
            changes: changes.of_key_result()?,
            justification,
            context: None,
            approval,
        }),
    })
}

/// Reads the goal the submission is about.
fn goal<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<Option<ProposalGoal>, Error> {
    let id = judge.submission.subject.clone();
    let kind = judge.subject(&id)?;
    let found = match &kind {
        Some(SubjectKind::Objective(_)) => {
            judge.objective()?.map(|(cycle, objective)| (cycle, objective.owner.to_string()))
        }
        Some(SubjectKind::KeyResult(_)) => {
            judge.key_result()?.map(|(cycle, _, key_result)| (cycle, key_result.owner.to_string()))
        }
        other => {
            judge.not_a("/subject", &id, "an objective or a key result", other.clone());
            None
        }
    };
    let proposals = kind.as_ref().and_then(proposals_of);
    Ok(found.zip(proposals).map(|((cycle, owner), proposals)| ProposalGoal { cycle, owner, proposals }))
}

/// Reads the open proposal with this event id about the submission's subject.
fn open_proposal<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    id: &EventId,
) -> Result<Option<(ProposalGoal, ProposalRow)>, Error> {
    let Some(goal) = goal(judge)? else { return Ok(None) };
    let Some(proposal) = ProposalRow::find(judge.rows, &goal.proposals, id)? else {
        let says =
            format!("`{}` is not the event id of a proposal about `{}`", clip(id.as_str()), judge.submission.subject);
        judge.invalid("/data/proposal", "unknown_proposal", says);
        return Ok(None);
    };
    if proposal.at.time.micros().saturating_sub(judge.time.micros()) > SKEW_SECONDS_MAX * 1_000_000 {
        let says = format!("the proposal was made at {}: it cannot be decided before that", proposal.at.time);
        judge.invalid("/time", "before_proposal", says);
    }
    if proposal.state == ProposalState::Open {
        return Ok(Some((goal, proposal)));
    }
    let (rule, says) = match (&proposal.decision, proposal.state) {
        (Some(decision), state) => {
            let by = clip(decision.by.as_str());
            let says = format!("the proposal was already {} by {by} (event {})", state.as_str(), decision.at.seq);
            ("not_open", says)
        }
        (None, _) => {
            let changed = |one: &crate::rows::Overtaking| {
                let (field, from, to) =
                    (&one.change.field, clip(one.change.from.as_str()), clip(one.change.to.as_str()));
                format!("event {} by {} changed `{field}` from {from} to {to}", one.seq, clip(one.by.as_str()))
            };
            let changed: Vec<String> = proposal.overtaken_by.iter().map(changed).collect();
            let says =
                format!("the proposal was overtaken: {}; propose it again from the current values", changed.join(", "));
            ("overtaken", says)
        }
    };
    judge.conflict("/data/proposal", rule, says);
    Ok(None)
}

fn proposals_of(kind: &SubjectKind) -> Option<crate::rows::Key> {
    match kind {
        SubjectKind::Objective(place) => Some(ProposalRow::of_objective(place)),
        SubjectKind::KeyResult(place) => Some(ProposalRow::of_key_result(place)),
        SubjectKind::Team | SubjectKind::Cycle | SubjectKind::Theme(_) | SubjectKind::BoardReport(_) => None,
    }
}

#[cfg(test)]
mod tests;
