//! Decisions on whole entries.

use std::collections::BTreeSet;
use std::fmt;

use events::{Category, EventId, Fact, Faults, Kind, Moment, Recorded, Ref, SubjectId, Submission, clip};

use super::judge::Judge;
use super::unsettled::Unsettled;
use super::{
    Accepted, No, Proposal, Refusal, SKEW_SECONDS_MAX, Warnings, board_report, carry_over, check_in, cycle, key_result,
    objective, policy, proposal as proposals, resolve_refs, sizes, stamp, team,
};
use crate::fold::apply;
use crate::rows::{
    BYTES_MAX, Counters, CycleRow, Error, Key, KeyResult, ObjectiveRow, Overlay, PolicyRow, ROWS_MAX, Rows,
    SubjectKind, Table, TeamRow, ThemeRow, Work, policy_in_force, row, subject,
};

/// The time and position at which an entry is to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The ledger's clock.
    pub now: Moment,
    /// The time of recording that the events will have.
    pub recorded_at: Moment,
    /// The seq of the entry's first event.
    pub next_seq: u64,
}

/// Decides one entry: accepts all of it, or refuses all of it with every objection. Accepted events are already applied
/// to `rows`; after a refusal or an error, `rows` must not be used any more. Refs in the entry are replaced by ids.
///
/// Work is counted: an entry that needs more reading or comparing than the limit is refused.
pub fn decide<R: Rows + ?Sized>(
    rows: &mut Overlay<'_, R>,
    proposal: &mut Proposal,
    situation: Situation,
) -> Result<Result<Accepted, Refusal>, Error> {
    decide_counted(rows, proposal, situation).0
}

/// Decides one entry. Also returns the work it took.
pub(super) fn decide_counted<R: Rows + ?Sized>(
    rows: &mut Overlay<'_, R>,
    proposal: &mut Proposal,
    situation: Situation,
) -> (Result<Result<Accepted, Refusal>, Error>, Work) {
    rows.begin_entry();
    let decided = decide_whole(rows, proposal, situation);
    let work = rows.end_entry();
    let decided = match decided {
        Err(Error::TooMuchWork) => {
            let says = format_args!(
                "checking this entry would read, compare or write more than {ROWS_MAX} rows or {BYTES_MAX} bytes: \
                 nothing was recorded; send its events in smaller entries"
            );
            Ok(Err(Refusal::too_large("too_much_work", says)))
        }
        decided => decided,
    };
    (decided, work)
}

fn decide_whole<R: Rows + ?Sized>(
    rows: &mut Overlay<'_, R>,
    proposal: &mut Proposal,
    situation: Situation,
) -> Result<Result<Accepted, Refusal>, Error> {
    let oversize = match sizes::measure(proposal) {
        Ok(oversize) => oversize,
        Err(refusal) => return Ok(Err(refusal)),
    };
    for (submission, oversize) in proposal.submissions.iter_mut().zip(&oversize) {
        if oversize.no.is_none() {
            resolve_refs(rows, submission)?;
        }
    }
    let mut verdict = Verdict::default();
    if let Some(seen) = proposal.if_match {
        check_seen(rows, proposal, seen, &mut verdict)?;
    }
    check_repeats(proposal, &mut verdict);

    let mut events = Vec::with_capacity(proposal.submissions.len());
    // Refused submissions are not applied. Later ones that depend on them are skipped, so that each fault is reported
    // once.
    let mut unsettled = Unsettled::default();
    for ((n, submission), oversize) in proposal.submissions.iter().enumerate().zip(oversize) {
        if let Some(no) = oversize.no {
            verdict.take(Some(no), oversize.faults);
            let is_known = subject(rows, &submission.subject)?.is_some();
            unsettled.refused(submission, No::Invalid, is_known);
            continue;
        }
        if unsettled.blocks(rows, submission)? {
            unsettled.skipped(submission);
            continue;
        }
        let seq = situation.next_seq + events.len() as u64;
        let policy = policy_in_force(rows)?;
        let time = submission.time.unwrap_or(situation.recorded_at);
        let when = (time, situation.now);
        let mut judge = Judge::new(&*rows, submission, &policy, when, &unsettled, proposal.pointer(n));
        (judge.violations, judge.warnings) = (verdict.violations.beside(), verdict.warnings.beside());
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
        let outcome = match recorded.fact.approves() {
            Some(proposal) => proposals::outcome(rows, &recorded, proposal)?,
            None => None,
        };
        events.push(recorded);
        if let Some(outcome) = outcome {
            apply(rows, &outcome)?;
            events.push(outcome);
        }
    }
    Ok(match verdict.no {
        None => sizes::fits_receipt(&events).map(|()| Accepted { events, warnings: verdict.warnings.into_told() }),
        Some(no) => Err(Refusal { no, violations: verdict.violations.into_violations() }),
    })
}

#[derive(Default)]
struct Verdict {
    no: Option<No>,
    violations: Faults,
    warnings: Warnings,
}

impl Verdict {
    fn take(&mut self, no: Option<No>, violations: Faults) {
        self.no = self.no.max(no);
        self.violations.extend(violations);
    }

    fn object(&mut self, no: No, pointer: impl Into<String>, rule: &str, says: impl fmt::Display) {
        self.no = self.no.max(Some(no));
        self.violations.add(pointer, rule, says);
    }
}

pub(super) fn judge_one<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<(), Error> {
    // Without a stated time, the ledger's own time counts. It runs ahead of the ledger's clock after the clock was set
    // back.
    if let Some(stated) = judge.submission.time
        && stated.micros().saturating_sub(judge.now.micros()) > SKEW_SECONDS_MAX * 1_000_000
    {
        let says = format!("{stated} is in the future: the ledger's clock shows {}", judge.now);
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

/// Returns the event to record: numbered, and stamped with the ledger's additions.
fn record<R: Rows + ?Sized>(
    rows: &Overlay<'_, R>,
    submission: &Submission,
    seq: u64,
    time: Moment,
    recorded_at: Moment,
) -> Result<Recorded, Error> {
    let counters = || row::<Counters>(rows, &Key::of(Table::Counters)).map(Option::unwrap_or_default);
    let kind = submission.fact.kind();
    let given = match kind.category() == Category::Draft {
        true if kind == Kind::ObjectiveDrafted => Some(Ref::objective(counters()?.objectives.saturating_add(1))),
        true => Some(Ref::key_result(counters()?.key_results.saturating_add(1))),
        false => None,
    };
    Ok(Recorded {
        seq,
        recorded_at,
        // Until there is access control, the author's own statement is the only evidence of who acts.
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
    // The ids of events that approvals will add are reserved too.
    let outcomes: BTreeSet<EventId> = proposal.submissions.iter().filter_map(outcome_id).collect();
    for (n, submission) in proposal.submissions.iter().enumerate() {
        if !seen.insert(&submission.id) || outcomes.contains(&submission.id) {
            let id = clip(submission.id.as_str());
            let says = format_args!("the id `{id}` occurs twice in this entry: give each event its own id");
            verdict.object(No::Invalid, format!("{}/id", proposal.pointer(n)), "repeated_id", says);
        }
    }
}

/// Returns the id of the event that an approval will add.
fn outcome_id(submission: &Submission) -> Option<EventId> {
    matches!(submission.fact, Fact::AdjustmentApproved(_)).then(|| submission.id.of_outcome().ok()).flatten()
}

fn check_seen(rows: &impl Rows, proposal: &Proposal, seen: u64, verdict: &mut Verdict) -> Result<(), Error> {
    let subjects: BTreeSet<&SubjectId> = proposal.submissions.iter().map(|submission| &submission.subject).collect();
    for id in subjects {
        let last = touched(rows, id)?;
        if last != seen {
            let says =
                format_args!("the last event about `{id}` is {last}, not {seen}: read it again before you change it");
            verdict.object(No::Precondition, "", "if_match", says);
        }
    }
    Ok(())
}

/// Returns the seq of the last event about a subject; 0 if there is none.
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
#[cfg(test)]
mod work;
