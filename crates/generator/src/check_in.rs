//! Weekly check-ins: noisy values on their course to the final one, and a confidence that follows them. Some check-ins
//! are late, missing or corrected.

use chrono::{Datelike as _, NaiveDate};
use events::{CheckInCorrected, CheckInRecorded, Fact, MetricKind, Patch, Status};

use crate::calendar::{after, moment, working};
use crate::cycle::Cycle;
use crate::day::Day;
use crate::make::{confidence, text};
use crate::texts;

impl Cycle {
    /// Records the check-ins and corrections of a day.
    pub(crate) fn check_in(&mut self, day: &mut Day) {
        for n in 0..self.key_results.len() {
            self.correct(n, day);
            let key_result = &self.key_results[n];
            if !key_result.is_active || !self.objectives[key_result.objective].is_active {
                continue;
            }
            if let Some((_, due)) = key_result.late.filter(|(on, _)| *on == day.date) {
                self.key_results[n].late = None;
                self.state(n, due, day);
            }
            if !self.is_due(n, day.date) {
                continue;
            }
            match self.dice.below(1_000) {
                0..70 => {}
                70..130 => {
                    let recorded_on = working(after(day.date, self.dice.between(1, 3)));
                    self.key_results[n].late = Some((recorded_on, day.date));
                }
                _ => self.state(n, day.date, day),
            }
        }
    }

    fn is_due(&self, n: usize, date: NaiveDate) -> bool {
        let (key_result, days) = (&self.key_results[n], (date - self.starts_on).num_days());
        let weekday = date.weekday().num_days_from_monday();
        date <= self.ends_on
            && weekday == key_result.weekday
            && (days / 7) % self.cadence_weeks == 0
            && key_result.drafted_on < date
    }

    /// Records the owner's check-in for the day `due`, on that day or later.
    fn state(&mut self, n: usize, due: NaiveDate, day: &mut Day) {
        let (starts_on, ends_on) = (self.starts_on, self.ends_on);
        let gone = (due - starts_on).num_days() * 1_000 / (ends_on - starts_on).num_days().max(1);
        let dice = &mut self.dice;
        let key_result = &mut self.key_results[n];
        let pace = match key_result.shape {
            0 => gone,
            1 => gone * gone / 1_000,
            _ => 2 * gone - gone * gone / 1_000,
        };
        key_result.progress = key_result.ending * pace / 1_000 + dice.between(-30, 30);
        let (progress, measure) = (key_result.progress, &key_result.measure);
        // Confidence rises ahead of the pace and falls behind it.
        let lead = progress - gone * 7 / 10;
        key_result.confidence += match lead {
            ..-150 => dice.weighted(&[(6, -1), (3, 0), (1, 1)]),
            -150..0 => dice.weighted(&[(4, -1), (4, 0), (2, 1)]),
            0.. => dice.weighted(&[(1, -1), (5, 0), (4, 1)]),
        };
        key_result.confidence = key_result.confidence.clamp(0, 10);
        let sure = key_result.confidence;

        let is_mistyped = key_result.mistyped_from.is_some_and(|from| from <= due);
        let typed = if is_mistyped { progress + 900 } else { progress };
        let is_counted = measure.kind != MetricKind::Milestones;
        let states_value = dice.chance(960);
        let worried = sure <= 4;
        let check_in = CheckInRecorded {
            value: (is_counted && states_value).then(|| measure.number(measure.at(typed))),
            confidence: dice.chance(930).then(|| confidence(sure)),
            status: dice.chance(100).then_some(match sure {
                8.. => Status::OnTrack,
                4..8 => Status::AtRisk,
                _ => Status::Behind,
            }),
            note: (!states_value || dice.chance(400)).then(|| texts::note(dice)),
            blockers: if worried && dice.chance(450) { texts::blockers(dice) } else { Vec::new() },
            progress: if dice.chance(200) { texts::progress(dice) } else { Vec::new() },
            plans: if dice.chance(280) { texts::plans(dice) } else { Vec::new() },
            problems: if worried && dice.chance(250) { texts::problems(dice) } else { Vec::new() },
            milestones_done: (!is_counted).then(|| measure.done(typed)),
        };
        let time = moment(due, key_result.minute);
        // Late check-ins are recorded in the morning.
        let minute = if due == day.date { key_result.minute } else { 470 };
        let fact = Fact::CheckInRecorded(check_in);
        let event = day.record_late(&mut self.ids, minute, time, key_result.owner, &key_result.id, fact);
        if is_mistyped {
            key_result.mistyped_from = None;
            key_result.mistyped = Some((event, day.date, progress));
        }
    }

    /// Corrects a mistyped check-in on a later day.
    fn correct(&mut self, n: usize, day: &mut Day) {
        let key_result = &mut self.key_results[n];
        let Some((event, _, progress)) = key_result.mistyped.take_if(|(_, on, _)| *on < day.date) else { return };
        let measure = &key_result.measure;
        let (value, milestones_done) = match measure.kind {
            MetricKind::Milestones => (Patch::Keep, Patch::Set(measure.done(progress))),
            _ => (Patch::Set(measure.number(measure.at(progress))), Patch::Keep),
        };
        let fact = Fact::CheckInCorrected(CheckInCorrected {
            corrects: event,
            value,
            confidence: Patch::Keep,
            status: Patch::Keep,
            note: Patch::Keep,
            blockers: Patch::Keep,
            progress: Patch::Keep,
            plans: Patch::Keep,
            problems: Patch::Keep,
            milestones_done,
            reason: text("The figure of the wrong column was typed in; this is the right one."),
        });
        day.record(&mut self.ids, 465, key_result.owner, &key_result.id, fact);
    }
}
