//! Every type of event there is.

use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

use crate::adjustment::{AdjustmentApproved, AdjustmentDeclined, AdjustmentProposed, AdjustmentWithdrawn, GoalChanges};
use crate::board_report::BoardReportIssued;
use crate::check_in::{CheckInCorrected, CheckInRecorded};
use crate::clip::{clip, list_names};
use crate::cycle::{
    CycleClosed, CycleOpened, CycleReopened, CycleStarted, TeamChanged, TeamDissolved, TeamFormed, ThemeDeclared,
};
use crate::fields::Read;
use crate::id::EventId;
use crate::json::Json;
use crate::justification::{Approval, Cause};
use crate::key_result::{
    KeyResultAdjusted, KeyResultBaselineSet, KeyResultDrafted, KeyResultReassigned, KeyResultRetired,
    KeyResultTargetSet,
};
use crate::limits::{Measured, Parts};
use crate::objective::{ObjectiveAmended, ObjectiveCarriedOver, ObjectiveDrafted, ObjectiveRetired};
use crate::place::At;
use crate::policy::PolicyPatch;
use crate::retrospective::RetrospectiveRecorded;
use crate::schema::{self, Describe};
use crate::score::{KeyResultScored, ObjectiveScored};
use crate::violation::Faults;

/// The one table of event types: the variant, the record of its data, the type as it is written, and its category. The
/// written types are the storage format: they are never renamed.
macro_rules! facts {
    ($( $( #[doc = $doc:literal] )* $name:ident($data:ty) = $text:literal, $category:ident; )*) => {
        /// The data of an event, by type.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Fact { $( $( #[doc = $doc] )* $name($data) ),* }

        /// A type of event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Kind { $( $( #[doc = $doc] )* #[serde(rename = $text)] $name ),* }

        impl Kind {
            /// Every type, in the order of the design's table.
            pub const ALL: &'static [Kind] = &[$( Kind::$name ),*];

            /// Returns the part of a ledger that events of this type change.
            pub fn category(self) -> Category {
                match self { $( Kind::$name => Category::$category ),* }
            }

            fn of(text: &str) -> Option<Kind> {
                match text { $( $text => Some(Kind::$name), )* _ => None }
            }

            /// Returns the JSON Schema (2020-12) of an event of this type, as a client submits it.
            pub fn schema(self) -> serde_json::Value {
                match self {
                    $( Kind::$name => schema::event($text, concat!($($doc),*), <$data as Describe>::schema(())) ),*
                }
            }

            /// The type as it is written in an event.
            pub fn as_str(self) -> &'static str {
                match self { $( Kind::$name => $text ),* }
            }
        }

        impl Fact {
            /// The type of the event.
            pub fn kind(&self) -> Kind {
                match self { $( Fact::$name(_) => Kind::$name ),* }
            }

            /// Reads submitted data of a type, noting every fault.
            pub(crate) fn read(kind: Kind, data: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Fact> {
                match kind { $( Kind::$name => <$data>::read(data, at, faults).map(Fact::$name) ),* }
            }

            /// Notes what is larger in it than a new event's data may be.
            pub(crate) fn measure(&self, at: At<'_>, faults: &mut Faults) {
                match self { $( Fact::$name(data) => data.measure((), at, faults) ),* }
            }

            /// Notes its fields with their bytes.
            pub(crate) fn weigh(&self, at: At<'_>, parts: &mut Parts) {
                match self { $( Fact::$name(data) => data.weigh(at, parts) ),* }
            }

            /// Decodes stored data of a type, in its newest version.
            pub(crate) fn decode(kind: Kind, data: &str) -> Result<Fact, serde_json::Error> {
                match kind { $( Kind::$name => serde_json::from_str::<$data>(data).map(Fact::$name) ),* }
            }
        }

        impl<'de> DeserializeSeed<'de> for FactInto<'_> {
            type Value = ();
            fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                let fact = match self.0 { $( Kind::$name => Fact::$name(<$data>::deserialize(deserializer)?) ),* };
                *self.1 = Some(fact);
                Ok(())
            }
        }

        impl Serialize for Fact {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $( Fact::$name(data) => data.serialize(serializer) ),* }
            }
        }
    };
}

/// Reads stored data of a type, in its newest version, into its place: a fact is large, and is not handed from call to
/// call.
pub(crate) struct FactInto<'s>(pub(crate) Kind, pub(crate) &'s mut Option<Fact>);

/// The part of a ledger that events of a type change. Code that treats types alike matches on it without a wildcard, so
/// that the compiler asks for a decision where a new category needs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// The policy.
    Policy,
    /// Teams and themes.
    Organisation,
    /// The state of a cycle.
    CycleState,
    /// A new goal.
    Draft,
    /// A baseline or a target, set rather than adjusted.
    Measure,
    /// The wording or the figures of a goal.
    Adjustment,
    /// The owner of a key result.
    Reassignment,
    /// The end of a goal before the end of its cycle.
    Retirement,
    /// The grade of a goal.
    Grade,
    /// The continuation of an objective in another cycle.
    CarryOver,
    /// A proposed change, or a response to one.
    Proposal,
    /// A check-in.
    CheckIn,
    /// The correction of a check-in.
    Correction,
    /// The retrospective of a goal or a cycle.
    Retrospective,
    /// A report to the board.
    BoardReport,
}

facts! {
    /// A policy, or a part of one, was adopted.
    PolicyAdopted(PolicyPatch) = "okr.policy.adopted", Policy;
    /// A team was formed.
    TeamFormed(TeamFormed) = "okr.team.formed", Organisation;
    /// A team was renamed or moved.
    TeamChanged(TeamChanged) = "okr.team.changed", Organisation;
    /// A team was dissolved.
    TeamDissolved(TeamDissolved) = "okr.team.dissolved", Organisation;
    /// A cycle was opened for planning.
    CycleOpened(CycleOpened) = "okr.cycle.opened", CycleState;
    /// A cycle was started.
    CycleStarted(CycleStarted) = "okr.cycle.started", CycleState;
    /// A cycle was closed.
    CycleClosed(CycleClosed) = "okr.cycle.closed", CycleState;
    /// A closed cycle was opened again.
    CycleReopened(CycleReopened) = "okr.cycle.reopened", CycleState;
    /// A theme was declared.
    ThemeDeclared(ThemeDeclared) = "okr.theme.declared", Organisation;
    /// An objective was drafted.
    ObjectiveDrafted(ObjectiveDrafted) = "okr.objective.drafted", Draft;
    /// An objective was amended.
    ObjectiveAmended(ObjectiveAmended) = "okr.objective.amended", Adjustment;
    /// An objective was retired.
    ObjectiveRetired(ObjectiveRetired) = "okr.objective.retired", Retirement;
    /// An objective was graded.
    ObjectiveScored(ObjectiveScored) = "okr.objective.scored", Grade;
    /// An objective was carried over into another cycle.
    ObjectiveCarriedOver(ObjectiveCarriedOver) = "okr.objective.carried_over", CarryOver;
    /// A key result was drafted.
    KeyResultDrafted(KeyResultDrafted) = "okr.key_result.drafted", Draft;
    /// A key result's baseline was measured.
    KeyResultBaselineSet(KeyResultBaselineSet) = "okr.key_result.baseline_set", Measure;
    /// A key result's target was set, before the start.
    KeyResultTargetSet(KeyResultTargetSet) = "okr.key_result.target_set", Measure;
    /// A key result was adjusted.
    KeyResultAdjusted(KeyResultAdjusted) = "okr.key_result.adjusted", Adjustment;
    /// A key result was given to another owner.
    KeyResultReassigned(KeyResultReassigned) = "okr.key_result.reassigned", Reassignment;
    /// A key result was retired.
    KeyResultRetired(KeyResultRetired) = "okr.key_result.retired", Retirement;
    /// A key result was graded.
    KeyResultScored(KeyResultScored) = "okr.key_result.scored", Grade;
    /// A change of a goal was proposed.
    AdjustmentProposed(AdjustmentProposed) = "okr.adjustment.proposed", Proposal;
    /// A proposal was approved.
    AdjustmentApproved(AdjustmentApproved) = "okr.adjustment.approved", Proposal;
    /// A proposal was declined.
    AdjustmentDeclined(AdjustmentDeclined) = "okr.adjustment.declined", Proposal;
    /// A proposal was withdrawn.
    AdjustmentWithdrawn(AdjustmentWithdrawn) = "okr.adjustment.withdrawn", Proposal;
    /// A check-in was recorded.
    CheckInRecorded(CheckInRecorded) = "okr.check_in.recorded", CheckIn;
    /// A check-in was corrected.
    CheckInCorrected(CheckInCorrected) = "okr.check_in.corrected", Correction;
    /// A retrospective was recorded.
    RetrospectiveRecorded(RetrospectiveRecorded) = "okr.retrospective.recorded", Retrospective;
    /// A board report was issued.
    BoardReportIssued(BoardReportIssued) = "okr.board_report.issued", BoardReport;
}

impl std::str::FromStr for Kind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Kind::of(text).ok_or_else(|| {
            let known = list_names(Kind::ALL.iter().map(|kind| kind.as_str()));
            format!("`{}` is not an event type; the types are {known}", clip(text))
        })
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Fact {
    /// The fact as its author submitted it: without what the ledger stamped into it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other types have no stamps")]
    pub fn unstamped(self) -> Fact {
        match self {
            Fact::KeyResultAdjusted(data) => Fact::KeyResultAdjusted(KeyResultAdjusted {
                changes: data.changes.unstamped(),
                context: None,
                approval: None,
                ..data
            }),
            Fact::ObjectiveAmended(data) => Fact::ObjectiveAmended(ObjectiveAmended {
                changes: data.changes.unstamped(),
                context: None,
                approval: None,
                ..data
            }),
            Fact::KeyResultRetired(data) => Fact::KeyResultRetired(KeyResultRetired { approval: None, ..data }),
            Fact::ObjectiveRetired(data) => Fact::ObjectiveRetired(ObjectiveRetired { approval: None, ..data }),
            Fact::AdjustmentProposed(data) => Fact::AdjustmentProposed(AdjustmentProposed {
                changes: data.changes.map(GoalChanges::unstamped),
                context: None,
                ..data
            }),
            Fact::ObjectiveCarriedOver(data) => {
                Fact::ObjectiveCarriedOver(ObjectiveCarriedOver { from_cycle: None, ..data })
            }
            Fact::BoardReportIssued(data) => Fact::BoardReportIssued(BoardReportIssued { stands_on: None, ..data }),
            other => other,
        }
    }

    /// Returns the proposer and the approver of a change that the ledger recorded for an approval. Clients cannot submit
    /// such an event.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other types are not recorded for an approval")]
    pub fn approval(&self) -> Option<&Approval> {
        match self {
            Fact::KeyResultAdjusted(data) => data.approval.as_ref(),
            Fact::ObjectiveAmended(data) => data.approval.as_ref(),
            Fact::KeyResultRetired(data) => data.approval.as_ref(),
            Fact::ObjectiveRetired(data) => data.approval.as_ref(),
            _ => None,
        }
    }

    /// Returns the id of the check-in that a correction corrects.
    pub fn corrects(&self) -> Option<&EventId> {
        if let Fact::CheckInCorrected(data) = self { Some(&data.corrects) } else { None }
    }

    /// Returns true for an adjustment that corrects the measurement of a key result, rather than its goal.
    pub fn corrects_measurement(&self) -> bool {
        matches!(self, Fact::KeyResultAdjusted(data) if data.justification.cause == Cause::MeasurementCorrection)
    }

    /// Returns the id of the proposal that an approval approves.
    pub fn approves(&self) -> Option<&EventId> {
        if let Fact::AdjustmentApproved(data) = self { Some(&data.proposal) } else { None }
    }

    /// Returns the id of the proposal that the event responds to: an approval, a decline or a withdrawal.
    pub fn responds_to(&self) -> Option<&EventId> {
        if let Fact::AdjustmentDeclined(data) = self {
            Some(&data.proposal)
        } else if let Fact::AdjustmentWithdrawn(data) = self {
            Some(&data.proposal)
        } else {
            self.approves()
        }
    }

    /// Returns the two ends of a carry-over.
    pub fn carried_over(&self) -> Option<&ObjectiveCarriedOver> {
        if let Fact::ObjectiveCarriedOver(data) = self { Some(data) } else { None }
    }
}
