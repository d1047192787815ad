//! What overtakes proposals: a change of a goal that somebody makes while a proposal about the same fields is open.
//!
//! A retirement overtakes all proposals about its goal, that of an objective those about its key results too. It is found out
//! from the trail, line by line, so that a change writes one line of it, however many proposals it overtakes.

use events::{Kind, SubjectId};

use super::{
    BySubject, Error, Key, ObjectiveRow, Overtaking, ProposalRow, ProposalState, Rows, Table, TrailRow, row, seqs_under,
};

/// Marks the proposals about one goal that were overtaken.
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

/// Whether a line of the trail is a change that can overtake a proposal about this goal.
fn may_overtake(line: &TrailRow, goal: &SubjectId) -> bool {
    match line.kind {
        Kind::ObjectiveRetired => true,
        Kind::ObjectiveAmended | Kind::KeyResultRetired => line.subject == *goal,
        // Nothing is proposed before the start, and there most goals get their figures.
        Kind::KeyResultAdjusted | Kind::KeyResultBaselineSet | Kind::KeyResultTargetSet => {
            line.after_start && line.subject == *goal
        }
        _ => false,
    }
}

/// Marks a proposal that a change overtook. Returns whether it did.
fn overtake(proposal: &mut ProposalRow, line: &TrailRow) -> Result<bool, Error> {
    if line.approval.as_ref().is_some_and(|approval| approval.proposal == proposal.event_id) {
        return Ok(false);
    }
    // Also a field that is as it would be counts as proposed: its value was part of what was asked for.
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
