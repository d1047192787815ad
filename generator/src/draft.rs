//! Planned goals: their owners, their future changes, and their drafting.

use chrono::{Days, NaiveDate};
use events::{
    Ambition, Cause, EventId, Fact, KeyResultBaselineSet, KeyResultDrafted, KeyResultTargetSet, Level, MetricKind,
    ObjectiveDrafted, SubjectId,
};

use crate::calendar::after;
use crate::cycle::Cycle;
use crate::day::Day;
use crate::dice::Dice;
use crate::make::{id, score, text, weight};
use crate::measure::Measure;
use crate::staff::Person;
use crate::words::{AIMS, SEGMENTS};

/// The working day of planning on which open targets are set, counted from 0.
const TARGETS_ON: u64 = 8;

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
    target_later: bool,
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

impl Cycle {
    /// Records the drafts, baselines and targets of a day of planning.
    pub(crate) fn draft(&mut self, day: &mut Day) {
        for n in 0..self.objectives.len() {
            if self.objectives[n].drafted_on == day.date {
                self.draft_objective(n, day);
            }
        }
        let (set_on, ends_on) = (self.starting.planning_day(TARGETS_ON), self.ends_on);
        for n in 0..self.key_results.len() {
            let key_result = &self.key_results[n];
            let minute = key_result.minute;
            let measured_on = key_result.drafted_on + Days::new(1);
            if key_result.drafted_on == day.date {
                self.draft_key_result(n, minute, ends_on, day);
            }
            // The baseline is measured by the day after, or on the Monday after that.
            if crate::calendar::working(measured_on) == day.date {
                self.set_baseline(n, minute, day);
            }
            let key_result = &self.key_results[n];
            if set_on == day.date && key_result.target_later {
                let (measure, owner) = (&key_result.measure, key_result.owner);
                let value = measure.number(measure.target);
                let fact = Fact::KeyResultTargetSet(KeyResultTargetSet { value, thresholds: None });
                day.record(&mut self.ids, minute + 4, owner, &key_result.id, fact);
            }
        }
    }

    fn draft_objective(&mut self, n: usize, day: &mut Day) {
        let dice = &mut self.dice;
        let objective = &self.objectives[n];
        let title = format!("{} {}", dice.pick(&AIMS), dice.pick(&SEGMENTS));
        let description = dice.chance(500).then(|| {
            text(format!(
                "What we heard from {} in the last quarter, and what we can do about it ourselves.",
                dice.pick(&SEGMENTS)
            ))
        });
        let fact = Fact::ObjectiveDrafted(ObjectiveDrafted {
            cycle: self.id.clone(),
            title: text(title),
            description,
            level: objective.level,
            team: objective.team.clone(),
            owner: text(objective.owner.name()),
            ambition: objective.ambition,
            supports: objective.supports.clone(),
            themes: objective.theme.map(|theme| self.themes[theme].clone()).into_iter().collect(),
            weight: dice.chance(100).then(|| weight(dice.between(2, 3))),
        });
        // Drafts come before their key results, which are written from eight o'clock on.
        day.record(&mut self.ids, 420 + (n % 50) as u32, objective.owner, &objective.id, fact);
    }

    pub(crate) fn draft_key_result(&mut self, n: usize, minute: u32, ends_on: NaiveDate, day: &mut Day) {
        let dice = &mut self.dice;
        let key_result = &self.key_results[n];
        let measure = &key_result.measure;
        let is_measured = measure.kind != MetricKind::Milestones;
        // Thresholds state the value of a full score, so they replace the target.
        let says_target = is_measured && !key_result.target_later && !measure.has_thresholds;
        let fact = Fact::KeyResultDrafted(KeyResultDrafted {
            objective: self.objectives[key_result.objective].id.clone(),
            title: text(measure.title()),
            owner: text(key_result.owner.name()),
            metric: measure.metric(),
            target: says_target.then(|| measure.number(measure.target)),
            thresholds: measure.thresholds(),
            due_on: dice.chance(150).then_some(ends_on),
            weight: dice.chance(80).then(|| weight(3)),
            expected_score: dice.chance(200).then(|| score(dice.between(7, 10))),
        });
        day.record(&mut self.ids, minute, key_result.owner, &key_result.id, fact);
    }

    pub(crate) fn set_baseline(&mut self, n: usize, minute: u32, day: &mut Day) {
        const METHODS: [&str; 4] = [
            "The weekly report of the four weeks before",
            "Counted in the product's own figures, test accounts left out",
            "From the books of the last quarter",
            "Sample of two hundred cases, drawn by the data team",
        ];
        let key_result = &self.key_results[n];
        if key_result.measure.kind == MetricKind::Milestones {
            return;
        }
        let fact = Fact::KeyResultBaselineSet(KeyResultBaselineSet {
            value: key_result.measure.number(key_result.measure.baseline),
            measured_on: day.date - Days::new(self.dice.below(5) as u64),
            method: text(*self.dice.pick(&METHODS)),
        });
        day.record(&mut self.ids, minute + 2, key_result.owner, &key_result.id, fact);
    }
}
