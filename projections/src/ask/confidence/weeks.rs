//! Weeks of a cycle, and what was stated in each.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use events::{Confidence, Moment, TimeZone};
use rust_decimal::Decimal;

use super::ConfidenceWeek;
use crate::ask::figures::confidence_out;
use crate::calendar::day_of;
use crate::rows::CycleRow;
use crate::score::mean;

/// The weeks of a cycle: steps of seven days from its first.
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

    /// The week a moment falls in, from 1; none before the cycle.
    pub(super) fn week_of(&self, moment: Moment) -> Option<u32> {
        self.week_of_day(day_of(moment, self.zone))
    }

    /// The week of the moment asked at.
    pub(super) fn this_week(&self) -> Option<u32> {
        self.week_of_day(self.today)
    }

    /// How many of the cycle's weeks have begun.
    pub(super) fn weeks_begun(&self) -> u32 {
        self.week_of_day(self.today.min(self.ends_on)).unwrap_or(0)
    }

    fn week_of_day(&self, day: NaiveDate) -> Option<u32> {
        let days = day.signed_duration_since(self.starts_on).num_days();
        u32::try_from(days.checked_div_euclid(7)?).ok()?.checked_add(1)
    }
}

/// What was stated in each week, exact.
#[derive(Default)]
pub(super) struct Weeks(BTreeMap<u32, Decimal>);

impl Weeks {
    /// Takes in a statement, later than those before it.
    pub(super) fn state(&mut self, week: Option<u32>, confidence: Confidence) {
        if let Some(week) = week {
            self.0.insert(week, confidence.decimal());
        }
    }

    /// Week by week, the weighted mean of those that have a figure in it.
    pub(super) fn mean<'a>(parts: impl Iterator<Item = (&'a Weeks, Decimal)> + Clone) -> Weeks {
        let stated: BTreeSet<u32> = parts.clone().flat_map(|(weeks, _)| weeks.0.keys().copied()).collect();
        let mean_of = |week: &u32| mean(parts.clone().map(|(weeks, weight)| (weeks.0.get(week).copied(), weight)));
        Weeks(stated.into_iter().filter_map(|week| Some((week, mean_of(&week)?))).collect())
    }

    /// The last week in which something was stated; 0 where nothing was.
    pub(super) fn last(&self) -> u32 {
        self.0.last_key_value().map_or(0, |(week, _)| *week)
    }

    /// The row of a week; none beyond the calendar's end.
    pub(super) fn row(&self, week: u32, calendar: &Calendar) -> Option<ConfidenceWeek> {
        let from = calendar.starts_on.checked_add_days(Days::new(7 * u64::from(week.checked_sub(1)?)))?;
        let confidence = self.0.get(&week).copied().map(confidence_out);
        Some(ConfidenceWeek { week, from, to: from.checked_add_days(Days::new(6))?, confidence })
    }
}
