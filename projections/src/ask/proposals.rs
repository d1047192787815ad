//! Proposals to change goals, and their outcome.

use std::collections::BTreeMap;

use events::{Context, EventId, Justification, Metric, Moment, Ref, SubjectId, Text};
use serde::{Deserialize, Serialize};

use super::resolve::find_cycle;
use super::sentence::would_change;
use super::{AsOf, Asked};
use crate::calendar::day_of;
use crate::rows::{
    CycleRow, Decision, Error, FieldChange, Key, KeyResultRow, ObjectiveRow, Overtaking, ProposalRow, ProposalState,
    Rows, all,
};

/// The proposals of a cycle, in order of recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposals {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle's id.
    pub cycle: SubjectId,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// All proposals, or those in the requested state.
    pub proposals: Vec<ProposalStands>,
}

/// A proposal with its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalStands {
    /// The event's sequence number.
    pub seq: u64,
    /// The event's id, used to approve, decline or withdraw the proposal.
    pub event_id: EventId,
    /// The id of the goal to change.
    pub subject: SubjectId,
    /// The goal's ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The goal's title.
    pub title: Text,
    /// The person accountable for the goal.
    pub owner: Text,
    /// The proposal's author.
    pub proposed_by: Text,
    /// When it was proposed, as stated by the author.
    pub time: Moment,
    /// When the ledger recorded it.
    pub recorded_at: Moment,
    /// Open, approved, declined, withdrawn or overtaken.
    pub state: ProposalState,
    /// The proposed change in one line.
    pub summary: String,
    /// Fields with their values at the time of the proposal and the proposed ones.
    pub changes: Vec<FieldChange>,
    /// The author's justification.
    pub justification: Justification,
    /// State of the goal at the time of the proposal.
    pub context: Option<Context>,
    /// The response, if there is one.
    pub decision: Option<Decision>,
    /// The event that made the change, if the proposal was approved.
    pub change_seq: Option<u64>,
    /// Fields changed otherwise in the meantime, for an overtaken proposal.
    pub overtaken_by: Vec<Overtaking>,
}

/// The fields of a goal shown with a proposal.
pub(super) struct GoalBrief<'a> {
    given: Ref,
    title: &'a Text,
    owner: &'a Text,
    metric: Option<&'a Metric>,
}

impl<'a> From<&'a ObjectiveRow> for GoalBrief<'a> {
    fn from(row: &'a ObjectiveRow) -> Self {
        GoalBrief { given: row.given(), title: &row.title, owner: &row.owner, metric: None }
    }
}

impl<'a> From<&'a KeyResultRow> for GoalBrief<'a> {
    fn from(row: &'a KeyResultRow) -> Self {
        GoalBrief { given: row.given(), title: &row.title, owner: &row.owner, metric: Some(&row.metric) }
    }
}

/// Returns the proposals of a cycle, optionally of one state; `None` if there is no such cycle.
pub fn proposals<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    cycle_id: &str,
    state: Option<ProposalState>,
) -> Result<Option<Proposals>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let mut rows = ProposalRow::all(asked.rows, &ProposalRow::of_cycle(cycle_id))?;
    rows.retain(|row| state.is_none_or(|state| row.state == state));
    rows.sort_by_key(|row| row.at.seq);
    let mut answer =
        Proposals { ledger: asked.ledger.to_owned(), cycle: cycle.id, as_of: asked.as_of, proposals: Vec::new() };
    if rows.is_empty() {
        return Ok(Some(answer));
    }
    let objectives: Vec<ObjectiveRow> = all(asked.rows, &CycleRow::objectives(cycle_id))?;
    let key_results: Vec<KeyResultRow> = all(asked.rows, &CycleRow::key_results(cycle_id))?;
    let mut goals: BTreeMap<&SubjectId, GoalBrief<'_>> = objectives.iter().map(|row| (&row.id, row.into())).collect();
    goals.extend(key_results.iter().map(|row| (&row.id, GoalBrief::from(row))));
    let listed = rows.into_iter().filter_map(|row| Some(stands(goals.get(&row.subject)?, row, asked.as_of)));
    answer.proposals = listed.collect();
    Ok(Some(answer))
}

/// Returns the open proposals with keys under `prefix`, which concern one goal.
pub(super) fn open<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    prefix: &Key,
    goal: &GoalBrief<'_>,
) -> Result<Vec<ProposalStands>, Error> {
    let mut found = ProposalRow::all(asked.rows, prefix)?;
    found.retain(|row| row.state == ProposalState::Open);
    Ok(found.into_iter().map(|row| stands(goal, row, asked.as_of)).collect())
}

/// Returns a sentence about an open proposal.
pub(super) fn reminder(cycle: &CycleRow, row: &ProposalRow, goal: &GoalBrief<'_>) -> String {
    let day = day_of(row.at.time, cycle.time_zone);
    super::words::ended(format!("{} proposed on {day}, and no one has responded yet: {}", row.by, summary(row, goal)))
}

fn summary(row: &ProposalRow, goal: &GoalBrief<'_>) -> String {
    match would_change(&row.changes, goal.metric) {
        parts if parts.is_empty() => "nothing would change".into(),
        parts => parts.join(", "),
    }
}

fn stands(goal: &GoalBrief<'_>, row: ProposalRow, as_of: AsOf) -> ProposalStands {
    // The ledger records the change together with the approval, as the next event.
    let approved = row.decision.as_ref().filter(|_| row.state == ProposalState::Approved);
    ProposalStands {
        summary: summary(&row, goal),
        change_seq: approved.map(|decision| decision.at.seq + 1).filter(|seq| *seq <= as_of.seq),
        seq: row.at.seq,
        event_id: row.event_id,
        subject: row.subject,
        given: goal.given,
        title: goal.title.clone(),
        owner: goal.owner.clone(),
        proposed_by: row.by,
        time: row.at.time,
        recorded_at: row.at.recorded_at,
        state: row.state,
        changes: row.changes,
        justification: row.justification,
        context: row.context,
        decision: row.decision,
        overtaken_by: row.overtaken_by,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ask::testing::{Ledger, justification};
    use crate::ask::{Reason, attention, audit_key_result, key_result, objective};

    const MAY: &str = "2026-05-04T09:00:00Z";

    fn ledger() -> Ledger {
        let mut ledger = Ledger::quarter();
        let propose = |data: Value| {
            let mut data = data;
            data["justification"] = justification();
            data
        };
        let target = |to: u32| propose(json!({"changes": {"target": {"to": to}}}));
        ledger.note(MAY, "adjustment.proposed", "cac", target(850));
        ledger.note(MAY, "adjustment.proposed", "paid", propose(json!({"retire": true, "replaced_by": "cac"})));
        ledger.note(MAY, "adjustment.proposed", "trial", propose(json!({"changes": {"title": {"to": "Easier"}}})));
        ledger.note(MAY, "adjustment.proposed", "cac", target(900));
        ledger.note(MAY, "adjustment.declined", "paid", json!({"proposal": "e9", "note": "it is read every week"}));
        ledger
    }

    fn asked(ledger: &Ledger, state: Option<ProposalState>) -> Vec<(u64, ProposalState, String)> {
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), "2026-05-05T09:00:00Z");
        let answer = proposals(&asked, "q2", state).unwrap().unwrap();
        answer.proposals.into_iter().map(|one| (one.seq, one.state, one.summary)).collect()
    }

    #[test]
    fn proposals_are_listed_in_order_with_their_outcome() {
        let mut ledger = ledger();
        let line = |seq, state, says: &str| (seq, state, says.to_owned());
        assert_eq!(
            asked(&ledger, None),
            [
                line(8, ProposalState::Open, "target 800 → 850 USD, eased"),
                line(9, ProposalState::Declined, "to be retired, replaced by cac"),
                line(10, ProposalState::Open, "title “Objective trial” → “Easier”"),
                line(11, ProposalState::Open, "target 800 → 900 USD, eased"),
            ]
        );
        ledger.adjust(MAY, "cac", 820);
        let overtaken = asked(&ledger, Some(ProposalState::Overtaken));
        assert_eq!(overtaken.iter().map(|one| one.0).collect::<Vec<_>>(), [8, 11]);
        assert_eq!(asked(&ledger, Some(ProposalState::Approved)), []);
    }

    #[test]
    fn open_proposals_are_seen_with_their_goals_and_need_discussion() {
        let mut ledger = ledger();
        for key_result in ["cac", "paid"] {
            ledger.check_in(MAY, key_result, json!({"confidence": 9}));
        }
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), "2026-05-05T09:00:00Z");
        let seqs = |open: Vec<ProposalStands>| open.iter().map(|one| one.seq).collect::<Vec<_>>();
        assert_eq!(seqs(key_result(&asked, "cac").unwrap().unwrap().proposals), [8, 11]);
        assert_eq!(seqs(key_result(&asked, "paid").unwrap().unwrap().proposals), [0; 0]);
        assert_eq!(seqs(objective(&asked, "trial").unwrap().unwrap().proposals), [10]);

        let attention = attention(&asked, "q2").unwrap().unwrap();
        let [trial] = attention.objectives.as_slice() else { panic!("{attention:?}") };
        let says = "tester proposed on 2026-05-04, and no one has responded yet: title “Objective trial” → “Easier”.";
        assert_eq!(trial.reasons.iter().map(|one| one.says.as_str()).collect::<Vec<_>>(), [says]);
        let [cac] = trial.key_results.as_slice() else { panic!("{trial:?}") };
        assert_eq!(cac.reasons.iter().map(|one| one.reason).collect::<Vec<_>>(), [Reason::ProposalWaiting; 2]);
        assert_eq!(attention.left_out, 1);
    }

    #[test]
    fn the_trail_contains_proposals_and_the_responses_to_them() {
        let ledger = ledger();
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), MAY);
        let trail = audit_key_result(&asked, "paid").unwrap().unwrap().trail;
        let listed: Vec<(&str, bool)> =
            trail.iter().rev().take(2).map(|item| (item.summary.as_str(), item.adjustment)).collect();
        assert_eq!(
            listed,
            [
                ("proposal declined: it is read every week", false),
                (
                    "proposed: to be retired, replaced by cac, external change: Advertising prices rose for everyone in May",
                    false
                ),
            ]
        );
        assert_eq!(trail.last().unwrap().proposal.as_ref().map(|id| id.as_str()), Some("e9"));
    }
}
