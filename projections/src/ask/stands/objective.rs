//! The current state of an objective.

use events::{Ambition, Level, Ref, SubjectId, Text, Weight};
use serde::{Deserialize, Serialize};

use super::{RetrospectiveStands, retrospectives};
use crate::ask::board::{BoardObjective, KeyResultFacts, ObjectiveFacts, objective_line};
use crate::ask::figures::Scoring;
use crate::ask::proposals::{self, ProposalStands};
use crate::ask::resolve::{find_cycle, find_objective};
use crate::ask::{AsOf, Asked};
use crate::rows::{CarriedOver, Error, Grade, KeyResult, ProposalRow, Retirement, Rows, Stamp, policy_of};

/// The current state of an objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveStands {
    /// The ledger's slug.
    pub ledger: String,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The cycle's id.
    pub cycle: SubjectId,
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// A longer explanation of the objective.
    pub description: Option<Text>,
    /// Company, team or individual.
    pub level: Level,
    /// The team it belongs to.
    pub team: Option<SubjectId>,
    /// The person accountable for the objective.
    pub owner: Text,
    /// Committed or aspirational: decides the score it is expected to reach.
    pub ambition: Ambition,
    /// The objective it supports.
    pub supports: Option<SubjectId>,
    /// The ids of the themes it serves.
    pub themes: Vec<SubjectId>,
    /// Weight in the cycle's mean; null means 1.
    pub weight: Option<Weight>,
    /// Time and event of the draft.
    pub drafted: Stamp,
    /// Number of amendments after the start of the cycle.
    pub adjustments: u32,
    /// The grade with its rationale.
    pub graded: Option<Grade>,
    /// The retirement with its justification.
    pub retired: Option<Retirement>,
    /// The objective that continues it.
    pub carried_to: Option<CarriedOver>,
    /// The objective it continues.
    pub carried_from: Option<CarriedOver>,
    /// The ids of its key results, ordered by ref.
    pub key_results: Vec<SubjectId>,
    /// The objective's line on the board.
    pub board: BoardObjective,
    /// Retrospectives of the objective.
    pub retrospectives: Vec<RetrospectiveStands>,
    /// Open proposals to change the objective itself.
    pub proposals: Vec<ProposalStands>,
    /// The last event about the objective.
    pub touched: u64,
}

/// Returns the current state of an objective, by id or ref; `None` if there is none.
pub fn objective<R: Rows + ?Sized>(asked: &Asked<'_, R>, id_or_ref: &str) -> Result<Option<ObjectiveStands>, Error> {
    let Some(row) = find_objective(asked.rows, id_or_ref)? else { return Ok(None) };
    let Some(cycle) = find_cycle(asked.rows, row.cycle.as_str())? else { return Ok(None) };
    let policy = policy_of(asked.rows, &cycle)?;
    let key_results = KeyResult::under(asked.rows, &row.place().key_results())?;
    let facts = key_results.iter().map(KeyResultFacts::of).collect();
    let scoring = Scoring::of(&cycle, &policy, None, asked.at);
    let (board, _) = objective_line(&scoring, ObjectiveFacts::of(&row), facts);
    Ok(Some(ObjectiveStands {
        ledger: asked.ledger.to_owned(),
        as_of: asked.as_of,
        board,
        key_results: key_results.into_iter().map(|key_result| key_result.agreed.id).collect(),
        retrospectives: retrospectives(asked.rows, row.id.as_str())?,
        proposals: proposals::open(asked, &ProposalRow::of_objective(&row.place()), &(&row).into())?,
        given: row.given(),
        cycle: row.cycle,
        id: row.id,
        title: row.title,
        description: row.description,
        level: row.level,
        team: row.team,
        owner: row.owner,
        ambition: row.ambition,
        supports: row.supports,
        themes: row.themes,
        weight: row.weight,
        drafted: row.drafted,
        adjustments: row.adjustments,
        graded: row.graded,
        retired: row.retired,
        carried_to: row.carried_to,
        carried_from: row.carried_from,
        touched: row.touched,
    }))
}
