//! Checking of one submission.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use events::{
    ApprovalRule, Faults, Moment, Policy, Replacements, Rule, Severity, SubjectId, Submission, Violation, written,
};

use super::unsettled::Unsettled;
use super::{Finding, No, Warning, Warnings};
use crate::rows::{
    Counters, CycleRow, CycleState, Error, Key, KeyResultRow, ObjectiveRow, Row, Rows, SubjectKind, Table, TeamRow,
    row, shared, subject,
};

/// The form in which a change to a goal is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubmittedAs {
    /// The change itself.
    Direct,
    /// A proposal of the change.
    Proposed,
    /// An approval of the proposed change: any fault is reported for the proposal.
    Approved,
}

/// An objective with its cycle.
pub(super) type Drafted = (Arc<CycleRow>, Arc<ObjectiveRow>);

/// A key result with its cycle and objective, without check-in values.
pub(super) type Agreed = (Arc<CycleRow>, Arc<ObjectiveRow>, Arc<KeyResultRow>);

/// Collects the violations and warnings about one submission. Checking continues after the first violation.
pub(super) struct Judge<'a, R: ?Sized> {
    pub(super) rows: &'a R,
    pub(super) submission: &'a Submission,
    pub(super) policy: &'a Policy,
    /// The submission's time.
    pub(super) time: Moment,
    /// The ledger's clock.
    pub(super) now: Moment,
    /// The submissions refused earlier in the same entry.
    pub(super) unsettled: &'a Unsettled,
    pub(super) submitted_as: SubmittedAs,
    at: String,
    /// All findings of the policy's rules, warnings and refusals alike; collected only for [`super::findings`].
    pub(super) found: Option<Vec<Finding>>,
    pub(super) violations: Faults,
    pub(super) warnings: Warnings,
    pub(super) no: Option<No>,
}

impl<'a, R: Rows + ?Sized> Judge<'a, R> {
    pub(super) fn new(
        rows: &'a R,
        submission: &'a Submission,
        policy: &'a Policy,
        (time, now): (Moment, Moment),
        unsettled: &'a Unsettled,
        at: String,
    ) -> Self {
        let (found, violations, warnings) = (None, Faults::none(), Warnings::default());
        let submitted_as = SubmittedAs::Direct;
        Judge {
            rows,
            submission,
            policy,
            time,
            now,
            unsettled,
            submitted_as,
            at,
            found,
            violations,
            warnings,
            no: None,
        }
    }

    /// Checks each goal that is to replace the subject, and objects to duplicates.
    pub(super) fn replacements(
        &mut self,
        named: &Replacements,
        check: impl Fn(&mut Self, &str, &SubjectId) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut before = BTreeSet::new();
        for (pointer, id) in named.at("/data/replaced_by") {
            if !before.insert(id) {
                self.invalid(&pointer, "named_twice", format_args!("`{id}` is listed twice: list it once"));
            } else {
                check(self, &pointer, id)?;
            }
        }
        Ok(())
    }

    /// Objects: the submission is not valid.
    pub(super) fn invalid(&mut self, pointer: &str, rule: &str, message: impl fmt::Display) {
        self.object(No::Invalid, pointer, rule, message);
    }

    /// Objects: the submission contradicts the current state.
    pub(super) fn conflict(&mut self, pointer: &str, rule: &str, message: impl fmt::Display) {
        self.object(No::Conflict, pointer, rule, message);
    }

    fn object(&mut self, no: No, pointer: &str, rule: &str, message: impl fmt::Display) {
        self.no = self.no.max(Some(no));
        let pointer = if self.submitted_as == SubmittedAs::Approved { "/data/proposal" } else { pointer };
        // Several faults of a proposal may share one pointer in its approval.
        self.violations.add_new(|| Violation::new(format!("{}{pointer}", self.at), rule, message));
    }

    /// Reports a rule's finding with the severity the policy gives it: ignored, a warning or a refusal.
    pub(super) fn find(&mut self, rule: Rule, pointer: &str, message: impl fmt::Display) {
        if self.unsettled.has_policy() {
            return;
        }
        let severity = self.policy.severity(rule);
        if severity == Severity::Off {
            return;
        }
        self.note(rule.as_str(), severity, &message);
        let policy = self.policy_name();
        if severity == Severity::Refuse {
            self.invalid(pointer, rule.as_str(), format_args!("{message} (refused by {policy})"));
        } else {
            let subject = &self.submission.subject;
            self.warnings.add(|| {
                let message = written(format_args!("{message} (advised by {policy})"));
                Warning { rule: rule.to_string(), subject: subject.to_string(), message }
            });
        }
    }

    /// Objects in the name of the policy, for requirements without a severity.
    pub(super) fn refuse_by_policy(&mut self, rule: &str, pointer: &str, says: impl fmt::Display) {
        if self.unsettled.has_policy() {
            return;
        }
        self.note(rule, Severity::Refuse, &says);
        let policy = self.policy_name();
        self.invalid(pointer, rule, format_args!("{says} (refused by {policy})"));
    }

    fn note(&mut self, rule: &str, severity: Severity, says: &impl fmt::Display) {
        if let Some(found) = &mut self.found {
            found.push(Finding { rule: rule.to_owned(), severity, says: written(says) });
        }
    }

    fn policy_name(&self) -> String {
        match self.policy.version {
            0 => "the default policy".to_owned(),
            version => format!("policy version {version}"),
        }
    }

    /// Objects if a change after the cycle's start needs an approval that it does not have.
    pub(super) fn may_be_made_at_once(&mut self, cycle: &CycleRow, is_retirement: bool) {
        let is_required = self.policy.approval == ApprovalRule::Required;
        if is_required && self.submitted_as == SubmittedAs::Direct && cycle.state != CycleState::Open {
            let data = if is_retirement { "{\"retire\": true} and" } else { "the same `changes` and" };
            let says = format!(
                "after the cycle's start, a change to a goal needs someone else's approval: propose it \
                 (okr.adjustment.proposed, with {data} the same `justification`)"
            );
            self.refuse_by_policy("approval_required", "/type", says);
        }
    }

    pub(super) fn row<T: Row>(&self, key: &Key) -> Result<Option<T>, Error> {
        row(self.rows, key)
    }

    pub(super) fn subject(&self, id: &SubjectId) -> Result<Option<SubjectKind>, Error> {
        subject(self.rows, id)
    }

    /// Objects unless the submission's subject is a new, valid id.
    pub(super) fn new_id(&mut self) -> Result<(), Error> {
        let id = &self.submission.subject;
        if id.as_str() == "policy" {
            self.invalid("/subject", "reserved_id", "`policy` is reserved for policies: choose another id");
        }
        if matches!(id.as_str(), "." | "..") {
            let says = "`.` and `..` do not work in a URL path: choose another id";
            self.invalid("/subject", "reserved_id", says);
        }
        if id.as_str().parse::<events::Ref>().is_ok() {
            let says = format!("`{id}` looks like a ref, and only the ledger assigns refs: choose another id");
            self.invalid("/subject", "reserved_id", says);
        }
        if let Some(kind) = self.subject(id)? {
            self.conflict("/subject", "id_taken", format!("`{id}` is already {}: choose another id", kind.name()));
        }
        Ok(())
    }

    /// Objects if there are no more refs to assign.
    pub(super) fn new_ref(&mut self, last: fn(&Counters) -> u32) -> Result<(), Error> {
        let counters: Option<Counters> = self.row(&Key::of(Table::Counters))?;
        if counters.is_some_and(|counters| last(&counters) == u32::MAX) {
            self.conflict("/subject", "refs_exhausted", "this ledger has assigned its last ref: start another ledger");
        }
        Ok(())
    }

    /// Objects to an id that is unknown or names something else.
    pub(super) fn not_a(&mut self, pointer: &str, id: &SubjectId, wanted: &str, found: Option<SubjectKind>) {
        match found {
            None => self.invalid(
                pointer,
                "unknown_subject",
                format!("there is no `{id}` in this ledger; expected {wanted}"),
            ),
            Some(kind) => {
                self.invalid(pointer, "wrong_subject", format!("`{id}` is {}; expected {wanted}", kind.name()));
            }
        }
    }

    /// Reads a cycle; objects if there is none with this id.
    pub(super) fn cycle(&mut self, pointer: &str, id: &SubjectId) -> Result<Option<CycleRow>, Error> {
        let found = self.row::<CycleRow>(&CycleRow::key_of(id.as_str()))?;
        if found.is_none() {
            let kind = self.subject(id)?;
            self.not_a(pointer, id, "a cycle", kind);
        }
        Ok(found)
    }

    /// Reads a team; objects if there is none with this id, or if it is dissolved.
    pub(super) fn team(&mut self, pointer: &str, id: &SubjectId) -> Result<Option<TeamRow>, Error> {
        let found = self.row::<TeamRow>(&TeamRow::key_of(id.as_str()))?;
        match &found {
            None => {
                let kind = self.subject(id)?;
                self.not_a(pointer, id, "a team", kind);
            }
            Some(team) if team.dissolved => {
                self.conflict(pointer, "team_dissolved", format!("the team `{id}` has been dissolved"));
            }
            Some(_) => {}
        }
        Ok(found)
    }

    /// Reads the submission's objective, with its cycle; objects if its subject is something else.
    pub(super) fn objective(&mut self) -> Result<Option<Drafted>, Error> {
        let id = self.submission.subject.clone();
        match self.subject(&id)? {
            Some(SubjectKind::Objective(place)) => {
                let cycle = shared(self.rows, &CycleRow::key_of(place.cycle.as_str()))?;
                Ok(cycle.zip(shared(self.rows, &place.key())?))
            }
            other => {
                self.not_a("/subject", &id, "an objective", other);
                Ok(None)
            }
        }
    }

    /// Reads the submission's key result, with its cycle and objective; objects if its subject is something else.
    pub(super) fn key_result(&mut self) -> Result<Option<Agreed>, Error> {
        let id = self.submission.subject.clone();
        match self.subject(&id)? {
            Some(SubjectKind::KeyResult(place)) => {
                let cycle = shared(self.rows, &CycleRow::key_of(place.cycle.as_str()))?;
                let objective = shared(self.rows, &place.objective().key())?;
                let key_result = shared(self.rows, &place.key())?;
                Ok(cycle.zip(objective).zip(key_result).map(|((cycle, objective), found)| (cycle, objective, found)))
            }
            other => {
                self.not_a("/subject", &id, "a key result", other);
                Ok(None)
            }
        }
    }

    /// Objects if the cycle is closed.
    pub(super) fn not_closed(&mut self, cycle: &CycleRow) {
        if cycle.state == CycleState::Closed {
            let says = format!("the cycle `{}` is closed: reopen it first (okr.cycle.reopened)", cycle.id);
            self.conflict("/subject", "cycle_closed", says);
        }
    }

    /// Objects unless the cycle is started.
    pub(super) fn under_way(&mut self, cycle: &CycleRow) {
        self.not_closed(cycle);
        if cycle.state == CycleState::Open {
            let says = format!("the cycle `{}` has not started: start it first (okr.cycle.started)", cycle.id);
            self.conflict("/subject", "cycle_not_started", says);
        }
    }

    /// Objects if the objective is retired.
    pub(super) fn objective_stands(&mut self, objective: &ObjectiveRow) {
        if objective.retired.is_some() {
            let says = format!("the objective `{}` ({}) is retired", objective.id, objective.given());
            self.conflict("/subject", "already_retired", says);
        }
    }

    /// Objects if the key result or its objective is retired.
    pub(super) fn key_result_stands(&mut self, objective: &ObjectiveRow, key_result: &KeyResultRow) {
        if key_result.retired.is_some() {
            let says = format!("the key result `{}` ({}) is retired", key_result.id, key_result.given());
            self.conflict("/subject", "already_retired", says);
        } else {
            self.objective_stands(objective);
        }
    }
}
