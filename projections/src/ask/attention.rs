//! The goals to discuss now. The method reviews only goals at risk, so all others are left out.

use chrono::NaiveDate;
use events::{Number, Ref, SubjectId, Text};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::board::{KeyResultFacts, ObjectiveFacts};
use super::figures::{KeyResultFigures, Scoring, own};
use super::proposals::{self, GoalBrief};
use super::resolve::find_cycle;
use super::{AsOf, Asked, BoardKeyResult, BoardObjective, Standing, board};
use crate::rows::{
    CycleRow, CycleState, Error, KeyResult, ObjectiveRow, ProposalRow, ProposalState, Rows, all, policy_of,
};

/// Goals of a cycle that need discussion. Empty before the cycle starts and after it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// The ledger's slug.
    pub ledger: String,
    /// The cycle's id.
    pub cycle: SubjectId,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// Objectives to discuss, worst first.
    pub objectives: Vec<AttentionObjective>,
    /// Number of active key results left out because they need no discussion.
    pub left_out: u32,
}

/// An objective that needs discussion, itself or through its key results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttentionObjective {
    /// Client-chosen id of the objective, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `O-3`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The person accountable for the objective.
    pub owner: Text,
    /// The team it belongs to; null if there is none.
    pub team: Option<SubjectId>,
    /// Weighted mean of its key results' confidences, 0 to 10.
    pub confidence: Option<Number>,
    /// Status derived from its confidence, else from pace.
    pub status: Standing,
    /// Reasons that concern the objective itself: open proposals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Concern>,
    /// Key results to discuss, worst first.
    pub key_results: Vec<AttentionKeyResult>,
}

/// A key result that needs discussion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttentionKeyResult {
    /// Client-chosen id of the key result, unique in the ledger.
    pub id: SubjectId,
    /// Short reference such as `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The person accountable for the key result.
    pub owner: Text,
    /// Status last stated, else derived from confidence or pace.
    pub status: Standing,
    /// The confidence last stated, 0 to 10.
    pub confidence: Option<Number>,
    /// The confidence stated before the last one.
    pub previous_confidence: Option<Number>,
    /// The day of the last check-in, in the cycle's time zone.
    pub last_check_in_on: Option<NaiveDate>,
    /// Blockers named by the last check-in.
    pub blockers: Vec<Text>,
    /// At least one reason, gravest first.
    pub reasons: Vec<Concern>,
}

/// A reason for discussion, with a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// Machine-readable reason.
    pub reason: Reason,
    /// The reason as a sentence with its figures.
    pub says: String,
}

/// Reasons to discuss a goal, gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The status is behind.
    Behind,
    /// The status is at risk.
    AtRisk,
    /// The last check-in names blockers.
    Blocked,
    /// Confidence is lower than in the previous statement.
    FallingConfidence,
    /// No check-in for longer than the policy's cadence.
    Stale,
    /// A change was proposed and no one has responded yet.
    ProposalWaiting,
}

/// Returns the goals to discuss; `None` if there is no such cycle.
pub fn attention<R: Rows + ?Sized>(asked: &Asked<'_, R>, cycle_id: &str) -> Result<Option<Attention>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let mut answer = Attention {
        ledger: asked.ledger.to_owned(),
        cycle: cycle.id.clone(),
        as_of: asked.as_of,
        objectives: Vec::new(),
        left_out: 0,
    };
    if cycle.state != CycleState::Started {
        return Ok(Some(answer));
    }
    let policy = policy_of(asked.rows, &cycle)?;
    let scoring = Scoring::of(&cycle, &policy, None, asked.at);
    let objectives: Vec<ObjectiveRow> = all(asked.rows, &CycleRow::objectives(cycle_id))?;
    let key_results = KeyResult::under(asked.rows, &CycleRow::key_results(cycle_id))?;
    let mut waiting = ProposalRow::all(asked.rows, &ProposalRow::of_cycle(cycle_id))?;
    waiting.retain(|proposal| proposal.state == ProposalState::Open);
    let waiting_for = |subject: &SubjectId, goal: GoalBrief<'_>| -> Vec<Concern> {
        let about = waiting.iter().filter(|proposal| proposal.subject == *subject);
        let says = about.map(|proposal| proposals::reminder(&cycle, proposal, &goal));
        says.map(|says| Concern { reason: Reason::ProposalWaiting, says }).collect()
    };
    for objective in objectives.iter().filter(|objective| objective.retired.is_none()) {
        let own = own(&key_results, objective);
        let facts = own.iter().map(KeyResultFacts::of).collect();
        let (line, figures) = board::objective_line(&scoring, ObjectiveFacts::of(objective), facts);
        let mut concerning = Vec::new();
        let lines = own.iter().zip(&figures).zip(&line.key_results);
        for ((row, figures), shown) in lines.filter(|(_, shown)| shown.state.stands()) {
            let why = why(row, shown, scoring.gap(figures.progress));
            let mut reasons = reasons(shown, figures, &why);
            reasons.extend(waiting_for(&row.id, GoalBrief::from(&row.agreed)));
            if reasons.is_empty() {
                answer.left_out += 1;
            } else {
                concerning.push(with_reasons(shown, reasons));
            }
        }
        concerning.sort_by_key(gravity);
        let own_reasons = waiting_for(&objective.id, GoalBrief::from(objective));
        if !(concerning.is_empty() && own_reasons.is_empty()) {
            answer.objectives.push(with_key_results(line, own_reasons, concerning));
        }
    }
    // Ordered by the gravest key result of each objective. The sort is stable, so ties keep the order of refs.
    let least = || (vec![Reason::ProposalWaiting as u8, u8::MAX], Some(Number::from(10)));
    answer.objectives.sort_by_key(|objective| objective.key_results.first().map_or_else(least, gravity));
    Ok(Some(answer))
}

/// Sort key, worst first: reasons from the gravest on (with equal beginnings, more reasons are worse), then confidence.
fn gravity(key_result: &AttentionKeyResult) -> (Vec<u8>, Option<Number>) {
    let mut reasons: Vec<u8> = key_result.reasons.iter().map(|concern| concern.reason as u8).collect();
    reasons.push(u8::MAX);
    // An unstated confidence sorts last.
    (reasons, Some(key_result.confidence.unwrap_or(Number::from(10))))
}

fn reasons(shown: &BoardKeyResult, figures: &KeyResultFigures, why: &str) -> Vec<Concern> {
    let mut found = Vec::new();
    let mut concern = |reason, says| found.push(Concern { reason, says });
    match shown.status {
        Standing::Behind => concern(Reason::Behind, format!("It is behind: {why}.")),
        Standing::AtRisk => concern(Reason::AtRisk, format!("It is at risk: {why}.")),
        Standing::OnTrack | Standing::Unknown => {}
    }
    if !shown.blockers.is_empty() {
        let blockers: Vec<&str> = shown.blockers.iter().map(Text::as_str).collect();
        concern(Reason::Blocked, format!("Blocked by: {}", blockers.join("; ")));
    }
    if let (Some(now), Some(before)) = (shown.confidence, shown.previous_confidence)
        && now < before
    {
        concern(Reason::FallingConfidence, format!("Confidence fell from {before} to {now}."));
    }
    if shown.stale {
        let days = figures.silent_days;
        let says = match shown.last_check_in_on {
            Some(day) => format!("No check-in for {days} days; the last was on {day}."),
            None => format!("No check-in yet, after {days} days."),
        };
        concern(Reason::Stale, says);
    }
    found
}

/// Returns the basis of the status, for a sentence.
fn why(row: &KeyResult, shown: &BoardKeyResult, gap: Option<Decimal>) -> String {
    let stated = row.latest.status.as_ref().filter(|stated| stated.what.is_some());
    let confidence_seq = row.latest.confidence.as_ref().map(|confidence| confidence.seq);
    // A status is not combined with the confidence of another check-in.
    let stated = stated.map(|stated| Some(stated.seq) == confidence_seq);
    let points = gap.and_then(|gap| gap.checked_mul(Decimal::ONE_HUNDRED)).map(|gap| Number::from(gap).rounded(0));
    match (stated, shown.confidence, points) {
        (Some(true), Some(confidence), _) => format!("reported by its owner, with confidence {confidence} of 10"),
        (Some(_), _, _) => "reported by its owner".into(),
        (None, Some(confidence), _) => format!("confidence {confidence} of 10"),
        (None, None, Some(points)) => format!("{points} points behind the pace of the cycle"),
        (None, None, None) => "derived from its figures".into(),
    }
}

fn with_reasons(shown: &BoardKeyResult, reasons: Vec<Concern>) -> AttentionKeyResult {
    AttentionKeyResult {
        id: shown.id.clone(),
        given: shown.given,
        title: shown.title.clone(),
        owner: shown.owner.clone(),
        status: shown.status,
        confidence: shown.confidence,
        previous_confidence: shown.previous_confidence,
        last_check_in_on: shown.last_check_in_on,
        blockers: shown.blockers.clone(),
        reasons,
    }
}

fn with_key_results(
    line: BoardObjective,
    reasons: Vec<Concern>,
    key_results: Vec<AttentionKeyResult>,
) -> AttentionObjective {
    AttentionObjective {
        id: line.id,
        given: line.given,
        title: line.title,
        owner: line.owner,
        team: line.team,
        confidence: line.confidence,
        status: line.status,
        reasons,
        key_results,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ask::testing::Ledger;

    fn asked(ledger: &Ledger, at: &str) -> Attention {
        let rows = ledger.rows(ledger.last());
        attention(&ledger.asked(&rows, ledger.last(), at), "q2").unwrap().unwrap()
    }

    #[test]
    fn the_worst_comes_first_with_its_reasons_and_the_rest_is_left_out() {
        let mut ledger = Ledger::quarter();
        ledger.objective("q2", "later", "2026-03-24T09:00:00Z");
        ledger.key_result("later", "calls", ("increase", "calls"), (8, 15), "2026-03-24T09:00:00Z");
        ledger.key_result("later", "fine", ("increase", "calls"), (8, 15), "2026-03-24T09:00:00Z");
        for (key_result, confidence) in [("paid", 7), ("cac", 8), ("calls", 7), ("fine", 9)] {
            ledger.check_in("2026-04-06T09:00:00Z", key_result, json!({"confidence": confidence}));
        }
        ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"confidence": 6}));
        ledger.check_in("2026-05-04T09:00:00Z", "calls", json!({"confidence": 3, "blockers": ["the API is late"]}));
        ledger.check_in("2026-05-04T09:00:00Z", "fine", json!({"confidence": 9}));
        let answer = asked(&ledger, "2026-05-04T12:00:00Z");
        let listed: Vec<(&str, Vec<(Reason, &str)>)> = answer
            .objectives
            .iter()
            .flat_map(|objective| &objective.key_results)
            .map(|one| {
                (one.id.as_str(), one.reasons.iter().map(|reason| (reason.reason, reason.says.as_str())).collect())
            })
            .collect();
        assert_eq!(
            listed,
            [
                (
                    "calls",
                    vec![
                        (Reason::Behind, "It is behind: confidence 3 of 10."),
                        (Reason::Blocked, "Blocked by: the API is late"),
                        (Reason::FallingConfidence, "Confidence fell from 7 to 3."),
                    ]
                ),
                (
                    "paid",
                    vec![
                        (Reason::AtRisk, "It is at risk: confidence 6 of 10."),
                        (Reason::FallingConfidence, "Confidence fell from 7 to 6."),
                    ]
                ),
                ("cac", vec![(Reason::Stale, "No check-in for 28 days; the last was on 2026-04-06.")]),
            ]
        );
        assert_eq!(answer.left_out, 1);
    }

    #[test]
    fn nothing_needs_talking_about_in_a_cycle_that_is_not_under_way() {
        let mut ledger = Ledger::quarter();
        assert_eq!(asked(&ledger, "2026-05-04T12:00:00Z").objectives.len(), 1);
        ledger.note("2026-07-01T09:00:00Z", "cycle.closed", "q2", json!({}));
        assert_eq!(asked(&ledger, "2026-07-04T12:00:00Z").objectives, []);
    }

    #[test]
    fn a_reason_names_the_basis_of_the_status() {
        let mut ledger = Ledger::quarter();
        ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"value": 16}));
        ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"status": "behind"}));
        let answer = asked(&ledger, "2026-05-04T12:00:00Z");
        let listed: Vec<&str> =
            answer.objectives[0].key_results.iter().map(|one| one.reasons[0].says.as_str()).collect();
        assert_eq!(
            listed,
            ["It is behind: reported by its owner.", "It is at risk: 12 points behind the pace of the cycle.",]
        );
    }

    #[test]
    fn a_status_is_not_joined_with_the_confidence_of_another_check_in() {
        let mut ledger = Ledger::quarter();
        ledger.check_in("2026-04-27T09:00:00Z", "paid", json!({"confidence": 7}));
        ledger.check_in("2026-05-04T09:00:00Z", "paid", json!({"status": "behind"}));
        ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"status": "behind", "confidence": 2}));
        let answer = asked(&ledger, "2026-05-04T12:00:00Z");
        let key_results = &answer.objectives[0].key_results;
        let listed: Vec<&str> = key_results.iter().map(|one| one.reasons[0].says.as_str()).collect();
        assert_eq!(
            listed,
            ["It is behind: reported by its owner, with confidence 2 of 10.", "It is behind: reported by its owner."]
        );
    }

    #[test]
    fn a_check_in_without_blockers_says_there_are_none() {
        let mut ledger = Ledger::quarter();
        ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"confidence": 9, "blockers": ["no data"]}));
        let reasons = |ledger: &Ledger| asked(ledger, "2026-04-07T09:00:00Z").objectives.len();
        assert_eq!(reasons(&ledger), 1);
        ledger.check_in("2026-04-07T08:00:00Z", "paid", json!({"note": "data is there"}));
        assert_eq!(reasons(&ledger), 0);
    }
}
