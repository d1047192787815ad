//! What was refused in an entry, so that those after it which build on it are not held against it.

use std::collections::BTreeSet;

use events::{EventId, Fact, SubjectId, Submission};

use super::No;
use crate::rows::{Error, Rows, SubjectKind, subject};

/// What the refusals of an entry leave open.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    subjects: BTreeSet<SubjectId>,
    /// Refused check-ins: only their corrections build on them.
    check_ins: BTreeSet<EventId>,
    /// Objectives one of whose key results was refused, so that theirs cannot be counted.
    incomplete: BTreeSet<SubjectId>,
    policy: bool,
}

impl Unsettled {
    /// Whether a submission builds on something refused, so that nothing can be said of it.
    pub(super) fn holds_up(&self, rows: &(impl Rows + ?Sized), submission: &Submission) -> Result<bool, Error> {
        if let Fact::CheckInCorrected(data) = &submission.fact
            && self.check_ins.contains(&data.corrects)
        {
            return Ok(true);
        }
        if self.subjects.is_empty() {
            return Ok(false);
        }
        if builds_on(submission).any(|id| self.subjects.contains(id)) {
            return Ok(true);
        }
        // What may be recorded of a goal hangs on its cycle's state.
        let cycle = match subject(rows, &submission.subject)? {
            Some(SubjectKind::Objective(place)) => Some(place.cycle),
            Some(SubjectKind::KeyResult(place)) => Some(place.cycle),
            Some(SubjectKind::Team | SubjectKind::Cycle | SubjectKind::Theme(_) | SubjectKind::BoardReport(_))
            | None => None,
        };
        Ok(cycle.is_some_and(|cycle| self.subjects.contains(&cycle)))
    }

    /// Notes a submission that was refused; `is_known` says whether its subject is something in the ledger.
    pub(super) fn refused(&mut self, submission: &Submission, no: No, is_known: bool) {
        // Nothing else builds on these: what is wrong with one says nothing of the next about the same thing. Unless it
        // is the thing itself that is in the way.
        let stands_alone = matches!(
            submission.fact,
            Fact::CheckInRecorded(_)
                | Fact::CheckInCorrected(_)
                | Fact::KeyResultScored(_)
                | Fact::ObjectiveScored(_)
                | Fact::RetrospectiveRecorded(_)
                | Fact::ObjectiveCarriedOver(_)
        );
        if stands_alone && is_known && no == No::Invalid {
            self.check_ins.insert(submission.id.clone());
        } else {
            self.skipped(submission);
        }
    }

    /// Notes a submission of which nothing was said.
    pub(super) fn skipped(&mut self, submission: &Submission) {
        self.subjects.insert(submission.subject.clone());
        self.policy |= matches!(submission.fact, Fact::PolicyAdopted(_));
        if let Fact::KeyResultDrafted(data) = &submission.fact {
            self.incomplete.insert(data.objective.clone());
        }
    }

    /// Whether what stands of a subject is not what the entry would make of it.
    pub(super) fn has(&self, id: &SubjectId) -> bool {
        self.subjects.contains(id)
    }

    /// Whether an objective would have more key results than it has.
    pub(super) fn lacks_key_results(&self, objective: &SubjectId) -> bool {
        self.incomplete.contains(objective)
    }

    /// Whether the policy would be another than it is.
    pub(super) fn has_policy(&self) -> bool {
        self.policy
    }
}

/// The ids a submission speaks of: its subject and what its data names.
fn builds_on(submission: &Submission) -> impl Iterator<Item = &SubjectId> {
    let named: Vec<&SubjectId> = match &submission.fact {
        Fact::TeamFormed(data) => data.parent.iter().collect(),
        Fact::TeamChanged(data) => data.parent.iter().collect(),
        Fact::CycleOpened(data) => data.parent.iter().collect(),
        Fact::ThemeDeclared(data) => vec![&data.cycle],
        Fact::ObjectiveDrafted(data) => {
            [&data.cycle].into_iter().chain(&data.team).chain(&data.supports).chain(&data.themes).collect()
        }
        Fact::ObjectiveAmended(data) => {
            let changes = &data.changes;
            let one = [&changes.team, &changes.supports].into_iter().flatten().filter_map(|change| change.to.as_ref());
            let themes = changes.themes.iter().filter_map(|change| change.to.as_ref()).flatten();
            one.chain(themes).collect()
        }
        Fact::ObjectiveRetired(data) => data.replaced_by.iter().collect(),
        Fact::AdjustmentProposed(data) => {
            let changes = data.changes.iter();
            let one = changes.clone().flat_map(|changes| [&changes.team, &changes.supports]).flatten();
            let themes = changes.flat_map(|changes| &changes.themes).filter_map(|change| change.to.as_ref()).flatten();
            one.filter_map(|change| change.to.as_ref()).chain(themes).chain(data.replaced_by.iter()).collect()
        }
        Fact::ObjectiveCarriedOver(data) => vec![&data.to_cycle, &data.new_id],
        Fact::BoardReportIssued(data) => vec![&data.cycle],
        Fact::KeyResultDrafted(data) => vec![&data.objective],
        Fact::KeyResultRetired(data) => data.replaced_by.iter().collect(),
        Fact::PolicyAdopted(_)
        | Fact::TeamDissolved(_)
        | Fact::CycleStarted(_)
        | Fact::CycleClosed(_)
        | Fact::CycleReopened(_)
        | Fact::ObjectiveScored(_)
        | Fact::KeyResultBaselineSet(_)
        | Fact::KeyResultTargetSet(_)
        | Fact::KeyResultAdjusted(_)
        | Fact::KeyResultReassigned(_)
        | Fact::KeyResultScored(_)
        | Fact::AdjustmentApproved(_)
        | Fact::AdjustmentDeclined(_)
        | Fact::AdjustmentWithdrawn(_)
        | Fact::CheckInRecorded(_)
        | Fact::CheckInCorrected(_)
        | Fact::RetrospectiveRecorded(_) => vec![],
    };
    std::iter::once(&submission.subject).chain(named)
}
