//! The current state of a key result, with its check-ins.

use chrono::NaiveDate;
use events::{
    CheckInRecorded, Confidence, EventId, Metric, Moment, Number, Ref, Score, Status, SubjectId, Text, Thresholds,
    Weight,
};
use serde::{Deserialize, Serialize};

use crate::ask::board::{BoardKeyResult, KeyResultFacts, key_result_line};
use crate::ask::figures::Scoring;
use crate::ask::proposals::{self, ProposalStands};
use crate::ask::resolve::{find_cycle, find_key_result, find_objective};
use crate::ask::{AsOf, Asked};
use crate::rows::{Baseline, CheckIn, Error, Grade, KeyResult, ProposalRow, Retirement, Rows, Stamp, policy_of};

/// The current state of a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyResultStands {
    /// The ledger's slug.
    pub ledger: String,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The cycle's id.
    pub cycle: SubjectId,
    /// The objective's id.
    pub objective: SubjectId,
    /// Client-chosen id of the key result, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The person accountable for the key result.
    pub owner: Text,
    /// Name, unit and kind of the measure.
    pub metric: Metric,
    /// The starting value, with the day and method of its measurement.
    pub baseline: Option<Baseline>,
    /// The value to reach, in the metric's unit.
    pub target: Option<Number>,
    /// The target in force when the cycle started.
    pub original_target: Option<Number>,
    /// Values that correspond to given scores.
    pub thresholds: Option<Thresholds>,
    /// The due date; null means the end of the cycle.
    pub due_on: Option<NaiveDate>,
    /// Weight in the objective's mean; null means 1.
    pub weight: Option<Weight>,
    /// The score its owner expects, 0 to 1.
    pub expected_score: Option<Score>,
    /// Time and event of the draft.
    pub drafted: Stamp,
    /// Number of adjustments after the start of the cycle.
    pub adjustments: u32,
    /// The grade with its rationale.
    pub graded: Option<Grade>,
    /// The retirement with its justification.
    pub retired: Option<Retirement>,
    /// The key result's line on the board.
    pub board: BoardKeyResult,
    /// Check-ins, ordered by time, with corrections applied and listed.
    pub check_ins: Vec<CheckInStands>,
    /// Open proposals to change the key result.
    pub proposals: Vec<ProposalStands>,
    /// The last event about the key result.
    pub touched: u64,
}

/// A check-in with corrections applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInStands {
    /// The event's sequence number.
    pub seq: u64,
    /// The event's id, used to correct the check-in.
    pub event_id: EventId,
    /// The time the check-in describes.
    pub time: Moment,
    /// When the ledger recorded it.
    pub recorded_at: Moment,
    /// The person or program that recorded it.
    pub actor: Text,
    /// The value stated, in the metric's unit.
    pub value: Option<Number>,
    /// The confidence stated, 0 to 10.
    pub confidence: Option<Confidence>,
    /// The status stated.
    pub status: Option<Status>,
    /// The author's note.
    pub note: Option<Text>,
    /// Blockers at that time; empty means none.
    pub blockers: Vec<Text>,
    /// Work done since the last check-in.
    pub progress: Vec<Text>,
    /// Work planned next.
    pub plans: Vec<Text>,
    /// Problems met.
    pub problems: Vec<Text>,
    /// All milestones done so far.
    pub milestones_done: Option<Vec<Text>>,
    /// The seqs of its corrections, in order.
    pub corrected_by: Vec<u64>,
}

/// Returns the current state of a key result, by id or ref; `None` if there is none.
pub fn key_result<R: Rows + ?Sized>(asked: &Asked<'_, R>, id_or_ref: &str) -> Result<Option<KeyResultStands>, Error> {
    let Some(found) = find_key_result(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(cycle) = find_cycle(asked.rows, found.cycle.as_str())? else { return Ok(None) };
    let Some(objective) = find_objective(asked.rows, found.objective.as_str())? else { return Ok(None) };
    let policy = policy_of(asked.rows, &cycle)?;
    let scoring = Scoring::of(&cycle, &policy, None, asked.at);
    let facts = KeyResultFacts::of(&found);
    let figures = scoring.key_result(&facts, objective.retired.is_none());
    let board = key_result_line(facts, &figures);
    let KeyResult { agreed: row, touched, .. } = found;
    Ok(Some(KeyResultStands {
        ledger: asked.ledger.to_owned(),
        as_of: asked.as_of,
        board,
        check_ins: CheckIn::of(asked.rows, &row.place())?.into_iter().map(stands).collect(),
        proposals: proposals::open(asked, &ProposalRow::of_key_result(&row.place()), &(&row).into())?,
        given: row.given(),
        cycle: row.cycle,
        objective: row.objective,
        id: row.id,
        title: row.title,
        owner: row.owner,
        metric: row.metric,
        baseline: row.baseline,
        target: row.target,
        original_target: row.original_target,
        thresholds: row.thresholds,
        due_on: row.due_on,
        weight: row.weight,
        expected_score: row.expected_score,
        drafted: row.drafted,
        adjustments: row.adjustments,
        graded: row.graded,
        retired: row.retired,
        touched,
    }))
}

fn stands(check_in: CheckIn) -> CheckInStands {
    let CheckInRecorded { value, confidence, status, note, blockers, progress, plans, problems, milestones_done } =
        check_in.says;
    CheckInStands {
        seq: check_in.at.seq,
        event_id: check_in.event_id,
        time: check_in.at.time,
        recorded_at: check_in.at.recorded_at,
        actor: check_in.actor,
        value,
        confidence,
        status,
        note,
        blockers,
        progress,
        plans,
        problems,
        milestones_done,
        corrected_by: check_in.corrected_by,
    }
}
