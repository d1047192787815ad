//! Signs of doubtful confidences, reported per goal as a reason to ask.

use chrono::NaiveDate;
use events::{Confidence, Metric, Moment, Number, Ref, Status, SubjectId, Text};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::forecasts::Cutoff;
use crate::calendar::{day_of, elapsed};
use crate::rows::{CheckIn, KeyResult, KeyResultRow, Latest, TrailRow};
use crate::score::Measure;

/// Minimum length of a run of equal confidences that counts as a signal.
const RUN_MIN: usize = 4;

/// Minimum number of check-ins near the deadline that count as a burst if they are the majority.
const BURST_MIN: usize = 3;

/// Minimum difference between consecutive confidences that counts as a swing, in points.
const SWING_MIN: u32 = 4;

/// A pattern in a key result's confidences worth asking about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// The kind of pattern.
    pub signal: SignalKind,
    /// The key result's id.
    pub key_result: SubjectId,
    /// Short reference such as `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The title in force.
    pub title: Text,
    /// The pattern as a sentence with its figures.
    pub says: String,
    /// The seqs of the check-ins that form the pattern.
    pub events: Vec<u64>,
}

/// Patterns that make confidences doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// A long run of the same confidence suggests that no one is looking.
    SameValue,
    /// The stated status is on track while the measured progress is far behind pace.
    GreenWhileBehind,
    /// Most check-ins were recorded near the deadline.
    Burst,
    /// Confidence changed widely between two check-ins.
    Swing,
}

/// Returns the signals of one key result. Check-ins must be ordered by time.
pub(super) fn of(row: &KeyResult, check_ins: &[CheckIn], wordings: &[&TrailRow], cutoff: &Cutoff<'_>) -> Vec<Signal> {
    let stated: Vec<Stated> = check_ins.iter().filter_map(|check_in| Stated::of(check_in, cutoff)).collect();
    let found = [
        (SignalKind::SameValue, same_value(&stated)),
        (SignalKind::GreenWhileBehind, green_while_behind(row, check_ins, wordings, cutoff)),
        (SignalKind::Burst, burst(check_ins, cutoff)),
        (SignalKind::Swing, swing(&stated)),
    ];
    let signal = |(signal, found): (SignalKind, Option<(String, Vec<u64>)>)| {
        let (says, events) = found?;
        Some(Signal { signal, key_result: row.id.clone(), given: row.given(), title: row.title.clone(), says, events })
    };
    found.into_iter().filter_map(signal).collect()
}

/// A stated confidence with its day and event.
struct Stated {
    confidence: Number,
    day: NaiveDate,
    seq: u64,
}

impl Stated {
    fn of(check_in: &CheckIn, cutoff: &Cutoff<'_>) -> Option<Self> {
        let confidence = check_in.says.confidence.map(Confidence::number)?;
        Some(Stated { confidence, day: day_of(check_in.at.time, cutoff.zone()), seq: check_in.at.seq })
    }
}

type Detection = Option<(String, Vec<u64>)>;

fn same_value(stated: &[Stated]) -> Detection {
    let runs = stated.chunk_by(|one, next| one.confidence == next.confidence);
    // The first of several runs of equal length.
    let longest = runs.rev().max_by_key(|run| run.len()).filter(|run| run.len() >= RUN_MIN)?;
    let (first, last) = (longest.first()?, longest.last()?);
    let (confidence, many) = (first.confidence, longest.len());
    let says = format!("Confidence {confidence} in {many} check-ins in a row, from {} to {}.", first.day, last.day);
    Some((says, longest.iter().map(|one| one.seq).collect()))
}

fn swing(stated: &[Stated]) -> Detection {
    let apart = |pair: &[Stated]| {
        let [one, next] = pair else { return Decimal::ZERO };
        (next.confidence.decimal() - one.confidence.decimal()).abs()
    };
    let swings: Vec<&[Stated]> = stated.windows(2).filter(|pair| apart(pair) >= Decimal::from(SWING_MIN)).collect();
    let widest = swings.iter().rev().max_by_key(|pair| apart(pair))?;
    let [one, next] = widest else { return None };
    let more = match swings.len() {
        1 => String::new(),
        many => format!(" It is the widest of {many} such swings."),
    };
    let says =
        format!("Confidence went from {} on {} to {} on {}.{more}", one.confidence, one.day, next.confidence, next.day);
    Some((says, swings.iter().filter_map(|pair| pair.last()).map(|next| next.seq).collect()))
}

fn burst(check_ins: &[CheckIn], cutoff: &Cutoff<'_>) -> Detection {
    let days = cutoff.policy.cadence.days;
    let from = cutoff.end.micros().saturating_sub(i64::from(days).saturating_mul(86_400_000_000));
    let last: Vec<u64> = check_ins
        .iter()
        .filter(|check_in| check_in.at.recorded_at.micros() > from)
        .map(|check_in| check_in.at.seq)
        .collect();
    if last.len() < BURST_MIN || last.len() * 2 <= check_ins.len() {
        return None;
    }
    let (many, all) = (last.len(), check_ins.len());
    Some((format!("{many} of its {all} check-ins were recorded in the last {days} days or after the end."), last))
}

fn green_while_behind(
    row: &KeyResult,
    check_ins: &[CheckIn],
    wordings: &[&TrailRow],
    cutoff: &Cutoff<'_>,
) -> Detection {
    let far = cutoff.policy.pace.at_risk.decimal();
    let mut latest = Latest::default();
    let mut worded = Worded::of(row, wordings);
    let mut green: Vec<(Decimal, u64, String)> = Vec::new();
    for check_in in check_ins {
        latest.take(check_in.at.time, check_in.at.seq, &check_in.says);
        let sure = check_in.says.confidence.filter(|confidence| *confidence >= cutoff.policy.confidence.on_track);
        let stated = match (check_in.says.status, sure) {
            (Some(Status::OnTrack), _) => "on track".to_owned(),
            (None, Some(confidence)) => format!("confidence {}", confidence.number()),
            _ => continue,
        };
        let Some(progress) = Measure::of(worded.at(check_in.at.time), &latest).progress() else { continue };
        let Some(gap) = elapsed(cutoff.cycle, check_in.at.time).decimal().checked_sub(progress) else { continue };
        if gap > far {
            let day = day_of(check_in.at.time, cutoff.zone());
            let points = gap.checked_mul(Decimal::ONE_HUNDRED).map(|points| Number::from(points).rounded(0));
            let behind = points.map_or_else(|| "far".to_owned(), |points| format!("{points} points"));
            green.push((gap, check_in.at.seq, format!("{stated} on {day}, {behind} behind pace")));
        }
    }
    let (_, _, worst) = green.iter().rev().max_by_key(|(gap, _, _)| *gap)?;
    let more = match green.len() {
        1 => String::new(),
        many => format!(" The same in {many} check-ins; the gap was widest here."),
    };
    Some((format!("Stated {worst}.{more}"), green.iter().map(|(_, seq, _)| *seq).collect()))
}

/// A key result's wording over time.
struct Worded {
    row: KeyResultRow,
    /// Later changes, the next one last.
    ahead: Vec<Wording>,
}

/// A change of the measurement.
struct Wording {
    time: Moment,
    after: KeyResultRow,
}

impl Worded {
    /// Reverts the changes one by one, from the current wording to the first.
    fn of(row: &KeyResult, wordings: &[&TrailRow]) -> Self {
        let mut now = row.agreed.clone();
        let mut ahead = Vec::new();
        for line in wordings.iter().rev() {
            ahead.push(Wording { time: line.at.time, after: now.clone() });
            for change in &line.changes {
                let from = change.from.as_str();
                match change.field.as_str() {
                    "target" => now.target = serde_json::from_str(from).unwrap_or(now.target),
                    "metric" => now.metric = serde_json::from_str::<Metric>(from).unwrap_or(now.metric),
                    "baseline" => {
                        let value: Option<Number> = serde_json::from_str(from).unwrap_or_default();
                        // There is no value before the first baseline was set, so that baseline is used.
                        if let (Some(baseline), Some(value)) = (now.baseline.as_mut(), value) {
                            baseline.value = value;
                        }
                    }
                    _ => {}
                }
            }
        }
        Worded { row: now, ahead }
    }

    /// Returns the wording at `moment`. Moments must be requested in ascending order.
    fn at(&mut self, moment: Moment) -> &KeyResultRow {
        while let Some(next) = self.ahead.pop_if(|next| next.time <= moment) {
            self.row = next.after;
        }
        &self.row
    }
}
