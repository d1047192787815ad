//! A key result as it stands, with its check-ins.

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

/// A key result as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyResultStands {
    /// The ledger's slug.
    pub ledger: String,
    /// What was known.
    pub as_of: AsOf,
    /// Its cycle.
    pub cycle: SubjectId,
    /// Its objective.
    pub objective: SubjectId,
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// Who answers for it.
    pub owner: Text,
    /// What it measures.
    pub metric: Metric,
    /// Where it began, when that was measured and how.
    pub baseline: Option<Baseline>,
    /// Where it is to arrive.
    pub target: Option<Number>,
    /// The target that stood at the cycle's start.
    pub original_target: Option<Number>,
    /// What values mean on the way.
    pub thresholds: Option<Thresholds>,
    /// When it is due; the cycle's end where not said.
    pub due_on: Option<NaiveDate>,
    /// How much it counts in the objective's mean; 1 where not said.
    pub weight: Option<Weight>,
    /// The score its owner expects.
    pub expected_score: Option<Score>,
    /// When it was drafted.
    pub drafted: Stamp,
    /// Adjustments after the cycle's start.
    pub adjustments: u32,
    /// Its grade with its rationale.
    pub graded: Option<Grade>,
    /// How it was retired.
    pub retired: Option<Retirement>,
    /// Its line of the board.
    pub board: BoardKeyResult,
    /// Its check-ins, ordered by time, corrections applied and marked.
    pub check_ins: Vec<CheckInStands>,
    /// Changes that somebody proposed and on which nobody gave a word yet.
    pub proposals: Vec<ProposalStands>,
    /// The last event about it.
    pub touched: u64,
}

/// A check-in as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInStands {
    /// The event.
    pub seq: u64,
    /// The event's id, by which it can be corrected.
    pub event_id: EventId,
    /// When it was so.
    pub time: Moment,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
    /// Who recorded it.
    pub actor: Text,
    /// The value.
    pub value: Option<Number>,
    /// The confidence.
    pub confidence: Option<Confidence>,
    /// The status, as stated.
    pub status: Option<Status>,
    /// What was worth saying.
    pub note: Option<Text>,
    /// What was in the way.
    pub blockers: Vec<Text>,
    /// What was done.
    pub progress: Vec<Text>,
    /// What was next.
    pub plans: Vec<Text>,
    /// What went wrong.
    pub problems: Vec<Text>,
    /// The milestones done.
    pub milestones_done: Option<Vec<Text>>,
    /// The events that corrected it, in order.
    pub corrected_by: Vec<u64>,
}

/// A key result as it stands, by id or ref; `None` where there is none.
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
