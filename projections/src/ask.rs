//! Questions about recorded goals, answered as plain data.
//!
//! Every answer is a function of the rows, of `as_of` (the last event taken into account) and of one moment by which
//! dates are judged. Answers are serializable as JSON, so clients use the same types.
//!
//! ```text
//! board        scores, confidence and status of a cycle     on            the board on a past day, by event `time`
//! stands       one cycle, goal, team or policy in full      changes       differences between two moments
//! audit        why goals were changed, and by whom          attention     goals to discuss now
//! confidence   stated confidence, week by week              replay        a cycle as frames
//! proposals    proposed changes of goals                    goalposts     changes after the start, and their effect
//! what_if      scores with some events left out             lineage       the events behind each change of a score
//! ladder       the same values under each wording           under_policy  a cycle under a different policy
//! calibration  accuracy of stated confidences               retrospective the story of a cycle
//! board_report a report as issued, and its restatements
//! ```
//!
//! Unknown values are `None` (JSON null), never 0. An unknown id is answered with `Ok(None)`.

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

/// A point in a ledger's history from which a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOf {
    /// The last event taken into account; 0 if there is none.
    pub seq: u64,
    /// The time at which that event was recorded.
    pub recorded_at: Option<Moment>,
}

/// A query: the rows to read and the moment to judge dates by.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a, R: ?Sized> {
    /// The ledger's slug.
    pub ledger: &'a str,
    /// The rows as of [`Asked::as_of`].
    pub rows: &'a R,
    /// The last event contained in the rows.
    pub as_of: AsOf,
    /// The moment by which dates are judged: now, or the past moment requested.
    pub at: Moment,
}

/// A ledger's whole history, for questions that look at more than one moment.
pub trait History {
    /// Rows as of an event.
    type Rows<'a>: Rows
    where
        Self: 'a;

    /// Returns the rows as of event `seq`.
    fn as_of(&self, seq: u64) -> Result<Self::Rows<'_>, Error>;

    /// Returns the time at which `seq` was recorded.
    fn recorded_at(&self, seq: u64) -> Result<Option<Moment>, Error>;

    /// Returns the last event recorded at or before `moment`; 0 if there is none.
    fn seq_at(&self, moment: Moment) -> Result<u64, Error>;

    /// Returns the exact bytes of an event.
    fn event(&self, seq: u64) -> Result<Option<Vec<u8>>, Error>;

    /// Returns the exact bytes of the events after `after`, each with its seq: at most `limit`, fewer if they are
    /// large, but at least one.
    fn events(&self, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, Error>;
}
