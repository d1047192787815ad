//! The only fold: live updates, rebuilds, as-of answers and what-ifs all use it.
//!
//! [`apply`] is total. The rules decide before an event is recorded; the fold accepts any recorded event. An event
//! whose subject is missing (a what-if may omit its objective, for example) only adds index rows.

mod board_report;
mod carry_over;
mod check_in;
mod cycle;
mod key_result;
mod objective;
mod proposal;
mod trail;

use events::{Fact, Recorded, SubjectId};

use crate::rows::{
    ByKind, BySubject, Error, Happening, PolicyRow, ProposalState, Rows, RowsMut, Stamp, SubjectKind, policy_in_force,
    put, subject,
};

/// Folds one recorded event into rows.
pub fn apply<R: RowsMut>(rows: &mut R, event: &Recorded) -> Result<(), Error> {
    let about = subject(rows, &event.subject)?;
    // Nearly all events of a typical history are check-ins. Their log already serves as an index, and an index by type
    // would only repeat the journal.
    if !matches!(event.fact, Fact::CheckInRecorded(_)) {
        put(rows, event.seq, &ByKind { kind: event.fact.kind(), seq: event.seq })?;
    }
    if !matches!((&event.fact, &about), (Fact::CheckInRecorded(_), Some(SubjectKind::KeyResult(_)))) {
        put(rows, event.seq, &BySubject { subject: event.subject.clone(), seq: event.seq })?;
    }
    let cycle = cycle_of(rows, event, about.as_ref())?;
    for cycle in cycle.into_iter().chain(other_cycle_of(event)) {
        let happening = Happening {
            cycle,
            seq: event.seq,
            kind: event.fact.kind(),
            time: event.time,
            recorded_at: event.recorded_at,
        };
        put(rows, event.seq, &happening)?;
    }
    match &event.fact {
        Fact::PolicyAdopted(data) => {
            let policy = policy_in_force(rows)?.adopting(data);
            PolicyRow { policy, touched: event.seq }.adopt(rows, event.seq)
        }
        Fact::TeamFormed(data) => cycle::team_formed(rows, event, data),
        Fact::TeamChanged(data) => cycle::team_changed(rows, event, data),
        Fact::TeamDissolved(_) => cycle::team_dissolved(rows, event),
        Fact::CycleOpened(data) => cycle::opened(rows, event, data),
        Fact::CycleStarted(_) => cycle::started(rows, event),
        Fact::CycleClosed(data) => cycle::closed(rows, event, data),
        Fact::CycleReopened(data) => cycle::reopened(rows, event, data),
        Fact::ThemeDeclared(data) => cycle::theme_declared(rows, event, data),
        Fact::ObjectiveDrafted(data) => objective::drafted(rows, event, data),
        Fact::ObjectiveAmended(data) => objective::amended(rows, event, data),
        Fact::ObjectiveRetired(data) => objective::retired(rows, event, data),
        Fact::ObjectiveScored(data) => objective::scored(rows, event, data),
        Fact::ObjectiveCarriedOver(data) => carry_over::carried_over(rows, event, data),
        Fact::KeyResultDrafted(data) => key_result::drafted(rows, event, data),
        Fact::KeyResultBaselineSet(data) => key_result::baseline_set(rows, event, data),
        Fact::KeyResultTargetSet(data) => key_result::target_set(rows, event, data),
        Fact::KeyResultAdjusted(data) => key_result::adjusted(rows, event, data),
        Fact::KeyResultReassigned(data) => key_result::reassigned(rows, event, data),
        Fact::KeyResultRetired(data) => key_result::retired(rows, event, data),
        Fact::KeyResultScored(data) => key_result::scored(rows, event, data),
        Fact::AdjustmentProposed(data) => proposal::proposed(rows, event, data),
        Fact::AdjustmentApproved(data) => {
            proposal::decided(rows, event, &data.proposal, data.note.as_ref(), ProposalState::Approved)
        }
        Fact::AdjustmentDeclined(data) => {
            proposal::decided(rows, event, &data.proposal, Some(&data.note), ProposalState::Declined)
        }
        Fact::AdjustmentWithdrawn(data) => {
            proposal::decided(rows, event, &data.proposal, data.note.as_ref(), ProposalState::Withdrawn)
        }
        Fact::CheckInRecorded(data) => check_in::recorded(rows, event, about.as_ref(), data),
        Fact::CheckInCorrected(data) => check_in::corrected(rows, event, data),
        Fact::RetrospectiveRecorded(data) => cycle::retrospective(rows, event, data),
        Fact::BoardReportIssued(data) => board_report::issued(rows, event, data),
    }
}

/// Returns the cycle an event belongs to; `None` for policies and teams, which belong to the whole ledger.
fn cycle_of(rows: &impl Rows, event: &Recorded, about: Option<&SubjectKind>) -> Result<Option<SubjectId>, Error> {
    Ok(match &event.fact {
        Fact::PolicyAdopted(_) | Fact::TeamFormed(_) | Fact::TeamChanged(_) | Fact::TeamDissolved(_) => None,
        Fact::CycleOpened(_) | Fact::CycleStarted(_) | Fact::CycleClosed(_) | Fact::CycleReopened(_) => {
            Some(event.subject.clone())
        }
        Fact::ThemeDeclared(data) => Some(data.cycle.clone()),
        Fact::ObjectiveDrafted(data) => Some(data.cycle.clone()),
        Fact::KeyResultDrafted(data) => {
            subject(rows, &data.objective)?.and_then(|kind| cycle_of_subject(&data.objective, &kind))
        }
        Fact::BoardReportIssued(data) => Some(data.cycle.clone()),
        // A fold over the events of the target cycle alone does not know the source objective, so the stamped cycle is
        // used.
        Fact::ObjectiveCarriedOver(data) if data.from_cycle.is_some() => data.from_cycle.clone(),
        Fact::ObjectiveCarriedOver(_)
        | Fact::ObjectiveAmended(_)
        | Fact::ObjectiveRetired(_)
        | Fact::ObjectiveScored(_)
        | Fact::KeyResultBaselineSet(_)
        | Fact::KeyResultTargetSet(_)
        | Fact::KeyResultAdjusted(_)
        | Fact::KeyResultReassigned(_)
        | Fact::KeyResultRetired(_)
        | Fact::KeyResultScored(_)
        | Fact::AdjustmentProposed(_)
        | Fact::AdjustmentApproved(_)
        | Fact::AdjustmentDeclined(_)
        | Fact::AdjustmentWithdrawn(_)
        | Fact::CheckInRecorded(_)
        | Fact::CheckInCorrected(_)
        | Fact::RetrospectiveRecorded(_) => about.and_then(|kind| cycle_of_subject(&event.subject, kind)),
    })
}

/// Returns the second cycle an event belongs to: a carry-over is an event of both cycles.
fn other_cycle_of(event: &Recorded) -> Option<SubjectId> {
    event.fact.carried_over().map(|data| data.to_cycle.clone())
}

fn cycle_of_subject(id: &SubjectId, kind: &SubjectKind) -> Option<SubjectId> {
    match kind {
        SubjectKind::Team => None,
        SubjectKind::Cycle => Some(id.clone()),
        SubjectKind::Theme(cycle) => Some(cycle.clone()),
        SubjectKind::Objective(place) => Some(place.cycle.clone()),
        SubjectKind::KeyResult(place) => Some(place.cycle.clone()),
        SubjectKind::BoardReport(place) => Some(place.cycle.clone()),
    }
}

/// Writes a row unless its key already exists: an id or a ref keeps its first meaning.
fn put_new<T: crate::rows::Row>(rows: &mut impl RowsMut, seq: u64, new: &T) -> Result<(), Error> {
    if rows.get(&new.key())?.is_none() { put(rows, seq, new) } else { Ok(()) }
}

fn stamp(event: &Recorded) -> Stamp {
    Stamp { seq: event.seq, time: event.time, recorded_at: event.recorded_at }
}

#[cfg(test)]
mod growth;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod total;
