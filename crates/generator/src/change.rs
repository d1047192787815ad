//! Changes of goals: amendments before the start; afterwards justified adjustments, reassignments, retirements and
//! replacements.

use events::{
    Ambition, Cause, Change, Fact, KeyResultAdjusted, KeyResultChanges, KeyResultReassigned, KeyResultRetired,
    MetricKind, ObjectiveAmended, ObjectiveChanges, ObjectiveRetired, Replacements, Text,
};

use crate::cycle::Cycle;
use crate::day::Day;
use crate::goal::{Candidates, KeyResult};
use crate::make::{score, text, weight};
use crate::propose::Parties;
use crate::texts::justification;

/// The minute of changes: early in the morning, before the day's check-ins.
const EARLY: u32 = 425;

const REASSIGNED: [&str; 4] = [
    "On parental leave until the end of the quarter",
    "Moved to another project",
    "Left the company",
    "The work is done in the other half of the team",
];

impl Cycle {
    /// Amends some drafts on the last day of planning.
    pub(crate) fn redraft(&mut self, day: &mut Day) {
        for objective in &self.objectives {
            if self.dice.chance(20) {
                let ambition = match objective.ambition {
                    Ambition::Committed => Ambition::Aspirational,
                    Ambition::Aspirational => Ambition::Committed,
                };
                let changes =
                    ObjectiveChanges { ambition: Some(Change::to(Some(ambition))), ..ObjectiveChanges::none() };
                let amended = ObjectiveAmended { changes, justification: None, context: None, approval: None };
                day.record(&mut self.ids, 600, objective.lead, &objective.id, Fact::ObjectiveAmended(amended));
            }
        }
    }

    /// Records the changes of a day after the start.
    pub(crate) fn change(&mut self, day: &mut Day) {
        for n in 0..self.objectives.len() {
            self.change_objective(n, day);
        }
        for n in 0..self.key_results.len() {
            let key_result = &self.key_results[n];
            if !key_result.is_active || !self.objectives[key_result.objective].is_active {
                continue;
            }
            if let Some((_, cause)) = key_result.adjusted_on.filter(|(on, _)| *on == day.date) {
                self.adjust(n, cause, day);
            }
            let key_result = &mut self.key_results[n];
            if let Some((_, owner)) = key_result.reassigned_on.take_if(|(on, _)| *on == day.date) {
                key_result.owner = owner;
                let reason = text(*self.dice.pick(&REASSIGNED));
                let fact = Fact::KeyResultReassigned(KeyResultReassigned { owner: text(owner.name()), reason });
                let lead = self.objectives[key_result.objective].lead;
                day.record(&mut self.ids, EARLY, lead, &key_result.id, fact);
            }
            if let Some((_, is_replaced)) = self.key_results[n].retired_on.filter(|(on, _)| *on == day.date) {
                self.retire(n, is_replaced, day);
            }
        }
    }

    fn change_objective(&mut self, n: usize, day: &mut Day) {
        let objective = &mut self.objectives[n];
        if !objective.is_active {
            return;
        }
        if objective.amended_on == Some(day.date) {
            let description = text("Redrawn in mid-quarter: the same direction, with what changed outside taken in.");
            let changes =
                ObjectiveChanges { description: Some(Change::to(Some(description))), ..ObjectiveChanges::none() };
            let justification = Some(justification(&mut self.dice, Cause::ScopeChange));
            let amended = ObjectiveAmended { changes, justification, context: None, approval: None };
            day.record(&mut self.ids, EARLY, objective.lead, &objective.id, Fact::ObjectiveAmended(amended));
        }
        if objective.retired_on == Some(day.date) {
            objective.is_active = false;
            let justification = justification(&mut self.dice, Cause::ExternalChange);
            let retired = ObjectiveRetired { justification, replaced_by: Replacements::default(), approval: None };
            day.record(&mut self.ids, EARLY + 10, objective.lead, &objective.id, Fact::ObjectiveRetired(retired));
        }
    }

    fn adjust(&mut self, n: usize, cause: Cause, day: &mut Day) {
        let dice = &mut self.dice;
        let key_result = &mut self.key_results[n];
        let measure = &mut key_result.measure;
        let is_measured = measure.kind != MetricKind::Milestones;
        let mut changes = KeyResultChanges::none();
        match cause {
            Cause::ExternalChange if is_measured => {
                let target =
                    measure.at(if dice.chance(800) { dice.between(700, 850) } else { dice.between(1_150, 1_300) });
                if target != measure.target && target != measure.baseline {
                    measure.target = target;
                    changes.target = Some(Change::to(Some(measure.number(target))));
                    measure.has_thresholds &= measure.thresholds().is_some();
                    let thresholds = measure.thresholds();
                    changes.thresholds = thresholds.map(|thresholds| Change::to(Some(thresholds)));
                }
            }
            Cause::MeasurementCorrection if is_measured => {
                let baseline = measure.at(if dice.chance(500) { -60 } else { 80 });
                if baseline != measure.baseline && baseline != measure.target {
                    measure.baseline = baseline;
                    changes.baseline = Some(Change::to(Some(measure.number(baseline))));
                }
            }
            Cause::NewInformation => changes.expected_score = Some(Change::to(Some(score(5)))),
            _ => {}
        }
        if changes == KeyResultChanges::none() {
            changes.title = Some(Change::to(Some(retitled(&measure.title()))));
            changes.weight = Some(Change::to(Some(weight(2))));
        }
        let justification = justification(dice, cause);
        let adjusted = KeyResultAdjusted { changes, justification, context: None, approval: None };
        let lead = self.objectives[key_result.objective].lead;
        let parties = Parties { key_result: &key_result.id, owner: key_result.owner, lead };
        parties.adjust(adjusted, (&mut self.ids, dice), EARLY, day);
    }

    fn retire(&mut self, n: usize, is_replaced: bool, day: &mut Day) {
        let replaced_by = is_replaced.then(|| {
            let retired = &self.key_results[n];
            let candidates = Candidates { owner: retired.owner, others: &[retired.owner] };
            let days = (self.id.as_str(), self.starts_on, self.ends_on);
            let many = self.key_results.len();
            let mut next = KeyResult::draw(many, retired.objective, &candidates, days, day.date, &mut self.dice);
            // A key result drafted in mid-quarter is complete at once and has no further changes.
            next.complete();
            let id = next.id.clone();
            self.key_results.push(next);
            self.draft_key_result(many, EARLY + 1, self.ends_on, day);
            self.set_baseline(many, EARLY + 1, day);
            id
        });
        let replaced_by = replaced_by.into_iter().collect();
        let causes = [Cause::ExternalChange, Cause::NewInformation, Cause::ScopeChange];
        let cause = *self.dice.pick(&causes);
        let justification = justification(&mut self.dice, cause);
        let retired = &mut self.key_results[n];
        retired.is_active = false;
        let lead = self.objectives[retired.objective].lead;
        let fact = Fact::KeyResultRetired(KeyResultRetired { justification, replaced_by, approval: None });
        day.record(&mut self.ids, EARLY + 5, lead, &retired.id, fact);
    }
}

fn retitled(title: &str) -> Text {
    text(format!("{title}, both regions"))
}
