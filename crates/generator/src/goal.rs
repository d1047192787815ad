//! The goals of a cycle: their owners and their future changes.

use chrono::NaiveDate;
use events::{Ambition, Cause, EventId, Level, MetricKind, SubjectId};

use crate::calendar::after;
use crate::dice::Dice;
use crate::make::id;
use crate::measure::Measure;
use crate::person::Person;

/// An objective and its future changes.
#[derive(Debug)]
pub(crate) struct Objective {
    pub(crate) id: SubjectId,
    pub(crate) level: Level,
    pub(crate) team: Option<SubjectId>,
    pub(crate) owner: Person,
    /// The person who approves changes.
    pub(crate) lead: Person,
    pub(crate) ambition: Ambition,
    pub(crate) supports: Option<SubjectId>,
    pub(crate) theme: Option<usize>,
    pub(crate) drafted_on: NaiveDate,
    pub(crate) amended_on: Option<NaiveDate>,
    pub(crate) retired_on: Option<NaiveDate>,
    pub(crate) is_active: bool,
}

/// A key result, its future changes, and its progress.
#[derive(Debug)]
pub(crate) struct KeyResult {
    pub(crate) id: SubjectId,
    /// The index of its objective in the cycle.
    pub(crate) objective: usize,
    pub(crate) owner: Person,
    pub(crate) measure: Measure,
    pub(crate) drafted_on: NaiveDate,
    /// True if the draft leaves the target open.
    pub(crate) target_later: bool,
    /// The day of the week of its check-ins, 0 for Monday, and the minute of the day.
    pub(crate) weekday: u32,
    pub(crate) minute: u32,
    /// The final progress, in thousandths, and the shape of its course.
    pub(crate) ending: i64,
    pub(crate) shape: usize,
    pub(crate) confidence: i64,
    /// The progress at its last check-in, in thousandths.
    pub(crate) progress: i64,
    pub(crate) adjusted_on: Option<(NaiveDate, Cause)>,
    /// The first check-in from this day on is mistyped.
    pub(crate) mistyped_from: Option<NaiveDate>,
    /// A mistyped check-in: its event, the day, and the true progress.
    pub(crate) mistyped: Option<(EventId, NaiveDate, i64)>,
    /// A late check-in: the day of recording, and the day it is for.
    pub(crate) late: Option<(NaiveDate, NaiveDate)>,
    pub(crate) reassigned_on: Option<(NaiveDate, Person)>,
    /// The day of its retirement, and true if another key result replaces it.
    pub(crate) retired_on: Option<(NaiveDate, bool)>,
    pub(crate) graded_on: NaiveDate,
    pub(crate) is_active: bool,
}

/// The owner of a key result, and the people who may take it over.
pub(crate) struct Candidates<'a> {
    pub(crate) owner: Person,
    pub(crate) others: &'a [Person],
}

impl KeyResult {
    /// Draws a key result with its future changes. The days are those of its cycle.
    pub(crate) fn draw(
        n: usize,
        objective: usize,
        candidates: &Candidates<'_>,
        (cycle, starts_on, ends_on): (&str, NaiveDate, NaiveDate),
        drafted_on: NaiveDate,
        dice: &mut Dice,
    ) -> KeyResult {
        let measure = Measure::draw(dice);
        let lasts = (ends_on - starts_on).num_days();
        let mut mid = |per_mille: usize, least: i64, most: i64| {
            dice.chance(per_mille).then(|| after(starts_on, lasts * dice.between(least, most) / 1_000))
        };
        let adjusted_on = mid(40, 150, 900);
        let mistyped_from = mid(20, 50, 850);
        let reassigned_on = mid(20, 100, 800);
        let retired_on = mid(13, 250, 750);
        let adjusted_on = adjusted_on.map(|day| {
            let causes = [
                (45, Cause::ExternalChange),
                (25, Cause::NewInformation),
                (15, Cause::MeasurementCorrection),
                (15, Cause::ScopeChange),
            ];
            (day, dice.weighted(&causes))
        });
        let reassigned_on = reassigned_on.map(|day| (day, *dice.pick(candidates.others)));
        let retired_on = retired_on.map(|day| (day, dice.chance(700)));
        KeyResult {
            id: id(format!("{cycle}-kr-{:05}", n + 1)),
            objective,
            owner: candidates.owner,
            target_later: measure.kind != MetricKind::Milestones && !measure.has_thresholds && dice.chance(200),
            measure,
            drafted_on,
            weekday: dice.weighted(&[(70, 0), (15, 1), (10, 2), (5, 3)]),
            minute: 480 + dice.below(560) as u32,
            // Most end near the target, some beyond it, and some at the baseline.
            ending: (0..3).map(|_| dice.between(0, 450)).sum::<i64>() + dice.between(-80, 120),
            shape: dice.below(3),
            confidence: dice.between(5, 8),
            progress: 0,
            adjusted_on,
            mistyped_from,
            mistyped: None,
            late: None,
            reassigned_on: reassigned_on.filter(|(_, to)| *to != candidates.owner),
            retired_on,
            graded_on: after(ends_on, dice.between(-1, 3)),
            is_active: true,
        }
    }
}

impl KeyResult {
    /// Makes the draft state its target, and cancels all future changes.
    pub(crate) fn complete(&mut self) {
        self.target_later = false;
        (self.adjusted_on, self.mistyped_from, self.reassigned_on, self.retired_on) = (None, None, None, None);
    }
}
