//! Board reports on a quarter, and objectives carried over into the next one.

use std::collections::BTreeMap;

use events::{BoardReportIssued, CycleKind, Fact, ObjectiveCarriedOver, SubjectId};

use crate::calendar::{after, working};
use crate::cycle::Cycle;
use crate::day::Day;
use crate::make::{id, text};
use crate::person::Person;

/// Days from the quarter's end to the decision on carried-over objectives.
const CARRIED_OVER_AFTER: i64 = 3;

impl Cycle {
    /// Issues a board report in mid-quarter and after the quarter's end.
    pub(crate) fn report(&mut self, day: &mut Day) {
        let meetings = [after(self.starts_on, 45), after(self.ends_on, 7)];
        let Some(n) = meetings.iter().position(|meeting| working(*meeting) == day.date) else { return };
        if self.kind != CycleKind::Quarter {
            return;
        }
        let fact = Fact::BoardReportIssued(BoardReportIssued {
            cycle: self.id.clone(),
            title: text(["Where we stand in mid-quarter", "How the quarter ended"][n]),
            note: (n == 0).then(|| text("Figures as of this morning; late ones will be restated.")),
            stands_on: None,
        });
        let report = id(format!("{}-board-{}", self.id, n + 1));
        day.record(&mut self.ids, 900, Person::FIRST, &report, fact);
    }

    /// Carries some objectives over into the next quarter, as objectives of the same level and team.
    pub(crate) fn carry_over(&mut self, next: &Cycle, day: &mut Day) {
        if day.date != after(self.ends_on, CARRIED_OVER_AFTER) {
            return;
        }
        let mut free: BTreeMap<(&str, Option<&SubjectId>), Vec<&SubjectId>> = BTreeMap::new();
        for new in next.objectives.iter().filter(|new| new.is_active) {
            free.entry((new.level.as_str(), new.team.as_ref())).or_default().push(&new.id);
        }
        let mut any_carried_over = false;
        for old in self.objectives.iter().filter(|old| old.is_active) {
            if any_carried_over && !self.dice.chance(60) {
                continue;
            }
            let Some(new) = free.get_mut(&(old.level.as_str(), old.team.as_ref())).and_then(Vec::pop) else { continue };
            any_carried_over = true;
            let fact = Fact::ObjectiveCarriedOver(ObjectiveCarriedOver {
                to_cycle: next.id.clone(),
                new_id: new.clone(),
                note: Some(text("Not there yet, and still worth it: worded and measured anew.")),
                from_cycle: None,
            });
            day.record(&mut self.ids, 700, old.lead, &old.id, fact);
        }
    }
}
