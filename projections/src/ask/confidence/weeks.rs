//! Weeks of a cycle and the confidence stated in each.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use events::{Confidence, Moment, TimeZone};
use rust_decimal::Decimal;

use super::ConfidenceWeek;
use crate::ask::figures::confidence_out;
use crate::calendar::day_of;
use crate::rows::CycleRow;
use crate::score::mean;

/// The weeks of a cycle, counted in steps of seven days from its first day.
pub(super) struct Calendar {
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    zone: TimeZone,
    today: NaiveDate,
}

impl Calendar {
    pub(super) fn of(cycle: &CycleRow, at: Moment) -> Self {
        let zone = cycle.time_zone;
        Calendar { starts_on: cycle.starts_on, ends_on: cycle.ends_on, zone, today: day_of(at, zone) }
    }

    /// Returns the week of a moment, from 1; `None` before the cycle.
    pub(super) fn week_of(&self, moment: Moment) -> Option<u32> {
        self.week_of_day(day_of(moment, self.zone))
    }

    /// Returns the week of the query's moment.
    pub(super) fn this_week(&self) -> Option<u32> {
        self.week_of_day(self.today)
    }

    /// Returns the number of weeks of the cycle that have begun.
    pub(super) fn weeks_begun(&self) -> u32 {
        self.week_of_day(self.today.min(self.ends_on)).unwrap_or(0)
    }

    fn week_of_day(&self, day: NaiveDate) -> Option<u32> {
        let days = day.signed_duration_since(self.starts_on).num_days();
        u32::try_from(days.checked_div_euclid(7)?).ok()?.checked_add(1)
    }
}

/// The confidence stated in each week, unrounded.
#[derive(Default)]
pub(super) struct Weeks(BTreeMap<u32, Decimal>);

impl Weeks {
    /// Records a statement, replacing earlier ones of the same week. Statements must arrive in order of time.
    pub(super) fn state(&mut self, week: Option<u32>, confidence: Confidence) {
        if let Some(week) = week {
            self.0.insert(week, confidence.decimal());
        }
    }

    /// Returns the weighted mean for each week, over the parts with a figure in it.
    pub(super) fn mean<'a>(parts: impl Iterator<Item = (&'a Weeks, Decimal)> + Clone) -> Weeks {
        let stated: BTreeSet<u32> = parts.clone().flat_map(|(weeks, _)| weeks.0.keys().copied()).collect();
        let mean_of = |week: &u32| mean(parts.clone().map(|(weeks, weight)| (weeks.0.get(week).copied(), weight)));
        Weeks(stated.into_iter().filter_map(|week| Some((week, mean_of(&week)?))).collect())
    }

    /// Returns the last week with a statement; 0 if there is none.
    pub(super) fn last(&self) -> u32 {
        self.0.last_key_value().map_or(0, |(week, _)| *week)
    }

    /// Returns the row of a week; `None` if its dates exceed the supported range.
    pub(super) fn row(&self, week: u32, calendar: &Calendar) -> Option<ConfidenceWeek> {
        let from = calendar.starts_on.checked_add_days(Days::new(7 * u64::from(week.checked_sub(1)?)))?;
        let confidence = self.0.get(&week).copied().map(confidence_out);
        Some(ConfidenceWeek { week, from, to: from.checked_add_days(Days::new(6))?, confidence })
    }
}
