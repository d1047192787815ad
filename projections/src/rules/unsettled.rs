//! Refused submissions of an entry, so that later submissions that depend on them are skipped.

use std::collections::BTreeSet;

use events::{EventId, Fact, SubjectId, Submission};

use super::No;
use crate::rows::{Error, Rows, SubjectKind, subject};

/// The subjects and other state that refused submissions of an entry would have changed.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    subjects: BTreeSet<SubjectId>,
    /// Refused check-ins: only their corrections depend on them.
    check_ins: BTreeSet<EventId>,
    /// Objectives with a refused key result, whose key results therefore cannot be counted.
    incomplete: BTreeSet<SubjectId>,
    policy: bool,
}

impl Unsettled {
    /// Returns true if a submission depends on a refused one and cannot be checked.
    pub(super) fn blocks(&self, rows: &(impl Rows + ?Sized), submission: &Submission) -> Result<bool, Error> {
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
        // The state of a goal's cycle determines the changes allowed to the goal.
        let cycle = match subject(rows, &submission.subject)? {
            Some(SubjectKind::Objective(place)) => Some(place.cycle),
            Some(SubjectKind::KeyResult(place)) => Some(place.cycle),
            Some(SubjectKind::Team | SubjectKind::Cycle | SubjectKind::Theme(_) | SubjectKind::BoardReport(_))
            | None => None,
        };
        Ok(cycle.is_some_and(|cycle| self.subjects.contains(&cycle)))
    }

    /// Adds a refused submission; `is_known` says whether its subject exists in the ledger.
    pub(super) fn refused(&mut self, submission: &Submission, no: No, is_known: bool) {
        // No other submission depends on these types, so a fault in one says nothing about the next for the same
        // subject, unless the subject itself is the obstacle.
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

    /// Adds a submission that was not checked.
    pub(super) fn skipped(&mut self, submission: &Submission) {
        self.subjects.insert(submission.subject.clone());
        self.policy |= matches!(submission.fact, Fact::PolicyAdopted(_));
        if let Fact::KeyResultDrafted(data) = &submission.fact {
            self.incomplete.insert(data.objective.clone());
        }
    }

    /// Returns true if the entry would have changed this subject.
    pub(super) fn has(&self, id: &SubjectId) -> bool {
        self.subjects.contains(id)
    }

    /// Returns true if the entry would have added key results to this objective.
    pub(super) fn lacks_key_results(&self, objective: &SubjectId) -> bool {
        self.incomplete.contains(objective)
    }

    /// Returns true if the entry would have changed the policy.
    pub(super) fn has_policy(&self) -> bool {
        self.policy
    }
}

/// Returns the ids a submission refers to: its subject and the ids in its data.
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
