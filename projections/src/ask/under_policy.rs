//! A cycle under a different policy: the recorded events it would have warned about or rejected, and the resulting
//! board.

use std::collections::{BTreeMap, BTreeSet};

use events::{Category, EventId, Fact, Kind, Moment, Number, Policy, PolicyPatch, Recorded, Ref, Severity, SubjectId};
use serde::{Deserialize, Serialize};

use super::board::board_by;
use super::cycle_events::{CycleEvents, NextEvent, Source};
use super::feed::{bytes_of, decode, happenings};
use super::omitted::{FellWith, Omitted};
use super::replay_state::ReplayState;
use super::resolve::find_cycle;
use super::{Asked, Board, BoardAsk, BoardSummary, History, Standing, WhatIfAsk};
use crate::calendar::day_of;
use crate::rows::{Brief, ByKind, CycleRow, Error, PolicyRow, Rows, all, policy_in_force};
use crate::rules::{findings, policy_faults};

/// The policy to assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyAsk {
    /// A version adopted in this ledger: 0 is the default, 1 the first adoption.
    Version(u32),
    /// The policy in force with some parts replaced.
    Part(Box<PolicyPatch>),
}

/// The answer to a comparison of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnderPolicyAnswer {
    /// The comparison.
    Answered(Box<UnderPolicy>),
    /// There is no such version: this is the last.
    NoSuchVersion(u32),
    /// The given figures conflict with those in force; one message for each fault.
    InvalidRequest(Vec<String>),
    /// These events belong neither to the cycle nor to the whole ledger, so omitting them has no effect.
    NotOfCycle(BTreeSet<u64>),
    /// The opening of the cycle was left out, so there is no cycle to look at.
    NoCycleLeft,
}

/// The actual figures of a cycle beside its figures under another policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderPolicy {
    /// The board as it is.
    pub actual: BoardSummary,
    /// The board under the other policy.
    pub what_if: BoardSummary,
    /// The events left out: those requested, the changes of goals, proposals and check-ins that would have been
    /// rejected, and those that depend on them.
    pub omitted: Vec<u64>,
    /// Events in `omitted` that depend on others, each with its dependency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fell_with: Vec<FellWith>,
    /// Key results that differ, in board order.
    pub differences: Vec<PolicyDifference>,
    /// Findings of the other policy, in order of events.
    pub findings: Vec<PolicyFinding>,
    /// The assumed policy, complete.
    pub policy: Policy,
}

/// A key result as it is and under the other policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDifference {
    /// The key result's id.
    pub key_result: SubjectId,
    /// Short reference such as `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// Current figures; null if it is not active.
    pub actual: Option<PolicyFigures>,
    /// Figures under the other policy; null if it would not be active.
    pub what_if: Option<PolicyFigures>,
}

/// The figures of a key result that depend on the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFigures {
    /// The target in force, in the metric's unit.
    pub target: Option<Number>,
    /// The computed score, 0 to 1.
    pub computed: Option<Number>,
    /// The final score, 0 to 1.
    #[serde(rename = "final")]
    pub last: Option<Number>,
    /// Status last stated, else derived from confidence or pace.
    pub status: Standing,
    /// True if there was no check-in for longer than the policy's cadence.
    pub stale: bool,
}

/// A finding of the other policy about a recorded event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFinding {
    /// The event's sequence number.
    pub seq: u64,
    /// The event's id.
    pub event_id: EventId,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The subject of the event.
    pub subject: SubjectId,
    /// When it happened, as stated by its author.
    pub time: Moment,
    /// The name of the rule.
    pub rule: String,
    /// Refuse if the event would have been rejected, warn if recorded with a warning.
    pub severity: Severity,
    /// The finding as a sentence.
    pub says: String,
    /// True if the event is left out. A draft or a start that would have been rejected is kept, because people would
    /// have corrected and repeated it.
    pub left_out: bool,
}

/// Returns a cycle under another policy, also without the events in `without`; `None` if there is no such cycle. Every
/// event is checked against the state before it under that policy.
pub fn under_policy<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle_id: &str,
    ask: &PolicyAsk,
    without: &WhatIfAsk,
) -> Result<Option<UnderPolicyAnswer>, Error> {
    let Some(cycle) = find_cycle(asked.rows, cycle_id)? else { return Ok(None) };
    let policy = match ask {
        PolicyAsk::Version(version) => match adopted(history, asked, *version)? {
            Ok(policy) => policy,
            Err(last) => return Ok(Some(UnderPolicyAnswer::NoSuchVersion(last))),
        },
        PolicyAsk::Part(part) => {
            let in_force = policy_in_force(asked.rows)?;
            let faults = policy_faults(&in_force, part);
            if !faults.is_empty() {
                let says = faults.into_iter().map(|(place, says)| format!("`{place}`: {says}")).collect();
                return Ok(Some(UnderPolicyAnswer::InvalidRequest(says)));
            }
            in_force.adopting(part)
        }
    };
    let whole = BoardAsk::default();
    let Some(actual) = board_by(asked, cycle_id, &whole, None)? else { return Ok(None) };
    let omitted = match Omitted::of(asked, &cycle, without)? {
        Ok(omitted) => omitted,
        Err(unrelated) => return Ok(Some(UnderPolicyAnswer::NotOfCycle(unrelated))),
    };
    let Replayed { replay_state, omitted, findings } = replayed(history, asked, &cycle, &policy, omitted)?;
    let rows = replay_state.into_rows()?;
    let Some(supposed) = board_by(&asked.of(&rows), cycle_id, &whole, without.formula)? else {
        return Ok(Some(UnderPolicyAnswer::NoCycleLeft));
    };
    Ok(Some(UnderPolicyAnswer::Answered(Box::new(UnderPolicy {
        differences: differences(&actual, &supposed),
        actual: actual.summary(),
        what_if: supposed.summary(),
        omitted: omitted.seqs,
        fell_with: omitted.fell,
        findings,
        policy,
    }))))
}

/// Returns the policy of a version, or, as the inner error, the last version.
fn adopted<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    version: u32,
) -> Result<Result<Policy, u32>, Error> {
    let mut policy = Policy::default();
    for about in all::<ByKind>(asked.rows, &ByKind::of(Kind::PolicyAdopted))? {
        if policy.version == version {
            break;
        }
        if let Fact::PolicyAdopted(part) = decode(&bytes_of(history, about.seq)?)?.fact {
            policy = policy.adopting(&part);
        }
    }
    Ok(if policy.version == version { Ok(policy) } else { Err(policy.version) })
}

/// The result of replaying a history under a policy.
struct Replayed<'a, R: ?Sized> {
    replay_state: ReplayState<'a, R>,
    omitted: Omitted,
    findings: Vec<PolicyFinding>,
}

fn replayed<'a, R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'a, R>,
    cycle: &CycleRow,
    policy: &Policy,
    omitted: Omitted,
) -> Result<Replayed<'a, R>, Error> {
    let id = cycle.id.as_str();
    let replay_state = ReplayState::over(asked.rows, &cycle.id);
    let mut replayed = Replayed { replay_state, omitted, findings: Vec::new() };
    PolicyRow { policy: policy.clone(), touched: 0 }.adopt(replayed.replay_state.rows_mut(), 0)?;
    let briefs = Brief::under(asked.rows, &CycleRow::check_ins(id))?;
    let mut cycle_events = CycleEvents::of(history, asked, happenings(asked, id)?, briefs, false)?;
    while let Some(NextEvent { seq, source }) = cycle_events.next_up_to(u64::MAX) {
        match source {
            Source::CheckIn(..) if replayed.omitted.omits_check_in(seq) => replayed.replay_state.leave_out(seq),
            Source::CheckIn(brief, says) if !is_after_end(brief.time, cycle) => {
                replayed.replay_state.check_in(&brief, &says)?;
            }
            _ => replayed.event(&cycle_events.event(seq)?, cycle, policy)?,
        }
    }
    Ok(replayed)
}

impl<R: Rows + ?Sized> Replayed<'_, R> {
    fn event(&mut self, event: &Recorded, cycle: &CycleRow, policy: &Policy) -> Result<(), Error> {
        let (seq, kind) = (event.seq, event.fact.kind());
        if self.omitted.omits(event) || kind == Kind::PolicyAdopted {
            self.replay_state.leave_out(seq);
            return Ok(());
        }
        let found = match concerns_policy(event, cycle) {
            true => {
                self.replay_state.flush_for(event)?;
                findings(self.replay_state.rows(), policy, event)?
            }
            false => Vec::new(),
        };
        let is_refused = found.iter().any(|one| one.severity == Severity::Refuse);
        let left_out = is_refused && can_be_left_out(kind);
        self.findings.extend(found.into_iter().map(|one| PolicyFinding {
            seq,
            event_id: event.id.clone(),
            kind,
            subject: event.subject.clone(),
            time: event.time,
            rule: one.rule,
            severity: one.severity,
            says: one.says,
            left_out,
        }));
        if left_out {
            self.omitted.leave_out(event);
            self.replay_state.leave_out(seq);
            return Ok(());
        }
        self.replay_state.fold(event)
    }
}

fn is_after_end(time: Moment, cycle: &CycleRow) -> bool {
    day_of(time, cycle.time_zone) > cycle.ends_on
}

/// Returns true if a rule of the policy can apply to the event. Check-ins, the bulk of a history, are exempt unless
/// they describe a day after the cycle's end.
fn concerns_policy(event: &Recorded, cycle: &CycleRow) -> bool {
    match event.fact.kind().category() {
        Category::CheckIn => is_after_end(event.time, cycle),
        Category::Correction | Category::Grade | Category::Retrospective => false,
        Category::Policy
        | Category::Organisation
        | Category::CycleState
        | Category::Draft
        | Category::Adjustment
        | Category::Measure
        | Category::Reassignment
        | Category::Retirement
        | Category::CarryOver
        | Category::Proposal
        | Category::BoardReport => true,
    }
}

/// Returns true if a history remains consistent without such an event. Drafts and the start have dependents.
fn can_be_left_out(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ObjectiveAmended
            | Kind::ObjectiveRetired
            | Kind::KeyResultAdjusted
            | Kind::KeyResultRetired
            | Kind::AdjustmentProposed
            | Kind::AdjustmentApproved
            | Kind::CheckInRecorded
    )
}

fn differences(actual: &Board, supposed: &Board) -> Vec<PolicyDifference> {
    // Keyed by the numbers of objective and key result, which is the board's order.
    let mut sides: BTreeMap<(u32, u32), PolicyDifference> = BTreeMap::new();
    for (board, is_actual) in [(actual, true), (supposed, false)] {
        for objective in &board.objectives {
            for shown in objective.key_results.iter().filter(|key_result| key_result.state.stands()) {
                let figures = Some(PolicyFigures {
                    target: shown.target,
                    computed: shown.score.computed,
                    last: shown.score.last,
                    status: shown.status,
                    stale: shown.stale,
                });
                let (key_result, given) = (shown.id.clone(), shown.given);
                let empty = || PolicyDifference { key_result, given, actual: None, what_if: None };
                let side = sides.entry((objective.given.number, given.number)).or_insert_with(empty);
                if is_actual { side.actual = figures } else { side.what_if = figures }
            }
        }
    }
    sides.into_values().filter(|side| side.actual != side.what_if).collect()
}

#[cfg(test)]
mod tests;
