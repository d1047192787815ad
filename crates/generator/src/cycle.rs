//! A cycle, day by day from its opening to its closing.

use chrono::{Days, NaiveDate};
use events::{Ambition, Cause, CycleKind, CycleOpened, CycleStarted, Fact, Level, NorthStar, SubjectId, ThemeDeclared};

use crate::calendar::{Quarter, after};
use crate::day::{Day, Numbering};
use crate::dice::Dice;
use crate::goal::{Candidates, KeyResult, Objective};
use crate::make::{berlin, id, text};
use crate::person::Person;
use crate::staff::Staff;
use crate::words::THEMES;

/// A cycle and the goals in it.
#[derive(Debug)]
pub(crate) struct Cycle {
    pub(crate) id: SubjectId,
    pub(crate) kind: CycleKind,
    title: String,
    parent: Option<SubjectId>,
    /// The first quarter of the cycle.
    pub(crate) starting: Quarter,
    pub(crate) starts_on: NaiveDate,
    pub(crate) ends_on: NaiveDate,
    /// Weeks between check-ins.
    pub(crate) cadence_weeks: i64,
    /// True if the cycle is reopened after its closing.
    pub(crate) reopens: bool,
    pub(crate) themes: Vec<SubjectId>,
    pub(crate) objectives: Vec<Objective>,
    pub(crate) key_results: Vec<KeyResult>,
    pub(crate) ids: Numbering,
    pub(crate) dice: Dice,
}

impl Cycle {
    /// Plans a year, in which only the company has goals.
    pub(crate) fn year(starting: Quarter, dice: Dice) -> Cycle {
        let title = starting.year_name();
        let mut year = Cycle {
            id: id(format!("FY{title}")),
            kind: CycleKind::Year,
            title,
            parent: None,
            starting,
            starts_on: starting.starts_on(),
            ends_on: starting.plus(3).ends_on(),
            cadence_weeks: 4,
            reopens: false,
            themes: Vec::new(),
            objectives: Vec::new(),
            key_results: Vec::new(),
            ids: Numbering::new(format!("FY{}", starting.year_name())),
            dice,
        };
        let board = Candidates { owner: Person::FIRST, others: &[Person(1)] };
        for _ in 0..3 {
            year.plan_objective(Level::Company, None, &board, 0, None, 2..=3);
        }
        year
    }

    /// Plans a quarter with goals of the company, of every team, and of most people.
    pub(crate) fn quarter(starting: Quarter, n: u32, year: &Cycle, staff: &Staff, dice: Dice) -> Cycle {
        let name = starting.name();
        let mut quarter = Cycle {
            id: id(name.as_str()),
            kind: CycleKind::Quarter,
            title: name.replace('-', " "),
            parent: Some(year.id.clone()),
            starting,
            starts_on: starting.starts_on(),
            ends_on: starting.ends_on(),
            cadence_weeks: 1,
            reopens: n % 4 == 1,
            themes: Vec::new(),
            objectives: Vec::new(),
            key_results: Vec::new(),
            ids: Numbering::new(name.as_str()),
            dice,
        };
        let themes = 3 + quarter.dice.below(2);
        quarter.themes = (0..themes).map(|n| id(format!("{name}-theme-{}", n + 1))).collect();
        quarter.plan(year, staff);
        quarter.ensure_every_kind_of_change();
        quarter
    }

    fn plan(&mut self, year: &Cycle, staff: &Staff) {
        let leads: Vec<Person> = staff.teams.iter().map(|team| team.lead()).collect();
        let company = 3 + self.dice.below(3);
        for n in 0..company {
            let owner = leads[(n * 7 + 1) % leads.len()];
            let above = self.dice.pick(&year.objectives).id.clone();
            let candidates = Candidates { owner, others: &leads };
            self.plan_objective(Level::Company, None, &candidates, 1, Some(above), 3..=4);
        }
        for (n, team) in staff.teams.iter().enumerate() {
            let first = self.objectives.len();
            let own = self.dice.weighted(&[(10, 2), (82, 3), (8, 4)]);
            for _ in 0..own {
                let above = self.one_of(0..company, 950);
                let owner = *self.dice.pick(&team.members);
                let candidates = Candidates { owner, others: &team.members };
                self.plan_objective(Level::Team, Some(&team.id), &candidates, 2 + (n % 3) as u64, above, 2..=4);
            }
            for person in &team.members {
                if self.dice.chance(800) {
                    let above = self.one_of(first..first + own, 900);
                    let candidates = Candidates { owner: *person, others: &team.members };
                    self.plan_objective(
                        Level::Individual,
                        Some(&team.id),
                        &candidates,
                        5 + (n % 3) as u64,
                        above,
                        2..=3,
                    );
                }
            }
        }
    }

    /// Picks an objective in this range, or one of its key results, with a chance of `per_mille`.
    fn one_of(&mut self, objectives: std::ops::Range<usize>, per_mille: usize) -> Option<SubjectId> {
        if !self.dice.chance(per_mille) {
            return None;
        }
        let n = objectives.start + self.dice.below(objectives.len());
        if self.dice.chance(700) {
            return Some(self.objectives[n].id.clone());
        }
        // Key results are in the order of their objectives.
        let first = self.key_results.partition_point(|key_result| key_result.objective < n);
        let of_it = self.key_results[first..].iter().take_while(|key_result| key_result.objective == n);
        let of_it: Vec<&SubjectId> = of_it.map(|key_result| &key_result.id).collect();
        Some((*self.dice.pick(&of_it)).clone())
    }

    fn plan_objective(
        &mut self,
        level: Level,
        team: Option<&SubjectId>,
        candidates: &Candidates<'_>,
        planning_day: u64,
        supports: Option<SubjectId>,
        key_results: std::ops::RangeInclusive<i64>,
    ) {
        let n = self.objectives.len();
        let drafted_on = self.starting.planning_day(planning_day);
        let lasts = (self.ends_on - self.starts_on).num_days();
        let dice = &mut self.dice;
        let mut mid = |per_mille: usize| {
            dice.chance(per_mille).then(|| after(self.starts_on, lasts * dice.between(200, 700) / 1_000))
        };
        let (amended_on, retired_on) = (mid(15), mid(if level == Level::Individual { 6 } else { 0 }));
        self.objectives.push(Objective {
            id: id(format!("{}-o-{:05}", self.id, n + 1)),
            level,
            team: team.cloned(),
            owner: candidates.owner,
            lead: candidates.others.first().copied().unwrap_or(Person::FIRST),
            ambition: if dice.chance(600) { Ambition::Aspirational } else { Ambition::Committed },
            supports,
            theme: (!self.themes.is_empty() && dice.chance(950)).then(|| dice.below(self.themes.len())),
            drafted_on,
            amended_on,
            retired_on,
            is_active: true,
        });
        let days = (self.id.as_str(), self.starts_on, self.ends_on);
        for _ in 0..dice.between(*key_results.start(), *key_results.end()) {
            let key_result = KeyResult::draw(self.key_results.len(), n, candidates, days, drafted_on, dice);
            self.key_results.push(key_result);
        }
    }

    /// Adds each kind of change at least once, because chance leaves some of them out in a small organisation.
    fn ensure_every_kind_of_change(&mut self) {
        let many = self.key_results.len();
        let start = self.dice.below(many);
        let week = |n: i64| after(self.starts_on, 7 * n);
        let causes = [Cause::ExternalChange, Cause::NewInformation, Cause::MeasurementCorrection, Cause::ScopeChange];
        for (n, cause) in causes.into_iter().enumerate() {
            self.key_results[(start + n) % many].adjusted_on.get_or_insert((week(4 + n as i64), cause));
        }
        self.key_results[(start + 4) % many].mistyped_from.get_or_insert(week(2));
        self.key_results[(start + 5) % many].retired_on.get_or_insert((week(6), true));
        let reassigned = &mut self.key_results[(start + 6) % many];
        if reassigned.owner != Person::FIRST {
            reassigned.reassigned_on.get_or_insert((week(5), Person::FIRST));
        }
        let n = self.dice.below(self.objectives.len());
        self.objectives[n].amended_on.get_or_insert(week(5));
        if let Some(last) = self.objectives.iter_mut().rfind(|objective| objective.level == Level::Individual) {
            last.retired_on.get_or_insert(week(7));
        }
    }

    /// Returns true if the cycle has no events on this day or later.
    pub(crate) fn is_over(&self, date: NaiveDate) -> bool {
        date > after(self.ends_on, 10)
    }

    /// Records one day of the cycle.
    pub(crate) fn run_day(&mut self, day: &mut Day) {
        if day.date == self.starting.planned_from() {
            self.open(day);
        }
        if day.date < self.starts_on {
            self.draft(day);
            if day.date == self.starting.planning_day(9) {
                self.redraft(day);
            }
            return;
        }
        if day.date == self.starts_on {
            day.record(&mut self.ids, 360, Person::FIRST, &self.id, Fact::CycleStarted(CycleStarted {}));
        }
        if day.date <= self.ends_on {
            self.change(day);
        }
        self.check_in(day);
        self.report(day);
        if day.date >= self.ends_on - Days::new(1) {
            self.grade(day);
        }
    }

    fn open(&mut self, day: &mut Day) {
        let fact = Fact::CycleOpened(CycleOpened {
            title: text(self.title.as_str()),
            kind: self.kind,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            time_zone: berlin(),
            parent: self.parent.clone(),
        });
        day.record(&mut self.ids, 412, Person::FIRST, &self.id, fact);
        let first = self.dice.below(THEMES.len());
        for (n, theme) in self.themes.iter().enumerate() {
            let (title, lever) = THEMES[(first + 3 * n) % THEMES.len()];
            let fact = Fact::ThemeDeclared(ThemeDeclared {
                cycle: self.id.clone(),
                title: text(title),
                north_star: Some(NorthStar { name: text("customers who reach their goal"), unit: text("customers") }),
                lever: Some(text(lever)),
            });
            day.record(&mut self.ids, 414, Person::FIRST, theme, fact);
        }
    }
}
