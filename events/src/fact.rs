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
use crate::json::Json;
use crate::justification::Approval;
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

/// The one table of event types: the variant, the record its data is, and the type as it is written. The written types
/// are the storage format: they are never renamed.
macro_rules! facts {
    ($( $( #[doc = $doc:literal] )* $name:ident($data:ty) = $text:literal ),* $(,)?) => {
        /// What an event says happened.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Fact { $( $( #[doc = $doc] )* $name($data) ),* }

        /// A type of event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Kind { $( $( #[doc = $doc] )* #[serde(rename = $text)] $name ),* }

        impl Kind {
            /// Every type, in the order of the design's table.
            pub const ALL: &'static [Kind] = &[$( Kind::$name ),*];

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

facts! {
    /// A policy, or a part of one, was adopted.
    PolicyAdopted(PolicyPatch) = "okr.policy.adopted",
    /// A team was formed.
    TeamFormed(TeamFormed) = "okr.team.formed",
    /// A team was renamed or moved.
    TeamChanged(TeamChanged) = "okr.team.changed",
    /// A team was dissolved.
    TeamDissolved(TeamDissolved) = "okr.team.dissolved",
    /// A cycle was opened for planning.
    CycleOpened(CycleOpened) = "okr.cycle.opened",
    /// A cycle was started.
    CycleStarted(CycleStarted) = "okr.cycle.started",
    /// A cycle was closed.
    CycleClosed(CycleClosed) = "okr.cycle.closed",
    /// A closed cycle was opened again.
    CycleReopened(CycleReopened) = "okr.cycle.reopened",
    /// A theme was declared.
    ThemeDeclared(ThemeDeclared) = "okr.theme.declared",
    /// An objective was drafted.
    ObjectiveDrafted(ObjectiveDrafted) = "okr.objective.drafted",
    /// An objective was amended.
    ObjectiveAmended(ObjectiveAmended) = "okr.objective.amended",
    /// An objective was retired.
    ObjectiveRetired(ObjectiveRetired) = "okr.objective.retired",
    /// An objective was graded.
    ObjectiveScored(ObjectiveScored) = "okr.objective.scored",
    /// An objective was carried over into another cycle.
    ObjectiveCarriedOver(ObjectiveCarriedOver) = "okr.objective.carried_over",
    /// A key result was drafted.
    KeyResultDrafted(KeyResultDrafted) = "okr.key_result.drafted",
    /// A key result's baseline was measured.
    KeyResultBaselineSet(KeyResultBaselineSet) = "okr.key_result.baseline_set",
    /// A key result's target was set, before the start.
    KeyResultTargetSet(KeyResultTargetSet) = "okr.key_result.target_set",
    /// A key result was adjusted.
    KeyResultAdjusted(KeyResultAdjusted) = "okr.key_result.adjusted",
    /// A key result was given to another owner.
    KeyResultReassigned(KeyResultReassigned) = "okr.key_result.reassigned",
    /// A key result was retired.
    KeyResultRetired(KeyResultRetired) = "okr.key_result.retired",
    /// A key result was graded.
    KeyResultScored(KeyResultScored) = "okr.key_result.scored",
    /// A change of a goal was proposed.
    AdjustmentProposed(AdjustmentProposed) = "okr.adjustment.proposed",
    /// What was proposed was approved.
    AdjustmentApproved(AdjustmentApproved) = "okr.adjustment.approved",
    /// What was proposed was declined.
    AdjustmentDeclined(AdjustmentDeclined) = "okr.adjustment.declined",
    /// What was proposed was withdrawn.
    AdjustmentWithdrawn(AdjustmentWithdrawn) = "okr.adjustment.withdrawn",
    /// A check-in was recorded.
    CheckInRecorded(CheckInRecorded) = "okr.check_in.recorded",
    /// A check-in was corrected.
    CheckInCorrected(CheckInCorrected) = "okr.check_in.corrected",
    /// A retrospective was recorded.
    RetrospectiveRecorded(RetrospectiveRecorded) = "okr.retrospective.recorded",
    /// A board was told where a cycle stands.
    BoardReportIssued(BoardReportIssued) = "okr.board_report.issued",
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

    /// Who proposed and who approved it, if the ledger recorded it for an approval. Nobody submits such an event.
    pub fn approval(&self) -> Option<&Approval> {
        match self {
            Fact::KeyResultAdjusted(data) => data.approval.as_ref(),
            Fact::ObjectiveAmended(data) => data.approval.as_ref(),
            Fact::KeyResultRetired(data) => data.approval.as_ref(),
            Fact::ObjectiveRetired(data) => data.approval.as_ref(),
            _ => None,
        }
    }
}
