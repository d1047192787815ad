//! Planned goals: their owners, their future changes, and their drafting.

use chrono::{Days, NaiveDate};
use events::{Fact, KeyResultBaselineSet, KeyResultDrafted, KeyResultTargetSet, MetricKind, ObjectiveDrafted};

use crate::cycle::Cycle;
use crate::day::Day;
use crate::make::{score, text, weight};
use crate::words::{AIMS, SEGMENTS};

/// The working day of planning on which open targets are set, counted from 0.
const TARGETS_ON: u64 = 8;

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
