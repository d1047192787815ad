//! An objective as it stands.

use events::{Ambition, Level, Ref, SubjectId, Text, Weight};
use serde::{Deserialize, Serialize};

use super::{RetrospectiveStands, retrospectives};
use crate::ask::board::{BoardObjective, KeyResultFacts, ObjectiveFacts, objective_line};
use crate::ask::figures::Scoring;
use crate::ask::proposals::{self, ProposalStands};
use crate::ask::resolve::{find_cycle, find_objective};
use crate::ask::{AsOf, Asked};
use crate::rows::{CarriedOver, Error, Grade, KeyResult, ProposalRow, Retirement, Rows, Stamp, policy_of};

/// An objective as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveStands {
    /// The ledger's slug.
    pub ledger: String,
    /// What was known.
    pub as_of: AsOf,
    /// Its cycle.
    pub cycle: SubjectId,
    /// Its id.
    pub id: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Its title.
    pub title: Text,
    /// What it means, at length.
    pub description: Option<Text>,
    /// Whose it is.
    pub level: Level,
    /// The team it belongs to.
    pub team: Option<SubjectId>,
    /// Who answers for it.
    pub owner: Text,
    /// What is expected of it.
    pub ambition: Ambition,
    /// What it supports.
    pub supports: Option<SubjectId>,
    /// The themes it serves.
    pub themes: Vec<SubjectId>,
    /// How much it counts in the cycle's mean; 1 where not said.
    pub weight: Option<Weight>,
    /// When it was drafted.
    pub drafted: Stamp,
    /// Amendments after the cycle's start.
    pub adjustments: u32,
    /// Its grade with its rationale.
    pub graded: Option<Grade>,
    /// How it was retired.
    pub retired: Option<Retirement>,
    /// Where it goes on.
    pub carried_to: Option<CarriedOver>,
    /// What it goes on from.
    pub carried_from: Option<CarriedOver>,
    /// The ids of its key results, in the order of their refs.
    pub key_results: Vec<SubjectId>,
    /// Its line of the board.
    pub board: BoardObjective,
    /// Its retrospectives.
    pub retrospectives: Vec<RetrospectiveStands>,
    /// Changes of the objective itself that somebody proposed and on which nobody gave a word yet.
    pub proposals: Vec<ProposalStands>,
    /// The last event about it.
    pub touched: u64,
}

/// An objective as it stands, by id or ref; `None` where there is none.
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
