//! People and teams, and their changes from quarter to quarter.

use events::{Fact, SubjectId, TeamChanged, TeamDissolved, TeamFormed};

use crate::day::{Day, Numbering};
use crate::dice::Dice;
use crate::make::{id, text};
use crate::person::Person;
use crate::words::{AREAS, BIRDS, CHARGES};

/// The approximate number of people in a team.
const TEAM_PEOPLE: u32 = 9;

/// The approximate number of teams in an area.
const AREA_TEAMS: usize = 8;

/// A team and its members; the first one leads it.
#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) id: SubjectId,
    pub(crate) members: Vec<Person>,
    area: Option<SubjectId>,
}

impl Team {
    pub(crate) fn lead(&self) -> Person {
        self.members.first().copied().unwrap_or(Person::FIRST)
    }
}

/// All people, teams and areas.
#[derive(Debug)]
pub(crate) struct Staff {
    pub(crate) teams: Vec<Team>,
    areas: Vec<SubjectId>,
    ids: Numbering,
    people: u32,
    formed: u32,
}

impl Staff {
    pub(crate) fn new() -> Staff {
        Staff { teams: Vec::new(), areas: Vec::new(), ids: Numbering::new("staff"), people: 1, formed: 0 }
    }

    /// Forms areas and teams for a number of people.
    pub(crate) fn found(&mut self, people: u32, dice: &mut Dice, day: &mut Day) {
        let teams = (people / TEAM_PEOPLE).max(1) as usize;
        let areas = if teams < 3 { 0 } else { teams.div_ceil(AREA_TEAMS) };
        for n in 0..areas {
            let round = n / AREAS.len();
            let name =
                if round == 0 { AREAS[n].to_owned() } else { format!("{} {}", AREAS[n % AREAS.len()], round + 1) };
            let area = id(format!("area-{:03}", n + 1));
            let fact = Fact::TeamFormed(TeamFormed { name: text(name), parent: None });
            day.record(&mut self.ids, 370, Person::FIRST, &area, fact);
            self.areas.push(area);
        }
        for n in 0..teams {
            let (from, to) =
                (n as u64 * u64::from(people) / teams as u64, (n as u64 + 1) * u64::from(people) / teams as u64);
            let members = (from..to).map(|_| self.hire()).collect();
            let area = (!self.areas.is_empty()).then(|| self.areas[n % self.areas.len()].clone());
            self.form(members, area, dice, day);
        }
    }

    /// Records the changes between two quarters: people leave and join, teams get another name or area, and some are
    /// dissolved and replaced.
    pub(crate) fn change(&mut self, dice: &mut Dice, day: &mut Day) {
        for n in 0..self.teams.len() {
            for member in 0..self.teams[n].members.len() {
                if dice.chance(15) {
                    self.teams[n].members[member] = self.hire();
                }
            }
        }
        for _ in 0..(self.teams.len() / 30).max(1) {
            let n = dice.below(self.teams.len());
            if !self.areas.is_empty() {
                self.teams[n].area = Some(dice.pick(&self.areas).clone());
            }
            let team = &self.teams[n];
            let fact = Fact::TeamChanged(TeamChanged { name: text(name(dice)), parent: team.area.clone() });
            day.record(&mut self.ids, 390, Person::FIRST, &team.id.clone(), fact);
        }
        // A team formed today is not dissolved on the same day.
        let existing = self.teams.len();
        for gone in 0..(existing / 50).max(1) {
            let team = self.teams.remove(dice.below(existing - gone));
            day.record(&mut self.ids, 400, Person::FIRST, &team.id, Fact::TeamDissolved(TeamDissolved {}));
            self.form(team.members, team.area, dice, day);
        }
    }

    fn form(&mut self, members: Vec<Person>, area: Option<SubjectId>, dice: &mut Dice, day: &mut Day) {
        self.formed += 1;
        let team = id(format!("team-{:04}", self.formed));
        let fact = Fact::TeamFormed(TeamFormed { name: text(name(dice)), parent: area.clone() });
        day.record(&mut self.ids, 410, Person::FIRST, &team, fact);
        self.teams.push(Team { id: team, members, area });
    }

    fn hire(&mut self) -> Person {
        self.people += 1;
        Person(self.people - 1)
    }
}

fn name(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(&CHARGES), dice.pick(&BIRDS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn nobody_shares_a_name() {
        let people = 200_000;
        let names: BTreeSet<String> = (0..people).map(|n| Person(n).name()).collect();
        assert_eq!(names.len(), people as usize);
        let sources: BTreeSet<String> = (0..people).map(|n| Person(n).source()).collect();
        assert_eq!(sources.len(), people as usize);
        assert_eq!((Person(0).name().as_str(), Person(0).source().as_str()), ("Ada Abara", "/people/ada-abara"));
    }
}
