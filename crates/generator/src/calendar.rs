//! Quarters, and the days of their planning, work and settlement.
//!
//! ```text
//!  two weeks before        13 weeks                                     after
//! ├ planning ────────────┤ S ├ check-ins, changes ───────────────┤ E ├ grades, retrospectives, closing ┤
//! ```

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveTime, TimeDelta, Weekday};
use events::Moment;

/// Working days of planning before a quarter.
const PLANNING_DAYS: u64 = 10;

/// Days from a quarter's end to its last event.
const AFTER_DAYS: u64 = 10;

/// A quarter of the calendar, by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quarter(NaiveDate);

impl Quarter {
    /// Returns the first quarter that begins on this day or later.
    pub(crate) fn on_or_after(day: NaiveDate) -> Quarter {
        let own = NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1).unwrap_or(day);
        if own < day { Quarter(own).plus(1) } else { Quarter(own) }
    }

    /// Returns the quarter this number of quarters later.
    pub(crate) fn plus(self, quarters: u32) -> Quarter {
        Quarter(self.0.checked_add_months(Months::new(3 * quarters)).unwrap_or(NaiveDate::MAX))
    }

    pub(crate) fn starts_on(self) -> NaiveDate {
        self.0
    }

    pub(crate) fn ends_on(self) -> NaiveDate {
        self.plus(1).0 - Days::new(1)
    }

    /// `2024-Q1`
    pub(crate) fn name(self) -> String {
        format!("{}-Q{}", self.0.year(), self.0.month0() / 3 + 1)
    }

    /// Returns the name of the year that begins with this quarter: `2024`, or `2024-25` if it is not a calendar year.
    pub(crate) fn year_name(self) -> String {
        let year = self.0.year();
        if self.0.month() == 1 { format!("{year}") } else { format!("{year}-{:02}", (year + 1) % 100) }
    }

    /// Returns the first day of planning.
    pub(crate) fn planned_from(self) -> NaiveDate {
        self.planning_day(0)
    }

    /// Returns the `n`th working day of planning, counted from 0.
    pub(crate) fn planning_day(self, n: u64) -> NaiveDate {
        let before = self.0.iter_days().rev().skip(1).filter(|day| is_working(*day));
        before.take(PLANNING_DAYS.saturating_sub(n).try_into().unwrap_or(1)).last().unwrap_or(self.0)
    }

    /// Returns the last day with events of the quarter.
    pub(crate) fn done_on(self) -> NaiveDate {
        self.ends_on() + Days::new(AFTER_DAYS)
    }
}

/// Returns true from Monday to Friday.
pub(crate) fn is_working(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Returns the day itself, or the next working day.
pub(crate) fn working(day: NaiveDate) -> NaiveDate {
    day.iter_days().find(|day| is_working(*day)).unwrap_or(day)
}

/// Returns the day this number of days later.
pub(crate) fn after(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_signed(TimeDelta::days(days)).unwrap_or(day)
}

/// Returns the moment of a day at a minute after midnight UTC. A working day in central Europe is the same day in UTC.
pub(crate) fn moment(day: NaiveDate, minute: u32) -> Moment {
    Moment::from((day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute.into())).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_quarter_begins_on_the_day_or_after_it_and_is_planned_on_the_ten_working_days_before() {
        assert_eq!(Quarter::on_or_after(day("2024-01-01")).name(), "2024-Q1");
        let second = Quarter::on_or_after(day("2024-01-02"));
        assert_eq!((second.name().as_str(), second.ends_on()), ("2024-Q2", day("2024-06-30")));
        assert_eq!(second.plus(3).name(), "2025-Q1");
        assert_eq!((second.year_name().as_str(), second.plus(3).year_name().as_str()), ("2024-25", "2025"));
        assert_eq!(second.planned_from(), day("2024-03-18"));
        assert_eq!(second.planning_day(9), day("2024-03-29"));
    }
}
