//! Events of an OKR ledger: the event types, their values, the envelope and the codec.
//!
//! This crate is pure. Time and ids arrive as data; nothing here reads a clock, a file or a socket.
//!
//! Events are read in two places, both through the same validated types, so that an invalid value cannot be built:
//! - [`Submission::read`] reads a client's request and reports *every* fault in it;
//! - [`Recorded::decode`] reads the bytes stored in a journal and first converts older versions.

mod adjustment;
mod board_report;
mod capped;
mod change;
mod check_in;
mod clip;
mod codec;
mod cycle;
mod envelope;
mod fact;
mod fields;
mod id;
mod json;
mod justification;
mod key_result;
mod limits;
mod metric;
mod moment;
mod number;
mod objective;
mod place;
mod policy;
mod record;
mod replacements;
mod retrospective;
mod schema;
mod score;
mod text;
mod text_value;
mod upcast;
mod violation;

pub use adjustment::{AdjustmentApproved, AdjustmentDeclined, AdjustmentProposed, AdjustmentWithdrawn, GoalChanges};
pub use board_report::BoardReportIssued;
pub use capped::{Capped, TOLD_MAX, Told, json_text_bytes};
pub use change::{Change, Patch};
pub use check_in::{CheckInCorrected, CheckInRecorded, Status};
pub use clip::{Clipped, Names, clip, list_names};
pub use codec::{DecodeError, Recorded};
pub use cycle::{
    CycleClosed, CycleKind, CycleOpened, CycleReopened, CycleStarted, NorthStar, TeamChanged, TeamDissolved,
    TeamFormed, ThemeDeclared, TimeZone,
};
pub use envelope::{ExtensionValue, Malformed, Submission};
pub use fact::{Category, Fact, Kind};
pub use id::{EventId, LedgerSlug, Ref, RefKind, SubjectId};
pub use json::{Json, JsonError, Object, parse_json};
pub use justification::{Approval, Cause, Context, Justification};
pub use key_result::{
    KeyResultAdjusted, KeyResultBaselineSet, KeyResultChanges, KeyResultDrafted, KeyResultReassigned, KeyResultRetired,
    KeyResultTargetSet,
};
pub use metric::{Metric, MetricKind, Milestone, Thresholds};
pub use moment::Moment;
pub use number::{Confidence, Number, Score, Share, Weight};
pub use objective::{
    Ambition, Level, ObjectiveAmended, ObjectiveCarriedOver, ObjectiveChanges, ObjectiveDrafted, ObjectiveRetired,
};
pub use place::At;
pub use policy::{
    ApprovalRule, Band, Cadence, ConfidenceBands, Expectations, Formula, Limits, Pace, Policy, PolicyPatch, Rule,
    Severity,
};
pub use replacements::Replacements;
pub use retrospective::RetrospectiveRecorded;
pub use score::{KeyResultScored, ObjectiveScored};
pub use text::Text;
pub use violation::{Faults, Violation, written};
