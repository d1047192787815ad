//! The end of a cycle: grades, retrospectives, the closing, and sometimes a reopening.

use events::{CycleClosed, CycleReopened, Fact, KeyResultScored, Level, ObjectiveScored, RetrospectiveRecorded, Text};

use crate::cycle::Cycle;
use crate::day::Day;
use crate::make::{score, text};
use crate::person::Person;

const LEARNT: [&str; 8] = [
    "Measure first: two baselines were guesses",
    "Weekly looks at blockers paid off",
    "Too many goals for one team",
    "Ask for help in week three, not in week nine",
    "Fewer hand-overs made the difference",
    "What customers said early was right",
    "The pilot should have been larger",
    "Agree on the figure before the target",
];

impl Cycle {
    /// Records the grades, retrospectives, closing and reopening that are due on this day.
    pub(crate) fn grade(&mut self, day: &mut Day) {
        let since = (day.date - self.ends_on).num_days();
        for n in 0..self.key_results.len() {
            if self.key_results[n].graded_on == day.date && self.dice.chance(960) {
                self.grade_key_result(n, 660, day);
            }
        }
        match since {
            5 => self.grade_objectives(day),
            6 => self.look_back(day),
            8 => self.close(day),
            9 if self.reopens => {
                let reason = text("Late figures of the last week came in and change some of the grades.");
                day.record(&mut self.ids, 500, Person::FIRST, &self.id, Fact::CycleReopened(CycleReopened { reason }));
                for n in 0..self.key_results.len() {
                    if n % 97 == 3 {
                        self.grade_key_result(n, 510, day);
                    }
                }
            }
            10 if self.reopens => self.close(day),
            _ => {}
        }
    }

    fn grade_key_result(&mut self, n: usize, minute: u32, day: &mut Day) {
        const RATIONALES: [&str; 5] = [
            "As computed, rounded",
            "The last points came in the final week and are not sure yet: rounded down",
            "Reached by work, not by luck: rounded up",
            "The figure is right and the way there was slow",
            "Half of it is seasonal, said finance",
        ];
        let key_result = &self.key_results[n];
        let objective = &self.objectives[key_result.objective];
        if !key_result.is_active || !objective.is_active {
            return;
        }
        let tenths =
            (key_result.progress.clamp(0, 1_000) + 50) / 100 + self.dice.weighted(&[(15, -1), (70, 0), (15, 1)]);
        let fact = Fact::KeyResultScored(KeyResultScored {
            score: score(tenths),
            rationale: text(*self.dice.pick(&RATIONALES)),
        });
        day.record(&mut self.ids, minute, objective.lead, &key_result.id, fact);
    }

    fn grade_objectives(&mut self, day: &mut Day) {
        let mut sums = vec![(0, 0); self.objectives.len()];
        for key_result in self.key_results.iter().filter(|key_result| key_result.is_active) {
            let (sum, many) = &mut sums[key_result.objective];
            *sum += key_result.progress.clamp(0, 1_000);
            *many += 1;
        }
        for (objective, (sum, many)) in self.objectives.iter().zip(sums) {
            if objective.is_active && many > 0 && self.dice.chance(900) {
                let rationale = text("The mean of its key results, talked through in the scoring session.");
                let fact = Fact::ObjectiveScored(ObjectiveScored { score: score((sum / many + 50) / 100), rationale });
                day.record(&mut self.ids, 600, objective.lead, &objective.id, fact);
            }
        }
    }

    fn look_back(&mut self, day: &mut Day) {
        let mut held = vec![(Person::FIRST, self.id.clone())];
        for objective in &self.objectives {
            if objective.level == Level::Team && self.dice.chance(150) {
                held.push((objective.lead, objective.id.clone()));
            }
        }
        for (by, subject) in held {
            let retrospective = RetrospectiveRecorded {
                went_well: self.learnt(),
                went_badly: self.learnt(),
                learnings: self.learnt(),
                actions: vec![text("Put it on the agenda of the next planning week")],
            };
            day.record(&mut self.ids, 840, by, &subject, Fact::RetrospectiveRecorded(retrospective));
        }
    }

    fn learnt(&mut self) -> Vec<Text> {
        let first = self.dice.below(LEARNT.len());
        (0..1 + self.dice.below(2)).map(|n| text(LEARNT[(first + 3 * n) % LEARNT.len()])).collect()
    }

    fn close(&mut self, day: &mut Day) {
        let note = Some(text("Grades are settled; what was learnt goes into the next planning."));
        day.record(&mut self.ids, 960, Person::FIRST, &self.id, Fact::CycleClosed(CycleClosed { note }));
    }
}
