//! A whole entry before the rules.

use std::collections::BTreeSet;

use events::{EventId, Fact, Kind, Moment, Recorded, Ref, SubjectId, Submission, Violation};

use super::judge::Judge;
use super::unsettled::Unsettled;
use super::{
    Accepted, No, Proposal, Refusal, SKEW_SECONDS_MAX, board_report, carry_over, check_in, cycle, key_result,
    objective, policy, proposal as proposals, stamp, team,
};
use crate::fold::apply;
use crate::rows::{
    Counters, CycleRow, Error, Key, KeyResult, ObjectiveRow, Overlay, PolicyRow, Rows, SubjectKind, Table, TeamRow,
    ThemeRow, policy_in_force, row, subject,
};

/// Where and when an entry is to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The ledger's clock.
    pub now: Moment,
    /// When the entry will have been recorded.
    pub recorded_at: Moment,
    /// The number its first event will have.
    pub next_seq: u64,
}

/// Decides one entry: all of it, or nothing and why. What is let through has been applied to `rows`; after a refusal, or
/// an error, `rows` is not to be used any more.
pub fn decide<R: Rows + ?Sized>(
    rows: &mut Overlay<'_, R>,
    proposal: &Proposal,
    situation: Situation,
) -> Result<Result<Accepted, Refusal>, Error> {
    let mut verdict = Verdict::default();
    if let Some(seen) = proposal.if_match {
        check_seen(rows, proposal, seen, &mut verdict)?;
    }
    check_repeats(proposal, &mut verdict);

    let mut events = Vec::with_capacity(proposal.submissions.len());
    // What was refused is not applied. Those that build on it are not held against it, so that one fault is named once.
    let mut unsettled = Unsettled::default();
    for (n, submission) in proposal.submissions.iter().enumerate() {
        if unsettled.holds_up(rows, submission)? {
            unsettled.skipped(submission);
            continue;
        }
        let seq = situation.next_seq + events.len() as u64;
        let policy = policy_in_force(rows)?;
        let time = submission.time.unwrap_or(situation.recorded_at);
        let when = (time, situation.now);
        let mut judge = Judge::new(&*rows, submission, &policy, when, &unsettled, proposal.pointer(n));
        judge_one(&mut judge)?;
        let Judge { violations, warnings, no, .. } = judge;
        verdict.take(no, violations);
        if let Some(no) = no {
            let is_known = subject(rows, &submission.subject)?.is_some();
            unsettled.refused(submission, no, is_known);
            continue;
        }
        verdict.warnings.extend(warnings);
        let recorded = record(rows, submission, seq, time, situation.recorded_at)?;
        apply(rows, &recorded)?;
        let outcome = match &recorded.fact {
            Fact::AdjustmentApproved(data) => proposals::outcome(rows, &recorded, &data.proposal)?,
            _ => None,
        };
        events.push(recorded);
        if let Some(outcome) = outcome {
            apply(rows, &outcome)?;
            events.push(outcome);
        }
    }
    Ok(match verdict.no {
        None => Ok(Accepted { events, warnings: verdict.warnings }),
        Some(no) => Err(Refusal { no, violations: verdict.violations }),
    })
}

#[derive(Default)]
struct Verdict {
    no: Option<No>,
    violations: Vec<Violation>,
    warnings: Vec<super::Warning>,
}

impl Verdict {
    fn take(&mut self, no: Option<No>, violations: Vec<Violation>) {
        self.no = self.no.max(no);
        self.violations.extend(violations);
    }
}

pub(super) fn judge_one<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<(), Error> {
    // A time that nobody stated is the ledger's own, which runs ahead of its clock where that was put back.
    if let Some(stated) = judge.submission.time
        && stated.micros().saturating_sub(judge.now.micros()) > SKEW_SECONDS_MAX * 1_000_000
    {
        let says = format!("{stated} lies in the future: the ledger's clock says {}", judge.now);
        judge.invalid("/time", "time_in_future", says);
    }
    match &judge.submission.fact {
        Fact::PolicyAdopted(data) => {
            policy::adopted(judge, data);
            Ok(())
        }
        Fact::TeamFormed(data) => team::formed(judge, data),
        Fact::TeamChanged(data) => team::changed(judge, data),
        Fact::TeamDissolved(_) => team::dissolved(judge),
        Fact::CycleOpened(data) => cycle::opened(judge, data),
        Fact::CycleStarted(_) => cycle::started(judge),
        Fact::CycleClosed(_) => cycle::closed(judge),
        Fact::CycleReopened(_) => cycle::reopened(judge),
        Fact::ThemeDeclared(data) => cycle::theme_declared(judge, data),
        Fact::ObjectiveDrafted(data) => objective::drafted(judge, data),
        Fact::ObjectiveAmended(data) => objective::amended(judge, data),
        Fact::ObjectiveRetired(data) => objective::retired(judge, data),
        Fact::ObjectiveScored(_) => objective::scored(judge),
        Fact::ObjectiveCarriedOver(data) => carry_over::carried_over(judge, data),
        Fact::KeyResultDrafted(data) => key_result::drafted(judge, data),
        Fact::KeyResultBaselineSet(data) => key_result::baseline_set(judge, data),
        Fact::KeyResultTargetSet(data) => key_result::target_set(judge, data),
        Fact::KeyResultAdjusted(data) => key_result::adjusted(judge, data),
        Fact::KeyResultReassigned(data) => key_result::reassigned(judge, data),
        Fact::KeyResultRetired(data) => key_result::retired(judge, data),
        Fact::KeyResultScored(_) => key_result::scored(judge),
        Fact::AdjustmentProposed(data) => proposals::proposed(judge, data),
        Fact::AdjustmentApproved(data) => proposals::approved(judge, &data.proposal),
        Fact::AdjustmentDeclined(data) => proposals::declined(judge, &data.proposal),
        Fact::AdjustmentWithdrawn(data) => proposals::withdrawn(judge, &data.proposal),
        Fact::CheckInRecorded(data) => check_in::recorded(judge, data),
        Fact::CheckInCorrected(data) => check_in::corrected(judge, data),
        Fact::RetrospectiveRecorded(_) => cycle::retrospective(judge),
        Fact::BoardReportIssued(data) => board_report::issued(judge, data),
    }
}

/// The event as it will stand: numbered, and stamped with what the ledger adds.
fn record<R: Rows + ?Sized>(
    rows: &Overlay<'_, R>,
    submission: &Submission,
    seq: u64,
    time: Moment,
    recorded_at: Moment,
) -> Result<Recorded, Error> {
    let counters = || row::<Counters>(rows, &Key::of(Table::Counters)).map(Option::unwrap_or_default);
    let given = match submission.fact.kind() {
        Kind::ObjectiveDrafted => Some(Ref::objective(counters()?.objectives.saturating_add(1))),
        Kind::KeyResultDrafted => Some(Ref::key_result(counters()?.key_results.saturating_add(1))),
        _ => None,
    };
    Ok(Recorded {
        seq,
        recorded_at,
        // Until there is access control the ledger has nobody's word but the author's for who he is.
        actor: submission.source.clone(),
        given,
        id: submission.id.clone(),
        source: submission.source.clone(),
        subject: submission.subject.clone(),
        time,
        datacontenttype: submission.datacontenttype.clone(),
        dataschema: submission.dataschema.clone(),
        extensions: submission.extensions.clone(),
        fact: stamp::stamped(rows, &submission.subject, &submission.fact, (seq, time))?,
    })
}

fn check_repeats(proposal: &Proposal, verdict: &mut Verdict) {
    let mut seen = BTreeSet::new();
    // The ids of what the ledger records for approvals are taken as well.
    let outcomes: BTreeSet<EventId> = proposal.submissions.iter().filter_map(outcome_id).collect();
    for (n, submission) in proposal.submissions.iter().enumerate() {
        if !seen.insert(&submission.id) || outcomes.contains(&submission.id) {
            let says = format!("the id `{}` stands twice in this entry: each event has its own", submission.id);
            let violation = Violation::new(format!("{}/id", proposal.pointer(n)), "repeated_id", says);
            verdict.take(Some(No::Invalid), vec![violation]);
        }
    }
}

/// The id of the event that the ledger would record for this one.
fn outcome_id(submission: &Submission) -> Option<EventId> {
    matches!(submission.fact, Fact::AdjustmentApproved(_)).then(|| submission.id.of_outcome().ok()).flatten()
}

fn check_seen(rows: &impl Rows, proposal: &Proposal, seen: u64, verdict: &mut Verdict) -> Result<(), Error> {
    let subjects: BTreeSet<&SubjectId> = proposal.submissions.iter().map(|submission| &submission.subject).collect();
    for id in subjects {
        let last = touched(rows, id)?;
        if last != seen {
            let says = format!("the last event about `{id}` is {last}, not {seen}: read it again before you change it");
            verdict.take(Some(No::Precondition), vec![Violation::new("", "if_match", says)]);
        }
    }
    Ok(())
}

/// The last event about a subject; 0 where there was none.
fn touched(rows: &impl Rows, id: &SubjectId) -> Result<u64, Error> {
    if id.as_str() == "policy" {
        let policy: Option<PolicyRow> = row(rows, &Key::of(Table::Policy))?;
        return Ok(policy.map_or(0, |policy| policy.touched));
    }
    let touched = match subject(rows, id)? {
        None => None,
        Some(SubjectKind::Team) => row::<TeamRow>(rows, &TeamRow::key_of(id.as_str()))?.map(|team| team.touched),
        Some(SubjectKind::Cycle) => row::<CycleRow>(rows, &CycleRow::key_of(id.as_str()))?.map(|cycle| cycle.touched),
        Some(SubjectKind::Theme(cycle)) => {
            row::<ThemeRow>(rows, &ThemeRow::key_of(cycle.as_str(), id.as_str()))?.map(|theme| theme.touched)
        }
        Some(SubjectKind::Objective(place)) => {
            row::<ObjectiveRow>(rows, &place.key())?.map(|objective| objective.touched)
        }
        Some(SubjectKind::KeyResult(place)) => KeyResult::at(rows, &place)?.map(|key_result| key_result.touched),
        Some(SubjectKind::BoardReport(place)) => Some(place.seq),
    };
    Ok(touched.unwrap_or(0))
}

#[cfg(test)]
mod tests;
