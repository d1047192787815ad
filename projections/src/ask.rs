//! The questions: asked of rows, answered as plain data.
//!
//! Every answer is a function of the rows, of `as_of` (what the ledger knew) and of one moment by which dates are judged.
//! Answers can be written and read as JSON, so that a client asks with the same types.
//!
//! ```text
//! board        where a cycle stands               on           where it stood on a day, by `time`
//! stands       what stands, whole                 changes      what differs between two moments
//! audit        why goals were changed, by whom    attention    what needs talking about now
//! confidence   how sure people were, by week      replay       a cycle as frames
//! proposals    what somebody wants changed        goalposts    what was moved after the start, and what it brought
//! what_if      the scores had some events not been             lineage      which event moved a score from what to what
//! ladder       the same values, by each wording   under_policy a cycle had another policy been in force
//! calibration  how far confidences were right     retrospective a cycle's story
//! board_report what a board was told, and what became of it
//! ```
//!
//! Nothing known is answered as `None` (JSON's null) and never as 0. An unknown id is `Ok(None)`.

pub mod attention;
pub mod audit;
pub mod board;
pub mod board_report;
pub mod calibration;
pub mod changes;
pub mod confidence;
pub mod direction;
pub mod feed;
pub mod goalposts;
pub mod ladder;
pub mod lineage;
pub mod on;
pub mod proposals;
pub mod replay;
pub mod resolve;
pub mod retrospective;
pub mod stands;
pub mod status;
#[doc(hidden)]
pub mod testing;
pub mod under_policy;
pub mod what_if;

mod cycle_events;
mod figures;
mod omitted;
mod partial_rows;
mod replay_state;
mod sentence;
mod tally;
mod words;

#[cfg(test)]
mod laws;

use events::Moment;
use serde::{Deserialize, Serialize};

use crate::rows::{Error, Rows};

pub use attention::{Attention, AttentionKeyResult, AttentionObjective, Concern, Reason, attention};
pub use audit::{Audit, AuditAsk, TrailItem, audit_cycle, audit_key_result, audit_objective};
pub use board::{
    Board, BoardAsk, BoardCycle, BoardKeyResult, BoardObjective, BoardSummary, Counts, ObjectiveSummary, OtherEnd,
    Scores, board,
};
pub use board_report::{
    BoardReport, BoardReportHead, BoardReports, ReportChanges, Restatements, board_report, board_reports,
    report_changes, restatements,
};
pub use calibration::{Calibration, calibration};
pub use changes::{Changes, GoalChange, KeyResultChange, ObjectiveChange, changes};
pub use confidence::{
    ConfidenceLine, ConfidenceReport, ConfidenceStated, ConfidenceWeek, LineKind, confidence_of_cycle,
    confidence_of_key_result, confidence_of_objective,
};
pub use direction::Direction;
pub use feed::feed;
pub use goalposts::{Goalposts, goalposts};
pub use ladder::{Ladder, LadderKeyResult, LadderObjective, Rungs, ladder};
pub use lineage::{Lineage, LineageStep, StepsAsk, lineage_of_cycle, lineage_of_key_result, lineage_of_objective};
pub use omitted::FellWith;
pub use on::{board_on, rows_on};
pub use partial_rows::PartialRows;
pub use proposals::{ProposalStands, Proposals, proposals};
pub use replay::{FRAMES_MAX, Frame, Frames, Replay, ReplayAnswer, Step, replay, replay_frames};
pub use resolve::resolve;
pub use retrospective::{Retrospective, retrospective};
pub use stands::{
    ApprovalStands, CheckInStands, ClosingStands, CycleBrief, CycleStands, Cycles, KeyResultStands, ObjectiveBrief,
    ObjectiveStands, PolicyStands, ReopeningStands, RetrospectiveStands, RuleStands, TeamStands, Teams, ThemeStands,
    cycle, cycles, key_result, objective, policy, teams,
};
pub use status::{GoalState, Standing};
pub use under_policy::{
    PolicyAsk, PolicyDifference, PolicyFigures, PolicyFinding, UnderPolicy, UnderPolicyAnswer, under_policy,
};
pub use what_if::{Difference, Figures, WhatIf, WhatIfAnswer, WhatIfAsk, what_if};

/// The point of a ledger's history a question looks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOf {
    /// The last event known; 0 where none was.
    pub seq: u64,
    /// When that was recorded.
    pub recorded_at: Option<Moment>,
}

/// What a question is asked of.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a, R: ?Sized> {
    /// The ledger's slug.
    pub ledger: &'a str,
    /// What was known.
    pub rows: &'a R,
    /// Up to where.
    pub as_of: AsOf,
    /// The moment by which dates are judged: now, or the moment of the past that was asked for.
    pub at: Moment,
}

/// A ledger's whole history: for questions that look at more than one moment of it.
pub trait History {
    /// The rows as of some event.
    type Rows<'a>: Rows
    where
        Self: 'a;

    /// What was known when `seq` was recorded.
    fn as_of(&self, seq: u64) -> Result<Self::Rows<'_>, Error>;

    /// When `seq` was recorded.
    fn recorded_at(&self, seq: u64) -> Result<Option<Moment>, Error>;

    /// The last event recorded at or before a moment; 0 where none was.
    fn seq_at(&self, moment: Moment) -> Result<u64, Error>;

    /// The exact bytes of an event.
    fn event(&self, seq: u64) -> Result<Option<Vec<u8>>, Error>;

    /// The exact bytes of the events after `after`, each with its number: at most `limit` of them, and fewer where they are
    /// large, but at least one.
    fn events(&self, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, Error>;
}
