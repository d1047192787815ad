//! Proposals overtaken by another change: someone changes the proposed fields of a goal while the proposal is open.
//!
//! The retirement of a goal overtakes all proposals about the goal; the retirement of an objective also overtakes those
//! about its key results. Overtaking is computed from the trail when proposals are read. A change therefore writes a
//! single trail row, however many proposals it overtakes.

use events::{Category, Kind, SubjectId};

use super::{
    BySubject, Error, Key, ObjectiveRow, Overtaking, ProposalRow, ProposalState, Rows, Table, TrailRow, row, seqs_under,
};

/// Marks the overtaken proposals among the proposals about one goal.
pub(super) fn settle(rows: &(impl Rows + ?Sized), proposals: &mut [ProposalRow]) -> Result<(), Error> {
    let open = proposals.iter().filter(|proposal| proposal.state == ProposalState::Open);
    let Some(first) = open.map(|proposal| proposal.at.seq).min() else { return Ok(()) };
    let Some((goal, cycle)) = proposals.first().map(|one| (one.subject.clone(), one.objective.cycle.clone())) else {
        return Ok(());
    };
    let mut seqs = seqs_under(rows, &BySubject::of(goal.as_str()), first, usize::MAX)?;
    if let Some(one) = proposals.first().filter(|one| one.key_result.is_some())
        && let Some(objective) = row::<ObjectiveRow>(rows, &one.objective.key())?
    {
        seqs.extend(seqs_under(rows, &BySubject::of(objective.id.as_str()), first, usize::MAX)?);
        seqs.sort_unstable();
    }
    let mut open = proposals.iter().filter(|proposal| proposal.state == ProposalState::Open).count();
    for seq in seqs {
        if open == 0 {
            break;
        }
        let line: Option<TrailRow> = row(rows, &Key::of(Table::Trail).text(cycle.as_str()).seq(seq))?;
        let Some(line) = line.filter(|line| may_overtake(line, &goal)) else { continue };
        let later = proposals.iter_mut().filter(|one| one.state == ProposalState::Open && one.at.seq < seq);
        for proposal in later {
            open -= usize::from(overtake(proposal, &line)?);
        }
    }
    Ok(())
}

/// Returns true if a trail row is a change that can overtake a proposal about this goal.
fn may_overtake(line: &TrailRow, goal: &SubjectId) -> bool {
    let is_about = line.subject == *goal;
    match line.kind.category() {
        Category::Retirement => is_about || line.kind == Kind::ObjectiveRetired,
        // There are no proposals before the start of a cycle, when most goals get their figures.
        Category::Adjustment | Category::Measure => {
            is_about && (line.after_start || line.kind == Kind::ObjectiveAmended)
        }
        Category::Policy
        | Category::Organisation
        | Category::CycleState
        | Category::Draft
        | Category::Reassignment
        | Category::Grade
        | Category::CarryOver
        | Category::Proposal
        | Category::CheckIn
        | Category::Correction
        | Category::Retrospective
        | Category::BoardReport => false,
    }
}

/// Marks a proposal that a change overtook. Returns true if it did.
fn overtake(proposal: &mut ProposalRow, line: &TrailRow) -> Result<bool, Error> {
    if line.approval.as_ref().is_some_and(|approval| approval.proposal == proposal.event_id) {
        return Ok(false);
    }
    // A proposed field counts even if its proposed value is already the current one: the value was part of the
    // proposal.
    let asked = proposal.asks()?.changes;
    let fields = asked.as_ref().map(|changes| changes.fields()).unwrap_or_default();
    let is_retirement = matches!(line.kind, Kind::KeyResultRetired | Kind::ObjectiveRetired);
    let overtaken = line.changes.iter().filter(|change| match is_retirement {
        true => change.field == "state",
        false => fields.contains(&change.field.as_str()),
    });
    let by = |change| Overtaking { seq: line.at.seq, by: line.actor.clone(), change };
    proposal.overtaken_by = overtaken.cloned().map(by).collect();
    if !proposal.overtaken_by.is_empty() {
        proposal.state = ProposalState::Overtaken;
    }
    Ok(!proposal.overtaken_by.is_empty())
}
