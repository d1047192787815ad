//! Trail lines with all the details an auditor needs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use events::{Justification, Kind};

use super::without::Marginal;
use super::{Answered, Around, CheckInBrief, Owners, TrailItem, changes_a_goal, is_adjustment};
use crate::ask::Asked;
use crate::ask::direction::of_line;
use crate::ask::sentence::{pace, summary};
use crate::ask::tally::{Side, Tally, Whole, alters};
use crate::rows::{ByKind, CheckIn, CheckInLog, Error, KeyResultPlace, Rows, TrailRow, all, seqs_under};

/// Returns the wanted lines of a trail. `is_cycle` is true if `whole` contains the entire cycle, which the cycle's own
/// score requires.
pub(super) fn trail<R: Rows + ?Sized>(
    asked: &Asked<'_, R>,
    whole: &Whole,
    is_cycle: bool,
    is_wanted: impl Fn(&TrailRow) -> bool,
) -> Result<Vec<TrailItem>, Error> {
    let policies = seqs_under(asked.rows, &ByKind::of(Kind::PolicyAdopted), 0, usize::MAX)?;
    let mut logs = Logs { rows: asked.rows, read: BTreeMap::new() };
    let mut marginal = Marginal::of(whole, is_cycle);
    let mut past = Tally::now(whole);
    let mut items = Vec::with_capacity(whole.trail.len());
    // From the last to the first: each line uses the metric and the owners in force when it was recorded.
    for line in whole.trail.iter().rev() {
        if !is_wanted(line) {
            marginal.pass_over(line);
            if alters(line.kind) {
                past.restore(line, Side::Before);
            }
            continue;
        }
        let about = past.about(line);
        let key_result = about.and_then(|(key_result, _)| key_result);
        let metric = key_result.map(|at| past.key_results[at].agreed.metric.clone());
        let owners = about.map(|(key_result, objective)| Owners {
            key_result: key_result.map(|at| past.key_results[at].agreed.owner.clone()),
            objective: past.objectives[objective].row.owner.clone(),
            team: past.objectives[objective].row.team.clone(),
        });
        let is_adjustment = is_adjustment(line);
        let said = match &line.key_result {
            Some(place) if is_adjustment || line.kind == Kind::CheckInCorrected => Some(logs.of(place)?),
            _ => None,
        };
        let check_ins = said.filter(|_| is_adjustment).map(|said| around(&said.check_ins, line));
        let without = marginal.without(line, said.map(|said| said.lines.as_slice()).unwrap_or_default());
        let policies_before = policies.partition_point(|seq| *seq < line.at.seq);
        items.push(TrailItem {
            seq: line.at.seq,
            event_id: line.event_id.clone(),
            kind: line.kind,
            actor: line.actor.clone(),
            time: line.at.time,
            recorded_at: line.at.recorded_at,
            summary: summary(line, metric.as_ref()),
            changes: line.changes.clone(),
            justification: line.justification.clone(),
            context: line.context.clone(),
            effect: line.effect.clone(),
            remark: line.remark.clone(),
            subject: line.subject.clone(),
            adjustment: is_adjustment,
            direction: of_line(line, metric.as_ref()).filter(|_| changes_a_goal(line.kind)),
            questions: line.justification.as_ref().map(|why| questions(line, why)).unwrap_or_default(),
            policy_version: u32::try_from(policies_before).unwrap_or(u32::MAX),
            without,
            check_ins,
            owners,
            proposal: line.proposal.clone(),
            approval: line.approval.clone(),
        });
        if alters(line.kind) {
            past.restore(line, Side::Before);
        }
    }
    items.reverse();
    Ok(items)
}

/// Answers the method's three questions from a justification.
fn questions(line: &TrailRow, why: &Justification) -> Vec<Answered> {
    let answered = |question: &str, answer: String| Answered { question: question.to_owned(), answer };
    let then = line.context.as_ref().and_then(|context| context.pace_gap).and_then(pace);
    let then = then.map(|then| format!(" ({then} at that moment)")).unwrap_or_default();
    let cause = why.cause.as_str().replace('_', " ");
    vec![
        answered("Have conditions changed materially?", why.circumstances.to_string()),
        answered(
            "Is it changed because we are behind, or because circumstances changed?",
            format!("{cause}: {}{then}", why.statement),
        ),
        answered(
            "Does it preserve the spirit of the objective?",
            if why.preserves_objective { "yes" } else { "no" }.to_owned(),
        ),
    ]
}

fn around(check_ins: &[CheckIn], line: &TrailRow) -> Around {
    let n = check_ins.partition_point(|check_in| check_in.at.time <= line.at.time);
    let brief = |check_in: &CheckIn| CheckInBrief {
        seq: check_in.at.seq,
        time: check_in.at.time,
        value: check_in.says.value,
        confidence: check_in.says.confidence,
        note: check_in.says.note.clone(),
    };
    let before = n.checked_sub(1).and_then(|n| check_ins.get(n));
    Around { last_before: before.map(brief), first_after: check_ins.get(n).map(brief) }
}

/// Check-in logs of changed key results, each read once.
struct Logs<'r, R: ?Sized> {
    rows: &'r R,
    read: BTreeMap<(u32, u32), Log>,
}

struct Log {
    lines: Vec<CheckInLog>,
    /// Ordered by time, corrections applied.
    check_ins: Vec<CheckIn>,
}

impl<R: Rows + ?Sized> Logs<'_, R> {
    fn of(&mut self, place: &KeyResultPlace) -> Result<&Log, Error> {
        Ok(match self.read.entry((place.objective_no, place.no)) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => {
                let lines: Vec<CheckInLog> = all(self.rows, &place.check_ins())?;
                let check_ins = CheckIn::told_by(lines.iter().cloned()).into_values().next().unwrap_or_default();
                unread.insert(Log { lines, check_ins })
            }
        })
    }
}
