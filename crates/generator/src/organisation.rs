//! The generator of a history, entry by entry.

use std::collections::VecDeque;

use chrono::{Days, NaiveDate};
use events::{Fact, Submission};
use serde_json::{Value, json};

use crate::cycle::Cycle;
use crate::day::{Day, Numbering};
use crate::dice::Dice;
use crate::make::{id, sure};
use crate::person::Person;
use crate::staff::Staff;
use crate::{Entry, Plan};

/// The quarter in which the policy changes a little, counted from 0.
const POLICY_CHANGED_IN: u32 = 2;

/// An organisation with its goals: an iterator over the entries it records.
#[derive(Debug)]
pub struct Organisation {
    plan: Plan,
    today: NaiveDate,
    /// The number of quarters planned so far.
    planned: u32,
    staff: Staff,
    /// Rolls the changes of people and teams.
    dice: Dice,
    policies: Numbering,
    /// The cycles in progress. Neighbouring ones overlap, because planning begins before the previous cycle is settled.
    years: VecDeque<Cycle>,
    quarters: VecDeque<Cycle>,
    ready: VecDeque<Entry>,
}

impl Organisation {
    /// Returns the organisation of a plan, before its first day.
    pub fn new(plan: Plan) -> Organisation {
        Organisation {
            plan,
            today: plan.quarter(0).planned_from(),
            planned: 0,
            staff: Staff::new(),
            dice: Dice::new(plan.seed, 0),
            policies: Numbering::new("policy"),
            years: VecDeque::new(),
            quarters: VecDeque::new(),
            ready: VecDeque::new(),
        }
    }

    fn run_day(&mut self) {
        let mut day = Day::new(self.today);
        if self.planned < self.plan.quarters && self.today == self.plan.quarter(self.planned).planned_from() {
            self.plan_quarter(&mut day);
        }
        for cycle in self.years.iter_mut().chain(&mut self.quarters) {
            cycle.run_day(&mut day);
        }
        if let [old, new, ..] = self.quarters.make_contiguous() {
            old.carry_over(new, &mut day);
        }
        self.ready.extend(day.into_entries());
        self.today = self.today + Days::new(1);
        let today = self.today;
        self.years.retain(|year| !year.is_over(today));
        self.quarters.retain(|quarter| !quarter.is_over(today));
    }

    fn plan_quarter(&mut self, day: &mut Day) {
        let n = self.planned;
        self.planned += 1;
        if n == 0 {
            let part = json!({"limits": {"objectives_max": 5}, "rules": {"own_adjustment": "warn"}});
            self.adopt(&part, day);
            self.staff.found(self.plan.people, &mut self.dice, day);
        } else {
            self.staff.change(&mut self.dice, day);
        }
        if n == POLICY_CHANGED_IN {
            self.adopt(&json!({"cadence": {"grace_days": 3}}), day);
        }
        let (seed, starting) = (self.plan.seed, self.plan.quarter(n));
        if n.is_multiple_of(4) {
            self.years.push_back(Cycle::year(starting, Dice::new(seed, 1_000_000 + u64::from(n))));
        }
        if let Some(year) = self.years.back() {
            let dice = Dice::new(seed, 1 + u64::from(n));
            self.quarters.push_back(Cycle::quarter(starting, n, year, &self.staff, dice));
        }
    }

    fn adopt(&mut self, part: &Value, day: &mut Day) {
        // A policy has many parts and is rare, so it is read from JSON like a client's submission.
        let event = json!({"specversion": "1.0", "id": "1", "source": "/x", "type": "okr.policy.adopted",
            "subject": "policy", "data": part});
        let read = sure(Submission::read(&event, "").map_err(|wrong| format!("{wrong:?}")));
        if let Fact::PolicyAdopted(_) = read.fact {
            day.record(&mut self.policies, 365, Person::FIRST, &id("policy"), read.fact);
        }
    }
}

impl Iterator for Organisation {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Some(entry);
            }
            if self.planned == self.plan.quarters && self.quarters.is_empty() {
                return None;
            }
            self.run_day();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{Kind, Level};

    #[test]
    fn ten_thousand_people_have_about_thirty_thousand_key_results_to_begin_with() {
        let plan = Plan::new(10_000, 1, 1, "2024-01-01".parse().unwrap()).unwrap();
        let (mut key_results, mut levels) = (0, [0; 3]);
        let planning = Organisation::new(plan).flat_map(|entry| entry.submissions);
        for submission in planning.take_while(|submission| submission.fact.kind() != Kind::CycleStarted) {
            match submission.fact {
                Fact::KeyResultDrafted(_) => key_results += 1,
                Fact::ObjectiveDrafted(data) => match data.level {
                    Level::Company => levels[0] += 1,
                    Level::Team => levels[1] += 1,
                    Level::Individual => levels[2] += 1,
                },
                _ => {}
            }
        }
        assert!((28_500..31_500).contains(&key_results), "{key_results}");
        // Three for the year and three to five for the quarter; three for each team of nine; one for most people.
        let [company, team, individual] = levels;
        assert!((6..=8).contains(&company) && (3_150..3_500).contains(&team), "{levels:?}");
        assert!((7_800..8_200).contains(&individual), "{levels:?}");
    }
}
