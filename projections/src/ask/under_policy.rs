//! What if another policy had been in force: which recorded events it would have advised against or refused, and how the
//! cycle would stand.

use std::collections::{BTreeMap, BTreeSet};

use events::{EventId, Fact, Kind, Moment, Number, Policy, PolicyPatch, Recorded, Ref, Severity, SubjectId};
use serde::{Deserialize, Serialize};

use super::board::board_by;
use super::cycle_events::{Ahead, CycleEvents, What};
use super::feed::{bytes_of, decode, happenings};
use super::omitted::{FellWith, Omitted};
use super::replay_state::ReplayState;
use super::resolve::find_cycle;
use super::{Asked, Board, BoardAsk, BoardSummary, History, Standing, WhatIfAsk};
use crate::calendar::day_of;
use crate::rows::{Brief, ByKind, CycleRow, Error, PolicyRow, Rows, all, policy_in_force};
use crate::rules::{findings, policy_faults};

/// The policy that is supposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyAsk {
    /// One of this ledger's own: 0 is the default, 1 the first that was adopted.
    Version(u32),
    /// The one in force with a part of it otherwise.
    Part(Box<PolicyPatch>),
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnderPolicyAnswer {
    /// The answer.
    Answered(Box<UnderPolicy>),
    /// There is no such version: this is the last.
    NoSuchVersion(u32),
    /// The part's figures make no sense with those that stand; what is wrong with each.
    InvalidRequest(Vec<String>),
    /// These events are neither of the cycle nor of the whole ledger, so that leaving them out says nothing.
    NotOfCycle(BTreeSet<u64>),
    /// Without the cycle's opening there is nothing to look at.
    NoCycleLeft,
}

/// A cycle as it is, and as it would be had another policy been in force all the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderPolicy {
    /// As it is.
    pub actual: BoardSummary,
    /// As it would be.
    pub what_if: BoardSummary,
    /// The events left out: those that were to be, changes of goals, proposals and check-ins that would have been refused, and
    /// what rests on them.
    pub omitted: Vec<u64>,
    /// Of these, those that rest on others, each with what it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fell_with: Vec<FellWith>,
    /// The key results that would stand otherwise, in the order of the board.
    pub differences: Vec<PolicyDifference>,
    /// What the policy would have found, in the order of events.
    pub findings: Vec<PolicyFinding>,
    /// The policy that is supposed.
    pub policy: Policy,
}

/// A key result as it is and as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDifference {
    /// Its id.
    pub key_result: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// As it is; null where it does not stand.
    pub actual: Option<PolicyFigures>,
    /// As it would be; null where it would not stand.
    pub what_if: Option<PolicyFigures>,
}

/// What of a key result a policy bears on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFigures {
    /// The target.
    pub target: Option<Number>,
    /// The computed score.
    pub computed: Option<Number>,
    /// The score that counts.
    #[serde(rename = "final")]
    pub last: Option<Number>,
    /// How it stands.
    pub status: Standing,
    /// Whether nothing was heard of it for too long.
    pub stale: bool,
}

/// What the policy would have found of a recorded event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFinding {
    /// The event.
    pub seq: u64,
    /// Its id.
    pub event_id: EventId,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it is about.
    pub subject: SubjectId,
    /// When it happened.
    pub time: Moment,
    /// The rule.
    pub rule: String,
    /// Whether it would have been refused, or recorded with a warning.
    pub severity: Severity,
    /// What the rule found.
    pub says: String,
    /// Whether the event is left out. A draft or a start that would have been refused is not: people would have mended it
    /// and gone on.
    pub left_out: bool,
}

/// A cycle under another policy, and without what else is supposed not to have been; `None` where there is no such cycle.
/// Every event is held against what stood before it, as it would have stood.
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
        Err(strangers) => return Ok(Some(UnderPolicyAnswer::NotOfCycle(strangers))),
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

/// The policy of a version; or the last version there is.
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

/// What a history comes to under a policy.
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
    let replay_state = ReplayState::beside(asked.rows, &cycle.id);
    let mut replayed = Replayed { replay_state, omitted, findings: Vec::new() };
    PolicyRow { policy: policy.clone(), touched: 0 }.adopt(replayed.replay_state.rows_mut(), 0)?;
    let briefs = Brief::under(asked.rows, &CycleRow::check_ins(id))?;
    let mut cycle_events = CycleEvents::of(history, asked, happenings(asked, id)?, briefs, false)?;
    while let Some(Ahead { seq, what }) = cycle_events.next_up_to(u64::MAX) {
        match what {
            What::CheckIn(..) if replayed.omitted.takes_check_in(seq) => replayed.replay_state.leave_out(seq),
            What::CheckIn(brief, says) if !is_after_end(brief.time, cycle) => {
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
        if self.omitted.takes(event) || kind == Kind::PolicyAdopted {
            self.replay_state.leave_out(seq);
            return Ok(());
        }
        let found = match concerns_policy(event, cycle) {
            true => {
                self.replay_state.look_at(event)?;
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

/// Whether a rule of the policy can find anything in an event. Most of a history are check-ins, and only those for a day after
/// the cycle's end are looked at.
fn concerns_policy(event: &Recorded, cycle: &CycleRow) -> bool {
    match event.fact.kind() {
        Kind::CheckInRecorded => is_after_end(event.time, cycle),
        Kind::CheckInCorrected | Kind::KeyResultScored | Kind::ObjectiveScored | Kind::RetrospectiveRecorded => false,
        _ => true,
    }
}

/// Whether a history goes on without such an event. The rest of one hangs on drafts and on the start.
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
    // By objective and key result as the refs count them: the order of the board.
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
